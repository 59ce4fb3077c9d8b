//! Large topologies: API calls and change batches, counted by the simulated AWS, beside the least that AWS forces; how long applying
//! takes beside its critical path, in virtual time, also when AWS throttles; what planning costs this machine, in a process of its own.
//! Not here: how the topologies are made (`polyregion_tests::scale`).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use polyregion::Topology;
use polyregion::apply::{Event, EventKind};
use polyregion::plan::{Goal, StepId};
use polyregion_examples::storefront;
use polyregion_sim::{Calls, Rate, Rates};
use polyregion_tests::cloud::{Cloud, Run};
use polyregion_tests::{matrix, scale};
use serde_json::{Map, Value, json};

use super::in_virtual_time;
use super::minimum::{Minimum, Operations};
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

    let mut operations = Map::new();
    let fleets = [
        ("10000", scale::records(10_000, 0)?),
        ("100x3", scale::tables(100)?),
        ("50_buckets", scale::buckets(50)?),
        ("20_clusters", scale::clusters(20)?),
        ("200_checks", scale::health_checks(200, 60)?),
        ("seed", storefront::topology().clone()),
    ];
    for (name, topology) in &fleets {
        let least = Minimum::of(topology);
        let (cloud, run) = deployed(topology, None).await?;
        let made = cloud.sim.calls();
        set(&format!("deploy_{name}_calls"), json!(made.len()));
        set(&format!("makespan_ratio_{name}"), json!(makespan_ratio(&run)));
        operations.insert(format!("deploy {name}"), beside(&made, &least.deploy));
        let made = plan_calls(&cloud, topology).await?;
        set(&format!("plan_{name}_calls"), json!(made.len()));
        operations.insert(format!("plan {name}"), beside(&made, &least.plan));

        let unthrottled = makespan(&run);
        let (cloud, run) = deployed(topology, Some(realistic())).await?;
        set(&format!("throttled_makespan_{name}_s"), json!(makespan(&run).as_secs()));
        set(&format!("unthrottled_makespan_{name}_s"), json!(unthrottled.as_secs()));
        set(&format!("throttled_{name}_refused"), json!(cloud.sim.calls().throttled()));
        // Whatever fails ends the measure with an error.
        set(&format!("throttled_{name}_failed"), json!(run.outcome.failed.len()));
    }
    set("operations", Value::Object(operations));

    let records = scale::records(10_000, 0)?;
    let (cloud, _) = deployed(&records, None).await?;
    set("deploy_10000_batches", json!(batches(&cloud)));
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
    Ok(Value::Object(figures))
}

/// Rates of an account: those that Route 53 publishes, and an assumption for those that nobody publishes.
fn realistic() -> Rates {
    let assumed = [("dynamodb", 50.0, 10.0), ("rds", 30.0, 5.0), ("s3", 100.0, 50.0), ("iam", 30.0, 10.0)];
    assumed.into_iter().fold(Rates::published(), |rates, (service, burst, per_second)| {
        rates.with(service, "", Rate { burst, per_second })
    })
}

/// A new AWS on which a topology is deployed.
async fn deployed(topology: &Topology, rates: Option<Rates>) -> Result<(Cloud, Run), String> {
    let cloud = Cloud::new(topology)?;
    cloud.sim.set_throttling(rates);
    let run = cloud.deploy(topology).await?;
    Ok((cloud, run))
}

/// How many calls changed records.
fn batches(cloud: &Cloud) -> usize {
    cloud.sim.calls().iter().filter(|call| call.operation == "ChangeResourceRecordSets").count()
}

/// The calls of planning what is deployed again, those for the copies of the state included.
async fn plan_calls(cloud: &Cloud, topology: &Topology) -> Result<Calls, String> {
    cloud.sim.reset_calls();
    let again = cloud.plan(topology, Goal::Deploy).await.map_err(|error| error.to_string())?;
    if again.plan.is_converged() {
        Ok(cloud.sim.calls())
    } else {
        Err("planning again is not empty".to_owned())
    }
}

/// The calls of each operation that were made, beside the least that AWS forces.
fn beside(made: &Calls, least: &Operations) -> Value {
    let made = made.by_operation();
    let operations: Map<String, Value> = made
        .keys()
        .chain(least.keys())
        .map(|operation| {
            let count = |operations: &Operations| operations.get(operation).copied().unwrap_or_default();
            (operation.clone(), json!({ "made": count(&made), "least": count(least) }))
        })
        .collect();
    Value::Object(operations)
}

/// How long applying took.
fn makespan(run: &Run) -> Duration {
    run.events.last().map(|event| event.at).unwrap_or_default()
}

/// How long applying took, beside the longest chain of its steps with the time that each of them took.
fn makespan_ratio(run: &Run) -> f64 {
    let mut began: BTreeMap<StepId, Duration> = BTreeMap::new();
    let mut took: BTreeMap<StepId, Duration> = BTreeMap::new();
    for Event { at, kind } in &run.events {
        match kind {
            EventKind::StepStarted { step } => {
                began.insert(*step, *at);
            }
            EventKind::StepDone { step } | EventKind::StepFailed { step, .. } => {
                took.insert(*step, at.saturating_sub(began.get(step).copied().unwrap_or_default()));
            }
            EventKind::Started { .. }
            | EventKind::Waiting { .. }
            | EventKind::Blocked { .. }
            | EventKind::Finished { .. } => {}
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
    (makespan(run).as_secs_f64() / critical_path.as_secs_f64().max(f64::EPSILON) * 100.0).round() / 100.0
}
