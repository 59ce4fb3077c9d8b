//! Connecting: to AWS with the ordinary credential chain, or to the simulated AWS. Not here: what is done then.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use polyregion_model::Topology;

use super::args::Common;
use crate::aws::{self, Aws};

/// A failure that ends the command: what happened and how to fix it.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(message: impl ToString, help: &str) -> Self {
        Self { message: message.to_string(), help: Some(help.to_owned()) }
    }
}

/// An AWS to work with, and what to say about it first.
pub(super) struct Session {
    pub(super) aws: Aws,
    pub(super) banner: Vec<String>,
    #[cfg(feature = "local")]
    sim: Option<polyregion_sim::Sim>,
}

impl Session {
    /// Ends the session: the simulated AWS remembers how far its clock went.
    pub(super) fn close(self) -> Result<(), Problem> {
        #[cfg(feature = "local")]
        if let Some(sim) = self.sim {
            sim.save().map_err(|error| {
                Problem::new(
                    format!("can't write the simulated AWS: {error}"),
                    "check the folder and the disk",
                )
            })?;
        }
        Ok(())
    }
}

/// Connects as the arguments say and makes sure that it is the right account.
pub(super) async fn connect(topology: &Topology, common: &Common) -> Result<Session, Problem> {
    let session = if common.local {
        connect_local(topology, &common.local_state)?
    } else {
        connect_aws(topology).await?
    };
    match aws::verify_account(&session.aws, topology).await {
        Ok(()) => Ok(session),
        Err(error @ aws::IdentityError::OtherAccount { .. }) => {
            Err(Problem::new(error, "log in to the topology's account, or correct `account` in the topology"))
        }
        Err(error) => {
            Err(Problem::new(error, "check the credentials and the network; `--local` needs neither"))
        }
    }
}

/// Tells this run from all others.
fn run_id() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}", now.as_micros())
}

async fn connect_aws(topology: &Topology) -> Result<Session, Problem> {
    let sdk = aws::load(topology).await.map_err(|error| {
        let help = "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with `aws sso login`; to try \
                    it without an account, add --local";
        Problem::new(error, help)
    })?;
    Ok(Session {
        aws: Aws::new(sdk, topology, run_id()),
        banner: Vec::new(),
        #[cfg(feature = "local")]
        sim: None,
    })
}

#[cfg(feature = "local")]
fn connect_local(topology: &Topology, folder: &Path) -> Result<Session, Problem> {
    use polyregion_sim::Sim;

    let sim = Sim::open(folder, topology.account())
        .map_err(|error| Problem::new(error, "choose another folder with --local-state"))?;
    let furnished = crate::local::furnish(&sim, topology)
        .map_err(|error| Problem::new(error, "use literal values or an alias in that region for --local"))?;
    let mut banner = vec![format!("simulated AWS in {}; no real account is touched", folder.display())];
    if !furnished.is_empty() {
        banner.push(format!("added what the topology expects to exist: {}", furnished.join(", ")));
    }
    let sdk = crate::local::sdk_config(&sim);
    Ok(Session { aws: Aws::new(sdk, topology, run_id()), banner, sim: Some(sim) })
}

#[cfg(not(feature = "local"))]
fn connect_local(_topology: &Topology, _folder: &Path) -> Result<Session, Problem> {
    let help = "add the feature `local` to the dependency on polyregion";
    Err(Problem::new("this program was built without the simulated AWS", help))
}
