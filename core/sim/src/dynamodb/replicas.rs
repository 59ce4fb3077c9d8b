//! Replicas: how they come and go, seen from every member. Not here: what they share.

use polyregion_model::Region;
use serde_json::Value;

use super::{Replica, Table, Tables, encryption, settings, validation};
use crate::fault::ApiError;
use crate::world::{Transition, World};

/// A new replica is listed by its source after 6 s, ...
const LISTED_AFTER: f64 = 6.0;
/// ... answers in its own region after 10 s, ...
const VISIBLE_AFTER: f64 = 10.0;
/// ... and is active after 14 to 49 s when the table is empty.
pub(super) const CREATING_SECONDS: f64 = 40.0;
/// A setting of a replica, as one of its table.
const OVERRIDING_SECONDS: f64 = 35.0;
/// A deleted replica leaves the lists after 97 to 244 s, ...
pub(super) const DELETING_SECONDS: f64 = 100.0;
/// ... and its own region 10 to 35 s later.
const GONE_AFTER: f64 = 20.0;
/// A replica that leaves waits for replication first; how long that takes without data is not documented.
const LEAVING_SECONDS: f64 = 60.0;

pub(super) fn transition(status: &str, until: f64) -> Option<Transition> {
    Some(Transition { status: status.to_owned(), until })
}

/// `ReplicaUpdates`: one action per call.
pub(super) fn update(world: &mut World, region: &str, name: &str, updates: &[Value]) -> Result<(), ApiError> {
    if updates.iter().any(|update| !update["Update"]["KMSMasterKeyId"].is_null()) {
        return Err(ApiError::unsimulated("other keys of replicas"));
    }
    let [update] = updates else {
        return Err(validation(
            "Update table operation with more than one create or delete replica actions not allowed",
        ));
    };
    let action = update.as_object().and_then(|update| update.iter().next());
    let Some((action, parameters)) = action else {
        return Err(validation(
            "There are no actions specified in the Replica Update Action of the request.",
        ));
    };
    let target = parameters["RegionName"].as_str().unwrap_or_default().to_owned();
    if action == "Disassociate" {
        return disassociate(world, region, name, &target, &parameters["DisassociationMode"]);
    }
    if target == region {
        return Err(validation(
            "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.",
        ));
    }
    if Region::from_code(&target).is_none() {
        return Err(validation(format!("Region {target} is not supported.")));
    }
    match action.as_str() {
        "Create" => create(world, region, name, &target, parameters),
        "Update" => override_source(world, region, name, &target, parameters),
        "Delete" => delete(world, region, name, &target),
        other => Err(ApiError::unsimulated(format!("the replica action {other}"))),
    }
}

/// The regions of all members.
pub(super) fn members(tables: &Tables, region: &str, name: &str) -> Vec<String> {
    let table = tables.get(region).and_then(|tables| tables.get(name));
    let others = table.into_iter().flat_map(|table| table.replicas.keys().cloned());
    std::iter::once(region.to_owned()).chain(others).collect()
}

/// Changes what a replica has of its own.
fn override_source(
    world: &mut World,
    region: &str,
    name: &str,
    target: &str,
    parameters: &Value,
) -> Result<(), ApiError> {
    let now = world.now;
    let tables = &mut world.tables;
    let there = tables.get_mut(target).and_then(|tables| tables.get_mut(name));
    let Some(there) = there.filter(|there| there.replicas.contains_key(region)) else {
        return Err(not_part(target));
    };
    settings::set_overrides(&mut there.settings, parameters)?;
    for member in [region, target] {
        if let Some(table) = tables.get_mut(member).and_then(|tables| tables.get_mut(name)) {
            table.transition = transition("UPDATING", now + OVERRIDING_SECONDS);
        }
    }
    Ok(())
}

pub(super) fn not_part(target: &str) -> ApiError {
    validation(format!(
        "Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [{target}]."
    ))
}

pub(super) fn create(
    world: &mut World,
    region: &str,
    name: &str,
    target: &str,
    parameters: &Value,
) -> Result<(), ApiError> {
    let (now, id, account) = (world.now, world.uuid(), world.account.clone());
    let tables = &mut world.tables;
    if tables.get(target).is_some_and(|tables| tables.contains_key(name)) {
        return Err(validation(format!(
            "Failed to create a the new replica of table with name: ‘{name}’ because one or more replicas already existed as tables."
        )));
    }
    let members = members(tables, region, name);
    let Some(source) = tables.get_mut(region).and_then(|tables| tables.get_mut(name)) else { return Ok(()) };
    let mut settings = settings::inherited(&source.settings);
    settings::set_overrides(&mut settings, parameters)?;
    // DynamoDB turns the stream on by itself. That of a strongly consistent replica is its own (DDB-108), and simulated as if not.
    source.stream.get_or_insert_with(|| "NEW_AND_OLD_IMAGES".to_owned());
    source.sourced.insert(target.to_owned());
    source.transition = transition("UPDATING", now + CREATING_SECONDS);
    settings.encryption = encryption::of_replica(&account, target, &source.settings.encryption, parameters)?;
    let settled = |_: &String| Replica { transition: None, listed_from: now, key: None };
    let replica = Table {
        id,
        settings,
        created: now,
        // Neither protection nor tags are the source's (DDB-054).
        deletion_protection: false,
        tags: Default::default(),
        former_tags: None,
        transition: transition("CREATING", now + CREATING_SECONDS),
        replicas: members.iter().map(|member| (member.clone(), settled(member))).collect(),
        visible_from: now + VISIBLE_AFTER,
        sourced: Default::default(),
        disassociation_protection: true,
        leaves_at: None,
        ..source.clone()
    };
    tables.entry(target.to_owned()).or_default().insert(name.to_owned(), replica);
    for member in members {
        if let Some(table) = tables.get_mut(&member).and_then(|tables| tables.get_mut(name)) {
            let creating = transition("CREATING", now + CREATING_SECONDS);
            table.replicas.insert(
                target.to_owned(),
                Replica { transition: creating, listed_from: now + LISTED_AFTER, key: None },
            );
        }
    }
    encryption::tell(tables, region, name);
    Ok(())
}

