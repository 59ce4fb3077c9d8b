//! Measuring: API calls counted by the simulated AWS, and build times as ratios. Not here: pass or fail.

mod build;
mod language;
mod minimum;
mod mutations;
mod scale;
mod seed;
mod sweep;

use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

pub(crate) use self::mutations::stale as stale_mutations;

/// What to measure.
#[derive(Args)]
pub(crate) struct Measure {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// API calls of deploying the storefront, and of planning it again, beside what AWS makes unavoidable
    Seed {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// The crash sweep: every external effect of the storefront's commands struck in every way
    Sweep {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// Only every so-many-th strike
        #[arg(long, default_value_t = 1)]
        stride: usize,
        /// Pairs of strikes
        #[arg(long, default_value_t = PAIRS)]
        pairs: usize,
        /// Decides what is sampled
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Leave the mutations out
        #[arg(long)]
        no_mutations: bool,
    },
    /// Just the mutations: guards that are broken one at a time, each of which a test must notice
    Mutations {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// How many rows of the rule catalogue are checked, and what the macro costs rustc
    Language {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Large topologies: API calls, change batches, the time of applying beside its critical path, what planning costs, the matrix
    Scale {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Seconds of a cold build of `cargo xtask deploy --local`, beside a cold build of just the SDK crates
    Build {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(root: &Path, measure: &Measure) -> Result<(), String> {
    let (figures, json) = match measure.what {
        What::Seed { json } => (seed::measure()?, json),
        What::Sweep { json, stride, pairs, seed, no_mutations } => {
            (sweep_with(root, sweep::measure(stride, pairs, seed)?, !no_mutations)?, json)
        }
        What::Mutations { json } => (mutations::measure(root)?, json),
        What::Language { json } => (language::measure(root)?, json),
        What::Scale { json } => (scale::measure(root)?, json),
        What::Build { json } => (build::measure(root)?, json),
    };
    print(&figures, json);
    let violations = figures.get("violations").and_then(Value::as_u64).unwrap_or_default();
    if violations == 0 { Ok(()) } else { Err(format!("{violations} violations")) }
}

/// Runs something on a clock that goes on when everybody waits.
fn in_virtual_time<T>(future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.map_err(|error| format!("can't make a runtime: {error}"))?.block_on(future)
}

/// Pairs of strikes that are sampled unless somebody says otherwise.
const PAIRS: usize = 300;

/// The whole sweep, which must find nothing.
pub(crate) fn sweep_in_full() -> Result<(), String> {
    let figures = sweep::measure(1, PAIRS, 1)?;
    print(&figures, true);
    if figures["violations"] == 0 { Ok(()) } else { Err("the sweep found violations".to_owned()) }
}

fn sweep_with(root: &Path, mut figures: Value, mutations: bool) -> Result<Value, String> {
    if mutations {
        let mutations = mutations::measure(root)?;
        for figure in ["mutations", "mutations_caught"] {
            figures[figure] = mutations[figure].clone();
        }
    }
    Ok(figures)
}

#[expect(clippy::print_stdout, reason = "the figures are the data that was asked for")]
fn print(figures: &Value, json: bool) {
    let Some(figures) = figures.as_object().filter(|_| !json) else {
        return println!("{figures}");
    };
    for (name, value) in figures {
        match value.as_object() {
            Some(table) if name == "operations" => print!("{}", operations(table)),
            Some(_) | None => println!("{name}: {value}"),
        }
    }
}

/// Calls that were made beside those that AWS forces, a line for each operation of each case.
fn operations(cases: &Map<String, Value>) -> String {
    let mut text = format!("{:<20} {:<44} {:>6} {:>6}\n", "case", "operation", "made", "least");
    for (case, operations) in cases {
        let mut line = |operation: &str, made: u64, least: u64| {
            text.push_str(&format!("{case:<20} {operation:<44} {made:>6} {least:>6}\n"));
        };
        let (mut made, mut least) = (0, 0);
        for (operation, counts) in operations.as_object().into_iter().flatten() {
            let count = |name: &str| counts[name].as_u64().unwrap_or_default();
            line(operation, count("made"), count("least"));
            (made, least) = (made + count("made"), least + count("least"));
        }
        line("all", made, least);
    }
    text
}
