//! Buckets and their replication. Objects are never touched. Not here: the role.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketNamespace, BucketVersioningStatus, CreateBucketConfiguration, Tag,
    VersioningConfiguration,
};
use polyregion_model::region::LocationConstraint;
use polyregion_model::{Address, Bucket, Region, Replication};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::wait::{Poll, VISIBLE, until, while_busy};
use super::super::{bucket_settings, lifecycle, replication, tags};
use super::{fields_of, made};
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;

/// S3 serialises changes of one bucket and refuses those that meet (409); and it may be a moment before it knows that a
/// bucket exists and has versioning. Deletions take a missing bucket as done before this is asked.
pub(super) fn is_busy(error: &AwsError) -> bool {
    error.is(&["OperationAborted", "ConditionalRequestConflict", "NoSuchBucket"])
        || error.says("InvalidRequest", "Destination bucket must")
        || error.says("InvalidRequest", "Versioning must be")
        || error.says("InvalidBucketState", "Versioning must be")
        // One that goes in the same run: nothing is copied any more.
        || error.says("InvalidBucketState", "replication configuration is present")
}

/// Tags go with the creation. Public access is blocked and objects are encrypted by default on every new bucket (since
/// 2023), so nothing is called for either.
pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    bucket: &Bucket,
    status: &StatusSink,
) -> Result<String, Failure> {
    let tags =
        tags::built(tags::tags(aws, address), |key, value| Tag::builder().key(key).value(value).build())?;
    let configuration = create_configuration(bucket.region, tags);
    let client = aws.s3(bucket.region);
    // Such a name is the account's own, and no other name may have the suffix (S3-008).
    let is_own = bucket.name.ends_with(&format!("-{}-{}-an", aws.account, bucket.region));
    let namespace = is_own.then_some(BucketNamespace::AccountRegional);
    while_busy(&VISIBLE, is_busy, status, || async {
        let call =
            client.create_bucket().bucket(&bucket.name).create_bucket_configuration(configuration.clone());
        let call = call.set_bucket_namespace(namespace.clone());
        made(aws, address, call.send().await.map_err(failed("s3:CreateBucket", bucket.region))).await
    })
    .await?;
    // A bucket that was never versioned is another than one that stopped to be.
    if !bucket.settings.contains_key(&Field::Versioning) {
        set_versioning(aws, bucket, status).await?;
    }
    set(aws, bucket, &bucket.settings.keys().copied().collect(), status).await?;
    if !bucket.lifecycle.is_empty() {
        set_lifecycle(aws, bucket, &BTreeSet::new(), status).await?;
    }
    Ok(bucket.name.clone())
}

async fn set(
    aws: &Aws,
    bucket: &Bucket,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    while_busy(&VISIBLE, is_busy, status, || bucket_settings::put(aws, bucket, fields)).await
}

pub(super) async fn update(
    aws: &Aws,
    bucket: &Bucket,
    changes: &[FieldChange],
    status: &StatusSink,
) -> Result<(), Failure> {
    let fields = &fields_of(changes);
    if fields.contains(&Field::Versioning) {
        set_versioning(aws, bucket, status).await?;
    }
    set(aws, bucket, fields, status).await?;
    if let Some(change) = changes.iter().find(|change| change.field == Field::Lifecycle) {
        let names =
            change.old.as_ref().and_then(Value::as_map).into_iter().flat_map(|map| map.keys().cloned());
        set_lifecycle(aws, bucket, &names.collect(), status).await?;
    }
    Ok(())
}

/// Puts the declared rules instead of these. S3 is asked for the rules of others in the moment before, so that theirs stay.
async fn set_lifecycle(
    aws: &Aws,
    bucket: &Bucket,
    instead_of: &BTreeSet<String>,
    status: &StatusSink,
) -> Result<(), Failure> {
    while_busy(&VISIBLE, is_busy, status, || lifecycle::put(aws, bucket, instead_of)).await?;
    // So many answers in a row, as old and new ones take turns.
    const ALIKE: usize = 3;
    let alike = AtomicUsize::new(0);
    until(&VISIBLE, status, || async {
        let is_settled = lifecycle::is_settled(aws, bucket, instead_of).await?;
        let seen = if is_settled { alike.load(Ordering::Relaxed) + 1 } else { 0 };
        alike.store(seen, Ordering::Relaxed);
        Ok(if seen >= ALIKE { Poll::Done(()) } else { Poll::Pending("its lifecycle changes".to_owned()) })
    })
    .await
}

/// In us-east-1 there is no location constraint (S3 API, `CreateBucketConfiguration`; that tags are taken there all the same
/// is known from public runbooks, not verified).
pub(in crate::aws) fn create_configuration(region: Region, tags: Vec<Tag>) -> CreateBucketConfiguration {
    let configuration = CreateBucketConfiguration::builder().set_tags(Some(tags));
    match region.info().location {
        LocationConstraint::Omit => configuration.build(),
        LocationConstraint::Code | LocationConstraint::Unlisted => {
            configuration.location_constraint(BucketLocationConstraint::from(region.code())).build()
        }
    }
}

async fn set_versioning(aws: &Aws, bucket: &Bucket, status: &StatusSink) -> Result<(), Failure> {
    // What has versions once keeps those it has (S3-020).
    let is_off = bucket.settings.contains_key(&Field::Versioning);
    let versioning = if is_off { BucketVersioningStatus::Suspended } else { BucketVersioningStatus::Enabled };
    let configuration = VersioningConfiguration::builder().status(versioning).build();
    let client = aws.s3(bucket.region);
    while_busy(&VISIBLE, is_busy, status, || async {
        let call = client.put_bucket_versioning().bucket(&bucket.name);
        let call = call.versioning_configuration(configuration.clone());
        call.send().await.map_err(failed("s3:PutBucketVersioning", bucket.region))
    })
    .await?;
    Ok(())
}

/// Puts the whole configuration: it is one document (S3-100).
pub(super) async fn replicate(aws: &Aws, wanted: &Replication, status: &StatusSink) -> Result<(), Failure> {
    let configuration = replication::built(aws, wanted)?;
    let client = aws.s3(wanted.region);
    while_busy(&VISIBLE, is_busy, status, || async {
        let call = client.put_bucket_replication().bucket(&wanted.bucket);
        let call = call.replication_configuration(configuration.clone());
        call.send().await.map_err(failed("s3:PutBucketReplication", wanted.region))
    })
    .await?;
    Ok(())
}

pub(super) async fn stop_replicating(
    aws: &Aws,
    replication: &Replication,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.s3(replication.region);
    while_busy(&VISIBLE, is_busy, status, || async {
        let call = client.delete_bucket_replication().bucket(&replication.bucket).send().await;
        ignore_absent(call.map_err(failed("s3:DeleteBucketReplication", replication.region)))
    })
    .await
}

/// S3 refuses to delete a bucket with anything in it, and that is left to it.
pub(super) async fn delete(aws: &Aws, bucket: &Bucket, status: &StatusSink) -> Result<(), Failure> {
    let client = aws.s3(bucket.region);
    while_busy(&VISIBLE, is_busy, status, || async {
        let call = client.delete_bucket().bucket(&bucket.name).send().await;
        ignore_absent(call.map_err(failed("s3:DeleteBucket", bucket.region)))
    })
    .await
}

fn ignore_absent<T>(result: Result<T, AwsError>) -> Result<(), AwsError> {
    match result {
        Err(error) if !error.is(&["NoSuchBucket", "ReplicationConfigurationNotFoundError"]) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
