//! `UpdateTable`: one kind of change at a time, on a table at rest. Not here: what replicas go through.

use serde_json::{Map, Value, json};

use super::tables::description;
use super::{encryption, groups, indexes, replicas, settings};
use super::{find, in_use, only, text, validation};
use crate::fault::ApiError;
use crate::world::{Transition, World};

/// A setting of a table on its own.
const UPDATING_SECONDS: f64 = 5.0;
/// A setting of a member of a global table: 34 to 39 s.
const UPDATING_MEMBER_SECONDS: f64 = 35.0;

pub(super) fn update(world: &mut World, region: &str, body: &Map<String, Value>) -> Result<Value, ApiError> {
    const KINDS: [&str; 10] = [
        "ReplicaUpdates",
        "DisassociationProtectionEnabled",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexUpdates",
        "StreamSpecification",
        "TableClass",
        "OnDemandThroughput",
        "WarmThroughput",
        "SSESpecification",
        "BillingMode",
    ];
    const OF_GROUPS: [&str; 4] =
        ["TableName", "AttributeDefinitions", "MultiRegionConsistency", "GlobalTableWitnessUpdates"];
    only(body, &[OF_GROUPS.as_slice(), KINDS.as_slice()].concat())?;
    let (name, now, account) = (text(body, "TableName").to_owned(), world.now, world.account.clone());
    let kinds: Vec<&str> =
        KINDS.into_iter().filter(|kind| body.get(*kind).is_some_and(|value| !value.is_null())).collect();
    let kind = match kinds.as_slice() {
        [] => {
            return Err(validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates or DeletionProtectionEnabled is required",
            ));
        }
        [kind] => *kind,
        ["ReplicaUpdates", ..] => {
            return Err(validation(
                "One or more parameter values were invalid: Replica modification must be the only operation in the request",
            ));
        }
        // Documented as refused (API reference, `UpdateTable`); the words are ours.
        ["DisassociationProtectionEnabled", ..] => {
            return Err(validation(
                "One or more parameter values were invalid: DisassociationProtection modification must be the only operation in the request",
            ));
        }
        ["DeletionProtectionEnabled", ..] => {
            return Err(validation(
                "One or more parameter values were invalid: DeletionProtection modification must be the only operation in the request",
            ));
        }
        _ => return Err(ApiError::unsimulated("two kinds of change in one UpdateTable")),
    };
    let table = find(world, region, &name)?;
    let busy_replica = table.replicas.values().any(|replica| replica.transition.is_some());
    if table.transition.is_some() || busy_replica {
        return Err(in_use(if table.replicas.is_empty() {
            "Table needs to be in ACTIVE status to modify deletion protection setting."
        } else {
            "The resource which you are attempting to change is in use."
        }));
    }
    let seconds = if table.replicas.is_empty() { UPDATING_SECONDS } else { UPDATING_MEMBER_SECONDS };
    match kind {
        "DeletionProtectionEnabled" => table.deletion_protection = body.get(kind) == Some(&json!(true)),
        // What a table on its own answers is not documented.
        "DisassociationProtectionEnabled" if table.replicas.is_empty() => {
            return Err(validation("Disassociation protection is for replicas of global tables."));
        }
        "DisassociationProtectionEnabled" => {
            table.disassociation_protection = body.get(kind) == Some(&json!(true));
        }
        "TableClass" => {
            table.settings.class = settings::class(body.get(kind).unwrap_or(&Value::Null))?;
            settings::follow(world, region, &name);
        }
        "OnDemandThroughput" => {
            settings::set_limits(&mut table.settings, body.get(kind).unwrap_or(&Value::Null))?;
            settings::follow(world, region, &name);
        }
        "SSESpecification" => {
            encryption::update(world, region, &name, body.get(kind).unwrap_or(&Value::Null))?;
            let table = find(world, region, &name)?;
            return Ok(json!({ "TableDescription": description(table, &account, region, &name, now) }));
        }
        "WarmThroughput" => {
            table.settings.warm.raise(body.get(kind).unwrap_or(&Value::Null), now)?;
            settings::follow(world, region, &name);
            let table = find(world, region, &name)?;
            return Ok(json!({ "TableDescription": description(table, &account, region, &name, now) }));
        }
        "GlobalSecondaryIndexUpdates" => {
            let updates = body.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
            let definitions = body.get("AttributeDefinitions").unwrap_or(&Value::Null);
            indexes::update(world, region, &name, &updates, definitions)?;
            let table = find(world, region, &name)?;
            return Ok(json!({ "TableDescription": description(table, &account, region, &name, now) }));
        }
        "BillingMode" => table.billing_mode = text(body, kind).to_owned(),
        "StreamSpecification" => {
            let specification = body.get(kind).cloned().unwrap_or_default();
            let enable = specification["StreamEnabled"] == json!(true);
            match (&table.stream, enable) {
                (Some(_), true) => {
                    return Err(validation(format!(
                        "Table already has an enabled stream: TableName: {name}"
                    )));
                }
                (Some(_), false) if !table.replicas.is_empty() => {
                    return Err(validation(
                        "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica.",
                    ));
                }
                (None, false) => {
                    return Err(validation(format!("Table has no stream to disable: TableName: {name}")));
                }
                (Some(_), false) => table.stream = None,
                (None, true) => table.stream = specification["StreamViewType"].as_str().map(str::to_owned),
            }
        }
        _ => {
            let list = |key: &str| body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let updates = list(kind);
            let asks_strong = text(body, "MultiRegionConsistency") == "STRONG";
            if asks_strong || table.is_strong {
                groups::update(
                    world,
                    region,
                    &name,
                    &updates,
                    &list("GlobalTableWitnessUpdates"),
                    asks_strong,
                )?;
            } else {
                replicas::update(world, region, &name, &updates)?;
            }
            let table = find(world, region, &name)?;
            return Ok(json!({ "TableDescription": description(table, &account, region, &name, now) }));
        }
    }
    let table = find(world, region, &name)?;
    table.transition = Some(Transition { status: "UPDATING".to_owned(), until: now + seconds });
    Ok(json!({ "TableDescription": description(table, &account, region, &name, now) }))
}
