//! Secondary indexes as written. Not here: rules about them.

use super::capacity::Amount;
use super::{AmountSpec, KeyAttribute, KeySpec};
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::{Many, Misfit, Read, Text, Whole, keys, with_keys, without_keys};
use crate::syntax::{Form, Value};

/// A secondary index.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct IndexSpec {
    /// Where it was written.
    pub id: NodeId,
    /// Its keys, by its kind.
    pub kind: IndexKind,
    /// What it holds besides keys.
    pub project: ProjectionSpec,
}

/// Whose items an index orders.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum IndexKind {
    /// All of the table's.
    Global(Box<GlobalIndexKeys>),
    /// Those with the same partition key.
    Local(LocalIndexKeys),
}

keys! {
    /// A global index. It may have up to four attributes in each of its keys.
    pub struct GlobalIndexKeys ("a global index") {
        /// The partition key.
        key: Vec<KeySpec> = required(KeyAttributes, "day: S"),
        /// The sort key.
        sort_key: Option<Vec<KeySpec>> = optional(KeyAttributes, "at: N"),
        /// What it holds besides keys. Default: all.
        project: Option<ProjectionSpec> = optional(Projection, "[total]"),
        /// Reads in a second, where the table's capacity is provisioned.
        reads: Option<AmountSpec> = optional(Amount, "20"),
        /// Writes in a second, where the table's capacity is provisioned.
        writes: Option<AmountSpec> = optional(Amount, "{ min: 5, max: 100 }"),
        /// Most reads in a second, where the table's capacity is on demand.
        max_reads: Option<Node<u64>> = optional(Whole, "1000"),
        /// Most writes in a second, where the table's capacity is on demand.
        max_writes: Option<Node<u64>> = optional(Whole, "1000"),
    }
}

keys! {
    /// A local index: the table's partition key with another sort key.
    pub struct LocalIndexKeys ("a local index") {
        /// The sort key.
        sort_key: KeySpec = required(KeyAttribute, "total: N"),
        /// What it holds besides keys. Default: all.
        project: Option<ProjectionSpec> = optional(Projection, "keys"),
    }
}

/// What an index holds of an item besides keys (DynamoDB API, `ProjectionType`).
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum ProjectionSpec {
    /// Everything.
    All,
    /// Nothing.
    Keys,
    /// These attributes.
    Include(NodeId, Vec<Node<String>>),
}

/// `day: S`, or `[site: S, day: S]`.
pub(crate) struct KeyAttributes;

impl Read for KeyAttributes {
    type Out = Vec<KeySpec>;
    const WORDS: &'static str = "attributes with their types, as in `day: S` or `[site: S, day: S]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::List(_) = &value.form {
            return Many::<KeyAttribute>::read(value, diagnostics);
        }
        Ok(vec![KeyAttribute::read(value, diagnostics)?])
    }
}

/// The name of an attribute, in quotes if it is no word.
struct AttributeText;

impl Read for AttributeText {
    type Out = Node<String>;
    const WORDS: &'static str = "an attribute's name";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        match value.word() {
            Some(word) => Ok(word),
            None => Text::read(value, diagnostics),
        }
    }
}

/// `all`, `keys` or the attributes.
pub(crate) struct Projection;

impl Read for Projection {
    type Out = ProjectionSpec;
    const WORDS: &'static str = "`all`, `keys`, or attributes, as in `[total, paid]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::List(_) = &value.form {
            let attributes = Many::<AttributeText>::read(value, diagnostics)?;
            return Ok(ProjectionSpec::Include(value.id, attributes));
        }
        match value.word().ok_or(Misfit::Form)?.as_str() {
            "all" => Ok(ProjectionSpec::All),
            "keys" => Ok(ProjectionSpec::Keys),
            _ => Err(Misfit::Form),
        }
    }
}

/// `global { .. }` or `local { .. }`.
pub(crate) struct Index;

impl Read for Index {
    type Out = IndexSpec;
    const WORDS: &'static str = "`global { key: day: S }` or `local { sort_key: total: N }`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let kind = match without_keys(value).word().ok_or(Misfit::Form)?.as_str() {
            "global" => with_keys(value, diagnostics).map(|keys| IndexKind::Global(Box::new(keys))),
            "local" => with_keys(value, diagnostics).map(IndexKind::Local),
            _ => return Err(Misfit::Form),
        };
        let kind = kind.ok_or(Misfit::Reported)?;
        let project = match &kind {
            IndexKind::Global(keys) => &keys.project,
            IndexKind::Local(keys) => &keys.project,
        };
        let project = project.clone().unwrap_or(ProjectionSpec::All);
        Ok(IndexSpec { id: value.id, kind, project })
    }
}
