//! What must hold after a command was struck and given again. Not here: striking (`sweep`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion::state::{LedgerError, Reading, encode};

use super::scenes::Scene;
use crate::cloud::Cloud;

/// What a scene leaves when nothing strikes.
#[derive(Debug)]
pub struct Expected {
    inventory: Vec<String>,
    recorded: BTreeSet<String>,
    calls: usize,
}

/// Calls that a repair may make more than the whole scene undisturbed: it plans again, waits for what is in transition, and
/// mends the copies of the state.
const MORE_CALLS: usize = 120;

impl Expected {
    /// What is there now.
    ///
    /// # Errors
    /// When the scene did not end as it should.
    pub async fn after(cloud: &Cloud, scene: &Scene) -> Result<Self, String> {
        let calls = cloud.sim.calls().len();
        let goal = scene.commands.first().copied().unwrap_or(Goal::Deploy);
        let plan = cloud.plan(scene.topology, goal).await.map_err(|error| error.to_string())?;
        if !plan.plan.is_converged() {
            return Err(format!("{} does not end with an empty plan: {:?}", scene.name, plan.plan.changes));
        }
        Ok(Self {
            inventory: cloud.inventory(),
            recorded: recorded(&cloud.look(scene.topology).await),
            calls,
        })
    }
}

fn recorded(reading: &Reading) -> BTreeSet<String> {
    let state = reading.state.iter().flat_map(|state| &state.resources);
    state.map(|(address, recorded)| format!("{address} {}", recorded.resource.kind.noun())).collect()
}

/// Checks everything; returns what does not hold.
#[expect(clippy::too_many_arguments, reason = "each is one thing that was seen on the way")]
pub async fn check(
    expected: &Expected,
    cloud: &Cloud,
    scene: &Scene,
    before: &BTreeMap<String, String>,
    at_strike: &BTreeMap<String, String>,
    former: Option<Reading>,
    shown: &str,
    calls: usize,
) -> Vec<String> {
    let mut violations = Vec::new();
    let mut violated = |text: String| violations.push(text);

    // Exactly one physical object per address, and nobody else's touched.
    let inventory = cloud.inventory();
    if inventory != expected.inventory {
        let differs = |these: &[String], those: &[String]| {
            these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>()
        };
        violated(format!(
            "the world is another: too much {:?}, missing {:?}, {} instead of {} things",
            differs(&inventory, &expected.inventory),
            differs(&expected.inventory, &inventory),
            inventory.len(),
            expected.inventory.len()
        ));
    }
    // What was there, at first or when it struck, and still is, is the same.
    let identities = cloud.sim.identities();
    for (thing, identity) in before.iter().chain(at_strike) {
        if identities.get(thing).is_some_and(|now| now != identity) {
            violated(format!("{thing} was replaced"));
        }
    }
    if scene.commands.first() == Some(&Goal::Deploy) {
        for thing in before.keys().filter(|thing| holds_data(thing)) {
            if !identities.contains_key(thing) {
                violated(format!("{thing} is gone"));
            }
        }
    }

    // The state agrees with the world, in every copy, and nobody holds it.
    let reading = cloud.look(scene.topology).await;
    for remark in reading.remarks() {
        violated(remark);
    }
    if recorded(&reading) != expected.recorded {
        violated(format!("recorded is {:?} instead of {:?}", recorded(&reading), expected.recorded));
    }
    if let Some(state) = &reading.state {
        if let Some(lock) = &state.lock {
            violated(format!("run {} still holds the lock", lock.run));
        }
        if !state.intents.is_empty() || !state.debts.is_empty() {
            violated(format!("something is left open: {:?} {:?}", state.intents.keys(), state.debts.keys()));
        }
        let known = cloud.plan(scene.topology, Goal::Deploy).await.map(|prepared| prepared.plan.known);
        match known {
            Ok(known) => {
                for (address, recorded) in &state.resources {
                    // Plans know no ids of records, which are their names and types.
                    let record = recorded.resource.kind.as_record_set();
                    let record = record.map(|set| format!("{} {}", set.name, set.record_type.name()));
                    if record.as_ref().or(known.get(address)) != Some(&recorded.physical_id) {
                        violated(format!("{address} is recorded as {}", recorded.physical_id));
                    }
                }
            }
            Err(error) => violated(error.to_string()),
        }
    }

    // A holder that lost the lock writes nothing more.
    if let Some(mut former) = former
        && let Some(state) = former.state.clone().filter(|state| state.lock.is_some())
    {
        let engine = cloud.engine(scene.topology, Options::default());
        match engine.ledger().write(&mut former, &state).await {
            Err(LedgerError::Fenced { .. }) => {}
            other => violated(format!("a former holder of the lock could write: {other:?}")),
        }
    }

    // The journal tells of no run whose outcome is still to be recorded.
    if cloud.disk.text().lines().next_back().is_some_and(|last| !last.ends_with("{\"entry\":\"end\"}")) {
        violated("the journal tells of a run that did not end".to_owned());
    }

    // No password anywhere.
    let state = reading.state.as_ref().map(encode).unwrap_or_default();
    let everywhere = [shown, &cloud.disk.text(), &String::from_utf8_lossy(&state)].concat();
    if cloud.sim.secrets_seen().iter().any(|secret| everywhere.contains(secret.as_str())) {
        violated("a password was written down".to_owned());
    }

    if calls > expected.calls + MORE_CALLS {
        violated(format!("repairing took {calls} calls, the whole only {}", expected.calls));
    }
    violations
}

fn holds_data(thing: &str) -> bool {
    ["dynamodb table", "rds cluster", "s3 bucket", "route53 zone"].iter().any(|kind| thing.starts_with(kind))
}
