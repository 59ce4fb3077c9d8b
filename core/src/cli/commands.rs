//! The commands. Not here: connecting (`session`) and what things look like (`report`).

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use polyregion_model::reference::Reference;
use polyregion_model::{Address, Code, Rule, Topology};
use serde_json::json;

use super::args::{Args, Command, Common, Confirmed};
use super::exit::{CHANGES_PENDING, CONVERGED, ERROR, PARTIAL};
use super::interrupt::Listening;
use super::saved_plan::SavedPlan;
use super::session::{Problem, Session, connect, holder};
use super::state_commands;
use crate::apply::Outcome;
use crate::engine::{Applied, Engine, EngineError, Options, Prepared};
use crate::journal::Journal;
use crate::plan::{DataLoss, Goal, Plan};
use crate::report::{Progress, ProgressStyle, plan_json, plan_text};

/// Runs a command and shows how it ended; returns the exit code.
pub(super) fn run(topology: &Topology, args: Args) -> u8 {
    let json = match &args.command {
        Command::Plan { common, .. } => common.json,
        Command::Deploy(confirmed) | Command::Destroy(confirmed) => confirmed.common.json,
        Command::State { command } => state_commands::common(command).json,
        Command::Show | Command::Policy { .. } | Command::Explain { .. } => false,
    };
    // rustc has not seen what depends on the program.
    for warning in topology.warnings() {
        let _ = writeln!(anstream::stderr(), "{warning}");
    }
    let result = match args.command {
        Command::Plan { common, destroy, consent, out } => {
            let goal = if destroy { Goal::Destroy } else { Goal::Deploy };
            block_on(&common, plan_command(topology, &common, goal, consent, out.as_deref()))
        }
        Command::Deploy(confirmed) => block_on(&confirmed.common, change(topology, &confirmed, Goal::Deploy)),
        Command::Destroy(confirmed) => {
            block_on(&confirmed.common, change(topology, &confirmed, Goal::Destroy))
        }
        Command::State { command } => {
            block_on(state_commands::common(&command), state_commands::run(topology, &command))
        }
        Command::Policy { purpose } => {
            let policy = crate::permissions::policy(topology, purpose.into());
            print(&format!("{policy:#}\n")).map(|()| CONVERGED)
        }
        Command::Show => print(&topology.to_string()).map(|()| CONVERGED),
        Command::Explain { code } => explain(topology, &code),
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
pub(super) fn print(text: &str) -> Result<(), Problem> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new(format!("can't write to standard output: {error}"), "check where it goes"))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says something that is not data.
pub(super) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
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

/// The exit code of a plan that was applied. What was not reached is owed, which is no error.
fn applied_exit(plan: &Plan, outcome: &Outcome) -> u8 {
    if !plan.conflicts.is_empty() || outcome.failed.values().any(|failure| !failure.unreachable) {
        ERROR
    } else if !outcome.is_success() || !plan.deferred.is_empty() || is_halfway(plan) {
        PARTIAL
    } else {
        CONVERGED
    }
}

/// Whether it destroys in two runs, and this is the first.
fn is_halfway(plan: &Plan) -> bool {
    let disarms = plan.changes.iter().any(|change| change.reason == crate::plan::Reason::Disarmed);
    plan.goal == Goal::Destroy && disarms
}

fn engine<'a>(topology: &'a Topology, session: &Session, options: Options) -> Engine<'a> {
    Engine::new(topology, session.aws.clone(), session.ledger.clone(), options)
}

/// Options of a command that only looks.
pub(super) fn looking(common: &Common) -> Options {
    Options { without: common.without.iter().copied().collect(), ..Options::default() }
}

async fn plan_command(
    topology: &Topology,
    common: &Common,
    goal: Goal,
    consent: Vec<Address>,
    out: Option<&Path>,
) -> Result<u8, Problem> {
    let session = connect(topology, common).await?;
    session.banner.iter().for_each(|line| say(line));
    let options = Options { consents: consent.into_iter().collect(), ..looking(common) };
    let prepared = engine(topology, &session, options).plan(goal).await;
    session.close()?;
    let prepared = prepared?;
    remarks(&prepared);
    let Prepared { plan, hash, surroundings, .. } = &prepared;
    if common.json {
        print(&format!("{:#}\n", plan_json(plan, hash)))?;
    } else {
        print(&plan_text(plan, hash))?;
    }
    if let Some(file) = out {
        SavedPlan::of(plan, hash, surroundings).write(file)?;
    }
    Ok(if prepared.is_uncertain && plan_exit(plan) != ERROR { PARTIAL } else { plan_exit(plan) })
}

