//! Why a run stops, and what to do about it. Not here: failures of single steps (`apply`).

use std::io;

use polyregion_model::{Address, Region};

use crate::apply::Outcome;
use crate::aws::IdentityError;
use crate::journal::JournalError;
use crate::state::{DocumentError, LedgerError, Lock};

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It is not the right account, or nobody says whose it is.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The recorded state can't be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The journal can't be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The topology declares what this version checks and can't deploy.
    #[error("this version can't deploy all that is declared:{}", listed(pending))]
    NotYet {
        /// What that is: where it was written, and what it says.
        pending: Vec<String>,
    },
    /// The system gives no random numbers.
    #[error("can't name this run: {0}")]
    Random(io::Error),
    /// Somebody is at work.
    #[error("run {} is at work on this topology ({})", .0.run, .0.holder)]
    Held(Lock),
    /// The only copies of the state that could be read are empty, and others can't be read.
    #[error("the recorded state is not known: {}", remarks.join("; "))]
    Uncertain {
        /// What is known of the copies.
        remarks: Vec<String>,
    },
    /// The plan is not the one that was seen.
    #[error(
        "the plan has the hash {actual}, not {expected}: something changed since that plan was made, or it was applied already"
    )]
    OtherPlan {
        /// The hash that was seen.
        expected: String,
        /// The hash of the plan now.
        actual: String,
    },
    /// Consent was given to no particular plan.
    #[error("consent is given to one plan, and this one has not been named; its hash is {hash}")]
    UnboundConsent {
        /// The hash of the plan.
        hash: String,
    },
    /// Consent was given for nothing.
    #[error("there is no {address} to consent to")]
    UnknownConsent {
        /// The address.
        address: Address,
    },
    /// Consent was given for what needs none.
    #[error("the plan asks for no consent to {address}")]
    NeedlessConsent {
        /// The address.
        address: Address,
    },
    /// There is no state to promote.
    #[error("the copy in {region} holds no state of this topology")]
    NoCopy {
        /// The region.
        region: Region,
    },
    /// The run does not hold the lock.
    #[error("run {run} does not hold the lock")]
    NotHeld {
        /// The run.
        run: String,
    },
    /// The lock was lost while the plan was applied.
    #[error("this run has lost the lock: {why}")]
    Fenced {
        /// Why.
        why: String,
        /// What had been done.
        outcome: Box<Outcome>,
    },
    /// What was done could not be written to the recorded state.
    #[error("what was done is in the journal of this machine only: {error}")]
    Unrecorded {
        /// Why.
        error: LedgerError,
        /// What was done.
        outcome: Box<Outcome>,
    },
}

/// A line for each.
fn listed(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  {line}")).collect()
}

impl EngineError {
    /// How to go on.
    pub fn help(&self) -> String {
        match self {
            EngineError::Identity(IdentityError::OtherAccount { .. }) => {
                "log in to the topology's account, or correct `account` in the topology".to_owned()
            }
            EngineError::Identity(IdentityError::Call(error)) => {
                let general = "check the credentials and the network; `--local` needs neither";
                error.help().unwrap_or(general).to_owned()
            }
            EngineError::Ledger(error) => ledger_help(error),
            EngineError::Journal(JournalError::InUse { .. }) => {
                "wait until it is over; a run that was killed holds nothing".to_owned()
            }
            EngineError::Journal(JournalError::Io { .. }) => {
                "check the disk and the folder, then run the command again: it goes on where it stopped".to_owned()
            }
            EngineError::Journal(JournalError::Unusable { place, .. } | JournalError::Foreign { place, .. }) => format!(
                "move {place} away: the recorded state knows what was set out to do, and AWS what was done"
            ),
            EngineError::NotYet { .. } => {
                "leave it out until a later version deploys it; everything else that is declared can be deployed".to_owned()
            }
            EngineError::Random(_) => "look at the system's source of random numbers".to_owned(),
            EngineError::Held(lock) => format!(
                "wait until it is over; if it is dead, its lock ends by itself {} minutes after its last sign of life, or \
                 now with `state unlock {}`",
                super::LEASE.as_secs() / 60,
                lock.run
            ),
            EngineError::Uncertain { .. } => {
                "wait until the region is back; or, if nothing was ever deployed, say so with --without REGION".to_owned()
            }
            EngineError::OtherPlan { .. } => "look at the plan again and decide anew".to_owned(),
            EngineError::UnboundConsent { hash } => format!("look at the plan, then add --plan-hash {hash}"),
            EngineError::UnknownConsent { .. } => {
                "addresses are those that the plan shows, as in table.sessions@us".to_owned()
            }
            EngineError::NeedlessConsent { .. } => {
                "what is declared stays as it is; what is kept for its data is listed in the plan with `=`".to_owned()
            }
            EngineError::NoCopy { .. } | EngineError::NotHeld { .. } => {
                "`state show` tells what each copy holds and who holds the lock".to_owned()
            }
            EngineError::Fenced { .. } => {
                "nothing was changed after that; wait for the other run, then look at the plan".to_owned()
            }
            EngineError::Unrecorded { .. } => {
                "run the command again on this machine: it records what was done before it goes on".to_owned()
            }
        }
    }
}

fn ledger_help(error: &LedgerError) -> String {
    match error {
        LedgerError::Unusable { why: DocumentError::Future { .. }, .. } => {
            "update polyregion: a newer version works on this topology".to_owned()
        }
        LedgerError::Unusable { why: DocumentError::Damaged(_), .. } => {
            "`state rebuild` makes it anew from what is on AWS; S3 keeps the older versions of the object"
                .to_owned()
        }
        LedgerError::Foreign { .. } => {
            "give one of the two topologies another name: its name and account are its identity".to_owned()
        }
        LedgerError::Split { .. } => {
            "look at both with `state show`, then make one the truth with `state promote --region REGION`"
                .to_owned()
        }
        LedgerError::Fenced { .. } => "wait until that run is over, then look at the plan".to_owned(),
        LedgerError::Unwritten { .. } => {
            "mend the cause, then run the command again: nothing is changed without a recorded state"
                .to_owned()
        }
    }
}
