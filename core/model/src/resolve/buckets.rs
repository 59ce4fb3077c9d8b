//! From buckets to what S3 makes of them, and the role that copies. Not here: their settings (`settings`).

use std::collections::BTreeMap;

use super::{resource, settings};
use crate::address::Address;
use crate::arn::key_arn;
use crate::check::{Context, Place, bucket_name, bucket_places, dashed};
use crate::kind::Kind;
use crate::name::shortened;
use crate::node::Node;
use crate::resource::*;
use crate::spec::*;

pub(super) fn resolve_bucket(
    context: &Context<'_>,
    bucket: &BucketSpec,
    out: &mut Vec<Resource>,
) -> Option<()> {
    let BucketSpec {
        label,
        docs: _,
        pending: _,
        unread: _,
        name: _,
        copies,
        replication_time_control,
        modification_sync,
        rules: _,
        delete_markers: _,
        storage_class: _,
        lifecycle,
        object_lock,
        // These are in `settings`, `tags`, and names.
        encryption: _,
        bucket_key: _,
        versioning: _,
        public_access: _,
        ownership: _,
        website: _,
        overrides: _,
        tags: _,
        // It is part of the names.
        namespace: _,
        // Of all that the item has, in `resolve`.
        adopt: _,
        existing: _,
    } = bucket;
    let places = bucket_places(context, bucket);
    let mut named = Vec::new();
    for place in places {
        named.push((place, bucket_name(context, bucket, place)?));
    }
    let address = |place: &Place<'_>| Address::regional(Kind::Bucket, label.as_str(), place.0);
    for (place, name) in &named {
        let settings = settings::bucket(context, bucket, *place)?;
        let rules = all(lifecycle).iter();
        let lifecycle = rules.map(|(name, rule)| (name.value.clone(), resolve_lifecycle(rule))).collect();
        let kind = ResourceKind::Bucket(Bucket { name: name.clone(), region: place.1, lifecycle, settings });
        out.push(resource(address(place), label.id, [], kind));
    }
    // Changes of copies flow back only where there is a way back (S3-089).
    let (sources, has_way_back) = match copies {
        CopiesSpec::Separate(_) => return Some(()),
        CopiesSpec::OneWay(..) => (named.get(..1)?, false),
        CopiesSpec::Mirror(_) => (named.as_slice(), true),
    };
    let role_address = Address::global(Kind::Bucket, label.as_str()).with_part("replication_role");
    let role = role_name(context.spec.name.as_str(), label.as_str());
    // In order of names, so that the order of regions makes no difference.
    let mut buckets: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
    buckets.sort();
    let keys = copy_keys(context, bucket, &named)?;
    let customers = |(place, name): &(Place<'_>, String)| {
        let key = keys.get(name).filter(|key| !key.ends_with(MANAGED_KEY))?;
        Some((place.1.code().to_owned(), key.clone()))
    };
    let has_locks = object_lock.as_ref().is_some_and(|lock| lock.is_on);
    let role_kind = ResourceKind::ReplicationRole(ReplicationRole {
        name: role.clone(),
        buckets,
        has_locks,
        keys: named.iter().filter_map(customers).collect(),
    });
    out.push(resource(role_address.clone(), label.id, [], role_kind));
    let mut needs: Vec<Address> = named.iter().map(|(place, _)| address(place)).collect();
    needs.push(role_address);
    for (place, name) in sources {
        let destinations = named.iter().filter(|(other, _)| other != place).map(|(_, name)| name.clone());
        let destinations: Vec<String> = destinations.collect();
        let keys = keys.iter().filter(|(name, _)| destinations.contains(name));
        let keys = keys.map(|(name, key)| (name.clone(), key.clone())).collect();
        let kind = ResourceKind::Replication(Replication {
            bucket: name.clone(),
            region: place.1,
            role: role.clone(),
            destinations,
            keys,
            replication_time_control: is_on(replication_time_control),
            modification_sync: modification_sync.as_ref().map_or(has_way_back, |flag| flag.value),
            rules: copy_rules(bucket),
        });
        out.push(resource(address(place).with_part("replication"), label.id, needs.clone(), kind));
    }
    Some(())
}

