//! Rates: an AWS that counts calls as Route 53 publishes it, one whose rates nobody publishes, and one that somebody else is
//! using. Nothing fails, and it takes no longer than it has to. Not here: throttling as a fault (`hostile`).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyregion::Topology;
use polyregion::apply::EventKind;
use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion_sim::{Calls, Fault, Rate, Rates};
use polyregion_tests::cloud::{Cloud, Run};
use polyregion_tests::scale;
use tokio::time::Instant;

/// Deploys to an AWS with these rates; planning again is empty. With the calls of the deploy.
async fn deployed(topology: &Topology, rates: Rates) -> (Calls, Run) {
    let cloud = Cloud::new(topology).unwrap();
    cloud.sim.set_throttling(Some(rates));
    let run = cloud.deploy(topology).await.unwrap();
    let calls = cloud.sim.calls();
    // A new run knows nothing of the tokens that the last one took.
    assert!(cloud.plan(topology, Goal::Deploy).await.unwrap().plan.is_converged());
    (calls, run)
}

/// How long a run took, in seconds.
fn seconds(run: &Run) -> f64 {
    run.events.last().unwrap().at.as_secs_f64()
}

/// 260 checks, of which the bucket holds fifty; the others come one every two seconds, the last of them after seven minutes, when a
/// signature made at the start is refused. Nobody else waits for them.
#[tokio::test(start_paused = true)]
async fn published_rates_are_kept() {
    let topology = scale::health_checks(260, 60).unwrap();
    let (calls, run) = deployed(&topology, Rates::published()).await;
    assert_eq!(calls.throttled(), 0);
    let least = (260.0 - 50.0) / 0.5;
    assert!((seconds(&run) / least - 1.0).abs() < 0.05, "{} s", seconds(&run));
    assert!(run.log.contains("waiting for its turn (CreateHealthCheck, one in 2 s)"), "{}", run.log);
    let zones = |kind: &EventKind| match kind {
        EventKind::StepDone { step } => {
            let step = run.plan.steps.iter().find(|planned| planned.id == *step).unwrap();
            step.operation.addresses().iter().any(|address| address.to_string().starts_with("zone."))
        }
        EventKind::Started { .. }
        | EventKind::StepStarted { .. }
        | EventKind::Waiting { .. }
        | EventKind::StepFailed { .. }
        | EventKind::Blocked { .. }
        | EventKind::Finished { .. } => false,
    };
    let last = run.events.iter().filter(|event| zones(&event.kind)).map(|event| event.at).max().unwrap();
    assert!(last < Duration::from_secs(60), "zones wait for zones only: {last:?}");
}

/// The console, or another tool, takes half of it: refusals say so, and the rest is found.
#[tokio::test(start_paused = true)]
async fn what_others_use_is_left_to_them() {
    let topology = scale::health_checks(60, 20).unwrap();
    let (calls, run) = deployed(&topology, Rates::published().left(0.5)).await;
    assert!(calls.throttled() > 0);
    // A call that is refused is sent again after a pause, and not much more often.
    assert!(calls.throttled() < 60, "{} of {}", calls.throttled(), calls.len());
    let least = (60.0 - 25.0) / 0.25;
    assert!(seconds(&run) < 1.5 * least, "{} s", seconds(&run));
}

/// What nobody publishes is learnt.
#[tokio::test(start_paused = true)]
async fn unpublished_rates_are_learnt() {
    let slow = |burst: f64, per_second: f64| Rate { burst, per_second };
    let rates = Rates::published()
        .with("dynamodb", "", slow(20.0, 2.0))
        .with("rds", "", slow(5.0, 1.0))
        .with("s3", "", slow(20.0, 5.0))
        .with("iam", "", slow(5.0, 1.0));
    for topology in [scale::tables(20), scale::clusters(5), scale::buckets(5)] {
        let (calls, run) = deployed(&topology.unwrap(), rates.clone()).await;
        assert!(calls.throttled() > 0);
        let part = calls.throttled() as f64 / calls.len() as f64;
        assert!(part < 0.5, "{part} of the calls were refused");
        assert!(run.outcome.is_success());
    }
}

