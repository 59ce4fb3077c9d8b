//! The plan that deletes everything that is declared and ours. Not here: asking for consent (`cli`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use polyregion_model::{Address, Kind, Resource, ResourceKind, Topology};

use super::batch::{RecordAction, RecordChange, pack};
use super::change::{Action, Change, Conflict, Deferred, Reason, holds_data, plane_down};
use super::deploy::table_of;
use super::ratchet::{Released, emptied, is_mass_deletion, mass_deletion};
use super::records::depths;
use super::removal::{as_it_stands, is_beside, is_strong};
use super::{Goal, Input, Operation, Plan, Step, StepId};
use crate::attribute::{Field, Value};
use crate::diff::{FieldChange, diff};
use crate::observed::{Doubt, Observation, Observed, Owner, Stranger, World};
use crate::record;
use crate::state::State;

/// Promotion of a detached secondary typically takes minutes.
const DETACH_ESTIMATE: Duration = Duration::from_secs(180);

/// Plans the deletion of what is declared or recorded (`input.topology` holds both), each thing after all that needs it.
/// What is somebody else's stays, and so does what others still need. What holds data is only disarmed, unless an earlier
/// run did that or there is consent for it.
pub fn destroy(input: &Input<'_>) -> Plan {
    let Input { topology, removed: _, world, state, emptied: emptied_zones, consents } = input;
    let mut plan = Plan::new(input, Goal::Destroy);
    let attached = attached(topology, world, &mut plan);
    let mut guarded = guarded_zones(input, &mut plan);
    for zone in topology.resources().iter().filter(|zone| emptied_zones.contains_key(&zone.address)) {
        plan.conflicts.push(emptied(emptied_zones, zone, topology.position(zone)));
        guarded.insert(zone.address.clone());
    }
    let everything: Vec<&Resource> = topology.resources().iter().collect();

    // What exists, and could go if nothing needed it. Of the rest the plan says why it stays.
    let mut found: BTreeMap<&Address, &Observed> = BTreeMap::new();
    let mut there: Vec<&Resource> = Vec::new();
    for resource in &everything {
        let observed = match world.get(&resource.address) {
            Observation::Absent => continue,
            Observation::Unknown(doubt) => {
                there.push(resource);
                let Doubt { why, region } = doubt;
                plan.deferred.push(Deferred::new(&resource.address, why.clone(), *region, state));
                continue;
            }
            Observation::Present(observed) => &**observed,
        };
        if resource.kind.is_existing_zone() {
            continue;
        }
        if let Some(conflict) = foreign(topology, resource, observed, state) {
            // It does not hold up what it would need: that of ours is not what it uses.
            plan.conflicts.push(conflict);
            continue;
        }
        there.push(resource);
        let is_attached = attached.contains(&resource.address.item());
        let is_guarded = guarded.contains(&resource.address)
            || resource.kind.as_record_set().is_some_and(|set| guarded.contains(&set.zone));
        if is_attached || is_guarded {
            continue;
        }
        if let Some(conflict) = doubtful_record(topology, resource, observed, world, state) {
            plan.conflicts.push(conflict);
        } else if let Some((region, why)) = plane_down(resource, topology, world) {
            plan.deferred.push(Deferred::new(&resource.address, why, Some(region), state));
        } else {
            found.insert(&resource.address, observed);
        }
    }

    // One whose protection somebody put on again is not given up any more.
    let is_disarmed = |address: &Address, observed: &Observed| {
        !observed.is_protected() && state.resources.get(address).is_some_and(|recorded| recorded.disarmed)
    };
    let is_given_up = |resource: &Resource| {
        let address = &resource.address;
        found.get(address).is_some_and(|observed| {
            !holds_data(&resource.kind) || consents.contains(address) || is_disarmed(address, observed)
        })
    };
    // Replicas of a strongly consistent table go together (DDB-104).
    let may_go = |resource: &Resource| {
        let is_alone = !found.get(&resource.address).is_some_and(|observed| is_strong(observed));
        let mut beside = there.iter().filter(|other| is_beside(resource, other));
        is_given_up(resource) && (is_alone || beside.all(|other| is_given_up(other)))
    };
    let released = Released::of(&there, may_go, |_| false);

    let mut deleting: Vec<(Resource, &Observed, usize)> = Vec::new();
    let mut disarming: Vec<(&Resource, bool, usize)> = Vec::new();
    for resource in everything.iter().rev() {
        let Some(observed) = found.remove(&resource.address) else { continue };
        if released.going.contains(&resource.address) {
            let index = plan.changes.len();
            let change = Change::of(topology, resource, Action::Delete, Reason::Destroyed, Vec::new());
            plan.changes.push(change);
            deleting.push((as_it_stands(resource, observed), observed, index));
        } else if holds_data(&resource.kind) && !is_disarmed(&resource.address, observed) {
            let protected = observed.is_protected();
            let fields = Vec::from_iter(protected.then_some(FieldChange {
                field: Field::DeletionProtection,
                old: Some(Value::Flag(true)),
                new: Some(Value::Flag(false)),
            }));
            let index = plan.changes.len();
            plan.changes.push(Change::of(topology, resource, Action::Update, Reason::Disarmed, fields));
            disarming.push((resource, protected, index));
        } else if let Some(by) = released.kept_by.get(&resource.address)
            && plan.changes.iter().all(|change| change.reason != Reason::Disarmed)
        {
            let why = format!("{by} stays and needs it");
            plan.deferred.push(Deferred::new(&resource.address, why, None, state));
        }
    }
    let step_of = steps(&everything, &mut plan, deleting, BTreeMap::new());
    disarm(&mut plan, &step_of, disarming);
    plan
}

