//! Aurora global clusters and their members. Not here: instances, and which member is the writer, which is observed.

use std::collections::BTreeSet;

use aws_sdk_rds::types::{self, DbCluster, Tag};
use polyregion_model::spec::Engine;
use polyregion_model::{Address, Cluster, ClusterRole, GlobalCluster, Region};

use super::super::clients::Aws;
use super::super::cluster_settings;
use super::super::error::{AwsError, failed};
use super::super::guard::was_resent;
use super::super::tags;
use super::super::wait::{
    CLUSTER_AT_REST, CLUSTER_AVAILABLE, CLUSTER_GONE, GLOBAL_CLUSTER_AT_REST, NOT_BUSY, Poll, WaitPolicy,
    until, while_busy,
};
use super::made;
use super::upgrades::{upgrade, upgrade_member};
use crate::apply::{Failure, StatusSink};
use crate::attribute::Field;
use crate::desired::DEFAULT_KEY;
use crate::random::Secret;

/// Another change of the cluster, or of the global cluster's membership, is under way.
pub(super) fn is_busy(error: &AwsError) -> bool {
    // Some states don't pass by waiting: what others have attached must go first.
    let lasting =
        ["last instance", "part of a global cluster", "other global cluster members", "is not empty"];
    error.is(&["InvalidDBClusterStateFault", "InvalidGlobalClusterStateFault", "InvalidDBInstanceState"])
        && !lasting.iter().any(|words| error.message.contains(words))
}

pub(super) const GONE: [&str; 3] =
    ["GlobalClusterNotFoundFault", "DBClusterNotFoundFault", "DBInstanceNotFound"];

pub(super) fn tags_of(aws: &Aws, address: &Address) -> Option<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    Some(tags::tags(aws, address).into_iter().map(tag).collect())
}

pub(super) async fn create_global(
    aws: &Aws,
    address: &Address,
    global: &GlobalCluster,
    status: &StatusSink,
) -> Result<String, Failure> {
    let GlobalCluster {
        identifier,
        region,
        engine,
        version,
        database,
        deletion_protection,
        extended_support,
    } = global;
    // "This setting only applies to Aurora PostgreSQL-based global databases" (RDS API, `CreateGlobalCluster`).
    let unsupported = !extended_support && *engine == Engine::AuroraPostgresql;
    let result = aws
        .rds(*region)
        .create_global_cluster()
        .global_cluster_identifier(identifier)
        .engine(engine.id())
        .engine_version(version)
        .set_database_name(database.clone())
        .storage_encrypted(true)
        .deletion_protection(*deletion_protection)
        .set_engine_lifecycle_support(unsupported.then(|| cluster_settings::support(false).to_owned()))
        .set_tags(tags_of(aws, address))
        .send()
        .await
        .map_err(failed("rds:CreateGlobalCluster", *region));
    made(aws, address, result).await?;
    settle_global(aws, global, status).await?;
    Ok(identifier.clone())
}

pub(super) async fn update_global(
    aws: &Aws,
    global: &GlobalCluster,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    if fields.contains(&Field::DeletionProtection) {
        protect_global(aws, global, global.deletion_protection).await?;
    }
    if fields.contains(&Field::EngineVersion) {
        upgrade(aws, global, status).await?;
    }
    settle_global(aws, global, status).await
}

async fn protect_global(aws: &Aws, global: &GlobalCluster, on: bool) -> Result<(), Failure> {
    let call = aws.rds(global.region).modify_global_cluster().global_cluster_identifier(&global.identifier);
    let call = call.deletion_protection(on).send().await;
    call.map_err(failed("rds:ModifyGlobalCluster", global.region))?;
    Ok(())
}

/// Waits until a global cluster is at rest.
pub(super) async fn settle_global(
    aws: &Aws,
    global: &GlobalCluster,
    status: &StatusSink,
) -> Result<(), Failure> {
    until(&GLOBAL_CLUSTER_AT_REST, status, || async {
        Ok(match find_global(aws, global.region, &global.identifier).await? {
            Some(found) if found.status() == Some("available") => Poll::Done(()),
            Some(found) => Poll::Pending(text(found.status())),
            None => Poll::Failed("deleted".to_owned()),
        })
    })
    .await
}

