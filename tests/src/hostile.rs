//! Hostile surroundings: credentials that expire, clocks that are off, throttling, slow and broken connections, a full disk, a
//! plan that is stale. A clear error each, nothing lost, and the command given again ends well. Not here: regions that are down
//! (`outage`), runs that die (`sweep`), damaged state (`custody`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polyregion::engine::{EngineError, Options};
use polyregion::plan::Goal;
use polyregion_examples::storefront;
use polyregion_sim::{Attempt, Fault};
use polyregion_tests::cloud::Cloud;
use polyregion_tests::hazard::Hazard;
use tokio::time::Instant;

/// Faults by call.
fn faults(cloud: &Cloud, fault: impl Fn(&Attempt) -> Fault + Send + Sync + 'static) {
    cloud.sim.set_faults(Some(Arc::new(fault)));
}

/// Deploys while something is wrong; then it isn't any more, and the deploy is given again. Returns the first error of the
/// first, if it failed.
async fn deploy_twice(cloud: &Cloud) -> Option<String> {
    let topology = storefront::topology();
    let first = cloud.run(topology, Goal::Deploy, Options::default()).await;
    cloud.sim.set_faults(None);
    let error = match &first {
        Ok(run) => run
            .outcome
            .failed
            .values()
            .map(|failure| format!("{failure}\n{}", failure.help.clone().unwrap_or_default()))
            .next(),
        Err(error) => Some(format!("{error}\n{}", error.help())),
    };
    let again = cloud.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    assert!(again.outcome.is_success(), "{}", again.log);
    assert!(cloud.plan(topology, Goal::Deploy).await.unwrap().plan.is_converged());
    let undisturbed = Cloud::new(topology).unwrap();
    undisturbed.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    assert_eq!(cloud.inventory(), undisturbed.inventory());
    error
}

fn cloud() -> Cloud {
    Cloud::new(storefront::topology()).unwrap()
}

