//! Changes, and what takes their place when nothing may be changed. Not here: how they are found.

use std::time::Duration;

use polyregion_model::{Address, Region, Resource, ResourceKind, Topology};
use serde::{Serialize, Serializer};

use crate::attribute::Field;
use crate::diff::FieldChange;
use crate::observed::World;
use crate::state::State;

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Made.
    Create,
    /// Marked as ours, and changed in place where it differs.
    Adopt,
    /// Changed in place.
    Update,
    /// Waited for: an earlier run, or somebody else, changed it and AWS is still at work.
    Await,
    /// Taken out of the group that it replicates with; its data stays.
    Detach,
    /// Deleted.
    Delete,
}

impl Action {
    /// The mark in front of a change.
    pub fn symbol(self) -> char {
        match self {
            Action::Create => '+',
            Action::Adopt => '<',
            Action::Update => '~',
            Action::Await => '.',
            Action::Detach => '/',
            Action::Delete => '-',
        }
    }
}

/// Why a change is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is declared and doesn't exist.
    Missing,
    /// It exists and differs.
    Differs,
    /// It exists and belongs to nobody.
    Unowned,
    /// It is in transition (AWS's word for the state).
    InTransition(String),
    /// Everything is being destroyed.
    Destroyed,
    /// It stands in the way of a declared record: another routing policy or type under the same name.
    InTheWay,
    /// It was made before and is gone.
    Vanished,
    /// A run that made it was cut off before it was known to be whole.
    InDoubt,
    /// It is declared no longer.
    Undeclared,
    /// It holds data, so that destroying it takes two runs: this one only lets go of its protection.
    Disarmed,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::Missing => f.write_str("does not exist"),
            Reason::Differs => f.write_str("differs"),
            Reason::Unowned => f.write_str("exists, belongs to nobody, and is declared with `adopt: true`"),
            Reason::InTransition(status) => write!(f, "is {status}"),
            Reason::Destroyed => f.write_str("is destroyed with the topology"),
            Reason::InTheWay => f.write_str("stands in the way of a declared record of this name"),
            Reason::Vanished => f.write_str("was there and is gone: somebody deleted it"),
            Reason::InDoubt => {
                f.write_str("was to be made by a run that did not finish, and may lack its tags")
            }
            Reason::Undeclared => f.write_str("is declared no longer"),
            Reason::Disarmed => {
                f.write_str("holds data: the next destroy deletes it, or this one with --consent")
            }
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a change may lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataLoss {
    /// Nothing.
    None,
    /// Names stop to resolve, or requests fail, while it is gone.
    Service,
    /// Data that has no other copy in the topology.
    Data,
}

/// A change of one resource.
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource.
    pub address: Address,
    /// What it is.
    pub noun: &'static str,
    /// `file:line` of the item that asks for it.
    pub position: Option<String>,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What differs.
    pub fields: Vec<FieldChange>,
    /// The region of the resource, where it has one.
    pub region: Option<Region>,
    /// The region whose control plane must be up for the change.
    pub control_plane: Region,
    /// What it may lose.
    pub data_loss: DataLoss,
    /// How long it typically takes.
    pub estimate: Duration,
}

impl Change {
    /// A change of a resource; all but what is done, why and what differs follows from the resource.
    pub(super) fn of(
        topology: &Topology,
        resource: &Resource,
        action: Action,
        reason: Reason,
        fields: Vec<FieldChange>,
    ) -> Self {
        let is_about = |field: Field| fields.iter().any(|change| change.field == field);
        let data_loss = match action {
            Action::Delete => loss_of_delete(&resource.kind),
            // Its instances are rebooted.
            Action::Update | Action::Adopt
                if resource.kind.as_cluster().is_some() && is_about(Field::Port) =>
            {
                DataLoss::Service
            }
            // It is restarted.
            Action::Update | Action::Adopt
                if is_about(Field::InstanceClass) || is_about(Field::EngineVersion) =>
            {
                DataLoss::Service
            }
            Action::Create | Action::Adopt | Action::Update | Action::Await | Action::Detach => {
                DataLoss::None
            }
        };
        let is_upgrade = is_about(Field::EngineVersion) && action != Action::Create;
        let estimate = if is_upgrade { UPGRADE } else { estimate(&resource.kind, action) };
        Self {
            address: resource.address.clone(),
            noun: resource.kind.noun(),
            position: topology.position(resource),
            action,
            reason,
            fields,
            region: resource.kind.region(),
            control_plane: control_plane(resource, topology.partition().control_region()),
            data_loss,
            estimate,
        }
    }
}

/// A change that can't be decided or made now, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deferred {
    /// The resource.
    #[serde(serialize_with = "display")]
    pub address: Address,
    /// Why.
    pub why: String,
    /// The region that is waited for, if it is a matter of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Since when it is owed, in seconds since the Unix epoch, if an earlier run deferred it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

impl Deferred {
    pub(super) fn new(address: &Address, why: String, region: Option<Region>, state: &State) -> Self {
        let since = state.debts.get(address).map(|debt| debt.since);
        Self { address: address.clone(), why, region, since }
    }
}

