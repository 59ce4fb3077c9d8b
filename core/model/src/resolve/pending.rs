//! What is declared and can't be deployed by the engine of this version. Not here: refusing it (a plan does).

use crate::address::Address;
use crate::node::NodeId;
use crate::spec::*;

/// What is pending, with the address of its item: keys that are never deployed, and values of those that are.
pub(super) fn of(spec: &Spec) -> Vec<(String, Pending)> {
    let whole = spec.pending.iter().map(|pending| ("the topology's".to_owned(), pending.clone()));
    let items = spec.items.iter().flat_map(|item| {
        let address = Address::global(item.kind(), item.label().as_str()).to_string();
        let values = match item {
            Item::CidrCollection(collection) => vec![pending(collection.label.id, "itself")],
            Item::Table(table) => of_table(table),
            Item::Cluster(cluster) => of_cluster(cluster),
            Item::Zone(_) | Item::HealthCheck(_) | Item::Service(_) | Item::Record(_) | Item::Bucket(_) => {
                Vec::new()
            }
        };
        item.pending().iter().cloned().chain(values).map(move |pending| (address.clone(), pending))
    });
    whole.chain(items).collect()
}

fn pending(id: NodeId, what: impl Into<String>) -> Pending {
    Pending { id, what: what.into() }
}

/// What is provisioned needs Application Auto Scaling.
fn of_table(table: &TableSpec) -> Vec<Pending> {
    let mut found = Vec::new();
    if let Some(CapacitySpec::Provisioned(keys)) = &table.capacity {
        found.push(pending(keys.id, "capacity: provisioned"));
    }
    for other in all(&table.overrides) {
        let ReplicaKeys {
            id: _,
            reads,
            index_reads,
            tags: _,
            max_reads: _,
            class: _,
            point_in_time_recovery: _,
            deletion_protection: _,
            contributor_insights: _,
        } = &other.keys;
        found.extend(reads.as_ref().map(|reads| pending(reads.id(), "reads of a replica")));
        let indexes = all(index_reads).iter();
        found.extend(indexes.map(|(name, _)| pending(name.id, format!("reads of index `{}`", name.value))));
    }
    found
}

/// AWS adds zones to those that are asked for (RDS API, `AvailabilityZones`), so that what is there can't be compared.
fn of_cluster(cluster: &ClusterSpec) -> Vec<Pending> {
    let zones = all(&cluster.overrides).iter().filter_map(|other| other.keys.availability_zones.as_ref());
    zones.take(1).map(|_| pending(cluster.label.id, "availability_zones of a member")).collect()
}
