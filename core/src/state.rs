//! Recorded state: what the engine knows beyond what AWS tells. Not here: its form on disk (`document`), its copies
//! (`ledger`), where copies are kept (`folder`, `aws::bucket_copy`), and what happens call by call (`journal`).
//!
//! AWS is the truth about what exists. Recorded state adds what AWS can't tell: which things in an existing zone are ours,
//! what was declared once and is no longer, what a run set out to do, what is owed to a region that was down. It never
//! holds a secret: no type in it can carry one.

mod document;
mod folder;
mod ledger;

use std::collections::BTreeMap;

use polyregion_model::{Address, NodeId, Region, Replica, Resource, ResourceKind, Topology};
use serde::{Deserialize, Serialize};

pub use document::{DocumentError, FORMAT, decode, encode};
pub use folder::FolderCopy;
pub use ledger::{
    Copied, CopyError, CopyFuture, CopyStatus, Expected, Ledger, LedgerError, Reading, StateCopy, Stored,
};

/// Recorded state of one topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The topology's name.
    pub topology: String,
    /// The account.
    pub account: String,
    /// Tells this state from any other that was ever begun for the same topology.
    pub lineage: String,
    /// Raised whenever the lock changes hands: what a former holder writes is older by it.
    pub epoch: u64,
    /// Raised by every write.
    pub serial: u64,
    /// The run that wrote it: one whose own earlier write is found goes on.
    pub writer: String,
    /// The run that holds the lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// Makes the caller references of what is created. Kept until a run succeeded, so that a run that goes on where
    /// another stopped is recognised by AWS as the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What a run set out to do and is not known to have done.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub intents: BTreeMap<Address, Resource>,
    /// What exists because of us.
    pub resources: BTreeMap<Address, Recorded>,
    /// What could not be done while a region was down.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub debts: BTreeMap<Address, Debt>,
}

/// Who holds the lock. It is a lease: a holder that stops to renew it loses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The run.
    pub run: String,
    /// Where it runs, for people.
    pub holder: String,
    /// The journal that it writes. A run that holds the same journal knows that this one is dead.
    pub journal: String,
    /// When it started, in seconds since the Unix epoch, by its own clock. Nothing is decided by it.
    pub since: u64,
}

/// A resource that exists because of us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What AWS calls it.
    pub physical_id: String,
    /// What it was declared as when it was last applied.
    pub resource: Resource,
    /// Whether a first run of `destroy` has taken its deletion protection off, so that a second one deletes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disarmed: bool,
}

impl Recorded {
    /// A resource in use. Where its declaration stands is not recorded: it moves with every edit.
    pub fn new(physical_id: String, resource: Resource) -> Self {
        Self { physical_id, resource: Resource { node: NodeId::none(), ..resource }, disarmed: false }
    }
}

/// What could not be done because a region was down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debt {
    /// Why it could not.
    pub why: String,
    /// The region that is waited for, if it is a matter of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// When it was first owed, in seconds since the Unix epoch.
    pub since: u64,
}

impl State {
    /// Whether it is the state of a topology, in its account.
    pub(crate) fn is_of(&self, topology: &Topology) -> bool {
        self.topology == topology.name() && self.account == topology.account()
    }

    /// The state before anything was ever done.
    pub fn begin(topology: &Topology, lineage: String) -> Self {
        Self {
            topology: topology.name().to_owned(),
            account: topology.account().to_owned(),
            lineage,
            epoch: 0,
            serial: 0,
            writer: String::new(),
            lock: None,
            token: None,
            intents: BTreeMap::new(),
            resources: BTreeMap::new(),
            debts: BTreeMap::new(),
        }
    }

    /// What orders the copies of one lineage: a copy with more is newer.
    pub fn age(&self) -> (u64, u64) {
        (self.epoch, self.serial)
    }

    /// Resources that are recorded, or that a run set out to make, and that the topology does not declare any more. A table
    /// whose home was taken out while it goes on elsewhere is a replica of the new home: DynamoDB knows no home.
    pub fn undeclared(&self, topology: &Topology) -> Vec<Resource> {
        let recorded = self.resources.values().map(|recorded| &recorded.resource);
        let intended = self.intents.values();
        let intended = intended.filter(|resource| !self.resources.contains_key(&resource.address));
        let mut undeclared: Vec<Resource> = recorded
            .chain(intended)
            .filter(|resource| topology.resource(&resource.address).is_none())
            .cloned()
            .collect();
        for resource in &mut undeclared {
            let mut homes = topology
                .resources()
                .iter()
                .filter_map(|declared| Some((&declared.address, declared.kind.as_table()?)));
            let (name, region, deletion_protection) = match &resource.kind {
                ResourceKind::Table(table) => (&table.name, table.region, table.deletion_protection),
                ResourceKind::Replica(replica) => {
                    (&replica.name, replica.region, replica.deletion_protection)
                }
                ResourceKind::Zone(_)
                | ResourceKind::HealthCheck(_)
                | ResourceKind::RecordSet(_)
                | ResourceKind::GlobalCluster(_)
                | ResourceKind::Cluster(_)
                | ResourceKind::Instance(_)
                | ResourceKind::Bucket(_)
                | ResourceKind::ReplicationRole(_)
                | ResourceKind::Replication(_) => continue,
            };
            if let Some((address, home)) = homes.find(|(_, home)| home.name == *name) {
                let (name, settings) = (name.clone(), resource.kind.settings().cloned().unwrap_or_default());
                resource.add_need(address.clone());
                resource.kind = ResourceKind::Replica(Replica {
                    name,
                    home: home.region,
                    region,
                    deletion_protection,
                    settings,
                });
            }
        }
        undeclared
    }
}

#[cfg(test)]
mod tests;
