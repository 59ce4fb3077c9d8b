//! Executing steps: which calls make a create, an update or a deletion happen. Not here: which steps there are.

mod buckets;
mod clusters;
mod groups;
mod health_checks;
mod instances;
mod records;
mod replicas;
mod role;
mod tables;
mod tags;
mod upgrades;
mod zones;

use std::collections::BTreeSet;

use aws_sdk_route53::types::TagResourceType;
use polyregion_model::{Address, Cluster, Resource, ResourceKind};

pub(super) use self::buckets::create_configuration;
use super::clients::Aws;
use super::error::AwsError;
use super::guard::{SUBJECT, Subject};
use super::observe::observe;
use crate::apply::{Failure, Known, Runner, StatusSink};
use crate::attribute::Field;
use crate::diff::FieldChange;
use crate::observed::{Observation, Owner, Sought};
use crate::plan::{Operation, Step};

/// Runs the steps of a plan against AWS.
#[derive(Clone, Debug)]
pub struct Executor {
    aws: Aws,
}

impl Executor {
    /// An executor with these clients.
    pub fn new(aws: Aws) -> Self {
        Self { aws }
    }
}

impl Runner for Executor {
    async fn run(&self, step: &Step, known: Known, status: StatusSink) -> Result<Known, Failure> {
        let subject = Subject::new(step.operation.addresses(), self.aws.pace(), status.clone());
        SUBJECT.scope(subject, self.execute(step, known, status)).await
    }
}

impl Executor {
    async fn execute(&self, step: &Step, known: Known, status: StatusSink) -> Result<Known, Failure> {
        let aws = &self.aws;
        match &step.operation {
            Operation::ChangeRecords(batch) => {
                records::change(aws, batch, &known, &status).await?;
                Ok(Known::new())
            }
            Operation::Create(resource) => {
                let id = create(aws, resource, &status).await?;
                Ok(Known::from([(resource.address.clone(), id)]))
            }
            Operation::Update { resource, physical_id, changes, awaits, unfinished, adopts } => {
                if *awaits {
                    settle(aws, resource, physical_id, &status).await?;
                }
                // Before anything changes, so that nobody's is changed.
                if *adopts {
                    tags::mark(aws, resource, physical_id, &status).await?;
                }
                let (tags, changes): (Vec<FieldChange>, Vec<FieldChange>) =
                    changes.iter().cloned().partition(|change| change.field == Field::Tags);
                if !changes.is_empty() {
                    update(aws, resource, physical_id, &changes, &status).await?;
                }
                for change in &tags {
                    tags::change(aws, resource, physical_id, change, &status).await?;
                }
                if *unfinished {
                    finish(aws, resource, physical_id, &status).await?;
                }
                Ok(Known::new())
            }
            Operation::Await(resource) => {
                let id = known.get(&resource.address).cloned().unwrap_or_default();
                settle(aws, resource, &id, &status).await?;
                Ok(Known::new())
            }
            Operation::Detach(resource) => {
                if let Some(replica) = resource.kind.as_replica() {
                    replicas::disassociate(aws, replica, &status).await?;
                } else if let Some(cluster) = resource.kind.as_cluster() {
                    clusters::detach(aws, cluster, &status).await?;
                } else {
                    return Err(Failure::bug("only a replica or a member cluster can be detached"));
                }
                Ok(Known::new())
            }
            Operation::Disarm { resource, protected } => {
                if *protected {
                    disarm(aws, resource, &status).await?;
                }
                Ok(Known::new())
            }
            Operation::Delete { resource, physical_id, protected } => {
                delete(aws, resource, physical_id, *protected, &status).await?;
                Ok(Known::new())
            }
        }
    }
}

/// Changes attributes of a resource, other than its tags.
async fn update(
    aws: &Aws,
    resource: &Resource,
    physical_id: &str,
    changes: &[FieldChange],
    status: &StatusSink,
) -> Result<(), Failure> {
    let fields = &fields_of(changes);
    match &resource.kind {
        ResourceKind::Zone(zone) => zones::update(aws, zone, physical_id, changes, status).await?,
        ResourceKind::HealthCheck(check) => health_checks::update(aws, check, physical_id, fields).await?,
        ResourceKind::Table(table) => tables::update(aws, table, changes, status).await?,
        ResourceKind::Replica(replica) => replicas::update(aws, replica, fields, status).await?,
        ResourceKind::GlobalCluster(global) => clusters::update_global(aws, global, fields, status).await?,
        ResourceKind::Cluster(cluster) => clusters::update(aws, cluster, fields, status).await?,
        ResourceKind::Instance(instance) => instances::update(aws, instance, fields, status).await?,
        ResourceKind::Bucket(bucket) => buckets::update(aws, bucket, changes, status).await?,
        ResourceKind::ReplicationRole(role) => role::update(aws, role, fields).await?,
        ResourceKind::Replication(replication) => buckets::replicate(aws, replication, status).await?,
        ResourceKind::RecordSet(_) => return Err(records_come_in_batches()),
    }
    Ok(())
}

/// The attributes that change.
fn fields_of(changes: &[FieldChange]) -> BTreeSet<Field> {
    changes.iter().map(|change| change.field).collect()
}

