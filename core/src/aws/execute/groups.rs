//! Groups of replicas with strong consistency: they come in one call and go in one call, with their witness (DDB-103, DDB-104). Not here:
//! replicas of other tables (`replicas`).

use aws_sdk_dynamodb::types::{
    CreateGlobalTableWitnessGroupMemberAction, DeleteGlobalTableWitnessGroupMemberAction,
    GlobalTableWitnessGroupUpdate, MultiRegionConsistency, ReplicationGroupUpdate,
};
use aws_smithy_types::error::operation::BuildError;
use polyregion_model::{Region, Replica};

use super::super::clients::Aws;
use super::super::error::AwsError;
use super::replicas::{addition, replica_status};
use super::tables::{describe, unprotect};
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Attributes, Field, Value};

/// What adds the declared replicas of a table; nothing if the one at hand is there: it came with another.
pub(super) async fn missing(aws: &Aws, replica: &Replica) -> Result<Vec<ReplicationGroupUpdate>, AwsError> {
    let home = describe(aws, replica.home, &replica.name).await?;
    if home.as_ref().and_then(|home| replica_status(home, replica.region)).is_some() {
        return Ok(Vec::new());
    }
    aws.replicas(&replica.name).map(|member| addition(aws, member)).collect()
}

/// What adds the declared witness.
pub(super) fn witness(settings: &Attributes) -> Result<Option<GlobalTableWitnessGroupUpdate>, BuildError> {
    let Some(region) = settings.get(&Field::Witness).and_then(Value::as_text) else { return Ok(None) };
    let create = CreateGlobalTableWitnessGroupMemberAction::builder().region_name(region).build()?;
    Ok(Some(GlobalTableWitnessGroupUpdate::builder().create(create).build()))
}

/// The regions of all replicas of the table of one, none of them protected any more, and what takes the witness away. That all of them
/// may go, the plan has made sure of.
pub(super) async fn whole(
    aws: &Aws,
    replica: &Replica,
    status: &StatusSink,
) -> Result<(Vec<String>, Option<GlobalTableWitnessGroupUpdate>), Failure> {
    let Some(home) = describe(aws, replica.home, &replica.name).await? else { return Ok((Vec::new(), None)) };
    if home.multi_region_consistency() != Some(&MultiRegionConsistency::Strong) {
        // It went with another, or is none of a group after all.
        let listed = replica_status(&home, replica.region).map(|_| replica.region.code().to_owned());
        return Ok((listed.into_iter().collect(), None));
    }
    let regions = home.replicas().iter().filter_map(|member| member.region_name().map(str::to_owned));
    let regions: Vec<String> = regions.collect();
    for region in regions.iter().filter_map(|code| Region::from_code(code)) {
        let there = describe(aws, region, &replica.name).await?;
        if there.and_then(|there| there.deletion_protection_enabled) == Some(true) {
            unprotect(aws, region, &replica.name, status).await?;
        }
    }
    let witness = home.global_table_witnesses().first().and_then(|witness| witness.region_name());
    let delete = witness.map(|region| {
        let delete = DeleteGlobalTableWitnessGroupMemberAction::builder().region_name(region).build()?;
        Ok::<_, BuildError>(GlobalTableWitnessGroupUpdate::builder().delete(delete).build())
    });
    Ok((regions, delete.transpose().map_err(AwsError::from)?))
}
