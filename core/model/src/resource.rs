//! Desired resources: what a validated topology stands for on AWS, one entry per thing that AWS creates, updates or
//! deletes as a whole. Not here: what AWS answered (observed state) and the API calls.

mod buckets;
mod records;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::attribute::{Attributes, Field};
use crate::check::HealthProtocol;
use crate::node::NodeId;
use crate::region::Region;
use crate::spec::Engine;

pub use self::buckets::{Bucket, CopyRule, LifecycleRule, Objects, Replication, ReplicationRole, Transition};
pub use self::records::{AliasTarget, GeoPlace, LoadBalancerRef, RecordData, RecordSet, Routing};
pub use self::tables::{Index, KeyAttribute, Projection, Replica, Table};

/// One desired resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Resource {
    /// Our identity of it.
    pub address: Address,
    /// The item of the spec that asks for it; none for what is only recorded.
    #[cfg_attr(feature = "serde", serde(skip, default = "NodeId::none"))]
    pub node: NodeId,
    /// Whether it is taken over when it exists and belongs to nobody. Not recorded: what is taken over is ours.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub adopt: bool,
    /// What must exist before it, each once and in order.
    pub needs: Vec<Address>,
    /// Its tags, but for those of the library.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub tags: BTreeMap<String, String>,
    /// What it is.
    pub kind: ResourceKind,
}

impl Resource {
    /// Adds what must exist before it.
    pub fn add_need(&mut self, need: Address) {
        if let Err(place) = self.needs.binary_search(&need) {
            self.needs.insert(place, need);
        }
    }

    /// The settings that it is declared with, which are read apart from what it is.
    pub fn declared(&self) -> BTreeSet<Field> {
        let settings = self.kind.settings().into_iter().flat_map(Attributes::keys).copied();
        let tags = (!self.tags.is_empty()).then_some(Field::Tags);
        let lifecycle = self.kind.as_bucket().is_some_and(|bucket| !bucket.lifecycle.is_empty());
        settings.chain(tags).chain(lifecycle.then_some(Field::Lifecycle)).collect()
    }
}

/// What a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ResourceKind {
    /// A Route 53 hosted zone.
    Zone(Zone),
    /// A Route 53 health check.
    HealthCheck(HealthCheck),
    /// A Route 53 record set.
    RecordSet(RecordSet),
    /// A DynamoDB table in its home region.
    Table(Table),
    /// A replica of a DynamoDB table.
    Replica(Replica),
    /// An Aurora global cluster.
    GlobalCluster(GlobalCluster),
    /// A member cluster of an Aurora global cluster.
    Cluster(Cluster),
    /// An instance of a member cluster.
    Instance(Instance),
    /// An S3 bucket.
    Bucket(Bucket),
    /// The IAM role that S3 replicates with.
    ReplicationRole(ReplicationRole),
    /// The replication configuration of one bucket.
    Replication(Replication),
}