/// A global cluster, if it exists.
pub(super) async fn find_global(
    aws: &Aws,
    region: Region,
    identifier: &str,
) -> Result<Option<types::GlobalCluster>, AwsError> {
    let call = aws.rds(region).describe_global_clusters().global_cluster_identifier(identifier).send().await;
    match call.map_err(failed("rds:DescribeGlobalClusters", region)) {
        Ok(output) => Ok(output.global_clusters.unwrap_or_default().into_iter().next()),
        Err(error) if error.is(&GONE) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn delete_global(
    aws: &Aws,
    global: &GlobalCluster,
    protected: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    if protected {
        protect_global(aws, global, false).await?;
    }
    let client = aws.rds(global.region);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call = client.delete_global_cluster().global_cluster_identifier(&global.identifier).send().await;
        ignore_absent(call.map_err(failed("rds:DeleteGlobalCluster", global.region)))
    })
    .await?;
    until(&GLOBAL_CLUSTER_AT_REST, status, || async {
        let found = find_global(aws, global.region, &global.identifier).await?;
        Ok(found.map_or(Poll::Done(()), |found| Poll::Pending(text(found.status()))))
    })
    .await
}

pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    cluster: &Cluster,
    status: &StatusSink,
) -> Result<String, Failure> {
    let Cluster {
        identifier,
        global_identifier,
        region,
        engine,
        version,
        role,
        subnet_group,
        kms_key,
        backup_retention_days,
        deletion_protection,
        settings: _,
    } = cluster;
    let request = aws.rds(*region).create_db_cluster();
    let mut request = cluster_settings::create(request, cluster)
        .db_cluster_identifier(identifier)
        .global_cluster_identifier(global_identifier)
        .engine(engine.id())
        .engine_version(version)
        .set_db_subnet_group_name(subnet_group.clone())
        .storage_encrypted(true)
        .backup_retention_period(i32::from(*backup_retention_days))
        .deletion_protection(*deletion_protection)
        .copy_tags_to_snapshot(true)
        .set_tags(tags_of(aws, address));
    match role {
        // A managed password is refused for members of a global database (RDS-054), and this one is kept nowhere.
        ClusterRole::Primary { master_username, database } => {
            request = request
                .master_username(master_username)
                .master_user_password(password()?.expose())
                .set_database_name(database.clone())
                .set_kms_key_id(kms_key.clone());
        }
        // Credentials and database come from the primary (RDS-051).
        ClusterRole::Secondary => {
            request = request.kms_key_id(kms_key.as_deref().unwrap_or(DEFAULT_KEY));
        }
    }
    while_busy(&NOT_BUSY, is_busy, status, || async {
        made(aws, address, request.clone().send().await.map_err(failed("rds:CreateDBCluster", *region))).await
    })
    .await?;
    wait_cluster(aws, cluster, &CLUSTER_AVAILABLE, status, |_| true).await?;
    Ok(identifier.clone())
}

fn password() -> Result<Secret, Failure> {
    Secret::password().map_err(|error| {
        let help = "look at the system's source of random numbers";
        Failure::of("polyregion".to_owned(), error.to_string(), help)
    })
}

