//! Random topologies, edited at random, with drift, outages and crashes at random: at the end, when everything is well again,
//! the last declaration is what exists, and no data was lost on the way. Not here: the same for the storefront, exhaustively
//! (`sweep`).

use std::collections::BTreeSet;

use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion::{Region, Topology};
use polyregion_model::{
    BucketSpec, HealthCheckSpec, Item, KeySpec, Node, NodeId, Protocol, RecordSpec, RecordTarget, RecordType,
    RegionDecl, RegionSet, RoutingSpec, Source, Spec, TableSpec, TargetEntry, TargetKind, ZoneSpec, validate,
};
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
    check: Option<u64>,
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
        proptest::option::of(3_u64..6),
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

fn node<T>(value: T) -> Node<T> {
    Node::new(NodeId(0), value)
}

fn text(text: &str) -> Node<String> {
    node(text.to_owned())
}

fn values(value: String) -> RecordTarget {
    RecordTarget {
        id: NodeId(0),
        kind: TargetKind::Values(vec![node(value)]),
        health_check: None,
        evaluate_target_health: None,
    }
}

fn record(label: &str, routing: RoutingSpec) -> Item {
    Item::Record(RecordSpec {
        label: text(label),
        docs: String::new(),
        record_type: node(RecordType::A),
        zone: text("site"),
        name: None,
        ttl: None,
        routing,
    })
}

fn topology(declared: &Declared) -> Topology {
    let each = || RegionSet::Each(NodeId(0));
    let count = if declared.third_region { 3 } else { 2 };
    let regions =
        REGIONS[..count].iter().map(|(label, code)| RegionDecl { label: text(label), code: text(code) });
    let mut items = vec![Item::Zone(ZoneSpec {
        label: text("site"),
        docs: String::new(),
        name: text("example.com"),
        existing: false,
        comment: declared.comment.then(|| text("edited")),
    })];
    for (number, value) in declared.records.iter().enumerate() {
        let target = values(format!("192.0.2.{value}"));
        items.push(record(&format!("r{number}"), RoutingSpec::Simple(target)));
    }
    if declared.latency {
        let entry = TargetEntry { regions: each(), target: values("192.0.2.200".to_owned()) };
        items.push(record("near", RoutingSpec::Latency(NodeId(0), vec![entry])));
    }
    if let Some(threshold) = declared.check {
        items.push(Item::HealthCheck(HealthCheckSpec {
            label: text("check"),
            docs: String::new(),
            regions: None,
            protocol: Protocol::Https,
            endpoint: text("status.example.org/"),
            interval: None,
            failure_threshold: Some(node(threshold)),
        }));
    }
    if let Some(ttl) = declared.table {
        items.push(Item::Table(TableSpec {
            label: text("carts"),
            docs: String::new(),
            name: None,
            key: KeySpec { attribute: text("id"), key_type: text("S") },
            sort_key: None,
            replicas: each(),
            ttl: ttl.then(|| text("expires")),
            deletion_protection: None,
        }));
    }
    if declared.bucket {
        items.push(Item::Bucket(BucketSpec {
            label: text("media"),
            docs: String::new(),
            name: None,
            mirror: each(),
            replication_time_control: declared.time_control,
        }));
    }
    let spec = Spec {
        name: text("random"),
        docs: String::new(),
        account: text("123456789012"),
        regions: regions.collect(),
        items,
        source: Source::default(),
    };
    let (topology, found) = validate(&spec);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    topology.unwrap_or_else(|| panic!("{found:?}"))
}

/// Somebody deletes all records of the zone and its health checks.
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
