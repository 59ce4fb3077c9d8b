//! DynamoDB tables and their replicas. Not here: order among the steps of one table, which the plan has settled.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateReplicationGroupMemberAction, DeleteReplicationGroupMemberAction,
    DisassociateReplicationGroupMemberAction, DisassociationMode, KeySchemaElement, KeyType, ReplicaStatus,
    ReplicationGroupUpdate, ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription,
    TableStatus, Tag, TimeToLiveSpecification,
};
use polyregion_model::{Address, Region, Replica, Table};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::was_resent;
use super::super::tags;
use super::super::wait::{
    NOT_BUSY, Poll, REPLICA_ACTIVE, REPLICA_ALONE, TABLE_ACTIVE, TABLE_AT_REST, TABLE_GONE, TTL_CHANGEABLE,
    WaitPolicy, until, while_busy,
};
use super::made;
use crate::apply::{Failure, StatusSink};
use crate::attribute::Field;
use crate::desired::{BILLING_MODE, STREAM_VIEW_TYPE};

/// DynamoDB takes one change of a table at a time, and so many in an account (`ResourceInUseException`,
/// `LimitExceededException`).
fn is_busy(error: &AwsError) -> bool {
    error.is(&["ResourceInUseException", "LimitExceededException"])
}

/// So many tables are being made in an account at once that DynamoDB takes no further one for now: 500, fewer with indexes
/// (DynamoDB API, `LimitExceededException`). Having as many tables as an account may is the same code, and no waiting helps; the words
/// are from error messages that users posted.
fn is_crowded(error: &AwsError) -> bool {
    error.says("LimitExceededException", "simultaneously")
}

/// Besides, a table's TTL changes at most once in a while (half an hour was measured, the API reference says one hour).
fn is_busy_with_ttl(error: &AwsError) -> bool {
    is_busy(error) || error.says("ValidationException", "modified multiple times")
}

/// Besides, a table that replicas were added from can't be deleted before they are gone everywhere, which is some seconds
/// after its home stops to list them.
fn is_busy_or_source(error: &AwsError) -> bool {
    is_busy(error) || error.says("ValidationException", "acted as a source region")
}

fn tags_of(aws: &Aws, address: &Address) -> Result<Vec<Tag>, AwsError> {
    tags::built(&aws.topology, address, |key, value| Tag::builder().key(key).value(value).build())
}

fn stream() -> Result<StreamSpecification, AwsError> {
    let view = StreamViewType::from(STREAM_VIEW_TYPE);
    Ok(StreamSpecification::builder().stream_enabled(true).stream_view_type(view).build()?)
}

pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    table: &Table,
    status: &StatusSink,
) -> Result<String, Failure> {
    let Table { name, region, key, sort_key, ttl, deletion_protection } = table;
    let mut request = aws
        .dynamodb(*region)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::from(BILLING_MODE))
        .stream_specification(stream()?)
        .deletion_protection_enabled(*deletion_protection)
        .set_tags(Some(tags_of(aws, address)?));
    for (attribute, role) in [(Some(key), KeyType::Hash), (sort_key.as_ref(), KeyType::Range)] {
        let Some(attribute) = attribute else { continue };
        let definition = AttributeDefinition::builder()
            .attribute_name(&attribute.name)
            .attribute_type(ScalarAttributeType::from(attribute.key_type.name()))
            .build()
            .map_err(AwsError::from)?;
        let element = KeySchemaElement::builder().attribute_name(&attribute.name).key_type(role).build();
        request = request.attribute_definitions(definition).key_schema(element.map_err(AwsError::from)?);
    }
    while_busy(&NOT_BUSY, is_crowded, status, || async {
        let call = request.clone().send().await.map_err(failed("dynamodb:CreateTable", *region));
        made(aws, address, call).await
    })
    .await?;
    wait_active(aws, *region, name, &TABLE_ACTIVE, status).await?;
    if let Some(attribute) = ttl {
        set_ttl(aws, *region, name, attribute, true, status).await?;
    }
    Ok(name.clone())
}

