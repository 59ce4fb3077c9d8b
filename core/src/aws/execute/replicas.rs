//! Replicas of DynamoDB tables: added, changed and removed from the table's home, and set up in their own regions. Not here: the
//! table itself (`tables`).

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::builders::UpdateReplicationGroupMemberActionBuilder;
use aws_sdk_dynamodb::types::{
    CreateReplicationGroupMemberAction, DeleteReplicationGroupMemberAction,
    DisassociateReplicationGroupMemberAction, DisassociationMode, MultiRegionConsistency,
    OnDemandThroughputOverride, ReplicaStatus, ReplicationGroupUpdate, TableDescription,
    UpdateReplicationGroupMemberAction,
};
use polyregion_model::{Address, Region, Replica};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::was_resent;
use super::super::table_encryption;
use super::super::table_settings::{self, set_apart};
use super::super::tags::tags as all_tags;
use super::super::wait::{
    NOT_BUSY, Poll, REPLICA_ACTIVE, REPLICA_ALONE, TABLE_AT_REST, TABLE_GONE, WaitPolicy, until, while_busy,
};
use super::tables::{describe, is_busy, settle, table_poll, unprotect, update_table};
use super::{groups, tags};
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Attributes, Field};

/// The status of a replica, as its home lists it.
pub(super) fn replica_status(table: &TableDescription, region: Region) -> Option<&ReplicaStatus> {
    table.replicas().iter().find(|found| found.region_name() == Some(region.code()))?.replica_status()
}

/// Adds a replica, from the table's home, then sets what is a replica's own: protection and tags (DDB-054).
pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    replica: &Replica,
    status: &StatusSink,
) -> Result<String, Failure> {
    let Replica { name, home, region, deletion_protection: _, settings } = replica;
    let is_strong = settings.contains_key(&Field::Consistency);
    let updates = match is_strong {
        true => groups::missing(aws, replica).await?,
        false => vec![addition(aws, replica)?],
    };
    let witness = groups::witness(settings).map_err(AwsError::from)?;
    let client = aws.dynamodb(*home);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        if updates.is_empty() {
            return Ok(());
        }
        let mut call = client.update_table().table_name(name).set_replica_updates(Some(updates.clone()));
        if is_strong {
            call = call.multi_region_consistency(MultiRegionConsistency::Strong);
            call = call.set_global_table_witness_updates(witness.clone().map(|witness| vec![witness]));
        }
        match call.send().await.map_err(failed("dynamodb:UpdateTable", *home)) {
            // An earlier run asked for it, and its home does not list it yet. A table of somebody else would never be
            // listed, which the waiter finds.
            Err(error) if error.says("ValidationException", "already existed as tables") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    wait_replica(aws, replica, &REPLICA_ACTIVE, status).await?;
    tag(aws, address, replica, status).await?;
    if replica.deletion_protection {
        protect(aws, replica, status).await?;
    }
    set_apart(aws, *region, name, settings, &settings.keys().copied().collect(), status).await?;
    Ok(name.clone())
}

/// What adds a replica to its table.
pub(super) fn addition(aws: &Aws, replica: &Replica) -> Result<ReplicationGroupUpdate, AwsError> {
    let Replica { name, home: _, region, deletion_protection: _, settings } = replica;
    // A replica has what its home has, unless this says otherwise.
    let home_settings = aws.table(name).map(|home| &home.settings);
    let has_own = |field: Field| home_settings.and_then(|home| home.get(&field)) != settings.get(&field);
    let create = CreateReplicationGroupMemberAction::builder()
        .region_name(region.code())
        .set_kms_master_key_id(aws.table(name).and_then(|home| table_encryption::key(home, *region)))
        .set_table_class_override(has_own(Field::TableClass).then(|| table_settings::class(settings)))
        .set_on_demand_throughput_override(has_own(Field::MaxReads).then(|| reads(settings)))
        .build();
    Ok(ReplicationGroupUpdate::builder().create(create?).build())
}

fn reads(settings: &Attributes) -> OnDemandThroughputOverride {
    let most = table_settings::limit(settings, Field::MaxReads);
    OnDemandThroughputOverride::builder().max_read_request_units(most).build()
}

/// Sets what a replica has from its home unless it is overridden: class and limit of reads. From the home, and only what is not as
/// declared: the replica may have followed its home meanwhile, and a class changes only twice in thirty days (DynamoDB
/// Developer Guide, table classes). That a limit is lifted by -1 here, too, is not documented.
async fn override_home(aws: &Aws, replica: &Replica, status: &StatusSink) -> Result<(), Failure> {
    let Replica { name, home: _, region, deletion_protection: _, settings } = replica;
    let found = describe(aws, *region, name).await?;
    let found = found.as_ref().map(table_settings::read).unwrap_or_default();
    let differs = |field: Field| found.get(&field) != settings.get(&field);
    if differs(Field::TableClass) {
        pin_class(aws, replica, status).await?;
    }
    if differs(Field::MaxReads) {
        let action = UpdateReplicationGroupMemberAction::builder().region_name(region.code());
        change_own(aws, replica, action.on_demand_throughput_override(reads(settings)), status).await?;
    }
    Ok(())
}

/// Gives a replica the class that is declared for it, whatever its home has. A class is changed alone, as that of a table is.
pub(super) async fn pin_class(aws: &Aws, replica: &Replica, status: &StatusSink) -> Result<(), Failure> {
    let action = UpdateReplicationGroupMemberAction::builder().region_name(replica.region.code());
    let class = table_settings::class(&replica.settings);
    change_own(aws, replica, action.table_class_override(class), status).await
}

async fn change_own(
    aws: &Aws,
    replica: &Replica,
    action: UpdateReplicationGroupMemberActionBuilder,
    status: &StatusSink,
) -> Result<(), Failure> {
    let update = ReplicationGroupUpdate::builder().update(action.build().map_err(AwsError::from)?).build();
    let (home, name) = (replica.home, &replica.name);
    update_table(aws, home, name, status, |request| request.replica_updates(update.clone())).await?;
    wait_replica(aws, replica, &TABLE_AT_REST, status).await
}

/// Changes what is a replica's own.
pub(super) async fn update(
    aws: &Aws,
    replica: &Replica,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    if fields.contains(&Field::DeletionProtection) {
        protect(aws, replica, status).await?;
    }
    if fields.contains(&Field::TableClass) || fields.contains(&Field::MaxReads) {
        override_home(aws, replica, status).await?;
    }
    set_apart(aws, replica.region, &replica.name, &replica.settings, fields, status).await
}

/// Tags are each replica's own (DDB-054).
pub(super) async fn tag(
    aws: &Aws,
    address: &Address,
    replica: &Replica,
    status: &StatusSink,
) -> Result<(), Failure> {
    let tags = all_tags(aws, address).into_iter().collect();
    tags::dynamodb(aws, replica.region, &replica.name, tags, Vec::new(), status).await
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
        let table = describe(aws, region, &replica.name).await?;
        let others = table.as_ref().map(|table| table.replicas().len()).unwrap_or_default();
        Ok(if others == 0 { table_poll(table.as_ref()) } else { Poll::Pending("still a replica".to_owned()) })
    })
    .await
}

