//! A region that can't be reached: what it holds is unknown, never absent; the rest goes on.

use polyregion::apply::Outcome;
use polyregion::plan::{Action, Plan};
use polyregion::{Region, observed::Observation};
use polyregion_examples::storefront;

use crate::support::{Cloud, text};

fn region(code: &str) -> Region {
    Region::from_code(code).unwrap()
}

/// The addresses of the steps that failed.
fn failed(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let changes = outcome.failed.keys().flat_map(|step| &plan.steps[step.0].changes);
    changes.map(|index| plan.changes[*index].address.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_dark_region_is_unknown_and_nothing_is_deleted_or_made_there() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let before = cloud.sim.inventory();
    for dark in ["ap-south-1", "us-east-1"] {
        cloud.sim.set_dark(region(dark), true);
        let world = cloud.observe(topology).await;
        assert!(world.resources.values().all(|observation| !matches!(observation, Observation::Absent)));
        let plan = cloud.plan(topology).await;
        assert!(plan.changes.is_empty() && !plan.deferred.is_empty(), "{}", text(&plan));
        let plan = cloud.plan_destroy(topology).await;
        // What something unknown needs is not deleted either.
        let unknown = |address| matches!(world.get(address), Observation::Unknown(_));
        for resource in topology.resources().iter().filter(|resource| unknown(&resource.address)) {
            let needed = plan.changes.iter().find(|change| resource.needs.contains(&change.address));
            assert!(
                needed.is_none(),
                "{} needs {:?}",
                resource.address,
                needed.map(|change| &change.address)
            );
        }
        let addresses = plan.changes.iter().filter(|change| change.action == Action::Delete);
        assert!(addresses.clone().all(|change| change.region != Some(region(dark))), "{}", text(&plan));
        cloud.sim.set_dark(region(dark), false);
        assert_eq!(cloud.sim.inventory(), before);
        cloud.assert_converged(topology).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_deploy_does_what_it_can_and_the_next_one_the_rest() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.sim.set_dark(region("ap-south-1"), true);
    let plan = cloud.plan(topology).await;
    insta::assert_snapshot!("dark_region_plan", text(&plan));
    // Buckets are listed for all regions at once, so only making one shows that its region is dark.
    let (outcome, log) = cloud.apply(topology, &plan).await;
    assert!(failed(&plan, &outcome).iter().all(|address| address.contains("@ap")), "{log}");
    cloud.sim.set_dark(region("ap-south-1"), false);
    cloud.deploy(topology).await;
}

#[tokio::test(start_paused = true)]
async fn a_region_that_goes_dark_while_applying_blocks_only_what_needs_it() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    let plan = cloud.plan(topology).await;
    cloud.sim.set_dark(region("ap-south-1"), true);
    let (outcome, log) = cloud.apply(topology, &plan).await;
    assert!(!outcome.is_success());
    assert!(failed(&plan, &outcome).iter().all(|address| address.contains("@ap")), "{log}");
    cloud.sim.set_dark(region("ap-south-1"), false);
    cloud.deploy(topology).await;
}