async fn set_ttl(
    aws: &Aws,
    region: Region,
    table: &str,
    attribute: &str,
    enabled: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(enabled).build();
    let specification = specification.map_err(AwsError::from)?;
    let client = aws.dynamodb(region);
    while_busy(&TTL_CHANGEABLE, is_busy_with_ttl, status, || async {
        let call = client.update_time_to_live().table_name(table);
        let call = call.time_to_live_specification(specification.clone());
        match call.send().await.map_err(failed("dynamodb:UpdateTimeToLive", region)) {
            // An attempt before was carried out and its answer lost.
            Err(error) if was_resent() && error.says("ValidationException", "already") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await
}

/// Sends an update, again as long as the table is busy, and waits until it is at rest.
async fn update_table(
    aws: &Aws,
    region: Region,
    table: &str,
    status: &StatusSink,
    change: impl Fn(UpdateTableFluentBuilder) -> UpdateTableFluentBuilder,
) -> Result<(), Failure> {
    let client = aws.dynamodb(region);
    let request = change(client.update_table().table_name(table));
    while_busy(&NOT_BUSY, is_busy, status, || async {
        request.clone().send().await.map_err(failed("dynamodb:UpdateTable", region))
    })
    .await?;
    settle(aws, region, table, status).await
}

/// One kind of change per call, the table at rest in between (DynamoDB API, `UpdateTable`).
pub(super) async fn update(
    aws: &Aws,
    table: &Table,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    let Table { name, region, key: _, sort_key: _, ttl, deletion_protection } = table;
    let (name, region) = (name.as_str(), *region);
    if fields.contains(&Field::BillingMode) {
        let mode = BillingMode::from(BILLING_MODE);
        update_table(aws, region, name, status, |request| request.billing_mode(mode.clone())).await?;
    }
    if fields.contains(&Field::StreamViewType) {
        let stream = stream()?;
        update_table(aws, region, name, status, |request| request.stream_specification(stream.clone()))
            .await?;
    }
    if fields.contains(&Field::DeletionProtection) {
        let on = *deletion_protection;
        update_table(aws, region, name, status, |request| request.deletion_protection_enabled(on)).await?;
    }
    if fields.contains(&Field::TimeToLive) {
        // Changing the attribute is turning one off and the other on; the second call waits until DynamoDB takes it.
        let client = aws.dynamodb(region);
        let is_being_made = |error: &AwsError| error.says("ValidationException", "CREATING state");
        let old = while_busy(&NOT_BUSY, is_being_made, status, || async {
            let call = client.describe_time_to_live().table_name(name).send().await;
            call.map_err(failed("dynamodb:DescribeTimeToLive", region))
        })
        .await?;
        let old = old.time_to_live_description().and_then(|ttl| ttl.attribute_name()).map(str::to_owned);
        match (old.as_deref(), ttl.as_deref()) {
            (Some(old), None) => set_ttl(aws, region, name, old, false, status).await?,
            (Some(old), Some(new)) if old != new => {
                set_ttl(aws, region, name, old, false, status).await?;
                set_ttl(aws, region, name, new, true, status).await?;
            }
            (_, Some(new)) => set_ttl(aws, region, name, new, true, status).await?,
            (None, None) => {}
        }
    }
    Ok(())
}

/// Waits until a table is at rest.
pub(super) async fn settle(
    aws: &Aws,
    region: Region,
    table: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    wait_active(aws, region, table, &TABLE_AT_REST, status).await
}

async fn wait_active(
    aws: &Aws,
    region: Region,
    table: &str,
    policy: &WaitPolicy,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.dynamodb(region);
    until(policy, status, || async {
        let call = client.describe_table().table_name(table).send().await;
        match call.map_err(failed("dynamodb:DescribeTable", region)) {
            Ok(output) => Ok(table_poll(output.table.as_ref())),
            // A new replica is listed by its home some seconds before its own region knows it.
            Err(error) if error.is(&["ResourceNotFoundException"]) => {
                Ok(Poll::Pending("not visible yet".to_owned()))
            }
            Err(error) => Err(error),
        }
    })
    .await
}

fn table_poll(table: Option<&TableDescription>) -> Poll<()> {
    match table.and_then(TableDescription::table_status) {
        Some(TableStatus::Active) => Poll::Done(()),
        Some(status @ (TableStatus::Creating | TableStatus::Updating | TableStatus::Deleting)) => {
            Poll::Pending(status.as_str().to_owned())
        }
        Some(status) => Poll::Failed(status.as_str().to_owned()),
        None => Poll::Pending("unknown".to_owned()),
    }
}

/// The status of a replica, as its home lists it.
fn replica_status(table: &TableDescription, region: Region) -> Option<&ReplicaStatus> {
    table.replicas().iter().find(|found| found.region_name() == Some(region.code()))?.replica_status()
}

/// Adds a replica, from the table's home, then sets what is a replica's own: protection and tags (DDB-054).
pub(super) async fn create_replica(
    aws: &Aws,
    address: &Address,
    replica: &Replica,
    status: &StatusSink,
) -> Result<String, Failure> {
    let Replica { name, home, region, deletion_protection: _ } = replica;
    let create = CreateReplicationGroupMemberAction::builder().region_name(region.code()).build();
    let update = ReplicationGroupUpdate::builder().create(create.map_err(AwsError::from)?).build();
    let client = aws.dynamodb(*home);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call = client.update_table().table_name(name).replica_updates(update.clone()).send().await;
        match call.map_err(failed("dynamodb:UpdateTable", *home)) {
            // An earlier run asked for it, and its home does not list it yet. A table of somebody else would never be
            // listed, which the waiter finds.
            Err(error) if error.says("ValidationException", "already existed as tables") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    wait_replica(aws, replica, &REPLICA_ACTIVE, status).await?;
    tag_replica(aws, address, replica).await?;
    if replica.deletion_protection {
        protect_replica(aws, replica, status).await?;
    }
    Ok(name.clone())
}

/// Tags are each replica's own (DDB-054).
pub(super) async fn tag_replica(aws: &Aws, address: &Address, replica: &Replica) -> Result<(), Failure> {
    let Replica { name, home: _, region, deletion_protection: _ } = replica;
    let arn = format!("arn:{}:dynamodb:{region}:{}:table/{name}", aws.partition, aws.account);
    let call = aws.dynamodb(*region).tag_resource().resource_arn(arn).set_tags(Some(tags_of(aws, address)?));
    call.send().await.map_err(failed("dynamodb:TagResource", *region))?;
    Ok(())
}

/// Takes a replica out of its group, its data kept: from its own region, after the protection from that is off (DynamoDB
/// Developer Guide, globaltables-disassociate). What it still has to send and receive is awaited by DynamoDB.
pub(super) async fn disassociate(aws: &Aws, replica: &Replica, status: &StatusSink) -> Result<(), Failure> {
    let region = replica.region;
    update_table(aws, region, &replica.name, status, |request| {
        request.disassociation_protection_enabled(false)
    })
    .await?;
    let action = DisassociateReplicationGroupMemberAction::builder()
        .region_name(region.code())
        .disassociation_mode(DisassociationMode::WaitForReplication)
        .build()
        .map_err(AwsError::from)?;
    let update = ReplicationGroupUpdate::builder().disassociate(action).build();
    let client = aws.dynamodb(region);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call = client.update_table().table_name(&replica.name).replica_updates(update.clone());
        match call.send().await.map_err(failed("dynamodb:UpdateTable", region)) {
            // An attempt before was carried out and its answer lost; whether it was, the waiter finds out.
            Err(error) if was_resent() && error.is(&["ValidationException"]) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    until(&REPLICA_ALONE, status, || async {
        let call = client.describe_table().table_name(&replica.name).send().await;
        let table = call.map_err(failed("dynamodb:DescribeTable", region))?.table;
        let others = table.as_ref().map(|table| table.replicas().len()).unwrap_or_default();
        Ok(if others == 0 { table_poll(table.as_ref()) } else { Poll::Pending("still a replica".to_owned()) })
    })
    .await
}

/// Sets a replica's deletion protection as declared, at the replica's own region.
pub(super) async fn protect_replica(
    aws: &Aws,
    replica: &Replica,
    status: &StatusSink,
) -> Result<(), Failure> {
    let on = replica.deletion_protection;
    settle(aws, replica.region, &replica.name, status).await?;
    update_table(aws, replica.region, &replica.name, status, |request| {
        request.deletion_protection_enabled(on)
    })
    .await
}

/// Waits until a replica is at rest.
pub(super) async fn settle_replica(aws: &Aws, replica: &Replica, status: &StatusSink) -> Result<(), Failure> {
    wait_replica(aws, replica, &TABLE_AT_REST, status).await
}

async fn wait_replica(
    aws: &Aws,
    replica: &Replica,
    policy: &WaitPolicy,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.dynamodb(replica.home);
    until(policy, status, || async {
        let call = client.describe_table().table_name(&replica.name).send().await;
        let table = call.map_err(failed("dynamodb:DescribeTable", replica.home))?.table;
        let found = table.as_ref().and_then(|table| replica_status(table, replica.region));
        Ok(match found {
            Some(ReplicaStatus::Active) => table_poll(table.as_ref()),
            Some(status @ (ReplicaStatus::Creating | ReplicaStatus::Updating)) => {
                Poll::Pending(status.as_str().to_owned())
            }
            Some(status) => Poll::Failed(status.as_str().to_owned()),
            // DynamoDB lists a replica seconds after it took the request. At rest without it, it has dropped it.
            None => match table_poll(table.as_ref()) {
                Poll::Done(()) => Poll::Failed("not listed".to_owned()),
                Poll::Pending(_) | Poll::Failed(_) => Poll::Pending("not listed yet".to_owned()),
            },
        })
    })
    .await?;
    // The home may report it before the replica's own region does.
    settle(aws, replica.region, &replica.name, status).await
}

pub(super) async fn delete_replica(
    aws: &Aws,
    replica: &Replica,
    protected: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    if protected {
        unprotect(aws, replica.region, &replica.name, status).await?;
    }
    let delete = DeleteReplicationGroupMemberAction::builder().region_name(replica.region.code()).build();
    let update = ReplicationGroupUpdate::builder().delete(delete.map_err(AwsError::from)?).build();
    let client = aws.dynamodb(replica.home);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call =
            client.update_table().table_name(&replica.name).replica_updates(update.clone()).send().await;
        match call.map_err(failed("dynamodb:UpdateTable", replica.home)) {
            // An earlier run deleted it already.
            Err(error) if error.says("ValidationException", "not part of the global table") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    until(&TABLE_GONE, status, || async {
        let call = client.describe_table().table_name(&replica.name).send().await;
        let table = call.map_err(failed("dynamodb:DescribeTable", replica.home))?.table;
        let found = table.as_ref().and_then(|table| replica_status(table, replica.region));
        Ok(match found {
            Some(status) => Poll::Pending(status.as_str().to_owned()),
            None => table_poll(table.as_ref()),
        })
    })
    .await
}

/// Takes deletion protection off.
pub(super) async fn unprotect(
    aws: &Aws,
    region: Region,
    table: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    update_table(aws, region, table, status, |request| request.deletion_protection_enabled(false)).await
}

pub(super) async fn delete(
    aws: &Aws,
    table: &Table,
    protected: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    if protected {
        unprotect(aws, table.region, &table.name, status).await?;
    }
    let client = aws.dynamodb(table.region);
    let gone = |error: &AwsError| error.is(&["ResourceNotFoundException"]);
    while_busy(&NOT_BUSY, is_busy_or_source, status, || async {
        let call = client.delete_table().table_name(&table.name).send().await;
        match call.map_err(failed("dynamodb:DeleteTable", table.region)) {
            Err(error) if !gone(&error) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    })
    .await?;
    until(&TABLE_GONE, status, || async {
        let call = client.describe_table().table_name(&table.name).send().await;
        match call.map_err(failed("dynamodb:DescribeTable", table.region)) {
            Ok(output) => {
                let status = output.table.and_then(|table| table.table_status);
                Ok(Poll::Pending(status.map_or("unknown".to_owned(), |status| status.as_str().to_owned())))
            }
            Err(error) if gone(&error) => Ok(Poll::Done(())),
            Err(error) => Err(error),
        }
    })
    .await
}
