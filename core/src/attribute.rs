//! Attributes: what desired and observed resources are compared by. Not here: how they are read from a topology
//! (`desired`) or from AWS (`aws::observe`).

use std::collections::BTreeMap;
use std::fmt;

use polyregion_model::Address;
use serde::{Serialize, Serializer};

/// An attribute of a resource. Names are AWS's own where AWS has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What identifies the resource on AWS: its name or identifier.
    Name,
    /// A hosted zone's comment.
    Comment,
    /// What a health check speaks.
    Protocol,
    /// The host that a health check asks.
    Host,
    /// The port that a health check asks.
    Port,
    /// The path that a health check asks for.
    ResourcePath,
    /// Seconds between two requests of a health checker.
    RequestInterval,
    /// Results in a row that change a health check's verdict.
    FailureThreshold,
    /// What a health check searches the answer for.
    Search,
    /// Whether a health check's verdict is turned round.
    Inverted,
    /// The regions whose checkers ask.
    Checkers,
    /// Whether a health check measures latency.
    MeasureLatency,
    /// A record's type.
    RecordType,
    /// A record's routing policy.
    Routing,
    /// Seconds that resolvers may cache a record.
    Ttl,
    /// A record's literal values.
    Values,
    /// The DNS name that an alias points to.
    AliasTarget,
    /// The hosted zone that answers for an alias's target.
    AliasHostedZoneId,
    /// Whether an alias follows its target's health.
    EvaluateTargetHealth,
    /// The health check of a record.
    HealthCheck,
    /// A table's key.
    KeySchema,
    /// How a table is billed.
    BillingMode,
    /// What a table's stream holds.
    StreamViewType,
    /// The attribute after whose time items expire.
    TimeToLive,
    /// Whether AWS refuses to delete it.
    DeletionProtection,
    /// A database engine.
    Engine,
    /// A database engine's version.
    EngineVersion,
    /// The initial database.
    DatabaseName,
    /// The administrator's name.
    MasterUsername,
    /// The DB subnet group.
    SubnetGroup,
    /// Days that backups are kept.
    BackupRetentionPeriod,
    /// The global cluster that a member belongs to.
    GlobalCluster,
    /// Whether a member cluster takes the writes now. Only ever observed: a switchover moves it.
    IsWriter,
    /// The cluster that an instance belongs to.
    Cluster,
    /// The class of an instance.
    InstanceClass,
    /// The region of a bucket.
    Region,
    /// Whether a bucket keeps versions.
    Versioning,
    /// Who may assume a role.
    TrustPolicy,
    /// What a role may do.
    Policy,
    /// The role that replicates.
    Role,
    /// Where a bucket replicates to.
    Destinations,
    /// Whether deletions replicate.
    DeleteMarkerReplication,
    /// Whether Replication Time Control is on.
    ReplicationTimeControl,
}

