//! What is set on a bucket: versioning, tags, blocking of public access, encryption, lifecycle. It is kept as it was put and
//! given back; what S3 checks in it is checked as far as it is said here. Not here: replication, and acting on lifecycles.

use super::{Bucket, find};
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
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(ApiError::new("MalformedXML", 400, message));
    };
    find(world, region, name)?.ownership = (rule != ENFORCED).then_some(rule);
    Ok(Response::empty(200))
}

pub(super) fn get_ownership(world: &mut World, region: &str, name: &str) -> Answer {
    let ownership = find(world, region, name)?.ownership.clone().unwrap_or_else(|| ENFORCED.to_owned());
    let rule = Element::new("Rule").with("ObjectOwnership", ownership);
    Ok(Response::xml(200, &Element::new("OwnershipControls").child(rule)))
}

/// What was put, or an error with this code and these words.
fn given(configuration: Option<&Element>, (code, message): (&'static str, &str)) -> Answer {
    match configuration {
        Some(configuration) => Ok(Response::xml(200, configuration)),
        None => Err(ApiError::new(code, 404, message)),
    }
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

pub(super) fn put_lifecycle(world: &mut World, region: &str, name: &str, body: Element) -> Answer {
    body.only(&["Rule"])?;
    find(world, region, name)?.lifecycle = Some(body);
    Ok(Response::empty(200))
}

pub(super) fn get_lifecycle(world: &mut World, region: &str, name: &str) -> Answer {
    let missing = ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
    given(find(world, region, name)?.lifecycle.as_ref(), missing)
}

pub(super) fn delete_lifecycle(world: &mut World, region: &str, name: &str) -> Answer {
    find(world, region, name)?.lifecycle = None;
    Ok(Response::empty(204))
}
