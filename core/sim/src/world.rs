//! The state of the simulated AWS. Not here: operations on it (one module per service), listing it (`inventory`) and files
//! (`store`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::{Region, alias};
use serde::{Deserialize, Serialize};

use crate::dynamodb::Table;
use crate::rds::{DbCluster, DbInstance, GlobalCluster};
use crate::route53::{Change, HealthCheck, Zone};
use crate::s3::Bucket;

/// Tags of a resource, by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// One account's AWS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct World {
    /// The account.
    pub(crate) account: String,
    /// Seconds since the epoch.
    pub(crate) now: f64,
    /// Counts up; makes ids.
    pub(crate) serial: u64,
    pub(crate) zones: BTreeMap<String, Zone>,
    pub(crate) changes: BTreeMap<String, Change>,
    pub(crate) health_checks: BTreeMap<String, HealthCheck>,
    /// Caller references of health checks that were deleted: AWS refuses them for days.
    pub(crate) spent_references: BTreeSet<String>,
    /// By region and name.
    pub(crate) tables: BTreeMap<String, BTreeMap<String, Table>>,
    pub(crate) global_clusters: BTreeMap<String, GlobalCluster>,
    /// By region and identifier.
    pub(crate) clusters: BTreeMap<String, BTreeMap<String, DbCluster>>,
    /// By region and identifier.
    pub(crate) instances: BTreeMap<String, BTreeMap<String, DbInstance>>,
    /// By region.
    pub(crate) subnet_groups: BTreeMap<String, BTreeSet<String>>,
    /// Of clusters, by region.
    pub(crate) parameter_groups: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    pub(crate) instance_parameter_groups: BTreeMap<String, BTreeSet<String>>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// How many were ever made.
    #[serde(default)]
    pub(crate) buckets_made: u64,
    pub(crate) roles: BTreeMap<String, Role>,
    /// By region and name.
    pub(crate) load_balancers: BTreeMap<String, BTreeMap<String, LoadBalancer>>,
}

/// An IAM role.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) created: f64,
    pub(crate) trust: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) policies: BTreeMap<String, String>,
}

/// A load balancer. They only exist to be looked up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadBalancer {
    pub(crate) dns_name: String,
    pub(crate) hosted_zone_id: String,
}

/// The id of a region's partition, as ARNs have it.
pub(crate) fn partition(region: &str) -> &'static str {
    Region::from_code(region).map_or("aws", |region| region.info().partition.id())
}

/// A state that ends by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transition {
    /// AWS's word for it.
    pub(crate) status: String,
    /// When it ends, in seconds since the epoch.
    pub(crate) until: f64,
}

/// Something that can't be furnished.
#[derive(Debug, thiserror::Error)]
pub enum FurnishError {
    /// The region's load balancers have no known hosted zone.
    #[error("no hosted zone is known for load balancers in {0}, so the simulated AWS can't have one there")]
    NoLoadBalancerZone(Region),
}

impl World {
    pub(crate) fn new(account: &str) -> Self {
        Self { account: account.to_owned(), now: crate::clock::START, ..Self::default() }
    }

    /// A new id: letters and digits, the same in every run.
    pub(crate) fn id(&mut self, prefix: &str, length: usize) -> String {
        self.serial += 1;
        // A multiplicative scramble, so that ids don't look alike; odd, so that none comes twice.
        let mut bits = self.serial.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635_dcd1_ee6b;
        let mut id = prefix.to_owned();
        while id.len() < length {
            const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
            let index = usize::try_from(bits % 36).unwrap_or_default();
            id.push(char::from(ALPHABET[index]));
            bits = (bits / 36).wrapping_add(bits.rotate_left(17));
        }
        id
    }

    /// A new id in the form of a UUID.
    pub(crate) fn uuid(&mut self) -> String {
        self.serial += 1;
        let bits = self.serial.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            bits >> 32,
            (bits >> 16) & 0xffff,
            bits & 0xfff,
            (bits >> 4) & 0xfff,
            self.serial
        )
    }

    /// Lets what AWS does in its own time happen, up to a moment.
    pub(crate) fn advance(&mut self, now: f64) {
        self.now = now;
        crate::route53::advance(self);
        crate::dynamodb::advance(self);
        crate::rds::advance(self);
    }

    /// Adds a load balancer, unless there is one.
    pub(crate) fn furnish_load_balancer(&mut self, region: Region, name: &str) -> Result<bool, FurnishError> {
        let zone = alias::load_balancer_zone(region).ok_or(FurnishError::NoLoadBalancerZone(region))?;
        let balancers = self.load_balancers.entry(region.code().to_owned()).or_default();
        if balancers.contains_key(name) {
            return Ok(false);
        }
        let number =
            1_000_000_000 + name.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 999_999_937);
        let balancer = LoadBalancer {
            dns_name: format!("{name}-{number}.{}", zone.suffix),
            hosted_zone_id: zone.zone_id.to_owned(),
        };
        balancers.insert(name.to_owned(), balancer);
        Ok(true)
    }
}
