//! Connecting: to AWS with the ordinary credential chain, or to the simulated AWS. Not here: what is done then.

use std::path::{Path, PathBuf};
#[cfg(feature = "local")]
use std::sync::Arc;

use polyregion_model::{Topology, name};

use super::args::Common;
use crate::aws::{self, Aws};
use crate::engine::EngineError;
use crate::journal::JournalError;
use crate::state::Ledger;

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

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Self::new(&error, &error.help())
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        EngineError::from(error).into()
    }
}

/// An AWS to work with, where its recorded state and its journal are, and what to say about it first.
pub(super) struct Session {
    pub(super) aws: Aws,
    pub(super) ledger: Ledger,
    pub(super) journal: PathBuf,
    pub(super) banner: Vec<String>,
    #[cfg(feature = "local")]
    sim: Option<polyregion_sim::Sim>,
}

impl Session {
    /// Ends the session: the simulated AWS remembers how far its clock went.
    pub(super) fn close(&self) -> Result<(), Problem> {
        #[cfg(feature = "local")]
        if let Some(sim) = &self.sim {
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

/// Connects as the arguments say.
pub(super) async fn connect(topology: &Topology, common: &Common) -> Result<Session, Problem> {
    let session = if common.local {
        connect_local(topology, &common.local_state)?
    } else {
        connect_aws(topology, common).await?
    };
    Ok(session)
}

/// Where this runs, for people who meet its lock.
pub(super) fn holder() -> String {
    let host = gethostname::gethostname();
    format!("process {} on {}", std::process::id(), host.to_string_lossy())
}

async fn connect_aws(topology: &Topology, common: &Common) -> Result<Session, Problem> {
    let sdk = aws::load(topology, common.endpoint_url.as_deref()).await.map_err(|error| {
        let help = "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with `aws sso login`; to try \
                    it without an account, add --local";
        Problem::new(error, help)
    })?;
    let mut aws = Aws::new(sdk, topology);
    if let Some(factor) = common.poll_factor {
        let loopback = common.endpoint_url.as_deref().is_some_and(is_loopback);
        if !loopback || !(0.0..=1.0).contains(&factor) {
            let help = "it is a number from 0 to 1, for an --endpoint-url at 127.0.0.1, [::1] or localhost";
            return Err(Problem::new(format!("--poll-factor {factor} can't be used here"), help));
        }
        aws = aws.with_pace(factor);
    }
    let endpoints = aws.endpoints();
    let banner =
        endpoints.iter().map(|(service, url)| format!("{service} is called at {url}, not at AWS")).collect();
    // Another endpoint is another world: its journal must not be taken for this one's.
    let journal = match endpoints.first_key_value() {
        None => common.journal.clone(),
        Some(_) => {
            let world = name::checksum(&format!("{endpoints:?}"));
            common.journal.join(format!("endpoint-{world:016x}"))
        }
    };
    Ok(Session {
        ledger: Ledger::new(aws::copies(&aws, topology)),
        aws,
        journal,
        banner,
        #[cfg(feature = "local")]
        sim: None,
    })
}

/// Whether a URL leads to this machine.
fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    ["127.0.0.1", "[::1]", "localhost"]
        .iter()
        .any(|name| host.strip_prefix(name).is_some_and(|port| port.is_empty() || port.starts_with(':')))
}

#[cfg(feature = "local")]
fn connect_local(topology: &Topology, folder: &Path) -> Result<Session, Problem> {
    use polyregion_sim::Sim;

    use crate::state::FolderCopy;

    let sim = Sim::open(folder, topology.account())
        .map_err(|error| Problem::new(error, "choose another folder with --local-state"))?;
    let furnished = crate::local::furnish(&sim, topology)
        .map_err(|error| Problem::new(error, "use literal values or an alias in that region for --local"))?;
    let mut banner = vec![format!("simulated AWS in {}; no real account is touched", folder.display())];
    if !furnished.is_empty() {
        banner.push(format!("added what the topology expects to exist: {}", furnished.join(", ")));
    }
    let sdk = crate::local::sdk_config(&sim);
    Ok(Session {
        aws: Aws::new(sdk, topology),
        ledger: Ledger::new(vec![Arc::new(FolderCopy::new(folder, topology.name()))]),
        journal: folder.to_owned(),
        banner,
        sim: Some(sim),
    })
}

#[cfg(not(feature = "local"))]
fn connect_local(_topology: &Topology, _folder: &Path) -> Result<Session, Problem> {
    let help = "add the feature `local` to the dependency on polyregion";
    Err(Problem::new("this program was built without the simulated AWS", help))
}
