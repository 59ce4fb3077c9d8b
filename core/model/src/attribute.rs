//! Attributes: what resources are compared by, and settings that travel as such. Not here: how they are read from AWS and what a
//! difference leads to (the engine).

use std::collections::BTreeMap;
use std::fmt;

use crate::address::Address;

/// Makes the enumeration of one table: what an attribute is called, whether AWS changes it on what exists (`mutable`; sources are
/// create-only properties of the CloudFormation schemas, Route 53 API, `UpdateHealthCheck`, and the rules DDB-020, HC-013, RDS-079
/// and S3-012), whether one that is left out must be absent on AWS too (`exclusive`), or as AWS has it unasked (`default`), and
/// whether it is a map of which others may have entries, too (`named`), or a number of which there may be more (`floor`).
macro_rules! fields {
    ($($(#[doc = $docs:literal])* $name:ident = $text:literal, $mutable:ident $($exclusive:ident)?;)*) => {
        /// An attribute of a resource, by the name that the language has for it, or AWS where the language has none.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $($(#[doc = $docs])* $name,)*
        }

        impl Field {
            /// All of them.
            pub const ALL: &'static [Field] = &[$(Field::$name),*];

            /// The name, in the language's spelling.
            pub fn name(self) -> &'static str {
                match self {
                    $(Field::$name => $text,)*
                }
            }

            /// Whether AWS lets the attribute change on a resource that exists.
            pub fn is_mutable(self) -> bool {
                match self {
                    $(Field::$name => fields!(@is_mutable $mutable),)*
                }
            }

            /// Whether an attribute that the topology leaves out must be absent on AWS too. Others are left as they are when the
            /// topology says nothing about them.
            pub fn is_exclusive(self) -> bool {
                !matches!(self.when_absent(), Absent::Left | Absent::LeftWithMore)
            }

            /// Whether it is a map: entries that the topology never named are somebody else's.
            pub fn is_named(self) -> bool {
                self.when_absent() == Absent::Unnamed
            }

            /// Whether it is a number that AWS raises by itself and never lowers: more than is declared is as declared.
            pub fn is_floor(self) -> bool {
                self.when_absent() == Absent::LeftWithMore
            }

            /// Whether AWS has a default, which an attribute that is absent stands for.
            pub fn has_default(self) -> bool {
                self.when_absent() == Absent::Default
            }

            fn when_absent(self) -> Absent {
                match self {
                    $(Field::$name => fields!(@absent $($exclusive)?),)*
                }
            }
        }
    };
    (@is_mutable mutable) => { true };
    (@is_mutable fixed) => { false };
    (@absent) => { Absent::Left };
    (@absent exclusive) => { Absent::Exclusive };
    (@absent default) => { Absent::Default };
    (@absent named) => { Absent::Unnamed };
    (@absent floor) => { Absent::LeftWithMore };
}

/// What becomes on AWS of an attribute that the topology leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    /// It is left as it is.
    Left,
    /// It must be absent, too.
    Exclusive,
    /// It goes back to what AWS has unasked.
    Default,
    /// Its entries go that the topology named.
    Unnamed,
    /// It is left as it is, and so is what there is more of than is declared.
    LeftWithMore,
}

