//! Lifecycles of buckets: how rules are put and read back. A lifecycle is one document, in which rules that the topology never named
//! stay as they are. Not here: when that is done (`execute`).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::{
    self, AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRuleAndOperator, LifecycleRuleFilter, NoncurrentVersionExpiration,
    NoncurrentVersionTransition, TransitionDefaultMinimumObjectSize, TransitionStorageClass,
};
use polyregion_model::spec::StorageClass;
use polyregion_model::{Bucket, LifecycleRule, Objects, Region, Transition};

use super::clients::Aws;
use super::error::{AwsError, failed};
use super::object_filter::Conditions;
use crate::attribute::Value;

/// What a rule is called that has no name.
const NAMELESS: &str = "(without a name)";

/// A lifecycle as it is.
struct Found {
    rules: Vec<types::LifecycleRule>,
    /// The size below which objects stay where they are, which goes with the whole and is nobody's here.
    least_size: Option<TransitionDefaultMinimumObjectSize>,
}

async fn find(aws: &Aws, region: Region, bucket: &str) -> Result<Found, AwsError> {
    let call = aws.s3(region).get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    match call.map_err(failed("s3:GetBucketLifecycleConfiguration", region)) {
        Ok(answer) => Ok(Found {
            rules: answer.rules.unwrap_or_default(),
            least_size: answer.transition_default_minimum_object_size,
        }),
        Err(error) if error.is(&["NoSuchLifecycleConfiguration"]) => {
            Ok(Found { rules: Vec::new(), least_size: None })
        }
        Err(error) => Err(error),
    }
}

/// The rules of a bucket, by name; none if there are none.
pub(super) async fn read(aws: &Aws, region: Region, bucket: &str) -> Result<Option<Value>, AwsError> {
    let found = find(aws, region, bucket).await?;
    let entry = |rule: &types::LifecycleRule| {
        let text = parsed(rule)
            .map_or("something that the language has no word for".to_owned(), |rule| rule.to_string());
        (rule.id().unwrap_or(NAMELESS).to_owned(), text)
    };
    let rules: BTreeMap<String, String> = found.rules.iter().map(entry).collect();
    Ok((!rules.is_empty()).then_some(Value::Map(rules)))
}

/// Puts the declared rules, and takes out these others.
pub(super) async fn put(aws: &Aws, bucket: &Bucket, removed: &BTreeSet<String>) -> Result<(), AwsError> {
    let (region, client) = (bucket.region, aws.s3(bucket.region));
    let Found { mut rules, least_size } = find(aws, region, &bucket.name).await?;
    rules.retain(|rule| {
        rule.id().is_none_or(|id| !bucket.lifecycle.contains_key(id) && !removed.contains(id))
    });
    // S3 takes no rules of its first schema beside others (error messages that users posted).
    for rule in &mut rules {
        modernise(rule);
    }
    for (name, rule) in &bucket.lifecycle {
        rules.push(built(name, rule)?);
    }
    if rules.is_empty() {
        let call = client.delete_bucket_lifecycle().bucket(&bucket.name).send().await;
        call.map_err(failed("s3:DeleteBucketLifecycle", region))?;
        return Ok(());
    }
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build()?;
    let call = client.put_bucket_lifecycle_configuration().bucket(&bucket.name);
    let call =
        call.lifecycle_configuration(configuration).set_transition_default_minimum_object_size(least_size);
    call.send().await.map_err(failed("s3:PutBucketLifecycleConfiguration", region))?;
    Ok(())
}

/// Puts a prefix of the first schema into a filter, which says the same.
fn modernise(rule: &mut types::LifecycleRule) {
    #[expect(deprecated, reason = "what others have put may still have it")]
    let prefix = rule.prefix.take();
    if rule.filter.is_none() {
        rule.filter = Some(LifecycleRuleFilter::builder().prefix(prefix.unwrap_or_default()).build());
    }
}

