//! Aurora global databases as written. Not here: rules about them.

use super::RegionSet;
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::{
    Braces, Days, Flag, Many, Misfit, OtherRegions, Override, Overrides, Read, RegionLabel, Seconds, Tag,
    Tags, Text, Whole, item, keys, words,
};
use crate::syntax::{Form, Value};

item! {
    /// `cluster orders: aurora_postgresql("16.11") { .. }`.
    pub struct ClusterSpec {
        /// The engine with its version.
        engine: EngineSpec = is(EngineVersion, "aurora_postgresql(\"16.11\")"),
        /// The label of the primary's region.
        primary: Node<String> = required(RegionLabel, "us"),
        /// Where the secondaries are.
        secondaries: RegionSet = required(OtherRegions, "each other region"),
        /// The instances of each member.
        instances: InstancesSpec = required(Instances, "2 * db_r6g_large"),
        /// The name of each region's DB subnet group, a template. Absent: AWS's default group.
        subnet_group: Option<Node<String>> = optional(Text, "\"orders-{region}\""),
        /// The initial database. Absent: none.
        database: Option<Node<String>> = optional(Text, "\"orders\""),
        /// The administrator's name. Absent: `postgres` or `admin`, as the console does.
        master_username: Option<Node<String>> = optional(Text, "\"owner\""),
        /// The KMS key of each region, a template. Absent: the AWS-managed key of RDS.
        kms_key: Option<Node<String>> = optional(Text, "\"alias/orders\""),
        /// Days that automatic backups are kept. Default: 7.
        backup_retention: Option<Node<u64>> = optional(Days, "7d"),
        /// AWS refuses to delete the clusters. Default: on.
        deletion_protection: Option<Node<bool>> = optional(Flag, "true"),
        /// What the instances of class `db_serverless` may grow and shrink to. Left out again it stays, as AWS has no way back.
        serverless_capacity: Option<ServerlessKeys> = optional(Braces<ServerlessKeys>, "{ min: 8, max: 64 }"),
        /// Whether secondaries take writes and send them to the primary. Default: no.
        write_forwarding: Option<Node<bool>> = optional(Flag, "true"),
        /// The DB cluster parameter group of each region, a template. Absent: the one that it has, at first AWS's default. What is static in
        /// it waits for a reboot, which is yours to make.
        parameter_group: Option<Node<String>> = optional(Text, "\"orders\""),
        /// The DB parameter group of each region's instances, a template. Absent: the one that they have, at first AWS's default. What is
        /// static in it waits for a reboot, which is yours to make.
        instance_parameter_group: Option<Node<String>> = optional(Text, "\"orders-instances\""),
        /// Where the administrator's password is kept. Default: nowhere; it is generated and forgotten.
        credentials: Option<CredentialsSpec> = later(Credentials, "generated"),
        /// How long PostgreSQL lets the only secondary that is near lag before it stops commits. Default: for ever.
        managed_rpo: Option<Node<u64>> = later(Seconds, "20s"),
        /// When automatic backups are made, UTC. Absent: the one that it has, at first AWS's choice.
        backup_window: Option<Node<String>> = optional(Text, "\"03:00-04:00\""),
        /// When AWS may maintain, UTC. Absent: the one that it has, at first AWS's choice.
        maintenance_window: Option<Node<String>> = optional(Text, "\"sun:05:00-sun:06:00\""),
        /// What storage costs against what requests cost. Default: standard. AWS takes a change to `io_optimized` once in 30 days.
        storage: Option<Node<ClusterStorage>> = optional(ClusterStorage, "io_optimized"),
        /// The TCP port. Default: 5432 for PostgreSQL, 3306 for MySQL. A change reboots the instances, one member after another.
        port: Option<Node<u64>> = optional(Whole, "5432"),
        /// The versions of IP. Default: 4.
        network: Option<Node<Network>> = optional(Network, "dual"),
        /// Whether users can sign in with IAM. Default: yes, as the administrator's password is kept nowhere.
        iam_authentication: Option<Node<bool>> = optional(Flag, "true"),
        /// The logs that go to CloudWatch.
        log_exports: Option<Vec<Node<LogExport>>> = optional(Many<LogExport>, "[postgresql]"),
        /// How often instances report their operating system's figures, and the ARN of the role that they do it with.
        monitoring: Option<MonitoringKeys> = optional(Braces<MonitoringKeys>, "{ interval: 60s, role: \"arn:aws:iam::123456789012:role/monitoring\" }"),
        /// How long Performance Insights keeps what it sees. Default: it is off.
        performance_insights: Option<Node<u64>> = optional(Days, "7d"),
        /// Whether AWS supports the engine's major version after the community does, for a price. Default: yes, as AWS does.
        extended_support: Option<Node<bool>> = optional(Flag, "false"),
        /// Tags of the clusters and their instances.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"checkout\" }"),
        /// Whether what exists under these names and belongs to nobody is taken over. Default: no.
        adopt: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether it exists already and belongs to somebody else: it is looked up, and neither created, changed nor deleted.
        existing: Option<Node<bool>> = later(Flag, "true"),
        /// What differs in some regions.
        overrides: Option<Vec<Override<MemberKeys>>> = optional(Overrides<MemberKeys>, "{ eu => { instances: headless } }"),
    }
}

