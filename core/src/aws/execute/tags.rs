//! Tags that change on what exists. Not here: those that a resource is made with.

use std::collections::BTreeMap;

use aws_sdk_route53::types::TagResourceType;
use polyregion_model::{Region, Resource, ResourceKind};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::observe::tags_of_table;
use super::super::tags::{built, tags};
use super::super::wait::{NOT_BUSY, Poll, VISIBLE, until, while_busy};
use super::{buckets, clusters};
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;

/// Marks what exists as ours, with the tags that are declared for it.
pub(super) async fn mark(
    aws: &Aws,
    resource: &Resource,
    physical_id: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    let marks = Value::Map(tags(aws, &resource.address).into_iter().collect());
    let marked = FieldChange { field: Field::Tags, old: None, new: Some(marks) };
    change(aws, resource, physical_id, &marked, status).await
}

/// Sets what is new and takes away what is old and not new.
pub(super) async fn change(
    aws: &Aws,
    resource: &Resource,
    physical_id: &str,
    change: &FieldChange,
    status: &StatusSink,
) -> Result<(), Failure> {
    let entries = |value: &Option<Value>| value.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
    let new = entries(&change.new);
    let mut gone = entries(&change.old);
    gone.retain(|key, _| !new.contains_key(key));
    let gone: Vec<String> = gone.into_keys().collect();
    let account = &aws.account;
    match &resource.kind {
        ResourceKind::Zone(_) => route53(aws, TagResourceType::Hostedzone, physical_id, new, gone).await?,
        ResourceKind::HealthCheck(_) => {
            route53(aws, TagResourceType::Healthcheck, physical_id, new, gone).await?;
        }
        ResourceKind::Table(table) => dynamodb(aws, table.region, &table.name, new, gone, status).await?,
        ResourceKind::Replica(replica) => {
            dynamodb(aws, replica.region, &replica.name, new, gone, status).await?
        }
        ResourceKind::GlobalCluster(global) => {
            let name = format!(":{account}:global-cluster:{}", global.identifier);
            rds(aws, global.region, &name, new, gone, status).await?;
        }
        ResourceKind::Cluster(cluster) => {
            let name = format!("{}:{account}:cluster:{}", cluster.region, cluster.identifier);
            rds(aws, cluster.region, &name, new, gone, status).await?;
        }
        ResourceKind::Instance(instance) => {
            let name = format!("{}:{account}:db:{}", instance.region, instance.identifier);
            rds(aws, instance.region, &name, new, gone, status).await?;
        }
        ResourceKind::Bucket(bucket) => {
            // With those that mark it, should they have been lost.
            let all = tags(aws, &resource.address).into_iter().collect();
            while_busy(&VISIBLE, buckets::is_busy, status, || {
                s3(aws, bucket.region, &bucket.name, &all, &gone)
            })
            .await?;
        }
        ResourceKind::ReplicationRole(role) => iam(aws, &role.name, new, gone).await?,
        ResourceKind::RecordSet(_) | ResourceKind::Replication(_) => {
            return Err(Failure::bug("this has no tags"));
        }
    }
    Ok(())
}

/// Both in one call.
async fn route53(
    aws: &Aws,
    kind: TagResourceType,
    id: &str,
    new: BTreeMap<String, String>,
    gone: Vec<String>,
) -> Result<(), AwsError> {
    let tag = |(key, value)| aws_sdk_route53::types::Tag::builder().key(key).value(value).build();
    let call = aws.route53().change_tags_for_resource().resource_type(kind).resource_id(id);
    // Empty lists are refused (Route 53 API, `TagList`).
    let call = call.set_add_tags((!new.is_empty()).then(|| new.into_iter().map(tag).collect()));
    let call = call.set_remove_tag_keys((!gone.is_empty()).then_some(gone));
    call.send().await.map_err(failed("route53:ChangeTagsForResource", None)).map(drop)
}

