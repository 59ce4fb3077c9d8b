//! Replication configurations: how one is built and read back. A configuration is one document, and what is not ours in it makes it differ
//! as a whole (S3-100). Not here: when it is put (`execute`).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, EncryptionConfiguration,
    ExistingObjectReplicationStatus, Metrics, MetricsStatus, ReplicaModifications,
    ReplicaModificationsStatus, ReplicationConfiguration, ReplicationRule, ReplicationRuleAndOperator,
    ReplicationRuleFilter, ReplicationRuleStatus, ReplicationTime, ReplicationTimeStatus,
    ReplicationTimeValue, SourceSelectionCriteria, SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus,
    StorageClass as Class,
};
use polyregion_model::spec::StorageClass;
use polyregion_model::{CopyRule, Objects, Replication};

use super::clients::Aws;
use super::error::AwsError;
use super::object_filter::Conditions;
use crate::attribute::{Attributes, Field, Value};
use crate::{desired, policy};

/// The only value that S3 takes (S3 API, `ReplicationTimeValue`).
const TIME_CONTROL_MINUTES: i32 = 15;

/// Each rule for each destination, in the second version of the schema (S3-057 to S3-062). Of rules that fit an object and have the
/// same destination the one with the higher number counts (S3-061).
pub(super) fn built(aws: &Aws, replication: &Replication) -> Result<ReplicationConfiguration, AwsError> {
    let Replication {
        bucket: _,
        region: _,
        role,
        destinations,
        replication_time_control,
        modification_sync,
        keys,
        rules,
    } = replication;
    let mut built = Vec::new();
    for (number, rule) in (1..).zip(rules.iter().rev()) {
        for destination in destinations {
            let to = Destination::builder()
                .bucket(policy::bucket_arn(aws.partition, destination))
                .set_storage_class(rule.storage_class.map(|class| Class::from(class.id().as_str())));
            let key = keys.get(destination);
            let copied = key.map(|key| EncryptionConfiguration::builder().replica_kms_key_id(key).build());
            let to = to.set_encryption_configuration(copied);
            let to = if *replication_time_control { on_time(to)? } else { to };
            let id = rule_id(number, destination);
            let priority = i32::try_from(built.len() + 1)
                .map_err(|_| AwsError::answer("s3:PutBucketReplication", "too many rules"))?;
            built.push(
                one(rule, *modification_sync, key.is_some())?
                    .id(id)
                    .priority(priority)
                    .destination(to.build()?)
                    .build()?,
            );
        }
    }
    let role = policy::role_arn(aws.partition, &aws.account, role);
    Ok(ReplicationConfiguration::builder().role(role).set_rules(Some(built)).build()?)
}

/// What the rules are called that we put, from the last one on. What is called otherwise is somebody else's.
fn rule_id(number: usize, destination: &str) -> String {
    if number == 1 { format!("to-{destination}") } else { format!("rule-{number}-to-{destination}") }
}

fn is_our_id(id: &str, destination: &str) -> bool {
    let of_many = || {
        let number = id.strip_prefix("rule-")?.strip_suffix(destination)?.strip_suffix("-to-")?;
        number.parse::<usize>().ok()
    };
    id == rule_id(1, destination) || of_many().is_some()
}

type DestinationBuilder = aws_sdk_s3::types::builders::DestinationBuilder;
type RuleBuilder = aws_sdk_s3::types::builders::ReplicationRuleBuilder;

/// Time control needs metrics (S3-076).
fn on_time(to: DestinationBuilder) -> Result<DestinationBuilder, AwsError> {
    let minutes = ReplicationTimeValue::builder().minutes(TIME_CONTROL_MINUTES).build();
    let time =
        ReplicationTime::builder().status(ReplicationTimeStatus::Enabled).time(minutes.clone()).build()?;
    let metrics = Metrics::builder().status(MetricsStatus::Enabled).event_threshold(minutes).build()?;
    Ok(to.replication_time(time).metrics(metrics))
}

fn one(rule: &CopyRule, modification_sync: bool, has_key: bool) -> Result<RuleBuilder, AwsError> {
    let CopyRule { objects, delete_markers, storage_class: _, is_enabled } = rule;
    let markers = match delete_markers {
        true => DeleteMarkerReplicationStatus::Enabled,
        false => DeleteMarkerReplicationStatus::Disabled,
    };
    let status = if *is_enabled { ReplicationRuleStatus::Enabled } else { ReplicationRuleStatus::Disabled };
    let back = ReplicaModifications::builder().status(ReplicaModificationsStatus::Enabled).build()?;
    // What is encrypted with KMS is copied only where that is said, and with a key for the copies (S3-081).
    let kms = SseKmsEncryptedObjects::builder().status(SseKmsEncryptedObjectsStatus::Enabled).build()?;
    let criteria = SourceSelectionCriteria::builder()
        .set_replica_modifications(modification_sync.then_some(back))
        .set_sse_kms_encrypted_objects(has_key.then_some(kms))
        .build();
    Ok(ReplicationRule::builder()
        .status(status)
        .filter(filter(objects)?)
        .delete_marker_replication(DeleteMarkerReplication::builder().status(markers).build())
        .set_source_selection_criteria((modification_sync || has_key).then_some(criteria)))
}

