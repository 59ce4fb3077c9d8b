//! The chores of polyregion, and the example's own deploy command: the embedded command line with a few more words. Not
//! here: anything a user of polyregion would need.

mod codegen;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use polyregion_examples::storefront;

#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Deploy(polyregion::cli::Command),
    /// Compile the data files of the model into its tables
    Codegen {
        /// Only say whether they are stale
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Xtask::parse().command {
        Command::Deploy(command) => {
            return polyregion::cli::run_with(storefront::topology(), polyregion::cli::Args { command });
        }
        Command::Codegen { check } => codegen::run(&root(), check),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