/// DynamoDB takes a change of tags, carries it out in the next seconds, and refuses another until then (DynamoDB API, `TagResource`; the
/// refusal is from error messages that users posted).
pub(super) async fn dynamodb(
    aws: &Aws,
    region: Region,
    table: &str,
    new: BTreeMap<String, String>,
    gone: Vec<String>,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.dynamodb(region);
    let arn = aws.table_arn(region, table);
    let is_busy = |error: &AwsError| error.is(&["LimitExceededException", "ResourceInUseException"]);
    if !new.is_empty() {
        let tags = built(new.clone(), |key, value| {
            aws_sdk_dynamodb::types::Tag::builder().key(key).value(value).build()
        })?;
        while_busy(&VISIBLE, is_busy, status, || async {
            let call = client.tag_resource().resource_arn(&arn).set_tags(Some(tags.clone())).send().await;
            call.map_err(failed("dynamodb:TagResource", region))
        })
        .await?;
    }
    if !gone.is_empty() {
        while_busy(&VISIBLE, is_busy, status, || async {
            let call = client.untag_resource().resource_arn(&arn).set_tag_keys(Some(gone.clone()));
            call.send().await.map_err(failed("dynamodb:UntagResource", region))
        })
        .await?;
    }
    until(&VISIBLE, status, || async {
        let found = tags_of_table(aws, region, &arn).await?;
        let has_new = new.iter().all(|(key, value)| found.get(key) == Some(value));
        let has_gone = gone.iter().any(|key| found.contains_key(key));
        Ok(if has_new && !has_gone { Poll::Done(()) } else { Poll::Pending("tags are changed".to_owned()) })
    })
    .await
}

async fn rds(
    aws: &Aws,
    region: Region,
    name: &str,
    new: BTreeMap<String, String>,
    gone: Vec<String>,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.rds(region);
    let arn = format!("arn:{}:rds:{name}", aws.partition);
    if !gone.is_empty() {
        while_busy(&NOT_BUSY, clusters::is_busy, status, || async {
            let call =
                client.remove_tags_from_resource().resource_name(&arn).set_tag_keys(Some(gone.clone()));
            call.send().await.map_err(failed("rds:RemoveTagsFromResource", region))
        })
        .await?;
    }
    if !new.is_empty() {
        let tag = |(key, value)| aws_sdk_rds::types::Tag::builder().key(key).value(value).build();
        let tags: Vec<_> = new.into_iter().map(tag).collect();
        while_busy(&NOT_BUSY, clusters::is_busy, status, || async {
            let call = client.add_tags_to_resource().resource_name(&arn).set_tags(Some(tags.clone()));
            call.send().await.map_err(failed("rds:AddTagsToResource", region))
        })
        .await?;
    }
    Ok(())
}

/// The tags of a bucket are one document (S3 API, `PutBucketTagging`): those of others are put back.
async fn s3(
    aws: &Aws,
    region: Region,
    bucket: &str,
    new: &BTreeMap<String, String>,
    gone: &[String],
) -> Result<(), AwsError> {
    let client = aws.s3(region);
    let found = client.get_bucket_tagging().bucket(bucket).send().await;
    let mut tags: BTreeMap<String, String> = match found.map_err(failed("s3:GetBucketTagging", region)) {
        Ok(found) => found.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        Err(error) if error.is(&["NoSuchTagSet"]) => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    tags.retain(|key, _| !gone.contains(key));
    tags.extend(new.clone());
    let tags = built(tags, |key, value| aws_sdk_s3::types::Tag::builder().key(key).value(value).build())?;
    let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(tags)).build()?;
    let call = client.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await;
    call.map_err(failed("s3:PutBucketTagging", region)).map(drop)
}

/// Keys are the same in upper and lower case (IAM API, `Tag`): what goes, goes first.
async fn iam(
    aws: &Aws,
    role: &str,
    new: BTreeMap<String, String>,
    gone: Vec<String>,
) -> Result<(), AwsError> {
    let client = aws.iam();
    if !gone.is_empty() {
        let call = client.untag_role().role_name(role).set_tag_keys(Some(gone)).send().await;
        call.map_err(failed("iam:UntagRole", None))?;
    }
    if !new.is_empty() {
        let tags = built(new, |key, value| aws_sdk_iam::types::Tag::builder().key(key).value(value).build())?;
        let call = client.tag_role().role_name(role).set_tags(Some(tags)).send().await;
        call.map_err(failed("iam:TagRole", None))?;
    }
    Ok(())
}
