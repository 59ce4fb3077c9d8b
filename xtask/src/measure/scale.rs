//! Large topologies: API calls and change batches, counted by the simulated AWS, and how long applying takes beside its critical
//! path, in virtual time; what planning costs this machine, in a process of its own. Not here: how the topologies are made
//! (`polyregion_tests::scale`).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use polyregion::Topology;
use polyregion::apply::{Event, EventKind};
use polyregion::plan::{Goal, StepId};
use polyregion_examples::storefront;
use polyregion_tests::cloud::{Cloud, Run};
use polyregion_tests::{matrix, scale};
use serde_json::{Map, Value, json};

use super::in_virtual_time;
use crate::run::cargo_output;

pub(super) fn measure(root: &Path) -> Result<Value, String> {
    let mut figures = in_virtual_time(figures())?;
    for records in [10_000, 30_000] {
        let cost = cost(root, records)?;
        for (figure, name) in
            [("diff_ms", "diff_N_ms"), ("plan_ms", "plan_N_ms"), ("plan_peak_mib", "plan_N_peak_mib")]
        {
            figures[name.replace('N', &records.to_string())] = cost[figure].clone();
        }
    }
    Ok(figures)
}

/// What planning so many records costs, our crates optimised.
fn cost(root: &Path, records: usize) -> Result<Value, String> {
    let program = ["run", "--quiet", "--profile", "measure", "-p", "polyregion-tests", "--bin", "plan_cost"];
    let output = cargo_output(root, &[program.as_slice(), &["--", &records.to_string()]].concat())?;
    serde_json::from_str(&output).map_err(|error| format!("plan_cost says `{output}`: {error}"))
}

async fn figures() -> Result<Value, String> {
    let mut figures = Map::new();
    let mut set = |name: &str, value: Value| figures.insert(name.to_owned(), value);

    let records = scale::records(10_000, 0)?;
    let (cloud, run) = deployed(&records).await?;
    set("deploy_10000_calls", json!(cloud.sim.calls().len()));
    set("deploy_10000_batches", json!(batches(&cloud)));
    set("makespan_ratio_10000", json!(makespan_ratio(&run)));
    set("plan_10000_calls", json!(plan_calls(&cloud, &records).await?));
    cloud.sim.reset_calls();
    cloud.deploy(&scale::records(10_000, 4)?).await?;
    set("a_to_cname_change_calls", json!(batches(&cloud)));

    // All that is left of it is the zone, which takes consent: it could be a mistake.
    cloud.sim.reset_calls();
    let none = scale::records(0, 0)?;
    let consent = cloud.consent_to_all(&none, Goal::Deploy).await.map_err(|error| error.to_string())?;
    let run = cloud.run(&none, Goal::Deploy, consent).await.map_err(|error| error.to_string())?;
    if !run.outcome.is_success() || plan_calls(&cloud.fork(), &none).await.is_err() {
        return Err(format!("the records did not go: {:?}", run.outcome.failed));
    }
    set("remove_10000_batches", json!(batches(&cloud)));

    let (tried, failed) = matrix::try_cells(|_| true).await?;
    set("matrix_cells", json!(tried));
    set("matrix_failures", json!(failed.len()));
    set("violations", json!(failed.len()));
    if !failed.is_empty() {
        set("matrix_failed", json!(failed));
    }

    let fleets = [
        ("100x3", scale::tables(100)?),
        ("50_buckets", scale::buckets(50)?),
        ("20_clusters", scale::clusters(20)?),
        ("seed", storefront::topology().clone()),
    ];
    for (name, topology) in fleets {
        let (cloud, run) = deployed(&topology).await?;
        set(&format!("deploy_{name}_calls"), json!(cloud.sim.calls().len()));
        set(&format!("makespan_ratio_{name}"), json!(makespan_ratio(&run)));
        set(&format!("plan_{name}_calls"), json!(plan_calls(&cloud, &topology).await?));
    }
    Ok(Value::Object(figures))
}

/// A new AWS on which a topology is deployed.
async fn deployed(topology: &Topology) -> Result<(Cloud, Run), String> {
    let cloud = Cloud::new(topology)?;
    let run = cloud.deploy(topology).await?;
    Ok((cloud, run))
}

/// How many calls changed records.
fn batches(cloud: &Cloud) -> usize {
    cloud.sim.calls().iter().filter(|call| call.operation == "ChangeResourceRecordSets").count()
}

/// The calls of planning what is deployed again, those for the copies of the state included.
async fn plan_calls(cloud: &Cloud, topology: &Topology) -> Result<usize, String> {
    cloud.sim.reset_calls();
    let again = cloud.plan(topology, Goal::Deploy).await.map_err(|error| error.to_string())?;
    if again.plan.is_converged() {
        Ok(cloud.sim.calls().len())
    } else {
        Err("planning again is not empty".to_owned())
    }
}

/// How long applying took, beside the longest chain of its steps with the time that each of them took.
fn makespan_ratio(run: &Run) -> f64 {
    let mut began: BTreeMap<StepId, Duration> = BTreeMap::new();
    let mut took: BTreeMap<StepId, Duration> = BTreeMap::new();
    let mut makespan = Duration::ZERO;
    for Event { at, kind } in &run.events {
        match kind {
            EventKind::StepStarted { step } => {
                began.insert(*step, *at);
            }
            EventKind::StepDone { step } | EventKind::StepFailed { step, .. } => {
                took.insert(*step, at.saturating_sub(began.get(step).copied().unwrap_or_default()));
            }
            EventKind::Finished { .. } => makespan = *at,
            EventKind::Started { .. } | EventKind::Waiting { .. } | EventKind::Blocked { .. } => {}
        }
    }
    // Steps wait for earlier ones only, so one pass is enough.
    let mut ends: BTreeMap<StepId, Duration> = BTreeMap::new();
    for step in &run.plan.steps {
        let before = step.needs.union(&step.after).filter_map(|earlier| ends.get(earlier)).max();
        let own = took.get(&step.id).copied().unwrap_or_default();
        ends.insert(step.id, before.copied().unwrap_or_default() + own);
    }
    let critical_path = ends.values().max().copied().unwrap_or_default();
    (makespan.as_secs_f64() / critical_path.as_secs_f64().max(f64::EPSILON) * 100.0).round() / 100.0
}
