//! DynamoDB tables. Not here: their replicas (`replicas`), and order among the steps of one table, which the plan has settled.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    BillingMode, DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate, StreamSpecification,
    StreamViewType, TableDescription, TableStatus, Tag, TimeToLiveSpecification,
};
use polyregion_model::{Address, Index, Region, Table};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::was_resent;
use super::super::table_settings::set_apart;
use super::super::wait::{
    INDEXES_ACTIVE, NOT_BUSY, Poll, TABLE_ACTIVE, TABLE_AT_REST, TABLE_GONE, TTL_CHANGEABLE, WARM,
    WaitPolicy, until, while_busy,
};
use super::super::{table_encryption, table_indexes, table_settings, tags};
use super::{fields_of, made, replicas};
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Field, Value};
use crate::desired::{BILLING_MODE, STREAM_VIEW_TYPE};
use crate::diff::FieldChange;

/// DynamoDB takes one change of a table at a time, and so many in an account.
pub(super) fn is_busy(error: &AwsError) -> bool {
    error.is(&["ResourceInUseException"]) || is_crowded(error)
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
    tags::built(tags::tags(aws, address), |key, value| Tag::builder().key(key).value(value).build())
}

fn stream(table: &Table) -> Result<StreamSpecification, AwsError> {
    let declared = table.settings.get(&Field::StreamViewType).and_then(Value::as_text);
    let view = StreamViewType::from(declared.unwrap_or(STREAM_VIEW_TYPE));
    Ok(StreamSpecification::builder().stream_enabled(true).stream_view_type(view).build()?)
}

pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    table: &Table,
    status: &StatusSink,
) -> Result<String, Failure> {
    let Table { name, region, key, sort_key, ttl, indexes, deletion_protection, settings } = table;
    let keys = table_indexes::schema([key], sort_key).map_err(AwsError::from)?;
    let definitions = table_indexes::definitions(table, indexes.values()).map_err(AwsError::from)?;
    let mut request = aws
        .dynamodb(*region)
        .create_table()
        .table_name(name)
        .set_key_schema(Some(keys))
        .set_attribute_definitions(Some(definitions))
        .billing_mode(BillingMode::from(BILLING_MODE))
        .set_on_demand_throughput(table_settings::limits(settings, |field| settings.contains_key(&field)))
        .set_sse_specification(table_encryption::of_new(table))
        .set_warm_throughput(table_settings::warm(settings, |_| true))
        .stream_specification(stream(table)?)
        .table_class(table_settings::class(settings))
        .deletion_protection_enabled(*deletion_protection)
        .set_tags(Some(tags_of(aws, address)?));
    for (name, index) in indexes {
        request = if index.local {
            request.local_secondary_indexes(table_indexes::local(name, index).map_err(AwsError::from)?)
        } else {
            request.global_secondary_indexes(table_indexes::global(name, index).map_err(AwsError::from)?)
        };
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
    set_apart(aws, *region, name, settings, &settings.keys().copied().collect(), status).await?;
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
pub(super) async fn update_table(
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
    changes: &[FieldChange],
    status: &StatusSink,
) -> Result<(), Failure> {
    let Table { name, region, key: _, sort_key: _, ttl, indexes: _, deletion_protection, settings } = table;
    let (name, region) = (name.as_str(), *region);
    let fields = &fields_of(changes);
    if fields.contains(&Field::BillingMode) {
        let mode = BillingMode::from(BILLING_MODE);
        update_table(aws, region, name, status, |request| request.billing_mode(mode.clone())).await?;
    }
    if fields.contains(&Field::StreamViewType) {
        let stream = stream(table)?;
        update_table(aws, region, name, status, |request| request.stream_specification(stream.clone()))
            .await?;
    }
    if fields.contains(&Field::DeletionProtection) {
        let on = *deletion_protection;
        update_table(aws, region, name, status, |request| request.deletion_protection_enabled(on)).await?;
    }
    if fields.contains(&Field::TableClass) {
        let class = table_settings::class(settings);
        // A replica of another class would follow, which is a change too many of the two in thirty days.
        let members = members(aws, region, name).await?;
        for replica in aws.replicas(name).filter(|replica| members.contains(&replica.region)) {
            if table_settings::class(&replica.settings) != class {
                replicas::pin_class(aws, replica, status).await?;
            }
        }
        update_table(aws, region, name, status, |request| request.table_class(class.clone())).await?;
    }
    if let Some(limits) = table_settings::limits(settings, |field| fields.contains(&field)) {
        update_table(aws, region, name, status, |request| request.on_demand_throughput(limits.clone()))
            .await?;
    }
    if let Some(warm) = table_settings::warm(settings, |field| fields.contains(&field)) {
        update_table(aws, region, name, status, |request| request.warm_throughput(warm.clone())).await?;
        until(&WARM, status, || async {
            let found = describe(aws, region, name).await?;
            let is_warming = found.as_ref().is_some_and(table_settings::is_warming);
            Ok(if is_warming { Poll::Pending("warming".to_owned()) } else { Poll::Done(()) })
        })
        .await?;
    }
    // Before indexes, which may take hours.
    set_apart(aws, region, name, settings, fields, status).await?;
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
    if let Some(change) = changes.iter().find(|change| change.field == Field::Indexes) {
        change_indexes(aws, table, change, status).await?;
    }
    let made = changes.iter().find(|change| change.field == Field::Indexes);
    let made = made.map(|change| names(&change.new)).unwrap_or_default();
    for change in changes.iter().filter(|change| change.field == Field::IndexCapacity) {
        let changed: BTreeSet<String> = names(&change.old).into_iter().chain(names(&change.new)).collect();
        for (name, index) in table.indexes.iter().filter(|(name, _)| !made.contains(name)) {
            let is_changed = |field: Field| changed.contains(&format!("{name}.{field}"));
            if [Field::MaxReads, Field::MaxWrites].into_iter().any(is_changed) {
                let action = table_indexes::limited(name, index, is_changed).map_err(AwsError::from)?;
                let update = GlobalSecondaryIndexUpdate::builder().update(action).build();
                change_index(aws, table, update, None, &TABLE_AT_REST, status).await?;
            }
        }
    }
    // At last, as AWS takes few in a day, and a run that fails before would send it again.
    if fields.contains(&Field::Encryption) {
        encrypt(aws, table, status).await?;
    }
    Ok(())
}

/// All members of a global table do the same.
async fn encrypt(aws: &Aws, table: &Table, status: &StatusSink) -> Result<(), Failure> {
    let (name, home) = (&table.name, table.region);
    let request = aws.dynamodb(home).update_table().table_name(name);
    let request = request.sse_specification(table_encryption::specification(table));
    while_busy(&NOT_BUSY, is_busy, status, || async {
        match request.clone().send().await.map_err(failed("dynamodb:UpdateTable", home)) {
            Err(error) if table_encryption::is_same(&error) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    let mut members = members(aws, home, name).await?;
    members.insert(home);
    for member in members {
        settle(aws, member, name, status).await?;
    }
    Ok(())
}

/// The names of a map's entries.
fn names(value: &Option<Value>) -> Vec<String> {
    value.as_ref().and_then(Value::as_map).into_iter().flat_map(|map| map.keys().cloned()).collect()
}

/// Deletes and makes global indexes, one in a call and one at a time (DDB-037): what is added may have the keys of what goes.
async fn change_indexes(
    aws: &Aws,
    table: &Table,
    change: &FieldChange,
    status: &StatusSink,
) -> Result<(), Failure> {
    for name in names(&change.old) {
        let action = DeleteGlobalSecondaryIndexAction::builder().index_name(&name).build();
        let action = action.map_err(AwsError::from)?;
        let update = GlobalSecondaryIndexUpdate::builder().delete(action).build();
        change_index(aws, table, update, None, &INDEXES_ACTIVE, status).await?;
    }
    for name in names(&change.new) {
        let Some(index) = table.indexes.get(&name) else { continue };
        let action = table_indexes::added(&name, index).map_err(AwsError::from)?;
        let update = GlobalSecondaryIndexUpdate::builder().create(action).build();
        change_index(aws, table, update, Some(index), &INDEXES_ACTIVE, status).await?;
    }
    Ok(())
}

async fn change_index(
    aws: &Aws,
    table: &Table,
    update: GlobalSecondaryIndexUpdate,
    added: Option<&Index>,
    policy: &WaitPolicy,
    status: &StatusSink,
) -> Result<(), Failure> {
    // Those of the table and of the index that is added, as documented (DynamoDB API, `UpdateTable`).
    let definitions = added.map(|index| table_indexes::definitions(table, [index]));
    let definitions = definitions.transpose().map_err(AwsError::from)?;
    let client = aws.dynamodb(table.region);
    let request = client.update_table().table_name(&table.name).set_attribute_definitions(definitions);
    let request = request.global_secondary_index_updates(update);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        match request.clone().send().await.map_err(failed("dynamodb:UpdateTable", table.region)) {
            // An attempt before was carried out and its answer lost.
            Err(error) if was_resent() && is_done(&error, added.is_some()) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    for region in std::iter::once(table.region).chain(members(aws, table.region, &table.name).await?) {
        wait_active(aws, region, &table.name, policy, status).await?;
    }
    Ok(())
}

/// A table as a region describes it.
pub(super) async fn describe(
    aws: &Aws,
    region: Region,
    table: &str,
) -> Result<Option<TableDescription>, AwsError> {
    let call = aws.dynamodb(region).describe_table().table_name(table).send().await;
    Ok(call.map_err(failed("dynamodb:DescribeTable", region))?.table)
}

/// The regions that a table has replicas in. Those that are declared may come only after the table has changed.
async fn members(aws: &Aws, region: Region, table: &str) -> Result<BTreeSet<Region>, AwsError> {
    let found = describe(aws, region, table).await?;
    let replicas = found.iter().flat_map(TableDescription::replicas);
    Ok(replicas.filter_map(|replica| replica.region_name().and_then(Region::from_code)).collect())
}

/// An index that is to be made exists, or one that is to go is gone. The words are from error messages that users posted.
fn is_done(error: &AwsError, is_added: bool) -> bool {
    match is_added {
        true => error.says("ValidationException", "already exists"),
        false => error.is(&["ResourceNotFoundException"]),
    }
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
    until(policy, status, || async {
        match describe(aws, region, table).await {
            Ok(found) => Ok(table_poll(found.as_ref())),
            // A new replica is listed by its home some seconds before its own region knows it.
            Err(error) if error.is(&["ResourceNotFoundException"]) => {
                Ok(Poll::Pending("not visible yet".to_owned()))
            }
            Err(error) => Err(error),
        }
    })
    .await
}

pub(super) fn table_poll(table: Option<&TableDescription>) -> Poll<()> {
    match table.and_then(TableDescription::table_status) {
        Some(TableStatus::Active) => match table.and_then(table_indexes::transition) {
            Some(moving) => Poll::Pending(moving),
            None => match table.and_then(table_encryption::transition) {
                Some(moving) => Poll::Pending(moving),
                None => Poll::Done(()),
            },
        },
        Some(status @ (TableStatus::Creating | TableStatus::Updating | TableStatus::Deleting)) => {
            Poll::Pending(status.as_str().to_owned())
        }
        Some(status) => Poll::Failed(status.as_str().to_owned()),
        None => Poll::Pending("unknown".to_owned()),
    }
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
        match describe(aws, table.region, &table.name).await {
            Ok(found) => {
                let status = found.and_then(|found| found.table_status);
                Ok(Poll::Pending(status.map_or("unknown".to_owned(), |status| status.as_str().to_owned())))
            }
            Err(error) if gone(&error) => Ok(Poll::Done(())),
            Err(error) => Err(error),
        }
    })
    .await
}