fn filter(objects: &Objects) -> Result<ReplicationRuleFilter, AwsError> {
    let filter = ReplicationRuleFilter::builder();
    Ok(match Conditions::of(objects)? {
        Conditions::Prefix(prefix) => filter.prefix(prefix),
        Conditions::Tag(tag) => filter.tag(tag),
        // The language has no sizes here, nor has S3.
        Conditions::LargerThan(_) => filter.prefix(""),
        Conditions::All(prefix, tags, _) => {
            let all = ReplicationRuleAndOperator::builder().set_prefix(prefix).set_tags(Some(tags));
            filter.and(all.build())
        }
    }
    .build())
}

/// What is compared of a configuration.
pub(super) fn read(bucket: &str, configuration: &ReplicationConfiguration) -> Attributes {
    let mut of: BTreeMap<String, Vec<(i32, CopyRule)>> = BTreeMap::new();
    let (mut foreign, mut ours, mut keys) = (Vec::new(), Vec::new(), BTreeMap::new());
    for rule in configuration.rules() {
        match parsed(rule) {
            Some((destination, known)) => {
                keys.extend(replica_key(rule).map(|key| (destination.clone(), key.to_owned())));
                of.entry(destination).or_default().push((rule.priority().unwrap_or_default(), known));
                ours.push(rule);
            }
            None => foreign.push(format!("another rule ({})", rule.id().unwrap_or("without an id"))),
        }
    }
    let mut destinations: Vec<String> = of.keys().cloned().chain(foreign).collect();
    destinations.sort();
    let alike: BTreeSet<Vec<String>> = of.values().map(|rules| texts(rules)).collect();
    let rules = match of.into_values().next() {
        Some(rules) if alike.len() == 1 => in_order(rules),
        Some(_) | None => Vec::new(),
    };
    let role = configuration.role().rsplit('/').next().unwrap_or_default();
    let every = |test: fn(&ReplicationRule) -> bool| !ours.is_empty() && ours.iter().all(|rule| test(rule));
    let mut attributes = Attributes::from([
        (Field::Name, Value::text(bucket)),
        (Field::Role, Value::text(role)),
        (Field::Destinations, Value::List(destinations)),
        (Field::ReplicationTimeControl, Value::Flag(every(has_time_control))),
        (Field::ModificationSync, Value::Flag(every(flows_back))),
    ]);
    if !keys.is_empty() {
        attributes.insert(Field::ReplicaKeys, Value::Map(keys));
    }
    if alike.len() > 1 {
        attributes.insert(Field::Rules, Value::text("others for each destination"));
    }
    attributes.extend(desired::rules(&rules));
    attributes
}

fn in_order(mut rules: Vec<(i32, CopyRule)>) -> Vec<CopyRule> {
    rules.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
    rules.into_iter().map(|(_, rule)| rule).collect()
}

fn texts(rules: &[(i32, CopyRule)]) -> Vec<String> {
    in_order(rules.to_vec()).iter().map(ToString::to_string).collect()
}

/// A rule in the language's terms, if it has them, with its destination.
fn parsed(rule: &ReplicationRule) -> Option<(String, CopyRule)> {
    let filter = rule.filter()?;
    let destination = rule.destination()?;
    let criteria = rule.source_selection_criteria();
    let has_kms = criteria.and_then(SourceSelectionCriteria::sse_kms_encrypted_objects);
    let has_kms = has_kms.is_some_and(|kms| *kms.status() == SseKmsEncryptedObjectsStatus::Enabled);
    let existing = rule.existing_object_replication().map(|existing| existing.status());
    let has_more = has_kms != replica_key(rule).is_some()
        || existing == Some(&ExistingObjectReplicationStatus::Enabled)
        || destination.account().is_some()
        || destination.access_control_translation().is_some();
    if has_more {
        return None;
    }
    let class = match destination.storage_class() {
        None => None,
        Some(class) => Some(*StorageClass::ALL.iter().find(|known| known.id() == class.as_str())?),
    };
    let all = filter.and();
    let tags = filter.tag().into_iter().chain(all.into_iter().flat_map(ReplicationRuleAndOperator::tags));
    let prefix = filter.prefix().or(all.and_then(ReplicationRuleAndOperator::prefix));
    let markers = rule.delete_marker_replication().and_then(DeleteMarkerReplication::status);
    let known = CopyRule {
        objects: Objects {
            prefix: prefix.unwrap_or_default().to_owned(),
            tags: tags.map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
            larger_than: None,
        },
        delete_markers: markers == Some(&DeleteMarkerReplicationStatus::Enabled),
        storage_class: class,
        is_enabled: *rule.status() == ReplicationRuleStatus::Enabled,
    };
    let destination = destination.bucket().rsplit(':').next().unwrap_or_default();
    is_our_id(rule.id()?, destination).then(|| (destination.to_owned(), known))
}

/// The key that copies are encrypted with.
fn replica_key(rule: &ReplicationRule) -> Option<&str> {
    rule.destination()?.encryption_configuration()?.replica_kms_key_id()
}

fn has_time_control(rule: &ReplicationRule) -> bool {
    let time = rule.destination().and_then(Destination::replication_time);
    time.is_some_and(|time| *time.status() == ReplicationTimeStatus::Enabled)
}

fn flows_back(rule: &ReplicationRule) -> bool {
    let back = rule.source_selection_criteria().and_then(SourceSelectionCriteria::replica_modifications);
    back.is_some_and(|back| *back.status() == ReplicaModificationsStatus::Enabled)
}
