//! Bringing the recorded state up to date before planning: with the journal of a run that died, and with what was observed.
//! Not here: recording what this run does (`record`).

use std::collections::BTreeMap;

use polyregion_model::{Address, RecordType, Resource, Topology};

use crate::attribute::Attributes;
use crate::diff::diff;
use crate::journal::Entry;
use crate::observed::{Observation, Observed, Owner, Stranger, World};
use crate::plan::{Goal, physical_name};
use crate::record;
use crate::state::{Recorded, State};

/// Takes over what a run that died had written down, if it is the run that still holds the lock: of any other, the outcome is
/// in the state.
pub(super) fn replay(state: &mut State, left: &[Entry]) {
    let Some(lock) = &state.lock else { return };
    let is_its = left.iter().any(|entry| {
        matches!(entry, Entry::Begin { lineage, run, .. } if *lineage == state.lineage && *run == lock.run)
    });
    if !is_its {
        return;
    }
    for entry in left {
        let Entry::Done { address, physical_id } = entry else { continue };
        match physical_id {
            Some(physical_id) => {
                let Some(resource) = state.intents.get(address).cloned() else { continue };
                let made = Recorded::new(physical_id.clone(), resource.clone());
                // What was changed is as it was declared then.
                state.resources.entry(address.clone()).or_insert(made).resource = resource;
            }
            None => {
                state.resources.remove(address);
            }
        }
    }
}

/// Sets recorded records aside whose address is declared as another record now: they are deleted, and the address is free.
pub(super) fn set_aside(state: &mut State, topology: &Topology) {
    let identity = |resource: &Resource| record_identity(resource, |zone| Some((zone.to_string(), false)));
    let differs = |address: &Address, was: &Resource| {
        let (was, is) = (identity(was), topology.resource(address).and_then(identity));
        was.is_some() && is.is_some() && was != is
    };
    let free = |state: &State, address: &Address| {
        let mut names = (1..).map(|number| address.clone().with_part(format!("former-{number}")));
        names.find(|aside| !state.resources.contains_key(aside) && !state.intents.contains_key(aside))
    };
    let recorded = state.resources.iter().filter(|(address, recorded)| differs(address, &recorded.resource));
    let recorded: Vec<Address> = recorded.map(|(address, _)| address.clone()).collect();
    for address in recorded {
        let Some(aside) = free(state, &address) else { continue };
        let Some(mut recorded) = state.resources.remove(&address) else { continue };
        recorded.resource.address = aside.clone();
        state.resources.insert(aside, recorded);
    }
    // What a run that died set out to make may be there, too.
    let intended = state.intents.iter().filter(|(address, intended)| differs(address, intended));
    let intended: Vec<Address> = intended.map(|(address, _)| address.clone()).collect();
    for address in intended {
        let Some(aside) = free(state, &address) else { continue };
        let Some(mut intended) = state.intents.remove(&address) else { continue };
        intended.address = aside.clone();
        state.intents.insert(aside, intended);
    }
}

/// A deploy thinks better of a destroy that had begun: what is declared is not given up any more. Where AWS has a protection
/// of its own, the plan puts it on again.
pub(super) fn arm(state: &mut State, topology: &Topology) {
    for (address, recorded) in &mut state.resources {
        if topology.resource(address).is_some() {
            recorded.disarmed = false;
        }
    }
}

/// The zones that Route 53 lists as empty though records in them are recorded, with how many. Records that a run set out to
/// change do not count: it may have deleted them.
pub(super) fn emptied_zones(state: &State, world: &World) -> BTreeMap<Address, usize> {
    let mut emptied = BTreeMap::new();
    for recorded in state.resources.values() {
        let Some(set) = recorded.resource.kind.as_record_set() else { continue };
        let is_open = state.intents.contains_key(&recorded.resource.address);
        if world.zone_sizes.get(&set.zone) == Some(&0) && !is_open {
            *emptied.entry(set.zone.clone()).or_default() += 1;
        }
    }
    emptied
}

/// Whether a run set out to make what is declared here under another name on AWS.
fn intends_another(state: &State, resource: &Resource) -> bool {
    state.intents.get(&resource.address).is_some_and(|intended| is_another(intended, resource))
}

/// Whether what is declared was made, or recorded, under another name on AWS, where it still may be.
pub(super) fn is_another(made: &Resource, declared: &Resource) -> bool {
    physical_name(&made.kind) != physical_name(&declared.kind)
}

fn is_in(resource: &Resource, zones: &BTreeMap<Address, usize>) -> bool {
    resource.kind.as_record_set().is_some_and(|set| zones.contains_key(&set.zone))
}

/// What a record set is on Route 53, whatever it is called here: its zone, its name, its type and set identifier.
type RecordIdentity = (ZoneIdentity, String, RecordType, Option<String>);

/// The name of a zone, and whether it is private: there may be one of each kind.
type ZoneIdentity = (String, bool);