/// One accessor per kind, so that looking for a kind needs no match over all of them.
macro_rules! accessors {
    ($($(#[$docs:meta])* $name:ident: $variant:ident),* $(,)?) => {
        impl ResourceKind {
            $($(#[$docs])*
            pub fn $name(&self) -> Option<&$variant> {
                if let ResourceKind::$variant(inner) = self { Some(inner) } else { None }
            })*
        }
    };
}

accessors! {
    /// The zone, if it is one.
    as_zone: Zone,
    /// The health check, if it is one.
    as_health_check: HealthCheck,
    /// The record set, if it is one.
    as_record_set: RecordSet,
    /// The table, if it is one.
    as_table: Table,
    /// The replica, if it is one.
    as_replica: Replica,
    /// The global cluster, if it is one.
    as_global_cluster: GlobalCluster,
    /// The member cluster, if it is one.
    as_cluster: Cluster,
    /// The instance, if it is one.
    as_instance: Instance,
    /// The bucket, if it is one.
    as_bucket: Bucket,
}

impl ResourceKind {
    /// Whether it can have tags of ours. What somebody else made has none.
    pub fn has_tags(&self) -> bool {
        match self {
            ResourceKind::RecordSet(_) | ResourceKind::Replication(_) => false,
            ResourceKind::Zone(zone) => !zone.existing,
            ResourceKind::HealthCheck(_)
            | ResourceKind::Table(_)
            | ResourceKind::Replica(_)
            | ResourceKind::GlobalCluster(_)
            | ResourceKind::Cluster(_)
            | ResourceKind::Instance(_)
            | ResourceKind::Bucket(_)
            | ResourceKind::ReplicationRole(_) => true,
        }
    }

    /// Whether what exists of this kind can be taken over: it has a name of its own, and tags that mark it, or goes with what has. The
    /// role of a mirror is named for its topology.
    pub fn can_be_adopted(&self) -> bool {
        match self {
            ResourceKind::Table(_)
            | ResourceKind::Replica(_)
            | ResourceKind::GlobalCluster(_)
            | ResourceKind::Cluster(_)
            | ResourceKind::Instance(_)
            | ResourceKind::Bucket(_)
            | ResourceKind::Replication(_) => true,
            ResourceKind::Zone(zone) => !zone.existing,
            ResourceKind::HealthCheck(_) | ResourceKind::RecordSet(_) | ResourceKind::ReplicationRole(_) => {
                false
            }
        }
    }

    /// Whether it is a zone that somebody else made.
    pub fn is_existing_zone(&self) -> bool {
        self.as_zone().is_some_and(|zone| zone.existing)
    }

    /// What people call it, with the service's name.
    pub fn noun(&self) -> &'static str {
        match self {
            ResourceKind::Zone(_) => "Route 53 hosted zone",
            ResourceKind::HealthCheck(_) => "Route 53 health check",
            ResourceKind::RecordSet(_) => "Route 53 record",
            ResourceKind::Table(_) => "DynamoDB table",
            ResourceKind::Replica(_) => "DynamoDB replica",
            ResourceKind::GlobalCluster(_) => "Aurora global cluster",
            ResourceKind::Cluster(_) => "Aurora cluster",
            ResourceKind::Instance(_) => "Aurora instance",
            ResourceKind::Bucket(_) => "S3 bucket",
            ResourceKind::ReplicationRole(_) => "IAM role",
            ResourceKind::Replication(_) => "S3 replication",
        }
    }

    /// What is set besides what makes it what it is, for kinds that have settings.
    pub fn settings(&self) -> Option<&Attributes> {
        match self {
            ResourceKind::Zone(zone) => Some(&zone.settings),
            ResourceKind::Table(table) => Some(&table.settings),
            ResourceKind::Replica(replica) => Some(&replica.settings),
            ResourceKind::Cluster(cluster) => Some(&cluster.settings),
            ResourceKind::Instance(instance) => Some(&instance.settings),
            ResourceKind::Bucket(bucket) => Some(&bucket.settings),
            ResourceKind::HealthCheck(_)
            | ResourceKind::RecordSet(_)
            | ResourceKind::GlobalCluster(_)
            | ResourceKind::ReplicationRole(_)
            | ResourceKind::Replication(_) => None,
        }
    }

    /// The region whose endpoint the resource's own calls go to; none for services with one endpoint per partition.
    pub fn region(&self) -> Option<Region> {
        match self {
            ResourceKind::Zone(_)
            | ResourceKind::HealthCheck(_)
            | ResourceKind::RecordSet(_)
            | ResourceKind::ReplicationRole(_) => None,
            ResourceKind::Table(table) => Some(table.region),
            ResourceKind::Replica(replica) => Some(replica.region),
            ResourceKind::GlobalCluster(global) => Some(global.region),
            ResourceKind::Cluster(cluster) => Some(cluster.region),
            ResourceKind::Instance(instance) => Some(instance.region),
            ResourceKind::Bucket(bucket) => Some(bucket.region),
            ResourceKind::Replication(replication) => Some(replication.region),
        }
    }
}

/// A hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Zone {
    /// The domain name, lower case, without the trailing dot.
    pub name: String,
    /// The zone's comment.
    pub comment: Option<String>,
    /// Whether it belongs to somebody else and is only looked up.
    pub existing: bool,
    /// What else is set, but for what AWS does unasked.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub settings: Attributes,
}

impl Zone {
    /// Whether only VPCs ask it.
    pub fn is_private(&self) -> bool {
        self.settings.contains_key(&Field::Vpcs)
    }
}

/// A health check of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct HealthCheck {
    /// Protocol and port.
    pub endpoint: HealthProtocol,
    /// Domain name or IP address.
    pub host: String,
    /// The path of HTTP and HTTPS checks.
    pub path: Option<String>,
    /// Seconds between two requests of one checker: 10 or 30. Fixed once created.
    pub interval: u8,
    /// Consecutive results that change the verdict: 1 to 10.
    pub failure_threshold: u8,
    /// What the answer must hold.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub search: Option<String>,
    /// Whether healthy is unhealthy and the reverse.
    #[cfg_attr(feature = "serde", serde(default))]
    pub inverted: bool,
    /// The regions whose checkers ask; all if empty.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub checkers: Vec<Region>,
    /// Whether latency is measured. Fixed once created.
    #[cfg_attr(feature = "serde", serde(default))]
    pub measure_latency: bool,
}

/// An Aurora global cluster: the envelope of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct GlobalCluster {
    /// Its identifier, unique in the account.
    pub identifier: String,
    /// Where it is created from: the primary's region.
    pub region: Region,
    /// The engine.
    pub engine: Engine,
    /// The engine's version.
    pub version: String,
    /// The initial database.
    pub database: Option<String>,
    /// AWS refuses to delete it.
    pub deletion_protection: bool,
    /// Whether it is made so that AWS supports its major version after the community does. AWS has no call that changes it; that of
    /// the members changes.
    #[cfg_attr(feature = "serde", serde(default = "yes"))]
    pub extended_support: bool,
}

/// What AWS does unasked.
#[cfg(feature = "serde")]
fn yes() -> bool {
    true
}

/// A member's role when it is created. Afterwards the role is observed and never a difference: a switchover moves it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ClusterRole {
    /// Takes the writes.
    Primary {
        /// The administrator's name.
        master_username: String,
        /// The initial database.
        database: Option<String>,
    },
    /// Follows the primary.
    Secondary,
}

/// A member cluster in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Cluster {
    /// Its identifier.
    pub identifier: String,
    /// The identifier of its global cluster.
    pub global_identifier: String,
    /// Its region.
    pub region: Region,
    /// The engine.
    pub engine: Engine,
    /// The engine's version.
    pub version: String,
    /// Its role when created.
    pub role: ClusterRole,
    /// The DB subnet group; none means AWS's default.
    pub subnet_group: Option<String>,
    /// The KMS key; none means the AWS-managed key of RDS.
    pub kms_key: Option<String>,
    /// Days that automatic backups are kept.
    pub backup_retention_days: u8,
    /// AWS refuses to delete it.
    pub deletion_protection: bool,
    /// What else is set, but for what AWS does unasked.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub settings: Attributes,
}

/// An instance of a member cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Instance {
    /// Its identifier.
    pub identifier: String,
    /// The identifier of its cluster.
    pub cluster_identifier: String,
    /// Its region.
    pub region: Region,
    /// The engine, which must be the cluster's.
    pub engine: Engine,
    /// The class, as in `db.r6g.large`.
    pub class: String,
    /// What else is set, but for what AWS does unasked.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub settings: Attributes,
}
