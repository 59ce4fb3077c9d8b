//! The policies that `policy` prints, enforced by the simulated AWS: enough for each command, and nothing that no command
//! needs. Not here: the policies (`polyregion::permissions`).

use std::collections::BTreeSet;

use polyregion::Topology;
use polyregion::engine::{EngineError, Options};
use polyregion::permissions::{Purpose, policy};
use polyregion::plan::Goal;
use polyregion_examples::storefront;
use polyregion_tests::cloud::{Cloud, Run};
use serde_json::Value;

fn permit(cloud: &Cloud, document: &Value) {
    cloud.sim.set_permissions(Some(vec![document.to_string()])).unwrap();
}

fn success(run: &Result<Run, EngineError>) -> Result<(), String> {
    match run {
        Ok(run) if run.outcome.is_success() && run.plan.deferred.is_empty() => Ok(()),
        Ok(run) => Err(format!("{:?} {:?}", run.outcome.failed.values(), run.plan.deferred)),
        Err(error) => Err(error.to_string()),
    }
}

async fn deploy(cloud: &Cloud, topology: &Topology) -> Result<(), String> {
    success(&cloud.run(topology, Goal::Deploy, Options::default()).await)
}

async fn destroy(cloud: &Cloud, topology: &Topology) -> Result<(), String> {
    success(&cloud.destroy(topology).await)
}

#[tokio::test(start_paused = true)]
async fn each_policy_is_enough_for_its_command_and_no_more() {
    let topology = storefront::topology();
    let cloud = Cloud::new(topology).unwrap();
    for purpose in [Purpose::Plan, Purpose::Apply, Purpose::Destroy] {
        insta::assert_snapshot!(
            format!("policy_{purpose:?}").to_lowercase(),
            format!("{:#}", policy(topology, purpose))
        );
    }
    let inventory = cloud.inventory();
    permit(&cloud, &policy(topology, Purpose::Plan));
    let plan = cloud.plan(topology, Goal::Deploy).await.unwrap().plan;
    assert!(plan.deferred.is_empty(), "{:?}", plan.deferred);
    let error = deploy(&cloud, topology).await.unwrap_err();
    assert!(error.contains("AccessDenied"), "{error}");
    assert_eq!(cloud.inventory(), inventory);

    permit(&cloud, &policy(topology, Purpose::Apply));
    deploy(&cloud, topology).await.unwrap();
    let inventory = cloud.inventory();
    permit(&cloud, &policy(topology, Purpose::Plan));
    assert!(cloud.plan(topology, Goal::Deploy).await.unwrap().plan.is_converged());
    // Who may deploy may not destroy: what holds data stays.
    permit(&cloud, &policy(topology, Purpose::Apply));
    let error = destroy(&cloud, topology).await.unwrap_err();
    assert!(error.contains("AccessDenied"), "{error}");
    let data = |lines: Vec<String>| {
        let holds =
            |line: &String| ["dynamodb", "rds cluster", "s3"].iter().any(|kind| line.starts_with(kind));
        lines.into_iter().filter(holds).collect::<Vec<_>>()
    };
    assert_eq!(data(cloud.inventory()), data(inventory));
    permit(&cloud, &policy(topology, Purpose::Destroy));
    destroy(&cloud, topology).await.unwrap();
    assert_eq!(cloud.inventory(), Vec::<String>::new());
}

/// The same policy without one action.
fn without(document: &Value, action: &str) -> Value {
    let mut document = document.clone();
    for statement in document["Statement"].as_array_mut().unwrap() {
        statement["Action"].as_array_mut().unwrap().retain(|granted| granted != action);
    }
    document["Statement"]
        .as_array_mut()
        .unwrap()
        .retain(|statement| statement["Action"] != serde_json::json!([]));
    document
}

fn actions(document: &Value) -> BTreeSet<String> {
    let statements = document["Statement"].as_array().unwrap().iter();
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// Each action is taken away, and the command must fail without it. Those that it does not fail without are for edits, for
/// what the simulated AWS does not ask for, or for other ways; the snapshot names them.
#[tokio::test(start_paused = true)]
async fn no_action_is_granted_in_vain() {
    let topology = storefront::topology();
    let empty = Cloud::new(topology).unwrap();
    let full = empty.fork();
    deploy(&full, topology).await.unwrap();
    let mut spare = Vec::new();
    for (purpose, base) in [(Purpose::Apply, &empty), (Purpose::Destroy, &full)] {
        let document = policy(topology, purpose);
        for action in actions(&document) {
            let cloud = base.fork();
            permit(&cloud, &without(&document, &action));
            let result = match purpose {
                Purpose::Plan | Purpose::Apply => deploy(&cloud, topology).await,
                Purpose::Destroy => destroy(&cloud, topology).await,
            };
            if result.is_ok() {
                spare.push(format!("{purpose:?} {action}"));
            }
        }
    }
    insta::assert_snapshot!(spare.join("\n"));
}
