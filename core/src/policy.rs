//! IAM documents that a topology needs. Not here: the calls that put them in place.

use std::collections::BTreeSet;

use polyregion_model::{Partition, ReplicationRole};
use serde_json::{Value, json};

/// Who may assume the replication role: S3 (IAM-040). Without a condition on the account: that S3 sends the key which the
/// condition would need is not verified, and if it did not, every object would silently fail to replicate.
pub(crate) fn trust() -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    })
    .to_string()
}

/// What the replication role may do: read every bucket of the mirror and replicate into every one (IAM-042 to IAM-045;
/// S3 User Guide, setting-repl-config-perm-overview).
pub(crate) fn replication(partition: Partition, role: &ReplicationRole) -> String {
    let arn = |bucket: &String| bucket_arn(partition, bucket);
    let buckets: Vec<String> = role.buckets.iter().map(arn).collect();
    let mut of_objects = vec![
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
        "s3:ReplicateObject",
        "s3:ReplicateDelete",
        "s3:ReplicateTags",
    ];
    if role.has_locks {
        // S3 User Guide, object-lock-managing; the last by its page of failure codes only (IAM-048).
        of_objects.extend(["s3:GetObjectRetention", "s3:GetObjectLegalHold", "s3:PutObjectLegalHold"]);
    }
    let objects: Vec<String> = role.buckets.iter().map(|bucket| format!("{}/*", arn(bucket))).collect();
    let mut statements = vec![
        json!({
            "Effect": "Allow",
            "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            "Resource": buckets,
        }),
        json!({
            "Effect": "Allow",
            "Action": of_objects,
            "Resource": objects,
        }),
    ];
    // Each bucket is a source and a destination (S3 User Guide, replication-config-for-kms-objects). The key that AWS manages lets in who
    // comes by way of S3.
    let of_keys = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
    statements
        .extend(role.keys.iter().map(|(region, key)| use_of_key(partition, ("s3", region), key, &of_keys)));
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A statement that lets a service use a key in somebody's name, which is an ARN. That of an alias is no resource that these actions take; a
/// key is told by it (KMS Developer Guide, `kms:ResourceAliases`).
pub(crate) fn use_of_key(
    partition: Partition,
    (service, region): (&str, &str),
    key: &str,
    actions: &[&str],
) -> Value {
    let via = json!({ "kms:ViaService": format!("{service}.{region}.{}", partition.dns_suffix()) });
    let (resource, condition) = match key.split_once(":alias/") {
        Some((prefix, alias)) => {
            let alias = json!({ "kms:ResourceAliases": format!("alias/{alias}") });
            let condition = json!({ "StringEquals": via, "ForAnyValue:StringEquals": alias });
            (format!("{prefix}:key/*"), condition)
        }
        None => (key.to_owned(), json!({ "StringEquals": via })),
    };
    json!({ "Effect": "Allow", "Action": actions, "Resource": [resource], "Condition": condition })
}

/// What a document grants: each action with each resource, and on which condition.
pub(crate) fn granted(document: &str) -> BTreeSet<(String, String)> {
    let parsed: Value = serde_json::from_str(document).unwrap_or_default();
    let texts = |value: &Value| -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
        }
    };
    let statements = parsed.get("Statement").and_then(Value::as_array).cloned().unwrap_or_default();
    let pairs = statements.iter().flat_map(|statement| {
        let condition = statement["Condition"].to_string();
        let resources = texts(&statement["Resource"]);
        let resources: Vec<String> =
            resources.into_iter().map(|resource| format!("{resource} {condition}")).collect();
        let pair = move |action: String| resources.clone().into_iter().map(move |on| (action.clone(), on));
        texts(&statement["Action"]).into_iter().flat_map(pair)
    });
    pairs.collect()
}

/// The ARN of a bucket.
pub(crate) fn bucket_arn(partition: Partition, bucket: &str) -> String {
    format!("arn:{partition}:s3:::{bucket}")
}

/// The ARN of a role.
pub(crate) fn role_arn(partition: Partition, account: &str, role: &str) -> String {
    format!("arn:{partition}:iam::{account}:role/{role}")
}

/// A document with its keys in order and without white space, so that two spellings of one document are equal. What is
/// no JSON stays as it is and is therefore unequal.
pub(crate) fn canonical(document: &str) -> String {
    serde_json::from_str::<Value>(document).map_or_else(|_| document.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_canonical_already() {
        let role = ReplicationRole {
            name: "r".to_owned(),
            buckets: vec!["a".to_owned(), "b".to_owned()],
            has_locks: false,
            keys: [("eu-west-1".to_owned(), "arn:aws:kms:eu-west-1:123456789012:alias/media".to_owned())]
                .into(),
        };
        for document in [trust(), replication(Partition::Aws, &role)] {
            assert_eq!(canonical(&document), document);
        }
        assert_eq!(canonical("{ \"b\": 1,\n \"a\": 2 }"), r#"{"a":2,"b":1}"#);
    }

    #[test]
    fn inline_policies_stay_far_below_the_limit() {
        // 10,240 characters (IAM quotas); ten regions are more than any mirror has today.
        let buckets = (0..10).map(|n| format!("assets-123456789012-ap-southeast-{n}")).collect();
        let key = |n| {
            let region = format!("ap-southeast-{n}");
            let key = format!("arn:aws:kms:{region}:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab");
            (region, key)
        };
        let keys = (0..10).map(key);
        let role = ReplicationRole { name: "r".to_owned(), buckets, has_locks: true, keys: keys.collect() };
        assert!(replication(Partition::Aws, &role).len() < 10_240);
    }
}
