//! The plan: every change with its reason, and the steps that make them, in an order that leaves nothing to decide when
//! they are applied. Pure: no clock, no randomness, no I/O. Not here: applying (`apply`) and showing (`report`).

mod batch;
mod change;
mod deploy;
mod destroy;
mod hash;
mod keys;
mod made;
mod notes;
mod order;
mod ratchet;
mod records;
mod removal;
mod upgrades;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use polyregion_model::{Address, Resource, Topology};

pub(crate) use self::batch::parts;
pub use self::batch::{RecordAction, RecordBatch, RecordChange};
pub use self::change::{Action, Change, Conflict, DataLoss, Deferred, Kept, Note, Reason};
pub use self::hash::{Surroundings, hash};
use crate::diff::FieldChange;
use crate::observed::World;
use crate::state::State;
pub use deploy::deploy;
pub use destroy::destroy;
pub(crate) use made::physical_name;
pub(crate) use upgrades::is_major;

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Everything that is declared exists as declared.
    Deploy,
    /// Nothing that is declared and ours exists.
    Destroy,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What is declared.
    pub topology: &'a Topology,
    /// What is recorded and declared no longer, each after all that it needs.
    pub removed: &'a [Resource],
    /// What was observed of both.
    pub world: &'a World,
    /// What is recorded.
    pub state: &'a State,
    /// The zones that are listed as empty though records in them are recorded, with how many.
    pub emptied: &'a BTreeMap<Address, usize>,
    /// What may lose its data, or its place among what replicates.
    pub consents: &'a BTreeSet<Address>,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The topology's name.
    pub topology: String,
    /// The account.
    pub account: String,
    /// What it is for.
    pub goal: Goal,
    /// The changes, in the order in which they can be made.
    pub changes: Vec<Change>,
    /// What makes them.
    pub steps: Vec<Step>,
    /// What can't be decided now.
    pub deferred: Vec<Deferred>,
    /// What must not be done; the user has to act.
    pub conflicts: Vec<Conflict>,
    /// What holds data and stays without consent.
    pub kept: Vec<Kept>,
    /// What else is worth saying.
    pub notes: Vec<Note>,
    /// How many resources are as declared.
    pub unchanged: usize,
    /// The physical ids known when the plan was made, by address, but for records: nothing needs theirs.
    pub known: BTreeMap<Address, String>,
}

/// The number of a step in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

/// What is done as a whole: one resource, or one batch of records.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// The changes it makes, as indices of [`Plan::changes`].
    pub changes: Vec<usize>,
    /// What to do.
    pub operation: Operation,
    /// The steps without which it makes no sense: when one fails, this one is blocked.
    pub needs: BTreeSet<StepId>,
    /// The steps that it must not overlap with: it starts when they are over, however they end. AWS takes one change of a
    /// zone, and of a table with its replicas, at a time.
    pub after: BTreeSet<StepId>,
    /// How long it typically takes.
    pub estimate: Duration,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Creates a resource and waits until it is usable.
    Create(Resource),
    /// Changes some attributes of a resource, or none, and waits until it is at rest.
    Update {
        /// The resource.
        resource: Resource,
        /// Its physical id.
        physical_id: String,
        /// What to change, and from what.
        changes: Vec<FieldChange>,
        /// Whether it is waited for first: it was in transition.
        awaits: bool,
        /// Whether what follows its creation and is not observed is done again, too: its tags.
        unfinished: bool,
        /// Whether it is marked as ours first.
        adopts: bool,
    },
    /// Waits for a resource that is in transition.
    Await(Resource),
    /// Takes a replica out of its table's group, or a member cluster out of its global cluster, keeping its data, and waits
    /// until it stands alone. AWS refuses to delete the last instance of a secondary before.
    Detach(Resource),
    /// Takes a resource's deletion protection off. What AWS does not protect is only recorded as given up.
    Disarm {
        /// The resource.
        resource: Resource,
        /// Whether it is protected.
        protected: bool,
    },
    /// Deletes a resource and waits until it is gone.
    Delete {
        /// The resource.
        resource: Resource,
        /// Its physical id.
        physical_id: String,
        /// Whether AWS would refuse, so that protection must be taken off first.
        protected: bool,
    },
    /// Changes records of one zone in one call: all of them or none.
    ChangeRecords(RecordBatch),
}

