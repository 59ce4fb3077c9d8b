//! The storefront from nothing to converged, with a third region, and to nothing again.

use polyregion::plan::Goal;
use polyregion_examples::storefront;

use crate::support::{Cloud, text};

/// A topology is known by its name, so the edited one has the same.
mod edited {
    polyregion::topology! {
        /// The storefront after a one-line edit: a third region.
        pub mod storefront;

        account: "123456789012",
        regions { us: us_east_1, ap: ap_south_1, eu: eu_west_1 }

        zone site: "naveenteja.cloud" {}

        health_check api in each region {
            https: "api-{region}.naveenteja.cloud/healthz",
            interval: 10s, failure_threshold: 3,
        }

        record api: A in site {
            latency: each region => load_balancer("api-{region}") { health_check: api },
        }

        table user_sessions { key: session_id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: expires_at }

        cluster orders: aurora_postgresql("16.11") {
            primary: us, secondaries: each other region,
            instances: 2 * db_r6g_large, subnet_group: "orders-{region}",
        }

        bucket assets { mirror: each region, replication_time_control: true }
    }
}

#[tokio::test(start_paused = true)]
async fn from_nothing_to_converged_and_back() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);

    let plan = cloud.plan(topology).await;
    insta::assert_snapshot!("plan_text", text(&plan));
    insta::assert_snapshot!("plan_json", format!("{:#}", polyregion::report::plan_json(&plan, "[hash]")));

    let log = cloud.deploy(topology).await;
    insta::assert_snapshot!("deploy_log", log);
    insta::assert_snapshot!("inventory", cloud.inventory().join("\n"));

    let plan = cloud.plan_destroy(topology).await;
    insta::assert_snapshot!("destroy_plan", text(&plan));
    let log = cloud.destroy(topology).await;
    insta::assert_snapshot!("destroy_log", log);
    assert_eq!(cloud.inventory(), Vec::<String>::new());

    // What was deleted can be made again: no name and no caller reference is used up.
    cloud.deploy(topology).await;
}

#[tokio::test(start_paused = true)]
async fn a_third_region_is_one_line() {
    let before = storefront::topology();
    let after = edited::storefront::topology();
    let mut cloud = Cloud::for_topology(after);
    cloud.deploy(before).await;

    let plan = cloud.plan(after).await;
    insta::assert_snapshot!("third_region_plan", text(&plan));
    cloud.deploy(after).await;

    // Taking the line out again sends users elsewhere, and keeps the data where it is and as it is.
    let plan = cloud.plan(before).await;
    insta::assert_snapshot!("third_region_removed_plan", text(&plan));
    let drained = cloud.deploy(before).await;
    insta::assert_snapshot!("third_region_drained", drained);
    let identities = cloud.sim.identities();

    // With consent it is detached: it stands alone, and is the same as before.
    let options = cloud.base.consent_to_all(before, Goal::Deploy).await.unwrap();
    let run = cloud.base.run(before, Goal::Deploy, options).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    insta::assert_snapshot!("third_region_detached", run.log);
    assert_eq!(cloud.sim.identities(), identities);
    cloud.assert_converged(before).await;
    insta::assert_snapshot!("third_region_kept", text(&cloud.plan(before).await));

    // With consent given again it is deleted, and the rest is as it was before there was a third region.
    let options = cloud.base.consent_to_all(before, Goal::Deploy).await.unwrap();
    let run = cloud.base.run(before, Goal::Deploy, options).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    cloud.assert_converged(before).await;
    let mut two = Cloud::for_topology(before);
    two.deploy(before).await;
    assert_eq!(cloud.inventory(), two.inventory());
    cloud.destroy(before).await;
    assert_eq!(cloud.inventory(), Vec::<String>::new());
}

/// What is neither declared nor recorded is nobody's to delete, nor what it is in.
#[tokio::test(start_paused = true)]
async fn what_nobody_remembers_is_kept() {
    let before = storefront::topology();
    let after = edited::storefront::topology();
    let mut cloud = Cloud::for_topology(after);
    cloud.deploy(after).await;
    for copy in crate::custody::BUCKETS {
        crate::custody::lose(&cloud.base, copy).await;
    }
    crate::custody::lose(&cloud.base, ("eu-west-1", "polyregion-state-123456789012-eu-west-1")).await;
    let prepared = cloud.base.plan(before, Goal::Deploy).await.unwrap();
    assert!(prepared.remarks[0].contains("no state is recorded"), "{:?}", prepared.remarks);
    let plan = prepared.plan;
    insta::assert_snapshot!("third_region_forgotten_plan", text(&plan));
    let plan = cloud.plan_destroy(before).await;
    let around = |change: &&polyregion::plan::Change| {
        let address = change.address.to_string();
        address.starts_with("table.") || address.starts_with("cluster.")
    };
    assert_eq!(plan.changes.iter().filter(around).count(), 0, "{}", text(&plan));
    let kept: Vec<String> = plan.conflicts.iter().map(|conflict| conflict.what.clone()).collect();
    insta::assert_snapshot!("third_region_unmanaged", kept.join("\n"));
    cloud.destroy(after).await;
    assert_eq!(cloud.inventory(), Vec::<String>::new());
}

/// Killed anywhere, an application leaves things in transition; the next run waits for them.
#[tokio::test(start_paused = true)]
async fn what_is_in_transition_is_awaited() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    // A run that ends while instances are being created: its steps are dropped where they wait.
    let cut = std::time::Duration::from_secs(200);
    assert!(tokio::time::timeout(cut, cloud.apply(topology)).await.is_err());
    let plan = cloud.plan(topology).await;
    insta::assert_snapshot!("resumed_plan", text(&plan));
    cloud.deploy(topology).await;
}
