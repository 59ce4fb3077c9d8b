//! What services do with customers' keys, in the caller's name. Not here: other permissions.

use std::collections::BTreeSet;

use polyregion_model::{Partition, Resource, ResourceKind};
use serde_json::Value;

use crate::attribute::Field;
use crate::aws::customer_key;
use crate::policy::use_of_key;

/// A use of a key: by whom, where, and which one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyUse {
    service: &'static str,
    region: String,
    key: String,
}

/// The uses of keys that a resource is made with.
pub(super) fn of(resource: &Resource) -> Vec<KeyUse> {
    match &resource.kind {
        ResourceKind::Table(table) => {
            let keys = table.settings.get(&Field::Encryption).and_then(|keys| keys.as_map());
            let of_region = |(region, text): (&String, &String)| {
                Some(KeyUse { service: "dynamodb", region: region.clone(), key: customer_key(text)? })
            };
            keys.into_iter().flatten().filter_map(of_region).collect()
        }
        ResourceKind::Cluster(cluster) => {
            let key = cluster.kms_key.clone();
            let region = cluster.region.code().to_owned();
            let key = key.map(|key| KeyUse { service: "rds", region, key });
            key.into_iter().collect()
        }
        ResourceKind::Zone(_)
        | ResourceKind::HealthCheck(_)
        | ResourceKind::RecordSet(_)
        | ResourceKind::Replica(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::Instance(_)
        | ResourceKind::Bucket(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Replication(_) => Vec::new(),
    }
}

/// The least that services ask for (DynamoDB Developer Guide, encryption.usagenotes; RDS User Guide, Overview.Encryption.Keys).
fn actions(service: &str) -> &'static [&'static str] {
    match service {
        "dynamodb" => &[
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ],
        _ => &["kms:CreateGrant", "kms:DescribeKey"],
    }
}

/// A statement for each.
pub(super) fn statements(partition: Partition, account: &str, uses: BTreeSet<KeyUse>) -> Vec<Value> {
    let statement = |KeyUse { service, region, key }: KeyUse| {
        let prefix = format!("arn:{partition}:kms:{region}:{account}:");
        let arn = match key.as_str() {
            arn if arn.starts_with("arn:") => key,
            alias if alias.starts_with("alias/") => format!("{prefix}{alias}"),
            id => format!("{prefix}key/{id}"),
        };
        use_of_key(partition, (service, &region), &arn, actions(service))
    };
    uses.into_iter().map(statement).collect()
}
