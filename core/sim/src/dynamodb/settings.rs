//! Settings of tables: class, limits of what is on demand, recovery and insights. Not here: which of them `UpdateTable` takes with
//! which (`update`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::encryption::Encryption;
use super::warm::Warm;
use super::{Table, find, not_found, only, text, validation};
use crate::fault::ApiError;
use crate::world::World;

/// What a table, or a replica, has set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The class, if it is not the default.
    pub(super) class: Option<String>,
    pub(super) max_reads: Option<i64>,
    pub(super) max_writes: Option<i64>,
    #[serde(default)]
    pub(super) warm: Warm,
    #[serde(default)]
    pub(super) encryption: Encryption,
    /// Days back to which it can be restored.
    recovery: Option<i64>,
    insights: bool,
    /// What a replica has of its own, so that it does not follow its home.
    pub(super) own_class: bool,
    pub(super) own_reads: bool,
}

/// Classes (API reference, `TableClass`). What AWS answers to others is not documented in its words.
pub(super) fn class(value: &Value) -> Result<Option<String>, ApiError> {
    match value.as_str() {
        Some("STANDARD") => Ok(None),
        Some("STANDARD_INFREQUENT_ACCESS") => Ok(Some("STANDARD_INFREQUENT_ACCESS".to_owned())),
        Some(_) | None => Err(validation(format!(
            "1 validation error detected: Value {value} at 'tableClass' failed to satisfy constraint: Member must satisfy enum \
             value set: [STANDARD, STANDARD_INFREQUENT_ACCESS]"
        ))),
    }
}

/// A limit: at least 1, or -1 for none (API reference, `OnDemandThroughput`).
pub(super) fn limit(value: &Value) -> Result<Option<i64>, ApiError> {
    match value.as_i64() {
        Some(-1) => Ok(None),
        Some(most) if most >= 1 => Ok(Some(most)),
        Some(_) | None => Err(validation(
            "One or more parameter values were invalid: a maximum is at least 1, or -1 for none",
        )),
    }
}

/// `OnDemandThroughput`: what is not named stays as it is.
pub(super) fn set_limits(settings: &mut Settings, throughput: &Value) -> Result<(), ApiError> {
    let (reads, writes) = (&throughput["MaxReadRequestUnits"], &throughput["MaxWriteRequestUnits"]);
    if reads.is_null() && writes.is_null() {
        return Err(validation(
            "One or more parameter values were invalid: OnDemandThroughput names a maximum of reads, of writes, or both",
        ));
    }
    if !reads.is_null() {
        settings.max_reads = limit(reads)?;
    }
    if !writes.is_null() {
        settings.max_writes = limit(writes)?;
    }
    Ok(())
}

/// The part of a description.
pub(super) fn describe(settings: &Settings, description: &mut Value, now: f64) {
    description["WarmThroughput"] = settings.warm.describe(now);
    if let Some(encryption) = settings.encryption.describe(now) {
        description["SSEDescription"] = encryption;
    }
    if let Some(class) = &settings.class {
        description["TableClassSummary"] = json!({ "TableClass": class });
    }
    if settings.max_reads.is_some() || settings.max_writes.is_some() {
        description["OnDemandThroughput"] = json!({
            "MaxReadRequestUnits": settings.max_reads.unwrap_or(-1),
            "MaxWriteRequestUnits": settings.max_writes.unwrap_or(-1),
        });
    }
}

/// Lets the other members of a global table follow a change of one: the limit of writes is the same everywhere, class and limit of
/// reads where a replica has none of its own (DDB-052, DDB-053; API reference, `TableClassOverride`).
pub(super) fn follow(world: &mut World, region: &str, name: &str) {
    let table = world.tables.get(region).and_then(|tables| tables.get(name));
    let Some((changed, members)) =
        table.map(|table| (table.settings.clone(), table.replicas.keys().cloned()))
    else {
        return;
    };
    for member in members.collect::<Vec<_>>() {
        let Some(table) = world.tables.get_mut(&member).and_then(|tables| tables.get_mut(name)) else {
            continue;
        };
        let Settings {
            class,
            max_reads,
            max_writes,
            warm,
            encryption: _,
            recovery: _,
            insights: _,
            own_class,
            own_reads,
        } = &mut table.settings;
        *max_writes = changed.max_writes;
        *warm = changed.warm.clone();
        if !*own_class {
            class.clone_from(&changed.class);
        }
        if !*own_reads {
            *max_reads = changed.max_reads;
        }
    }
}

