//! Applies a plan: runs its steps as soon as what they wait for is over, longest remaining path first. Not here: deciding
//! anything (`plan`), talking to AWS (`aws::execute`), showing progress (`report`).

mod event;
mod lane;
mod queue;
mod stop;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use polyregion_model::Address;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use self::event::{Event, EventKind, EventSink, Failure};
use self::queue::{Queue, Ready};
pub use self::stop::Stop;
use crate::plan::{Plan, Step, StepId};

/// Physical ids by address: those known when the plan was made and those that steps have learnt since.
pub type Known = BTreeMap<Address, String>;

/// What makes a step happen. `aws::execute` is the one that talks to AWS; tests have others.
pub trait Runner: Send + Sync + 'static {
    /// Does what the step says and waits until it is done. Returns the physical ids that it learnt.
    ///
    /// # Errors
    /// Whatever kept it from being done.
    fn run(
        &self,
        step: &Step,
        known: Known,
        status: StatusSink,
    ) -> impl Future<Output = Result<Known, Failure>> + Send;
}

/// Takes AWS's status of a resource while a step waits for it.
#[derive(Clone)]
pub struct StatusSink {
    step: StepId,
    started: Instant,
    events: EventSink,
    stop: Stop,
}

impl StatusSink {
    /// Whether, and when, the step is to be left.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Reports a status.
    pub fn report(&self, status: &str) {
        let kind = EventKind::Waiting { step: self.step, status: status.to_owned() };
        self.events.send(Event { at: self.started.elapsed(), kind });
    }
}

/// How an application ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    /// Steps that were done.
    pub done: BTreeSet<StepId>,
    /// Steps that failed, with why.
    pub failed: BTreeMap<StepId, Failure>,
    /// Steps that were not tried, with the failed step that they waited for.
    pub blocked: BTreeMap<StepId, StepId>,
    /// Steps that were not begun, as somebody asked for an end.
    pub left: BTreeSet<StepId>,
    /// How long each step took that was begun, its waiting for AWS included.
    pub times: BTreeMap<StepId, Duration>,
}

impl Outcome {
    /// Whether every step was done.
    pub fn is_success(&self) -> bool {
        self.failed.is_empty() && self.blocked.is_empty() && self.left.is_empty()
    }
}

/// Applies a plan. Independent steps go on after a failure; what needs a failed step is blocked.
/// `parallelism` bounds how many steps are under way at once, besides what each service bears.
pub async fn apply<R: Runner>(
    plan: &Plan,
    runner: Arc<R>,
    events: EventSink,
    stop: &Stop,
    parallelism: Option<NonZeroUsize>,
) -> Outcome {
    let started = Instant::now();
    let send = |kind| events.send(Event { at: started.elapsed(), kind });
    let mut known = plan.known.clone();
    let mut queue = Queue::new(&plan.steps, &plan.remaining(), parallelism);
    let mut outcome = Outcome::default();
    let mut running: JoinSet<(StepId, Result<Known, Failure>)> = JoinSet::new();
    let mut ids = BTreeMap::new();
    let mut begun = BTreeMap::new();
    send(EventKind::Started { steps: plan.steps.len() });
    loop {
        while !stop.is_asked()
            && let Some(ready) = queue.next()
        {
            match ready {
                Ready::Blocked { step, by } => {
                    outcome.blocked.insert(step, by);
                    send(EventKind::Blocked { step, by });
                }
                Ready::Run(id) => {
                    let Some(step) = plan.steps.get(id.0).cloned() else { continue };
                    send(EventKind::StepStarted { step: id });
                    begun.insert(id, Instant::now());
                    let (events, stop) = (events.clone(), stop.clone());
                    let status = StatusSink { step: id, started, events, stop };
                    let runner = Arc::clone(&runner);
                    let known = known.clone();
                    let handle = running.spawn(async move { (id, runner.run(&step, known, status).await) });
                    ids.insert(handle.id(), id);
                }
            }
        }
        let Some(finished) = running.join_next_with_id().await else { break };
        let (id, result) = match finished {
            Ok((_, (id, result))) => (id, result),
            // A step that panics is a bug; it fails like any other, so that the rest is still done.
            Err(error) => match ids.get(&error.id()) {
                Some(id) => (*id, Err(Failure::bug(&error.to_string()))),
                None => continue,
            },
        };
        outcome.times.extend(begun.remove(&id).map(|begun| (id, begun.elapsed())));
        match result {
            Ok(learnt) => {
                known.extend(learnt);
                queue.finish(id, true);
                outcome.done.insert(id);
                send(EventKind::StepDone { step: id });
            }
            Err(failure) => {
                queue.finish(id, false);
                send(EventKind::StepFailed { step: id, failure: failure.clone() });
                outcome.failed.insert(id, failure);
            }
        }
    }
    outcome.left = queue.waiting();
    send(EventKind::Finished { outcome: outcome.clone() });
    outcome
}

#[cfg(test)]
mod tests;
