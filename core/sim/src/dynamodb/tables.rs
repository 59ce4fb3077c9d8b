//! Tables: creating, describing, deleting, TTL and tags. Not here: updates.

use serde_json::{Map, Value, json};

use super::settings::{self, Settings};
use super::warm::Warm;
use super::{
    Table, encryption, find, groups, in_use, indexes, not_found, only, replicas, tags, text, validation,
};
use crate::fault::ApiError;
use crate::world::{Transition, World, partition};

/// A table on demand without indexes took 6.1 s.
const CREATING_SECONDS: f64 = 6.0;
/// A second change of TTL was refused for about half an hour.
const TTL_INTERVAL_SECONDS: f64 = 1800.0;
/// 4 to 6 s.
const DELETING_SECONDS: f64 = 5.0;

pub(super) fn create(world: &mut World, region: &str, body: &Map<String, Value>) -> Result<Value, ApiError> {
    only(
        body,
        &[
            "AttributeDefinitions",
            "TableName",
            "KeySchema",
            "BillingMode",
            "StreamSpecification",
            "Tags",
            "DeletionProtectionEnabled",
            "TableClass",
            "OnDemandThroughput",
            "WarmThroughput",
            "SSESpecification",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
        ],
    )?;
    let name = text(body, "TableName").to_owned();
    let key_schema = body.get("KeySchema").cloned().unwrap_or_default();
    let attribute_definitions = body.get("AttributeDefinitions").cloned().unwrap_or_default();
    let indexes = indexes::of_new(body)?;
    indexes::check_definitions(&key_schema, indexes.iter().map(|(_, index)| index), &attribute_definitions)?;
    let mut settings = Settings::default();
    if let Some(class) = body.get("TableClass").filter(|class| !class.is_null()) {
        settings.class = settings::class(class)?;
    }
    if let Some(throughput) = body.get("OnDemandThroughput").filter(|throughput| !throughput.is_null()) {
        settings::set_limits(&mut settings, throughput)?;
    }
    if let Some(warm) = body.get("WarmThroughput").filter(|warm| !warm.is_null()) {
        settings.warm = Warm::of_new(warm)?;
    }
    if let Some(specification) = body.get("SSESpecification").filter(|specification| !specification.is_null())
    {
        settings.encryption = encryption::asked(&world.account, region, specification)?;
    }
    if text(body, "BillingMode") != "PAY_PER_REQUEST" {
        return Err(ApiError::unsimulated("provisioned tables of DynamoDB"));
    }
    let (now, id) = (world.now, world.uuid());
    let tables = world.tables.entry(region.to_owned()).or_default();
    if let Some(known) = tables.get(&name) {
        let creating = known.transition.as_ref().is_some_and(|transition| transition.status == "CREATING");
        return Err(in_use(if creating {
            format!("Attempt to change a resource which is still in use: Table is being created: {name}")
        } else {
            format!("Table already exists: {name}")
        }));
    }
    let stream = body.get("StreamSpecification").filter(|stream| stream["StreamEnabled"] == json!(true));
    let table = Table {
        id,
        created: now,
        key_schema,
        attribute_definitions,
        settings,
        indexes: indexes.into_iter().collect(),
        billing_mode: text(body, "BillingMode").to_owned(),
        stream: stream.and_then(|stream| stream["StreamViewType"].as_str()).map(str::to_owned),
        deletion_protection: body.get("DeletionProtectionEnabled") == Some(&json!(true)),
        tags: tags(body),
        former_tags: None,
        ttl: None,
        ttl_changed: None,
        transition: Some(Transition { status: "CREATING".to_owned(), until: now + CREATING_SECONDS }),
        replicas: Default::default(),
        visible_from: now,
        sourced: Default::default(),
        disassociation_protection: true,
        is_strong: false,
        witness: None,
        leaves_at: None,
    };
    let description = description(&table, &world.account, region, &name, now);
    tables.insert(name, table);
    Ok(json!({ "TableDescription": description }))
}

