//! API calls of the storefront. Not here: times.

use polyregion::Topology;
use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion_examples::storefront;
use polyregion_tests::cloud::Cloud;
use serde_json::{Value, json};

use super::in_virtual_time;
use super::minimum::{Minimum, total};

pub(super) fn measure() -> Result<Value, String> {
    in_virtual_time(count(storefront::topology()))
}

async fn count(topology: &Topology) -> Result<Value, String> {
    let cloud = Cloud::new(topology)?;
    // The copies of the state are counted apart: AWS forces nobody to keep any.
    let run =
        cloud.run(topology, Goal::Deploy, Options::default()).await.map_err(|error| error.to_string())?;
    if !run.outcome.is_success() {
        return Err(format!("the deploy failed: {:?}", run.outcome.failed));
    }
    let (deploy_calls, deploy_state_calls) = counted(&cloud);
    // Of the calls that make the buckets of the state, three are made for other buckets too.
    let making = 3 * topology.regions().len();
    let (deploy_calls, deploy_state_calls) = (deploy_calls - making, deploy_state_calls + making);
    let again = cloud.plan(topology, Goal::Deploy).await.map_err(|error| error.to_string())?;
    if !again.plan.is_converged() {
        return Err("planning again is not empty".to_owned());
    }
    let (plan_calls, plan_state_calls) = counted(&cloud);
    let minimum = Minimum::of(topology);
    Ok(json!({
        "deploy_calls": deploy_calls,
        "deploy_calls_min": total(&minimum.deploy),
        "plan_calls": plan_calls,
        "plan_calls_min": total(&minimum.plan),
        "deploy_state_calls": deploy_state_calls,
        "plan_state_calls": plan_state_calls,
    }))
}

/// The calls since the last count: those for the topology, and those for the copies of its state.
fn counted(cloud: &Cloud) -> (usize, usize) {
    let calls = cloud.sim.calls();
    cloud.sim.reset_calls();
    let is_for_state = |operation: &str| {
        // Of a mirror's buckets these are never called.
        ["GetObject", "PutObject", "PutPublicAccessBlock", "PutBucketEncryption"].contains(&operation)
    };
    let state = calls.iter().filter(|call| is_for_state(&call.operation)).count();
    (calls.len() - state, state)
}
