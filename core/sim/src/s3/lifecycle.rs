//! Lifecycles: what S3 checks when one is put (S3-037; API reference, `LifecycleRule`). Not here: acting on them.

use std::collections::BTreeSet;

use super::{find, given, invalid, malformed};
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

/// The size below which objects stay where they are (API reference, `PutBucketLifecycleConfiguration`).
pub(super) const LEAST_SIZE: &str = "x-amz-transition-default-minimum-object-size";
const DEFAULT_LEAST_SIZE: &str = "all_storage_classes_128K";

const ACTIONS: [&str; 5] = [
    "Expiration",
    "Transition",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
    "AbortIncompleteMultipartUpload",
];

pub(super) fn put(
    world: &mut World,
    request: &Request,
    name: &str,
    body: Element,
) -> Result<Response, ApiError> {
    body.only(&["Rule"])?;
    let mut ids = BTreeSet::new();
    for rule in body.all("Rule") {
        check(rule)?;
        if rule.get("ID").is_some_and(|id| !ids.insert(id)) {
            let message = "Rule ID must be unique. Found same ID for more than one rule";
            return Err(ApiError::new("InvalidArgument", 400, message));
        }
    }
    if body.all("Rule").next().is_none() {
        return Err(malformed());
    }
    let bucket = find(world, &request.region, name)?;
    bucket.lifecycle = Some(body.named("LifecycleConfiguration"));
    bucket.least_size =
        request.header(LEAST_SIZE).filter(|size| *size != DEFAULT_LEAST_SIZE).map(str::to_owned);
    Ok(Response::empty(200))
}

fn check(rule: &Element) -> Result<(), ApiError> {
    rule.only(&[&["ID", "Status", "Filter", "Prefix"], ACTIONS.as_slice()].concat())?;
    if !["Enabled", "Disabled"].contains(&rule.get("Status").unwrap_or_default())
        || rule.find("Filter").is_some() == rule.find("Prefix").is_some()
    {
        return Err(malformed());
    }
    if !ACTIONS.iter().any(|action| rule.find(action).is_some()) {
        return Err(invalid("At least one action needs to be specified in a rule"));
    }
    for action in rule.children.iter().filter(|child| ACTIONS.contains(&child.name.as_str())) {
        for days in ["Days", "NoncurrentDays", "DaysAfterInitiation"] {
            // Objects can move, but not go, on the day they come.
            let is_too_few = action.get(days) == Some("0") && action.name != "Transition";
            if is_too_few {
                let message = format!("'{days}' for {} action must be a positive integer", action.name);
                return Err(ApiError::new("InvalidArgument", 400, message));
            }
        }
        if action.name == "Expiration" && action.children.len() != 1 {
            return Err(malformed());
        }
    }
    let days = |action: &Element| action.get("Days").and_then(|days| days.parse::<u64>().ok());
    let last = rule.all("Transition").filter_map(days).max();
    let expires = rule.find("Expiration").and_then(days);
    if let (Some(last), Some(expires)) = (last, expires)
        && expires <= last
    {
        let message =
            "'Days' in the Expiration action for filter must be greater than 'Days' in the Transition action";
        return Err(ApiError::new("InvalidArgument", 400, message));
    }
    Ok(())
}

pub(super) fn get(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    let missing = ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
    let bucket = find(world, region, name)?;
    let size = bucket.least_size.clone().unwrap_or_else(|| DEFAULT_LEAST_SIZE.to_owned());
    Ok(given(bucket.lifecycle.as_ref(), missing)?.header(LEAST_SIZE, size))
}

pub(super) fn delete(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    let bucket = find(world, region, name)?;
    (bucket.lifecycle, bucket.least_size) = (None, None);
    Ok(Response::empty(204))
}