fields! {
    /// What identifies the resource on AWS: its name or identifier.
    Name = "name", fixed;
    /// A hosted zone's comment.
    Comment = "comment", mutable;
    /// Whether a hosted zone is private. Route 53 makes no zone the other (API reference, `AssociateVPCWithHostedZone`).
    Private = "private", fixed exclusive;
    /// The VPCs that ask a private zone, by id, with their regions.
    Vpcs = "vpcs", mutable named;
    /// Whether a zone's records can be changed when us-east-1 is down.
    AcceleratedRecovery = "accelerated_recovery", mutable default;
    /// What a health check speaks.
    Protocol = "protocol", fixed;
    /// The host that a health check asks.
    Host = "host", mutable;
    /// The port that a health check asks, or that a cluster listens on.
    Port = "port", mutable default;
    /// The path that a health check asks for.
    ResourcePath = "resource_path", mutable exclusive;
    /// Seconds between two requests of a health checker.
    RequestInterval = "request_interval", fixed;
    /// Results in a row that change a health check's verdict.
    FailureThreshold = "failure_threshold", mutable;
    /// What a health check searches the answer for.
    Search = "search", mutable exclusive;
    /// Whether a health check's verdict is turned round.
    Inverted = "inverted", mutable exclusive;
    /// The regions whose checkers ask.
    Checkers = "checkers", mutable exclusive;
    /// Whether a health check measures latency.
    MeasureLatency = "measure_latency", fixed exclusive;
    /// A record's type.
    RecordType = "type", fixed;
    /// A record's routing policy.
    Routing = "routing", mutable;
    /// Seconds that resolvers may cache a record.
    Ttl = "ttl", mutable exclusive;
    /// A record's literal values.
    Values = "values", mutable exclusive;
    /// The DNS name that an alias points to.
    AliasTarget = "alias_target", mutable exclusive;
    /// The hosted zone that answers for an alias's target.
    AliasHostedZoneId = "alias_hosted_zone_id", mutable exclusive;
    /// Whether an alias follows its target's health.
    EvaluateTargetHealth = "evaluate_target_health", mutable exclusive;
    /// The health check of a record.
    HealthCheck = "health_check", mutable exclusive;
    /// A table's key.
    KeySchema = "key_schema", fixed;
    /// How a table is billed.
    BillingMode = "billing_mode", mutable;
    /// What a table's stream holds.
    StreamViewType = "stream_view_type", mutable;
    /// The attribute after whose time items expire.
    TimeToLive = "time_to_live", mutable exclusive;
    /// Whether a read sees the last write of any region. DynamoDB sets it with the first replicas, and never again (DDB-051).
    Consistency = "consistency", fixed exclusive;
    /// The region that holds changes for strong consistency and serves nobody. It comes and goes with the replicas (DDB-104).
    Witness = "witness", fixed exclusive;
    /// What a table's storage costs against what requests cost.
    TableClass = "class", mutable default;
    /// Days back to which a table can be restored.
    PointInTimeRecovery = "point_in_time_recovery", mutable default;
    /// Whether CloudWatch shows the keys of a table that are asked for most.
    ContributorInsights = "contributor_insights", mutable default;
    /// Most reads of a table in a second.
    MaxReads = "max_reads", mutable default;
    /// Most writes of a table in a second.
    MaxWrites = "max_writes", mutable default;
    /// Reads of a table in a second that are there from the first moment. DynamoDB raises it with use and lowers it never.
    WarmReads = "warm_reads", mutable floor;
    /// The same of writes.
    WarmWrites = "warm_writes", mutable floor;
    /// A table's indexes, by name.
    Indexes = "indexes", mutable named;
    /// How much is read from and written to a table's indexes, by their names and those of the limits (`by_day.max_reads`).
    IndexCapacity = "index_capacity", mutable named;
    /// Whether AWS refuses to delete it.
    DeletionProtection = "deletion_protection", mutable;
    /// A database engine.
    Engine = "engine", fixed;
    /// A database engine's version. It rises, by an upgrade of all members in order, and falls never.
    EngineVersion = "engine_version", mutable;
    /// The initial database.
    DatabaseName = "database_name", fixed;
    /// The administrator's name.
    MasterUsername = "master_username", fixed;
    /// The DB subnet group.
    SubnetGroup = "subnet_group", fixed;
    /// Days that backups are kept.
    BackupRetentionPeriod = "backup_retention_period", mutable;
    /// Whether users sign in with IAM.
    IamAuthentication = "iam_authentication", mutable default;
    /// When backups are made.
    BackupWindow = "backup_window", mutable;
    /// When AWS may maintain.
    MaintenanceWindow = "maintenance_window", mutable;
    /// What storage costs against what requests cost.
    Storage = "storage", mutable default;
    /// The versions of IP.
    Network = "network", mutable default;
    /// The logs that go to CloudWatch.
    LogExports = "log_exports", mutable default;
    /// Days that Performance Insights keeps.
    PerformanceInsights = "performance_insights", mutable default;
    /// What serverless instances may grow and shrink to.
    ServerlessCapacity = "serverless_capacity", mutable;
    /// Whether a secondary sends writes to the primary.
    WriteForwarding = "write_forwarding", mutable default;
    /// The parameter group.
    ParameterGroup = "parameter_group", mutable;
    /// Whether a cluster's storage is encrypted, as all are that are made here (RDS-057). Told only where it is not.
    StorageEncrypted = "storage_encrypted", fixed exclusive;
    /// The security groups.
    SecurityGroups = "security_groups", mutable;
    /// Whether AWS supports a major version after the community does.
    ExtendedSupport = "extended_support", mutable default;
    /// How often instances report their operating system's figures, and with which role.
    Monitoring = "monitoring", mutable default;
    /// The global cluster that a member belongs to.
    GlobalCluster = "global_cluster", fixed;
    /// Whether a member cluster takes the writes now. Only ever observed: a switchover moves it.
    IsWriter = "is_writer", fixed;
    /// The cluster that an instance belongs to.
    Cluster = "cluster", fixed;
    /// The class of an instance.
    InstanceClass = "instance_class", mutable;
    /// The region of a bucket.
    Region = "region", fixed;
    /// Whether a bucket keeps versions.
    Versioning = "versioning", mutable;
    /// Whether objects of a bucket can be made public.
    PublicAccess = "public_access", mutable default;
    /// Whose the objects of a bucket are.
    Ownership = "ownership", mutable default;
    /// What objects of a bucket, or items of a table, are encrypted with; customers' keys of a table by their regions.
    Encryption = "encryption", mutable default;
    /// Whether one call to KMS serves many objects.
    BucketKey = "bucket_key", mutable default;
    /// Whether versions of objects can be locked, and for how long they are if nothing else is said.
    ObjectLock = "object_lock", mutable default;
    /// How long objects stay and where, by the names of rules.
    Lifecycle = "lifecycle", mutable named;
    /// The website that a bucket serves.
    Website = "website", mutable default;
    /// Who may assume a role.
    TrustPolicy = "trust_policy", mutable;
    /// What a role may do.
    Policy = "policy", mutable;
    /// The role that replicates.
    Role = "role", mutable;
    /// Where a bucket replicates to.
    Destinations = "destinations", mutable;
    /// Which objects replicate, and how, if not all alike.
    Rules = "rules", mutable exclusive;
    /// Whether deletions replicate.
    DeleteMarkers = "delete_markers", mutable;
    /// The keys that copies of what is encrypted with KMS are encrypted with, by their buckets. S3 leaves such objects behind where there are
    /// none (S3-082).
    ReplicaKeys = "replica_keys", mutable exclusive;
    /// Whether changes of copies flow back.
    ModificationSync = "modification_sync", mutable;
    /// The class of copies.
    StorageClass = "storage_class", mutable exclusive;
    /// Whether Replication Time Control is on.
    ReplicationTimeControl = "replication_time_control", mutable;
    /// Its tags, but for those of the library.
    Tags = "tags", mutable named;
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let found = Field::ALL.iter().find(|field| field.name() == name);
        found.copied().ok_or_else(|| serde::de::Error::custom(format!("unknown attribute `{name}`")))
    }
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// On or off.
    Flag(bool),
    /// A list, compared in order; whoever makes it sorts what has no order.
    List(Vec<String>),
    /// Texts by name.
    Map(BTreeMap<String, String>),
    /// The physical id of a resource that is known only once it is created. Never recorded.
    #[cfg_attr(feature = "serde", serde(skip_deserializing))]
    KnownAfterApply(Address),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<u64> {
        if let Value::Number(number) = self { Some(*number) } else { None }
    }

    /// The flag, if it is one.
    pub fn as_flag(&self) -> Option<bool> {
        if let Value::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&BTreeMap<String, String>> {
        if let Value::Map(entries) = self { Some(entries) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[String]> {
        if let Value::List(items) = self { Some(items) } else { None }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Number(number) => write!(f, "{number}"),
            Value::Flag(flag) => f.write_str(if *flag { "on" } else { "off" }),
            Value::List(items) => write!(f, "[{}]", items.join(", ")),
            Value::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(name, text)| format!("{name}: {text}")).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
            Value::KnownAfterApply(address) => write!(f, "id of {address} (known after apply)"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::List(items) => items.serialize(serializer),
            Value::Map(entries) => entries.serialize(serializer),
            Value::KnownAfterApply(_) => serializer.serialize_str(&self.to_string()),
        }
    }
}

/// The attributes of one resource. An attribute that is not set is not in the map.
pub type Attributes = BTreeMap<Field, Value>;

/// The attributes that are set.
pub fn collect<const N: usize>(facts: [(Field, Option<Value>); N]) -> Attributes {
    facts.into_iter().filter_map(|(field, value)| Some((field, value?))).collect()
}
