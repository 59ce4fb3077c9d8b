//! How something was made stays known, whatever happens between making it and declaring it otherwise. Not here: changes with nothing
//! in between (`tests/matrix`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use polyregion::Topology;
use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion_sim::Fault;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology;

fn cluster(key: &str) -> Topology {
    let settings = "primary: us, secondaries: each other region, instances: 2 * db_r6g_large";
    topology(&format!("cluster orders: aurora_postgresql(\"16.11\") {{ {settings}, kms_key: \"{key}\" }}"))
        .unwrap()
}

fn media(name: &str) -> Topology {
    topology(&format!("bucket media {{ mirror: each region, name: \"{name}-{{region}}\" }}")).unwrap()
}

/// What a plan would not do, in words.
async fn conflicts(cloud: &Cloud, topology: &Topology) -> String {
    let plan = cloud.plan(topology, Goal::Deploy).await.unwrap().plan;
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    plan.conflicts.iter().map(|conflict| conflict.what.clone()).collect::<Vec<_>>().join("\n")
}

/// A run that made a cluster and did not see it become available has not recorded it.
#[tokio::test(start_paused = true)]
async fn a_cluster_that_was_half_made_keeps_its_key() {
    let cloud = Cloud::new(&cluster("alias/one")).unwrap();
    let is_made = AtomicBool::new(false);
    cloud.sim.set_faults(Some(Arc::new(move |attempt| {
        let is_it = attempt.operation == "DescribeDBClusters" && is_made.load(Ordering::Relaxed);
        is_made.fetch_or(attempt.operation == "CreateDBCluster", Ordering::Relaxed);
        let message = "User is not authorized".to_owned();
        if is_it { Fault::Fail { code: "AccessDenied", status: 403, message } } else { Fault::Pass }
    })));
    let run = cloud.run(&cluster("alias/one"), Goal::Deploy, Options::default()).await;
    assert!(!run.is_ok_and(|run| run.outcome.is_success()));
    cloud.sim.set_faults(None);
    assert!(cloud.inventory().iter().any(|line| line.contains("orders")), "{:?}", cloud.inventory());
    assert!(conflicts(&cloud, &cluster("alias/two")).await.contains("its kms_key is `alias/one`"));
}

/// Building the record anew does not forget what is looked for under another name.
#[tokio::test(start_paused = true)]
async fn a_renamed_bucket_is_not_forgotten() {
    let cloud = Cloud::new(&media("media")).unwrap();
    assert!(cloud.run(&media("media"), Goal::Deploy, Options::default()).await.unwrap().outcome.is_success());
    let renamed = media("films");
    assert!(conflicts(&cloud, &renamed).await.contains("it was made as"));
    cloud.engine(&renamed, Options::default()).rebuild().await.unwrap();
    assert!(conflicts(&cloud, &renamed).await.contains("it was made as"));
    assert!(cloud.plan(&media("media"), Goal::Deploy).await.unwrap().plan.is_converged());
}
