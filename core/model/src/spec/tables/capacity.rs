//! How much is read and written, as written. Not here: rules about it.

use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::{Block, Misfit, Read, Seconds, Whole, keys, with_keys, without_keys};
use crate::syntax::{Form, Value};

/// How a table, or an index, pays for reads and writes (DynamoDB API, `BillingMode`).
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum CapacitySpec {
    /// By the request.
    OnDemand(OnDemandKeys),
    /// By the hour.
    Provisioned(ProvisionedKeys),
}

keys! {
    /// Limits of what is on demand (DynamoDB API, `OnDemandThroughput`).
    pub struct OnDemandKeys ("`on_demand`") {
        /// Most reads in a second.
        max_reads: Option<Node<u64>> = optional(Whole, "1000"),
        /// Most writes in a second, the same in every region.
        max_writes: Option<Node<u64>> = optional(Whole, "1000"),
    }
}

keys! {
    /// What is provisioned (DynamoDB API, `ProvisionedThroughput`; Application Auto Scaling).
    pub struct ProvisionedKeys ("`provisioned`") {
        /// Reads in a second.
        reads: AmountSpec = required(Amount, "20"),
        /// Writes in a second, the same in every region.
        writes: AmountSpec = required(Amount, "{ min: 5, max: 100 }"),
    }
}

keys! {
    /// An amount that follows the load (Application Auto Scaling, target tracking).
    pub struct ScalingKeys ("a scaled amount") {
        /// The least.
        min: Node<u64> = required(Whole, "5"),
        /// The most.
        max: Node<u64> = required(Whole, "100"),
        /// How much of it is to be used, in percent. Default: 70.
        target: Option<Node<u64>> = optional(Whole, "70"),
        /// How long to wait before it grows again.
        scale_out_cooldown: Option<Node<u64>> = optional(Seconds, "60s"),
        /// How long to wait before it shrinks again.
        scale_in_cooldown: Option<Node<u64>> = optional(Seconds, "60s"),
    }
}

keys! {
    /// Throughput that is there from the first moment (DynamoDB API, `WarmThroughput`).
    pub struct WarmKeys ("`warm_throughput`") {
        /// Reads in a second.
        reads: Option<Node<u64>> = optional(Whole, "15000"),
        /// Writes in a second.
        writes: Option<Node<u64>> = optional(Whole, "5000"),
    }
}

/// An amount of capacity.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum AmountSpec {
    /// Always the same.
    Fixed(Node<u64>),
    /// Following the load.
    Scaled(ScalingKeys),
}

impl AmountSpec {
    /// Where it was written.
    pub fn id(&self) -> NodeId {
        match self {
            AmountSpec::Fixed(amount) => amount.id,
            AmountSpec::Scaled(scaling) => scaling.id,
        }
    }
}

/// `20` or `{ min: 5, max: 100, target: 70 }`.
pub(crate) struct Amount;

impl Read for Amount {
    type Out = AmountSpec;
    const WORDS: &'static str = "a whole number, or what it may be, as in `{ min: 5, max: 100, target: 70 }`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::Block(body) = &value.form {
            let scaling = ScalingKeys::read_block(value.id, body, diagnostics);
            return scaling.map(AmountSpec::Scaled).ok_or(Misfit::Reported);
        }
        Whole::read(value, diagnostics).map(AmountSpec::Fixed)
    }
}

/// `on_demand { .. }` or `provisioned { .. }`.
pub(crate) struct Capacity;

impl Read for Capacity {
    type Out = CapacitySpec;
    const WORDS: &'static str = "`on_demand`, or `provisioned { reads: 20, writes: { min: 5, max: 100 } }`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let mode = without_keys(value).word().ok_or(Misfit::Form)?;
        let read = match mode.as_str() {
            "on_demand" => with_keys(value, diagnostics).map(CapacitySpec::OnDemand),
            "provisioned" => with_keys(value, diagnostics).map(CapacitySpec::Provisioned),
            _ => return Err(Misfit::Form),
        };
        read.ok_or(Misfit::Reported)
    }
}