keys! {
    /// What a member of a global database can have of its own.
    pub struct MemberKeys ("a member") {
        /// Its instances; `headless` for none: its data is there, and serving takes an instance first.
        instances: Option<MemberInstancesSpec> = optional(MemberInstances, "headless"),
        /// Its DB subnet group.
        subnet_group: Option<Node<String>> = optional(Text, "\"orders\""),
        /// Its VPC security groups, by id.
        security_groups: Option<Vec<Node<String>>> = optional(Many<Text>, "[\"sg-0123456789abcdef0\"]"),
        /// Its availability zones.
        availability_zones: Option<Vec<Node<String>>> = optional(Many<Text>, "[\"eu-west-1a\", \"eu-west-1b\"]"),
        /// Its KMS key.
        kms_key: Option<Node<String>> = optional(Text, "\"alias/orders\""),
        /// Its DB cluster parameter group.
        parameter_group: Option<Node<String>> = optional(Text, "\"orders\""),
        /// Its backup window.
        backup_window: Option<Node<String>> = optional(Text, "\"03:00-04:00\""),
        /// Its maintenance window.
        maintenance_window: Option<Node<String>> = optional(Text, "\"sun:05:00-sun:06:00\""),
        /// Whether it takes writes and sends them to the primary.
        write_forwarding: Option<Node<bool>> = optional(Flag, "true"),
    }
}

keys! {
    /// What serverless instances may grow and shrink to, in Aurora capacity units of 2 GiB (RDS API,
    /// `ServerlessV2ScalingConfiguration`).
    pub struct ServerlessKeys ("`serverless_capacity`") {
        /// The least, in halves of a unit; 0 lets them pause.
        min: Node<u64> = required(Units, "0.5"),
        /// The most, in halves of a unit.
        max: Node<u64> = required(Units, "64"),
        /// How long nothing may happen before they pause.
        pause_after: Option<Node<u64>> = optional(Seconds, "10min"),
    }
}

keys! {
    /// Enhanced monitoring (RDS API, `MonitoringInterval`).
    pub struct MonitoringKeys ("`monitoring`") {
        /// Seconds between two reports.
        interval: Node<u64> = required(Seconds, "60s"),
        /// The ARN of the role.
        role: Node<String> = required(Text, "\"arn:aws:iam::123456789012:role/monitoring\""),
    }
}

words! {
    /// What storage costs (RDS API, `StorageType`), the default first.
    pub enum ClusterStorage ("`standard` or `io_optimized`") {
        /// By the request.
        Standard = "standard",
        /// Requests included.
        IoOptimized = "io_optimized",
    }

    /// The versions of IP (RDS API, `NetworkType`), the default first.
    pub enum Network ("`ipv4` or `dual`") {
        /// 4.
        Ipv4 = "ipv4",
        /// 4 and 6.
        Dual = "dual",
    }

    /// A log that goes to CloudWatch (RDS API, `EnableCloudwatchLogsExports`).
    pub enum LogExport ("one of `audit`, `error`, `general`, `iam_db_auth_error`, `instance`, `postgresql` and `slowquery`") {
        /// What users did, of MySQL.
        Audit = "audit",
        /// Errors, of MySQL.
        Error = "error",
        /// Every statement, of MySQL.
        General = "general",
        /// Failed sign-ins with IAM.
        IamDbAuthError = "iam_db_auth_error",
        /// The instance's own.
        Instance = "instance",
        /// PostgreSQL's own.
        Postgresql = "postgresql",
        /// Slow statements, of MySQL.
        Slowquery = "slowquery",
    }
}

#[cfg(feature = "runtime")]
impl ClusterStorage {
    /// AWS's name of it.
    pub fn id(self) -> &'static str {
        match self {
            ClusterStorage::Standard => "aurora",
            ClusterStorage::IoOptimized => "aurora-iopt1",
        }
    }
}

#[cfg(feature = "runtime")]
impl Network {
    /// AWS's name of it.
    pub fn id(self) -> &'static str {
        match self {
            Network::Ipv4 => "IPV4",
            Network::Dual => "DUAL",
        }
    }
}

#[cfg(feature = "runtime")]
impl LogExport {
    /// AWS's name of it.
    pub fn id(self) -> String {
        self.word().replace('_', "-")
    }
}

/// Where the administrator's password is kept. It never passes through source, plan or state.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum CredentialsSpec {
    /// Generated and stored in Secrets Manager, in every region of the cluster.
    Generated(NodeId),
    /// In the secret of this name, which exists in the primary's region.
    Secret(Node<String>),
}

/// `generated` or `secret("orders/admin")`.
pub(crate) struct Credentials;