/// The key that AWS manages for S3.
const MANAGED_KEY: &str = ":alias/aws/s3";

/// The ARNs of the keys of all buckets of an item, by their names, if one of them is encrypted with KMS; nothing when a template can't be
/// filled in. Copies in a bucket that is not are encrypted with the key that AWS manages there, as S3 wants one for each.
fn copy_keys(
    context: &Context<'_>,
    bucket: &BucketSpec,
    named: &[(Place<'_>, String)],
) -> Option<BTreeMap<String, String>> {
    let (mut keys, mut has_kms) = (BTreeMap::new(), false);
    for (place, name) in named {
        let encryption = settings::encryption(bucket, *place);
        has_kms |= !matches!(encryption, None | Some(EncryptionSpec::Service(_)));
        let key = encryption.and_then(EncryptionSpec::key);
        let key = match key {
            Some(key) => context.expand(key.as_str(), Some(*place))?,
            None => "alias/aws/s3".to_owned(),
        };
        let partition = place.1.info().partition;
        let arn = key_arn(partition, place.1.code(), context.spec.account.as_str(), &key);
        keys.insert(name.clone(), arn);
    }
    if !has_kms {
        keys.clear();
    }
    Some(keys)
}

/// What is copied, and how: everything, unless there are rules.
fn copy_rules(bucket: &BucketSpec) -> Vec<CopyRule> {
    let markers = bucket.delete_markers.as_ref();
    let class = bucket.storage_class.as_ref();
    let whole = CopyRule {
        delete_markers: markers.is_none_or(|flag| flag.value),
        storage_class: class.map(|class| class.value),
        ..CopyRule::everything()
    };
    let Some(rules) = &bucket.rules else { return vec![whole] };
    let rule = |rule: &RuleKeys| {
        let RuleKeys { id: _, prefix, tagged, delete_markers, storage_class, enabled } = rule;
        CopyRule {
            objects: objects(prefix, tagged, None),
            delete_markers: delete_markers.as_ref().map_or(whole.delete_markers, |flag| flag.value),
            storage_class: storage_class.as_ref().map(|class| class.value).or(whole.storage_class),
            is_enabled: enabled.as_ref().is_none_or(|flag| flag.value),
        }
    };
    rules.iter().map(rule).collect()
}

fn objects(prefix: &Option<Node<String>>, tagged: &Option<Vec<Tag>>, larger_than: Option<u64>) -> Objects {
    Objects {
        prefix: prefix.as_ref().map(|prefix| prefix.value.clone()).unwrap_or_default(),
        tags: all(tagged).iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect(),
        larger_than,
    }
}

fn resolve_lifecycle(rule: &LifecycleKeys) -> LifecycleRule {
    let LifecycleKeys {
        id: _,
        prefix,
        tagged,
        larger_than,
        transitions,
        expire,
        old_version_transitions,
        expire_old_versions,
        keep_old_versions,
        expire_delete_markers,
        abort_uploads,
        enabled,
    } = rule;
    let number = |number: &Option<Node<u64>>| number.as_ref().map(|number| number.value);
    let moves = |moves: &Option<Vec<TransitionSpec>>| {
        let moves = all(moves).iter();
        moves.map(|to| Transition { after: to.after.value, class: to.class.value }).collect()
    };
    LifecycleRule {
        objects: objects(prefix, tagged, number(larger_than)),
        transitions: moves(transitions),
        expire: number(expire),
        old_version_transitions: moves(old_version_transitions),
        expire_old_versions: number(expire_old_versions),
        keep_old_versions: number(keep_old_versions),
        expire_delete_markers: is_on(expire_delete_markers),
        abort_uploads: number(abort_uploads),
        is_disabled: enabled.as_ref().is_some_and(|flag| !flag.value),
    }
}

/// Longest name of an IAM role (IAM API, `roleNameType`).
const MAX_ROLE_NAME: usize = 64;

/// The name of a bucket item's role. IAM roles are global, so the topology's name is part of it.
fn role_name(topology: &str, label: &str) -> String {
    let name = format!("polyregion-{}-{}-replication", dashed(topology), dashed(label));
    shortened(name, MAX_ROLE_NAME, '-')
}
