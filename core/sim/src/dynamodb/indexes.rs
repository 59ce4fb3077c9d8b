//! Secondary indexes: made with a table or added to one, and deleted. Not here: what is in them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Table, find, replicas, settings, validation};
use crate::fault::ApiError;
use crate::world::{Transition, World};

/// An index on an empty table took 5 to 10 minutes by reports of users; not documented.
const CREATING_SECONDS: f64 = 300.0;
/// A minute or two by the same.
const DELETING_SECONDS: f64 = 90.0;
/// The table itself is busy for this long only; then it takes other changes.
const UPDATING_SECONDS: f64 = 10.0;
/// Quotas of DynamoDB.
const MAX_GLOBAL: usize = 20;
const MAX_LOCAL: usize = 5;

/// An index.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub(super) local: bool,
    key_schema: Value,
    projection: Value,
    /// The most reads and writes of a global one.
    #[serde(default)]
    limits: (Option<i64>, Option<i64>),
    pub(super) transition: Option<Transition>,
}

fn items<'a>(body: &'a Map<String, Value>, key: &str) -> Vec<&'a Value> {
    body.get(key).and_then(Value::as_array).into_iter().flatten().collect()
}

fn index(value: &Value, local: bool) -> Result<(String, Index), ApiError> {
    let name = value["IndexName"].as_str().unwrap_or_default().to_owned();
    let (key_schema, projection) = (value["KeySchema"].clone(), value["Projection"].clone());
    let known = ["IndexName", "KeySchema", "Projection", if local { "" } else { "OnDemandThroughput" }];
    if let Some(other) =
        value.as_object().and_then(|keys| keys.keys().find(|key| !known.contains(&key.as_str())))
    {
        return Err(ApiError::unsimulated(format!("{other} of an index")));
    }
    let attributes = projection["NonKeyAttributes"].as_array().map_or(0, Vec::len);
    let problem = match projection["ProjectionType"].as_str() {
        Some("INCLUDE") if attributes == 0 => {
            "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
        }
        Some("ALL") if attributes > 0 => "ProjectionType is ALL, but NonKeyAttributes is specified",
        Some("KEYS_ONLY") if attributes > 0 => {
            "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified"
        }
        Some("ALL" | "KEYS_ONLY" | "INCLUDE") => "",
        Some(_) | None => "Unknown ProjectionType",
    };
    if !problem.is_empty() {
        return Err(validation(format!("One or more parameter values were invalid: {problem}")));
    }
    let limits = limits((None, None), &value["OnDemandThroughput"])?;
    Ok((name, Index { local, key_schema, projection, limits, transition: None }))
}

/// Limits after a change: what it does not name stays as it is.
fn limits(
    (reads, writes): (Option<i64>, Option<i64>),
    change: &Value,
) -> Result<(Option<i64>, Option<i64>), ApiError> {
    let one = |key: &str, was| match change[key].is_null() {
        true => Ok(was),
        false => settings::limit(&change[key]),
    };
    Ok((one("MaxReadRequestUnits", reads)?, one("MaxWriteRequestUnits", writes)?))
}

/// The indexes that a table is made with.
pub(super) fn of_new(body: &Map<String, Value>) -> Result<Vec<(String, Index)>, ApiError> {
    let (global, local) = (items(body, "GlobalSecondaryIndexes"), items(body, "LocalSecondaryIndexes"));
    for (kind, list, most) in
        [("GlobalSecondaryIndex", &global, MAX_GLOBAL), ("LocalSecondaryIndex", &local, MAX_LOCAL)]
    {
        if list.len() > most {
            return Err(validation(format!(
                "One or more parameter values were invalid: {kind} count exceeds the per-table limit of {most}"
            )));
        }
    }
    let global = global.into_iter().map(|value| index(value, false));
    let indexes: Vec<(String, Index)> =
        global.chain(local.into_iter().map(|value| index(value, true))).collect::<Result<_, _>>()?;
    let names: BTreeSet<&String> = indexes.iter().map(|(name, _)| name).collect();
    if names.len() != indexes.len() {
        return Err(validation("One or more parameter values were invalid: Duplicate index name"));
    }
    Ok(indexes)
}

