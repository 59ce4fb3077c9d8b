//! Desired buckets, with what is copied between them and how long objects stay. Not here: other resources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::attribute::Attributes;
use crate::region::Region;
use crate::spec::StorageClass;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Bucket {
    /// Its name, unique in the partition.
    pub name: String,
    /// Its region.
    pub region: Region,
    /// How long objects stay and where, by the names of the rules.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub lifecycle: BTreeMap<String, LifecycleRule>,
    /// What else is set, but for what AWS does unasked, and for versioning, which is on unless it is said to be off.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Attributes::is_empty"))]
    pub settings: Attributes,
}

/// The role that S3 assumes to replicate between the buckets of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct ReplicationRole {
    /// The role's name.
    pub name: String,
    /// The buckets, each of which is a source and a destination.
    pub buckets: Vec<String>,
    /// Whether versions in them can be locked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub has_locks: bool,
    /// The ARNs of the customer's keys that objects in them are encrypted with, each with its region's code.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeSet::is_empty"))]
    pub keys: BTreeSet<(String, String)>,
}

/// The replication configuration of one bucket: to every other bucket of the item.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Replication {
    /// The source bucket.
    pub bucket: String,
    /// The source bucket's region.
    pub region: Region,
    /// The name of the role.
    pub role: String,
    /// The names of the destinations, by region.
    pub destinations: Vec<String>,
    /// Whether Replication Time Control is on.
    pub replication_time_control: bool,
    /// Whether changes of tags and locks of copies flow back.
    #[cfg_attr(feature = "serde", serde(default))]
    pub modification_sync: bool,
    /// The ARN of the key, or of its alias, that copies in a destination are encrypted with, by the destination's name: those of objects that
    /// are encrypted with KMS. None if no bucket of the item has KMS.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub keys: BTreeMap<String, String>,
    /// What is copied, and how; of those that fit an object the first counts. Never empty.
    #[cfg_attr(feature = "serde", serde(default = "everything"))]
    pub rules: Vec<CopyRule>,
}

/// What older versions copied.
#[cfg(feature = "serde")]
fn everything() -> Vec<CopyRule> {
    vec![CopyRule::everything()]
}

/// Objects that are copied alike.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct CopyRule {
    /// Which.
    pub objects: Objects,
    /// Whether what is deleted is deleted everywhere.
    pub delete_markers: bool,
    /// The class of the copies; none for that of what is copied.
    pub storage_class: Option<StorageClass>,
    /// Whether they are copied at all.
    pub is_enabled: bool,
}

impl CopyRule {
    /// All objects, as they are, and what is deleted.
    pub fn everything() -> Self {
        Self { objects: Objects::default(), delete_markers: true, storage_class: None, is_enabled: true }
    }
}

/// What becomes of objects with time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LifecycleRule {
    /// Of which.
    pub objects: Objects,
    /// Where they move.
    pub transitions: Vec<Transition>,
    /// After how many days they are deleted.
    pub expire: Option<u64>,
    /// Where old versions move.
    pub old_version_transitions: Vec<Transition>,
    /// After how many days old versions are deleted.
    pub expire_old_versions: Option<u64>,
    /// How many old versions stay whatever their age.
    pub keep_old_versions: Option<u64>,
    /// Whether delete markers go that have nothing behind them.
    pub expire_delete_markers: bool,
    /// After how many days uploads are given up that were not completed.
    pub abort_uploads: Option<u64>,
    /// Whether it is out of force.
    pub is_disabled: bool,
}

/// A move to another class.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Transition {
    /// After how many days.
    pub after: u64,
    /// Where to.
    pub class: StorageClass,
}

/// Objects of a bucket, chosen by what they are; all of them unless something is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Objects {
    /// What their keys begin with.
    pub prefix: String,
    /// The tags that they have.
    pub tags: BTreeMap<String, String>,
    /// Bytes that they are larger than.
    pub larger_than: Option<u64>,
}

impl Objects {
    fn facts(&self) -> Vec<String> {
        let Self { prefix, tags, larger_than } = self;
        let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key}: {value:?}")).collect();
        let facts = [
            (!prefix.is_empty()).then(|| format!("prefix: {prefix:?}")),
            (!tags.is_empty()).then(|| format!("tagged: {{ {} }}", tags.join(", "))),
            larger_than.map(|bytes| format!("larger_than: {bytes}")),
        ];
        facts.into_iter().flatten().collect()
    }
}

fn braces(facts: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if facts.is_empty() { f.write_str("{}") } else { write!(f, "{{ {} }}", facts.join(", ")) }
}

/// As it is written, without what is left out.
impl fmt::Display for CopyRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, delete_markers, storage_class, is_enabled } = self;
        let mut facts = objects.facts();
        facts.extend((!delete_markers).then(|| "delete_markers: false".to_owned()));
        facts.extend(storage_class.map(|class| format!("storage_class: {}", class.word())));
        facts.extend((!is_enabled).then(|| "enabled: false".to_owned()));
        braces(&facts, f)
    }
}

/// As it is written, without what is left out.
impl fmt::Display for LifecycleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            objects,
            transitions,
            expire,
            old_version_transitions,
            expire_old_versions,
            keep_old_versions,
            expire_delete_markers,
            abort_uploads,
            is_disabled,
        } = self;
        let moves = |key: &str, moves: &[Transition]| {
            let texts: Vec<String> = moves
                .iter()
                .map(|Transition { after, class }| format!("{after}d => {}", class.word()))
                .collect();
            (!texts.is_empty()).then(|| format!("{key}: [{}]", texts.join(", ")))
        };
        let days = |key: &str, days: &Option<u64>| days.map(|days| format!("{key}: {days}d"));
        let mut facts = objects.facts();
        facts.extend(moves("transitions", transitions));
        facts.extend(days("expire", expire));
        facts.extend(moves("old_version_transitions", old_version_transitions));
        facts.extend(days("expire_old_versions", expire_old_versions));
        facts.extend(keep_old_versions.map(|versions| format!("keep_old_versions: {versions}")));
        facts.extend(expire_delete_markers.then(|| "expire_delete_markers: true".to_owned()));
        facts.extend(days("abort_uploads", abort_uploads));
        facts.extend(is_disabled.then(|| "enabled: false".to_owned()));
        braces(&facts, f)
    }
}
