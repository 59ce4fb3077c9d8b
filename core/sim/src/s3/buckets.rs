//! Buckets: making, finding and deleting them. Not here: what is set on them and what is in them.

use super::{Bucket, find, no_bucket, settings};
use crate::clock::iso8601;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, World};
use crate::xml::Element;

/// Pages come only to those who ask for them, with `max-buckets` (API reference, `ListBuckets`). The token is the first name
/// of the next page; AWS's is opaque.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    const KNOWN: [&str; 5] = ["x-id", "prefix", "bucket-region", "max-buckets", "continuation-token"];
    if let Some(odd) = request.query.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(ApiError::unsimulated(format!("the parameter {odd} of ListBuckets")));
    }
    let get = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
    let most = get("max-buckets").parse().unwrap_or(10_000);
    let mut rest = world.buckets.iter().filter(|(name, bucket)| {
        name.starts_with(get("prefix"))
            && name.as_str() >= get("continuation-token")
            && (get("bucket-region").is_empty() || bucket.region == get("bucket-region"))
    });
    let page: Vec<Element> = rest
        .by_ref()
        .take(most)
        .map(|(name, bucket)| {
            Element::new("Bucket")
                .with("Name", name)
                .with("CreationDate", iso8601(bucket.created))
                .with("BucketRegion", &bucket.region)
        })
        .collect();
    let root = Element::new("ListAllMyBucketsResult")
        .child(Element::new("Owner").with("ID", "local"))
        .child(Element::new("Buckets").children(page))
        .with_some("ContinuationToken", rest.next().map(|(name, _)| name));
    Ok(Response::xml(200, &root))
}

pub(super) fn create(world: &mut World, request: &Request, name: &str) -> Result<Response, ApiError> {
    let region = request.region.as_str();
    let configuration =
        if request.body.is_empty() { Element::default() } else { Element::parse(request.text())? };
    configuration.only(&["LocationConstraint", "Tags"])?;
    match (region, configuration.get("LocationConstraint")) {
        ("us-east-1", Some(_)) => {
            let message = "The specified location-constraint is not valid";
            return Err(ApiError::new("InvalidLocationConstraint", 400, message));
        }
        ("us-east-1", None) => {}
        (_, Some(constraint)) if constraint == region => {}
        (_, constraint) => {
            let constraint = constraint.unwrap_or("unspecified");
            return Err(ApiError::new(
                "IllegalLocationConstraintException",
                400,
                format!(
                    "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
                ),
            ));
        }
    }
    if polyregion_model::name::check_bucket(name).is_err() {
        return Err(ApiError::new("InvalidBucketName", 400, "The specified bucket is not valid."));
    }
    // S3-008; the second message is ours.
    let is_own = name.ends_with(&format!("-{}-{region}-an", world.account));
    match request.headers.get("x-amz-bucket-namespace").map(String::as_str) {
        Some("account-regional") if !is_own => {
            let message = "The requested bucket name did not include the account-regional namespace suffix";
            return Err(ApiError::new("InvalidNamespaceHeader", 400, message));
        }
        None | Some("global") if name.ends_with("-an") => {
            return Err(ApiError::new("InvalidBucketName", 400, "The suffix -an is reserved."));
        }
        _ => {}
    }
    let location = format!("/{name}");
    if let Some(known) = world.buckets.get(name) {
        // In us-east-1 this answers 200 and resets the ACL (S3-010).
        return if region == "us-east-1" && known.region == region {
            Ok(Response::empty(200).header("location", location))
        } else {
            let message =
                "Your previous request to create the named bucket succeeded and you already own it.";
            Err(ApiError::new("BucketAlreadyOwnedByYou", 409, message))
        };
    }
    world.buckets_made += 1;
    let bucket = Bucket {
        region: region.to_owned(),
        serial: world.buckets_made,
        created: world.now,
        versioning: None,
        tags: tags(&configuration),
        replication: None,
        public_access_block: settings::everything_blocked(),
        ownership: None,
        encryption: None,
        lifecycle: None,
        former_lifecycle: None,
        least_size: None,
        lock: None,
        website: None,
        objects: Default::default(),
    };
    world.buckets.insert(name.to_owned(), bucket);
    Ok(Response::empty(200).header("location", location))
}

pub(super) fn head(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    let bucket = find(world, region, name)?;
    Ok(Response::empty(200).header("x-amz-bucket-region", bucket.region.clone()))
}

/// In whatever region it is asked. In us-east-1 the constraint is empty (S3 API, `GetBucketLocation`).
pub(super) fn location(world: &World, name: &str) -> Result<Response, ApiError> {
    let bucket = world.buckets.get(name).ok_or_else(no_bucket)?;
    let region = if bucket.region == "us-east-1" { String::new() } else { bucket.region.clone() };
    Ok(Response::xml(200, &Element { text: region, ..Element::new("LocationConstraint") }))
}

pub(super) fn delete(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    // Old versions and delete markers count (S3-016).
    if !find(world, region, name)?.objects.is_empty() {
        return Err(ApiError::new("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"));
    }
    world.buckets.remove(name);
    Ok(Response::empty(204))
}

/// The tags of a configuration to make a bucket with.
pub(super) fn tags(configuration: &Element) -> Tags {
    let tags = configuration.find("Tags").into_iter().flat_map(|tags| tags.all("Tag"));
    let get = |tag: &Element, part: &str| tag.get(part).unwrap_or_default().to_owned();
    tags.map(|tag| (get(tag, "Key"), get(tag, "Value"))).collect()
}