pub(super) fn delete(world: &mut World, region: &str, name: &str, target: &str) -> Result<(), ApiError> {
    let now = world.now;
    let tables = &mut world.tables;
    let members = members(tables, region, name);
    if !members.iter().any(|member| member == target) {
        return Err(not_part(target));
    }
    let there = tables.get(target).and_then(|tables| tables.get(name));
    if there.is_some_and(|table| table.deletion_protection) {
        return Err(validation(format!(
            "Cannot delete table {name} in region {target} because it has deletion protection enabled. Disable deletion protection first."
        )));
    }
    for member in members {
        let Some(table) = tables.get_mut(&member).and_then(|tables| tables.get_mut(name)) else { continue };
        if member == target {
            table.transition = transition("DELETING", now + DELETING_SECONDS + GONE_AFTER);
            continue;
        }
        if let Some(replica) = table.replicas.get_mut(target) {
            replica.transition = transition("DELETING", now + DELETING_SECONDS);
        }
        if member == region {
            table.transition = transition("UPDATING", now + DELETING_SECONDS);
        }
    }
    Ok(())
}

/// Takes the replica of this region out of its global table and keeps it as a table on its own (Developer Guide,
/// "Disassociating a global table replica"). Each refusal is documented, its words are not: they are ours.
fn disassociate(
    world: &mut World,
    region: &str,
    name: &str,
    target: &str,
    mode: &Value,
) -> Result<(), ApiError> {
    let now = world.now;
    let tables = &mut world.tables;
    let members = members(tables, region, name);
    let Some(table) = tables.get_mut(region).and_then(|tables| tables.get_mut(name)) else { return Ok(()) };
    let problem = if table.is_strong {
        Some(
            "A replica of a global table with MultiRegionConsistency set to STRONG can't be disassociated."
                .to_owned(),
        )
    } else if target != region {
        Some(format!("A replica is disassociated in its own region: send the request to {target}."))
    } else if mode != "WAIT_FOR_REPLICATION" {
        Some("DisassociationMode must be WAIT_FOR_REPLICATION.".to_owned())
    } else if table.replicas.is_empty() {
        Some(format!("Table {name} is not a replica of a global table."))
    } else if table.disassociation_protection {
        Some(format!("Replica {name} in {region} has disassociation protection enabled. Disable it first."))
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(validation(problem));
    }
    let until = now + LEAVING_SECONDS;
    table.transition = transition("UPDATING", until);
    table.leaves_at = Some(until);
    for member in members.iter().filter(|member| *member != region) {
        let table = tables.get_mut(member).and_then(|tables| tables.get_mut(name));
        if let Some(replica) = table.and_then(|table| table.replicas.get_mut(region)) {
            replica.transition = transition("UPDATING", until);
        }
    }
    Ok(())
}

/// Lets tables leave that are due: they no longer know the other members, nor these them. Whether one that leaves still
/// counts as made from its source, which keeps that from being deleted, is not documented; here it does not.
fn leave(tables: &mut Tables, now: f64) {
    let mut left = Vec::new();
    for (region, tables) in tables.iter_mut() {
        for (name, table) in
            tables.iter_mut().filter(|(_, table)| table.leaves_at.is_some_and(|at| at <= now))
        {
            table.leaves_at = None;
            table.disassociation_protection = true;
            table.replicas.clear();
            table.sourced.clear();
            left.push((region.clone(), name.clone()));
        }
    }
    for (region, name) in left {
        for table in tables.values_mut().filter_map(|tables| tables.get_mut(&name)) {
            table.replicas.remove(&region);
            table.sourced.remove(&region);
        }
    }
}

/// Lets replicas arrive and leave that are due.
pub(super) fn advance(tables: &mut Tables, now: f64) {
    leave(tables, now);
    for table in tables.values_mut().flat_map(|tables| tables.values_mut()) {
        table.replicas.retain(|_, replica| {
            let due = replica.transition.as_ref().is_some_and(|transition| transition.until <= now);
            let leaves =
                due && replica.transition.as_ref().is_some_and(|transition| transition.status == "DELETING");
            if due {
                replica.transition = None;
            }
            !leaves
        });
    }
}
