//! Upgrades of database engines: a major version of the whole global cluster by AWS, a minor one member after member. Not here: which are
//! possible (`plan`).

use aws_sdk_rds::types::DbCluster;
use polyregion_model::{Cluster, GlobalCluster, Region};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::wait::{CLUSTER_UPGRADED, NOT_BUSY, NOT_UPGRADING, Poll, until, while_busy};
use super::clusters::{describe, find_global, is_broken, is_busy, settle_global, text};
use crate::apply::{Failure, StatusSink};
use crate::plan::is_major;

/// A member, by what its ARN says.
struct Member {
    region: Region,
    identifier: String,
}

/// `arn:aws:rds:eu-west-1:123456789012:cluster:orders-eu-west-1`.
fn member(arn: &str) -> Option<Member> {
    let mut parts = arn.split(':').skip(3);
    let region = Region::from_code(parts.next()?)?;
    Some(Member { region, identifier: parts.nth(2)?.to_owned() })
}

/// Upgrades a global cluster, all members that it has, declared or not: secondaries before the primary (Aurora User Guide,
/// aurora-global-database-upgrade). One that has the version already, from a run before, is left.
pub(super) async fn upgrade(aws: &Aws, global: &GlobalCluster, status: &StatusSink) -> Result<(), Failure> {
    let GlobalCluster { identifier, region, version, .. } = global;
    let found = find_global(aws, *region, identifier).await?;
    let found =
        found.ok_or_else(|| AwsError::answer("rds:DescribeGlobalClusters", "the global cluster is gone"))?;
    let of_kind = |is_writer: bool| {
        let members = found.global_cluster_members().iter();
        let members = members.filter(move |member| (member.is_writer() == Some(true)) == is_writer);
        members.filter_map(|found| member(found.db_cluster_arn()?)).collect::<Vec<_>>()
    };
    let (primary, secondaries) = (of_kind(true), of_kind(false));
    if found.engine_version().is_some_and(|old| is_major(old, version)) {
        let client = aws.rds(*region);
        while_busy(&NOT_BUSY, is_busy, status, || async {
            let call = client.modify_global_cluster().global_cluster_identifier(identifier);
            let call = call.engine_version(version).allow_major_version_upgrade(true).send().await;
            call.map_err(failed("rds:ModifyGlobalCluster", *region))
        })
        .await?;
        for member in secondaries.iter().chain(&primary) {
            wait(aws, member, version, status).await?;
        }
    } else {
        // One after another, so that one region restarts at a time.
        for member in secondaries.iter().chain(&primary) {
            begin(aws, member, version, status).await?;
            wait(aws, member, version, status).await?;
        }
    }
    settle_global(aws, global, status).await
}

/// Upgrades a member that is behind its global cluster.
pub(super) async fn upgrade_member(aws: &Aws, cluster: &Cluster, status: &StatusSink) -> Result<(), Failure> {
    let member = Member { region: cluster.region, identifier: cluster.identifier.clone() };
    begin(aws, &member, &cluster.version, status).await?;
    wait(aws, &member, &cluster.version, status).await
}

async fn begin(aws: &Aws, member: &Member, version: &str, status: &StatusSink) -> Result<(), Failure> {
    let Member { region, identifier } = member;
    let client = aws.rds(*region);
    // One that is under way, of a run before or of AWS, is waited for with few calls.
    until(&NOT_UPGRADING, status, || async {
        let found = describe(aws, *region, identifier).await?;
        let is_passing = found.is_some_and(|found| found.status() == Some("upgrading"));
        Ok(if is_passing { Poll::Pending(format!("{region} upgrading")) } else { Poll::Done(()) })
    })
    .await?;
    while_busy(&NOT_BUSY, is_busy, status, || async {
        if describe(aws, *region, identifier).await?.is_some_and(|found| has(&found, version)) {
            return Ok(());
        }
        let call = client.modify_db_cluster().db_cluster_identifier(identifier).engine_version(version);
        let call = call.apply_immediately(true).send().await;
        call.map_err(failed("rds:ModifyDBCluster", *region)).map(drop)
    })
    .await
}

fn has(found: &DbCluster, version: &str) -> bool {
    found.engine_version() == Some(version)
}

async fn wait(aws: &Aws, member: &Member, version: &str, status: &StatusSink) -> Result<(), Failure> {
    until(&CLUSTER_UPGRADED, status, || async {
        Ok(match describe(aws, member.region, &member.identifier).await? {
            Some(found) if found.status() == Some("available") && has(&found, version) => Poll::Done(()),
            Some(found) if found.status().is_some_and(is_broken) => Poll::Failed(text(found.status())),
            Some(found) => Poll::Pending(format!("{} {}", member.region, text(found.status()))),
            None => Poll::Failed("deleted".to_owned()),
        })
    })
    .await
}
