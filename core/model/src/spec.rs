//! The spec: a topology as its user wrote it, region repetition and name templates not yet expanded.
//! Not here: whether it is valid (`check`) and what it stands for on AWS (`Topology`).

mod buckets;
mod clusters;
mod encryption;
mod health_checks;
mod objectives;
mod records;
mod routing;
mod services;
mod tables;
mod zones;

pub use self::buckets::{
    BucketKeys, BucketSpec, CopiesSpec, LifecycleKeys, LockSpec, Namespace, Ownership, PublicAccess,
    RetentionSpec, RuleKeys, StorageClass, TransitionSpec, WebsiteKeys,
};
pub use self::clusters::{
    ClusterSpec, ClusterStorage, CredentialsSpec, Engine, EngineSpec, InstancesSpec, LogExport,
    MemberInstancesSpec, MemberKeys, MonitoringKeys, Network, ServerlessKeys,
};
pub use self::encryption::EncryptionSpec;
pub use self::health_checks::{AlarmKeys, CalculatedKeys, HealthCheckSpec, MissingData, ProbeSpec, Protocol};
pub use self::objectives::{LimitSpec, ObjectivesSpec, ReachSpec, SurviveSpec, UsersKeys};
pub use self::records::{HealthCheckRef, RecordSpec, RecordTarget, RecordType, TargetKeys, TargetKind};
pub use self::routing::{
    GroupPolicy, GroupSpec, LocationSpec, MemberSpec, NetworkSpec, RoutingSpec, SelectorSpec,
};
pub use self::services::ServiceSpec;
pub use self::tables::{
    AmountSpec, CapacitySpec, Consistency, GlobalIndexKeys, IndexKind, IndexSpec, KeySpec, KeyType,
    LocalIndexKeys, MOST_DAYS_OF_RECOVERY, OnDemandKeys, ProjectionSpec, ProvisionedKeys, RecoverySpec,
    ReplicaKeys, ScalingKeys, StreamView, TableClass, TableSpec, WarmKeys, WritesSpec,
};
pub use self::zones::{CidrCollectionSpec, ZoneSpec};
use crate::kind::Kind;
use crate::node::{Node, NodeId};
pub use crate::read::{Override, Tag};

/// A whole topology as written.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Spec {
    /// The topology's name: the module that the macro makes. It is part of every ownership tag.
    pub name: Node<String>,
    /// Documentation written above the module.
    pub docs: String,
    /// The AWS account, twelve digits. The engine refuses to work in any other.
    pub account: Node<String>,
    /// The regions, in the order written. The first one is the default home of tables.
    pub regions: Vec<RegionDecl>,
    /// Tags of everything that can have tags.
    pub tags: Vec<Tag>,
    /// The labels of regions that are declared no longer and whose data may go.
    pub retired: Vec<Node<String>>,
    /// What was written for the whole that the engine can't deploy yet.
    pub pending: Vec<Pending>,
    /// What it has to hold.
    pub objectives: Option<ObjectivesSpec>,
    /// The items, in the order written.
    pub items: Vec<Item>,
    /// The items that are declared and could not be read: what refers to them is no mistake.
    pub unread: Vec<(Kind, String)>,
    /// Where the nodes were written; empty for a spec that was not written in a source file.
    pub source: Source,
}

/// The positions of a spec's nodes in the user's file.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Source {
    /// The file, as rustc names it.
    pub file: String,
    /// The line of each node, indexed by [`NodeId`]; 0 where unknown.
    pub lines: Vec<u32>,
}

impl Source {
    /// `file:line` of a node, if known.
    pub fn position(&self, id: NodeId) -> Option<String> {
        let line = self.lines.get(id.0 as usize).copied().filter(|line| *line > 0)?;
        Some(format!("{}:{line}", self.file))
    }
}

/// `us: us_east_1`.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct RegionDecl {
    /// The short label that the rest of the topology uses.
    pub label: Node<String>,
    /// AWS's code, with hyphens.
    pub code: Node<String>,
}

