//! The arguments. Not here: what commands do.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use polyregion_model::{Address, Region};

use crate::permissions;

/// Plans and applies a topology.
#[derive(Clone, Debug, Parser)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Show what would change; exits with 0 if nothing, 2 if something, 3 if part of it can't be told
    Plan {
        /// What all commands have.
        #[command(flatten)]
        common: Common,
        /// Plan to destroy instead of to deploy
        #[arg(long)]
        destroy: bool,
        /// Show what consent to this would do (again for more)
        #[arg(long, value_name = "ADDRESS")]
        consent: Vec<Address>,
        /// Write the plan to a file, for `deploy --plan` or `destroy --plan`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Make everything as declared
    Deploy(Confirmed),
    /// Delete everything that is declared or recorded: what holds data in a second run
    Destroy(Confirmed),
    /// Look at the recorded state, or mend it
    State {
        /// What to do with it.
        #[command(subcommand)]
        command: StateCommand,
    },
    /// Print the IAM policy that a command needs for this topology
    Policy {
        /// The command
        purpose: Purpose,
    },
    /// Print the topology: every resource it stands for, in order
    Show,
    /// Explain a diagnostic code, such as P0302, a part of the language, such as table, or what the topology holds: objectives
    Explain {
        /// The code, or the item
        #[arg(value_name = "CODE|ITEM")]
        code: String,
    },
}

/// What can be done with the recorded state.
#[derive(Clone, Debug, Subcommand)]
pub enum StateCommand {
    /// Show the copies, what is recorded, what is owed, and who holds the lock
    Show(Common),
    /// Make it anew from what is on AWS, when no copy can be used
    Rebuild(Common),
    /// Make the copy in one region the truth, when copies contradict each other
    Promote {
        /// What all commands have.
        #[command(flatten)]
        common: Common,
        /// The region of the copy, as in eu-west-1
        #[arg(long, value_parser = region)]
        region: Region,
    },
    /// Take the lock from a run that is dead, before its lease ends
    Unlock {
        /// What all commands have.
        #[command(flatten)]
        common: Common,
        /// The run, as `state show` names it
        run: String,
    },
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Plan: only reads
    Plan,
    /// Deploy
    #[value(alias = "deploy")]
    Apply,
    /// Destroy
    Destroy,
}

impl From<Purpose> for permissions::Purpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Plan => permissions::Purpose::Plan,
            Purpose::Apply => permissions::Purpose::Apply,
            Purpose::Destroy => permissions::Purpose::Destroy,
        }
    }
}

fn endpoint(url: &str) -> Result<String, String> {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if host.contains('@') => Err("credentials don't belong into a URL".to_owned()),
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(url.to_owned()),
        Some(_) | None => Err("write it as http://HOST:PORT or https://HOST".to_owned()),
    }
}

fn at_least_one(number: &str) -> Result<NonZeroUsize, String> {
    number.parse().map_err(|_| "write a whole number of at least 1".to_owned())
}

fn region(code: &str) -> Result<Region, String> {
    Region::from_code(code).ok_or_else(|| match Region::suggest(code) {
        Some(near) => format!("there is no such region; did you mean `{near}`?"),
        None => "there is no such region; codes look like eu-west-1".to_owned(),
    })
}

/// What commands that talk to AWS have in common.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// Use the simulated AWS instead of the real one
    #[arg(long, conflicts_with = "endpoint_url")]
    pub local: bool,
    /// The folder of the simulated AWS
    #[arg(long, value_name = "DIR", default_value = ".polyregion/local", requires = "local")]
    pub local_state: PathBuf,
    /// Send every call to this endpoint instead of to AWS, as to an emulator
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    pub endpoint_url: Option<String>,
    /// Wait this much of the time that AWS takes, for emulators on this machine that take none
    #[arg(long, value_name = "FACTOR", hide = true, requires = "endpoint_url")]
    pub poll_factor: Option<f64>,
    /// Treat a region as down: what needs it is deferred (again for more)
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub without: Vec<Region>,
    /// The folder of the journal, which tells the next run on this machine what a killed one had done
    #[arg(long, value_name = "DIR", default_value = ".polyregion/journal", conflicts_with = "local")]
    pub journal: PathBuf,
    /// Print JSON on standard output
    #[arg(long)]
    pub json: bool,
}

/// What commands that change AWS have in common.
#[derive(Clone, Debug, clap::Args)]
pub struct Confirmed {
    /// What all commands have.
    #[command(flatten)]
    pub common: Common,
    /// Don't ask before changing anything
    #[arg(long)]
    pub yes: bool,
    /// Apply only the plan in this file, which `plan --out` wrote; anything else is refused
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Have at most so many steps under way at once; otherwise as many as each service bears
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    pub parallelism: Option<NonZeroUsize>,
    /// Consent to what the plan says would happen to this data (again for more); wants --plan or --plan-hash
    #[arg(long, value_name = "ADDRESS")]
    pub consent: Vec<Address>,
    /// Apply only the plan with this hash, which every plan ends with
    #[arg(long, value_name = "HASH", conflicts_with = "plan")]
    pub plan_hash: Option<String>,
}