/// The names of the attributes of a schema.
fn attributes(schema: &Value) -> impl Iterator<Item = String> {
    let names = schema.as_array().into_iter().flatten();
    names.filter_map(|key| key["AttributeName"].as_str().map(str::to_owned))
}

/// The definitions are those of all keys, and no others (DDB-007).
pub(super) fn check_definitions<'a>(
    table_schema: &Value,
    indexes: impl Iterator<Item = &'a Index>,
    definitions: &Value,
) -> Result<(), ApiError> {
    let used: BTreeSet<String> =
        attributes(table_schema).chain(indexes.flat_map(|index| attributes(&index.key_schema))).collect();
    let defined: Vec<String> = attributes(definitions).collect();
    let distinct: BTreeSet<String> = defined.iter().cloned().collect();
    if used == distinct && distinct.len() == defined.len() {
        return Ok(());
    }
    Err(validation(match used.is_superset(&distinct) {
        true => {
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of \
             attributes defined in AttributeDefinitions"
        }
        false => "One or more parameter values were invalid: Some AttributeDefinitions are not used",
    }))
}

/// Those of a new index must be known, or be defined in the request, which may define all that are used (API reference,
/// `UpdateTable`, and its examples).
fn check_new_definitions(table: &Table, index: &Index, definitions: &Value) -> Result<(), ApiError> {
    let new: BTreeSet<String> = attributes(&index.key_schema).collect();
    let known: BTreeSet<String> = attributes(&table.attribute_definitions).collect();
    let defined: BTreeSet<String> = attributes(definitions).collect();
    if !new.iter().all(|name| known.contains(name) || defined.contains(name)) {
        return Err(validation(
            "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions",
        ));
    }
    if !defined.iter().all(|name| known.contains(name) || new.contains(name)) {
        return Err(validation(
            "One or more parameter values were invalid: Some AttributeDefinitions are not used",
        ));
    }
    Ok(())
}

/// `GlobalSecondaryIndexUpdates`: one index in a call, and one at a time. Every member of a global table does the same (DDB-052).
pub(super) fn update(
    world: &mut World,
    region: &str,
    name: &str,
    updates: &[Value],
    new_definitions: &Value,
) -> Result<(), ApiError> {
    let now = world.now;
    let one = match updates {
        [update] => update.as_object().and_then(|update| update.iter().next()),
        _ => None,
    };
    let busy = || {
        let message = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";
        ApiError::new("LimitExceededException", 400, message)
    };
    let (action, parameters) = one.ok_or_else(busy)?;
    let table = find(world, region, name)?;
    if table.indexes.values().any(|index| index.transition.is_some()) {
        return Err(busy());
    }
    let index_name = parameters["IndexName"].as_str().unwrap_or_default().to_owned();
    let known = table.indexes.get(&index_name);
    let change: Box<dyn Fn(&mut Table)> = match action.as_str() {
        "Create" => {
            if known.is_some() {
                return Err(validation(format!(
                    "Attempting to create an index which already exists: {index_name}"
                )));
            }
            if table.indexes.values().filter(|index| !index.local).count() >= MAX_GLOBAL {
                return Err(validation(format!(
                    "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL}"
                )));
            }
            let (_, mut index) = index(parameters, false)?;
            check_new_definitions(table, &index, new_definitions)?;
            index.transition =
                Some(Transition { status: "CREATING".to_owned(), until: now + CREATING_SECONDS });
            let definitions = new_definitions.clone();
            Box::new(move |table: &mut Table| {
                define(table, &definitions);
                table.indexes.insert(index_name.clone(), index.clone());
            })
        }
        "Delete" => {
            if known.is_none_or(|index| index.local) {
                return Err(not_found(&index_name));
            }
            Box::new(move |table: &mut Table| {
                let transition = Transition { status: "DELETING".to_owned(), until: now + DELETING_SECONDS };
                if let Some(index) = table.indexes.get_mut(&index_name) {
                    index.transition = Some(transition);
                }
            })
        }
        "Update" => {
            let Some(known) = known.filter(|index| !index.local) else {
                return Err(not_found(&index_name));
            };
            let keys = parameters.as_object().into_iter().flat_map(Map::keys);
            let others: Vec<&String> =
                keys.filter(|key| !["IndexName", "OnDemandThroughput"].contains(&key.as_str())).collect();
            if let Some(other) = others.first() {
                return Err(ApiError::unsimulated(format!("{other} of an index's update")));
            }
            let limits = limits(known.limits, &parameters["OnDemandThroughput"])?;
            let updating = Transition { status: "UPDATING".to_owned(), until: now + UPDATING_SECONDS };
            Box::new(move |table: &mut Table| {
                if let Some(index) = table.indexes.get_mut(&index_name) {
                    index.limits = limits;
                    index.transition = Some(updating.clone());
                }
            })
        }
        other => return Err(ApiError::unsimulated(format!("the index action {other}"))),
    };
    for member in replicas::members(&world.tables, region, name) {
        let table = world.tables.get_mut(&member).and_then(|tables| tables.get_mut(name));
        let Some(table) = table else { continue };
        change(table);
        table.transition = Some(Transition { status: "UPDATING".to_owned(), until: now + UPDATING_SECONDS });
    }
    Ok(())
}

