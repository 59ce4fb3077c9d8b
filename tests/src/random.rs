//! Random topologies, edited at random, with drift, outages and crashes at random: at the end, when everything is well again,
//! the last declaration is what exists, and no data was lost on the way. Not here: the same for the storefront, exhaustively
//! (`sweep`).

use std::collections::BTreeSet;

use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion::{Region, Topology};
use polyregion_model::builder::{Builder, arrow, call, each_region, number, pair, word};
use polyregion_model::syntax::Value;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::hazard::{Hazard, Mode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// All regions that a random topology may be in; the first two always are.
const REGIONS: [(&str, &str); 3] = [("us", "us-east-1"), ("eu", "eu-west-1"), ("ap", "ap-south-1")];

/// What a topology declares.
#[derive(Clone, Debug)]
struct Declared {
    third_region: bool,
    comment: bool,
    records: Vec<u8>,
    latency: bool,
    check: Option<i64>,
    table: Option<bool>,
    bucket: bool,
    time_control: bool,
}

/// What happens while it is deployed.
#[derive(Clone, Debug)]
enum Trouble {
    None,
    /// The process dies, or a call fails, at this effect.
    Struck(usize, usize),
    /// A region is out.
    Dark(usize),
    /// Somebody deletes what holds no data.
    Drift,
}

fn declared() -> impl Strategy<Value = Declared> {
    let parts = (
        any::<bool>(),
        any::<bool>(),
        proptest::collection::vec(0_u8..4, 0..4),
        any::<bool>(),
        proptest::option::of(3_i64..6),
        proptest::option::of(any::<bool>()),
        any::<bool>(),
        any::<bool>(),
    );
    parts.prop_map(|(third_region, comment, records, latency, check, table, bucket, time_control)| Declared {
        third_region,
        comment,
        records,
        latency,
        check,
        table,
        bucket,
        time_control,
    })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::None),
        (0_usize..200, 0..Mode::ALL.len()).prop_map(|(at, mode)| Trouble::Struck(at, mode)),
        (0_usize..3).prop_map(Trouble::Dark),
        Just(Trouble::Drift),
    ]
}