impl Field {
    /// The name, in the language's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Comment => "comment",
            Field::Protocol => "protocol",
            Field::Host => "host",
            Field::Port => "port",
            Field::ResourcePath => "resource_path",
            Field::RequestInterval => "request_interval",
            Field::FailureThreshold => "failure_threshold",
            Field::Search => "search",
            Field::Inverted => "inverted",
            Field::Checkers => "checkers",
            Field::MeasureLatency => "measure_latency",
            Field::RecordType => "type",
            Field::Routing => "routing",
            Field::Ttl => "ttl",
            Field::Values => "values",
            Field::AliasTarget => "alias_target",
            Field::AliasHostedZoneId => "alias_hosted_zone_id",
            Field::EvaluateTargetHealth => "evaluate_target_health",
            Field::HealthCheck => "health_check",
            Field::KeySchema => "key_schema",
            Field::BillingMode => "billing_mode",
            Field::StreamViewType => "stream_view_type",
            Field::TimeToLive => "time_to_live",
            Field::DeletionProtection => "deletion_protection",
            Field::Engine => "engine",
            Field::EngineVersion => "engine_version",
            Field::DatabaseName => "database_name",
            Field::MasterUsername => "master_username",
            Field::SubnetGroup => "subnet_group",
            Field::BackupRetentionPeriod => "backup_retention_period",
            Field::GlobalCluster => "global_cluster",
            Field::IsWriter => "is_writer",
            Field::Cluster => "cluster",
            Field::InstanceClass => "instance_class",
            Field::Region => "region",
            Field::Versioning => "versioning",
            Field::TrustPolicy => "trust_policy",
            Field::Policy => "policy",
            Field::Role => "role",
            Field::Destinations => "destinations",
            Field::DeleteMarkerReplication => "delete_marker_replication",
            Field::ReplicationTimeControl => "replication_time_control",
        }
    }

    /// Whether AWS lets the attribute change on a resource that exists. Sources: create-only properties of the
    /// CloudFormation schemas; Route 53 API, `UpdateHealthCheck`; rules HC-013, DDB-020, RDS-079, S3-012.
    pub fn is_mutable(self) -> bool {
        match self {
            Field::Comment
            | Field::Host
            | Field::Port
            | Field::ResourcePath
            | Field::FailureThreshold
            | Field::Search
            | Field::Inverted
            | Field::Checkers
            | Field::Ttl
            | Field::Values
            | Field::AliasTarget
            | Field::AliasHostedZoneId
            | Field::EvaluateTargetHealth
            | Field::HealthCheck
            | Field::Routing
            | Field::BillingMode
            | Field::StreamViewType
            | Field::TimeToLive
            | Field::DeletionProtection
            | Field::BackupRetentionPeriod
            | Field::InstanceClass
            | Field::Versioning
            | Field::TrustPolicy
            | Field::Policy
            | Field::Role
            | Field::Destinations
            | Field::DeleteMarkerReplication
            | Field::ReplicationTimeControl => true,
            // Engine versions do change, by an upgrade of all members in order, which is not built; until then a
            // difference is reported and left to the user.
            Field::EngineVersion
            | Field::Name
            | Field::Protocol
            | Field::RequestInterval
            | Field::MeasureLatency
            | Field::RecordType
            | Field::KeySchema
            | Field::Engine
            | Field::DatabaseName
            | Field::MasterUsername
            | Field::SubnetGroup
            | Field::GlobalCluster
            | Field::IsWriter
            | Field::Cluster
            | Field::Region => false,
        }
    }
}

impl Field {
    /// Whether an attribute that the topology leaves out must be absent on AWS too. Others are left as they are when the
    /// topology says nothing about them.
    pub fn is_exclusive(self) -> bool {
        matches!(
            self,
            Field::Ttl
                | Field::Values
                | Field::AliasTarget
                | Field::AliasHostedZoneId
                | Field::EvaluateTargetHealth
                | Field::HealthCheck
                | Field::TimeToLive
                | Field::ResourcePath
                | Field::Search
                | Field::Checkers
                | Field::Inverted
                | Field::MeasureLatency
        )
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// On or off.
    Flag(bool),
    /// A list, compared in order; whoever makes it sorts what has no order.
    List(Vec<String>),
    /// The physical id of a resource that is known only once it is created.
    KnownAfterApply(Address),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Number(number) => write!(f, "{number}"),
            Value::Flag(flag) => f.write_str(if *flag { "on" } else { "off" }),
            Value::List(items) => write!(f, "[{}]", items.join(", ")),
            Value::KnownAfterApply(address) => write!(f, "id of {address} (known after apply)"),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::List(items) => items.serialize(serializer),
            Value::KnownAfterApply(_) => serializer.serialize_str(&self.to_string()),
        }
    }
}

/// The attributes of one resource. An attribute that is not set is not in the map.
pub type Attributes = BTreeMap<Field, Value>;

/// The attributes that are set.
pub(crate) fn collect<const N: usize>(facts: [(Field, Option<Value>); N]) -> Attributes {
    facts.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}
