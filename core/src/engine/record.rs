//! Recording what is done as it is done: in the journal at once, in the state with the next write. Not here: what was done by
//! runs before (`settle`).

use std::collections::BTreeMap;

use polyregion_model::{Address, Resource, Topology};

use super::lease::Progress;
use crate::apply::{Failure, Known, Runner, StatusSink};
use crate::journal::{Entry, Journal};
use crate::plan::{Operation, Plan, RecordAction, Step, Target};
use crate::state::{Recorded, State};

/// What a plan sets out to do, by address, with the resource that each change is about: as declared, or as it was.
pub(super) fn intents(plan: &Plan, topology: &Topology, state: &State) -> BTreeMap<Address, Resource> {
    let mut intents = BTreeMap::new();
    for step in &plan.steps {
        match step.operation.target() {
            Target::Resource(resource) => {
                intents.insert(resource.address.clone(), resource.clone());
            }
            Target::Records(batch) => {
                for change in &batch.changes {
                    let resource = resource_of(topology, state, &change.address);
                    intents.extend(resource.map(|resource| (change.address.clone(), resource)));
                }
            }
        }
    }
    intents
}

fn resource_of(topology: &Topology, state: &State, address: &Address) -> Option<Resource> {
    let recorded = state.resources.get(address).map(|recorded| &recorded.resource);
    topology.resource(address).or(recorded).or(state.intents.get(address)).cloned()
}

/// Runs steps and records what became of them.
pub(super) struct Recording<R> {
    runner: R,
    progress: Progress,
    journal: Journal,
    topology: Topology,
}

impl<R> Recording<R> {
    pub(super) fn new(runner: R, progress: Progress, journal: Journal, topology: Topology) -> Self {
        Self { runner, progress, journal, topology }
    }
}

/// What is recorded of one address after a step.
enum Now {
    Present(String, Box<Resource>),
    Disarmed,
    Detached,
    Gone,
}

impl<R: Runner> Runner for Recording<R> {
    async fn run(&self, step: &Step, known: Known, status: StatusSink) -> Result<Known, Failure> {
        let result = self.runner.run(step, known.clone(), status).await;
        let learnt = match result {
            Ok(learnt) => learnt,
            Err(failure) => {
                let refused = failure.refused.clone();
                self.progress
                    .change(|state| state.intents.retain(|address, _| !refused.contains(address)))
                    .await;
                return Err(failure);
            }
        };
        for (address, now) in self.outcome(&step.operation, &known, &learnt) {
            let physical_id = match &now {
                Now::Present(id, _) => Some(id.clone()),
                Now::Disarmed | Now::Detached => known.get(&address).cloned(),
                Now::Gone => None,
            };
            self.progress.change(|state| note(state, &address, now)).await;
            let entry = Entry::Done { address, physical_id };
            self.journal.append(&entry).map_err(|error| {
                let help = "it was done; mend the disk, then run the command again: AWS knows what was done";
                Failure::of("the journal".to_owned(), error.to_string(), help)
            })?;
        }
        Ok(learnt)
    }
}

impl<R: Runner> Recording<R> {
    fn outcome(&self, operation: &Operation, known: &Known, learnt: &Known) -> Vec<(Address, Now)> {
        let present = |resource: &Resource| {
            let id =
                learnt.get(&resource.address).or(known.get(&resource.address)).cloned().unwrap_or_default();
            // As declared: a plan's own resource may stand for what is left of it.
            let declared = self.topology.resource(&resource.address).unwrap_or(resource);
            vec![(resource.address.clone(), Now::Present(id, Box::new(declared.clone())))]
        };
        match operation {
            Operation::Create(resource) | Operation::Update { resource, .. } | Operation::Await(resource) => {
                present(resource)
            }
            Operation::Detach(resource) => vec![(resource.address.clone(), Now::Detached)],
            Operation::Disarm { resource, .. } => vec![(resource.address.clone(), Now::Disarmed)],
            Operation::Delete { resource, .. } => vec![(resource.address.clone(), Now::Gone)],
            Operation::ChangeRecords(batch) => {
                let mut outcome = BTreeMap::new();
                // Deletions come first, so that what is deleted and created is there.
                for change in &batch.changes {
                    let id = format!("{} {}", change.record.name, change.record.record_type);
                    let now = match (change.action, self.topology.resource(&change.address)) {
                        (RecordAction::Create, Some(resource)) => {
                            Now::Present(id, Box::new(resource.clone()))
                        }
                        (RecordAction::Create, None) | (RecordAction::Delete, _) => Now::Gone,
                    };
                    outcome.insert(change.address.clone(), now);
                }
                outcome.into_iter().collect()
            }
        }
    }
}

fn note(state: &mut State, address: &Address, now: Now) {
    match now {
        Now::Present(physical_id, resource) => {
            state.intents.remove(address);
            state.resources.insert(address.clone(), Recorded::new(physical_id, *resource));
        }
        Now::Disarmed => {
            state.intents.remove(address);
            if let Some(recorded) = state.resources.get_mut(address) {
                recorded.disarmed = true;
            }
        }
        // A member is detached on the way to its deletion, too, which is still to come.
        Now::Detached => {}
        Now::Gone => {
            state.intents.remove(address);
            state.resources.remove(address);
        }
    }
}