/// A list that may be left out.
pub(crate) fn all<T>(list: &Option<Vec<T>>) -> &[T] {
    list.as_deref().unwrap_or_default()
}

/// One item of a topology.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum Item {
    /// A hosted zone.
    Zone(ZoneSpec),
    /// A health check, possibly one in each region.
    HealthCheck(HealthCheckSpec),
    /// Networks of addresses.
    CidrCollection(CidrCollectionSpec),
    /// A record: one name and type with its routing.
    Record(RecordSpec),
    /// A DynamoDB table with its replicas.
    Table(TableSpec),
    /// An Aurora global database.
    Cluster(ClusterSpec),
    /// Buckets in several regions, with what is copied between them.
    Bucket(BucketSpec),
    /// What runs where.
    Service(ServiceSpec),
}

impl Item {
    /// The item's kind.
    pub fn kind(&self) -> Kind {
        match self {
            Item::Zone(_) => Kind::Zone,
            Item::HealthCheck(_) => Kind::HealthCheck,
            Item::CidrCollection(_) => Kind::CidrCollection,
            Item::Record(_) => Kind::Record,
            Item::Table(_) => Kind::Table,
            Item::Cluster(_) => Kind::Cluster,
            Item::Bucket(_) => Kind::Bucket,
            Item::Service(_) => Kind::Service,
        }
    }

    /// Its tags, and those that it has in single regions besides.
    pub fn tags(&self) -> (&[Tag], Vec<&[Tag]>) {
        match self {
            Item::Record(_) | Item::CidrCollection(_) | Item::Service(_) => (&[], Vec::new()),
            Item::Zone(item) => (all(&item.tags), Vec::new()),
            Item::HealthCheck(item) => (all(&item.tags), Vec::new()),
            Item::Cluster(item) => (all(&item.tags), Vec::new()),
            Item::Table(item) => {
                (all(&item.tags), all(&item.overrides).iter().map(|own| all(&own.keys.tags)).collect())
            }
            Item::Bucket(item) => {
                (all(&item.tags), all(&item.overrides).iter().map(|own| all(&own.keys.tags)).collect())
            }
        }
    }

    /// What was written of it that the engine can't deploy yet.
    pub fn pending(&self) -> &[Pending] {
        match self {
            Item::Zone(item) => &item.pending,
            Item::HealthCheck(item) => &item.pending,
            Item::CidrCollection(item) => &item.pending,
            Item::Record(item) => &item.pending,
            Item::Table(item) => &item.pending,
            Item::Cluster(item) => &item.pending,
            Item::Bucket(item) => &item.pending,
            Item::Service(item) => &item.pending,
        }
    }

    /// The item's label.
    pub fn label(&self) -> &Node<String> {
        match self {
            Item::Zone(item) => &item.label,
            Item::HealthCheck(item) => &item.label,
            Item::CidrCollection(item) => &item.label,
            Item::Record(item) => &item.label,
            Item::Table(item) => &item.label,
            Item::Cluster(item) => &item.label,
            Item::Bucket(item) => &item.label,
            Item::Service(item) => &item.label,
        }
    }
}

/// Something that was written, is checked, and can't be deployed by the engine of this version.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Pending {
    /// Where it was written.
    pub id: NodeId,
    /// What was written, as in `stream: keys_only`.
    pub what: String,
}

/// Which regions something exists in.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum RegionSet {
    /// `each region`: all that the topology declares.
    Each(NodeId),
    /// `each other region`: all but the one that the item already names.
    EachOther(NodeId),
    /// `[us, ap]`: labels.
    Listed(NodeId, Vec<Node<String>>),
}

impl RegionSet {
    /// Where the set was written.
    pub fn id(&self) -> NodeId {
        match self {
            RegionSet::Each(id) | RegionSet::EachOther(id) | RegionSet::Listed(id, _) => *id,
        }
    }
}

/// Whether a flag that may be left out is on.
pub(crate) fn is_on(flag: &Option<Node<bool>>) -> bool {
    flag.as_ref().is_some_and(|flag| flag.value)
}
