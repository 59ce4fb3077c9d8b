//! Services as written: what runs where, and which data it uses. Nothing is deployed for them; rules go by them. Not here: rules.

use super::RegionSet;
use crate::node::Node;
use crate::read::{Flag, Label, Many, RegionLabel, Regions, item};

item! {
    /// `service checkout in each region { serves: [api], writes: [orders] }`: what runs in which regions, who asks it and which
    /// data it uses. Nothing is deployed for it: it is what the rest of the topology is checked against.
    pub struct ServiceSpec {
        /// Where it runs.
        regions: RegionSet = within(Regions, "each region"),
        /// The records that bring its users.
        serves: Option<Vec<Node<String>>> = optional(Many<Label>, "[api]"),
        /// The tables, clusters and buckets that it writes.
        writes: Option<Vec<Node<String>>> = optional(Many<Label>, "[orders]"),
        /// The tables, clusters and buckets that it reads.
        reads: Option<Vec<Node<String>>> = optional(Many<Label>, "[assets]"),
        /// The regions where it runs and has no users until another fails.
        standby: Option<Vec<Node<String>>> = optional(Many<RegionLabel>, "[eu]"),
        /// Whether it uses transactions of DynamoDB. Default: no.
        transactions: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether something promotes a secondary when a cluster's primary is lost: a runbook, or a program. Default: no.
        promotes: Option<Node<bool>> = optional(Flag, "true"),
    }
}
