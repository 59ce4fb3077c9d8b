//! Two runs of one topology at once: one works, the other waits or stops. Not here: what a dead run leaves (`sweep`).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyregion::Topology;
use polyregion::apply::{EventKind, EventSink};
use polyregion::engine::{EngineError, Options};
use polyregion::journal::Journal;
use polyregion::plan::Goal;
use polyregion::state::LedgerError;
use polyregion_sim::{Attempt, Fault};
use polyregion_tests::cloud::Cloud;
use tokio::time::Instant;

mod small {
    polyregion::topology! {
        #[allow(polyregion::p0414)]
        pub mod small;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        health_check site { https: "status.example.com/" }
        record www: A in site { simple: values("192.0.2.7") }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

/// When a run changed things: from its first step to its end.
type Span = Arc<Mutex<Option<(Instant, Instant)>>>;

/// A deploy that notes when it changed things.
async fn deploy(
    cloud: Cloud,
    topology: &'static Topology,
    delay: Duration,
) -> (Result<bool, EngineError>, Span) {
    let span: Span = Arc::default();
    let noted = Arc::clone(&span);
    let sink = EventSink::new(move |event| {
        let now = Instant::now();
        let mut noted = noted.lock().unwrap();
        match event.kind {
            EventKind::StepStarted { .. } if noted.is_none() => *noted = Some((now, now)),
            EventKind::Started { .. } | EventKind::StepStarted { .. } | EventKind::Waiting { .. } => {}
            EventKind::StepDone { .. }
            | EventKind::StepFailed { .. }
            | EventKind::Blocked { .. }
            | EventKind::Finished { .. } => {
                if let Some((_, end)) = noted.as_mut() {
                    *end = now;
                }
            }
        }
    });
    tokio::time::sleep(delay).await;
    let engine = cloud.engine(topology, Options::default());
    let (journal, left) = Journal::on(Box::new(cloud.disk.clone()), "the journal".to_owned()).unwrap();
    let result = match engine.prepare_to_apply(Goal::Deploy, &journal, &left).await {
        Ok(prepared) => {
            engine.apply(prepared, &journal, sink).await.map(|applied| applied.outcome.is_success())
        }
        Err(error) => Err(error),
    };
    (result, span)
}

/// Each call takes a time of its own, which the seed decides: another seed is another interleaving.
fn shuffle(cloud: &Cloud, seed: u64) {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    cloud.sim.set_faults(Some(Arc::new(move |_: &Attempt| {
        Fault::Delay(Duration::from_millis(random.lock().unwrap().u64(..400)))
    })));
}

#[tokio::test(start_paused = true)]
async fn of_two_deploys_one_works_and_the_other_waits_or_stops() {
    let topology = small::small::topology();
    let empty = Cloud::new(topology).unwrap();
    let alone = empty.fork();
    alone.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    let (mut stopped, mut waited) = (0, 0);
    for seed in 0..100 {
        let cloud = empty.fork();
        shuffle(&cloud, seed);
        let delay = Duration::from_millis(fastrand::Rng::with_seed(seed).u64(..3_000));
        // The second half waits for longer, so that the other is at work already.
        let delay = if seed < 50 { delay } else { delay * 100 };
        let (one, other) = tokio::join!(
            deploy(cloud.clone(), topology, Duration::ZERO),
            deploy(cloud.on_another_machine(), topology, delay),
        );
        cloud.sim.set_faults(None);
        let results = [&one.0, &other.0];
        assert!(results.iter().any(|result| matches!(result, Ok(true))), "{seed}: {results:?}");
        for result in results {
            match result {
                Ok(done) => {
                    assert!(done, "{seed}: {results:?}");
                    waited += 1;
                }
                Err(EngineError::Held(_) | EngineError::Ledger(LedgerError::Fenced { .. })) => stopped += 1,
                Err(error) => panic!("{seed}: {error}"),
            }
        }
        // Never both at once.
        let spans = [one.1.lock().unwrap().take(), other.1.lock().unwrap().take()];
        if let [Some((a_start, a_end)), Some((b_start, b_end))] = spans {
            assert!(a_end <= b_start || b_end <= a_start, "{seed}: both were at work at once");
        }
        assert_eq!(cloud.inventory(), alone.inventory(), "{seed}");
        let plan = cloud.plan(topology, Goal::Deploy).await.unwrap();
        assert!(plan.plan.is_converged() && plan.held_by.is_none(), "{seed}");
    }
    assert!(stopped > 0 && waited > 100, "{stopped} stopped, {waited} were done");
}