/// Something that holds data and stays as it is until somebody consents to more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Kept {
    /// The resource, which is what `--consent` takes.
    #[serde(serialize_with = "display")]
    pub address: Address,
    /// What it is.
    pub noun: &'static str,
    /// How it stands.
    pub why: String,
    /// What happens to it with consent.
    pub with_consent: &'static str,
}

/// Something that must not be done for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The resource.
    #[serde(serialize_with = "display")]
    pub address: Address,
    /// `file:line` of the item that asks for it.
    pub position: Option<String>,
    /// What is in the way.
    pub what: String,
    /// How to fix it.
    pub help: String,
}

/// Something worth saying that changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// What it is about.
    #[serde(serialize_with = "display")]
    pub address: Address,
    /// What there is to say.
    pub text: String,
}

pub(crate) fn display<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}

/// The region whose control plane a change of this resource needs. In each partition, changes of zones, records, health
/// checks and roles go through one region, and so does the configuration of buckets (AWS Fault Isolation Boundaries,
/// global services; the latter is documented for the partition `aws`).
fn control_plane(resource: &Resource, control_region: Region) -> Region {
    match &resource.kind {
        ResourceKind::Zone(_)
        | ResourceKind::HealthCheck(_)
        | ResourceKind::RecordSet(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Bucket(_)
        | ResourceKind::Replication(_) => control_region,
        ResourceKind::Table(_)
        | ResourceKind::Replica(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::Cluster(_)
        | ResourceKind::Instance(_) => resource.kind.region().unwrap_or(control_region),
    }
}

/// Why a change of a resource can't be made now: its region, or the region that its changes go through, is down.
pub(super) fn plane_down(
    resource: &Resource,
    topology: &Topology,
    world: &World,
) -> Option<(Region, String)> {
    let down = &world.down;
    if let Some((region, why)) = resource.kind.region().and_then(|region| down.get_key_value(&region)) {
        return Some((*region, format!("its region {region} {why}")));
    }
    let plane = control_plane(resource, topology.partition().control_region());
    let why = down.get(&plane)?;
    Some((plane, format!("it needs the control plane in {plane}, which {why}")))
}

/// Whether a resource holds data that is gone with it. A zone does: one that is made again has other name servers.
pub(super) fn holds_data(kind: &ResourceKind) -> bool {
    loss_of_delete(kind) == DataLoss::Data || kind.as_zone().is_some()
}

/// What deleting this resource loses.
fn loss_of_delete(kind: &ResourceKind) -> DataLoss {
    match kind {
        ResourceKind::Table(_)
        | ResourceKind::Replica(_)
        | ResourceKind::Cluster(_)
        | ResourceKind::Bucket(_) => DataLoss::Data,
        ResourceKind::Zone(_) | ResourceKind::RecordSet(_) | ResourceKind::Instance(_) => DataLoss::Service,
        ResourceKind::HealthCheck(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Replication(_) => DataLoss::None,
    }
}

/// An upgrade of all members of a small database, one after another; not documented in numbers.
const UPGRADE: Duration = Duration::from_secs(20 * 60);

/// Typical times, for showing the critical path and for starting long chains first; never a promise. Sources: public
/// acceptance tests and issue threads of other tools (Aurora instances 5 to 10 min, deletion of one about 12 min,
/// replicas 1.5 to 4 min each, tables 20 to 30 s); Route 53's documented "generally within 60 seconds".
fn estimate(kind: &ResourceKind, action: Action) -> Duration {
    let seconds = match (kind, action) {
        (ResourceKind::RecordSet(_), Action::Create | Action::Update | Action::Delete) => 60,
        (ResourceKind::Table(_), Action::Create) => 30,
        (ResourceKind::Replica(_), Action::Create) => 150,
        (ResourceKind::Replica(_), Action::Delete) => 90,
        (ResourceKind::Table(_), Action::Delete) => 30,
        (ResourceKind::Cluster(_), Action::Create) => 120,
        (ResourceKind::Instance(_), Action::Create) => 480,
        (ResourceKind::Instance(_), Action::Delete) => 600,
        (ResourceKind::Cluster(_), Action::Delete) => 90,
        (
            ResourceKind::Cluster(_) | ResourceKind::Instance(_),
            Action::Adopt | Action::Update | Action::Await,
        ) => 300,
        (ResourceKind::ReplicationRole(_), Action::Create) => 15,
        (_, Action::Adopt | Action::Await) => 60,
        // Promotion of a detached member typically takes minutes, as does ending a replication of items.
        (_, Action::Detach) => 180,
        (
            ResourceKind::Zone(_)
            | ResourceKind::HealthCheck(_)
            | ResourceKind::Table(_)
            | ResourceKind::Replica(_)
            | ResourceKind::GlobalCluster(_)
            | ResourceKind::Bucket(_)
            | ResourceKind::ReplicationRole(_)
            | ResourceKind::Replication(_),
            Action::Create | Action::Update | Action::Delete,
        ) => 2,
    };
    Duration::from_secs(seconds)
}
