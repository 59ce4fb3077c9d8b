//! Which objects of a bucket a rule is about, as S3 has it: one condition stands alone, several are joined (S3 API,
//! `LifecycleRuleFilter` and `ReplicationRuleFilter`, S3-058). Not here: what the rules do.

use aws_sdk_s3::types::Tag;
use polyregion_model::Objects;

use super::error::AwsError;

/// Conditions as S3 wants them.
pub(super) enum Conditions {
    /// A prefix alone; the empty one is of everything.
    Prefix(String),
    /// A tag alone.
    Tag(Tag),
    /// A size alone.
    LargerThan(i64),
    /// Several at once.
    All(Option<String>, Vec<Tag>, Option<i64>),
}

impl Conditions {
    pub(super) fn of(objects: &Objects) -> Result<Self, AwsError> {
        let Objects { prefix, tags, larger_than } = objects;
        let larger = larger_than.and_then(|bytes| i64::try_from(bytes).ok());
        let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
        let mut tags: Vec<Tag> = tags.iter().map(tag).collect::<Result<_, _>>()?;
        let count = usize::from(!prefix.is_empty()) + tags.len() + usize::from(larger.is_some());
        if count > 1 {
            return Ok(Conditions::All((!prefix.is_empty()).then(|| prefix.clone()), tags, larger));
        }
        Ok(match (tags.pop(), larger) {
            (Some(tag), _) => Conditions::Tag(tag),
            (None, Some(bytes)) => Conditions::LargerThan(bytes),
            (None, None) => Conditions::Prefix(prefix.clone()),
        })
    }
}
