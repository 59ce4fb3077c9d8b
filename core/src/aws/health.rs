//! Finding out which regions answer, and whose account it is: the first calls of every run. Not here: what is done without
//! a region (`plan`), and services that stop to answer later (`guard`).

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use polyregion_model::Region;
use tokio::time::{Instant, sleep, timeout_at};

use super::ErrorKind;
use super::clients::Aws;
use super::error::{AwsError, failed};

/// What a region may take to answer the first, smallest call. A healthy one takes a fraction of a second from anywhere.
const PROBE_TIMEOUT: Duration = Duration::from_secs(6);

/// The call that every region answers, whatever the caller may do.
const CALL: &str = "sts:GetCallerIdentity";

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

/// Asks regions whose account it is, each once in a run. Regions in `without` are not asked. Those that don't answer are not
/// asked again in this run; `plan` defers what needs them.
///
/// # Errors
/// When the credentials belong to another account or are refused, or when no region answers.
pub async fn probe(
    aws: &Aws,
    account: &str,
    regions: &BTreeSet<Region>,
    without: &BTreeSet<Region>,
) -> Result<(), IdentityError> {
    let mut down = aws.down();
    down.extend(without.iter().map(|region| (*region, "was declared as down (--without)".to_owned())));
    aws.set_down(down.clone());
    let asked = aws.asked();
    let regions: Vec<Region> = regions
        .iter()
        .filter(|region| !down.contains_key(region) && !asked.contains(region))
        .copied()
        .collect();
    let mut tasks = tokio::task::JoinSet::new();
    for region in regions {
        let aws = aws.clone();
        tasks.spawn(async move { (region, ask(&aws, region).await) });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(region, _)| *region);
    let mut last = None;
    let mut answered = !asked.is_empty();
    for (region, answer) in answers {
        match answer {
            Ok(Answer::Account(actual)) if actual == account => {
                answered = true;
                aws.note_answer(region);
            }
            Ok(Answer::Account(actual)) => {
                let expected = account.to_owned();
                return Err(IdentityError::OtherAccount { actual, expected });
            }
            Ok(Answer::Busy(error)) => last = Some(error),
            // A region that can't be reached is no reason to stop; credentials that are refused are.
            Ok(Answer::Down(error)) => {
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

/// What a region answers to the first call.
enum Answer {
    /// Whose the credentials are.
    Account(String),
    /// It is there, and too busy to say.
    Busy(AwsError),
    /// It is not there.
    Down(AwsError),
}

/// Most times that a region is asked: a connection may break, and a burst of calls be throttled.
const ATTEMPTS: usize = 5;

/// Asks one region. The SDK's own retries would take longer than there is time: here an answer of any kind is enough.
async fn ask(aws: &Aws, region: Region) -> Result<Answer, AwsError> {
    let deadline = Instant::now() + PROBE_TIMEOUT;
    let silent = || AwsError {
        call: format!("{CALL} in {region}"),
        kind: ErrorKind::Unreachable,
        region: Some(region),
        code: None,
        message: format!("no answer within {} s", PROBE_TIMEOUT.as_secs()),
    };
    let mut answer = Answer::Down(silent());
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            sleep(Duration::from_secs(1)).await;
        }
        let once = aws_sdk_sts::config::Config::builder().retry_config(RetryConfig::disabled());
        let client = aws.for_housekeeping().sts(region);
        let call = client.get_caller_identity().customize().config_override(once).send();
        let error = match timeout_at(deadline, call).await {
            Ok(Ok(identity)) => {
                return Ok(Answer::Account(identity.account().unwrap_or_default().to_owned()));
            }
            Ok(Err(error)) => failed(CALL, region)(error),
            Err(_) => break,
        };
        answer = match error.kind {
            // A service that has trouble of its own is there; what the region is good for, other calls show.
            ErrorKind::Unreachable if error.code.is_some() => Answer::Busy(error),
            ErrorKind::Unreachable => Answer::Down(error),
            _ if error.is_throttled() => Answer::Busy(error),
            ErrorKind::Service | ErrorKind::Credentials | ErrorKind::Client | ErrorKind::Withheld => {
                return Err(error);
            }
        };
    }
    Ok(answer)
}
