//! The arguments. Not here: what commands do.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

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
    Plan(Common),
    /// Make everything as declared
    Deploy(Confirmed),
    /// Delete everything that is declared, data included
    Destroy(Confirmed),
    /// Print the topology: every resource it stands for, in order
    Show,
    /// Explain a diagnostic code, such as P0302
    Explain {
        /// The code
        code: String,
    },
}

/// What commands that talk to AWS have in common.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// Use the simulated AWS instead of the real one
    #[arg(long)]
    pub local: bool,
    /// The folder of the simulated AWS
    #[arg(long, value_name = "DIR", default_value = ".polyregion/local", requires = "local")]
    pub local_state: PathBuf,
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
}
