//! Objects: writing, reading and deleting them, with versions and conditions. Not here: listing them (`listing`), parts,
//! copies, locks and access lists.

use std::collections::BTreeMap;

use super::content::{Bytes, Content, NULL, Version, crc32, etag};
use super::{Bucket, find, settings};
use crate::clock::http_date;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::World;

const CHECKSUM: &str = "x-amz-checksum-crc32";
const ENCRYPTION: &str = "x-amz-server-side-encryption";
const ENCRYPTION_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// The headers that an operation reads besides the common ones.
pub(super) fn headers(operation: &str) -> &'static [&'static str] {
    match operation {
        "PutObject" => &["if-match", "if-none-match", ENCRYPTION, ENCRYPTION_KEY],
        "GetObject" | "HeadObject" => &["if-match", "if-none-match"],
        "DeleteObject" => &["if-match"],
        "PutBucketLifecycleConfiguration" => &["content-md5", super::lifecycle::LEAST_SIZE],
        // The SDK adds it where S3 wants one and no checksum is sent.
        _ => &["content-md5"],
    }
}

fn no_key() -> ApiError {
    ApiError::new("NoSuchKey", 404, "The specified key does not exist.")
}

fn precondition() -> ApiError {
    let message = "At least one of the pre-conditions you specified did not hold";
    ApiError::new("PreconditionFailed", 412, message)
}

/// The current version's content, if there is one and it isn't deleted.
pub(super) fn current<'a>(bucket: &'a Bucket, key: &str) -> Option<&'a Content> {
    bucket.objects.get(key)?.last()?.content.as_ref()
}

/// The conditions of a write. `If-Match` on nothing is a 404 (S3 User Guide, "How to prevent object overwrites with
/// conditional writes").
fn check_write(bucket: &Bucket, key: &str, request: &Request) -> Result<(), ApiError> {
    let current = current(bucket, key);
    match request.header("if-none-match") {
        Some("*") if current.is_some() => return Err(precondition()),
        Some("*") | None => {}
        Some(_) => {
            let message = "A header you provided implies functionality that is not implemented";
            return Err(ApiError::new("NotImplemented", 501, message));
        }
    }
    match (request.header("if-match"), current) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(no_key()),
        (Some(tag), Some(content)) if same_tag(tag, &content.etag) => Ok(()),
        (Some(_), Some(_)) => Err(precondition()),
    }
}

/// Whether a condition names a tag; quotes may be left out.
fn same_tag(condition: &str, etag: &str) -> bool {
    condition == "*" || condition.trim_matches('"') == etag.trim_matches('"')
}

