//! Taking over what another program made, or nobody knows who: what carries no marks. Not here: marks of others (`custody`).

use std::collections::BTreeSet;

use polyregion::Topology;
use polyregion::permissions::{Purpose, policy};
use polyregion::plan::Action;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::named;

use super::{client, converge, plan};

/// A table with a replica, a global database, a mirror and a zone with a record.
const ITEMS: &str = "
    table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) KEYS }
    cluster orders: aurora_postgresql(\"16.11\") {
        primary: us, secondaries: each other region, instances: 2 * db_r6g_large KEYS
    }
    bucket media { mirror: each region KEYS }
    zone site: \"example.com\" { comment: \"of the shop\" KEYS }
    record www: A in site { simple: values(\"192.0.2.1\") }
";
const MARKS: [&str; 2] = ["polyregion:topology", "polyregion:address"];

fn topology(name: &str, keys: &str) -> Topology {
    named(name, "us: us_east_1, eu: eu_west_1", &ITEMS.replace("KEYS", keys)).unwrap()
}

/// Made by a topology that nobody remembers.
async fn made() -> Cloud {
    let former = topology("former", "");
    let cloud = Cloud::new(&former).unwrap();
    converge(&cloud, &former).await;
    cloud
}

fn marks() -> Option<Vec<String>> {
    Some(MARKS.map(str::to_owned).to_vec())
}

/// Takes all marks away in one region.
macro_rules! strip {
    ($cloud:expr, $region:literal) => {{
        let tables = client!(aws_sdk_dynamodb, $cloud, $region);
        let arn = format!("arn:aws:dynamodb:{}:123456789012:table/carts", $region);
        tables.untag_resource().resource_arn(arn).set_tag_keys(marks()).send().await.unwrap();
        let rds = client!(aws_sdk_rds, $cloud, $region);
        let mut arns = Vec::new();
        let clusters = rds.describe_db_clusters().send().await.unwrap();
        arns.extend(
            clusters.db_clusters().iter().filter_map(|found| found.db_cluster_arn().map(str::to_owned)),
        );
        let instances = rds.describe_db_instances().send().await.unwrap();
        arns.extend(
            instances.db_instances().iter().filter_map(|found| found.db_instance_arn().map(str::to_owned)),
        );
        let globals = rds.describe_global_clusters().send().await.unwrap();
        arns.extend(
            globals
                .global_clusters()
                .iter()
                .filter_map(|found| found.global_cluster_arn().map(str::to_owned)),
        );
        for arn in arns {
            rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(marks()).send().await.unwrap();
        }
        let buckets = client!(aws_sdk_s3, $cloud, $region);
        let name = concat!("media-123456789012-", $region);
        buckets.delete_bucket_tagging().bucket(name).send().await.unwrap();
        let zones = client!(aws_sdk_route53, $cloud, $region);
        let zone = zones.list_hosted_zones().send().await.unwrap().hosted_zones.remove(0);
        let strip = zones.change_tags_for_resource().resource_id(zone.id.trim_start_matches("/hostedzone/"));
        let strip = strip.resource_type(aws_sdk_route53::types::TagResourceType::Hostedzone);
        strip.set_remove_tag_keys(marks()).send().await.unwrap();
    }};
}

/// What belongs to nobody is a conflict, and is taken over, in place and with what others set, where the topology says so.
#[tokio::test(start_paused = true)]
async fn what_belongs_to_nobody_is_taken_over() {
    let cloud = made().await;
    strip!(cloud, "us-east-1");
    strip!(cloud, "eu-west-1");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let before = cloud.sim.identities();
    let refused = plan(&cloud, &topology("shop", "")).await;
    assert!(refused.changes.iter().all(|change| change.address.part.as_deref() == Some("replication_role")));
    let is_told = |conflict: &polyregion::plan::Conflict| conflict.help.contains("`adopt: true`");
    assert!(
        !refused.conflicts.is_empty() && refused.conflicts.iter().all(is_told),
        "{:?}",
        refused.conflicts
    );
    assert_eq!(cloud.sim.identities(), before);

    let adopting = topology("shop", ", adopt: true, tags: { team: \"checkout\" }");
    let shown = plan(&cloud, &adopting).await;
    let deferred: Vec<String> = shown.deferred.iter().map(|deferred| deferred.address.to_string()).collect();
    assert!(shown.conflicts.is_empty() && deferred == ["record.www"], "{:?} {deferred:?}", shown.conflicts);
    let adopted = shown.changes.iter().filter(|change| change.action == Action::Adopt);
    let adopted: BTreeSet<String> = adopted.map(|change| change.address.to_string()).collect();
    let expected = [
        "bucket.media@eu",
        "bucket.media@us",
        "cluster.orders",
        "cluster.orders@eu",
        "cluster.orders@eu/1",
        "cluster.orders@eu/2",
        "cluster.orders@us",
        "cluster.orders@us/1",
        "cluster.orders@us/2",
        "table.carts@eu",
        "table.carts@us",
        "zone.site",
    ];
    assert_eq!(adopted, expected.map(str::to_owned).into());
    let policy = policy(&adopting, Purpose::Apply).to_string();
    cloud.sim.set_permissions(Some(vec![policy])).unwrap();
    // What is in a zone comes after it is ours.
    cloud.deploy(&adopting).await.unwrap();
    converge(&cloud, &adopting).await;
    cloud.sim.set_permissions(None).unwrap();
    let after = cloud.sim.identities();
    assert!(before.iter().all(|(name, id)| after.get(name) == Some(id)), "{before:?} {after:?}");
    // From now on it is like any other, and `adopt` makes no difference.
    let ours = topology("shop", ", tags: { team: \"checkout\" }");
    assert!(plan(&cloud, &ours).await.is_converged());
    let log = cloud.destroy(&ours).await.unwrap().log;
    assert!(cloud.inventory().iter().all(|line| line.contains("former")), "{:?} {log}", cloud.inventory());
}

/// A run that is stopped, or left, when only the table's home is ours is taken up again: its replica has marks of its own.
#[tokio::test(start_paused = true)]
async fn a_replica_is_taken_over_later() {
    let cloud = made().await;
    strip!(cloud, "us-east-1");
    strip!(cloud, "eu-west-1");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let adopting = topology("shop", ", adopt: true");
    converge(&cloud, &adopting).await;
    let tables = client!(aws_sdk_dynamodb, cloud, "eu-west-1");
    let arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/carts";
    tables.untag_resource().resource_arn(arn).set_tag_keys(marks()).send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let shown = plan(&cloud, &adopting).await;
    let changes: Vec<String> = shown.changes.iter().map(|change| change.address.to_string()).collect();
    assert_eq!(changes, ["table.carts@eu"]);
    converge(&cloud, &adopting).await;
}

/// A replica of another topology's table is not free because nobody marked the region that is declared first.
#[tokio::test(start_paused = true)]
async fn a_replica_of_another_is_not() {
    let cloud = made().await;
    strip!(cloud, "us-east-1");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let regions = "us: us_east_1, eu: eu_west_1";
    let table = |replicas: &str| {
        let table = "table carts { key: id: S, replicas: REPLICAS, writes: any_region(last_writer_wins), adopt: true }";
        named("shop", regions, &table.replace("REPLICAS", replicas)).unwrap()
    };
    let whole = plan(&cloud, &table("each region")).await;
    let theirs = |conflict: &polyregion::plan::Conflict| {
        conflict.address.to_string() == "table.carts@eu"
            && conflict.what.contains("belongs to topology `former`")
    };
    assert!(whole.conflicts.iter().any(theirs), "{:?}", whole.conflicts);
    let alone = plan(&cloud, &table("[us]")).await;
    assert!(alone.changes.is_empty(), "{:?}", alone.changes);
    assert!(
        alone.conflicts.iter().any(|conflict| conflict.what.contains("is not declared")),
        "{:?}",
        alone.conflicts
    );
}

/// What carries the marks of another topology is not free.
#[tokio::test(start_paused = true)]
async fn what_belongs_to_another_is_not() {
    let cloud = made().await;
    let before = cloud.inventory();
    let adopting = topology("shop", ", adopt: true");
    let shown = plan(&cloud, &adopting).await;
    assert!(shown.conflicts.iter().any(|conflict| conflict.what.contains("belongs to topology `former`")));
    assert!(shown.changes.iter().all(|change| change.address.part.as_deref() == Some("replication_role")));
    assert_eq!(cloud.inventory(), before);
}