impl Read for Credentials {
    type Out = CredentialsSpec;
    const WORDS: &'static str = "`generated`, or `secret(\"orders/admin\")`, the name of a secret";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::Call(name, arguments) = &value.form {
            return match (name.as_str(), arguments.as_slice()) {
                ("secret", [one]) => Text::read(one, diagnostics).map(CredentialsSpec::Secret),
                _ => Err(Misfit::Form),
            };
        }
        let word = value.word().ok_or(Misfit::Form)?;
        if word.value == "generated" { Ok(CredentialsSpec::Generated(word.id)) } else { Err(Misfit::Form) }
    }
}

/// The instances of one member.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum MemberInstancesSpec {
    /// None.
    Headless(NodeId),
    /// Some.
    Instances(InstancesSpec),
}

/// `headless` or `2 * db_r6g_large`.
pub(crate) struct MemberInstances;

impl Read for MemberInstances {
    type Out = MemberInstancesSpec;
    const WORDS: &'static str = "`headless`, or instances as in `2 * db_r6g_large`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Some(word) = value.word().filter(|word| word.value == "headless") {
            return Ok(MemberInstancesSpec::Headless(word.id));
        }
        Instances::read(value, diagnostics).map(MemberInstancesSpec::Instances)
    }
}

/// Aurora capacity units, in halves.
pub(crate) struct Units;

impl Read for Units {
    type Out = Node<u64>;
    const WORDS: &'static str = "capacity units in steps of 0.5, as in 0.5 or 64";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::Decimal(text) = &value.form {
            let (whole, fraction) = text.split_once('.').ok_or(Misfit::Form)?;
            let whole: u64 = whole.parse().map_err(|_| Misfit::Form)?;
            let half = match fraction.trim_end_matches('0') {
                "" => 0,
                "5" => 1,
                _ => return Err(Misfit::Form),
            };
            let halves = whole.checked_mul(2).and_then(|halves| halves.checked_add(half));
            return Ok(Node::new(value.id, halves.ok_or(Misfit::Form)?));
        }
        let whole = Whole::read(value, diagnostics)?;
        Ok(Node::new(value.id, whole.value.checked_mul(2).ok_or(Misfit::Form)?))
    }
}

/// `aurora_postgresql("16.11")`.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct EngineSpec {
    /// The engine, as written: `aurora_postgresql` or `aurora_mysql`.
    pub name: Node<String>,
    /// The engine's version.
    pub version: Node<String>,
}

/// An engine with its version.
pub(crate) struct EngineVersion;

impl Read for EngineVersion {
    type Out = EngineSpec;
    const WORDS: &'static str = "`: engine(\"version\")`, as in `: aurora_postgresql(\"16.11\")`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Call(engine, arguments) = &value.form else { return Err(Misfit::Form) };
        let [version] = arguments.as_slice() else { return Err(Misfit::Form) };
        let version = Text::read(version, diagnostics)?;
        Ok(EngineSpec { name: Node::new(value.id, engine.clone()), version })
    }
}

/// `2 * db_r6g_large`.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct InstancesSpec {
    /// How many there are.
    pub count: Node<u64>,
    /// Their class, as AWS writes it (`db.r6g.large`).
    pub class: Node<String>,
}

/// A number of instances and their class, or a class alone for one instance. Dots of the class are written as underscores.
pub(crate) struct Instances;

impl Read for Instances {
    type Out = InstancesSpec;
    const WORDS: &'static str = "a number of instances and their class, as in `2 * db_r6g_large`";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let (count, class) = if let Form::Times(count, class) = &value.form {
            (*count, class.word())
        } else {
            (1, value.word())
        };
        let class = class.ok_or(Misfit::Form)?;
        let class = Node::new(class.id, class.value.replace('_', "."));
        Ok(InstancesSpec { count: Node::new(value.id, count), class })
    }
}

/// A database engine: what the name in a spec is read as when it is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Engine {
    /// Aurora PostgreSQL.
    AuroraPostgresql,
    /// Aurora MySQL.
    AuroraMysql,
}

impl Engine {
    /// All engines.
    pub const ALL: [Engine; 2] = [Engine::AuroraPostgresql, Engine::AuroraMysql];

    /// AWS's name of it.
    pub fn id(self) -> &'static str {
        match self {
            Engine::AuroraPostgresql => "aurora-postgresql",
            Engine::AuroraMysql => "aurora-mysql",
        }
    }

    /// The language's name of it.
    pub fn keyword(self) -> &'static str {
        match self {
            Engine::AuroraPostgresql => "aurora_postgresql",
            Engine::AuroraMysql => "aurora_mysql",
        }
    }

    /// The administrator's name when none is given: what the console proposes.
    pub fn default_master_username(self) -> &'static str {
        match self {
            Engine::AuroraPostgresql => "postgres",
            Engine::AuroraMysql => "admin",
        }
    }

    /// The default port.
    pub fn port(self) -> u16 {
        match self {
            Engine::AuroraPostgresql => 5432,
            Engine::AuroraMysql => 3306,
        }
    }
}
