//! The plan that deletes everything that is declared and ours. Not here: asking for consent (`cli`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use polyregion_model::{Address, Kind, Resource, ResourceKind, Topology};

use super::batch::{RecordAction, RecordChange, pack};
use super::change::{Action, Change, Conflict, Deferred, Reason};
use super::deploy::table_of;
use super::{Goal, Operation, Plan, Step, StepId};
use crate::attribute::{Field, Value};
use crate::diff::diff;
use crate::observed::{Observation, Observed, Owner, World};
use crate::record;

/// Promotion of a detached secondary typically takes minutes.
const DETACH_ESTIMATE: Duration = Duration::from_secs(180);

/// Plans the deletion of what is declared, each thing after all that needs it. What is somebody else's stays, and so does
/// what others still need.
pub fn destroy(topology: &Topology, world: &World) -> Plan {
    let mut plan = Plan::new(topology, Goal::Destroy, world);
    let mut deleting: Vec<(&Resource, Observed, usize)> = Vec::new();
    // What stays, so that what it needs stays too.
    let mut stays: BTreeSet<Address> = BTreeSet::new();
    let attached = attached(topology, world, &mut plan);
    for resource in topology.resources().iter().rev() {
        if attached.contains(&(resource.address.kind, resource.address.label.as_str())) {
            stays.insert(resource.address.clone());
            continue;
        }
        let needed_by = dependents(topology, resource).find(|dependent| stays.contains(&dependent.address));
        let observed = match world.get(&resource.address) {
            Observation::Absent => continue,
            Observation::Unknown(why) => {
                stays.insert(resource.address.clone());
                plan.deferred.push(Deferred { address: resource.address.clone(), why });
                continue;
            }
            Observation::Present(observed) => *observed,
        };
        if let ResourceKind::Zone(zone) = &resource.kind
            && zone.existing
        {
            continue;
        }
        if let Owner::Foreign(whose) = &observed.owner {
            // It does not hold up what it would need: that of ours is not what it uses.
            plan.conflicts.push(Conflict {
                address: resource.address.clone(),
                position: topology.position(resource),
                what: format!("the {} {} {whose}, so it stays", resource.kind.noun(), observed.physical_id),
                help: "delete it yourself if nobody needs it".to_owned(),
            });
            continue;
        }
        if let Some(conflict) = doubtful_record(topology, resource, &observed, world) {
            stays.insert(resource.address.clone());
            plan.conflicts.push(conflict);
            continue;
        }
        if let Some(dependent) = needed_by {
            let why = format!("{} stays and needs it", dependent.address);
            stays.insert(resource.address.clone());
            plan.deferred.push(Deferred { address: resource.address.clone(), why });
            continue;
        }
        let index = plan.changes.len();
        plan.changes.push(Change::of(topology, resource, Action::Delete, Reason::Destroyed, Vec::new()));
        deleting.push((resource, observed, index));
    }
    steps(topology, &mut plan, deleting);
    plan
}

/// A record in a zone that is somebody else's is deleted only if it is exactly what the topology declares: nothing else
/// tells that it is ours.
fn doubtful_record(
    topology: &Topology,
    resource: &Resource,
    observed: &Observed,
    world: &World,
) -> Option<Conflict> {
    let ResourceKind::RecordSet(set) = &resource.kind else { return None };
    let zone = topology.resource(&set.zone)?;
    let existing = matches!(&zone.kind, ResourceKind::Zone(zone) if zone.existing);
    let same = record::resolve(set, world)
        .is_ok_and(|value| diff(&record::attributes(&value), &observed.attributes).is_empty());
    (existing && !same).then(|| Conflict {
        address: resource.address.clone(),
        position: topology.position(resource),
        what: format!(
            "the record {} in the existing zone differs from the declared one",
            observed.physical_id
        ),
        help: "deploy first if it is yours, or delete it yourself".to_owned(),
    })
}

/// The zones, tables, clusters and mirrors that something undeclared is in: a record, a replica, a member, an instance or a
/// rule. AWS refuses to delete their last parts before it is gone, and it may hold data, so the whole item stays.
fn attached<'a>(topology: &'a Topology, world: &World, plan: &mut Plan) -> BTreeSet<(Kind, &'a str)> {
    let mut items = BTreeSet::new();
    for unmanaged in &world.unmanaged {
        let Some(resource) = topology.resource(&unmanaged.address) else { continue };
        let holds_others = matches!(
            resource.kind,
            ResourceKind::Zone(_)
                | ResourceKind::Table(_)
                | ResourceKind::GlobalCluster(_)
                | ResourceKind::Cluster(_)
                | ResourceKind::Replication(_)
        );
        if !holds_others {
            continue;
        }
        items.insert((resource.address.kind, resource.address.label.as_str()));
        plan.conflicts.push(Conflict {
            address: resource.address.clone(),
            position: topology.position(resource),
            what: format!(
                "{} is not declared, so nothing of this {} is deleted",
                unmanaged.what, resource.address.kind
            ),
            help: "declare it again to destroy it too, or take it away yourself".to_owned(),
        });
    }
    items
}

