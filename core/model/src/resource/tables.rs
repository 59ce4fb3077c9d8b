//! Desired tables, with their indexes and replicas. Not here: other resources.

use std::collections::BTreeMap;
use std::fmt;

use crate::attribute::Attributes;
use crate::region::Region;
use crate::spec::KeyType;

/// A key attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub key_type: KeyType,
}

/// A table in its home region, on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Table {
    /// Its name, the same in every region.
    pub name: String,
    /// Its home.
    pub region: Region,
    /// The partition key.
    pub key: KeyAttribute,
    /// The sort key.
    pub sort_key: Option<KeyAttribute>,
    /// The attribute after whose time an item expires. DynamoDB keeps it the same on all replicas.
    pub ttl: Option<String>,
    /// Other keys to look items up by, by name. DynamoDB keeps them the same on all replicas.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub indexes: BTreeMap<String, Index>,
    /// AWS refuses to delete it.
    pub deletion_protection: bool,
    /// What else is set, but for what AWS does unasked.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub settings: Attributes,
}

/// A secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Index {
    /// Whether it orders the items of one partition key only. Such an index is made with its table and goes with it.
    pub local: bool,
    /// The partition key: up to four attributes of a global index, that of the table of a local one.
    pub key: Vec<KeyAttribute>,
    /// The sort key: up to four attributes, or none.
    pub sort_key: Vec<KeyAttribute>,
    /// What it holds besides keys.
    pub project: Projection,
    /// How much is read from and written to it, where that is limited.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub capacity: Attributes,
}

/// What an index holds of an item besides keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Projection {
    /// Everything.
    All,
    /// Nothing.
    Keys,
    /// These attributes, sorted.
    Include(Vec<String>),
}

impl fmt::Display for KeyAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.key_type.name())
    }
}

/// As it is written, without what is left out, and without its capacity, which changes in place.
impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |keys: &[KeyAttribute]| {
            let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
            if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
        };
        f.write_str(if self.local { "local {" } else { "global {" })?;
        let mut separator = " ";
        if !self.local {
            write!(f, "{separator}key: {}", list(&self.key))?;
            separator = ", ";
        }
        if !self.sort_key.is_empty() {
            write!(f, "{separator}sort_key: {}", list(&self.sort_key))?;
        }
        match &self.project {
            Projection::All => {}
            Projection::Keys => f.write_str(", project: keys")?,
            Projection::Include(attributes) => write!(f, ", project: [{}]", attributes.join(", "))?,
        }
        f.write_str(" }")
    }
}

/// A replica of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Replica {
    /// The table's name.
    pub name: String,
    /// The table's home, where replicas are added and removed.
    pub home: Region,
    /// Where the replica is.
    pub region: Region,
    /// AWS refuses to delete it. DynamoDB does not keep this the same on all replicas.
    pub deletion_protection: bool,
    /// What else is set, but for what AWS does unasked.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub settings: Attributes,
}
