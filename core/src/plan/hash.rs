//! The hash of a plan: what consent and a saved plan are bound to. Not here: checking it (`engine`).

use std::collections::BTreeMap;

use polyregion_model::{Address, Region};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Goal, Plan};
use crate::observed::{Observation, World};

/// What a plan depends on besides what is declared and observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The endpoints that are used instead of AWS's own, by service.
    pub endpoints: BTreeMap<String, String>,
    /// The lineage of the recorded state.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
}

/// The first 16 hexadecimal digits of the SHA-256 of all that a plan shows, of what it was made from, and of where it
/// would be applied. Enough to tell plans apart; it protects nobody from a forger, who would need the state's bucket anyway.
///
/// Two plans go into it: the one without any consent and the one with consent for everything. What consent would do belongs
/// to what is consented to.
pub fn hash(plain: &Plan, consented: &Plan, world: &World, surroundings: &Surroundings) -> String {
    let Surroundings { endpoints, lineage, serial } = surroundings;
    let down: Vec<&Region> = world.down.keys().collect();
    let unmanaged: Vec<&String> = world.unmanaged.iter().map(|unmanaged| &unmanaged.what).collect();
    let value = json!({
        "plain": described(plain),
        "consented": described(consented),
        "observed": observed(&world.resources),
        "unmanaged": unmanaged,
        "down": down,
        "endpoints": endpoints,
        "lineage": lineage,
        "serial": serial,
    });
    let digest = Sha256::digest(value.to_string());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// All of a plan that matters: not where in a file something is declared, and not in which words AWS did not answer.
fn described(plan: &Plan) -> Value {
    let Plan {
        topology,
        account,
        goal,
        changes,
        steps,
        deferred,
        conflicts,
        kept,
        notes: _,
        unchanged,
        known,
    } = plan;
    let changes: Vec<Value> = changes
        .iter()
        .map(|change| {
            json!([
                change.address.to_string(),
                change.action,
                change.reason,
                change.fields,
                change.control_plane.code()
            ])
        })
        .collect();
    let operations: Vec<String> = steps.iter().map(|step| format!("{:?}", step.operation)).collect();
    let known: BTreeMap<String, &String> =
        known.iter().map(|(address, id)| (address.to_string(), id)).collect();
    let deferred: Vec<(String, Option<Region>)> =
        deferred.iter().map(|deferred| (deferred.address.to_string(), deferred.region)).collect();
    let conflicts: Vec<(String, &String)> =
        conflicts.iter().map(|conflict| (conflict.address.to_string(), &conflict.what)).collect();
    json!({
        "topology": topology,
        "account": account,
        "goal": match goal { Goal::Deploy => "deploy", Goal::Destroy => "destroy" },
        "changes": changes,
        "operations": operations,
        "deferred": deferred,
        "conflicts": conflicts,
        "kept": kept,
        "unchanged": unchanged,
        "known": known,
    })
}

/// What was observed, without what AWS changes by itself.
fn observed(resources: &BTreeMap<Address, Observation>) -> BTreeMap<String, Value> {
    let one = |observation: &Observation| match observation {
        Observation::Present(observed) => {
            let attributes: BTreeMap<&str, String> =
                observed.attributes.iter().map(|(field, value)| (field.name(), value.to_string())).collect();
            json!({ "id": observed.physical_id, "owner": format!("{:?}", observed.owner), "attributes": attributes })
        }
        Observation::Absent => json!("absent"),
        Observation::Unknown(_) => json!("unknown"),
    };
    resources.iter().map(|(address, observation)| (address.to_string(), one(observation))).collect()
}
