//! The commands. Not here: connecting (`session`) and what things look like (`report`).

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use polyregion_model::{Code, ExplainPage, Topology};
use serde_json::json;

use super::args::{Args, Command, Common, Confirmed};
use super::exit::{CHANGES_PENDING, CONVERGED, ERROR, PARTIAL};
use super::session::{Problem, connect};
use crate::apply::apply;
use crate::aws::{Executor, observe};
use crate::plan::{self, DataLoss, Goal, Plan};
use crate::report::{Progress, ProgressStyle, plan_json, plan_text};

/// Runs a command and shows how it ended; returns the exit code.
pub(super) fn run(topology: &Topology, args: Args) -> u8 {
    let json = match &args.command {
        Command::Plan(common) => common.json,
        Command::Deploy(confirmed) | Command::Destroy(confirmed) => confirmed.common.json,
        Command::Show | Command::Explain { .. } => false,
    };
    let result = match args.command {
        Command::Plan(common) => block_on(&common, plan_command(topology, &common)),
        Command::Deploy(confirmed) => block_on(&confirmed.common, change(topology, &confirmed, Goal::Deploy)),
        Command::Destroy(confirmed) => {
            block_on(&confirmed.common, change(topology, &confirmed, Goal::Destroy))
        }
        Command::Show => print(&topology.to_string()).map(|()| CONVERGED),
        Command::Explain { code } => explain(&code),
    };
    result.unwrap_or_else(|problem| {
        let Problem { message, help } = problem;
        if json {
            // The same channel that a program reads its results from.
            let _ =
                writeln!(anstream::stdout(), "{}", json!({ "version": 1, "error": message, "help": help }));
        }
        let _ = writeln!(anstream::stderr(), "error: {message}");
        if let Some(help) = help {
            let _ = writeln!(anstream::stderr(), "help: {help}");
        }
        ERROR
    })
}

/// Runs a command to its end. Against the simulated AWS the clock is paused, so that waiting takes no time.
fn block_on(common: &Common, command: impl Future<Output = Result<u8, Problem>>) -> Result<u8, Problem> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all();
    #[cfg(feature = "local")]
    builder.start_paused(common.local);
    #[cfg(not(feature = "local"))]
    let _ = common;
    let runtime =
        builder.build().map_err(|error| Problem::new(error, "the system has no room for another runtime"))?;
    runtime.block_on(command)
}

/// Prints data. A reader that went away is no error of ours.
fn print(text: &str) -> Result<(), Problem> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new(format!("can't write to standard output: {error}"), "check where it goes"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says something that is not data.
fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

fn show_plan(plan: &Plan, json: bool) -> Result<(), Problem> {
    if json { print(&format!("{:#}\n", plan_json(plan))) } else { print(&plan_text(plan)) }
}

/// The exit code of a plan that is not applied.
fn plan_exit(plan: &Plan) -> u8 {
    if !plan.conflicts.is_empty() {
        ERROR
    } else if !plan.deferred.is_empty() {
        PARTIAL
    } else if plan.changes.is_empty() {
        CONVERGED
    } else {
        CHANGES_PENDING
    }
}

async fn plan_command(topology: &Topology, common: &Common) -> Result<u8, Problem> {
    let session = connect(topology, common).await?;
    session.banner.iter().for_each(|line| say(line));
    let world = observe(&session.aws, topology).await;
    let plan = plan::deploy(topology, &world);
    session.close()?;
    show_plan(&plan, common.json)?;
    Ok(plan_exit(&plan))
}

/// Observes, plans, asks and applies.
async fn change(topology: &Topology, confirmed: &Confirmed, goal: Goal) -> Result<u8, Problem> {
    let Confirmed { common, yes } = confirmed;
    let session = connect(topology, common).await?;
    session.banner.iter().for_each(|line| say(line));
    let world = observe(&session.aws, topology).await;
    let plan = Arc::new(match goal {
        Goal::Deploy => plan::deploy(topology, &world),
        Goal::Destroy => plan::destroy(topology, &world),
    });
    // With --json, standard output holds one object per line.
    if common.json {
        print(&format!("{}\n", plan_json(&plan)))?;
    } else {
        print(&plan_text(&plan))?;
    }
    if plan.steps.is_empty() {
        session.close()?;
        return Ok(plan_exit(&plan));
    }
    if !yes {
        confirm(&plan)?;
    }
    let style = if common.json { ProgressStyle::Json } else { ProgressStyle::detect() };
    let sink = Progress::sink(style, Arc::clone(&plan));
    let outcome = apply(&plan, Arc::new(Executor::new(session.aws.clone())), sink).await;
    session.close()?;
    Ok(if !outcome.is_success() || !plan.conflicts.is_empty() {
        ERROR
    } else if !plan.deferred.is_empty() {
        PARTIAL
    } else {
        CONVERGED
    })
}

/// Asks before anything changes. Destroying wants the topology's name, so that no habit answers it.
fn confirm(plan: &Plan) -> Result<(), Problem> {
    if !io::stdin().is_terminal() {
        return Err(Problem::new("nobody can be asked, as standard input is not a terminal", "add --yes"));
    }
    let loses_data = plan.changes.iter().any(|change| change.data_loss == DataLoss::Data);
    let expected = if loses_data { plan.topology.as_str() } else { "yes" };
    say(&format!("type `{expected}` to go on, anything else to stop:"));
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.map_err(|error| Problem::new(format!("can't read the answer: {error}"), "add --yes"))?;
    if answer.trim() == expected {
        Ok(())
    } else {
        Err(Problem { message: "stopped, nothing was changed".to_owned(), help: None })
    }
}

fn explain(text: &str) -> Result<u8, Problem> {
    let page = text.parse::<Code>().ok().and_then(ExplainPage::of);
    match page {
        Some(page) => print(&page.to_string()).map(|()| CONVERGED),
        None => {
            let help = "codes look like P0302, and compile errors of topology! begin with them";
            Err(Problem::new(format!("there is no diagnostic code `{text}`"), help))
        }
    }
}
