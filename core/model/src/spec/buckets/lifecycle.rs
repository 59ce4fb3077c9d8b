//! How long objects stay and where, as written. Not here: rules about it.

use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::{Days, Flag, Misfit, Read, Tag, Tags, Text, Whole, keys, words};
use crate::syntax::{Form, Value};

words! {
    /// A class of storage (S3 API, `StorageClass`), in the order in which objects can move.
    pub enum StorageClass ("one of `standard`, `intelligent_tiering`, `standard_ia`, `onezone_ia`, `glacier_ir`, `glacier` and `deep_archive`") {
        /// At once.
        Standard = "standard",
        /// At once, for what is seldom asked for.
        StandardIa = "standard_ia",
        /// S3 chooses by use.
        IntelligentTiering = "intelligent_tiering",
        /// The same in one zone.
        OnezoneIa = "onezone_ia",
        /// At once, for what is asked for once a quarter.
        GlacierIr = "glacier_ir",
        /// After minutes or hours.
        Glacier = "glacier",
        /// After half a day.
        DeepArchive = "deep_archive",
    }
}

impl StorageClass {
    /// AWS's name of it.
    pub fn id(self) -> String {
        self.word().to_ascii_uppercase()
    }
}

keys! {
    /// What becomes of objects (S3 API, `LifecycleRule`).
    pub struct LifecycleKeys ("a lifecycle rule") {
        /// What their keys begin with. Absent: anything.
        prefix: Option<Node<String>> = optional(Text, "\"logs/\""),
        /// The tags that they have.
        tagged: Option<Vec<Tag>> = optional(Tags, "{ keep: \"no\" }"),
        /// Their least size in bytes.
        larger_than: Option<Node<u64>> = optional(Whole, "131072"),
        /// After how many days they move where.
        transitions: Option<Vec<TransitionSpec>> = optional(Transitions, "[30d => standard_ia, 90d => glacier]"),
        /// After how many days they are deleted.
        expire: Option<Node<u64>> = optional(Days, "365d"),
        /// After how many days old versions move where.
        old_version_transitions: Option<Vec<TransitionSpec>> = optional(Transitions, "[30d => glacier]"),
        /// After how many days old versions are deleted.
        expire_old_versions: Option<Node<u64>> = optional(Days, "90d"),
        /// How many old versions stay whatever their age (at most 100).
        keep_old_versions: Option<Node<u64>> = optional(Whole, "3"),
        /// Whether delete markers go that have nothing behind them.
        expire_delete_markers: Option<Node<bool>> = optional(Flag, "true"),
        /// After how many days uploads are given up that were not completed.
        abort_uploads: Option<Node<u64>> = optional(Days, "7d"),
        /// Whether it is in force. Default: yes.
        enabled: Option<Node<bool>> = optional(Flag, "false"),
    }
}

/// `30d => standard_ia`.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct TransitionSpec {
    /// After how many days.
    pub after: Node<u64>,
    /// Where to.
    pub class: Node<StorageClass>,
}

/// `[30d => standard_ia, 90d => glacier]`.
pub(crate) struct Transitions;

impl Read for Transitions {
    type Out = Vec<TransitionSpec>;
    const WORDS: &'static str = "days with storage classes, as in `[30d => standard_ia, 90d => glacier]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::List(values) = &value.form else { return Err(Misfit::Form) };
        let mut found = Vec::new();
        for value in values {
            if let Form::Arrow(after, class) = &value.form
                && let (Ok(after), Ok(class)) =
                    (Days::read(after, diagnostics), <StorageClass as Read>::read(class, diagnostics))
            {
                found.push(TransitionSpec { after, class });
            } else if value.form != Form::Broken {
                diagnostics.expected(value.id, "days with a storage class, as in `30d => standard_ia`");
            }
        }
        Ok(found)
    }
}