/// Whether a bucket tells the declared rules, and none of these others. S3 tells old rules and new ones by turns for some seconds after a
/// change (threads of other tools); whoever read it then would put back what was taken out.
pub(super) async fn is_settled(
    aws: &Aws,
    bucket: &Bucket,
    removed: &BTreeSet<String>,
) -> Result<bool, AwsError> {
    let found = read(aws, bucket.region, &bucket.name).await?;
    let found = found.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
    let has_all = bucket.lifecycle.iter().all(|(name, rule)| found.get(name) == Some(&rule.to_string()));
    let is_gone = |name: &String| bucket.lifecycle.contains_key(name) || !found.contains_key(name);
    Ok(has_all && removed.iter().all(is_gone))
}

fn days(days: u64) -> Option<i32> {
    i32::try_from(days).ok()
}

fn class(class: StorageClass) -> TransitionStorageClass {
    TransitionStorageClass::from(class.id().as_str())
}

fn built(name: &str, rule: &LifecycleRule) -> Result<types::LifecycleRule, AwsError> {
    let LifecycleRule {
        objects,
        transitions,
        expire,
        old_version_transitions,
        expire_old_versions,
        keep_old_versions,
        expire_delete_markers,
        abort_uploads,
        is_disabled,
    } = rule;
    let kept = keep_old_versions.and_then(days);
    let status = if *is_disabled { ExpirationStatus::Disabled } else { ExpirationStatus::Enabled };
    let mut built = types::LifecycleRule::builder().id(name).status(status).filter(filter(objects)?);
    for to in transitions {
        let to = types::Transition::builder().set_days(days(to.after)).storage_class(class(to.class));
        built = built.transitions(to.build());
    }
    if expire.is_some() || *expire_delete_markers {
        let expiration = LifecycleExpiration::builder()
            .set_days(expire.and_then(days))
            .set_expired_object_delete_marker(expire_delete_markers.then_some(true));
        built = built.expiration(expiration.build());
    }
    for to in old_version_transitions {
        let to = NoncurrentVersionTransition::builder()
            .set_noncurrent_days(days(to.after))
            .set_newer_noncurrent_versions(kept)
            .storage_class(class(to.class));
        built = built.noncurrent_version_transitions(to.build());
    }
    if let Some(expire) = expire_old_versions {
        let expiration = NoncurrentVersionExpiration::builder()
            .set_noncurrent_days(days(*expire))
            .set_newer_noncurrent_versions(kept);
        built = built.noncurrent_version_expiration(expiration.build());
    }
    if let Some(abort) = abort_uploads {
        let abort = AbortIncompleteMultipartUpload::builder().set_days_after_initiation(days(*abort)).build();
        built = built.abort_incomplete_multipart_upload(abort);
    }
    Ok(built.build()?)
}

fn filter(objects: &Objects) -> Result<LifecycleRuleFilter, AwsError> {
    let filter = LifecycleRuleFilter::builder();
    Ok(match Conditions::of(objects)? {
        Conditions::Prefix(prefix) => filter.prefix(prefix),
        Conditions::Tag(tag) => filter.tag(tag),
        Conditions::LargerThan(bytes) => filter.object_size_greater_than(bytes),
        Conditions::All(prefix, tags, larger) => {
            let all = LifecycleRuleAndOperator::builder().set_prefix(prefix);
            let all = all.set_tags((!tags.is_empty()).then_some(tags)).set_object_size_greater_than(larger);
            filter.and(all.build())
        }
    }
    .build())
}