/// Changes what differs, and nothing else: what somebody else has changed meanwhile is theirs.
pub(super) async fn update(
    aws: &Aws,
    cluster: &Cluster,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    let differs = |field: Field| fields.contains(&field);
    if differs(Field::EngineVersion) {
        upgrade_member(aws, cluster, status).await?;
        if fields.len() == 1 {
            return Ok(());
        }
    }
    let days = differs(Field::BackupRetentionPeriod).then_some(i32::from(cluster.backup_retention_days));
    let protection = differs(Field::DeletionProtection).then_some(cluster.deletion_protection);
    let client = aws.rds(cluster.region);
    let is_set = |found: &DbCluster| {
        let settings = cluster_settings::read(found, cluster.engine.port());
        (days.is_none() || found.backup_retention_period() == days)
            && (protection.is_none() || found.deletion_protection() == protection)
            && fields
                .iter()
                .filter(|field| cluster.settings.contains_key(field) || settings.contains_key(field))
                .all(|field| settings.get(field) == cluster.settings.get(field))
    };
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let mut logs = Vec::new();
        if differs(Field::LogExports)
            && let Some(found) = describe(aws, cluster.region, &cluster.identifier).await?
        {
            logs = found.enabled_cloudwatch_logs_exports.unwrap_or_default();
        }
        let call = client.modify_db_cluster().db_cluster_identifier(&cluster.identifier);
        let call = cluster_settings::modify(call, cluster, fields, &logs);
        let call = call.set_backup_retention_period(days).set_deletion_protection(protection);
        let call = call.apply_immediately(true).send().await;
        match call.map_err(failed("rds:ModifyDBCluster", cluster.region)) {
            Ok(_) => Ok(()),
            // An attempt before was carried out and its answer lost: logs that are on can't be turned on.
            Err(error) if error.is(&["InvalidParameterCombination"]) && was_resent() => {
                let found = describe(aws, cluster.region, &cluster.identifier).await?;
                if found.is_some_and(|found| is_set(&found)) { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    // Forwarding is set before it works.
    let changed = |found: &DbCluster| is_set(found) && !cluster_settings::is_passing(found);
    wait_cluster(aws, cluster, &CLUSTER_AT_REST, status, changed).await
}

/// Waits until a cluster is at rest.
pub(super) async fn settle(aws: &Aws, cluster: &Cluster, status: &StatusSink) -> Result<(), Failure> {
    wait_cluster(aws, cluster, &CLUSTER_AT_REST, status, |_| true).await
}

async fn wait_cluster(
    aws: &Aws,
    cluster: &Cluster,
    policy: &WaitPolicy,
    status: &StatusSink,
    test: impl Fn(&DbCluster) -> bool + Sync,
) -> Result<(), Failure> {
    until(policy, status, || async {
        Ok(match describe(aws, cluster.region, &cluster.identifier).await? {
            Some(found) if found.status() == Some("available") && test(&found) => Poll::Done(()),
            Some(found) if found.status().is_some_and(is_broken) => Poll::Failed(text(found.status())),
            Some(found) => Poll::Pending(text(found.status())),
            None => Poll::Failed("deleted".to_owned()),
        })
    })
    .await
}

/// States that need somebody (RDS User Guide, accessing-monitoring: cluster and instance status).
pub(super) fn is_broken(status: &str) -> bool {
    status.starts_with("failed")
        || status.starts_with("incompatible")
        || status == "inaccessible-encryption-credentials"
}

pub(super) fn text(status: Option<&str>) -> String {
    status.unwrap_or("unknown").to_owned()
}

pub(super) async fn describe(
    aws: &Aws,
    region: Region,
    identifier: &str,
) -> Result<Option<DbCluster>, AwsError> {
    let call = aws.rds(region).describe_db_clusters().db_cluster_identifier(identifier).send().await;
    match call.map_err(failed("rds:DescribeDBClusters", region)) {
        Ok(output) => Ok(output.db_clusters.unwrap_or_default().into_iter().next()),
        Err(error) if error.is(&GONE) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes a member out of its global cluster, with its data, and waits until it stands alone (a secondary is promoted).
/// One that is no member any more is left as it is.
pub(super) async fn detach(aws: &Aws, cluster: &Cluster, status: &StatusSink) -> Result<(), Failure> {
    let client = aws.rds(cluster.region);
    let arn = format!(
        "arn:{}:rds:{}:{}:cluster:{}",
        aws.partition, cluster.region, aws.account, cluster.identifier
    );
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call = client.remove_from_global_cluster().global_cluster_identifier(&cluster.global_identifier);
        let call = call.db_cluster_identifier(&arn).send().await;
        match call.map_err(failed("rds:RemoveFromGlobalCluster", cluster.region)) {
            Err(error) if error.says("InvalidParameterValue", "is not found in global cluster") => Ok(()),
            other => ignore_absent(other),
        }
    })
    .await?;
    until(&CLUSTER_AT_REST, status, || async {
        let global = find_global(aws, cluster.region, &cluster.global_identifier).await?;
        let mut members = global.iter().flat_map(types::GlobalCluster::global_cluster_members);
        let attached = members.any(|member| member.db_cluster_arn() == Some(&arn));
        Ok(if attached { Poll::Pending("detaching".to_owned()) } else { Poll::Done(()) })
    })
    .await?;
    settle(aws, cluster, status).await
}

/// Takes a member out of its global cluster, then deletes it: AWS refuses to delete a member (RDS-111).
pub(super) async fn delete(
    aws: &Aws,
    cluster: &Cluster,
    protected: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.rds(cluster.region);
    if protected {
        while_busy(&NOT_BUSY, is_busy, status, || async {
            let call = client.modify_db_cluster().db_cluster_identifier(&cluster.identifier);
            let call = call.deletion_protection(false).apply_immediately(true);
            call.send().await.map_err(failed("rds:ModifyDBCluster", cluster.region))
        })
        .await?;
        let unprotected = |found: &DbCluster| found.deletion_protection() != Some(true);
        wait_cluster(aws, cluster, &CLUSTER_AT_REST, status, unprotected).await?;
    }
    detach(aws, cluster, status).await?;
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call =
            client.delete_db_cluster().db_cluster_identifier(&cluster.identifier).skip_final_snapshot(true);
        ignore_absent(call.send().await.map_err(failed("rds:DeleteDBCluster", cluster.region)))
    })
    .await?;
    until(&CLUSTER_GONE, status, || async {
        let found = describe(aws, cluster.region, &cluster.identifier).await?;
        Ok(found.map_or(Poll::Done(()), |found| Poll::Pending(text(found.status()))))
    })
    .await
}

pub(super) fn ignore_absent<T>(result: Result<T, AwsError>) -> Result<(), AwsError> {
    match result {
        Err(error) if !error.is(&GONE) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
