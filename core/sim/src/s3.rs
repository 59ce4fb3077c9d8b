//! S3: buckets with versioning, tags and replication configuration. Not here: objects.

mod replication;

use serde::{Deserialize, Serialize};

use crate::clock::iso8601;
use crate::fault::ApiError;
use crate::operation::{UNKNOWN, is_read};
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, World};
use crate::xml::Element;

/// A bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    /// Which of all buckets ever made it is.
    #[serde(default)]
    pub(crate) serial: u64,
    created: f64,
    /// `Enabled` or `Suspended`, once set.
    versioning: Option<String>,
    tags: Tags,
    /// The configuration as it was put.
    replication: Option<Element>,
}

fn no_bucket() -> ApiError {
    ApiError::new("NoSuchBucket", 404, "The specified bucket does not exist")
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidRequest", 400, message)
}

/// The bucket that a request is about: the first label of its host, or the first segment of its path.
fn bucket_of(request: &Request) -> (Option<String>, usize) {
    match request.host.split_once(".s3.").map(|(bucket, _)| bucket.to_owned()) {
        Some(bucket) => (Some(bucket), request.path.len()),
        None => (request.path.first().cloned(), request.path.len().saturating_sub(1)),
    }
}

pub(crate) fn operation(request: &Request) -> &'static str {
    let (bucket, rest) = bucket_of(request);
    let method = request.method.as_str();
    let has = |flag: &str| request.query.contains_key(flag);
    match method {
        "GET" if bucket.is_none() => "ListBuckets",
        _ if bucket.is_none() || rest > 0 => UNKNOWN,
        "PUT" if has("versioning") => "PutBucketVersioning",
        "GET" if has("versioning") => "GetBucketVersioning",
        "PUT" if has("replication") => "PutBucketReplication",
        "GET" if has("replication") => "GetBucketReplication",
        "DELETE" if has("replication") => "DeleteBucketReplication",
        "GET" if has("tagging") => "GetBucketTagging",
        "PUT" if request.query.is_empty() => "CreateBucket",
        "HEAD" if request.query.is_empty() => "HeadBucket",
        "DELETE" if request.query.is_empty() => "DeleteBucket",
        _ => UNKNOWN,
    }
}

/// Whether an operation makes, configures or deletes a bucket: S3's control plane, as opposed to reading and to objects.
pub(crate) fn is_configuration(operation: &str) -> bool {
    !is_read(operation) && operation != UNKNOWN && !operation.contains("Object")
}

pub(crate) fn handle(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let (bucket, _) = bucket_of(request);
    let name = bucket.as_deref().unwrap_or_default();
    let region = request.region.as_str();
    let body = || Element::parse(request.text());
    match operation {
        "ListBuckets" => Ok(list(world, request)),
        "CreateBucket" => create(world, request, name),
        "HeadBucket" => head(world, region, name),
        "DeleteBucket" => delete(world, region, name),
        "PutBucketVersioning" => put_versioning(world, region, name, &body()?),
        "GetBucketVersioning" => get_versioning(world, region, name),
        "PutBucketReplication" => replication::put(world, region, name, body()?),
        "GetBucketReplication" => replication::get(world, region, name),
        "DeleteBucketReplication" => replication::delete(world, region, name),
        "GetBucketTagging" => get_tagging(world, region, name),
        _ => {
            let query: Vec<&str> = request.query.keys().map(String::as_str).collect();
            let (method, path) = (&request.method, request.path.join("/"));
            Err(ApiError::unsimulated(format!("s3: {method} /{path}?{}", query.join("&"))))
        }
    }
}

/// A bucket, at its own region's endpoint.
fn find<'a>(world: &'a mut World, region: &str, name: &str) -> Result<&'a mut Bucket, ApiError> {
    let bucket = world.buckets.get_mut(name).ok_or_else(no_bucket)?;
    if bucket.region != region {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.";
        return Err(ApiError::new("PermanentRedirect", 301, message));
    }
    Ok(bucket)
}

fn list(world: &World, request: &Request) -> Response {
    let prefix = request.query.get("prefix").map(String::as_str).unwrap_or_default();
    let listed = world.buckets.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(name, bucket)| {
        Element::new("Bucket")
            .with("Name", name)
            .with("CreationDate", iso8601(bucket.created))
            .with("BucketRegion", &bucket.region)
    });
    let root = Element::new("ListAllMyBucketsResult")
        .child(Element::new("Owner").with("ID", "local"))
        .child(Element::new("Buckets").children(listed));
    Response::xml(200, &root)
}

fn create(world: &mut World, request: &Request, name: &str) -> Result<Response, ApiError> {
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
    let tags = configuration.find("Tags").into_iter().flat_map(|tags| tags.all("Tag"));
    let pair = |tag: &Element| {
        (tag.get("Key").unwrap_or_default().to_owned(), tag.get("Value").unwrap_or_default().to_owned())
    };
    world.buckets_made += 1;
    let bucket = Bucket {
        region: region.to_owned(),
        serial: world.buckets_made,
        created: world.now,
        versioning: None,
        tags: tags.map(pair).collect(),
        replication: None,
    };
    world.buckets.insert(name.to_owned(), bucket);
    Ok(Response::empty(200).header("location", location))
}

fn head(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    // A HEAD has no body, so neither has its error; the SDK makes `NotFound` of the status.
    match find(world, region, name) {
        Ok(bucket) => Ok(Response::empty(200).header("x-amz-bucket-region", bucket.region.clone())),
        Err(error) => Ok(Response::empty(error.status)),
    }
}

fn delete(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    find(world, region, name)?;
    world.buckets.remove(name);
    Ok(Response::empty(204))
}

fn put_versioning(world: &mut World, region: &str, name: &str, body: &Element) -> Result<Response, ApiError> {
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

fn get_versioning(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    let status = find(world, region, name)?.versioning.clone();
    Ok(Response::xml(200, &Element::new("VersioningConfiguration").with_some("Status", status)))
}

fn get_tagging(world: &mut World, region: &str, name: &str) -> Result<Response, ApiError> {
    let bucket = find(world, region, name)?;
    if bucket.tags.is_empty() {
        return Err(ApiError::new("NoSuchTagSet", 404, "The TagSet does not exist"));
    }
    let tags =
        bucket.tags.iter().map(|(key, value)| Element::new("Tag").with("Key", key).with("Value", value));
    Ok(Response::xml(200, &Element::new("Tagging").child(Element::new("TagSet").children(tags))))
}
