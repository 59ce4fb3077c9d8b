//! S3: which operation a request is, and what all buckets have in common. Not here: the operations (`buckets`, `settings`,
//! `lifecycle`, `replication`, `objects`, `listing`).

mod buckets;
mod content;
mod lifecycle;
mod listing;
mod objects;
mod replication;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::content::Version;
use crate::fault::ApiError;
use crate::operation::{UNKNOWN, is_read};
use crate::query::percent_decode;
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
    /// As it was put. Buckets are made with all four on.
    #[serde(default = "settings::everything_blocked")]
    public_access_block: Option<Element>,
    /// `ObjectOwnership`, if it is not the default.
    #[serde(default)]
    ownership: Option<String>,
    /// As it was put.
    #[serde(default)]
    encryption: Option<Element>,
    /// As it was put.
    #[serde(default)]
    lifecycle: Option<Element>,
    /// What is told until then.
    #[serde(default)]
    former_lifecycle: Option<(f64, Option<Element>)>,
    /// `TransitionDefaultMinimumObjectSize`, if it is not the default.
    #[serde(default)]
    least_size: Option<String>,
    /// As it was put.
    #[serde(default)]
    lock: Option<Element>,
    /// As it was put.
    #[serde(default)]
    website: Option<Element>,
    /// Versions by key, the current one last. No key is without any.
    #[serde(default)]
    objects: BTreeMap<String, Vec<Version>>,
}

/// What a request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

impl Target {
    /// The bucket is the first label of the host, or the first segment of the path; the rest of the path is the key.
    pub(crate) fn of(request: &Request) -> Self {
        let path = request.raw_path.strip_prefix('/').unwrap_or(&request.raw_path);
        let some = |text: &str| (!text.is_empty()).then(|| percent_decode(text));
        match request.host.split_once(".s3.") {
            Some((bucket, _)) => Self { bucket: Some(bucket.to_owned()), key: some(path) },
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                Self { bucket: some(bucket), key: some(key) }
            }
        }
    }
}

/// Operations on a part of a bucket, by method and the parameter that names the part.
const PARTS: [(&str, &str, &str); 28] = [
    ("PUT", "versioning", "PutBucketVersioning"),
    ("GET", "versioning", "GetBucketVersioning"),
    ("PUT", "replication", "PutBucketReplication"),
    ("GET", "replication", "GetBucketReplication"),
    ("DELETE", "replication", "DeleteBucketReplication"),
    ("PUT", "tagging", "PutBucketTagging"),
    ("GET", "tagging", "GetBucketTagging"),
    ("DELETE", "tagging", "DeleteBucketTagging"),
    ("PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    ("GET", "publicAccessBlock", "GetPublicAccessBlock"),
    ("DELETE", "publicAccessBlock", "DeletePublicAccessBlock"),
    ("PUT", "ownershipControls", "PutBucketOwnershipControls"),
    ("GET", "ownershipControls", "GetBucketOwnershipControls"),
    ("PUT", "encryption", "PutBucketEncryption"),
    ("GET", "encryption", "GetBucketEncryption"),
    ("DELETE", "encryption", "DeleteBucketEncryption"),
    ("PUT", "lifecycle", "PutBucketLifecycleConfiguration"),
    ("GET", "lifecycle", "GetBucketLifecycleConfiguration"),
    ("DELETE", "lifecycle", "DeleteBucketLifecycle"),
    ("PUT", "object-lock", "PutObjectLockConfiguration"),
    ("GET", "object-lock", "GetObjectLockConfiguration"),
    ("PUT", "website", "PutBucketWebsite"),
    ("GET", "website", "GetBucketWebsite"),
    ("DELETE", "website", "DeleteBucketWebsite"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "versions", "ListObjectVersions"),
    ("GET", "location", "GetBucketLocation"),
    // What this parameter names is not simulated, and must not be taken for the bucket itself.
    ("GET", "acl", UNKNOWN),
];

pub(crate) fn operation(request: &Request) -> &'static str {
    let target = Target::of(request);
    let method = request.method.as_str();
    let flags: Vec<&str> = request.query.keys().map(String::as_str).filter(|flag| *flag != "x-id").collect();
    if target.bucket.is_none() {
        return if method == "GET" { "ListBuckets" } else { UNKNOWN };
    }
    if target.key.is_some() {
        let plain = flags.iter().all(|flag| *flag == "versionId");
        return match method {
            "PUT" if flags.is_empty() => "PutObject",
            "GET" if plain => "GetObject",
            "HEAD" if plain => "HeadObject",
            "DELETE" if plain => "DeleteObject",
            _ => UNKNOWN,
        };
    }
    if let Some((.., operation)) = PARTS.iter().find(|(m, flag, _)| *m == method && flags.contains(flag)) {
        return operation;
    }
    match method {
        "PUT" if flags.is_empty() => "CreateBucket",
        "HEAD" if flags.is_empty() => "HeadBucket",
        "DELETE" if flags.is_empty() => "DeleteBucket",
        _ => UNKNOWN,
    }
}