/// `TableDescription`. A member lists the others, never itself.
pub(super) fn description(table: &Table, account: &str, region: &str, name: &str, now: f64) -> Value {
    let arn = format!("arn:{}:dynamodb:{region}:{account}:table/{name}", partition(region));
    let status = table.transition.as_ref().map_or("ACTIVE", |transition| &transition.status);
    let mut value = json!({
        "TableName": name,
        "TableStatus": status,
        "TableArn": arn,
        "TableId": table.id,
        "CreationDateTime": table.created,
        "KeySchema": table.key_schema,
        "AttributeDefinitions": table.attribute_definitions,
        "ItemCount": 0,
        "TableSizeBytes": 0,
        "BillingModeSummary": { "BillingMode": table.billing_mode },
        "DeletionProtectionEnabled": table.deletion_protection,
    });
    if let Some(view) = &table.stream {
        let label = crate::clock::iso8601(table.created);
        value["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
        value["LatestStreamArn"] = json!(format!("{arn}/stream/{label}"));
        value["LatestStreamLabel"] = json!(label);
    }
    settings::describe(&table.settings, &mut value, now);
    indexes::describe(table, &arn, &mut value);
    if !table.replicas.is_empty() {
        let listed = table.replicas.iter().filter(|(_, replica)| replica.listed_from <= now);
        let replica = |(region, replica): (&String, &super::Replica)| {
            let status = replica.transition.as_ref().map_or("ACTIVE", |transition| &transition.status);
            let arn = format!("arn:{}:dynamodb:{region}:{account}:table/{name}", partition(region));
            let mut value = json!({ "RegionName": region, "ReplicaStatus": status, "ReplicaArn": arn });
            if let Some(key) = &replica.key {
                value["KMSMasterKeyId"] = json!(key);
            }
            value
        };
        let consistency = if table.is_strong { "STRONG" } else { "EVENTUAL" };
        value["MultiRegionConsistency"] = json!(consistency);
        value["GlobalTableVersion"] = json!("2019.11.21");
        value["Replicas"] = listed.map(replica).collect();
    }
    if let Some((region, transition)) = &table.witness {
        let status = transition.as_ref().map_or("ACTIVE", |transition| &transition.status);
        value["GlobalTableWitnesses"] = json!([{ "RegionName": region, "WitnessStatus": status }]);
    }
    value
}

/// A page of at most a hundred names.
pub(super) fn list(world: &World, region: &str, body: &Map<String, Value>) -> Result<Value, ApiError> {
    only(body, &["ExclusiveStartTableName", "Limit"])?;
    let most = body.get("Limit").and_then(Value::as_u64).map_or(100, |most| most.min(100) as usize);
    let after = text(body, "ExclusiveStartTableName");
    let here = world.tables.get(region).into_iter().flatten();
    let mut names = here.filter(|(_, table)| table.visible_from <= world.now).map(|(name, _)| name);
    let page: Vec<&String> = names.by_ref().filter(|name| name.as_str() > after).take(most).collect();
    let mut value = json!({ "TableNames": page });
    if names.next().is_some() {
        value["LastEvaluatedTableName"] = json!(page.last());
    }
    Ok(value)
}

pub(super) fn describe(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName"])?;
    let (name, now, account) = (text(body, "TableName"), world.now, world.account.clone());
    let table = find(world, region, name)?;
    Ok(json!({ "Table": description(table, &account, region, name, now) }))
}

pub(super) fn delete(world: &mut World, region: &str, body: &Map<String, Value>) -> Result<Value, ApiError> {
    only(body, &["TableName"])?;
    let (name, now, account) = (text(body, "TableName"), world.now, world.account.clone());
    let still_there: Vec<String> = world
        .tables
        .iter()
        .filter(|(other, tables)| *other != region && tables.contains_key(name))
        .map(|(other, _)| other.clone())
        .collect();
    let table = find(world, region, name)?;
    if let Some(transition) = &table.transition {
        return Err(in_use(match transition.status.as_str() {
            _ if !table.replicas.is_empty() => {
                "The resource which you are attempting to change is in use.".to_owned()
            }
            "DELETING" => {
                format!("Attempt to change a resource which is still in use: Table is being deleted: {name}")
            }
            _ => format!(
                "Attempt to change a resource which is still in use: Table: {name} is in the process of being updated."
            ),
        }));
    }
    if table.settings.warm.is_rising(now) || table.settings.encryption.is_changing(now) {
        return Err(in_use(format!(
            "Attempt to change a resource which is still in use: Table: {name} is in the process of being updated."
        )));
    }
    if table.deletion_protection {
        return Err(validation(
            "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
        ));
    }
    if table.sourced.iter().any(|region| still_there.contains(region)) {
        return Err(validation(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the \
             table in the last 24 hours.",
        ));
    }
    if !table.replicas.is_empty() {
        return Err(ApiError::unsimulated(
            "DeleteTable on a member of a global table; remove its replicas first",
        ));
    }
    table.transition = Some(Transition { status: "DELETING".to_owned(), until: now + DELETING_SECONDS });
    Ok(json!({ "TableDescription": description(table, &account, region, name, now) }))
}

pub(super) fn describe_ttl(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName"])?;
    let table = find(world, region, text(body, "TableName"))?;
    if table.transition.as_ref().is_some_and(|transition| transition.status == "CREATING") {
        return Err(validation(
            "Cannot describe time to live while table is in CREATING state: Current table state is CREATING",
        ));
    }
    Ok(match &table.ttl {
        Some(attribute) => {
            json!({ "TimeToLiveDescription": { "TimeToLiveStatus": "ENABLED", "AttributeName": attribute } })
        }
        None => json!({ "TimeToLiveDescription": { "TimeToLiveStatus": "DISABLED" } }),
    })
}

/// TTL is the same on all members (DDB-085).
pub(super) fn update_ttl(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["TableName", "TimeToLiveSpecification"])?;
    let name = text(body, "TableName");
    let specification = body.get("TimeToLiveSpecification").cloned().unwrap_or_default();
    let attribute = specification["AttributeName"].as_str().unwrap_or_default().to_owned();
    if find(world, region, name)?.is_strong {
        return Err(groups::no_ttl());
    }
    let enable = specification["Enabled"] == json!(true);
    let now = world.now;
    let table = find(world, region, name)?;
    if table.ttl_changed.is_some_and(|at| now < at + TTL_INTERVAL_SECONDS) {
        return Err(validation("Time to live has been modified multiple times within a fixed interval"));
    }
    match (&table.ttl, enable) {
        (Some(current), true) if *current == attribute => {
            return Err(validation("TimeToLive is already enabled"));
        }
        (Some(current), _) if *current != attribute => {
            return Err(validation(format!(
                "TimeToLive is active on a different AttributeName: current AttributeName is {current}"
            )));
        }
        (None, false) => return Err(validation("TimeToLive is already disabled")),
        (Some(_), _) | (None, true) => {}
    }
    for member in replicas::members(&world.tables, region, name) {
        if let Some(table) = world.tables.get_mut(&member).and_then(|tables| tables.get_mut(name)) {
            table.ttl = enable.then(|| attribute.clone());
            table.ttl_changed = Some(now);
        }
    }
    Ok(json!({ "TimeToLiveSpecification": specification }))
}

