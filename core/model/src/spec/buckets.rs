//! Buckets as written. Not here: rules about them, what is replicated how and how long objects stay (their own modules).

mod lifecycle;
mod replication;

pub use self::lifecycle::{LifecycleKeys, StorageClass, TransitionSpec};
pub(crate) use self::replication::Copies;
pub use self::replication::{CopiesSpec, RuleKeys};
use super::EncryptionSpec;
use super::encryption::BucketEncryption;
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::wrong_form;
use crate::read::{
    Braces, ByName, Flag, Many, Misfit, Override, Overrides, Read, Tag, Tags, Text, item, keys, words,
};
use crate::syntax::{Form, Value};

item! {
    /// `bucket assets { mirror: each region }`: a bucket in each of several regions, with what is copied between them.
    pub struct BucketSpec {
        /// The buckets' names, a template. Absent: `{label}-{account}-{region}` with hyphens.
        name: Option<Node<String>> = optional(Text, "\"assets-{region}\""),
        /// Where the buckets are, and which is copied where.
        copies: CopiesSpec = one_of(Copies, "each region"),
        /// Whether S3 Replication Time Control is on (most objects in seconds, 99.9 % within 15 minutes by SLA).
        replication_time_control: Option<Node<bool>> = optional(Flag, "true"),
        /// Which objects are copied, and how. Absent: all of them.
        rules: Option<Vec<RuleKeys>> = optional(Many<Braces<RuleKeys>>, "[{ prefix: \"images/\" }, { prefix: \"logs/\", storage_class: glacier }]"),
        /// Whether what is deleted is deleted everywhere. Default: yes.
        delete_markers: Option<Node<bool>> = optional(Flag, "false"),
        /// Whether changes of a copy's tags and locks flow back. Default: yes between mirrors.
        modification_sync: Option<Node<bool>> = optional(Flag, "false"),
        /// The storage class of copies. Default: that of the source.
        storage_class: Option<Node<StorageClass>> = optional(StorageClass, "standard_ia"),
        /// The key that objects are encrypted with, of each region. Default: S3's own. This version deploys another for buckets that are not
        /// copied.
        encryption: Option<EncryptionSpec> = optional(BucketEncryption, "kms(\"alias/assets\")"),
        /// Whether one call to KMS serves many objects. Default: no.
        bucket_key: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether old versions of objects are kept. Default: yes, which copying needs.
        versioning: Option<Node<bool>> = optional(Flag, "false"),
        /// Whether versions can be locked, and for how long they are if nothing else is said. Can't be undone.
        object_lock: Option<LockSpec> = optional(Lock, "governance(30d)"),
        /// How long objects stay, and where. The same in every region, as S3 does not copy it.
        lifecycle: Option<Vec<(Node<String>, LifecycleKeys)>> = optional(ByName<Braces<LifecycleKeys>>, "{ old: { expire_old_versions: 90d } }"),
        /// Whether objects can be made public. Default: blocked.
        public_access: Option<Node<PublicAccess>> = optional(PublicAccess, "allowed"),
        /// Whose objects are, and whether access control lists mean anything. Default: the bucket's owner, and they don't.
        ownership: Option<Node<Ownership>> = optional(Ownership, "bucket_owner_preferred"),
        /// Whether it serves a website.
        website: Option<WebsiteKeys> = optional(Braces<WebsiteKeys>, "{ index: \"index.html\" }"),
        /// Who else can have the names. Default: nobody in the partition. `account` for those that nobody but the account can take, which end in
        /// `-{account}-{region}-an`, as the default name does then.
        namespace: Option<Node<Namespace>> = optional(Namespace, "account"),
        /// Tags of every bucket.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"media\" }"),
        /// Whether what exists under these names and belongs to nobody is taken over. Default: no.
        adopt: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether it exists already and belongs to somebody else: it is looked up, and neither created, changed nor deleted.
        existing: Option<Node<bool>> = later(Flag, "true"),
        /// What differs in some regions.
        overrides: Option<Vec<Override<BucketKeys>>> = optional(Overrides<BucketKeys>, "{ eu => { encryption: kms(\"alias/eu\") } }"),
    }
}