/// What is somebody else's stays. A replica of ours that stands alone is ours as long as it is recorded.
fn foreign(topology: &Topology, resource: &Resource, observed: &Observed, state: &State) -> Option<Conflict> {
    let Owner::Foreign(whose) = &observed.owner else { return None };
    let is_recorded = state.resources.contains_key(&resource.address);
    if is_recorded && *whose == (Stranger::NoReplica { once_ours: true }) {
        return None;
    }
    Some(Conflict {
        address: resource.address.clone(),
        position: topology.position(resource),
        what: format!("the {} {} {whose}, so it stays", resource.kind.noun(), observed.physical_id),
        help: "delete it yourself if nobody needs it".to_owned(),
    })
}

/// Steps that take protection off, after those that send users elsewhere.
fn disarm(plan: &mut Plan, step_of: &BTreeMap<Address, StepId>, disarming: Vec<(&Resource, bool, usize)>) {
    let records: BTreeSet<StepId> =
        step_of.iter().filter(|(address, _)| address.kind == Kind::Record).map(|(_, step)| *step).collect();
    let mut last_of_table: BTreeMap<String, StepId> = BTreeMap::new();
    for (resource, protected, index) in disarming {
        let id = StepId(plan.steps.len());
        let operation = Operation::Disarm { resource: resource.clone(), protected };
        let previous = table_of(&operation).and_then(|table| last_of_table.insert(table.to_owned(), id));
        plan.steps.push(Step {
            id,
            changes: vec![index],
            operation,
            needs: BTreeSet::new(),
            after: records.iter().copied().chain(previous).collect(),
            estimate: plan.changes.get(index).map(|change| change.estimate).unwrap_or_default(),
        });
    }
}

/// The zones of which too many records would be deleted without consent.
fn guarded_zones(input: &Input<'_>, plan: &mut Plan) -> BTreeSet<Address> {
    let mut guarded = BTreeSet::new();
    for zone in input.topology.resources().iter().filter(|resource| resource.kind.as_zone().is_some()) {
        let exists = |resource: &&Resource| {
            let in_it = resource.kind.as_record_set().is_some_and(|set| set.zone == zone.address);
            in_it && input.world.physical_id(&resource.address).is_some()
        };
        let deleted = input.topology.resources().iter().filter(exists).count();
        let size = input.world.zone_sizes.get(&zone.address).copied().unwrap_or_default();
        if is_mass_deletion(deleted, size) && !input.consents.contains(&zone.address) {
            plan.conflicts.push(mass_deletion(zone, deleted, size, input.topology.position(zone)));
            guarded.insert(zone.address.clone());
        }
    }
    guarded
}

