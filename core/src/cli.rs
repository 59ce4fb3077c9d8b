//! The command line that users embed in their own program: `polyregion::cli::run(topology())`. Not here: the work, which
//! `aws`, `plan` and `apply` do.

mod args;
mod commands;
mod exit;
mod interrupt;
mod saved_plan;
mod session;
mod state_commands;

use std::process::ExitCode;

use clap::Parser as _;
use polyregion_model::Topology;

pub use args::{Args, Command, Common, Confirmed, Purpose, StateCommand};
pub use exit::{CHANGES_PENDING, CONVERGED, ERROR, PARTIAL};

/// Runs the command that the program's own arguments name.
///
/// ```no_run
/// # polyregion::topology! {
/// #     pub mod shop;
/// #     account: "123456789012",
/// #     regions { us: us_east_1, eu: eu_west_1 }
/// #     table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
/// # }
/// fn main() -> std::process::ExitCode {
///     polyregion::cli::run(shop::topology())
/// }
/// ```
pub fn run(topology: &Topology) -> ExitCode {
    match Args::try_parse() {
        Ok(args) => run_with(topology, args),
        Err(error) => {
            // Help and version are no errors; a broken pipe while printing them is nobody's concern.
            let failed = error.use_stderr();
            let _ = error.print();
            ExitCode::from(if failed { ERROR } else { CONVERGED })
        }
    }
}

/// Runs a command whose arguments were parsed elsewhere, as by a program with commands of its own.
pub fn run_with(topology: &Topology, args: Args) -> ExitCode {
    ExitCode::from(commands::run(topology, args))
}