/// The table that an ARN of its own region names.
fn by_arn<'a>(world: &'a mut World, region: &str, arn: &str) -> Result<&'a mut Table, ApiError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let here = format!("arn:{}:dynamodb:{region}:{}:table/{name}", partition(region), world.account);
    if arn != here {
        return Err(not_found(name));
    }
    find(world, region, name).map_err(|_| {
        let message = format!("Requested resource not found: ResourceArn: {arn} not found");
        ApiError::new("ResourceNotFoundException", 400, message)
    })
}

/// A change of tags is listed after some seconds (API reference, `TagResource` and `ListTagsOfResource`; how many is not documented).
const TAGGING_SECONDS: f64 = 3.0;

pub(super) fn list_tags(
    world: &mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<Value, ApiError> {
    only(body, &["ResourceArn"])?;
    let now = world.now;
    let table = by_arn(world, region, text(body, "ResourceArn"))?;
    let former = table.former_tags.as_ref().filter(|(until, _)| *until > now);
    let tags = former.map_or(&table.tags, |(_, tags)| tags);
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    Ok(json!({ "Tags": tags }))
}

/// The table whose tags change. Until a change is done, another is refused (error messages that users posted).
fn tagged<'a>(
    world: &'a mut World,
    region: &str,
    body: &Map<String, Value>,
) -> Result<&'a mut Table, ApiError> {
    let now = world.now;
    let table = by_arn(world, region, text(body, "ResourceArn"))?;
    if table.former_tags.as_ref().is_some_and(|(until, _)| *until > now) {
        let message = "Subscriber limit exceeded: There is a limit of one tag change of a table at a time";
        return Err(ApiError::new("LimitExceededException", 400, message));
    }
    table.former_tags = Some((now + TAGGING_SECONDS, table.tags.clone()));
    Ok(table)
}

pub(super) fn tag(world: &mut World, region: &str, body: &Map<String, Value>) -> Result<Value, ApiError> {
    only(body, &["ResourceArn", "Tags"])?;
    let new = tags(body);
    tagged(world, region, body)?.tags.extend(new);
    Ok(json!({}))
}

pub(super) fn untag(world: &mut World, region: &str, body: &Map<String, Value>) -> Result<Value, ApiError> {
    only(body, &["ResourceArn", "TagKeys"])?;
    let keys: Vec<String> = body
        .get("TagKeys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|key| key.as_str().map(str::to_owned))
        .collect();
    tagged(world, region, body)?.tags.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}