fn expired(attempt: &Attempt) -> Fault {
    // Each protocol has its own name and status for it.
    let (code, status) = match attempt.service.as_str() {
        "dynamodb" => ("ExpiredTokenException", 400),
        "s3" => ("ExpiredToken", 400),
        _ => ("ExpiredToken", 403),
    };
    Fault::Fail { code, status, message: "The security token included in the request is expired".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_midway() {
    for after in [1, 12, 40, 60, 90, 120] {
        let cloud = cloud();
        faults(&cloud, move |attempt| if attempt.number > after { expired(attempt) } else { Fault::Pass });
        let error = deploy_twice(&cloud).await.unwrap();
        // What the state needs is said as it is, what a step needs with what to do.
        let helpful = ["log in again", "mend the cause", "run the command again on this machine"];
        let helpful = helpful.iter().any(|help| error.contains(help));
        assert!(error.contains("ExpiredToken") && helpful, "{after}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off() {
    let cloud = cloud();
    faults(&cloud, |attempt| {
        let message = "Signature expired: the time is too far from the server's".to_owned();
        match attempt.service.as_str() {
            "s3" => Fault::Fail { code: "RequestTimeTooSkewed", status: 403, message },
            "dynamodb" => Fault::Fail { code: "InvalidSignatureException", status: 400, message },
            _ => Fault::Fail { code: "SignatureDoesNotMatch", status: 403, message },
        }
    });
    let error = deploy_twice(&cloud).await.unwrap();
    assert!(error.contains("clock"), "{error}");
}

/// Three of four calls are throttled: it takes longer, and ends well.
#[tokio::test(start_paused = true)]
async fn a_storm_of_throttling() {
    let cloud = cloud();
    faults(&cloud, |attempt| {
        let (code, status) = match attempt.service.as_str() {
            "dynamodb" => ("ThrottlingException", 400),
            "s3" => ("SlowDown", 503),
            _ => ("Throttling", 400),
        };
        let message = "Rate exceeded".to_owned();
        if attempt.number % 4 == 0 { Fault::Pass } else { Fault::Fail { code, status, message } }
    });
    assert_eq!(deploy_twice(&cloud).await, None);
}

/// Whoever waits is throttled for longer than the SDK tries again: it waits on, and nothing fails.
#[tokio::test(start_paused = true)]
async fn a_spell_of_throttled_polls() {
    const SPELL: Duration = Duration::from_secs(240);
    // What is polled, not the listings before the first change, without which nothing is known.
    const POLLS: [&str; 4] = ["DescribeTable", "DescribeDBClusters", "DescribeDBInstances", "GetChange"];
    let cloud = cloud();
    let first: Mutex<Option<Instant>> = Mutex::default();
    faults(&cloud, move |attempt| {
        let mut first = first.lock().unwrap();
        if attempt.mutates && attempt.service != "s3" {
            first.get_or_insert_with(Instant::now);
        }
        let is_spell = first.is_some_and(|first| first.elapsed() < SPELL);
        if is_spell && POLLS.contains(&attempt.operation.as_str()) {
            Fault::Fail { code: "Throttling", status: 400, message: "Rate exceeded".to_owned() }
        } else {
            Fault::Pass
        }
    });
    let topology = storefront::topology();
    let run = cloud.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    assert!(run.outcome.is_success(), "{:?}", run.outcome.failed);
    assert!(run.log.contains("waiting for its turn"), "{}", run.log);
    cloud.sim.set_faults(None);
    assert!(cloud.plan(topology, Goal::Deploy).await.unwrap().plan.is_converged());
}

/// What the state is written to throttles for a minute, or does not answer at all in one region: the lock is renewed in time, and
/// no step minds.
#[tokio::test(start_paused = true)]
async fn copies_of_the_state_that_throttle_or_hang() {
    type Trouble = fn(Duration, &Attempt) -> Fault;
    let throttles: Trouble = |since, _| {
        let is_spell = since > Duration::from_secs(80) && since < Duration::from_secs(140);
        let message = "Please reduce your request rate.".to_owned();
        if is_spell { Fault::Fail { code: "SlowDown", status: 503, message } } else { Fault::Pass }
    };
    let hangs: Trouble = |since, attempt| {
        let is_it = since > Duration::from_secs(60) && attempt.region == "us-east-1";
        if is_it { Fault::Hang } else { Fault::Pass }
    };
    for trouble in [throttles, hangs] {
        let cloud = cloud();
        let started = Instant::now();
        faults(&cloud, move |attempt| match attempt.operation.as_str() {
            "PutObject" => trouble(started.elapsed(), attempt),
            _ => Fault::Pass,
        });
        cloud.deploy(storefront::topology()).await.unwrap();
        assert!(started.elapsed() > Duration::from_secs(900), "longer than three leases");
        let throttled = cloud.sim.calls().throttled();
        let silent = cloud.sim.calls().iter().filter(|call| call.status == 0).count();
        assert!(throttled + silent > 0);
        assert!(throttled < 40, "a pause between any two: {throttled}");
        cloud.sim.set_faults(None);
        assert_eq!(deploy_twice(&cloud).await, None);
    }
}

/// Somebody else changes the zone at the same moment: Route 53 says so, and the call is made again.
#[tokio::test(start_paused = true)]
async fn zones_that_somebody_else_is_changing() {
    const CHANGES: [&str; 3] = ["ChangeTagsForResource", "ChangeResourceRecordSets", "DeleteHostedZone"];
    let cloud = cloud();
    let refused: Mutex<BTreeSet<String>> = Mutex::default();
    faults(&cloud, move |attempt| {
        let message =
            "The request was rejected because Route 53 was still processing a prior request.".to_owned();
        if CHANGES.contains(&attempt.operation.as_str())
            && refused.lock().unwrap().insert(attempt.operation.clone())
        {
            Fault::Fail { code: "PriorRequestNotComplete", status: 400, message }
        } else {
            Fault::Pass
        }
    });
    let topology = storefront::topology();
    cloud.deploy(topology).await.unwrap();
    for _ in 0..2 {
        let consent = cloud.consent_to_all(topology, Goal::Destroy).await.unwrap();
        let run = cloud.run(topology, Goal::Destroy, consent).await.unwrap();
        assert!(run.outcome.is_success(), "{}", run.log);
    }
    assert!(cloud.sim.calls().iter().any(|call| call.operation == "DeleteHostedZone" && call.status == 200));
}

/// DynamoDB makes so many tables at once; a further one waits. An account that has as many as it may is told so.
#[tokio::test(start_paused = true)]
async fn tables_that_wait_for_others() {
    const BUSY: Duration = Duration::from_secs(240);
    let crowded =
        "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously";
    let full = "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber";
    let refusing = |message: &'static str| {
        let cloud = cloud();
        let first: Mutex<Option<Instant>> = Mutex::default();
        faults(&cloud, move |attempt| {
            let is_it = attempt.operation == "CreateTable";
            if is_it && first.lock().unwrap().get_or_insert_with(Instant::now).elapsed() < BUSY {
                Fault::Fail { code: "LimitExceededException", status: 400, message: message.to_owned() }
            } else {
                Fault::Pass
            }
        });
        cloud
    };
    assert_eq!(deploy_twice(&refusing(crowded)).await, None);
    let error = deploy_twice(&refusing(full)).await;
    assert!(error.as_ref().is_some_and(|error| error.contains(full)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn connections_that_are_slow_or_break() {
    let slow = cloud();
    faults(&slow, |_| Fault::Delay(Duration::from_secs(8)));
    // The first call has less time than that: it decides whether a region is there at all.
    let error = deploy_twice(&slow).await;
    assert!(error.is_some_and(|error| error.contains("no answer within 6 s")));

    let broken = cloud();
    faults(&broken, |attempt| match attempt.number % 7 {
        0 => Fault::LoseReply,
        3 => Fault::Refuse,
        _ => Fault::Pass,
    });
    assert_eq!(deploy_twice(&broken).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_is_full() {
    let topology = storefront::topology();
    for effects in [35, 60, 100, 150] {
        let whole = cloud();
        let hazard = Hazard::full_after(effects);
        let cloud = Cloud { sim: whole.sim.clone(), disk: whole.disk.with_hazard(&hazard) };
        cloud.sim.set_faults(Some(hazard.faults()));
        let first = cloud.run(topology, Goal::Deploy, Options::default()).await;
        let error = match first {
            Ok(run) => run.outcome.failed.values().next().unwrap().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(error.contains("no storage space") && error.contains("journal"), "{effects}: {error}");
        // With room again.
        cloud.sim.set_faults(None);
        assert_eq!(deploy_twice(&whole).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_was_applied_or_overtaken_is_refused() {
    let topology = storefront::topology();
    let cloud = cloud();
    let hash = cloud.plan(topology, Goal::Deploy).await.unwrap().hash;
    let bound = || Options { plan_hash: Some(hash.clone()), ..Options::default() };
    let drifted = cloud.fork();
    drifted.sim.furnish_zone("naveenteja.cloud", BTreeMap::new());
    let error = drifted.run(topology, Goal::Deploy, bound()).await.unwrap_err();
    assert!(matches!(error, EngineError::OtherPlan { .. }), "{error}");

    let run = cloud.run(topology, Goal::Deploy, bound()).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    let before = cloud.sim.identities();
    let error = cloud.run(topology, Goal::Deploy, bound()).await.unwrap_err();
    assert!(matches!(error, EngineError::OtherPlan { .. }), "{error}");
    assert_eq!(cloud.sim.identities(), before);
}

/// Somebody stops the run: calls are answered, what waits is left, nothing more is begun, the lock is given back; the next run goes on.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_is_gone_on_with() {
    let topology = storefront::topology();
    for seconds in [1, 14, 70, 300, 700] {
        let cloud = cloud();
        let options = Options::default();
        let (stop, asked) = (options.stop.clone(), Instant::now() + Duration::from_secs(seconds));
        tokio::spawn(async move {
            tokio::time::sleep_until(asked).await;
            stop.ask();
        });
        let run = cloud.run(topology, Goal::Deploy, options).await.unwrap();
        assert!(asked.elapsed() < Duration::from_secs(25), "{seconds}: {:?}", asked.elapsed());
        assert!(!run.outcome.is_success(), "{seconds}: {}", run.log);
        assert!(run.outcome.failed.values().all(|failure| failure.unreachable), "{seconds}: {}", run.log);
        let made = cloud.sim.identities();
        let before = Instant::now();
        cloud.deploy(topology).await.unwrap();
        // Nobody waits for a lock that was given back.
        assert!(before.elapsed() < Duration::from_secs(1_200));
        let after = cloud.sim.identities();
        assert!(made.iter().all(|(name, id)| after.get(name) == Some(id)), "{seconds}");
        assert!(cloud.plan(topology, Goal::Deploy).await.unwrap().plan.is_converged());
    }
}

/// Consent is for one plan: it is no licence for the next.
#[tokio::test(start_paused = true)]
async fn consent_is_used_up() {
    let topology = storefront::topology();
    let cloud = cloud();
    cloud.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    let options = cloud.consent_to_all(topology, Goal::Destroy).await.unwrap();
    let unbound = Options { plan_hash: None, ..options.clone() };
    let error = cloud.run(topology, Goal::Destroy, unbound).await.unwrap_err();
    assert!(matches!(error, EngineError::UnboundConsent { .. }), "{error}");
    let unknown = Options { consents: ["table.nothing@us".parse().unwrap()].into(), ..options.clone() };
    let error = cloud.run(topology, Goal::Destroy, unknown).await.unwrap_err();
    assert!(matches!(error, EngineError::UnknownConsent { .. }), "{error}");
    cloud.run(topology, Goal::Destroy, options.clone()).await.unwrap();
    cloud.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    let error = cloud.run(topology, Goal::Destroy, options).await.unwrap_err();
    assert!(matches!(error, EngineError::OtherPlan { .. }), "{error}");
}

/// The copies of the state can't be written any more: nothing else is changed when the lease is nearly over.
#[tokio::test(start_paused = true)]
async fn a_run_that_can_not_renew_its_lock_stops_to_change_things() {
    let topology = storefront::topology();
    let cloud = cloud();
    // When the state was last written, and when anything else was last changed.
    let seen = Arc::new(Mutex::new((None, None)));
    let noted = Arc::clone(&seen);
    faults(&cloud, move |attempt| {
        let now = Instant::now();
        let mut noted = noted.lock().unwrap();
        if attempt.operation == "PutObject" {
            if noted.1.is_some() {
                return Fault::Refuse;
            }
            noted.0 = Some(now);
        } else if attempt.mutates && attempt.service != "s3" && noted.0.is_some() {
            // The buckets of the state are still being made, and may be.
            noted.1 = Some(now);
        }
        Fault::Pass
    });
    let run = cloud.run(topology, Goal::Deploy, Options::default()).await;
    assert!(run.is_err(), "the last write can't succeed");
    let (written, changed) = *seen.lock().unwrap();
    let open: Duration = changed.unwrap() - written.unwrap();
    assert!(open > Duration::from_secs(60) && open < polyregion::engine::LEASE, "{open:?}");
    cloud.sim.set_faults(None);
    assert_eq!(deploy_twice(&cloud).await, None);
}
