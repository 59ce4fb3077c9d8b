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

/// Old rules are told for so long, as a mean: users saw old and new ones by turns for half a minute.
const STALE_SECONDS: f64 = 5.0;
/// Days that objects stay in an infrequent-access class before a rule moves them on (S3 User Guide, lifecycle transitions).
const LEAST_DAYS_IN_IA: u64 = 30;

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
        if rule.find("Prefix").is_some() && body.all("Rule").any(|other| other.find("Filter").is_some()) {
            return Err(invalid(
                "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.",
            ));
        }
        if rule.get("ID").is_some_and(|id| !ids.insert(id)) {
            let message = "Rule ID must be unique. Found same ID for more than one rule";
            return Err(ApiError::new("InvalidArgument", 400, message));
        }
    }
    if body.all("Rule").next().is_none() {
        return Err(malformed());
    }
    let until = world.now + STALE_SECONDS;
    let bucket = find(world, &request.region, name)?;
    bucket.former_lifecycle = Some((until, bucket.lifecycle.take()));
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
            let is_too_few = action.get(days) == Some("0") && !action.name.ends_with("Transition");
            if is_too_few {
                let message = format!("'{days}' for {} action must be a positive integer", action.name);
                return Err(ApiError::new("InvalidArgument", 400, message));
            }
        }
        if action.name == "Expiration" && action.children.len() != 1 {
            return Err(malformed());
        }
    }
    let mut infrequent = None;
    for step in rule.all("Transition") {
        let days = step.get("Days").and_then(|days| days.parse::<u64>().ok()).unwrap_or_default();
        if infrequent.is_some_and(|since| days < since + LEAST_DAYS_IN_IA) {
            let message = "'Days' in the Transition action must be 30 days more than that of the infrequent-access class before it";
            return Err(ApiError::new("InvalidArgument", 400, message));
        }
        let class = step.get("StorageClass").unwrap_or_default();
        infrequent = ["STANDARD_IA", "ONEZONE_IA"].contains(&class).then_some(days);
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
    let now = world.now;
    let bucket = find(world, region, name)?;
    let former = bucket.former_lifecycle.as_ref().filter(|(until, _)| *until > now);
    let told = former.map_or(&bucket.lifecycle, |(_, former)| former);
    let size = bucket.least_size.clone().unwrap_or_else(|| DEFAULT_LEAST_SIZE.to_owned());
    Ok(given(told.as_ref(), missing)?.header(LEAST_SIZE, size))
}

pub(super) fn delete(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    let until = world.now + STALE_SECONDS;
    let bucket = find(world, region, name)?;
    bucket.former_lifecycle = Some((until, bucket.lifecycle.take()));
    bucket.least_size = None;
    Ok(Response::empty(204))
}