/// Creates a resource; returns its physical id.
async fn create(aws: &Aws, resource: &Resource, status: &StatusSink) -> Result<String, Failure> {
    let address = &resource.address;
    match &resource.kind {
        ResourceKind::Zone(zone) => zones::create(aws, address, zone, status).await,
        ResourceKind::HealthCheck(check) => health_checks::create(aws, address, check).await,
        ResourceKind::Table(table) => tables::create(aws, address, table, status).await,
        ResourceKind::Replica(replica) => replicas::create(aws, address, replica, status).await,
        ResourceKind::GlobalCluster(global) => clusters::create_global(aws, address, global, status).await,
        ResourceKind::Cluster(cluster) => clusters::create(aws, address, cluster, status).await,
        ResourceKind::Instance(instance) => instances::create(aws, address, instance, status).await,
        ResourceKind::Bucket(bucket) => buckets::create(aws, address, bucket, status).await,
        ResourceKind::ReplicationRole(role) => role::create(aws, address, role, status).await,
        ResourceKind::Replication(replication) => {
            buckets::replicate(aws, replication, status).await?;
            Ok(replication.bucket.clone())
        }
        ResourceKind::RecordSet(_) => Err(records_come_in_batches()),
    }
}

/// What AWS says when there is one of this name already. In us-east-1 S3 says nothing (S3-010).
const TAKEN: [&str; 6] = [
    "BucketAlreadyOwnedByYou",
    "DBClusterAlreadyExistsFault",
    "DBInstanceAlreadyExists",
    "EntityAlreadyExists",
    "GlobalClusterAlreadyExistsFault",
    "ResourceInUseException",
];

/// The outcome of a creation. When the answer to a first attempt is lost, the SDK makes another, and AWS says that the name
/// is taken: by us, if the tags say so.
async fn made<T>(aws: &Aws, address: &Address, result: Result<T, AwsError>) -> Result<(), AwsError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.is(&TAKEN) && is_ours(aws, address).await => Ok(()),
        Err(error) => Err(error),
    }
}

async fn is_ours(aws: &Aws, address: &Address) -> bool {
    let Some(only) = aws.only(address) else { return false };
    match observe(aws, &only, &Sought::default()).await.get(address) {
        Observation::Present(observed) => observed.owner == Owner::Ours,
        Observation::Absent | Observation::Unknown(_) => false,
    }
}

/// Does again what follows a creation and is not observed.
async fn finish(
    aws: &Aws,
    resource: &Resource,
    physical_id: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    let address = &resource.address;
    match &resource.kind {
        ResourceKind::Zone(_) => zones::tag(aws, address, TagResourceType::Hostedzone, physical_id).await,
        ResourceKind::HealthCheck(_) => {
            zones::tag(aws, address, TagResourceType::Healthcheck, physical_id).await
        }
        ResourceKind::Replica(replica) => replicas::tag(aws, address, replica, status).await,
        ResourceKind::RecordSet(_)
        | ResourceKind::Table(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::Cluster(_)
        | ResourceKind::Instance(_)
        | ResourceKind::Bucket(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Replication(_) => Err(Failure::bug("nothing follows this creation")),
    }
}

/// Takes deletion protection off.
async fn disarm(aws: &Aws, resource: &Resource, status: &StatusSink) -> Result<(), Failure> {
    match &resource.kind {
        ResourceKind::Table(table) => tables::unprotect(aws, table.region, &table.name, status).await,
        ResourceKind::Replica(replica) => tables::unprotect(aws, replica.region, &replica.name, status).await,
        ResourceKind::Cluster(cluster) => {
            let unprotected = Cluster { deletion_protection: false, ..cluster.clone() };
            clusters::update(aws, &unprotected, &BTreeSet::from([Field::DeletionProtection]), status).await
        }
        ResourceKind::Zone(_)
        | ResourceKind::HealthCheck(_)
        | ResourceKind::RecordSet(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::Instance(_)
        | ResourceKind::Bucket(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Replication(_) => Err(Failure::bug("AWS has no deletion protection for this")),
    }
}

/// Waits for a resource that is in transition.
async fn settle(
    aws: &Aws,
    resource: &Resource,
    physical_id: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    match &resource.kind {
        ResourceKind::Table(table) => tables::settle(aws, table.region, &table.name, status).await,
        ResourceKind::Replica(replica) => replicas::settle_replica(aws, replica, status).await,
        ResourceKind::GlobalCluster(global) => clusters::settle_global(aws, global, status).await,
        ResourceKind::Cluster(cluster) => clusters::settle(aws, cluster, status).await,
        ResourceKind::Instance(instance) => instances::settle(aws, instance, status).await,
        ResourceKind::Zone(_) => zones::settle(aws, physical_id, None, status).await,
        // These are never in transition: their calls are done when they return.
        ResourceKind::HealthCheck(_)
        | ResourceKind::RecordSet(_)
        | ResourceKind::Bucket(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Replication(_) => Ok(()),
    }
}

async fn delete(
    aws: &Aws,
    resource: &Resource,
    physical_id: &str,
    protected: bool,
    status: &StatusSink,
) -> Result<(), Failure> {
    match &resource.kind {
        ResourceKind::Zone(_) => zones::delete(aws, physical_id, status).await,
        ResourceKind::HealthCheck(_) => health_checks::delete(aws, physical_id).await,
        ResourceKind::Table(table) => tables::delete(aws, table, protected, status).await,
        ResourceKind::Replica(replica) => replicas::delete(aws, replica, protected, status).await,
        ResourceKind::GlobalCluster(global) => clusters::delete_global(aws, global, protected, status).await,
        ResourceKind::Cluster(cluster) => clusters::delete(aws, cluster, protected, status).await,
        ResourceKind::Instance(instance) => instances::delete(aws, instance, status).await,
        ResourceKind::Bucket(bucket) => buckets::delete(aws, bucket, status).await,
        ResourceKind::ReplicationRole(role) => role::delete(aws, role).await,
        ResourceKind::Replication(replication) => buckets::stop_replicating(aws, replication, status).await,
        ResourceKind::RecordSet(_) => Err(records_come_in_batches()),
    }
}

fn records_come_in_batches() -> Failure {
    Failure::bug("a record was planned outside a batch")
}
