//! Tables and their replicas (D1 to D10).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{CreateReplicationGroupMemberAction, ReplicationGroupUpdate};
use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion_sim::Fault;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::{topology, topology_in};

use super::{changes, client, converge, deployed, plan};

const CARTS: &str =
    "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: expires }";
const THREE: &str = "us: us_east_1, eu: eu_west_1, ap: ap_south_1";

/// D1: a replica that somebody else added is named and left alone; one that is declared no longer stays until somebody consents.
#[tokio::test(start_paused = true)]
async fn no_replica_is_deleted_silently() {
    let (cloud, declared) = deployed(CARTS).await;
    let add = CreateReplicationGroupMemberAction::builder().region_name("sa-east-1").build().unwrap();
    let add = ReplicationGroupUpdate::builder().create(add).build();
    let table = client!(aws_sdk_dynamodb, cloud, "us-east-1").update_table().table_name("carts");
    table.replica_updates(add).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let again = plan(&cloud, &declared).await;
    assert!(again.is_converged(), "{:?}", changes(&again));
    assert!(format!("{:?}", again.notes).contains("sa-east-1"), "{:?}", again.notes);

    let before = cloud.inventory();
    let fewer = topology("table carts { key: id: S, replicas: [us], ttl: expires }").unwrap();
    let kept = plan(&cloud, &fewer).await.kept;
    assert!(kept.iter().any(|kept| kept.address.to_string() == "table.carts@eu"), "{kept:?}");
    cloud.deploy(&fewer).await.unwrap();
    assert_eq!(cloud.inventory(), before);
}

/// D2 and D3: one attribute of one replica is one difference, keyed by region; without one a plan is empty.
#[tokio::test(start_paused = true)]
async fn one_attribute_is_one_difference() {
    let (cloud, declared) = deployed(CARTS).await;
    let table = client!(aws_sdk_dynamodb, cloud, "eu-west-1").update_table().table_name("carts");
    table.deletion_protection_enabled(false).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(changes(&plan(&cloud, &declared).await), ["table.carts@eu: deletion_protection"]);
    let identities = cloud.sim.identities();
    converge(&cloud, &declared).await;
    assert_eq!(cloud.sim.identities(), identities, "nothing was made again");
}

/// D4: whoever waits sees AWS's status, or AWS's reason.
#[tokio::test(start_paused = true)]
async fn waiting_says_for_what() {
    let declared = topology(CARTS).unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    let message =
        "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously";
    let refused = AtomicUsize::new(0);
    cloud.sim.set_faults(Some(Arc::new(move |attempt| {
        let is_it = attempt.operation == "CreateTable" && refused.fetch_add(1, Ordering::Relaxed) < 10;
        let message = message.to_owned();
        if is_it { Fault::Fail { code: "LimitExceededException", status: 400, message } } else { Fault::Pass }
    })));
    let log = converge(&cloud, &declared).await;
    assert!(
        log.contains(&format!("waiting for table.carts@us: busy (LimitExceededException: {message})")),
        "{log}"
    );
    assert!(log.contains("waiting for table.carts@eu: UPDATING"), "{log}");
}

/// D5 and D9: a table in one region becomes a global one in place, its replicas one after another, in one run.
#[tokio::test(start_paused = true)]
async fn a_table_becomes_global_in_one_run() {
    let one = topology("table carts { key: id: S, replicas: [us] }").unwrap();
    let cloud = Cloud::new(&one).unwrap();
    converge(&cloud, &one).await;
    let before = cloud.sim.identities();
    let three = topology_in(
        THREE,
        "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
    );
    let three = three.unwrap();
    let shown = plan(&cloud, &three).await;
    assert_eq!(shown.changes.len(), 2, "{:?}", changes(&shown));
    converge(&cloud, &three).await;
    let after = cloud.sim.identities();
    assert!(before.iter().all(|(name, id)| after.get(name) == Some(id)), "the table is the same");
    assert_eq!(cloud.inventory().iter().filter(|line| line.contains("carts")).count(), 3);
}

/// D6 and D7: what the engine can't carry to the replicas yet is refused by name before any call; protection is carried.
#[tokio::test(start_paused = true)]
async fn what_is_not_deployed_is_refused() {
    for key in ["point_in_time_recovery: 35d", "contributor_insights: true", "tags: { team: \"checkout\" }"] {
        let declared = topology(&CARTS.replace("ttl: expires", key)).unwrap();
        let cloud = Cloud::new(&declared).unwrap();
        let error = cloud.plan(&declared, Goal::Deploy).await.unwrap_err().to_string();
        assert!(error.contains(key.split(':').next().unwrap()), "{error}");
        assert!(cloud.sim.calls().is_empty());
    }
    let (cloud, _) = deployed(CARTS).await;
    let protected = |region: &'static str| {
        let sdk = polyregion::local::sdk_config(&cloud.sim).into_builder();
        aws_sdk_dynamodb::Client::new(&sdk.region(aws_config::Region::from_static(region)).build())
    };
    for region in ["us-east-1", "eu-west-1"] {
        let table = protected(region).describe_table().table_name("carts").send().await.unwrap();
        assert_eq!(table.table().unwrap().deletion_protection_enabled(), Some(true), "{region}");
    }
}

/// D8: a run that is left while a replica is filled is taken up again; nothing is made twice.
#[tokio::test(start_paused = true)]
async fn a_long_backfill_can_be_left() {
    let declared = topology(CARTS).unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    let run = cloud.run(&declared, Goal::Deploy, Options::default());
    assert!(tokio::time::timeout(Duration::from_secs(40), run).await.is_err(), "it is still waiting");
    let left = cloud.sim.identities();
    converge(&cloud, &declared).await;
    let after = cloud.sim.identities();
    assert!(left.iter().all(|(name, id)| after.get(name) == Some(id)));
}
