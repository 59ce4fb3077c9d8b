//! What handles hold is what the resources are, though the macro makes no resources.

use polyregion_model::attribute::{Field, Value};
use polyregion_model::handles::{Handle, handles};
use polyregion_model::{ClusterRole, Kind, ResourceKind, Topology};

use super::resolved;
use crate::expand::check;

/// What the resources of an item say: a line for each name with its region, and what comes first.
fn of_resources(topology: &Topology, kind: Kind, label: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in topology.resources() {
        if resource.address.item() != (kind, label) {
            continue;
        }
        let region = resource.address.region.as_deref().unwrap_or_default();
        match &resource.kind {
            ResourceKind::RecordSet(record) => lines.push(format!("name {}", record.name)),
            ResourceKind::Table(table) => lines.push(format!("first {region} {}", table.name)),
            ResourceKind::Replica(replica) => lines.push(format!("in {region} {}", replica.name)),
            ResourceKind::GlobalCluster(cluster) => lines.push(format!("global {}", cluster.identifier)),
            ResourceKind::Cluster(cluster) => {
                let declared = cluster.settings.get(&Field::Port).and_then(Value::as_number);
                lines.push(format!("port {}", declared.unwrap_or(u64::from(cluster.engine.port()))));
                let is_first = matches!(cluster.role, ClusterRole::Primary { .. });
                lines.push(format!(
                    "{} {region} {}",
                    if is_first { "first" } else { "in" },
                    cluster.identifier
                ));
            }
            ResourceKind::Bucket(bucket) => lines.push(format!("in {region} {}", bucket.name)),
            ResourceKind::Zone(_)
            | ResourceKind::HealthCheck(_)
            | ResourceKind::Instance(_)
            | ResourceKind::ReplicationRole(_)
            | ResourceKind::Replication(_) => {}
        }
    }
    lines.sort();
    lines.dedup();
    lines
}

/// The same of a handle.
fn of_handle(handle: &Handle) -> Vec<String> {
    let in_order = |pairs: &[(String, String)]| -> Vec<String> {
        let place = |(index, (region, name)): (usize, &(String, String))| {
            format!("{} {region} {name}", if index == 0 { "first" } else { "in" })
        };
        pairs.iter().enumerate().map(place).collect()
    };
    let mut lines = match handle {
        Handle::Record(name) => vec![format!("name {name}")],
        Handle::Table(name, regions) => {
            let pairs: Vec<_> = regions.iter().map(|region| (region.clone(), name.clone())).collect();
            in_order(&pairs)
        }
        Handle::Cluster { global, port, members } => {
            let mut lines = in_order(members);
            lines.extend([format!("global {global}"), format!("port {port}")]);
            lines
        }
        Handle::Bucket(buckets) => {
            buckets.iter().map(|(region, name)| format!("in {region} {name}")).collect()
        }
    };
    lines.sort();
    lines
}

#[test]
fn handles_hold_what_the_resources_are() {
    let fixtures = [
        super::STOREFRONT,
        include_str!("../../fixtures/valid/every_item.topology"),
        include_str!("../../fixtures/valid/trees.topology"),
        include_str!("../../fixtures/valid/whole_language.topology"),
    ];
    let mut compared = 0;
    for fixture in fixtures {
        let spec = check(fixture.parse().unwrap()).spec.unwrap();
        let topology = resolved(check(fixture.parse().unwrap())).unwrap();
        for (kind, label, handle) in handles(&spec) {
            let made = of_resources(&topology, kind, label);
            // What the engine can't deploy has a handle and no resource yet.
            if !made.is_empty() {
                assert_eq!(of_handle(&handle), made, "{kind} {label}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 20, "{compared}");
}

/// Whoever mends an error reads what is documented.
#[test]
fn documentation_stays_while_there_are_errors() {
    let documented =
        super::STOREFRONT.replacen("table ", "/// What is in nobody's hands yet.\n    table ", 1);
    let wrong = documented.replacen("us_east_1", "us_nowhere_1", 1);
    let expanded = crate::expand::expand(wrong.parse().unwrap()).to_string();
    assert!(expanded.contains("us_nowhere_1") && expanded.contains("in nobody's hands"), "{expanded}");
}
