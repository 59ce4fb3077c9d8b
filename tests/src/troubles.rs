//! What users of other tools complain about, by the numbers of a survey of public issue trackers: a scenario for each, and what is
//! wished for. Rows without one:
//! D10 (a replica can only be declared in `replicas`, so there is nothing that could fight). Not here: what is wished for of state and
//! outages (`custody`, `outage`, `concurrency`, `kill`).

mod adopt;
mod buckets;
mod clusters;
mod records;
mod strong;
mod tables;
mod zones;

use polyregion::Topology;
use polyregion::plan::{Goal, Plan};
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology;

/// A cloud on which these items are deployed, and planning again is empty.
async fn deployed(items: &str) -> (Cloud, Topology) {
    let declared = topology(items).unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    converge(&cloud, &declared).await;
    (cloud, declared)
}

/// Deploys, and makes sure that planning again is empty. Returns the log.
async fn converge(cloud: &Cloud, declared: &Topology) -> String {
    let run = cloud.deploy(declared).await.unwrap();
    assert!(plan(cloud, declared).await.is_converged());
    run.log
}

async fn plan(cloud: &Cloud, declared: &Topology) -> Plan {
    cloud.plan(declared, Goal::Deploy).await.unwrap().plan
}

/// What a plan changes, as `address: field, field`.
fn changes(plan: &Plan) -> Vec<String> {
    let fields = |change: &polyregion::plan::Change| {
        let fields: Vec<String> = change.fields.iter().map(|change| change.field.to_string()).collect();
        format!("{}: {}", change.address, fields.join(", "))
    };
    plan.changes.iter().map(fields).collect()
}

/// A client of a service, in a region, as somebody else would have it.
macro_rules! client {
    ($service:ident, $cloud:expr, $region:literal) => {{
        let sdk = polyregion::local::sdk_config(&$cloud.sim);
        let region = aws_config::Region::from_static($region);
        $service::Client::from_conf($service::config::Builder::from(&sdk).region(region).build())
    }};
}
use client;