/// A rule in the language's terms, if it has them.
fn parsed(rule: &types::LifecycleRule) -> Option<LifecycleRule> {
    let number = |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok());
    let known = |class: Option<&str>| {
        StorageClass::ALL.iter().copied().find(|known| Some(known.id().as_str()) == class)
    };
    let transition = |to: &types::Transition| {
        let class = known(to.storage_class().map(TransitionStorageClass::as_str))?;
        Some(Transition { after: number(to.days())?, class })
    };
    let old_transition = |to: &NoncurrentVersionTransition| {
        let class = known(to.storage_class().map(TransitionStorageClass::as_str))?;
        Some(Transition { after: number(to.noncurrent_days())?, class })
    };
    let old = rule.noncurrent_version_expiration();
    let (expiration, moves) = (rule.expiration(), rule.noncurrent_version_transitions());
    if expiration.is_some_and(|expiration| expiration.date().is_some()) {
        return None;
    }
    // The language says once how many versions stay.
    let mut kept: Vec<Option<i32>> =
        moves.iter().map(NoncurrentVersionTransition::newer_noncurrent_versions).collect();
    kept.extend(old.map(NoncurrentVersionExpiration::newer_noncurrent_versions));
    kept.dedup();
    if kept.len() > 1 {
        return None;
    }
    let abort = rule.abort_incomplete_multipart_upload();
    Some(LifecycleRule {
        objects: objects(rule)?,
        transitions: rule.transitions().iter().map(transition).collect::<Option<_>>()?,
        expire: expiration.and_then(|expiration| number(expiration.days())),
        old_version_transitions: moves.iter().map(old_transition).collect::<Option<_>>()?,
        expire_old_versions: old.and_then(|old| number(old.noncurrent_days())),
        keep_old_versions: kept.first().copied().flatten().and_then(|kept| number(Some(kept))),
        expire_delete_markers: expiration.and_then(LifecycleExpiration::expired_object_delete_marker)
            == Some(true),
        abort_uploads: abort.and_then(|abort| number(abort.days_after_initiation())),
        is_disabled: *rule.status() == ExpirationStatus::Disabled,
    })
}

fn objects(rule: &types::LifecycleRule) -> Option<Objects> {
    #[expect(deprecated, reason = "what others have put may still have it")]
    let prefix = rule.prefix();
    let Some(filter) = rule.filter() else {
        return Some(Objects { prefix: prefix.unwrap_or_default().to_owned(), ..Objects::default() });
    };
    let all = filter.and();
    let smaller =
        filter.object_size_less_than().or(all.and_then(LifecycleRuleAndOperator::object_size_less_than));
    if smaller.is_some() {
        return None;
    }
    let larger = filter
        .object_size_greater_than()
        .or(all.and_then(LifecycleRuleAndOperator::object_size_greater_than));
    let tags = filter.tag().into_iter().chain(all.into_iter().flat_map(LifecycleRuleAndOperator::tags));
    Some(Objects {
        prefix: filter
            .prefix()
            .or(all.and_then(LifecycleRuleAndOperator::prefix))
            .unwrap_or_default()
            .to_owned(),
        tags: tags.map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
        larger_than: larger.and_then(|bytes| u64::try_from(bytes).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_put() {
        let plain = LifecycleRule { expire: Some(1), ..LifecycleRule::default() };
        let tags = BTreeMap::from([("keep".to_owned(), "no".to_owned())]);
        let one = |objects: Objects| LifecycleRule { objects, ..plain.clone() };
        let step = |after, class| Transition { after, class };
        let rules = [
            plain.clone(),
            one(Objects { prefix: "logs/".to_owned(), ..Objects::default() }),
            one(Objects { tags: tags.clone(), ..Objects::default() }),
            one(Objects { larger_than: Some(9), ..Objects::default() }),
            one(Objects { prefix: "logs/".to_owned(), tags, larger_than: Some(9) }),
            LifecycleRule {
                transitions: vec![step(30, StorageClass::StandardIa), step(90, StorageClass::DeepArchive)],
                expire: Some(400),
                old_version_transitions: vec![step(30, StorageClass::Glacier)],
                expire_old_versions: Some(90),
                keep_old_versions: Some(3),
                abort_uploads: Some(7),
                is_disabled: true,
                ..LifecycleRule::default()
            },
            LifecycleRule { expire_delete_markers: true, ..LifecycleRule::default() },
        ];
        for rule in rules {
            assert_eq!(parsed(&built("a", &rule).unwrap()), Some(rule));
        }
    }
}
