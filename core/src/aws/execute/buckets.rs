//! Buckets and their replication. Objects are never touched. Not here: the role.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, DeleteMarkerReplication,
    DeleteMarkerReplicationStatus, Destination, Metrics, MetricsStatus, ReplicationConfiguration,
    ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus, ReplicationTime, ReplicationTimeStatus,
    ReplicationTimeValue, Tag, VersioningConfiguration,
};
use polyregion_model::region::LocationConstraint;
use polyregion_model::{Address, Bucket, Region, Replication};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::wait::{VISIBLE, while_busy};
use super::super::{bucket_settings, tags};
use super::made;
use crate::apply::{Failure, StatusSink};
use crate::attribute::Field;
use crate::policy;

/// S3 serialises changes of one bucket and refuses those that meet (409); and it may be a moment before it knows that a
/// bucket exists and has versioning. Deletions take a missing bucket as done before this is asked.
pub(super) fn is_busy(error: &AwsError) -> bool {
    error.is(&["OperationAborted", "ConditionalRequestConflict", "NoSuchBucket"])
        || error.says("InvalidRequest", "Destination bucket must")
        || error.says("InvalidRequest", "Versioning must be")
}

/// The only value that S3 takes (S3 API, `ReplicationTimeValue`).
const TIME_CONTROL_MINUTES: i32 = 15;

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
    while_busy(&VISIBLE, is_busy, status, || async {
        let call =
            client.create_bucket().bucket(&bucket.name).create_bucket_configuration(configuration.clone());
        made(aws, address, call.send().await.map_err(failed("s3:CreateBucket", bucket.region))).await
    })
    .await?;
    enable_versioning(aws, bucket, status).await?;
    set(aws, bucket, &bucket.settings.keys().copied().collect(), status).await?;
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
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    if fields.contains(&Field::Versioning) {
        enable_versioning(aws, bucket, status).await?;
    }
    set(aws, bucket, fields, status).await
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

async fn enable_versioning(aws: &Aws, bucket: &Bucket, status: &StatusSink) -> Result<(), Failure> {
    let configuration = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
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
pub(super) async fn replicate(
    aws: &Aws,
    replication: &Replication,
    status: &StatusSink,
) -> Result<(), Failure> {
    let configuration = configuration(aws, replication)?;
    let client = aws.s3(replication.region);
    while_busy(&VISIBLE, is_busy, status, || async {
        let call = client.put_bucket_replication().bucket(&replication.bucket);
        let call = call.replication_configuration(configuration.clone());
        call.send().await.map_err(failed("s3:PutBucketReplication", replication.region))
    })
    .await?;
    Ok(())
}

/// One rule per destination, in the second version of the schema, over the whole bucket, delete markers included, as
/// otherwise deleted keys come back after a failover (S3-057 to S3-062, S3-093).
fn configuration(aws: &Aws, replication: &Replication) -> Result<ReplicationConfiguration, AwsError> {
    let mut rules = Vec::new();
    for (priority, destination) in (1_i32..).zip(&replication.destinations) {
        let mut to = Destination::builder().bucket(policy::bucket_arn(aws.partition, destination));
        if replication.replication_time_control {
            let minutes = ReplicationTimeValue::builder().minutes(TIME_CONTROL_MINUTES).build();
            let time = ReplicationTime::builder()
                .status(ReplicationTimeStatus::Enabled)
                .time(minutes.clone())
                .build()?;
            let metrics =
                Metrics::builder().status(MetricsStatus::Enabled).event_threshold(minutes).build()?;
            to = to.replication_time(time).metrics(metrics);
        }
        let markers =
            DeleteMarkerReplication::builder().status(DeleteMarkerReplicationStatus::Enabled).build();
        rules.push(
            ReplicationRule::builder()
                .id(format!("to-{destination}"))
                .priority(priority)
                .status(ReplicationRuleStatus::Enabled)
                .filter(ReplicationRuleFilter::builder().prefix("").build())
                .delete_marker_replication(markers)
                .destination(to.build()?)
                .build()?,
        );
    }
    let role = policy::role_arn(aws.partition, &aws.account, &replication.role);
    Ok(ReplicationConfiguration::builder().role(role).set_rules(Some(rules)).build()?)
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
