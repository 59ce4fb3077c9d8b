//! What services do with customers' keys, in the caller's name. Not here: other permissions.

use std::collections::BTreeSet;

use polyregion_model::{Partition, Resource, ResourceKind, key_arn};
use serde_json::Value;

use crate::attribute::Field;
use crate::aws::customer_key;
use crate::policy::use_of_key;

/// A service and the least that it asks for.
type Service = (&'static str, &'static [&'static str]);

/// DynamoDB Developer Guide, encryption.usagenotes.
const DYNAMODB: Service = (
    "dynamodb",
    &[
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
    ],
);
/// RDS User Guide, Overview.Encryption.Keys.
const RDS: Service = ("rds", &["kms:CreateGrant", "kms:DescribeKey"]);

/// A use of a key: by whom, where, and which one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyUse {
    service: Service,
    region: String,
    key: String,
}

/// The uses of keys that a resource is made with.
pub(super) fn of(resource: &Resource) -> Vec<KeyUse> {
    match &resource.kind {
        ResourceKind::Table(table) => {
            let keys = table.settings.get(&Field::Encryption).and_then(|keys| keys.as_map());
            let of_region = |(region, text): (&String, &String)| {
                Some(KeyUse { service: DYNAMODB, region: region.clone(), key: customer_key(text)? })
            };
            keys.into_iter().flatten().filter_map(of_region).collect()
        }
        ResourceKind::Cluster(cluster) => {
            let key = cluster.kms_key.clone();
            let region = cluster.region.code().to_owned();
            let key = key.map(|key| KeyUse { service: RDS, region, key });
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

/// A statement for each.
pub(super) fn statements(partition: Partition, account: &str, uses: BTreeSet<KeyUse>) -> Vec<Value> {
    let statement = |KeyUse { service, region, key }: KeyUse| {
        let arn = key_arn(partition, &region, account, &key);
        let (service, actions) = service;
        use_of_key(partition, (service, &region), &arn, actions)
    };
    uses.into_iter().map(statement).collect()
}
