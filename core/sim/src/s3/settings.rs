//! What is set on a bucket: versioning, tags, blocking of public access, encryption, locks, the website. It is kept as it was put and
//! given back; what S3 checks in it is checked as far as it is said here. Not here: lifecycles, replication, and locking anything.

use super::{Bucket, find, given, malformed};
use crate::fault::ApiError;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

type Answer = Result<Response, ApiError>;

pub(super) fn put_versioning(world: &mut World, region: &str, name: &str, body: &Element) -> Answer {
    body.only(&["Status"])?;
    let bucket = find(world, region, name)?;
    let status = body.get("Status").unwrap_or_default();
    if status == "Suspended" && bucket.replication.is_some() {
        let message = "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.";
        return Err(ApiError::new("InvalidBucketState", 409, message));
    }
    if status == "Suspended" && bucket.lock.is_some() {
        let message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.";
        return Err(ApiError::new("InvalidBucketState", 409, message));
    }
    bucket.versioning = Some(status.to_owned());
    Ok(Response::empty(200))
}

pub(super) fn get_versioning(world: &mut World, region: &str, name: &str) -> Answer {
    let status = find(world, region, name)?.versioning.clone();
    Ok(Response::xml(200, &Element::new("VersioningConfiguration").with_some("Status", status)))
}

pub(super) fn get_tagging(world: &mut World, region: &str, name: &str) -> Answer {
    let bucket = find(world, region, name)?;
    if bucket.tags.is_empty() {
        return Err(ApiError::new("NoSuchTagSet", 404, "The TagSet does not exist"));
    }
    let tags =
        bucket.tags.iter().map(|(key, value)| Element::new("Tag").with("Key", key).with("Value", value));
    Ok(Response::xml(200, &Element::new("Tagging").child(Element::new("TagSet").children(tags))))
}

pub(super) fn put_tagging(world: &mut World, region: &str, name: &str, body: &Element) -> Answer {
    let mut tags = crate::world::Tags::new();
    for tag in body.only(&["TagSet"])?.find("TagSet").into_iter().flat_map(|set| set.all("Tag")) {
        let get = |part: &str| tag.get(part).unwrap_or_default().to_owned();
        if tags.insert(get("Key"), get("Value")).is_some() {
            let message = "Cannot provide multiple Tags with the same key";
            return Err(ApiError::new("InvalidTag", 400, message));
        }
    }
    find(world, region, name)?.tags = tags;
    Ok(Response::empty(204))
}

pub(super) fn delete_tagging(world: &mut World, region: &str, name: &str) -> Answer {
    find(world, region, name)?.tags.clear();
    Ok(Response::empty(204))
}

const BLOCKS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// What a bucket is made with since April 2023 (S3 User Guide, "Blocking public access").
pub(super) fn everything_blocked() -> Option<Element> {
    let root = Element::new("PublicAccessBlockConfiguration");
    Some(BLOCKS.into_iter().fold(root, |root, block| root.with(block, true)))
}

pub(super) fn put_public_access_block(world: &mut World, region: &str, name: &str, body: Element) -> Answer {
    body.only(&BLOCKS)?;
    // What is left out is off.
    let root = Element::new("PublicAccessBlockConfiguration");
    let set = |root: Element, block: &str| root.with(block, body.get(block).unwrap_or("false"));
    find(world, region, name)?.public_access_block = Some(BLOCKS.into_iter().fold(root, set));
    Ok(Response::empty(200))
}

pub(super) fn get_public_access_block(world: &mut World, region: &str, name: &str) -> Answer {
    let missing =
        ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found");
    given(find(world, region, name)?.public_access_block.as_ref(), missing)
}

pub(super) fn delete_public_access_block(world: &mut World, region: &str, name: &str) -> Answer {
    find(world, region, name)?.public_access_block = None;
    Ok(Response::empty(204))
}

/// What every new bucket has since April 2023 (S3 User Guide, about-object-ownership).
const ENFORCED: &str = "BucketOwnerEnforced";

pub(super) fn put_ownership(world: &mut World, region: &str, name: &str, body: &Element) -> Answer {
    let rule = body.only(&["Rule"])?.find("Rule").and_then(|rule| rule.get("ObjectOwnership"));
    let rule = rule.filter(|rule| [ENFORCED, "BucketOwnerPreferred", "ObjectWriter"].contains(rule));
    let Some(rule) = rule.map(str::to_owned) else {
        return Err(malformed());
    };
    find(world, region, name)?.ownership = (rule != ENFORCED).then_some(rule);
    Ok(Response::empty(200))
}

pub(super) fn get_ownership(world: &mut World, region: &str, name: &str) -> Answer {
    let ownership = find(world, region, name)?.ownership.clone().unwrap_or_else(|| ENFORCED.to_owned());
    let rule = Element::new("Rule").with("ObjectOwnership", ownership);
    Ok(Response::xml(200, &Element::new("OwnershipControls").child(rule)))
}

