//! Order among steps: chains and their typical times. Not here: what steps do.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Step, StepId};

/// Typical time from the start of each step to the end of the last step that waits for it. Steps only wait for earlier
/// ones, so one pass from the end is enough.
pub(super) fn remaining(steps: &[Step]) -> BTreeMap<StepId, Duration> {
    let mut behind: BTreeMap<StepId, Duration> = BTreeMap::new();
    let mut remaining = BTreeMap::new();
    for step in steps.iter().rev() {
        let total = step.estimate + behind.get(&step.id).copied().unwrap_or_default();
        for earlier in step.needs.union(&step.after) {
            let longest = behind.entry(*earlier).or_default();
            *longest = total.max(*longest);
        }
        remaining.insert(step.id, total);
    }
    remaining
}

/// The longest chain of steps and its typical time.
pub(super) fn critical_path(steps: &[Step]) -> (Vec<&Step>, Duration) {
    let remaining = remaining(steps);
    let time = |id: &StepId| remaining.get(id).copied().unwrap_or_default();
    let mut path: Vec<&Step> = Vec::new();
    // Among equals the first is taken, so that a plan always shows the same path.
    let longest = |candidates: &mut dyn Iterator<Item = &'_ Step>| -> Option<StepId> {
        let mut best: Option<StepId> = None;
        for step in candidates {
            if best.is_none_or(|best| time(&step.id) > time(&best)) {
                best = Some(step.id);
            }
        }
        best
    };
    let mut next = longest(&mut steps.iter());
    let total = next.as_ref().map(time).unwrap_or_default();
    while let Some(step) = next.and_then(|id| steps.get(id.0)) {
        path.push(step);
        let waits = |later: &&Step| later.needs.contains(&step.id) || later.after.contains(&step.id);
        next = longest(&mut steps.iter().filter(waits));
    }
    (path, total)
}
