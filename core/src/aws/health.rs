//! Finding out which regions answer, and whose account it is: the first calls of every run. Not here: what is done without
//! a region (`plan`), and services that stop to answer later (`guard`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use polyregion_model::{Region, Topology};

use super::ErrorKind;
use super::clients::Aws;
use super::error::{AwsError, failed};

/// What a region may take to answer the first, smallest call. A healthy one takes a fraction of a second from anywhere.
const PROBE_TIMEOUT: Duration = Duration::from_secs(6);

/// Why a run must not go on.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// STS did not say.
    #[error("can't tell which account the credentials belong to: {0}")]
    Call(#[from] AwsError),
    /// They belong to another account.
    #[error("the credentials belong to account {actual}, the topology to account {expected}")]
    OtherAccount {
        /// The credentials' account.
        actual: String,
        /// The topology's account.
        expected: String,
    },
}

/// Asks every region of the topology, and the one that its partition is controlled from, whose account it is. Regions in
/// `without` are not asked. Those that don't answer are not asked again in this run; `plan` defers what needs them.
///
/// # Errors
/// When the credentials belong to another account or are refused, or when no region answers.
pub async fn probe(aws: &Aws, topology: &Topology, without: &BTreeSet<Region>) -> Result<(), IdentityError> {
    let mut regions: BTreeSet<Region> = topology.regions().iter().map(|place| place.region).collect();
    regions.insert(topology.partition().control_region());
    let mut down: BTreeMap<Region, String> =
        without.iter().map(|region| (*region, "was declared as down (--without)".to_owned())).collect();
    aws.set_down(down.clone());
    let mut tasks = tokio::task::JoinSet::new();
    for region in regions.into_iter().filter(|region| !without.contains(region)) {
        let aws = aws.clone();
        tasks.spawn(async move { (region, ask(&aws, region).await) });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(region, _)| *region);
    let mut last = None;
    let mut answered = false;
    for (region, answer) in answers {
        match answer {
            Ok(actual) if actual == topology.account() => answered = true,
            Ok(actual) => {
                let expected = topology.account().to_owned();
                return Err(IdentityError::OtherAccount { actual, expected });
            }
            // A region that can't be reached is no reason to stop; credentials that are refused are.
            Err(error) if error.kind == ErrorKind::Unreachable => {
                down.insert(region, format!("does not answer ({})", error.message));
                last = Some(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    aws.set_down(down);
    match last {
        Some(error) if !answered => Err(error.into()),
        Some(_) | None => Ok(()),
    }
}

async fn ask(aws: &Aws, region: Region) -> Result<String, AwsError> {
    const CALL: &str = "sts:GetCallerIdentity";
    let call = aws.for_housekeeping().sts(region).get_caller_identity().send();
    match tokio::time::timeout(PROBE_TIMEOUT, call).await {
        Ok(answer) => {
            let identity = answer.map_err(failed(CALL, region))?;
            Ok(identity.account().unwrap_or_default().to_owned())
        }
        Err(_) => Err(AwsError {
            call: format!("{CALL} in {region}"),
            kind: ErrorKind::Unreachable,
            region: Some(region),
            code: None,
            message: format!("no answer within {} s", PROBE_TIMEOUT.as_secs()),
        }),
    }
}