/// What every bucket without a configuration has since January 2023 (S3 User Guide, "Default encryption FAQ").
fn default_encryption() -> Element {
    let by_default = Element::new("ApplyServerSideEncryptionByDefault").with("SSEAlgorithm", "AES256");
    let rule = Element::new("Rule").child(by_default).with("BucketKeyEnabled", false);
    Element::new("ServerSideEncryptionConfiguration").child(rule)
}

/// The algorithm, and the key if one is named, for objects that name neither.
pub(super) fn encryption_of(bucket: &Bucket) -> (String, Option<String>) {
    let configuration = bucket.encryption.clone().unwrap_or_else(default_encryption);
    let rule = configuration.find("Rule").and_then(|rule| rule.find("ApplyServerSideEncryptionByDefault"));
    let get = |name: &str| rule.and_then(|rule| rule.get(name)).map(str::to_owned);
    (get("SSEAlgorithm").unwrap_or_else(|| "AES256".to_owned()), get("KMSMasterKeyID"))
}

pub(super) fn put_encryption(world: &mut World, region: &str, name: &str, body: Element) -> Answer {
    for rule in body.only(&["Rule"])?.all("Rule") {
        rule.only(&["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled"])?;
        for default in rule.all("ApplyServerSideEncryptionByDefault") {
            default.only(&["SSEAlgorithm", "KMSMasterKeyID"])?;
        }
    }
    find(world, region, name)?.encryption = Some(body);
    Ok(Response::empty(200))
}

pub(super) fn get_encryption(world: &mut World, region: &str, name: &str) -> Answer {
    let configuration = find(world, region, name)?.encryption.clone().unwrap_or_else(default_encryption);
    Ok(Response::xml(200, &configuration))
}

pub(super) fn delete_encryption(world: &mut World, region: &str, name: &str) -> Answer {
    find(world, region, name)?.encryption = None;
    Ok(Response::empty(204))
}

/// On a bucket with versions, also on one that exists (S3 User Guide, object-lock-configure). Without a body nothing changes about
/// locks that there are: they can't be turned off.
pub(super) fn put_lock(world: &mut World, region: &str, name: &str, body: Element) -> Answer {
    body.only(&["ObjectLockEnabled", "Rule"])?;
    let bucket = find(world, region, name)?;
    if bucket.versioning.as_deref() != Some("Enabled") {
        let message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
        return Err(ApiError::new("InvalidBucketState", 409, message));
    }
    if body.get("ObjectLockEnabled") != Some("Enabled") {
        return Err(malformed());
    }
    if let Some(rule) = body.find("Rule") {
        let retention = rule.only(&["DefaultRetention"])?.find("DefaultRetention").ok_or_else(malformed)?;
        retention.only(&["Mode", "Days", "Years"])?;
        let known = ["GOVERNANCE", "COMPLIANCE"].contains(&retention.get("Mode").unwrap_or_default());
        // One of both (S3-024).
        let amounts = [retention.get("Days"), retention.get("Years")].into_iter().flatten();
        let amounts: Vec<Option<u64>> = amounts.map(|amount| amount.parse().ok()).collect();
        let [Some(amount)] = amounts.as_slice() else { return Err(malformed()) };
        if !known {
            return Err(malformed());
        }
        if *amount == 0 {
            let message = "Default retention period must be a positive integer value.";
            return Err(ApiError::new("InvalidArgument", 400, message));
        }
    }
    bucket.lock = Some(body.named("ObjectLockConfiguration"));
    Ok(Response::empty(200))
}

pub(super) fn get_lock(world: &mut World, region: &str, name: &str) -> Answer {
    let missing =
        ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket");
    given(find(world, region, name)?.lock.as_ref(), missing)
}

pub(super) fn put_website(world: &mut World, region: &str, name: &str, body: Element) -> Answer {
    body.only(&["IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules"])?;
    let (index, redirect) = (body.find("IndexDocument"), body.find("RedirectAllRequestsTo"));
    // Requests are redirected, or answered with documents (S3 API, `WebsiteConfiguration`).
    let suffix = index.and_then(|index| index.get("Suffix")).unwrap_or_default();
    let message = match (index, redirect) {
        (Some(_), Some(_)) => {
            "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
        }
        (None, None) => "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
        (Some(_), None) if suffix.is_empty() || suffix.contains('/') => {
            "The IndexDocument Suffix is not well formed"
        }
        (Some(_), None) | (None, Some(_)) => "",
    };
    if !message.is_empty() {
        return Err(ApiError::new("InvalidArgument", 400, message));
    }
    find(world, region, name)?.website = Some(body.named("WebsiteConfiguration"));
    Ok(Response::empty(200))
}

pub(super) fn get_website(world: &mut World, region: &str, name: &str) -> Answer {
    let missing =
        ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration");
    given(find(world, region, name)?.website.as_ref(), missing)
}

pub(super) fn delete_website(world: &mut World, region: &str, name: &str) -> Answer {
    find(world, region, name)?.website = None;
    Ok(Response::empty(204))
}