/// Changes of records have a bucket whose size is not published: five batches of a thousand, of which it holds one.
#[tokio::test(start_paused = true)]
async fn record_changes_have_a_rate_of_their_own() {
    let topology = scale::records(5_000, 0).unwrap();
    let rates = Rates::published().with_record_changes(Rate { burst: 1_000.0, per_second: 20.0 });
    let (calls, run) = deployed(&topology, rates).await;
    assert!(calls.throttled() > 0);
    assert!(seconds(&run) > 4_000.0 / 20.0);
}

/// The lock is lost while a hundred calls wait for their turns: none of them is sent any more.
#[tokio::test(start_paused = true)]
async fn calls_that_wait_are_not_sent_when_the_lock_is_lost() {
    let topology = scale::health_checks(250, 0).unwrap();
    let cloud = Cloud::new(&topology).unwrap();
    cloud.sim.set_throttling(Some(Rates::published()));
    // When the state was last written, and when a check was last made.
    let seen: Arc<Mutex<(Option<Instant>, Option<Instant>)>> = Arc::default();
    let noted = Arc::clone(&seen);
    cloud.sim.set_faults(Some(Arc::new(move |attempt| {
        let mut noted = noted.lock().unwrap();
        match attempt.operation.as_str() {
            "PutObject" if noted.1.is_some() => return Fault::Refuse,
            "PutObject" => noted.0 = Some(Instant::now()),
            "CreateHealthCheck" => noted.1 = Some(Instant::now()),
            _ => {}
        }
        Fault::Pass
    })));
    let run = cloud.run(&topology, Goal::Deploy, Options::default()).await;
    assert!(run.is_err(), "the last write can't succeed");
    let (written, changed) = *seen.lock().unwrap();
    let open = changed.unwrap() - written.unwrap();
    // The margin before the lease is over, in which nothing is sent (`engine::lease`).
    assert!(open > Duration::from_secs(150) && open <= Duration::from_secs(211), "{open:?}");
    assert!(cloud.inventory().len() < 250, "the others were not made");
    cloud.sim.set_faults(None);
    let run = cloud.run(&topology, Goal::Deploy, Options::default()).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert!(cloud.plan(&topology, Goal::Deploy).await.unwrap().plan.is_converged());
}

/// The service falls silent while two hundred calls wait for their turns: it is found out once, not by each of them.
#[tokio::test(start_paused = true)]
async fn calls_that_wait_leave_a_service_that_is_silent() {
    let topology = scale::health_checks(250, 0).unwrap();
    let cloud = Cloud::new(&topology).unwrap();
    cloud.sim.set_throttling(Some(Rates::published()));
    let silent: Arc<Mutex<Option<Instant>>> = Arc::default();
    let since = Arc::clone(&silent);
    cloud.sim.set_faults(Some(Arc::new(move |attempt| {
        let mut since = since.lock().unwrap();
        if attempt.service == "route53" && attempt.mutates && attempt.number > 200 {
            since.get_or_insert_with(Instant::now);
            return Fault::Hang;
        }
        Fault::Pass
    })));
    let run = cloud.run(&topology, Goal::Deploy, Options::default()).await.unwrap();
    let ended = silent.lock().unwrap().unwrap().elapsed();
    assert!(!run.outcome.is_success() && ended < Duration::from_secs(120), "{ended:?}");
    cloud.sim.set_faults(None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    cloud.deploy(&topology).await.unwrap();
    assert!(cloud.plan(&topology, Goal::Deploy).await.unwrap().plan.is_converged());
}

/// A signature that is older than AWS takes is refused, as it is by AWS.
#[tokio::test(start_paused = true)]
async fn signatures_age() {
    let topology = scale::health_checks(1, 0).unwrap();
    for (minutes, is_taken) in [(0, true), (4, true), (6, false)] {
        let cloud = Cloud::new(&topology).unwrap();
        tokio::time::advance(Duration::from_secs(60 * minutes)).await;
        // All of them begin at the same time, so this one's clock is behind.
        let behind = Cloud::new(&topology).unwrap();
        let sdk = polyregion::local::sdk_config(&behind.sim).into_builder();
        let sdk = sdk.http_client(cloud.sim.http_client()).build();
        let listed = aws_sdk_route53::Client::new(&sdk).list_health_checks().send().await;
        assert_eq!(listed.is_ok(), is_taken, "{minutes} minutes");
    }
}
