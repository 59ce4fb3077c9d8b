//! Tables with strong consistency: three regions that come together and go together (DDB-100 to DDB-106).

use std::time::Duration;

use polyregion::Topology;
use polyregion::engine::Options;
use polyregion::permissions::{Purpose, policy};
use polyregion::plan::{Action, Goal};
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology_in;

use super::{client, converge, plan};

const THREE: &str = "table carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong }";
const WITNESS: &str = "table carts { key: id: S, replicas: [a, b], witness: c, writes: any_region(conflicts_fail), consistency: strong }";
const ALONE: &str = "table carts { key: id: S, replicas: [a] }";

fn topology(items: &str) -> Topology {
    topology_in("a: us_east_1, b: us_east_2, c: us_west_2", items).unwrap()
}

/// A cloud with it, made with no more than the policy grants.
async fn made(items: &str) -> (Cloud, Topology) {
    let declared = topology(items);
    let cloud = Cloud::new(&declared).unwrap();
    let policy = policy(&declared, Purpose::Apply).to_string();
    cloud.sim.set_permissions(Some(vec![policy])).unwrap();
    converge(&cloud, &declared).await;
    cloud.sim.set_permissions(None).unwrap();
    (cloud, declared)
}

/// Regions of the replicas and of the witness, as the home tells them.
async fn members(cloud: &Cloud) -> (Option<String>, Vec<String>, Vec<String>) {
    let client = client!(aws_sdk_dynamodb, cloud, "us-east-1");
    let table = client.describe_table().table_name("carts").send().await.unwrap().table.unwrap();
    let consistency = table.multi_region_consistency().map(|mode| mode.as_str().to_owned());
    let replicas = table.replicas().iter().filter_map(|replica| replica.region_name().map(str::to_owned));
    let witnesses = table.global_table_witnesses().iter();
    (
        consistency,
        replicas.collect(),
        witnesses.filter_map(|it| it.region_name().map(str::to_owned)).collect(),
    )
}

fn strong(replicas: &[&str], witnesses: &[&str]) -> (Option<String>, Vec<String>, Vec<String>) {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    (Some("STRONG".to_owned()), texts(replicas), texts(witnesses))
}

/// D6: all members come in one call, and go in one call.
#[tokio::test(start_paused = true)]
async fn three_replicas_come_and_go_together() {
    let (cloud, declared) = made(THREE).await;
    assert_eq!(members(&cloud).await, strong(&["us-east-2", "us-west-2"], &[]));
    cloud.sim.set_permissions(Some(vec![policy(&declared, Purpose::Destroy).to_string()])).unwrap();
    let run = cloud.destroy(&declared).await.unwrap();
    assert!(run.outcome.is_success() && cloud.inventory().is_empty(), "{:?} {}", cloud.inventory(), run.log);
}

/// The same with a witness, which is not seen anywhere but in the table's home.
#[tokio::test(start_paused = true)]
async fn a_witness_comes_and_goes_with_its_replica() {
    let (cloud, declared) = made(WITNESS).await;
    assert_eq!(members(&cloud).await, strong(&["us-east-2"], &["us-west-2"]));
    cloud.sim.set_permissions(Some(vec![policy(&declared, Purpose::Destroy).to_string()])).unwrap();
    let run = cloud.destroy(&declared).await.unwrap();
    assert!(run.outcome.is_success() && cloud.inventory().is_empty(), "{:?} {}", cloud.inventory(), run.log);
}

/// A table of one region becomes strongly consistent; one that replicates otherwise does not, nor back, and AWS is not asked.
#[tokio::test(start_paused = true)]
async fn the_consistency_of_replicas_stays() {
    let (cloud, _) = made(ALONE).await;
    converge(&cloud, &topology(THREE)).await;
    let eventual = THREE.replace("conflicts_fail", "last_writer_wins").replace(", consistency: strong", "");
    for (before, after) in
        [(THREE, eventual.as_str()), (THREE, WITNESS), (&eventual, THREE), (WITNESS, THREE)]
    {
        let (cloud, _) = made(before).await;
        let shown = plan(&cloud, &topology(after)).await;
        let said =
            shown.conflicts.iter().any(|it| it.what.contains("consistency") || it.what.contains("witness"));
        assert!(said, "{before} {after} {:?}", shown.conflicts);
        let before = cloud.inventory();
        cloud.run(&topology(after), Goal::Deploy, Options::default()).await.unwrap();
        assert_eq!(cloud.inventory(), before);
    }
}

/// Consent to one replica deletes none; consent to all leaves a table of one region.
#[tokio::test(start_paused = true)]
async fn consent_is_to_all_or_to_none() {
    let (cloud, declared) = made(THREE).await;
    let alone = topology(ALONE);
    let before = cloud.inventory();
    for (goal, topology) in [(Goal::Deploy, &alone), (Goal::Destroy, &declared)] {
        let cloud = cloud.fork();
        let all = cloud.consent_to_all(topology, goal).await.unwrap();
        let one = Options { consents: ["table.carts@b".parse().unwrap()].into(), ..all };
        let run = cloud.run(topology, goal, one).await.unwrap();
        let deleted = run.plan.changes.iter().filter(|change| change.action == Action::Delete).count();
        assert_eq!((deleted, cloud.inventory()), (0, before.clone()), "{goal:?} {:?}", run.plan);
    }
    let all = cloud.consent_to_all(&alone, Goal::Deploy).await.unwrap();
    let run = cloud.run(&alone, Goal::Deploy, all).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert_eq!(cloud.inventory().len(), 1, "{:?}", cloud.inventory());
    assert!(plan(&cloud, &alone).await.is_converged());
}

/// A run that is left at any moment while the group is made is taken up again.
#[tokio::test(start_paused = true)]
async fn a_group_in_the_making_can_be_left() {
    for seconds in [7, 9, 12, 20, 45, 60, 90] {
        let declared = topology(WITNESS);
        let cloud = Cloud::new(&declared).unwrap();
        let run = cloud.run(&declared, Goal::Deploy, Options::default());
        let is_left = tokio::time::timeout(Duration::from_secs(seconds), run).await.is_err();
        converge(&cloud, &declared).await;
        assert_eq!(members(&cloud).await, strong(&["us-east-2"], &["us-west-2"]), "{seconds} {is_left}");
    }
}
