//! DynamoDB: tables, global tables of version 2019.11.21 with eventual and with strong consistency. Not here: items. Texts of errors and
//! times are those that public probes of AWS recorded in October 2026, scaled down where they took minutes.

mod encryption;
mod groups;
mod indexes;
mod replicas;
mod settings;
mod tables;
mod update;
mod warm;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::indexes::Index;
use self::settings::Settings;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, Transition, World};

/// A table in one region: on its own, or one member of a global table.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) id: String,
    created: f64,
    key_schema: Value,
    attribute_definitions: Value,
    billing_mode: String,
    /// The stream's view type.
    stream: Option<String>,
    deletion_protection: bool,
    #[serde(default)]
    settings: Settings,
    /// Global and local indexes, by name.
    #[serde(default)]
    indexes: BTreeMap<String, Index>,
    tags: Tags,
    /// What it had before its tags changed, which is listed until then.
    #[serde(default)]
    former_tags: Option<(f64, Tags)>,
    ttl: Option<String>,
    /// When it was last changed.
    ttl_changed: Option<f64>,
    /// What it is doing, when it is not at rest.
    transition: Option<Transition>,
    /// The other members, as this one sees them.
    replicas: BTreeMap<String, Replica>,
    /// A new replica is not there for some seconds.
    visible_from: f64,
    /// The regions whose replicas were made from this table.
    sourced: BTreeSet<String>,
    /// Whether it refuses to leave its global table. On by default (API reference, `UpdateTable`), never described.
    #[serde(default = "protected")]
    disassociation_protection: bool,
    /// Whether it is a member of a strongly consistent table.
    #[serde(default)]
    is_strong: bool,
    /// The region of that table's witness, and what it is doing.
    #[serde(default)]
    witness: Option<(String, Option<Transition>)>,
    /// When it leaves its global table as a table on its own.
    #[serde(default)]
    leaves_at: Option<f64>,
}

fn protected() -> bool {
    true
}

/// Another member.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replica {
    transition: Option<Transition>,
    listed_from: f64,
    /// The ARN of the key that it is encrypted with, if that is one of KMS.
    #[serde(default)]
    key: Option<String>,
}

type Tables = BTreeMap<String, BTreeMap<String, Table>>;

fn validation(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", 400, message)
}

fn in_use(message: impl Into<String>) -> ApiError {
    ApiError::new("ResourceInUseException", 400, message)
}

fn not_found(name: &str) -> ApiError {
    ApiError::new(
        "ResourceNotFoundException",
        400,
        format!("Requested resource not found: Table: {name} not found"),
    )
}

pub(crate) fn handle(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let region = request.region.as_str();
    let body = serde_json::from_slice::<Map<String, Value>>(&request.body)
        .map_err(|_| ApiError::new("SerializationException", 400, "The request is not a JSON object"))?;
    if ["CreateTable", "UpdateTable", "DeleteTable"].contains(&operation) {
        check_crowd(world, region)?;
    }
    let outcome = match operation {
        "CreateTable" => tables::create(world, region, &body),
        "ListTables" => tables::list(world, region, &body),
        "DescribeTable" => tables::describe(world, region, &body),
        "UpdateTable" => update::update(world, region, &body),
        "DeleteTable" => tables::delete(world, region, &body),
        "DescribeTimeToLive" => tables::describe_ttl(world, region, &body),
        "UpdateTimeToLive" => tables::update_ttl(world, region, &body),
        "DescribeContinuousBackups" => settings::describe_backups(world, region, &body),
        "UpdateContinuousBackups" => settings::update_backups(world, region, &body),
        "DescribeContributorInsights" => settings::describe_insights(world, region, &body),
        "UpdateContributorInsights" => settings::update_insights(world, region, &body),
        "ListTagsOfResource" => tables::list_tags(world, region, &body),
        "TagResource" => tables::tag(world, region, &body),
        "UntagResource" => tables::untag(world, region, &body),
        other => Err(ApiError::unsimulated(format!("dynamodb:{other}"))),
    };
    outcome.map(|value| Response::json(&value))
}

/// So many tables of an account and region may be in the making, changing or going at once (API reference,
/// `LimitExceededException`; 250 requests of tables with indexes, which is not simulated).
const SIMULTANEOUS: usize = 500;

/// Whether neither a table nor one of its indexes is doing anything.
fn is_at_rest(table: &Table) -> bool {
    table.transition.is_none() && table.indexes.values().all(|index| index.transition.is_none())
}

/// Refuses to begin more at once. The words are from error messages that users posted.
fn check_crowd(world: &World, region: &str) -> Result<(), ApiError> {
    let is_moving = |table: &&Table| {
        !is_at_rest(table) || table.replicas.values().any(|replica| replica.transition.is_some())
    };
    let moving = world.tables.get(region).map_or(0, |tables| tables.values().filter(is_moving).count());
    if moving < SIMULTANEOUS {
        return Ok(());
    }
    let message = format!(
        "Subscriber limit exceeded: Only {SIMULTANEOUS} tables can be created, updated, or deleted simultaneously"
    );
    Err(ApiError::new("LimitExceededException", 400, message))
}

/// Refuses keys that the simulation does not know.
fn only(body: &Map<String, Value>, known: &[&str]) -> Result<(), ApiError> {
    match body.iter().find(|(key, value)| !value.is_null() && !known.contains(&key.as_str())) {
        Some((key, _)) => Err(ApiError::unsimulated(format!("the DynamoDB parameter {key}"))),
        None => Ok(()),
    }
}

/// The tags of a request.
pub(crate) fn tags(body: &Map<String, Value>) -> Tags {
    let pair = |tag: &Value| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()));
    body.get("Tags").and_then(Value::as_array).into_iter().flatten().filter_map(pair).collect()
}

/// The tags of a table, none if there is no such table.
pub(crate) fn tags_of(world: &World, region: &str, name: &str) -> Tags {
    let table = world.tables.get(region).and_then(|tables| tables.get(name));
    table.map(|table| table.tags.clone()).unwrap_or_default()
}

fn text<'a>(body: &'a Map<String, Value>, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A table that can be seen.
fn find<'a>(world: &'a mut World, region: &str, name: &str) -> Result<&'a mut Table, ApiError> {
    let now = world.now;
    world
        .tables
        .get_mut(region)
        .and_then(|tables| tables.get_mut(name))
        .filter(|table| table.visible_from <= now)
        .ok_or_else(|| not_found(name))
}

/// Lets transitions end that are due.
pub(crate) fn advance(world: &mut World) {
    let now = world.now;
    replicas::advance(&mut world.tables, now);
    for tables in world.tables.values_mut() {
        tables.retain(|_, table| {
            let due = table.transition.as_ref().is_some_and(|transition| transition.until <= now);
            let deleted =
                due && table.transition.as_ref().is_some_and(|transition| transition.status == "DELETING");
            if due {
                table.transition = None;
            }
            indexes::advance(table, now);
            groups::advance(table, now);
            !deleted
        });
    }
    world.tables.retain(|_, tables| !tables.is_empty());
}
