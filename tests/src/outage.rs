//! A region that can't be reached: what it holds is unknown, never absent; the rest goes on; what is owed is settled later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use polyregion::apply::Outcome;
use polyregion::engine::{EngineError, Options};
use polyregion::plan::{Action, Goal, Plan};
use polyregion::{Region, observed::Observation};
use polyregion_examples::storefront;
use polyregion_sim::Outage;

use crate::support::{Cloud, text};

fn region(code: &str) -> Region {
    Region::from_code(code).unwrap()
}

/// The addresses of the steps that failed.
fn failed(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let changes = outcome.failed.keys().flat_map(|step| &plan.steps[step.0].changes);
    changes.map(|index| plan.changes[*index].address.to_string()).collect()
}

fn without(code: &str) -> Options {
    Options { without: BTreeSet::from([region(code)]), ..Options::default() }
}

/// What is owed, by address.
async fn debts(cloud: &Cloud) -> BTreeMap<String, String> {
    let reading = cloud.base.look(storefront::topology()).await;
    let debts = reading.state.map(|state| state.debts).unwrap_or_default();
    debts.into_iter().map(|(address, debt)| (address.to_string(), debt.why)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_dark_region_is_unknown_and_nothing_is_deleted_or_made_there() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let before = cloud.inventory();
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
            let mut deleted = plan.changes.iter().filter(|change| change.action == Action::Delete);
            let needed = deleted.find(|change| resource.needs.contains(&change.address));
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
        assert_eq!(cloud.inventory(), before);
        cloud.assert_converged(topology).await;
    }
}

/// Nobody can tell whether a state was ever written to a region that is dark, so the user says so.
#[tokio::test(start_paused = true)]
async fn a_first_deploy_does_what_it_can_and_the_next_one_the_rest() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.sim.set_dark(region("ap-south-1"), true);
    let plan = cloud.plan(topology).await;
    insta::assert_snapshot!("dark_region_plan", text(&plan));
    let refused = cloud.base.run(topology, Goal::Deploy, Options::default()).await;
    assert!(matches!(refused, Err(EngineError::Uncertain { .. })), "{refused:?}");
    let run = cloud.base.run(topology, Goal::Deploy, without("ap-south-1")).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    insta::assert_debug_snapshot!("dark_region_debts", debts(&cloud).await);
    cloud.sim.set_dark(region("ap-south-1"), false);
    cloud.deploy(topology).await;
    assert_eq!(debts(&cloud).await, BTreeMap::new());
}

#[tokio::test(start_paused = true)]
async fn a_region_that_goes_dark_while_applying_blocks_only_what_needs_it() {
    let topology = storefront::topology();
    for outage in [Outage::Refused, Outage::Silent] {
        let mut cloud = Cloud::for_topology(topology);
        let prepared = cloud.base.plan(topology, Goal::Deploy).await.unwrap();
        let plan = prepared.plan.clone();
        cloud.sim.set_outage(region("ap-south-1"), Some(outage));
        let run = cloud.base.apply(topology, prepared).await.unwrap();
        assert!(!run.outcome.is_success());
        assert!(run.outcome.failed.values().all(|failure| failure.unreachable), "{}", run.log);
        assert!(failed(&plan, &run.outcome).iter().all(|address| address.contains("@ap")), "{}", run.log);
        let owed = debts(&cloud).await;
        assert!(!owed.is_empty() && owed.keys().all(|address| address.contains('@')), "{owed:?}");
        cloud.sim.set_outage(region("ap-south-1"), None);
        cloud.deploy(topology).await;
        assert_eq!(debts(&cloud).await, BTreeMap::new());
    }
}

/// Declared as down, a region is not asked anything.
#[tokio::test(start_paused = true)]
async fn a_region_that_is_declared_as_down_is_left_in_peace() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    for gone in ["ap-south-1", "us-east-1"] {
        cloud.sim.reset_calls();
        let plan = cloud.base.engine(topology, without(gone)).plan(Goal::Deploy).await.unwrap().plan;
        assert!(plan.changes.is_empty() && plan.conflicts.is_empty(), "{}", text(&plan));
        assert!(plan.deferred.iter().any(|deferred| deferred.why.contains("--without")), "{}", text(&plan));
        let asked = cloud.sim.calls().iter().filter(|call| call.region == gone).count();
        assert_eq!(asked, 0);
    }
}

