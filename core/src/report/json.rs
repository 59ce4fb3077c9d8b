//! Plans and events as JSON. Fields are only ever added within a version. Not here: text.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::apply::{Event, EventKind};
use crate::plan::{Change, Goal, Plan, StepId};

/// The version of both formats.
const VERSION: u32 = 1;

/// The plan with its hash, as one JSON object.
pub fn plan_json(plan: &Plan, hash: &str) -> Value {
    let (path, time) = plan.critical_path();
    let path: Vec<&str> = Vec::from_iter(
        path.iter()
            .flat_map(|step| step.changes.first())
            .filter_map(|index| plan.changes.get(*index).map(|change| change.noun)),
    );
    json!({
        "version": VERSION,
        "hash": hash,
        "topology": plan.topology,
        "account": plan.account,
        "goal": match plan.goal { Goal::Deploy => "deploy", Goal::Destroy => "destroy" },
        "converged": plan.is_converged(),
        "changes": plan.changes.iter().map(change_json).collect::<Vec<_>>(),
        "deferred": plan.deferred,
        "conflicts": plan.conflicts,
        "kept": plan.kept,
        "notes": plan.notes,
        "unchanged": plan.unchanged,
        "typical_seconds": time.as_secs(),
        "critical_path": path,
    })
}

fn change_json(change: &Change) -> Value {
    let Change {
        address,
        noun,
        position,
        action,
        reason,
        fields,
        region,
        control_plane,
        data_loss,
        estimate,
    } = change;
    json!({
        "address": address.to_string(),
        "resource": noun,
        "position": position,
        "action": action,
        "reason": reason,
        "fields": fields,
        "region": region.map(|region| region.code()),
        "control_plane": control_plane.code(),
        "data_loss": data_loss,
        "typical_seconds": estimate.as_secs(),
    })
}

/// The addresses that a step changes, each once: a record may replace another of its address.
pub(super) fn addresses(plan: &Plan, step: StepId) -> Vec<String> {
    let indices = plan.steps.get(step.0).map(|step| step.changes.as_slice()).unwrap_or_default();
    let mut seen = BTreeSet::new();
    indices
        .iter()
        .filter_map(|index| plan.changes.get(*index))
        .filter(|change| seen.insert(&change.address))
        .map(|change| change.address.to_string())
        .collect()
}

/// An event as one JSON object.
pub fn event_json(plan: &Plan, event: &Event) -> Value {
    let seconds = event.at.as_secs();
    let mut value = match &event.kind {
        EventKind::Started { steps } => json!({ "event": "started", "steps": steps }),
        EventKind::StepStarted { step } => json!({ "event": "step_started", "step": step.0 }),
        EventKind::Waiting { step, status } => {
            json!({ "event": "waiting", "step": step.0, "status": status })
        }
        EventKind::StepDone { step } => json!({ "event": "step_done", "step": step.0 }),
        EventKind::StepFailed { step, failure } => {
            json!({ "event": "step_failed", "step": step.0, "failure": failure })
        }
        EventKind::Blocked { step, by } => json!({ "event": "blocked", "step": step.0, "by": by.0 }),
        EventKind::Finished { outcome } => json!({
            "event": "finished",
            "done": outcome.done.len(),
            "failed": outcome.failed.len(),
            "blocked": outcome.blocked.len(),
            "left": outcome.left.len(),
            "conflicts": plan.conflicts.len(),
            "deferred": plan.deferred.len(),
            "times": outcome.times.iter().map(|(step, time)| time_json(plan, *step, *time)).collect::<Vec<_>>(),
        }),
    };
    value["version"] = json!(VERSION);
    value["at_seconds"] = json!(seconds);
    if let Some(step) = step_of(&event.kind) {
        value["addresses"] = json!(addresses(plan, step));
    }
    value
}

/// How long a step took, and typically takes.
fn time_json(plan: &Plan, step: StepId, time: Duration) -> Value {
    let typical = plan.steps.get(step.0).map(|step| step.estimate.as_secs());
    json!({
        "step": step.0,
        "addresses": addresses(plan, step),
        "seconds": time.as_secs(),
        "typical_seconds": typical,
    })
}

/// The step that an event is about.
pub(super) fn step_of(kind: &EventKind) -> Option<StepId> {
    match kind {
        EventKind::StepStarted { step }
        | EventKind::Waiting { step, .. }
        | EventKind::StepDone { step }
        | EventKind::StepFailed { step, .. }
        | EventKind::Blocked { step, .. } => Some(*step),
        EventKind::Started { .. } | EventKind::Finished { .. } => None,
    }
}