/// The tags that a bucket would be made with.
pub(crate) fn create_tags(request: &Request) -> Tags {
    Element::parse(request.text()).map(|root| buckets::tags(&root)).unwrap_or_default()
}

/// Whether an operation makes, configures or deletes a bucket: S3's control plane, as opposed to reading and to objects.
pub(crate) fn is_configuration(operation: &str) -> bool {
    !is_read(operation) && operation != UNKNOWN && !["PutObject", "DeleteObject"].contains(&operation)
}

pub(crate) fn handle(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let Target { bucket, key } = Target::of(request);
    let (name, key) = (bucket.unwrap_or_default(), key.unwrap_or_default());
    let name = name.as_str();
    let region = request.region.as_str();
    if operation == UNKNOWN {
        let query: Vec<&str> = request.query.keys().map(String::as_str).collect();
        let (method, path) = (&request.method, request.path.join("/"));
        return Err(ApiError::unsimulated(format!("s3: {method} /{path}?{}", query.join("&"))));
    }
    check_headers(operation, request)?;
    check_owner(world, name, request)?;
    let body = || Element::parse(request.text());
    match operation {
        "ListBuckets" => buckets::list(world, request),
        "CreateBucket" => buckets::create(world, request, name),
        "HeadBucket" => buckets::head(world, region, name),
        "GetBucketLocation" => buckets::location(world, name),
        "DeleteBucket" => buckets::delete(world, region, name),
        "PutBucketVersioning" => settings::put_versioning(world, region, name, &body()?),
        "GetBucketVersioning" => settings::get_versioning(world, region, name),
        "PutBucketReplication" => replication::put(world, region, name, body()?),
        "GetBucketReplication" => replication::get(world, region, name),
        "DeleteBucketReplication" => replication::delete(world, region, name),
        "PutBucketTagging" => settings::put_tagging(world, region, name, &body()?),
        "GetBucketTagging" => settings::get_tagging(world, region, name),
        "DeleteBucketTagging" => settings::delete_tagging(world, region, name),
        "PutBucketOwnershipControls" => settings::put_ownership(world, region, name, &body()?),
        "GetBucketOwnershipControls" => settings::get_ownership(world, region, name),
        "PutPublicAccessBlock" => settings::put_public_access_block(world, region, name, body()?),
        "GetPublicAccessBlock" => settings::get_public_access_block(world, region, name),
        "DeletePublicAccessBlock" => settings::delete_public_access_block(world, region, name),
        "PutBucketEncryption" => settings::put_encryption(world, region, name, body()?),
        "GetBucketEncryption" => settings::get_encryption(world, region, name),
        "DeleteBucketEncryption" => settings::delete_encryption(world, region, name),
        "PutBucketLifecycleConfiguration" => lifecycle::put(world, request, name, body()?),
        "GetBucketLifecycleConfiguration" => lifecycle::get(world, region, name),
        "DeleteBucketLifecycle" => lifecycle::delete(world, region, name),
        "PutObjectLockConfiguration" => settings::put_lock(world, region, name, body()?),
        "GetObjectLockConfiguration" => settings::get_lock(world, region, name),
        "PutBucketWebsite" => settings::put_website(world, region, name, body()?),
        "GetBucketWebsite" => settings::get_website(world, region, name),
        "DeleteBucketWebsite" => settings::delete_website(world, region, name),
        "ListObjectsV2" => listing::objects(find(world, region, name)?, name, request),
        "ListObjectVersions" => listing::versions(find(world, region, name)?, name, request),
        "PutObject" => objects::put(world, name, &key, request),
        "GetObject" | "HeadObject" => objects::get(find(world, region, name)?, &key, request),
        "DeleteObject" => objects::delete(world, name, &key, request),
        other => Err(ApiError::unsimulated(format!("s3:{other}"))),
    }
}

