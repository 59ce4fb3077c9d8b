//! A plan in a file. It holds no steps: whoever applies it plans again, and goes on only if the plan is the same. So a file
//! that was tampered with can't make anything happen. Not here: plans (`plan`) and their hashes.

use std::collections::BTreeMap;
use std::path::Path;

use polyregion_model::Topology;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::session::Problem;
use crate::plan::{Goal, Plan, Surroundings};
use crate::report::plan_json;

/// The format of the file.
const FORMAT: u32 = 1;
/// No plan is larger: a file that is, is something else.
const MAX_BYTES: u64 = 256 << 20;

/// A saved plan.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SavedPlan {
    polyregion_plan: u32,
    topology: String,
    account: String,
    goal: String,
    endpoints: BTreeMap<String, String>,
    lineage: String,
    serial: u64,
    pub(super) hash: String,
    /// For people and programs that review it.
    plan: Value,
}

fn name(goal: Goal) -> &'static str {
    match goal {
        Goal::Deploy => "deploy",
        Goal::Destroy => "destroy",
    }
}

impl SavedPlan {
    pub(super) fn of(plan: &Plan, hash: &str, surroundings: &Surroundings) -> Self {
        let Surroundings { endpoints, lineage, serial } = surroundings.clone();
        Self {
            polyregion_plan: FORMAT,
            topology: plan.topology.clone(),
            account: plan.account.clone(),
            goal: name(plan.goal).to_owned(),
            endpoints,
            lineage,
            serial,
            hash: hash.to_owned(),
            plan: plan_json(plan, hash),
        }
    }

    /// Writes it to a file, which may exist.
    pub(super) fn write(&self, file: &Path) -> Result<(), Problem> {
        let failed = |error: &dyn std::fmt::Display| {
            Problem::new(
                format!("can't write the plan to {}: {error}", file.display()),
                "check the folder and the disk",
            )
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        std::fs::write(file, text + "\n").map_err(|error| failed(&error))
    }

    /// Reads it from a file.
    pub(super) fn read(file: &Path) -> Result<Self, Problem> {
        let again = "make it again with `plan --out`";
        let unusable = |why: &dyn std::fmt::Display| {
            Problem::new(format!("can't use the plan in {}: {why}", file.display()), again)
        };
        let size = std::fs::metadata(file).map_err(|error| unusable(&error))?.len();
        if size > MAX_BYTES {
            return Err(unusable(&"it is too large to be one"));
        }
        let text = std::fs::read_to_string(file).map_err(|error| unusable(&error))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| unusable(&error))?;
        match value.get("polyregion_plan").and_then(Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => {
                let why = format!("it has format {format}, and this version knows formats up to {FORMAT}");
                return Err(Problem::new(
                    format!("can't use the plan in {}: {why}", file.display()),
                    "update polyregion",
                ));
            }
            Some(_) => {}
            None => return Err(unusable(&"it is no plan of polyregion")),
        }
        serde_json::from_value(value).map_err(|error| unusable(&error))
    }

    /// Checks what can be told before planning again; the hash tells the rest.
    pub(super) fn check(
        &self,
        topology: &Topology,
        goal: Goal,
        endpoints: &BTreeMap<String, String>,
    ) -> Result<(), Problem> {
        let mismatch = |what: &str, made: &str, now: &str| {
            Problem::new(
                format!("the plan was made for {what} {made}, and this is {what} {now}"),
                "apply it where it was made for, or make a plan for this",
            )
        };
        if self.topology != topology.name() {
            return Err(mismatch("topology", &self.topology, topology.name()));
        }
        if self.account != topology.account() {
            return Err(mismatch("account", &self.account, topology.account()));
        }
        if self.goal != name(goal) {
            return Err(mismatch("the command", &self.goal, name(goal)));
        }
        if self.endpoints != *endpoints {
            let text = |endpoints: &BTreeMap<String, String>| {
                let all: BTreeMap<&String, ()> = endpoints.values().map(|url| (url, ())).collect();
                let all: Vec<&str> = all.into_keys().map(String::as_str).collect();
                if all.is_empty() { "AWS".to_owned() } else { all.join(", ") }
            };
            return Err(mismatch("the endpoint", &text(&self.endpoints), &text(endpoints)));
        }
        Ok(())
    }
}
