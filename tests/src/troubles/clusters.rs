//! Aurora global databases (A1 to A5).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use polyregion::plan::Goal;
use polyregion_sim::Fault;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology;

use super::{changes, client, converge, deployed, plan};

const ORDERS: &str = "cluster orders: aurora_postgresql(\"16.11\") {
    primary: us, secondaries: each other region, instances: 2 * db_r6g_large, deletion_protection: false }";

/// The ARN of the member in a region, and the identifier of the global cluster.
async fn member(cloud: &Cloud, region: &str) -> (String, String) {
    let client = client!(aws_sdk_rds, cloud, "us-east-1");
    let found = client.describe_global_clusters().send().await.unwrap();
    let global = &found.global_clusters()[0];
    let mut members = global.global_cluster_members().iter().filter_map(|member| member.db_cluster_arn());
    let arn = members.find(|arn| arn.starts_with(&format!("arn:aws:rds:{region}:"))).unwrap();
    (arn.to_owned(), global.global_cluster_identifier().unwrap().to_owned())
}

/// A1 and A5: destroyed in one run, secondaries first, waiting until they stand alone; and made again by the same code.
#[tokio::test(start_paused = true)]
async fn destroyed_in_one_run_and_made_again() {
    let (cloud, declared) = deployed(ORDERS).await;
    let made = cloud.inventory();
    let run = cloud.destroy(&declared).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert!(cloud.inventory().is_empty(), "{:?}", cloud.inventory());
    let at = |line: &str| run.log.find(line).unwrap_or_else(|| panic!("{line}: {}", run.log));
    assert!(at("done cluster.orders@eu") < at("done cluster.orders@us"));
    assert!(at("done cluster.orders@us") < run.log.rfind("done cluster.orders").unwrap());
    converge(&cloud, &declared).await;
    assert_eq!(cloud.inventory(), made);
}

/// The versions of both members, and of the global cluster.
async fn versions(cloud: &Cloud) -> [String; 3] {
    let (us, eu) = (client!(aws_sdk_rds, cloud, "us-east-1"), client!(aws_sdk_rds, cloud, "eu-west-1"));
    let version =
        |found: Option<&aws_sdk_rds::types::DbCluster>| found.unwrap().engine_version().unwrap().to_owned();
    let global = us.describe_global_clusters().send().await.unwrap();
    let global = global.global_clusters()[0].engine_version().unwrap().to_owned();
    let (us, eu) = (us.describe_db_clusters().send().await, eu.describe_db_clusters().send().await);
    [version(us.unwrap().db_clusters().first()), version(eu.unwrap().db_clusters().first()), global]
}

/// A2: a minor version is given to the secondaries before the primary, wherever that is now; a major one to all by AWS. One change of the
/// global cluster is shown, and none of its members.
#[tokio::test(start_paused = true)]
async fn engines_are_upgraded_in_order() {
    let (cloud, _) = deployed(ORDERS).await;
    let (arn, global) = member(&cloud, "eu-west-1").await;
    let client = client!(aws_sdk_rds, cloud, "us-east-1");
    let call = client.switchover_global_cluster().global_cluster_identifier(&global);
    call.target_db_cluster_identifier(&arn).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    for version in ["16.13", "17.7"] {
        let newer = topology(&ORDERS.replace("16.11", version)).unwrap();
        let shown = plan(&cloud, &newer).await;
        assert_eq!(changes(&shown), ["cluster.orders: engine_version"]);
        assert!(shown.notes.iter().any(|note| note.text.contains("no way back")), "{:?}", shown.notes);
        converge(&cloud, &newer).await;
        assert_eq!(versions(&cloud).await, [version; 3]);
    }
    // What was declared before is no way back.
    let older = topology(ORDERS).unwrap();
    let shown = plan(&cloud, &older).await;
    assert!(
        shown.conflicts.iter().any(|conflict| conflict.what.contains("AWS lowers no version")),
        "{shown:?}"
    );
    assert!(shown.changes.is_empty());
}

/// A2: an upgrade that was left in the middle, with the secondary done, goes on; and a version that AWS has raised by itself is no
/// difference.
#[tokio::test(start_paused = true)]
async fn an_upgrade_goes_on_and_one_by_aws_stays() {
    let (cloud, declared) = deployed(ORDERS).await;
    let eu = client!(aws_sdk_rds, cloud, "eu-west-1");
    let call = eu.modify_db_cluster().db_cluster_identifier("orders-eu-west-1").engine_version("16.13");
    call.apply_immediately(true).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(plan(&cloud, &declared).await.is_converged());
    let newer = topology(&ORDERS.replace("16.11", "16.13")).unwrap();
    assert_eq!(changes(&plan(&cloud, &newer).await), ["cluster.orders: engine_version"]);
    converge(&cloud, &newer).await;
    assert_eq!(versions(&cloud).await, ["16.13"; 3]);
    let shown = plan(&cloud, &declared).await;
    assert!(shown.is_converged());
    assert!(shown.notes.iter().any(|note| note.text.contains("newer than 16.11")), "{:?}", shown.notes);
}

