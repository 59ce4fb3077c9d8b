//! Listing what is in a bucket, page by page. Not here: listing buckets.

use std::collections::BTreeSet;

use super::Bucket;
use super::content::{Content, Version};
use super::objects::current;
use crate::clock::iso8601;
use crate::fault::ApiError;
use crate::query::percent_encode;
use crate::request::Request;
use crate::response::Response;
use crate::xml::Element;

/// The most entries of one page, and as many as a page has unless fewer are asked for (API reference, `ListObjectsV2`).
const MAX_KEYS: usize = 1000;

/// The parameters of a listing; others are refused.
fn parameters<'a>(
    request: &'a Request,
    known: &[&str],
) -> Result<impl Fn(&str) -> &'a str + use<'a>, ApiError> {
    if let Some(odd) = request.query.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(ApiError::unsimulated(format!("the parameter {odd} of listings of objects")));
    }
    let query = &request.query;
    Ok(move |name: &str| query.get(name).map(String::as_str).unwrap_or_default())
}

fn most(text: &str) -> usize {
    text.parse().unwrap_or(MAX_KEYS).min(MAX_KEYS)
}

/// How keys are written: as they are, or percent-encoded, with which XML can tell all of them (S3 API, `EncodingType`).
#[derive(Clone, Copy)]
struct Spelling {
    encoded: bool,
}

impl Spelling {
    fn asked(encoding: &str) -> Self {
        Self { encoded: encoding == "url" }
    }

    fn name(self) -> Option<&'static str> {
        self.encoded.then_some("url")
    }

    fn of(self, text: &str) -> String {
        let encoded = || text.split('/').map(percent_encode).collect::<Vec<_>>().join("/");
        if self.encoded { encoded() } else { text.to_owned() }
    }

    fn key(self, entry: Element, key: &str) -> Element {
        entry.with("Key", self.of(key))
    }
}

fn owner() -> Element {
    Element::new("Owner").with("ID", "local")
}

/// `ListObjectsV2`. The continuation token is the last key of the page before; AWS's is opaque.
pub(super) fn objects(bucket: &Bucket, name: &str, request: &Request) -> Result<Response, ApiError> {
    let known = [
        "list-type",
        "prefix",
        "delimiter",
        "max-keys",
        "continuation-token",
        "start-after",
        "fetch-owner",
        "encoding-type",
    ];
    let get = parameters(request, &known)?;
    let (prefix, delimiter, most) = (get("prefix"), get("delimiter"), most(get("max-keys")));
    let spelling = Spelling::asked(get("encoding-type"));
    let after =
        if get("continuation-token").is_empty() { get("start-after") } else { get("continuation-token") };
    let mut contents = Vec::new();
    let mut prefixes = BTreeSet::new();
    let mut last = None;
    let mut truncated = false;
    for key in bucket.objects.keys().filter(|key| key.starts_with(prefix)) {
        let Some(content) = current(bucket, key) else { continue };
        let rest = key.get(prefix.len()..).unwrap_or_default();
        let common = (!delimiter.is_empty())
            .then(|| rest.find(delimiter))
            .flatten()
            .map(|at| format!("{prefix}{}", &rest[..at + delimiter.len()]));
        let entry = common.clone().unwrap_or_else(|| key.clone());
        if entry.as_str() <= after || prefixes.contains(&entry) {
            continue;
        }
        if contents.len() + prefixes.len() == most {
            truncated = true;
            break;
        }
        last = Some(entry.clone());
        match common {
            Some(common) => {
                prefixes.insert(common);
            }
            None => {
                let entry = entry_of(bucket, key, content, get("fetch-owner") == "true");
                contents.push(spelling.key(entry, key));
            }
        }
    }
    let count = contents.len() + prefixes.len();
    let root = Element::new("ListBucketResult")
        .with("Name", name)
        .with("Prefix", spelling.of(prefix))
        .with_some("EncodingType", spelling.name())
        .with("KeyCount", count)
        .with("MaxKeys", most)
        .with("IsTruncated", truncated)
        .with_some("NextContinuationToken", last.filter(|_| truncated))
        .children(contents)
        .children(
            prefixes.iter().map(|common| Element::new("CommonPrefixes").with("Prefix", spelling.of(common))),
        );
    Ok(Response::xml(200, &root))
}

fn entry_of(bucket: &Bucket, key: &str, content: &Content, with_owner: bool) -> Element {
    let modified =
        bucket.objects.get(key).and_then(|versions| versions.last()).map_or(0.0, |last| last.modified);
    let entry = Element::new("Contents")
        .with("LastModified", iso8601(modified))
        .with("ETag", &content.etag)
        .with("Size", content.bytes.0.len())
        .with("StorageClass", "STANDARD");
    if with_owner { entry.child(owner()) } else { entry }
}

/// `ListObjectVersions`: versions and delete markers by key, the newest first.
pub(super) fn versions(bucket: &Bucket, name: &str, request: &Request) -> Result<Response, ApiError> {
    let get = parameters(
        request,
        &["versions", "prefix", "max-keys", "key-marker", "version-id-marker", "encoding-type"],
    )?;
    let (prefix, most) = (get("prefix"), most(get("max-keys")));
    let spelling = Spelling::asked(get("encoding-type"));
    let (key_marker, version_marker) = (get("key-marker"), get("version-id-marker"));
    let all = bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix)).flat_map(|(key, versions)| {
        let newest_first = versions.iter().rev().enumerate();
        newest_first.map(move |(age, version)| (key, version, age == 0))
    });
    // A key marker alone leaves its key out; with a version, what is older than that one follows.
    let mut passed = version_marker.is_empty();
    let rest = all.filter(|(key, version, _)| match key.as_str().cmp(key_marker) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal if version_marker.is_empty() => false,
        std::cmp::Ordering::Equal => {
            let after = passed;
            passed = passed || version.id == version_marker;
            after
        }
    });
    let rest: Vec<_> = rest.take(most + 1).collect();
    let truncated = rest.len() > most;
    let page = rest.get(..most).unwrap_or(&rest);
    let mut root = Element::new("ListVersionsResult")
        .with("Name", name)
        .with("Prefix", spelling.of(prefix))
        .with_some("EncodingType", spelling.name())
        .with("KeyMarker", spelling.of(key_marker))
        .with("VersionIdMarker", version_marker)
        .with("MaxKeys", most)
        .with("IsTruncated", truncated);
    if let Some((key, version, _)) = page.last().filter(|_| truncated) {
        root = root.with("NextKeyMarker", spelling.of(key)).with("NextVersionIdMarker", &version.id);
    }
    let listed = page.iter().map(|(key, version, latest)| spelling.key(version_entry(version, *latest), key));
    Ok(Response::xml(200, &root.children(listed)))
}

fn version_entry(version: &Version, latest: bool) -> Element {
    let name = if version.content.is_some() { "Version" } else { "DeleteMarker" };
    let entry = Element::new(name)
        .with("VersionId", &version.id)
        .with("IsLatest", latest)
        .with("LastModified", iso8601(version.modified))
        .child(owner());
    match &version.content {
        Some(content) => entry
            .with("ETag", &content.etag)
            .with("Size", content.bytes.0.len())
            .with("StorageClass", "STANDARD"),
        None => entry,
    }
}