/// What a new replica has: what its source has, but for what is each replica's own (DDB-054).
pub(super) fn inherited(source: &Settings) -> Settings {
    Settings {
        class: source.class.clone(),
        max_reads: source.max_reads,
        max_writes: source.max_writes,
        warm: source.warm.clone(),
        ..Settings::default()
    }
}

/// Overrides of a replica, in the actions `Create` and `Update`.
pub(super) fn set_overrides(settings: &mut Settings, parameters: &Value) -> Result<(), ApiError> {
    for (key, value) in parameters.as_object().into_iter().flatten() {
        match key.as_str() {
            // The key is for who makes or changes replicas.
            "RegionName" | "KMSMasterKeyId" => {}
            "TableClassOverride" => {
                settings.class = class(value)?;
                settings.own_class = true;
            }
            "OnDemandThroughputOverride" => {
                settings.max_reads = limit(&value["MaxReadRequestUnits"])?;
                settings.own_reads = true;
            }
            other => return Err(ApiError::unsimulated(format!("{other} of a replica"))),
        }
    }
    Ok(())
}

fn backups(table: &Table) -> Value {
    let recovery = match table.settings.recovery {
        Some(days) => json!({ "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days }),
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
    };
    json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery,
    } })
}

/// A table as the calls about backups find it, whose error has another code than that of others.
fn found<'a>(
    world: &'a mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<&'a mut Table, ApiError> {
    let name = text(body, "TableName");
    find(world, region, name)
        .map_err(|_| ApiError::new("TableNotFoundException", 400, format!("Table not found: {name}")))
}

pub(super) fn describe_backups(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName"])?;
    found(world, region, body).map(|table| backups(table))
}

pub(super) fn update_backups(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName", "PointInTimeRecoverySpecification"])?;
    let specification = body.get("PointInTimeRecoverySpecification").cloned().unwrap_or_default();
    let table = found(world, region, body)?;
    // The code is documented, the words are from error messages that users posted.
    if table.transition.as_ref().is_some_and(|transition| transition.status == "CREATING") {
        let message = format!(
            "Backups are being enabled for the table: {}. Please retry later",
            text(body, "TableName")
        );
        return Err(ApiError::new("ContinuousBackupsUnavailableException", 400, message));
    }
    let days = specification["RecoveryPeriodInDays"].as_i64();
    let is_on = specification["PointInTimeRecoveryEnabled"] == json!(true);
    if days.is_some_and(|days| !is_on || !(1..=35).contains(&days)) {
        return Err(validation(
            "One or more parameter values were invalid: RecoveryPeriodInDays must be between 1 and 35",
        ));
    }
    table.settings.recovery = is_on.then(|| days.unwrap_or(35));
    Ok(backups(table))
}

fn insights(table: &Table, name: &str) -> Value {
    let status = if table.settings.insights { "ENABLED" } else { "DISABLED" };
    json!({ "TableName": name, "ContributorInsightsStatus": status })
}

pub(super) fn describe_insights(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName"])?;
    let name = text(body, "TableName").to_owned();
    find(world, region, &name).map(|table| insights(table, &name))
}

/// Done at once; how long `ENABLING` takes is not documented.
pub(super) fn update_insights(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName", "ContributorInsightsAction"])?;
    let name = text(body, "TableName").to_owned();
    let table = find(world, region, &name)?;
    // "Or its status might not be ACTIVE" (API reference).
    if table.transition.as_ref().is_some_and(|transition| transition.status == "CREATING") {
        return Err(not_found(&name));
    }
    table.settings.insights = match text(body, "ContributorInsightsAction") {
        "ENABLE" => true,
        "DISABLE" => false,
        _ => return Err(validation("ContributorInsightsAction must be ENABLE or DISABLE")),
    };
    Ok(insights(table, &name))
}