/// What is worth saying before the plan.
fn remarks(prepared: &Prepared) {
    prepared.remarks.iter().for_each(|remark| say(&format!("note: {remark}")));
    if let Some(lock) = &prepared.held_by {
        say(&format!("note: run {} ({}) holds the lock, or died with it", lock.run, lock.holder));
    }
}

/// Observes, plans, asks and applies.
async fn change(topology: &Topology, confirmed: &Confirmed, goal: Goal) -> Result<u8, Problem> {
    let Confirmed { common, yes, plan: file, parallelism, consent, plan_hash } = confirmed;
    let session = connect(topology, common).await?;
    session.banner.iter().for_each(|line| say(line));
    let (journal, left) = Journal::open(&session.journal, topology.name())?;
    let saved = file.as_deref().map(SavedPlan::read).transpose()?;
    if let Some(saved) = &saved {
        saved.check(topology, goal, &session.aws.endpoints())?;
    }
    let options = Options {
        consents: consent.iter().cloned().collect::<BTreeSet<_>>(),
        plan_hash: saved.map(|saved| saved.hash).or_else(|| plan_hash.clone()),
        holder: holder(),
        parallelism: *parallelism,
        ..looking(common)
    };
    let engine = engine(topology, &session, options);
    // Who is asked ends the program by not answering.
    let early = yes.then(|| Listening::begin(engine.stop()));
    let prepared = tokio::select! {
        prepared = engine.prepare_to_apply(goal, &journal, &left) => prepared,
        // Nothing has changed by then.
        () = engine.stop().asked(), if early.is_some() => {
            session.close()?;
            return Ok(PARTIAL);
        }
    };
    if prepared.is_err() {
        session.close()?;
    }
    let prepared = prepared?;
    remarks(&prepared);
    let plan = Arc::new(prepared.plan.clone());
    // With --json, standard output holds one object per line.
    if common.json {
        print(&format!("{}\n", plan_json(&plan, &prepared.hash)))?;
    } else {
        print(&plan_text(&plan, &prepared.hash))?;
    }
    let mut prepared = prepared;
    if !plan.steps.is_empty() && !yes {
        let confirmed = confirm(&plan);
        if confirmed.is_err() {
            session.close()?;
        }
        confirmed?;
        // Whoever thought about it for long has seen a world that may be gone.
        let seen = prepared.hash;
        prepared = engine.prepare_to_apply(goal, &journal, &left).await?;
        if prepared.hash != seen {
            return Err(EngineError::OtherPlan { expected: seen, actual: prepared.hash }.into());
        }
    }
    let style = if common.json { ProgressStyle::Json } else { ProgressStyle::detect() };
    let is_idle = plan.steps.is_empty();
    let sink = Progress::sink(style, Arc::clone(&plan));
    let listening = early.unwrap_or_else(|| Listening::begin(engine.stop()));
    let applied = engine.apply(prepared, &journal, sink).await;
    drop(listening);
    session.close()?;
    let Applied { outcome, remarks } = applied?;
    remarks.iter().for_each(|remark| say(&format!("note: {remark}")));
    Ok(if is_idle { plan_exit(&plan) } else { applied_exit(&plan, &outcome) })
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

fn explain(topology: &Topology, text: &str) -> Result<u8, Problem> {
    if text == "objectives" {
        return print(&topology.objectives().to_string()).map(|()| CONVERGED);
    }
    let page = text.parse::<Code>().ok().and_then(Rule::of).map(ToString::to_string);
    let page = page.or_else(|| Reference::of(text).map(|reference| reference.to_string()));
    match page {
        Some(page) => print(&page).map(|()| CONVERGED),
        None => {
            let names: Vec<&str> = Reference::all().iter().map(|reference| reference.name).collect();
            let help = format!(
                "codes look like P0302, and compile errors of topology! begin with them; parts of the language are {}",
                names.join(", ")
            );
            Err(Problem::new(
                format!("there is no diagnostic code and no part of the language `{text}`"),
                &help,
            ))
        }
    }
}