pub(super) fn put(world: &mut World, name: &str, key: &str, request: &Request) -> Result<Response, ApiError> {
    let (now, id) = (world.now, world.id("", 32));
    let bucket = find(world, &request.region, name)?;
    if key.len() > 1024 {
        return Err(ApiError::new("KeyTooLongError", 400, "Your key is too long"));
    }
    check_write(bucket, key, request)?;
    if request.header(CHECKSUM).is_some_and(|sent| sent != crc32(&request.body)) {
        let message = "The CRC32 you specified did not match the calculated checksum.";
        return Err(ApiError::new("BadDigest", 400, message));
    }
    let kept = |name: &str| name == "content-type" || name == CHECKSUM || name.starts_with("x-amz-meta-");
    let mut headers: BTreeMap<String, String> =
        request.headers.iter().filter(|(name, _)| kept(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
    let (algorithm, encryption_key) = match request.header(ENCRYPTION) {
        Some(algorithm) => (algorithm.to_owned(), request.header(ENCRYPTION_KEY).map(str::to_owned)),
        None => settings::encryption_of(bucket),
    };
    headers.insert(ENCRYPTION.to_owned(), algorithm);
    headers.extend(encryption_key.map(|id| (ENCRYPTION_KEY.to_owned(), id)));
    let content =
        Content { bytes: Bytes(request.body.as_slice().into()), etag: etag(&request.body), headers };
    let mut response = Response::empty(200).header("etag", content.etag.clone());
    response = with_headers(response, &content, |name| name == CHECKSUM || name.starts_with(ENCRYPTION));
    let version = add(bucket, key, id, now, Some(content));
    Ok(response.some_header("x-amz-version-id", version))
}

/// Adds a version; returns its id if versioning was ever on. Without versioning it takes the place of the `null` version.
fn add(
    bucket: &mut Bucket,
    key: &str,
    id: String,
    modified: f64,
    content: Option<Content>,
) -> Option<String> {
    let versioning = bucket.versioning.clone();
    let id = if versioning.as_deref() == Some("Enabled") { id } else { NULL.to_owned() };
    let versions = bucket.objects.entry(key.to_owned()).or_default();
    if id == NULL {
        versions.retain(|version| version.id != NULL);
    }
    versions.push(Version { id: id.clone(), modified, content });
    versioning.map(|_| id)
}

/// A response with some of an object's headers.
fn with_headers(response: Response, content: &Content, wanted: impl Fn(&str) -> bool) -> Response {
    let wanted = content.headers.iter().filter(|(name, _)| wanted(name));
    wanted.fold(response, |response, (name, value)| response.header(name.clone(), value))
}

/// `GetObject` and `HeadObject`: the latter is answered without the bytes.
pub(super) fn get(bucket: &Bucket, key: &str, request: &Request) -> Result<Response, ApiError> {
    let versions = bucket.objects.get(key).map(Vec::as_slice).unwrap_or_default();
    let asked = request.query.get("versionId");
    let version = match asked {
        Some(id) => versions.iter().find(|version| version.id == *id).ok_or_else(no_version)?,
        None => versions.last().ok_or_else(no_key)?,
    };
    let Some(content) = &version.content else {
        // The marker itself can't be read; without a version, what it hides isn't there.
        let error = match asked {
            Some(_) => {
                let message = "The specified method is not allowed against this resource.";
                ApiError::new("MethodNotAllowed", 405, message)
            }
            None => no_key(),
        };
        return Err(error);
    };
    if request.header("if-match").is_some_and(|tag| !same_tag(tag, &content.etag)) {
        return Err(precondition());
    }
    if request.header("if-none-match").is_some_and(|tag| same_tag(tag, &content.etag)) {
        return Ok(Response::empty(304).header("etag", content.etag.clone()));
    }
    let checked = request.header("x-amz-checksum-mode").is_some();
    let mut response = Response::empty(200)
        .header("etag", content.etag.clone())
        .header("last-modified", http_date(version.modified))
        .header("content-length", content.bytes.0.len().to_string())
        .some_header("x-amz-version-id", bucket.versioning.as_ref().map(|_| version.id.clone()));
    response = with_headers(response, content, |name| checked || name != CHECKSUM);
    if request.method == "GET" {
        response.body = content.bytes.0.to_vec();
    }
    Ok(response)
}

fn no_version() -> ApiError {
    ApiError::new("NoSuchVersion", 404, "The specified version does not exist.")
}

pub(super) fn delete(
    world: &mut World,
    name: &str,
    key: &str,
    request: &Request,
) -> Result<Response, ApiError> {
    let (now, id) = (world.now, world.id("", 32));
    let bucket = find(world, &request.region, name)?;
    // A tag is compared with the current version's (S3 User Guide, "How to perform conditional deletes"). What comes when
    // there is none is not verified.
    match (request.header("if-match"), current(bucket, key)) {
        (None, _) => {}
        (Some(tag), Some(content)) if same_tag(tag, &content.etag) => {}
        (Some("*"), None) | (Some(_), Some(_)) => return Err(precondition()),
        (Some(_), None) => return Err(no_key()),
    }
    let response = Response::empty(204);
    if let Some(version) = request.query.get("versionId") {
        return Ok(delete_version(bucket, key, version, response));
    }
    if bucket.versioning.is_none() {
        bucket.objects.remove(key);
        return Ok(response);
    }
    let marker = add(bucket, key, id, now, None);
    Ok(response.header("x-amz-delete-marker", "true").some_header("x-amz-version-id", marker))
}

/// Deletes one version for good; one that isn't there is no error.
fn delete_version(bucket: &mut Bucket, key: &str, id: &str, response: Response) -> Response {
    let mut marker = false;
    if let Some(versions) = bucket.objects.get_mut(key) {
        marker = versions.iter().any(|version| version.id == id && version.content.is_none());
        versions.retain(|version| version.id != id);
        if versions.is_empty() {
            bucket.objects.remove(key);
        }
    }
    response
        .header("x-amz-version-id", id)
        .some_header("x-amz-delete-marker", marker.then(|| "true".to_owned()))
}
