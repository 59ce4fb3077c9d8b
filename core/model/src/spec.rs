//! The spec: a topology as its user wrote it, region repetition and name templates not yet expanded.
//! Not here: whether it is valid ([`crate::validate`]) and what it stands for on AWS ([`crate::Topology`]).

use crate::node::{Node, NodeId};

/// A whole topology as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The topology's name: the module that the macro makes. It is part of every ownership tag.
    pub name: Node<String>,
    /// Documentation written above the module.
    pub docs: String,
    /// The AWS account, twelve digits. The engine refuses to work in any other.
    pub account: Node<String>,
    /// The regions, in the order written. The first one is the default home of tables.
    pub regions: Vec<RegionDecl>,
    /// The items, in the order written.
    pub items: Vec<Item>,
    /// Where the nodes were written; empty for a spec that was not written in a source file.
    pub source: Source,
}

/// The positions of a spec's nodes in the user's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionDecl {
    /// The short label that the rest of the topology uses.
    pub label: Node<String>,
    /// AWS's code, with hyphens.
    pub code: Node<String>,
}

/// One item of a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A hosted zone.
    Zone(ZoneSpec),
    /// A health check, possibly one in each region.
    HealthCheck(HealthCheckSpec),
    /// A record: one name and type with its routing.
    Record(RecordSpec),
    /// A DynamoDB table with its replicas.
    Table(TableSpec),
    /// An Aurora global database.
    Cluster(ClusterSpec),
    /// A bucket in each of several regions, mirrored.
    Bucket(BucketSpec),
}

impl Item {
    /// The item's label.
    pub fn label(&self) -> &Node<String> {
        match self {
            Item::Zone(item) => &item.label,
            Item::HealthCheck(item) => &item.label,
            Item::Record(item) => &item.label,
            Item::Table(item) => &item.label,
            Item::Cluster(item) => &item.label,
            Item::Bucket(item) => &item.label,
        }
    }
}

/// Which regions something exists in.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// `zone site: "example.com" { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneSpec {
    /// The item's label.
    pub label: Node<String>,
    /// Documentation of the item.
    pub docs: String,
    /// The domain name.
    pub name: Node<String>,
    /// Whether the zone exists already and belongs to somebody else: records are put into it, the zone itself is
    /// neither created, changed nor deleted.
    pub existing: bool,
    /// The zone's comment on AWS.
    pub comment: Option<Node<String>>,
}

/// What a health check speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Protocol {
    /// HTTP GET.
    Http,
    /// HTTPS GET; certificates are not validated by Route 53.
    Https,
    /// A TCP connection.
    Tcp,
}

/// `health_check api in each region { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheckSpec {
    /// The item's label.
    pub label: Node<String>,
    /// Documentation of the item.
    pub docs: String,
    /// One check for each of these regions, or a single one.
    pub regions: Option<RegionSet>,
    /// What it speaks.
    pub protocol: Protocol,
    /// `host[:port][/path]`, a template.
    pub endpoint: Node<String>,
    /// Seconds between two requests of one checker.
    pub interval: Option<Node<u64>>,
    /// Consecutive failures (or successes) that change the verdict.
    pub failure_threshold: Option<Node<u64>>,
}

/// A DNS record type that records can be declared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// IPv6 address.
    AAAA,
    /// Canonical name.
    CNAME,
    /// Text.
    TXT,
    /// Mail exchange.
    MX,
    /// Service location.
    SRV,
    /// Certification authority authorization.
    CAA,
    /// Name server (delegation of a subdomain).
    NS,
}

impl RecordType {
    /// All types, as written in the language.
    pub const ALL: [RecordType; 8] = [
        RecordType::A,
        RecordType::AAAA,
        RecordType::CNAME,
        RecordType::TXT,
        RecordType::MX,
        RecordType::SRV,
        RecordType::CAA,
        RecordType::NS,
    ];

    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::AAAA => "AAAA",
            RecordType::CNAME => "CNAME",
            RecordType::TXT => "TXT",
            RecordType::MX => "MX",
            RecordType::SRV => "SRV",
            RecordType::CAA => "CAA",
            RecordType::NS => "NS",
        }
    }
}

