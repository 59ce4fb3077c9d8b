//! Scheduling, with a runner that only sleeps.

use std::sync::Mutex;
use std::time::Duration;

use polyregion_model::Kind;

use super::*;
use crate::plan::{Goal, Operation, RecordBatch};

/// Sleeps for the step's estimate; the steps named here fail.
struct Sleeper {
    fails: BTreeSet<StepId>,
}

impl Runner for Sleeper {
    async fn run(&self, step: &Step, _known: Known, status: StatusSink) -> Result<Known, Failure> {
        status.report("sleeping");
        tokio::time::sleep(step.estimate).await;
        if self.fails.contains(&step.id) {
            return Err(Failure::of("test".to_owned(), "told to".to_owned(), "don't tell it to"));
        }
        Ok(Known::new())
    }
}

/// `(needs, after, seconds)` of each step.
fn plan(steps: &[(&[usize], &[usize], u64)]) -> Plan {
    let ids = |ids: &[usize]| ids.iter().copied().map(StepId).collect();
    let batch = RecordBatch { zone: Address::global(Kind::Zone, "z"), changes: Vec::new(), is_last: true };
    Plan {
        topology: "t".to_owned(),
        account: "123456789012".to_owned(),
        goal: Goal::Deploy,
        changes: Vec::new(),
        steps: steps
            .iter()
            .enumerate()
            .map(|(number, (needs, after, seconds))| Step {
                id: StepId(number),
                changes: Vec::new(),
                operation: Operation::ChangeRecords(batch.clone()),
                needs: ids(needs),
                after: ids(after),
                estimate: Duration::from_secs(*seconds),
            })
            .collect(),
        deferred: Vec::new(),
        conflicts: Vec::new(),
        kept: Vec::new(),
        notes: Vec::new(),
        unchanged: 0,
        known: BTreeMap::new(),
    }
}

/// What happened, as `seconds what step`.
async fn run(plan: &Plan, fails: &[usize]) -> (Outcome, Vec<String>) {
    run_by(plan, fails, None).await
}

/// The same with so many steps at once at most.
async fn run_by(plan: &Plan, fails: &[usize], most: Option<NonZeroUsize>) -> (Outcome, Vec<String>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&log);
    let sink = EventSink::new(move |event| {
        let seconds = event.at.as_secs();
        let line = match event.kind {
            EventKind::StepStarted { step } => format!("{seconds} start {}", step.0),
            EventKind::StepDone { step } => format!("{seconds} done {}", step.0),
            EventKind::StepFailed { step, .. } => format!("{seconds} failed {}", step.0),
            EventKind::Blocked { step, by } => format!("{seconds} blocked {} by {}", step.0, by.0),
            EventKind::Started { .. } | EventKind::Waiting { .. } | EventKind::Finished { .. } => return,
        };
        writer.lock().unwrap().push(line);
    });
    let runner = Sleeper { fails: fails.iter().copied().map(StepId).collect() };
    let outcome = apply(plan, Arc::new(runner), sink, &Stop::default(), most).await;
    let log = log.lock().unwrap().clone();
    (outcome, log)
}

#[tokio::test(start_paused = true)]
async fn independent_steps_overlap_and_the_longest_path_starts_first() {
    let plan = plan(&[(&[], &[], 1), (&[], &[], 10), (&[0], &[], 5), (&[1], &[], 1)]);
    let (outcome, log) = run(&plan, &[]).await;
    assert!(outcome.is_success());
    assert_eq!(
        log,
        [
            "0 start 1",
            "0 start 0",
            "1 done 0",
            "1 start 2",
            "6 done 2",
            "10 done 1",
            "10 start 3",
            "11 done 3"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failure_blocks_what_needs_it_and_nothing_else() {
    let plan = plan(&[(&[], &[], 1), (&[0], &[], 1), (&[1], &[], 1), (&[], &[0], 1), (&[], &[], 9)]);
    let (outcome, log) = run(&plan, &[0]).await;
    assert!(!outcome.is_success());
    assert_eq!(outcome.blocked, BTreeMap::from([(StepId(1), StepId(0)), (StepId(2), StepId(1))]));
    assert_eq!(
        log,
        [
            "0 start 4",
            "0 start 0",
            "1 failed 0",
            "1 blocked 1 by 0",
            "1 blocked 2 by 1",
            "1 start 3",
            "2 done 3",
            "9 done 4"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_bounded() {
    let most = lane::Lane::Route53.most();
    let steps: Vec<(&[usize], &[usize], u64)> = (0..most + 20).map(|_| (&[][..], &[][..], 1)).collect();
    let (_, log) = run(&plan(&steps), &[]).await;
    let at_once = log.iter().filter(|line| line.starts_with("0 start")).count();
    assert_eq!(at_once, most);
    let (outcome, log) = run_by(&plan(&steps[..3]), &[], NonZeroUsize::new(1)).await;
    assert_eq!(log, ["0 start 0", "1 done 0", "1 start 1", "2 done 1", "2 start 2", "3 done 2"]);
    let second = Duration::from_secs(1);
    assert_eq!(outcome.times, (0..3).map(|step| (StepId(step), second)).collect());
}
