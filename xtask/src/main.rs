//! The chores of polyregion, and the example's own deploy command: the embedded command line with a few more words. Not
//! here: anything a user of polyregion would need.

mod aws_sim;
mod bless;
mod book;
mod ci;
mod codegen;
mod data;
mod judge;
mod measure;
mod rules;
mod run;
mod tidy;

use std::io::Write as _;
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
    /// Serve the simulated AWS to other programs, such as the AWS CLI
    AwsSim(aws_sim::AwsSim),
    /// Run everything that continuous integration runs
    Ci,
    /// Check the conventions that no compiler checks
    Tidy,
    /// Accept what the tests print now: snapshots, caret fixtures, compile errors
    Bless,
    /// Compile the data files of the model into its tables
    Codegen {
        /// Only say whether they are stale
        #[arg(long)]
        check: bool,
    },
    /// Let a public emulator judge the command line, without and with faults (needs Python, and PyPI once)
    Judge(judge::Judge),
    /// Measure: counts, and times as ratios
    Measure(measure::Measure),
}

fn main() -> ExitCode {
    let parsed = match Xtask::try_parse() {
        Ok(parsed) => parsed,
        Err(error) => {
            let failed = error.use_stderr();
            // Help that nobody reads any more is no error.
            let _ = error.print();
            return if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let result = match parsed.command {
        Command::Deploy(command) => {
            return polyregion::cli::run_with(storefront::topology(), polyregion::cli::Args { command });
        }
        Command::AwsSim(options) => aws_sim::run(&options, storefront::topology()),
        Command::Ci => ci::run(&root()),
        Command::Tidy => tidy::run(&root()),
        Command::Bless => bless::run(&root()),
        Command::Codegen { check } => codegen::run(&root(), check),
        Command::Judge(mut judge) => match judge.command.take() {
            Some(command) => {
                return polyregion::cli::run_with(judge.topology(), polyregion::cli::Args { command });
            }
            None => judge::run(&root()),
        },
        Command::Measure(measure) => measure::run(&root(), &measure),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}
