//! Bringing the recorded state up to date before planning: with the journal of a run that died, and with what was observed.
//! Not here: recording what this run does (`record`).

use polyregion_model::{Address, Resource, ResourceKind, Topology};

use crate::journal::Entry;
use crate::observed::{Observation, Observed, Owner, Stranger, World};
use crate::plan::Goal;
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
                let recorded = state.resources.entry(address.clone());
                let physical_id = physical_id.clone();
                recorded.or_insert(Recorded::new(physical_id, resource));
            }
            None => {
                state.resources.remove(address);
            }
        }
    }
}

/// Sets recorded records aside whose address is declared as another record now: they are deleted, and the address is free.
pub(super) fn set_aside(state: &mut State, topology: &Topology) {
    let identity = |resource: &Resource| {
        let set = resource.kind.as_record_set()?;
        Some((set.zone.clone(), set.name.clone(), set.record_type, set.set_identifier()))
    };
    let differs = |(address, recorded): (&Address, &Recorded)| {
        let declared = topology.resource(address)?;
        let (was, is) = (identity(&recorded.resource)?, identity(declared)?);
        (was != is).then(|| address.clone())
    };
    let moved: Vec<Address> = state.resources.iter().filter_map(differs).collect();
    for address in moved {
        let Some(mut recorded) = state.resources.remove(&address) else { continue };
        let free = (1..).map(|number| address.clone().with_part(format!("former-{number}")));
        let Some(aside) = free.into_iter().find(|aside| !state.resources.contains_key(aside)) else {
            continue;
        };
        recorded.resource.address = aside.clone();
        state.resources.insert(aside, recorded);
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

/// Decides what is in doubt, and takes over what carries our marks. Nothing that is unknown is decided.
pub(super) fn settle(state: &mut State, goal: Goal, topology: &Topology, whole: &Topology, world: &World) {
    for resource in whole.resources() {
        let address = &resource.address;
        let is_declared = topology.resource(address).is_some();
        match world.get(address) {
            Observation::Unknown(_) => {}
            Observation::Absent => {
                let was_intended = state.intents.remove(address).is_some();
                // What is declared stays recorded: that somebody deleted it is worth saying, unless it was us.
                if !is_declared || was_intended || goal == Goal::Destroy {
                    state.resources.remove(address);
                }
            }
            Observation::Present(observed) => settle_present(state, resource, *observed, is_declared, whole),
        }
    }
}

fn settle_present(
    state: &mut State,
    resource: &Resource,
    observed: Observed,
    is_declared: bool,
    whole: &Topology,
) {
    let address = &resource.address;
    let Observed { physical_id, owner, transition: _, attributes: _, record: _ } = observed;
    let is_ours = match owner {
        Owner::Ours => true,
        Owner::Inherited => {
            // Nothing but what we wrote down tells whose a record in somebody else's zone is.
            let known = state.resources.contains_key(address) || state.intents.contains_key(address);
            known || !is_in_existing_zone(whole, resource)
        }
        Owner::Foreign(Stranger::NoReplica { once_ours: true }) => state.resources.contains_key(address),
        Owner::Foreign(
            Stranger::Unmarked | Stranger::Marked { .. } | Stranger::NoReplica { once_ours: false },
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
        Some(recorded) => recorded.physical_id = physical_id,
        None => {
            let recorded = Recorded::new(physical_id, resource.clone());
            state.resources.insert(address.clone(), recorded);
        }
    }
    // The intent stays: whether the resource is whole, the plan finds out.
}

pub(super) fn is_in_existing_zone(topology: &Topology, resource: &Resource) -> bool {
    let Some(set) = resource.kind.as_record_set() else { return false };
    let zone = topology.resource(&set.zone);
    zone.is_some_and(|zone| matches!(&zone.kind, ResourceKind::Zone(zone) if zone.existing))
}