/// The resources that need this one.
fn dependents<'a>(topology: &'a Topology, resource: &'a Resource) -> impl Iterator<Item = &'a Resource> {
    topology.resources().iter().filter(|other| other.needs.contains(&resource.address))
}

/// One step per resource and per batch of records; each waits for the steps of what needs its resource.
fn steps(topology: &Topology, plan: &mut Plan, deleting: Vec<(&Resource, Observed, usize)>) {
    let mut step_of: BTreeMap<Address, StepId> = BTreeMap::new();
    let mut by_zone: BTreeMap<Address, Vec<Vec<RecordChange>>> = BTreeMap::new();
    let mut index_of: BTreeMap<RecordChange, usize> = BTreeMap::new();
    for (resource, observed, index) in &deleting {
        if let (ResourceKind::RecordSet(set), Some(record)) = (&resource.kind, &observed.record) {
            let address = resource.address.clone();
            let line = RecordChange { action: RecordAction::Delete, address, record: record.clone() };
            index_of.insert(line.clone(), *index);
            by_zone.entry(set.zone.clone()).or_default().push(vec![line]);
        }
    }
    for (zone, groups) in by_zone {
        plan.push_batches(pack(&zone, vec![groups]), &index_of, |_| BTreeSet::new());
    }
    for step in &plan.steps {
        let changed = step.changes.iter().filter_map(|index| plan.changes.get(*index));
        step_of.extend(changed.map(|change| (change.address.clone(), step.id)));
    }
    let detached = detach(plan, &deleting);
    let mut last_of_table: BTreeMap<String, StepId> = BTreeMap::new();
    for (resource, observed, index) in deleting {
        if matches!(resource.kind, ResourceKind::RecordSet(_)) {
            continue;
        }
        let id = StepId(plan.steps.len());
        let protected = observed.attributes.get(&Field::DeletionProtection) == Some(&Value::Flag(true));
        let operation =
            Operation::Delete { resource: resource.clone(), physical_id: observed.physical_id, protected };
        let mut needs: BTreeSet<StepId> = dependents(topology, resource)
            .filter_map(|dependent| step_of.get(&dependent.address).copied())
            .collect();
        if matches!(resource.kind, ResourceKind::Instance(_) | ResourceKind::Cluster(_)) {
            needs.extend(detached.get(&resource.address.label).into_iter().flatten());
        }
        let after = table_of(&operation).and_then(|table| last_of_table.insert(table.to_owned(), id));
        let estimate = plan.changes.get(index).map(|change| change.estimate).unwrap_or_default();
        plan.steps.push(Step {
            id,
            changes: vec![index],
            operation,
            needs,
            after: after.into_iter().collect(),
            estimate,
        });
        step_of.insert(resource.address.clone(), id);
    }
}

/// Detaches the members that are not the writer, before any instance is deleted: AWS refuses to delete the last instance
/// of an attached secondary, and that of a primary with secondaries. Which member is the writer is observed. Returns the
/// steps by the label of the cluster.
fn detach(plan: &mut Plan, deleting: &[(&Resource, Observed, usize)]) -> BTreeMap<String, Vec<StepId>> {
    let mut steps: BTreeMap<String, Vec<StepId>> = BTreeMap::new();
    for (resource, observed, index) in deleting {
        let is_member = observed.attributes.contains_key(&Field::GlobalCluster);
        let is_writer = observed.attributes.get(&Field::IsWriter) == Some(&Value::Flag(true));
        if !matches!(resource.kind, ResourceKind::Cluster(_)) || !is_member || is_writer {
            continue;
        }
        let id = StepId(plan.steps.len());
        plan.steps.push(Step {
            id,
            changes: vec![*index],
            operation: Operation::Detach((*resource).clone()),
            needs: BTreeSet::new(),
            after: BTreeSet::new(),
            estimate: DETACH_ESTIMATE,
        });
        steps.entry(resource.address.label.clone()).or_default().push(id);
    }
    steps
}