fn record_identity(
    resource: &Resource,
    zone: impl Fn(&Address) -> Option<ZoneIdentity>,
) -> Option<RecordIdentity> {
    let set = resource.kind.as_record_set()?;
    Some((zone(&set.zone)?, set.name.clone(), set.record_type, set.set_identifier()))
}

/// Hands records over to the address that they are declared under now: a record, a zone or a region with another label is
/// still the same record set, and must not be deleted under its old name.
pub(super) fn hand_over(state: &mut State, topology: &Topology) {
    let zone_of = |resource: Option<&Resource>| {
        resource
            .and_then(|resource| resource.kind.as_zone())
            .map(|zone| (zone.name.clone(), zone.is_private()))
    };
    let declared: BTreeMap<RecordIdentity, &Resource> = topology
        .resources()
        .iter()
        .filter_map(|resource| {
            let identity = record_identity(resource, |zone| zone_of(topology.resource(zone)))?;
            Some((identity, resource))
        })
        .collect();
    let recorded_zone = |zone: &Address| {
        let recorded = state.resources.get(zone).map(|recorded| &recorded.resource);
        zone_of(recorded.or(topology.resource(zone)))
    };
    let renamed: Vec<(Address, Resource)> = state
        .resources
        .iter()
        .filter_map(|(address, recorded)| {
            let now = declared.get(&record_identity(&recorded.resource, recorded_zone)?)?;
            (now.address != *address).then(|| (address.clone(), (*now).clone()))
        })
        .collect();
    for (was, now) in renamed {
        let Some(recorded) = state.resources.remove(&was) else { continue };
        let address = now.address.clone();
        state.resources.entry(address).or_insert(Recorded::new(recorded.physical_id, now));
        state.intents.remove(&was);
    }
}

/// Decides what is in doubt, and takes over what carries our marks. Nothing that is unknown is decided.
pub(super) fn settle(
    state: &mut State,
    goal: Goal,
    topology: &Topology,
    whole: &Topology,
    world: &World,
    emptied: &BTreeMap<Address, usize>,
) {
    for resource in whole.resources() {
        let address = &resource.address;
        let is_declared = topology.resource(address).is_some();
        match world.get(address) {
            Observation::Unknown(_) => {}
            Observation::Absent if is_in(resource, emptied) => {}
            // Under the name that it was intended with, it may be there: the plan says so (`Planner::renamed`).
            Observation::Absent if intends_another(state, resource) => {}
            Observation::Absent
                if state
                    .resources
                    .get(address)
                    .is_some_and(|known| is_another(&known.resource, resource)) => {}
            Observation::Absent => {
                let was_intended = state.intents.remove(address).is_some();
                // What is declared stays recorded: that somebody deleted it is worth saying, unless it was us.
                if !is_declared || was_intended || goal == Goal::Destroy {
                    state.resources.remove(address);
                }
            }
            Observation::Present(observed) => {
                settle_present(state, resource, observed, is_declared, whole, world)
            }
        }
    }
}

fn settle_present(
    state: &mut State,
    resource: &Resource,
    observed: &Observed,
    is_declared: bool,
    whole: &Topology,
    world: &World,
) {
    let address = &resource.address;
    let Observed { physical_id, owner, transition: _, attributes, record: _ } = observed;
    let is_ours = match owner {
        Owner::Ours => true,
        Owner::Inherited => {
            // Nothing but what we wrote down tells whose a record in somebody else's zone is.
            let is_recorded = state.resources.contains_key(address);
            let is_as_intended =
                || state.intents.get(address).is_some_and(|intended| is_as(intended, world, attributes));
            is_recorded || !whole.is_in_existing_zone(resource) || is_as_intended()
        }
        Owner::Foreign(Stranger::NoReplica { once_ours: true }) => state.resources.contains_key(address),
        Owner::Foreign(
            Stranger::Unmarked
            | Stranger::Kept { .. }
            | Stranger::Marked { .. }
            | Stranger::NoReplica { once_ours: false },
        ) => false,
    };
    if !is_ours {
        state.intents.remove(address);
        if !is_declared {
            state.resources.remove(address);
        }
        return;
    }
    match state.resources.get_mut(address) {
        Some(recorded) => recorded.physical_id.clone_from(physical_id),
        None => {
            // As it was made: what is declared by now may differ in what AWS does not tell.
            let made = state.intents.get(address).unwrap_or(resource).clone();
            let recorded = Recorded::new(physical_id.clone(), made);
            state.resources.insert(address.clone(), recorded);
        }
    }
    // The intent stays: whether the resource is whole, the plan finds out.
}

/// Whether a record is exactly what a run set out to make.
fn is_as(intended: &Resource, world: &World, observed: &Attributes) -> bool {
    let resolved = intended.kind.as_record_set().map(|set| record::resolve(set, world));
    resolved.and_then(Result::ok).is_some_and(|value| diff(&record::attributes(&value), observed).is_empty())
}
