//! Buckets as written. Not here: rules about them.

use super::RegionSet;
use crate::node::Node;
use crate::read::{Flag, Regions, Text, item};

item! {
    /// `bucket assets { mirror: each region }`.
    pub struct BucketSpec {
        /// The buckets' names, a template. Absent: `{label}-{account}-{region}` with hyphens.
        name: Option<Node<String>> = optional(Text, "\"assets-{region}\""),
        /// Where it exists; each copy replicates to all others.
        mirror: RegionSet = required(Regions, "each region"),
        /// Whether S3 Replication Time Control is on (most objects in seconds, 99.9 % within 15 minutes by SLA).
        replication_time_control: Option<Node<bool>> = optional(Flag, "true"),
    }
}
