//! The reference of the language: what each item takes, from the same tables that read it. Not here: rules about what is
//! written ([`crate::Rule`]).

use crate::given;
use crate::kind::Kind;
pub use crate::read::{Key, Keys, Place};
use crate::spec::*;

/// What an item, or what stands in braces behind a value, takes.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Reference {
    /// The item's keyword, or what it is.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What may be written.
    pub keys: Keys,
}

impl Reference {
    /// Of every item, in the order of their kinds, and of what belongs to values.
    pub fn all() -> Vec<Reference> {
        let mut all = Vec::new();
        for kind in Kind::ALL {
            let (about, keys) = match kind {
                Kind::Zone => (ZoneSpec::ABOUT, ZoneSpec::KEYS),
                Kind::HealthCheck => (HealthCheckSpec::ABOUT, HealthCheckSpec::KEYS),
                Kind::CidrCollection => (CidrCollectionSpec::ABOUT, CidrCollectionSpec::KEYS),
                Kind::Record => (RecordSpec::ABOUT, RecordSpec::KEYS),
                Kind::Table => (TableSpec::ABOUT, TableSpec::KEYS),
                Kind::Cluster => (ClusterSpec::ABOUT, ClusterSpec::KEYS),
                Kind::Bucket => (BucketSpec::ABOUT, BucketSpec::KEYS),
                Kind::Service => (ServiceSpec::ABOUT, ServiceSpec::KEYS),
            };
            all.push(Reference { name: kind.keyword(), about, keys });
        }
        all.push(Reference { name: given::KEYWORD, about: given::ABOUT, keys: &[] });
        all.extend(blocks());
        all
    }

    /// That of a name.
    pub fn of(name: &str) -> Option<Reference> {
        Self::all().into_iter().find(|reference| reference.name == name)
    }
}

/// What stands in braces behind values, by the name that it has in the reference.
fn blocks() -> Vec<Reference> {
    macro_rules! blocks {
        ($($name:literal: $block:ty),* $(,)?) => {
            vec![$(Reference { name: $name, about: <$block>::ABOUT, keys: <$block>::KEYS }),*]
        };
    }
    blocks! {
        "objectives_keys": ObjectivesSpec,
        "latency_users": UsersKeys,
        "calculated": CalculatedKeys,
        "alarm": AlarmKeys,
        "target": TargetKeys,
        "replica": ReplicaKeys,
        "on_demand": OnDemandKeys,
        "provisioned": ProvisionedKeys,
        "scaling": ScalingKeys,
        "warm_throughput": WarmKeys,
        "global_index": GlobalIndexKeys,
        "local_index": LocalIndexKeys,
        "member": MemberKeys,
        "serverless_capacity": ServerlessKeys,
        "monitoring": MonitoringKeys,
        "copying_rule": RuleKeys,
        "lifecycle_rule": LifecycleKeys,
        "website": WebsiteKeys,
        "bucket_override": BucketKeys,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::each_key;

    #[test]
    fn the_reference_of_a_table() {
        insta::assert_snapshot!(Reference::of("table").unwrap());
    }

    #[test]
    fn everything_is_documented_and_has_an_example() {
        for Reference { name, about, keys } in Reference::all() {
            assert!(!about.trim().is_empty(), "{name}");
            for key in each_key(keys) {
                assert!(!key.docs.trim().is_empty() && !key.example.is_empty(), "{name}.{}", key.name);
                assert!(!key.form.is_empty(), "{name}.{}", key.name);
            }
        }
    }
}
