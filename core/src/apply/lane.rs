//! Whose limits a step is under: how many steps of each service are under way at once. Not here: which step comes next (`queue`).

use polyregion_model::ResourceKind;

use crate::plan::{Operation, Target};

/// A service that takes so many steps at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    Route53,
    DynamoDb,
    Rds,
    /// With the roles that it replicates with.
    S3,
}

impl Lane {
    /// Whose limits an operation is under.
    pub(super) fn of(operation: &Operation) -> Self {
        let resource = match operation.target() {
            Target::Records(_) => return Lane::Route53,
            Target::Resource(resource) => resource,
        };
        match resource.kind {
            ResourceKind::Zone(_) | ResourceKind::HealthCheck(_) | ResourceKind::RecordSet(_) => {
                Lane::Route53
            }
            ResourceKind::Table(_) | ResourceKind::Replica(_) => Lane::DynamoDb,
            ResourceKind::GlobalCluster(_) | ResourceKind::Cluster(_) | ResourceKind::Instance(_) => {
                Lane::Rds
            }
            ResourceKind::Bucket(_) | ResourceKind::ReplicationRole(_) | ResourceKind::Replication(_) => {
                Lane::S3
            }
        }
    }

    /// Most steps under way at once. Steps mostly sleep between polls, so these bound the requests of a moment, not the work.
    pub(super) fn most(self) -> usize {
        match self {
            // Calls wait for their turns by what Route 53 publishes (`aws::limit`), so that steps cost nothing; hundreds of health
            // checks that wait for theirs must not keep a zone waiting.
            Lane::Route53 => 500,
            // 500 tables of an account and region may be in the making or changing, 250 if they have indexes (DynamoDB API,
            // `LimitExceededException`, after which a step waits); the steps of one table come one after another.
            Lane::DynamoDb => 200,
            // No rate is published. An account has 40 clusters and 40 instances of a region unless AWS raises the quota
            // (Aurora User Guide, quotas), so this holds back nobody who has not asked for more.
            Lane::Rds => 80,
            // No rate is published for making and configuring buckets. As many as fifty mirrors of four regions make at
            // once in two rounds, with a call or two under way for each.
            Lane::S3 => 100,
        }
    }
}
