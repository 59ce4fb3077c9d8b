//! Rules about KMS keys, which are alike for every item that stores data. Not here: what S3 makes of them (`buckets`).

use super::{Context, Place};
use crate::arn::check_key;
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::read::own;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{Item, Override, all};

pub(super) static RULES: &[Rule] = &[Rule {
    code: Code(116),
    severity: Severity::Error,
    title: "bad kms key",
    rule: "A region's data is encrypted with a key of that region and partition: one region's key can't serve another, which would also be lost with it. A key is an ARN, an id, or an alias that exists in every region; aliases that begin with `alias/aws/` are AWS's own.",
    source: "KMS API, KeyId and AliasName; DynamoDB, Aurora and S3 guides on encryption",
    covers: &[
        "DDB-014", "DDB-059", "KMS-001", "KMS-003", "KMS-009", "RDS-058", "S3-029", "S3-083", "X-080",
        "X-083",
    ],
    fix: "use the same alias in every region, as in `kms(\"alias/orders\")`, or a key for each region in `overrides`",
    wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), encryption: kms(«\"arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"») }",
    right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), encryption: kms(\"alias/carts\") }",
    check: Check::Spec(check_keys),
}];

/// Every key with the regions whose data it encrypts.
fn keys<'a>(context: &Context<'a>) -> Vec<(&'a Node<String>, Vec<Place<'a>>)> {
    let mut found = Vec::new();
    for item in &context.spec.items {
        match item {
            Item::Zone(_)
            | Item::HealthCheck(_)
            | Item::CidrCollection(_)
            | Item::Record(_)
            | Item::Service(_) => {}
            Item::Table(table) => {
                let places = context.set(&table.replicas, None);
                found.extend(table.encryption.as_ref().and_then(|used| used.key()).map(|key| (key, places)));
            }
            Item::Cluster(cluster) => {
                let mut members = super::clusters::members(context, cluster);
                members.retain(|(label, _)| {
                    own(&cluster.overrides, label).is_none_or(|own| own.kms_key.is_none())
                });
                found.extend(cluster.kms_key.as_ref().map(|key| (key, members)));
                for Override { regions, keys } in all(&cluster.overrides) {
                    found.extend(keys.kms_key.as_ref().map(|key| (key, context.listed(regions))));
                }
            }
            Item::Bucket(bucket) => {
                let mut places = super::bucket_places(context, bucket);
                places.retain(|(label, _)| {
                    own(&bucket.overrides, label).is_none_or(|own| own.encryption.is_none())
                });
                found.extend(bucket.encryption.as_ref().and_then(|used| used.key()).map(|key| (key, places)));
                for Override { regions, keys } in all(&bucket.overrides) {
                    let key = keys.encryption.as_ref().and_then(|used| used.key());
                    found.extend(key.map(|key| (key, context.listed(regions))));
                }
            }
        }
    }
    found
}

/// Keys can be used where they are.
fn check_keys(context: &Context<'_>, report: &mut Report<'_>) {
    for (key, places) in keys(context) {
        let count = places.len();
        let wrong = places.into_iter().find_map(|place| {
            let expanded = context.expand(key.as_str(), Some(place))?;
            // An id is one region's, unless it is of a multi-region key.
            let is_id = !expanded.contains([':', '/']) && !expanded.starts_with("mrk-");
            if is_id && count > 1 && expanded == key.value {
                return Some((expanded, place.0, "the id of a key is one region's".to_owned()));
            }
            check_key(&expanded, place.1).err().map(|reason| (expanded, place.0, reason))
        });
        if let Some((expanded, label, reason)) = wrong {
            report.at(key.id, format!("`{expanded}` can't be the key of region `{label}`: {reason}"));
        }
    }
}