/// A record in a zone that is somebody else's is deleted only if it is recorded as ours and still exactly what was made.
fn doubtful_record(
    topology: &Topology,
    resource: &Resource,
    observed: &Observed,
    world: &World,
    state: &State,
) -> Option<Conflict> {
    let ResourceKind::RecordSet(set) = &resource.kind else { return None };
    let same = record::resolve(set, world)
        .is_ok_and(|value| diff(&record::attributes(&value), &observed.attributes).is_empty());
    let recorded =
        state.resources.contains_key(&resource.address) || state.intents.contains_key(&resource.address);
    let why = match (same, recorded) {
        (true, true) => return None,
        (false, _) => "differs from the declared one",
        (true, false) => "is not recorded as made by polyregion",
    };
    topology.is_in_existing_zone(resource).then(|| Conflict {
        address: resource.address.clone(),
        position: topology.position(resource),
        what: format!("the record {} in the existing zone {why}", observed.physical_id),
        help: "delete it yourself if nobody needs it".to_owned(),
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
        items.insert(resource.address.item());
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
fn dependents<'a>(everything: &[&'a Resource], resource: &'a Resource) -> impl Iterator<Item = &'a Resource> {
    everything.iter().copied().filter(|other| other.needs.contains(&resource.address))
}

/// One step per resource and per batch of records; each waits for the steps of what needs its resource. Takes and returns
/// the steps of resources.
pub(super) fn steps(
    everything: &[&Resource],
    plan: &mut Plan,
    deleting: Vec<(Resource, &Observed, usize)>,
    mut step_of: BTreeMap<Address, StepId>,
) -> BTreeMap<Address, StepId> {
    let mut by_zone: BTreeMap<Address, Vec<Vec<RecordChange>>> = BTreeMap::new();
    let mut index_of: BTreeMap<RecordChange, usize> = BTreeMap::new();
    let depths = depths(everything.iter().copied());
    for (resource, observed, index) in &deleting {
        if let (ResourceKind::RecordSet(set), Some(record)) = (&resource.kind, &observed.record) {
            let address = resource.address.clone();
            let depth = depths.get(&address).copied().unwrap_or_default();
            let line = RecordChange { action: RecordAction::Delete, depth, address, record: record.clone() };
            index_of.insert(line.clone(), *index);
            by_zone.entry(set.zone.clone()).or_default().push(vec![line]);
        }
    }
    for (zone, mut groups) in by_zone {
        // Aliases before what they are of.
        groups.sort_by_key(|group| Reverse(group.iter().map(|line| line.depth).max()));
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
        let protected = observed.is_protected();
        let operation = Operation::Delete {
            resource: resource.clone(),
            physical_id: observed.physical_id.clone(),
            protected,
        };
        let mut needs: BTreeSet<StepId> = dependents(everything, &resource)
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
    step_of
}

/// Detaches the members that are not the writer, before any instance is deleted: AWS refuses to delete the last instance
/// of an attached secondary, and that of a primary with secondaries. Which member is the writer is observed. Returns the
/// steps by the label of the cluster.
fn detach(plan: &mut Plan, deleting: &[(Resource, &Observed, usize)]) -> BTreeMap<String, Vec<StepId>> {
    let mut steps: BTreeMap<String, Vec<StepId>> = BTreeMap::new();
    for (resource, observed, index) in deleting {
        if resource.kind.as_cluster().is_none() || !observed.is_member() || observed.is_writer() {
            continue;
        }
        let id = StepId(plan.steps.len());
        plan.steps.push(Step {
            id,
            changes: vec![*index],
            operation: Operation::Detach(resource.clone()),
            needs: BTreeSet::new(),
            after: BTreeSet::new(),
            estimate: DETACH_ESTIMATE,
        });
        steps.entry(resource.address.label.clone()).or_default().push(id);
    }
    steps
}
