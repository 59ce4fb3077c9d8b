//! What is copied where, as written. Not here: rules about it.

use super::StorageClass;
use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::{Choice, Flag, Key, Place, Read, Regions, Tag, Tags, Text, keys, read};
use crate::spec::RegionSet;
use crate::syntax::{Form, Value};

/// Where buckets are, and which is copied where.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum CopiesSpec {
    /// Each to all others.
    Mirror(RegionSet),
    /// From one region to others.
    OneWay(Node<String>, RegionSet),
    /// None to any.
    Separate(RegionSet),
}

impl CopiesSpec {
    /// The set that was written, besides the source of what goes one way.
    pub fn set(&self) -> &RegionSet {
        match self {
            CopiesSpec::Mirror(set) | CopiesSpec::OneWay(_, set) | CopiesSpec::Separate(set) => set,
        }
    }

    /// The label of the source of what goes one way.
    pub fn source(&self) -> Option<&Node<String>> {
        match self {
            CopiesSpec::OneWay(source, _) => Some(source),
            CopiesSpec::Mirror(_) | CopiesSpec::Separate(_) => None,
        }
    }
}

/// The keys that say where buckets are.
pub(crate) struct Copies;

const fn copies(name: &'static str, form: &'static str, example: &'static str, docs: &'static str) -> Key {
    Key { name, place: Place::OneOf, required: false, deployed: true, form, example, docs }
}

/// `us => [eu, ap]`, or `us => each other region`.
struct OneWay;

impl Read for OneWay {
    type Out = CopiesSpec;
    const WORDS: &'static str = "a region and those that it is copied to, as in `us => [eu, ap]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<CopiesSpec, crate::read::Misfit> {
        let Form::Arrow(source, set) = &value.form else { return Err(crate::read::Misfit::Form) };
        let source = source.word().ok_or(crate::read::Misfit::Form)?;
        Ok(CopiesSpec::OneWay(source, crate::read::OtherRegions::read(set, diagnostics)?))
    }
}

impl Choice for Copies {
    type Out = CopiesSpec;
    const OTHER: &'static str = "the other way of copying";
    const KEYS: &'static [Key] = &[
        copies(
            "mirror",
            Regions::WORDS,
            "each region",
            "Where it exists; each copy is copied to all others.",
        ),
        copies("copy", OneWay::WORDS, "us => [eu]", "From which region objects are copied, and where to."),
        copies("separate", Regions::WORDS, "each region", "Where it exists; nothing is copied."),
    ];

    fn read(key: &Node<String>, value: &Value, diagnostics: &mut Diagnostics) -> Option<CopiesSpec> {
        match key.as_str() {
            "copy" => read::<OneWay>(key.as_str(), value, diagnostics),
            "separate" => read::<Regions>(key.as_str(), value, diagnostics).map(CopiesSpec::Separate),
            _ => read::<Regions>(key.as_str(), value, diagnostics).map(CopiesSpec::Mirror),
        }
    }
}

keys! {
    /// Objects that are copied alike. Where several rules fit an object, the first counts.
    pub struct RuleKeys ("a rule") {
        /// What their keys begin with. Absent: anything.
        prefix: Option<Node<String>> = optional(Text, "\"images/\""),
        /// The tags that they have.
        tagged: Option<Vec<Tag>> = optional(Tags, "{ public: \"yes\" }"),
        /// Whether what is deleted is deleted everywhere. Default: that of the bucket.
        delete_markers: Option<Node<bool>> = optional(Flag, "true"),
        /// The storage class of the copies. Default: that of the bucket.
        storage_class: Option<Node<StorageClass>> = optional(StorageClass, "standard_ia"),
        /// Whether they are copied at all. Default: yes.
        enabled: Option<Node<bool>> = optional(Flag, "false"),
    }
}