/// Each region, lost before planning, while deploying, while destroying; refusing or silent; then back. Nothing that holds
/// data is deleted, what can be done is done, what is owed is settled, and the time that the dead region costs is bounded.
#[tokio::test(start_paused = true)]
async fn each_region_lost_in_turn_and_back() {
    let topology = storefront::topology();
    let deployed = Cloud::for_topology(topology).base;
    deployed.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    let whole = deployed.inventory();
    for gone in ["ap-south-1", "us-east-1"] {
        for outage in [Outage::Refused, Outage::Silent] {
            // Before planning.
            let cloud = deployed.fork();
            cloud.sim.set_outage(region(gone), Some(outage));
            let started = tokio::time::Instant::now();
            let run = cloud.run(topology, Goal::Deploy, Options::default()).await.unwrap();
            let cost = started.elapsed().as_secs();
            // Six seconds of silence are enough to know; the pauses of the SDK vary, so these are bounds.
            assert!(cost <= 15, "{gone} {outage:?}: planning took {cost} s");
            assert!(run.plan.steps.is_empty() && !run.plan.deferred.is_empty());
            cloud.sim.set_outage(region(gone), None);
            assert!(!debts_of(&cloud).await.is_empty());
            settled(&cloud, &whole).await;

            // While deploying, as soon as the first step is under way.
            let cloud = Cloud::for_topology(topology).base;
            let prepared = cloud.plan(topology, Goal::Deploy).await.unwrap();
            let lost = async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                cloud.sim.set_outage(region(gone), Some(outage));
            };
            let started = tokio::time::Instant::now();
            let (run, ()) = tokio::join!(cloud.apply(topology, prepared), lost);
            let run = run.unwrap();
            let cost = started.elapsed().as_secs();
            // Without ap-south-1, there is still a writer with two instances to make, which takes nine minutes.
            let work = if gone == "ap-south-1" { 540 } else { 20 };
            assert!(cost <= work + 120, "{gone} {outage:?}: deploying took {cost} s");
            assert!(run.outcome.failed.values().all(|failure| failure.unreachable), "{}", run.log);
            cloud.sim.set_outage(region(gone), None);
            settled(&cloud, &whole).await;

            // While destroying: the first run only disarms, so the second is the one that could lose too much.
            let cloud = deployed.fork();
            cloud.run(topology, Goal::Destroy, Options::default()).await.unwrap();
            let prepared = cloud.plan(topology, Goal::Destroy).await.unwrap();
            let lost = async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                cloud.sim.set_outage(region(gone), Some(outage));
            };
            let (run, ()) = tokio::join!(cloud.apply(topology, prepared), lost);
            let run = run.unwrap();
            assert!(run.outcome.failed.values().all(|failure| failure.unreachable), "{}", run.log);
            cloud.sim.set_outage(region(gone), None);
            for _ in 0..3 {
                cloud.run(topology, Goal::Destroy, Options::default()).await.unwrap();
            }
            assert_eq!(cloud.inventory(), Vec::<String>::new());
        }
    }
}

async fn debts_of(cloud: &polyregion_tests::cloud::Cloud) -> Vec<String> {
    let reading = cloud.look(storefront::topology()).await;
    reading.state.map(|state| state.debts.keys().map(ToString::to_string).collect()).unwrap_or_default()
}

/// With the region back, the next run leaves nothing owed, and everything once.
async fn settled(cloud: &polyregion_tests::cloud::Cloud, whole: &[String]) {
    let run = cloud.run(storefront::topology(), Goal::Deploy, Options::default()).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert_eq!(cloud.inventory(), whole);
    assert_eq!(debts_of(cloud).await, Vec::<String>::new());
    assert!(cloud.plan(storefront::topology(), Goal::Deploy).await.unwrap().plan.is_converged());
}
