//! What S3's operations need. Not here: bucket policies and access lists; the simulation has none.

use super::{need, pass_role, tagged};
use crate::policy::Need;
use crate::request::Request;
use crate::s3::{Target, create_tags};
use crate::world::{Tags, partition};
use crate::xml::Element;

fn bucket_arn(request: &Request) -> String {
    let bucket = Target::of(request).bucket.unwrap_or_default();
    format!("arn:{}:s3:::{bucket}", partition(&request.region))
}

/// What lets the caller know which objects there are.
pub(super) fn list_bucket(request: &Request) -> Need {
    need("s3:ListBucket", bucket_arn(request))
}

pub(super) fn s3(operation: &str, request: &Request) -> Option<Vec<Need>> {
    let bucket = bucket_arn(request);
    let object = format!("{bucket}/{}", Target::of(request).key.unwrap_or_default());
    let versioned = request.query.contains_key("versionId");
    let on_bucket = |action| vec![need(action, bucket.clone())];
    let on_object = |action| need(action, object.clone());
    // Comparing a tag reads the object; `*` does not (S3 User Guide, "How to prevent object overwrites with conditional
    // writes" and "How to perform conditional deletes").
    let compares = request.header("if-match").is_some_and(|tag| tag != "*");
    let also_read = compares.then(|| on_object("s3:GetObject"));
    Some(match operation {
        "ListBuckets" => vec![need("s3:ListAllMyBuckets", "*")],
        "CreateBucket" => create(bucket, &create_tags(request)),
        "HeadBucket" | "ListObjectsV2" => on_bucket("s3:ListBucket"),
        "ListObjectVersions" => on_bucket("s3:ListBucketVersions"),
        "GetBucketLocation" => on_bucket("s3:GetBucketLocation"),
        "DeleteBucket" => on_bucket("s3:DeleteBucket"),
        "PutBucketVersioning" => on_bucket("s3:PutBucketVersioning"),
        "GetBucketVersioning" => on_bucket("s3:GetBucketVersioning"),
        "GetBucketReplication" => on_bucket("s3:GetReplicationConfiguration"),
        "DeleteBucketReplication" => on_bucket("s3:PutReplicationConfiguration"),
        "PutBucketReplication" => {
            let role = Element::parse(request.text()).ok();
            let role = role.and_then(|root| root.get("Role").map(str::to_owned)).unwrap_or_default();
            // That the service is named so is not verified.
            let pass = pass_role(&role, "s3.amazonaws.com");
            vec![need("s3:PutReplicationConfiguration", bucket), pass]
        }
        "PutBucketTagging" | "DeleteBucketTagging" => on_bucket("s3:PutBucketTagging"),
        "GetBucketTagging" => on_bucket("s3:GetBucketTagging"),
        "PutBucketOwnershipControls" => on_bucket("s3:PutBucketOwnershipControls"),
        "GetBucketOwnershipControls" => on_bucket("s3:GetBucketOwnershipControls"),
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => on_bucket("s3:PutBucketPublicAccessBlock"),
        "GetPublicAccessBlock" => on_bucket("s3:GetBucketPublicAccessBlock"),
        "PutBucketEncryption" | "DeleteBucketEncryption" => on_bucket("s3:PutEncryptionConfiguration"),
        "GetBucketEncryption" => on_bucket("s3:GetEncryptionConfiguration"),
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => {
            on_bucket("s3:PutLifecycleConfiguration")
        }
        "GetBucketLifecycleConfiguration" => on_bucket("s3:GetLifecycleConfiguration"),
        "PutObjectLockConfiguration" => on_bucket("s3:PutBucketObjectLockConfiguration"),
        "GetObjectLockConfiguration" => on_bucket("s3:GetBucketObjectLockConfiguration"),
        "PutBucketWebsite" => on_bucket("s3:PutBucketWebsite"),
        "GetBucketWebsite" => on_bucket("s3:GetBucketWebsite"),
        "DeleteBucketWebsite" => on_bucket("s3:DeleteBucketWebsite"),
        "PutObject" => std::iter::once(on_object("s3:PutObject")).chain(also_read).collect(),
        "GetObject" | "HeadObject" if versioned => vec![on_object("s3:GetObjectVersion")],
        "GetObject" | "HeadObject" => vec![on_object("s3:GetObject")],
        "DeleteObject" => {
            let action = if versioned { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
            std::iter::once(on_object(action)).chain(also_read).collect()
        }
        _ => return None,
    })
}

/// Tags want a permission of their own (API reference, `CreateBucketConfiguration`).
fn create(bucket: String, tags: &Tags) -> Vec<Need> {
    let mut needs = vec![tagged(need("s3:CreateBucket", bucket.clone()), "RequestTag", tags)];
    if !tags.is_empty() {
        needs.push(tagged(need("s3:TagResource", bucket), "RequestTag", tags));
    }
    needs
}
