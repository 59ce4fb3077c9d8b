//! Events as plain lines, for logs and for terminals without cursor. Not here: progress bars (`live`).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::json::addresses;
use super::text::duration;
use crate::apply::{Event, EventKind};
use crate::plan::{Operation, Plan, StepId};

/// One line for an event.
pub fn event_line(plan: &Plan, event: &Event) -> String {
    let at = format!("{:>5} s", event.at.as_secs());
    let text = match &event.kind {
        EventKind::Started { steps } => format!("applying {steps} steps"),
        EventKind::StepStarted { step } => format!("{} {}", verb(plan, *step), names(plan, *step)),
        EventKind::Waiting { step, status } => format!("waiting for {}: {status}", names(plan, *step)),
        EventKind::StepDone { step } => format!("done {}", names(plan, *step)),
        EventKind::StepFailed { step, failure } => {
            let help =
                failure.help.as_ref().map(|help| format!("\n          help: {help}")).unwrap_or_default();
            let position = position(plan, *step).map(|at| format!(" ({at})")).unwrap_or_default();
            format!("failed {}{position}: {failure}{help}", names(plan, *step))
        }
        EventKind::Blocked { step, by } => {
            format!("blocked {}: it needs {}, which was not done", names(plan, *step), names(plan, *by))
        }
        EventKind::Finished { outcome } => {
            let mut parts = vec![format!("{} of {} steps done", outcome.done.len(), plan.steps.len())];
            if !outcome.is_success() {
                parts.push(format!("{} failed", outcome.failed.len()));
                parts.push(format!("{} blocked", outcome.blocked.len()));
            }
            for (count, what) in [(plan.conflicts.len(), "in conflict"), (plan.deferred.len(), "deferred")] {
                parts.extend((count > 0).then(|| format!("{count} {what}")));
            }
            if !outcome.left.is_empty() {
                parts.push(format!("{} not begun", outcome.left.len()));
            }
            parts.join(", ") + &slowest(plan, &outcome.times)
        }
    };
    format!("{at}  {text}")
}

/// The steps that took the longest, with how long they typically take.
fn slowest(plan: &Plan, times: &BTreeMap<StepId, Duration>) -> String {
    const SHOWN: usize = 5;
    let mut steps: Vec<(StepId, Duration)> = times.iter().map(|(step, time)| (*step, *time)).collect();
    steps.retain(|(_, time)| time.as_secs() > 0);
    steps.sort_by_key(|(step, time)| (Reverse(*time), *step));
    let line = |(step, time): &(StepId, Duration)| {
        let typical = plan.steps.get(step.0).map_or(Duration::ZERO, |step| step.estimate);
        let (took, typical) = (duration(*time), duration(typical));
        format!("\n          {took} {} {}, typically {typical}", verb(plan, *step), names(plan, *step))
    };
    let lines: Vec<String> = steps.iter().take(SHOWN).map(line).collect();
    if lines.is_empty() { String::new() } else { format!("; the longest:{}", lines.concat()) }
}

/// What a step does, in a word.
pub(super) fn verb(plan: &Plan, step: StepId) -> &'static str {
    match plan.steps.get(step.0).map(|step| &step.operation) {
        Some(Operation::Create(_)) => "creating",
        Some(Operation::Update { changes, unfinished: true, adopts: false, .. }) if changes.is_empty() => {
            "finishing"
        }
        Some(Operation::Update { .. }) => "updating",
        Some(Operation::Await(_)) => "awaiting",
        Some(Operation::Detach(_)) => "detaching",
        Some(Operation::Disarm { .. }) => "disarming",
        Some(Operation::Delete { .. }) => "deleting",
        Some(Operation::ChangeRecords(_)) => "changing",
        None => "doing",
    }
}

/// The addresses of a step; of a large batch the first few.
pub(super) fn names(plan: &Plan, step: StepId) -> String {
    const SHOWN: usize = 3;
    let addresses = addresses(plan, step);
    let shown = addresses.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match addresses.len().checked_sub(SHOWN + 1) {
        Some(more) => format!("{shown} and {} more", more + 1),
        None => shown,
    }
}

fn position(plan: &Plan, step: StepId) -> Option<String> {
    let index = *plan.steps.get(step.0)?.changes.first()?;
    plan.changes.get(index)?.position.clone()
}