keys! {
    /// What a bucket of one region can have of its own.
    pub struct BucketKeys ("a bucket") {
        /// Its name.
        name: Option<Node<String>> = optional(Text, "\"assets-eu\""),
        /// The key that its objects are encrypted with.
        encryption: Option<EncryptionSpec> = optional(BucketEncryption, "kms(\"alias/eu\")"),
        /// Tags besides those of all.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"media\" }"),
    }
}

keys! {
    /// A website of static objects (S3 API, `WebsiteConfiguration`).
    pub struct WebsiteKeys ("`website`") {
        /// The object behind a path that ends with a slash.
        index: Option<Node<String>> = optional(Text, "\"index.html\""),
        /// The object for what is not there.
        error: Option<Node<String>> = optional(Text, "\"404.html\""),
        /// The host that every request is sent to instead.
        redirect: Option<Node<String>> = optional(Text, "\"www.example.com\""),
    }
}

words! {
    /// Whether objects can be made public (S3 API, `PublicAccessBlockConfiguration`, all four at once).
    pub enum PublicAccess ("`blocked` or `allowed`") {
        /// No.
        Blocked = "blocked",
        /// Yes.
        Allowed = "allowed",
    }

    /// Whose objects are (S3 API, `ObjectOwnership`).
    pub enum Ownership ("`bucket_owner_enforced`, `bucket_owner_preferred` or `object_writer`") {
        /// The bucket's owner's; access control lists mean nothing.
        BucketOwnerEnforced = "bucket_owner_enforced",
        /// The bucket's owner's, if who writes says so.
        BucketOwnerPreferred = "bucket_owner_preferred",
        /// Who wrote them.
        ObjectWriter = "object_writer",
    }

    /// Who else can have the names (S3 API, `BucketNamespace`).
    pub enum Namespace ("`global` or `account`") {
        /// Nobody in the partition.
        Global = "global",
        /// Other accounts.
        Account = "account",
    }
}

impl Ownership {
    /// AWS's name of it.
    pub fn id(self) -> &'static str {
        match self {
            Ownership::BucketOwnerEnforced => "BucketOwnerEnforced",
            Ownership::BucketOwnerPreferred => "BucketOwnerPreferred",
            Ownership::ObjectWriter => "ObjectWriter",
        }
    }
}

/// Locks of versions.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct LockSpec {
    /// Where it was written.
    pub id: NodeId,
    /// Whether they can be.
    pub is_on: bool,
    /// How long they are if nothing else is said.
    pub retention: Option<RetentionSpec>,
}

/// How long versions are locked.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct RetentionSpec {
    /// Whether nobody at all can shorten it.
    pub is_compliance: bool,
    /// Days, or years.
    pub amount: Node<u64>,
    /// Whether the amount is of years.
    pub is_years: bool,
}

/// `true`, `governance(30d)` or `compliance(1y)`.
pub(crate) struct Lock;

impl Read for Lock {
    type Out = LockSpec;
    const WORDS: &'static str = "`true`, `governance(30d)` or `compliance(1y)`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Call(mode, arguments) = &value.form else {
            let flag = Flag::read(value, diagnostics)?;
            return Ok(LockSpec { id: value.id, is_on: flag.value, retention: None });
        };
        let is_compliance = match mode.as_str() {
            "governance" => false,
            "compliance" => true,
            _ => return Err(Misfit::Form),
        };
        let [retention] = arguments.as_slice() else { return Err(Misfit::Form) };
        let found = if let Form::Number(amount, unit) = &retention.form
            && matches!(unit.as_str(), "d" | "y")
        {
            u64::try_from(*amount).ok().map(|amount| (amount, unit == "y"))
        } else {
            None
        };
        let Some((amount, is_years)) = found else {
            wrong_form(mode, retention, "days or years, as in 30d or 1y", diagnostics);
            return Err(Misfit::Reported);
        };
        let amount = Node::new(retention.id, amount);
        let retention = Some(RetentionSpec { is_compliance, amount, is_years });
        Ok(LockSpec { id: value.id, is_on: true, retention })
    }
}