fn topology(declared: &Declared) -> Topology {
    let Declared { third_region, comment, records, latency, check, table, bucket, time_control } = declared;
    let count = if *third_region { 3 } else { 2 };
    let regions = REGIONS[..count].iter().map(|(label, code)| pair(label, word(&code.replace('-', "_"))));
    let record = |built: Builder, label: &str, policy: &str, answer: Value| {
        built.item("record", label, |record| record.is(word("A")).within(word("site")).key(policy, answer))
    };
    let mut built = Builder::new("random").set("account", "123456789012").block("regions", regions);
    built = built.item("zone", "site", |zone| {
        let zone = zone.is("example.com");
        if *comment { zone.key("comment", "edited") } else { zone }
    });
    for (number, value) in records.iter().enumerate() {
        let answer = call("values", [format!("192.0.2.{value}")]);
        built = record(built, &format!("r{number}"), "simple", answer);
    }
    if *latency {
        built = record(built, "near", "latency", arrow(each_region(), call("values", ["192.0.2.200"])));
    }
    if let Some(threshold) = check {
        built = built.item("health_check", "check", |check| {
            check.key("https", "status.example.org/").key("failure_threshold", number(*threshold, ""))
        });
    }
    if let Some(ttl) = table {
        built = built.item("table", "carts", |table| {
            let table = table.key("key", pair("id", word("S"))).key("replicas", each_region());
            let table = table.key("writes", call("any_region", [word("last_writer_wins")]));
            if *ttl { table.key("ttl", word("expires")) } else { table }
        });
    }
    if *bucket {
        built = built.item("bucket", "media", |bucket| {
            bucket.key("mirror", each_region()).key("replication_time_control", *time_control)
        });
    }
    built.topology().unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// Somebody deletes all health checks.
async fn drift(cloud: &Cloud) {
    let sdk = polyregion::local::sdk_config(&cloud.sim);
    let client = aws_sdk_route53::Client::new(&sdk);
    for check in client.list_health_checks().send().await.unwrap().health_checks() {
        client.delete_health_check().health_check_id(check.id()).send().await.unwrap();
    }
}

/// What holds data, by identity.
fn data(cloud: &Cloud) -> BTreeSet<String> {
    let holds = |thing: &str| {
        ["dynamodb table", "s3 bucket", "route53 zone"].iter().any(|kind| thing.starts_with(kind))
    };
    let things = cloud.sim.identities();
    things.into_iter().filter(|(thing, _)| holds(thing)).map(|(thing, id)| format!("{thing}: {id}")).collect()
}

async fn story(chapters: &[(Declared, Trouble)]) -> Result<(), String> {
    let first = topology(&Declared { third_region: true, ..chapters[0].0.clone() });
    let mut cloud = Cloud::new(&first)?;
    let mut held = BTreeSet::new();
    for (declared, trouble) in chapters {
        let topology = topology(declared);
        match trouble {
            Trouble::None => {}
            Trouble::Drift => drift(&cloud).await,
            Trouble::Dark(number) => {
                cloud.sim.set_dark(Region::from_code(REGIONS[*number].1).unwrap(), true);
            }
            Trouble::Struck(..) => {}
        }
        if let Trouble::Struck(at, mode) = trouble {
            let mode = Mode::ALL[*mode];
            let hazard = Hazard::at(&[(*at, mode)]);
            cloud.sim.set_faults(Some(hazard.faults()));
            let machine = Cloud { sim: cloud.sim.clone(), disk: cloud.disk.with_hazard(&hazard) };
            tokio::select! {
                biased;
                () = hazard.killed() => {}
                _ = machine.run(&topology, Goal::Deploy, Options::default()) => {}
            }
            cloud.sim.set_faults(None);
            match mode {
                Mode::Torn | Mode::Before => cloud.disk.lose_power(),
                Mode::MachineLost => cloud = cloud.on_another_machine(),
                Mode::ReplyLost | Mode::Unjournaled | Mode::FailAfter | Mode::Resent => {}
            }
        } else {
            // It may fail or do part of it; what must hold is what comes after.
            let _ = cloud.run(&topology, Goal::Deploy, Options::default()).await;
        }
        for (_, code) in REGIONS {
            cloud.sim.set_dark(Region::from_code(code).unwrap(), false);
        }
        // Nothing that holds data was ever deleted, or replaced: nobody consented to it.
        let now = data(&cloud);
        if let Some(lost) = held.difference(&now).next() {
            return Err(format!("{lost} was lost"));
        }
        held = now;
    }
    let last = topology(&chapters[chapters.len() - 1].0);
    let run = cloud.run(&last, Goal::Deploy, Options::default()).await.map_err(|error| error.to_string())?;
    if !run.plan.conflicts.is_empty() {
        // A table's home, or an attribute that can't change: said, and not done.
        return Ok(());
    }
    if !run.outcome.is_success() {
        return Err(run.log);
    }
    let plan = cloud.plan(&last, Goal::Deploy).await.map_err(|error| error.to_string())?.plan;
    if !plan.is_converged() {
        return Err(format!("planning again is not empty: {:?}", plan.changes));
    }
    let state = cloud.look(&last).await.state.ok_or("nothing is recorded")?;
    if !state.intents.is_empty() || !state.debts.is_empty() || state.lock.is_some() {
        return Err(format!(
            "something is left open: {:?} {:?} {:?}",
            state.intents, state.debts, state.lock
        ));
    }
    let declared = last.resources().iter().map(|resource| &resource.address);
    let missing: Vec<_> = declared.filter(|address| !state.resources.contains_key(address)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("not recorded: {missing:?}")) }
}

#[test]
fn every_story_ends_well() {
    // Cases are the same in every run: what is found is found again. More with PROPTEST_CASES.
    let config = Config { failure_persistence: None, ..Config::default() };
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48);
    let mut runner = TestRunner::new_with_rng(
        Config { cases, ..config },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let stories = proptest::collection::vec((declared(), trouble()), 1..5);
    runner
        .run(&stories, |chapters| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
            let ended = runtime.unwrap().block_on(story(&chapters));
            ended.map_err(TestCaseError::fail)
        })
        .unwrap();
}
