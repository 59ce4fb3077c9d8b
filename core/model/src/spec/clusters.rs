//! Aurora global databases as written. Not here: rules about them.

use super::RegionSet;
use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::{Days, Flag, Misfit, OtherRegions, Read, RegionLabel, Text, item};
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
    }
}

/// `aurora_postgresql("16.11")`.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
