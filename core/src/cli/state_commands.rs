//! `state`: looking at the recorded state, and mending it. Not here: what it is (`state`) and mending itself (`engine`).

use polyregion_model::Topology;

use super::args::{Common, StateCommand};
use super::commands::{looking, print, say};
use super::exit::{CONVERGED, ERROR};
use super::session::{Problem, connect};
use crate::engine::Engine;
use crate::report::{state_json, state_text};

/// The arguments that all of them have.
pub(super) fn common(command: &StateCommand) -> &Common {
    match command {
        StateCommand::Show(common) | StateCommand::Rebuild(common) => common,
        StateCommand::Promote { common, .. } | StateCommand::Unlock { common, .. } => common,
    }
}

/// Runs one of them.
pub(super) async fn run(topology: &Topology, command: &StateCommand) -> Result<u8, Problem> {
    let common = common(command);
    let session = connect(topology, common).await?;
    session.banner.iter().for_each(|line| say(line));
    let engine = Engine::new(topology, session.aws.clone(), session.ledger.clone(), looking(common));
    let mended = match command {
        StateCommand::Show(_) => None,
        StateCommand::Rebuild(_) => Some(engine.rebuild().await.map(|(_, doubts)| doubts)),
        StateCommand::Promote { region, .. } => Some(engine.promote(*region).await.map(|_| Vec::new())),
        StateCommand::Unlock { run, .. } => Some(engine.unlock(run).await.map(|_| Vec::new())),
    };
    let reading = engine.look().await;
    session.close()?;
    if let Some(remarks) = mended {
        remarks?.iter().for_each(|remark| say(&format!("note: {remark}")));
    }
    if common.json {
        print(&format!("{:#}\n", state_json(&reading)))?;
    } else {
        print(&state_text(&reading))?;
    }
    // Remarks say which copies can't be used; without any state there is nothing to show.
    Ok(if reading.state.is_none() && !reading.remarks().is_empty() { ERROR } else { CONVERGED })
}