/// `record api: A in site { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSpec {
    /// The item's label.
    pub label: Node<String>,
    /// Documentation of the item.
    pub docs: String,
    /// The record's type.
    pub record_type: Node<RecordType>,
    /// The label of its zone.
    pub zone: Node<String>,
    /// The name relative to the zone; empty for the apex. Absent: the label.
    pub name: Option<Node<String>>,
    /// Seconds that resolvers may cache the answer.
    pub ttl: Option<Node<u64>>,
    /// How Route 53 chooses an answer.
    pub routing: RoutingSpec,
}

/// A record's routing policy with its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutingSpec {
    /// One answer for everybody.
    Simple(RecordTarget),
    /// The answer of the region with the lowest latency to the user.
    Latency(NodeId, Vec<TargetEntry>),
}

/// `each region => target` or `us => target`; a later entry overrides an earlier one only where the earlier is
/// `each region`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetEntry {
    /// The regions that it is for.
    pub regions: RegionSet,
    /// What it answers.
    pub target: RecordTarget,
}

/// What a record answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordTarget {
    /// Where it was written.
    pub id: NodeId,
    /// The answer itself.
    pub kind: TargetKind,
    /// The label of the health check that takes the answer out.
    pub health_check: Option<Node<String>>,
    /// Whether an alias follows its target's own health. Default: yes where AWS allows it.
    pub evaluate_target_health: Option<Node<bool>>,
}

/// The answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// Literal values, templates.
    Values(Vec<Node<String>>),
    /// An alias of an AWS DNS name, a template.
    Alias(Node<String>),
    /// An alias of the load balancer with this name (a template), looked up when planning.
    LoadBalancer {
        /// Its name.
        name: Node<String>,
        /// The label of its region; absent in a routing entry, which is for one region anyway.
        region: Option<Node<String>>,
    },
}

/// `key: session_id: S`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// The attribute's name.
    pub attribute: Node<String>,
    /// Its type, as written: `S`, `N` or `B`.
    pub key_type: Node<String>,
}

/// `table user_sessions { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// The item's label.
    pub label: Node<String>,
    /// Documentation of the item.
    pub docs: String,
    /// The table's name on AWS. Absent: the label with hyphens.
    pub name: Option<Node<String>>,
    /// The partition key.
    pub key: KeySpec,
    /// The sort key.
    pub sort_key: Option<KeySpec>,
    /// Where it exists.
    pub replicas: RegionSet,
    /// The number attribute after whose time an item expires.
    pub ttl: Option<Node<String>>,
    /// AWS refuses to delete the table and its replicas. Default: on.
    pub deletion_protection: Option<Node<bool>>,
}

/// `cluster orders: aurora_postgresql("16.11") { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSpec {
    /// The item's label.
    pub label: Node<String>,
    /// Documentation of the item.
    pub docs: String,
    /// The engine, as written: `aurora_postgresql` or `aurora_mysql`.
    pub engine: Node<String>,
    /// The engine's version.
    pub version: Node<String>,
    /// The label of the primary's region.
    pub primary: Node<String>,
    /// Where the secondaries are.
    pub secondaries: RegionSet,
    /// How many instances each member has.
    pub instance_count: Node<u64>,
    /// Their class, as AWS writes it (`db.r6g.large`).
    pub instance_class: Node<String>,
    /// The name of each region's DB subnet group, a template. Absent: AWS's default group.
    pub subnet_group: Option<Node<String>>,
    /// The initial database. Absent: none.
    pub database: Option<Node<String>>,
    /// The administrator's name. Absent: `postgres` or `admin`, as the console does.
    pub master_username: Option<Node<String>>,
    /// The KMS key of each region, a template. Absent: the AWS-managed key of RDS.
    pub kms_key: Option<Node<String>>,
    /// Days that automatic backups are kept. Default: 7.
    pub backup_retention_days: Option<Node<u64>>,
    /// AWS refuses to delete the clusters. Default: on.
    pub deletion_protection: Option<Node<bool>>,
}

/// `bucket assets { mirror: each region }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSpec {
    /// The item's label.
    pub label: Node<String>,
    /// Documentation of the item.
    pub docs: String,
    /// The buckets' names, a template. Absent: `{label}-{account}-{region}` with hyphens.
    pub name: Option<Node<String>>,
    /// Where it exists; each copy replicates to all others.
    pub mirror: RegionSet,
    /// Whether S3 Replication Time Control is on (most objects in seconds, 99.9 % within 15 minutes by SLA).
    pub replication_time_control: bool,
}
