//! Encryption of tables at rest: read, and what is sent for it. Not here: recognising keys that are declared by an alias, and refusing to change
//! those of global tables (`plan`).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{SseSpecification, SseStatus, SseType, TableDescription};
use polyregion_model::{Region, Table};

use super::encryption::{KMS, customer_key, text};
use super::error::AwsError;
use crate::attribute::{Field, Value};

/// The key that is declared for a table in a region, if it is the customer's.
pub(super) fn key(table: &Table, region: Region) -> Option<String> {
    let keys = table.settings.get(&Field::Encryption)?.as_map()?;
    customer_key(keys.get(region.code())?)
}

/// What a table in one region is encrypted with; nothing for what a table is made with anyway.
pub(super) fn of_new(table: &Table) -> Option<SseSpecification> {
    table.settings.contains_key(&Field::Encryption).then(|| specification(table))
}

/// The same, so that it replaces what there is. Without a key KMS takes the one that it manages for DynamoDB (DynamoDB API,
/// `SSESpecification`).
pub(super) fn specification(table: &Table) -> SseSpecification {
    let is_on = table.settings.contains_key(&Field::Encryption);
    SseSpecification::builder()
        .enabled(is_on)
        .set_sse_type(is_on.then_some(SseType::Kms))
        .set_kms_master_key_id(key(table, table.region))
        .build()
}

/// The keys of a table and its replicas by their regions; nothing for DynamoDB's own. AWS names keys by their ARNs, that which it manages
/// as well.
pub(super) fn read(table: &TableDescription, home: Region) -> Option<Value> {
    let own = table.sse_description()?.kms_master_key_arn()?;
    let others = table.replicas().iter();
    let others = others.filter_map(|replica| Some((replica.region_name()?, replica.kms_master_key_id()?)));
    let keys = std::iter::once((home.code(), own)).chain(others);
    let keys: BTreeMap<String, String> =
        keys.map(|(region, key)| (region.to_owned(), text(KMS, Some(key)))).collect();
    Some(Value::Map(keys))
}

/// What it is changing to. The table itself stays active meanwhile.
pub(super) fn transition(table: &TableDescription) -> Option<String> {
    let status = table.sse_description()?.status().filter(|status| **status != SseStatus::Enabled)?;
    Some(format!("encryption {}", status.as_str()))
}

/// Whether AWS says that nothing changes.
pub(super) fn is_same(error: &AwsError) -> bool {
    error.says("ValidationException", "already encrypted")
}
