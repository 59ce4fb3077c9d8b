//! Replication configurations: what S3 checks when one is put. Not here: replicating. Whether the role can be assumed is
//! not checked, as S3 does not check it either.

use std::collections::BTreeSet;

use super::{find, invalid, malformed};
use crate::fault::ApiError;
use crate::response::Response;
use crate::world::{World, partition};
use crate::xml::Element;

/// Classes of copies (S3-071).
const CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "GLACIER_IR",
    "DEEP_ARCHIVE",
];

pub(super) fn put(world: &mut World, region: &str, name: &str, body: Element) -> Result<Response, ApiError> {
    body.only(&["Role", "Rule"])?;
    if find(world, region, name)?.versioning.as_deref() != Some("Enabled") {
        return Err(invalid(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        ));
    }
    let mut priorities = BTreeSet::new();
    for rule in body.all("Rule") {
        check_rule(world, (region, name), rule)?;
        let priority = rule.get("Priority").unwrap_or_default();
        if !priorities.insert(priority) {
            return Err(invalid(format!("Found duplicate priority {priority}.")));
        }
    }
    find(world, region, name)?.replication = Some(body);
    Ok(Response::empty(200))
}

fn check_rule(world: &World, (region, source): (&str, &str), rule: &Element) -> Result<(), ApiError> {
    const SCHEMA: &str = "must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.";
    rule.only(&[
        "ID",
        "Priority",
        "Filter",
        "Status",
        "Destination",
        "DeleteMarkerReplication",
        "SourceSelectionCriteria",
    ])?;
    let filter =
        rule.find("Filter").ok_or_else(|| ApiError::unsimulated("rules of the first replication schema"))?;
    filter.only(&["Prefix", "Tag", "And"])?;
    // One condition, or several in one `And` (S3-058).
    let conditions = filter.find("And").map_or(2, |all| all.children.len());
    if filter.children.len() != 1 || conditions < 2 {
        return Err(malformed());
    }
    if let Some(criteria) = rule.find("SourceSelectionCriteria") {
        let parts = &criteria.only(&["ReplicaModifications", "SseKmsEncryptedObjects"])?.children;
        let is_status =
            |part: &Element| ["Enabled", "Disabled"].contains(&part.get("Status").unwrap_or_default());
        if parts.is_empty() || !parts.iter().all(is_status) {
            return Err(malformed());
        }
    }
    // In both directions (API reference, `SseKmsEncryptedObjects`); the second message is ours.
    let kms =
        rule.find("SourceSelectionCriteria").and_then(|criteria| criteria.find("SseKmsEncryptedObjects"));
    let copies_kms = kms.and_then(|kms| kms.get("Status")) == Some("Enabled");
    let encryption = rule.find("Destination").and_then(|to| to.find("EncryptionConfiguration"));
    let key = encryption.and_then(|encryption| encryption.get("ReplicaKmsKeyID"));
    if copies_kms && key.is_none() {
        return Err(invalid("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."));
    }
    if !copies_kms && key.is_some() {
        return Err(invalid(
            "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.",
        ));
    }
    if rule.get("Priority").is_none() {
        return Err(invalid(format!("Priority {SCHEMA}")));
    }
    let markers = rule
        .find("DeleteMarkerReplication")
        .ok_or_else(|| invalid(format!("DeleteMarkerReplication {SCHEMA}")))?;
    let has_tags =
        [Some(filter), filter.find("And")].into_iter().flatten().any(|part| part.find("Tag").is_some());
    if has_tags && markers.only(&["Status"])?.get("Status") == Some("Enabled") {
        return Err(invalid(
            "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.",
        ));
    }
    let destination = rule.find("Destination").cloned().unwrap_or_default();
    destination.only(&["Bucket", "StorageClass", "ReplicationTime", "Metrics", "EncryptionConfiguration"])?;
    if destination.get("StorageClass").is_some_and(|class| !CLASSES.contains(&class)) {
        return Err(ApiError::new(
            "InvalidStorageClass",
            400,
            "The storage class you specified is not valid",
        ));
    }
    if destination.find("ReplicationTime").is_some() != destination.find("Metrics").is_some() {
        return Err(invalid(
            "Replication destination must contain both ReplicationTime and Metrics or neither.",
        ));
    }
    for (name, inside) in [("ReplicationTime", "Time"), ("Metrics", "EventThreshold")] {
        if let Some(part) = destination.find(name) {
            let minutes =
                part.only(&["Status", inside])?.find(inside).and_then(|inside| inside.get("Minutes"));
            if minutes != Some("15") {
                return Err(ApiError::new("InvalidArgument", 400, "Minutes must be 15"));
            }
        }
    }
    let arn = destination.get("Bucket").unwrap_or_default();
    let target = arn
        .strip_prefix(&format!("arn:{}:s3:::", partition(region)))
        .ok_or_else(|| ApiError::new("InvalidArgument", 400, "Invalid bucket ARN."))?;
    if target == source {
        return Err(invalid("Destination bucket cannot be the same as the source bucket."));
    }
    let bucket = world.buckets.get(target).ok_or_else(|| invalid("Destination bucket must exist."))?;
    if bucket.versioning.as_deref() != Some("Enabled") {
        return Err(invalid("Destination bucket must have versioning enabled."));
    }
    Ok(())
}

pub(super) fn get(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    match &find(world, region, name)?.replication {
        Some(configuration) => Ok(Response::xml(200, configuration)),
        None => Err(ApiError::new(
            "ReplicationConfigurationNotFoundError",
            404,
            "The replication configuration was not found",
        )),
    }
}

pub(super) fn delete(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    find(world, region, name)?.replication = None;
    Ok(Response::empty(204))
}