/// What an operation is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    Resource(&'a Resource),
    Records(&'a RecordBatch),
}

impl Operation {
    /// The resources that it is about.
    pub fn addresses(&self) -> BTreeSet<Address> {
        match self.target() {
            Target::Resource(resource) => BTreeSet::from([resource.address.clone()]),
            Target::Records(batch) => batch.changes.iter().map(|change| change.address.clone()).collect(),
        }
    }

    /// The resource that it is about, or the batch of records.
    pub(crate) fn target(&self) -> Target<'_> {
        match self {
            Operation::Create(resource)
            | Operation::Await(resource)
            | Operation::Detach(resource)
            | Operation::Update {
                resource,
                physical_id: _,
                changes: _,
                awaits: _,
                unfinished: _,
                adopts: _,
            }
            | Operation::Disarm { resource, protected: _ }
            | Operation::Delete { resource, physical_id: _, protected: _ } => Target::Resource(resource),
            Operation::ChangeRecords(batch) => Target::Records(batch),
        }
    }
}

impl<'a> Input<'a> {
    /// What is declared, then what no longer is.
    fn resources(&self) -> impl Iterator<Item = &'a Resource> + use<'a> {
        self.topology.resources().iter().chain(self.removed)
    }
}

impl Plan {
    fn new(input: &Input<'_>, goal: Goal) -> Self {
        let Input { topology, removed: _, world, state: _, emptied: _, consents: _ } = input;
        let known = input
            .resources()
            .filter(|resource| resource.kind.as_record_set().is_none())
            .filter_map(|resource| {
                let id = world.physical_id(&resource.address)?;
                Some((resource.address.clone(), id.to_owned()))
            })
            .collect();
        Self {
            topology: topology.name().to_owned(),
            account: topology.account().to_owned(),
            goal,
            changes: Vec::new(),
            steps: Vec::new(),
            deferred: Vec::new(),
            conflicts: Vec::new(),
            kept: Vec::new(),
            notes: Vec::new(),
            unchanged: 0,
            known,
        }
    }

    /// Adds a step for each batch of a zone, one after another. `index_of` has the change of each line; `needs` tells the
    /// steps that a batch waits for.
    fn push_batches(
        &mut self,
        batches: Vec<RecordBatch>,
        index_of: &BTreeMap<RecordChange, usize>,
        needs: impl Fn(&RecordBatch) -> BTreeSet<StepId>,
    ) {
        let mut previous = None;
        for batch in batches {
            let id = StepId(self.steps.len());
            // In the order of the batch; both lines of an update are one change.
            let mut seen = BTreeSet::new();
            let indices = batch.changes.iter().filter_map(|line| index_of.get(line)).copied();
            let changes: Vec<usize> = indices.filter(|index| seen.insert(*index)).collect();
            let made = changes.iter().filter_map(|index| self.changes.get(*index));
            self.steps.push(Step {
                id,
                estimate: made.map(|change| change.estimate).max().unwrap_or_default(),
                changes,
                needs: needs(&batch),
                operation: Operation::ChangeRecords(batch),
                after: previous.into_iter().collect(),
            });
            previous = Some(id);
        }
    }

    /// Whether there is nothing to do and nothing in doubt: the cloud has converged.
    pub fn is_converged(&self) -> bool {
        self.changes.is_empty() && self.deferred.is_empty() && self.conflicts.is_empty()
    }

    /// The longest chain of steps by typical time, and that time.
    pub fn critical_path(&self) -> (Vec<&Step>, Duration) {
        order::critical_path(&self.steps)
    }

    /// Typical time from the start of each step to the end of the last step that waits for it.
    pub(crate) fn remaining(&self) -> BTreeMap<StepId, Duration> {
        order::remaining(&self.steps)
    }

    /// How many changes have this action.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }
}
