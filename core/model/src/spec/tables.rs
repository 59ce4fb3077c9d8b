//! Tables as written. Not here: rules about them, indexes and capacity (their own modules).

mod capacity;
mod indexes;

pub(crate) use self::capacity::{Amount, Capacity};
pub use self::capacity::{AmountSpec, CapacitySpec, OnDemandKeys, ProvisionedKeys, ScalingKeys, WarmKeys};
pub(crate) use self::indexes::Index;
pub use self::indexes::{GlobalIndexKeys, IndexKind, IndexSpec, LocalIndexKeys, ProjectionSpec};
use super::encryption::Encryption;
use super::{EncryptionSpec, RegionSet};
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::{
    AttributeName, Braces, ByName, Days, Flag, Misfit, Override, Overrides, Read, RegionLabel, Regions, Tag,
    Tags, Text, item, keys, words,
};
use crate::syntax::{Form, Value};

item! {
    /// `table user_sessions { .. }`: a DynamoDB table with its replicas, a global table where it has several.
    pub struct TableSpec {
        /// The table's name on AWS. Absent: the label with hyphens.
        name: Option<Node<String>> = optional(Text, "\"sessions\""),
        /// The partition key.
        key: KeySpec = required(KeyAttribute, "id: S"),
        /// The sort key.
        sort_key: Option<KeySpec> = optional(KeyAttribute, "at: N"),
        /// Where it exists.
        replicas: RegionSet = required(Regions, "each region"),
        /// Who may write where, one of AWS's write modes: in any region, where the last writer of an item wins or, with strong
        /// consistency, conflicting writes fail; in one region; or in the region that an attribute of the item names. A
        /// table with several replicas says it.
        writes: Option<WritesSpec> = optional(Writes, "any_region(last_writer_wins)"),
        /// Whether a read in any region sees the last write of any other, or what has arrived there. Default: eventual. AWS changes it on no
        /// table that has replicas.
        consistency: Option<Node<Consistency>> = optional(Consistency, "strong"),
        /// The region that holds changes and serves nobody, with strong consistency and two replicas.
        witness: Option<Node<String>> = optional(RegionLabel, "eu"),
        /// How much is read and written. Default: on demand, without a limit. This version deploys what is on demand.
        capacity: Option<CapacitySpec> = optional(Capacity, "on_demand"),
        /// The throughput that is there from the first moment, at least. What AWS has made of it stays, as it never shrinks.
        warm_throughput: Option<WarmKeys> = optional(Braces<WarmKeys>, "{ reads: 15000, writes: 5000 }"),
        /// Other keys to look items up by.
        indexes: Option<Vec<(Node<String>, IndexSpec)>> = optional(ByName<Index>, "{ by_day: global { key: day: S, project: all } }"),
        /// What the stream of changes holds. Default: new and old images, which replicas need; nobody pays for a stream that nobody
        /// reads.
        stream: Option<Node<StreamView>> = optional(StreamView, "new_and_old_images"),
        /// The number attribute after whose time an item expires.
        ttl: Option<Node<String>> = optional(AttributeName, "expires_at"),
        /// Whether each replica can be restored to any second of the last days: how many (at most 35), or `true` for 35.
        point_in_time_recovery: Option<RecoverySpec> = optional(Recovery, "35d"),
        /// What storage costs against what requests cost. Default: standard.
        class: Option<Node<TableClass>> = optional(TableClass, "standard_infrequent_access"),
        /// The key that items are encrypted with, of each region. Default: DynamoDB's own. Customers' keys of a table with replicas are those that
        /// it is made with. AWS takes four changes in 24 hours. Where an alias points to is not looked up: a key that somebody else has put in
        /// its place is not noticed.
        encryption: Option<EncryptionSpec> = optional(Encryption, "kms(\"alias/sessions\")"),
        /// AWS refuses to delete the table and its replicas. Default: on.
        deletion_protection: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether CloudWatch shows the keys that are asked for most. Default: no.
        contributor_insights: Option<Node<bool>> = optional(Flag, "true"),
        /// Tags of every replica.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"checkout\" }"),
        /// Whether what exists under these names and belongs to nobody is taken over. Default: no.
        adopt: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether it exists already and belongs to somebody else: it is looked up, and neither created, changed nor deleted.
        existing: Option<Node<bool>> = later(Flag, "true"),
        /// What differs in some regions.
        overrides: Option<Vec<Override<ReplicaKeys>>> = optional(Overrides<ReplicaKeys>, "{ eu => { class: standard_infrequent_access } }"),
    }
}

keys! {
    /// What a replica can have of its own (DynamoDB API, `CreateReplicationGroupMemberAction`; writes are the same everywhere).
    pub struct ReplicaKeys ("a replica") {
        /// How much is read, where capacity is provisioned.
        reads: Option<AmountSpec> = optional(Amount, "20"),
        /// Most reads in a second, where capacity is on demand.
        max_reads: Option<Node<u64>> = optional(crate::read::Whole, "1000"),
        /// How much is read of each global index, where capacity is provisioned.
        index_reads: Option<Vec<(Node<String>, AmountSpec)>> = optional(ByName<Amount>, "{ by_day: 20 }"),
        /// What storage costs against what requests cost.
        class: Option<Node<TableClass>> = optional(TableClass, "standard_infrequent_access"),
        /// Whether the replica can be restored.
        point_in_time_recovery: Option<RecoverySpec> = optional(Recovery, "35d"),
        /// AWS refuses to delete the replica.
        deletion_protection: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether CloudWatch shows the keys that are asked for most.
        contributor_insights: Option<Node<bool>> = optional(Flag, "true"),
        /// Tags besides those of the table.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"checkout\" }"),
    }
}