/// Sets a replica's deletion protection as declared, at the replica's own region.
async fn protect(aws: &Aws, replica: &Replica, status: &StatusSink) -> Result<(), Failure> {
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
    until(policy, status, || async {
        let table = describe(aws, replica.home, &replica.name).await?;
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

pub(super) async fn delete(
    aws: &Aws,
    replica: &Replica,
    protected: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    let is_strong = replica.settings.contains_key(&Field::Consistency);
    if protected && !is_strong {
        unprotect(aws, replica.region, &replica.name, status).await?;
    }
    let (regions, witness) = match is_strong {
        true => groups::whole(aws, replica, status).await?,
        false => (vec![replica.region.code().to_owned()], None),
    };
    let removal = |region: String| {
        let delete = DeleteReplicationGroupMemberAction::builder().region_name(region).build()?;
        Ok(ReplicationGroupUpdate::builder().delete(delete).build())
    };
    let updates: Vec<_> = regions.into_iter().map(removal).collect::<Result<_, AwsError>>()?;
    let client = aws.dynamodb(replica.home);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        if updates.is_empty() {
            return Ok(());
        }
        let call = client.update_table().table_name(&replica.name).set_replica_updates(Some(updates.clone()));
        let call = call.set_global_table_witness_updates(witness.clone().map(|witness| vec![witness]));
        match call.send().await.map_err(failed("dynamodb:UpdateTable", replica.home)) {
            // An earlier run deleted it already.
            Err(error) if error.says("ValidationException", "not part of the global table") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    })
    .await?;
    until(&TABLE_GONE, status, || async {
        let table = describe(aws, replica.home, &replica.name).await?;
        let found = table.as_ref().and_then(|table| replica_status(table, replica.region));
        Ok(match found {
            Some(status) => Poll::Pending(status.as_str().to_owned()),
            None => table_poll(table.as_ref()),
        })
    })
    .await
}
