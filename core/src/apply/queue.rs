//! Which step comes next: those whose waiting is over, the one with the longest remaining path first. Knows nothing of
//! AWS or of time. Not here: running steps.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::time::Duration;

use super::lane::Lane;
use crate::plan::{Step, StepId};

/// Steps that wait, those that are under way, and how those that are over ended.
pub(super) struct Queue {
    waiting: BTreeMap<StepId, Waiting>,
    running: BTreeMap<StepId, Lane>,
    ended: BTreeMap<StepId, bool>,
    /// Most steps under way at once, of all services together.
    most: usize,
}

struct Waiting {
    needs: BTreeSet<StepId>,
    after: BTreeSet<StepId>,
    remaining: Duration,
    lane: Lane,
}

/// A step whose waiting is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// It can run.
    Run(StepId),
    /// It can't, as this step that it needs was not done.
    Blocked {
        /// The step.
        step: StepId,
        /// What it needs.
        by: StepId,
    },
}

impl Queue {
    pub(super) fn new(
        steps: &[Step],
        remaining: &BTreeMap<StepId, Duration>,
        most: Option<NonZeroUsize>,
    ) -> Self {
        let waiting = |step: &Step| Waiting {
            needs: step.needs.clone(),
            after: step.after.clone(),
            remaining: remaining.get(&step.id).copied().unwrap_or_default(),
            lane: Lane::of(&step.operation),
        };
        Self {
            waiting: steps.iter().map(|step| (step.id, waiting(step))).collect(),
            running: BTreeMap::new(),
            ended: BTreeMap::new(),
            most: most.map_or(usize::MAX, NonZeroUsize::get),
        }
    }

    /// Takes the next step out of the queue, if one is ready and its service has room for it. Among equals, the first of the plan.
    pub(super) fn next(&mut self) -> Option<Ready> {
        let failed = |need: &&StepId| self.ended.get(need) == Some(&false);
        let blocked = self
            .waiting
            .iter()
            .find_map(|(step, waiting)| Some((*step, *waiting.needs.iter().find(failed)?)));
        if let Some((step, by)) = blocked {
            self.waiting.remove(&step);
            self.ended.insert(step, false);
            return Some(Ready::Blocked { step, by });
        }
        if self.running.len() >= self.most {
            return None;
        }
        let mut busy: BTreeMap<Lane, usize> = BTreeMap::new();
        for lane in self.running.values() {
            *busy.entry(*lane).or_default() += 1;
        }
        let has_room = |lane: Lane| busy.get(&lane).copied().unwrap_or_default() < lane.most();
        let over = |step: &StepId| self.ended.contains_key(step);
        let (ready, lane) = self
            .waiting
            .iter()
            .filter(|(_, waiting)| has_room(waiting.lane))
            .filter(|(_, waiting)| waiting.needs.iter().all(over) && waiting.after.iter().all(over))
            .max_by(|(a_id, a), (b_id, b)| a.remaining.cmp(&b.remaining).then(b_id.cmp(a_id)))
            .map(|(step, waiting)| (*step, waiting.lane))?;
        self.waiting.remove(&ready);
        self.running.insert(ready, lane);
        Some(Ready::Run(ready))
    }

    /// The steps that are still waiting.
    pub(super) fn waiting(&self) -> BTreeSet<StepId> {
        self.waiting.keys().copied().collect()
    }

    /// Says how a step ended.
    pub(super) fn finish(&mut self, step: StepId, done: bool) {
        self.running.remove(&step);
        self.ended.insert(step, done);
    }
}