/// A3: who writes is observed. After a switchover and after a failover a plan is empty, and a change converges.
#[tokio::test(start_paused = true)]
async fn a_switchover_is_no_difference() {
    let (cloud, declared) = deployed(ORDERS).await;
    let (arn, global) = member(&cloud, "eu-west-1").await;
    let client = client!(aws_sdk_rds, cloud, "us-east-1");
    let call = client.switchover_global_cluster().global_cluster_identifier(&global);
    call.target_db_cluster_identifier(&arn).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(plan(&cloud, &declared).await.is_converged());
    let identities = cloud.sim.identities();
    let edited =
        ORDERS.replace("deletion_protection: false", "deletion_protection: false, backup_retention: 14d");
    let edited = topology(&edited).unwrap();
    assert_eq!(
        changes(&plan(&cloud, &edited).await),
        ["cluster.orders@us: backup_retention_period", "cluster.orders@eu: backup_retention_period"]
    );
    converge(&cloud, &edited).await;
    assert_eq!(cloud.sim.identities(), identities);
    let (home, _) = member(&cloud, "us-east-1").await;
    let call = client.failover_global_cluster().global_cluster_identifier(&global);
    call.target_db_cluster_identifier(home).allow_data_loss(true).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(plan(&cloud, &edited).await.is_converged());
}

/// What nobody declared and somebody set by hand is theirs; what is declared, and left out again, goes back.
#[tokio::test(start_paused = true)]
async fn settings_of_others_are_theirs() {
    let (cloud, declared) = deployed(ORDERS).await;
    let (arn, _) = member(&cloud, "eu-west-1").await;
    let call =
        client!(aws_sdk_rds, cloud, "eu-west-1").modify_db_cluster().port(5433).storage_type("aurora-iopt1");
    call.db_cluster_identifier(arn.rsplit(':').next().unwrap()).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(plan(&cloud, &declared).await.is_converged());
    let ported = topology(&ORDERS.replace("instances", "port: 5433, instances")).unwrap();
    assert_eq!(changes(&plan(&cloud, &ported).await), ["cluster.orders@us: port"]);
    converge(&cloud, &ported).await;
    assert_eq!(
        changes(&plan(&cloud, &declared).await),
        ["cluster.orders@us: port", "cluster.orders@eu: port"]
    );
    converge(&cloud, &declared).await;
}

/// A change whose answer is lost is recognised, also where AWS refuses to do it twice.
#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_is_lost_is_recognised() {
    let (cloud, _) = deployed(ORDERS).await;
    let logged = topology(&ORDERS.replace("instances", "log_exports: [postgresql], instances")).unwrap();
    let lost = AtomicUsize::new(0);
    cloud.sim.set_faults(Some(Arc::new(move |attempt| match attempt.operation.as_str() {
        "ModifyDBCluster" if lost.fetch_add(1, Ordering::Relaxed) == 0 => Fault::LoseReply,
        _ => Fault::Pass,
    })));
    converge(&cloud, &logged).await;
}

/// A4: membership is read. A member that somebody took out is named, and neither detached further nor made again over its data.
#[tokio::test(start_paused = true)]
async fn a_member_that_was_taken_out_is_named() {
    let (cloud, declared) = deployed(ORDERS).await;
    let (arn, global) = member(&cloud, "eu-west-1").await;
    let client = client!(aws_sdk_rds, cloud, "us-east-1");
    let call = client.remove_from_global_cluster().global_cluster_identifier(&global);
    call.db_cluster_identifier(&arn).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let before = cloud.inventory();
    let shown = plan(&cloud, &declared).await;
    let conflict =
        shown.conflicts.iter().find(|conflict| conflict.address.to_string() == "cluster.orders@eu");
    assert!(conflict.is_some_and(|conflict| conflict.what.contains("global_cluster")), "{shown:?}");
    cloud.run(&declared, Goal::Deploy, Default::default()).await.unwrap();
    assert_eq!(cloud.inventory(), before);
}

/// A secondary is made without instances, gets some, and keeps them: AWS does not take the last one away.
#[tokio::test(start_paused = true)]
async fn a_headless_secondary_gets_instances() {
    let headless = ORDERS
        .replace("protection: false", "protection: false, overrides: { eu => { instances: headless } }");
    let (cloud, declared) = deployed(&headless).await;
    let instances = |cloud: &Cloud| {
        cloud
            .inventory()
            .iter()
            .filter(|line| line.contains("eu-west-1") && line.contains("instance"))
            .count()
    };
    assert_eq!(instances(&cloud), 0, "{:?}", cloud.inventory());
    converge(&cloud, &topology(ORDERS).unwrap()).await;
    assert_eq!(instances(&cloud), 2, "{:?}", cloud.inventory());
    let back = plan(&cloud, &declared).await;
    let refused =
        |address: &str| back.conflicts.iter().any(|conflict| conflict.address.to_string() == address);
    assert!(
        refused("cluster.orders@eu/1") && refused("cluster.orders@eu/2") && back.changes.is_empty(),
        "{back:?}"
    );
    let run = cloud.destroy(&declared).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert!(cloud.inventory().is_empty(), "{:?}", cloud.inventory());
}