/// Refuses headers that nobody reads: AWS may know them, the simulation does not.
fn check_headers(operation: &str, request: &Request) -> Result<(), ApiError> {
    const COMMON: [&str; 8] = [
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-user-agent",
        "x-amz-security-token",
        "x-amz-expected-bucket-owner",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-checksum-crc32",
        "x-amz-checksum-mode",
    ];
    // Those of HTTP that change what objects are or which part of them is meant.
    const HTTP: [&str; 11] = [
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-md5",
        "expires",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "range",
    ];
    let known = match operation {
        "CreateBucket" => &["x-amz-bucket-namespace"],
        _ => objects::headers(operation),
    };
    let odd = request.headers.keys().map(String::as_str).find(|name| {
        let matters = name.starts_with("x-amz-") || HTTP.contains(name);
        let metadata = operation == "PutObject" && name.starts_with("x-amz-meta-");
        matters && !metadata && !COMMON.contains(name) && !known.contains(name)
    });
    match odd {
        Some(name) => Err(ApiError::unsimulated(format!("the header {name} of {operation}"))),
        None => Ok(()),
    }
}

/// Whoever says whose a bucket should be is told if it isn't theirs. All buckets here belong to the one account.
fn check_owner(world: &World, name: &str, request: &Request) -> Result<(), ApiError> {
    let expected = request.header("x-amz-expected-bucket-owner");
    if expected.is_some_and(|expected| expected != world.account) && world.buckets.contains_key(name) {
        return Err(ApiError::new("AccessDenied", 403, "Access Denied"));
    }
    Ok(())
}

fn no_bucket() -> ApiError {
    ApiError::new("NoSuchBucket", 404, "The specified bucket does not exist")
}

/// What was put, or an error with this code and these words.
fn given(
    configuration: Option<&Element>,
    (code, message): (&'static str, &str),
) -> Result<Response, ApiError> {
    match configuration {
        Some(configuration) => Ok(Response::xml(200, configuration)),
        None => Err(ApiError::new(code, 404, message)),
    }
}

fn malformed() -> ApiError {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    ApiError::new("MalformedXML", 400, message)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidRequest", 400, message)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_of_older_files_are_read() {
        let old = r#"{"region":"eu-west-1","created":1.0,"versioning":null,"tags":{},"replication":null}"#;
        let bucket: Bucket = serde_json::from_str(old).unwrap();
        assert!(bucket.objects.is_empty() && bucket.public_access_block.is_some());
    }

    #[test]
    fn only_the_control_plane_is_configuration() {
        let written =
            PARTS.map(|(_, _, operation)| operation).into_iter().filter(|name| is_configuration(name));
        assert_eq!(written.count(), 15);
        for other in ["PutObject", "DeleteObject", "GetObject", "ListBuckets", UNKNOWN] {
            assert!(!is_configuration(other), "{other}");
        }
        assert!(is_configuration("CreateBucket") && is_configuration("DeleteBucket"));
    }
}