fn not_found(index: &str) -> ApiError {
    let message = format!("Requested resource not found: Index: {index} not found");
    ApiError::new("ResourceNotFoundException", 400, message)
}

/// Adds definitions that are new.
fn define(table: &mut Table, definitions: &Value) {
    let known: BTreeSet<String> = attributes(&table.attribute_definitions).collect();
    let new = definitions.as_array().into_iter().flatten();
    let new = new
        .filter(|definition| definition["AttributeName"].as_str().is_some_and(|name| !known.contains(name)));
    if let Some(all) = table.attribute_definitions.as_array_mut() {
        all.extend(new.cloned());
    }
}

/// Lets indexes become ready, or go with the definitions that nothing uses then.
pub(super) fn advance(table: &mut Table, now: f64) {
    let is_due = |index: &Index| index.transition.as_ref().is_some_and(|transition| transition.until <= now);
    let mut gone = false;
    table.indexes.retain(|_, index| {
        let is_going = index.transition.as_ref().is_some_and(|transition| transition.status == "DELETING");
        let stays = !(is_due(index) && is_going);
        gone |= !stays;
        if is_due(index) {
            index.transition = None;
        }
        stays
    });
    if gone {
        let used: BTreeSet<String> = attributes(&table.key_schema)
            .chain(table.indexes.values().flat_map(|index| attributes(&index.key_schema)))
            .collect();
        if let Some(all) = table.attribute_definitions.as_array_mut() {
            all.retain(|definition| {
                definition["AttributeName"].as_str().is_some_and(|name| used.contains(name))
            });
        }
    }
}

/// The part of a description.
pub(super) fn describe(table: &Table, arn: &str, description: &mut Value) {
    let of = |local: bool| -> Vec<Value> {
        let indexes = table.indexes.iter().filter(|(_, index)| index.local == local);
        let one = |(name, index): (&String, &Index)| {
            let mut one = json!({
                "IndexName": name,
                "KeySchema": index.key_schema,
                "Projection": index.projection,
                "IndexSizeBytes": 0,
                "ItemCount": 0,
                "IndexArn": format!("{arn}/index/{name}"),
            });
            if !local {
                let status = index.transition.as_ref().map_or("ACTIVE", |transition| &transition.status);
                one["IndexStatus"] = json!(status);
                if let (reads, writes) = index.limits
                    && (reads.is_some() || writes.is_some())
                {
                    one["OnDemandThroughput"] = json!({
                        "MaxReadRequestUnits": reads.unwrap_or(-1),
                        "MaxWriteRequestUnits": writes.unwrap_or(-1),
                    });
                }
            }
            one
        };
        indexes.map(one).collect()
    };
    for (key, local) in [("GlobalSecondaryIndexes", false), ("LocalSecondaryIndexes", true)] {
        let indexes = of(local);
        if !indexes.is_empty() {
            description[key] = Value::Array(indexes);
        }
    }
}
