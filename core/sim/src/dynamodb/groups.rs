//! Groups of replicas with strong consistency: three regions that come together and go together (DDB-100 to DDB-106). Not here: items.

use std::collections::BTreeSet;

use polyregion_model::Region;
use serde_json::Value;

use super::replicas::{CREATING_SECONDS, DELETING_SECONDS, create, delete, members, not_part, transition};
use super::validation;
use crate::fault::ApiError;
use crate::world::World;

/// Regions of such a table.
const REGIONS: usize = 3;

/// Of a table with TTL that would be one, and the reverse.
pub(super) fn no_ttl() -> ApiError {
    validation("Time To Live is not supported for global tables with MultiRegionConsistency set to STRONG")
}

/// The regions that updates name with an action, each with the action's parameters.
fn named<'a>(updates: &'a [Value], action: &str) -> Vec<(String, &'a Value)> {
    let named = updates.iter().filter_map(|update| update.get(action));
    named.map(|named| (named["RegionName"].as_str().unwrap_or_default().to_owned(), named)).collect()
}

/// One call with all members, and the witness. Where AWS's words are not known (a group that changes in part), they are ours.
pub(super) fn update(
    world: &mut World,
    region: &str,
    name: &str,
    replicas: &[Value],
    witnesses: &[Value],
    asks_strong: bool,
) -> Result<(), ApiError> {
    let (added, removed) = (named(replicas, "Create"), named(replicas, "Delete"));
    let (added_witness, removed_witness) = (named(witnesses, "Create"), named(witnesses, "Delete"));
    let others = replicas.len() + witnesses.len();
    if added.len() + removed.len() + added_witness.len() + removed_witness.len() != others {
        return Err(ApiError::unsimulated("changes of strongly consistent replicas"));
    }
    if !removed.is_empty() || !removed_witness.is_empty() {
        let regions = |named: &[(String, &Value)]| named.iter().map(|(region, _)| region.clone()).collect();
        return leave(world, region, name, &regions(&removed), &regions(&removed_witness));
    }
    join(world, region, name, &added, added_witness.first().map(|(region, _)| region.clone()), asks_strong)
}

fn join(
    world: &mut World,
    region: &str,
    name: &str,
    added: &[(String, &Value)],
    witness: Option<String>,
    asks_strong: bool,
) -> Result<(), ApiError> {
    let now = world.now;
    let Some(source) = world.tables.get_mut(region).and_then(|tables| tables.get_mut(name)) else {
        return Ok(());
    };
    let is_new = source.replicas.is_empty() && !source.is_strong;
    if !asks_strong || !is_new {
        return Err(validation(
            "MultiRegionConsistency is set when the first replicas are added, and never changed",
        ));
    }
    if source.ttl.is_some() {
        return Err(no_ttl());
    }
    if source.indexes.values().any(|index| index.local) {
        return Err(validation(
            "Local secondary indexes are not supported for global tables with MultiRegionConsistency set to STRONG",
        ));
    }
    let names = || added.iter().map(|(region, _)| region).chain(&witness);
    let distinct: BTreeSet<&str> = names().map(String::as_str).chain([region]).collect();
    if distinct.len() != REGIONS || 1 + names().count() != REGIONS || added.is_empty() {
        return Err(validation(
            "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG",
        ));
    }
    let set = |code: &str| Region::from_code(code).and_then(|region| region.info().mrsc);
    let home = set(region);
    let odd: Vec<&str> = distinct.into_iter().filter(|code| home.is_none() || set(code) != home).collect();
    if !odd.is_empty() {
        return Err(validation(format!(
            "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [{}].",
            odd.join(", ")
        )));
    }
    source.is_strong = true;
    let until = now + CREATING_SECONDS;
    source.witness = witness.map(|region| (region, transition("CREATING", until)));
    for (target, parameters) in added {
        let made = create(world, region, name, target, parameters);
        if made.is_err() {
            // All of it, or nothing: the first is refused before anything is made, and the others have no reason of their own.
            if let Some(source) = world.tables.get_mut(region).and_then(|tables| tables.get_mut(name)) {
                (source.is_strong, source.witness) = (false, None);
            }
            return made;
        }
    }
    Ok(())
}

/// What is left is a table of one region.
fn leave(
    world: &mut World,
    region: &str,
    name: &str,
    removed: &BTreeSet<String>,
    removed_witness: &BTreeSet<String>,
) -> Result<(), ApiError> {
    let now = world.now;
    let all: BTreeSet<String> =
        members(&world.tables, region, name).into_iter().filter(|member| member != region).collect();
    if let Some(target) = removed.iter().find(|target| !all.contains(*target)) {
        return Err(not_part(target));
    }
    let source = world.tables.get(region).and_then(|tables| tables.get(name));
    let witness: BTreeSet<String> = source
        .and_then(|source| source.witness.as_ref())
        .map(|(region, _)| region.clone())
        .into_iter()
        .collect();
    if *removed != all || *removed_witness != witness {
        return Err(validation(
            "Replicas of a global table with MultiRegionConsistency set to STRONG are deleted together, with its witness",
        ));
    }
    let protected = |target: &&String| {
        let there = world.tables.get(*target).and_then(|tables| tables.get(name));
        there.is_some_and(|table| table.deletion_protection)
    };
    if let Some(target) = removed.iter().find(protected) {
        // Says which.
        return delete(world, region, name, target);
    }
    for target in removed {
        delete(world, region, name, target)?;
    }
    if let Some(source) = world.tables.get_mut(region).and_then(|tables| tables.get_mut(name)) {
        let until = now + DELETING_SECONDS;
        source.witness = source.witness.take().map(|(region, _)| (region, transition("DELETING", until)));
    }
    Ok(())
}

/// Lets a witness be there, or go, and a group end whose members are gone.
pub(super) fn advance(table: &mut super::Table, now: f64) {
    if let Some((_, transition)) = &mut table.witness
        && transition.as_ref().is_some_and(|transition| transition.until <= now)
    {
        if transition.as_ref().is_some_and(|transition| transition.status == "DELETING") {
            table.witness = None;
        } else {
            *transition = None;
        }
    }
    table.is_strong &= !table.replicas.is_empty() || table.witness.is_some();
}