words! {
    /// What a read sees (DynamoDB API, `MultiRegionConsistency`).
    pub enum Consistency ("`eventual` or `strong`") {
        /// What has arrived in its region.
        Eventual = "eventual",
        /// The last write of any region.
        Strong = "strong",
    }

    /// What the stream holds of a change (DynamoDB API, `StreamViewType`).
    pub enum StreamView ("`keys_only`, `new_image`, `old_image` or `new_and_old_images`") {
        /// The item's key.
        KeysOnly = "keys_only",
        /// The item after it.
        NewImage = "new_image",
        /// The item before it.
        OldImage = "old_image",
        /// Both.
        NewAndOldImages = "new_and_old_images",
    }

    /// What storage costs against what requests cost (DynamoDB API, `TableClass`).
    pub enum TableClass ("`standard` or `standard_infrequent_access`") {
        /// For most tables.
        Standard = "standard",
        /// Cheaper storage, dearer requests.
        StandardInfrequentAccess = "standard_infrequent_access",
    }
}

impl StreamView {
    /// AWS's name of it.
    pub fn id(self) -> &'static str {
        match self {
            StreamView::KeysOnly => "KEYS_ONLY",
            StreamView::NewImage => "NEW_IMAGE",
            StreamView::OldImage => "OLD_IMAGE",
            StreamView::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }
}

impl TableClass {
    /// AWS's name of it.
    pub fn id(self) -> &'static str {
        match self {
            TableClass::Standard => "STANDARD",
            TableClass::StandardInfrequentAccess => "STANDARD_INFREQUENT_ACCESS",
        }
    }
}

/// `session_id: S`.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct KeySpec {
    /// The attribute's name.
    pub attribute: Node<String>,
    /// Its type, as written: `S`, `N` or `B`.
    pub key_type: Node<String>,
}

/// An attribute with its type.
pub(crate) struct KeyAttribute;

impl Read for KeyAttribute {
    type Out = KeySpec;
    const WORDS: &'static str = "an attribute with its type, as in `id: S`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Pair(attribute, key_type) = &value.form else { return Err(Misfit::Form) };
        let attribute = match attribute.word() {
            Some(word) => word,
            None => Text::read(attribute, diagnostics)?,
        };
        Ok(KeySpec { attribute, key_type: key_type.word().ok_or(Misfit::Form)? })
    }
}

/// Who may write where.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum WritesSpec {
    /// Any region; of two writes of an item at the same time the later one stays.
    AnyRegionLastWriterWins(NodeId),
    /// Any region; of two writes of an item at the same time one fails.
    AnyRegionConflictsFail(NodeId),
    /// The region with this label.
    OneRegion(Node<String>),
    /// The region that this attribute of the item names.
    HomeRegion(Node<String>),
}

impl WritesSpec {
    /// Where it was written.
    pub fn id(&self) -> NodeId {
        match self {
            WritesSpec::AnyRegionLastWriterWins(id) | WritesSpec::AnyRegionConflictsFail(id) => *id,
            WritesSpec::OneRegion(node) | WritesSpec::HomeRegion(node) => node.id,
        }
    }
}

/// AWS's write modes (DynamoDB Developer Guide, bp-global-table-design, "write modes").
pub(crate) struct Writes;

impl Read for Writes {
    type Out = WritesSpec;
    const WORDS: &'static str = "`any_region(last_writer_wins)`, `any_region(conflicts_fail)`, `one_region(us)` or `home_region(attribute)`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Call(mode, arguments) = &value.form else { return Err(Misfit::Form) };
        let [one] = arguments.as_slice() else { return Err(Misfit::Form) };
        let inside = match one.word() {
            Some(word) => word,
            None if mode == "home_region" => Text::read(one, diagnostics)?,
            None => return Err(Misfit::Form),
        };
        match (mode.as_str(), inside.as_str()) {
            ("any_region", "last_writer_wins") => Ok(WritesSpec::AnyRegionLastWriterWins(value.id)),
            ("any_region", "conflicts_fail") => Ok(WritesSpec::AnyRegionConflictsFail(value.id)),
            ("one_region", _) => Ok(WritesSpec::OneRegion(inside)),
            ("home_region", _) => Ok(WritesSpec::HomeRegion(inside)),
            _ => Err(Misfit::Form),
        }
    }
}

/// Days back to which a table can be restored at most, and if none are given (DynamoDB API, `RecoveryPeriodInDays`).
pub const MOST_DAYS_OF_RECOVERY: u64 = 35;

/// Whether and how far back a table can be restored.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct RecoverySpec {
    /// Where it was written.
    pub id: NodeId,
    /// Days; 0 for not at all, none for as many as there can be.
    pub days: Option<u64>,
}

/// `35d`, `true` or `false`.
pub(crate) struct Recovery;

impl Read for Recovery {
    type Out = RecoverySpec;
    const WORDS: &'static str = "days, as in 35d, or true or false";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let days = match Days::read(value, diagnostics) {
            Ok(days) => Some(days.value),
            Err(_) => {
                if Flag::read(value, diagnostics)?.value {
                    None
                } else {
                    Some(0)
                }
            }
        };
        Ok(RecoverySpec { id: value.id, days })
    }
}

/// The type of a key attribute: what the word in a spec is read as when it is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum KeyType {
    /// String.
    S,
    /// Number.
    N,
    /// Binary.
    B,
}

impl KeyType {
    /// All types.
    pub const ALL: [KeyType; 3] = [KeyType::S, KeyType::N, KeyType::B];

    /// AWS's name of it.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::S => "S",
            KeyType::N => "N",
            KeyType::B => "B",
        }
    }
}
