//! The plan that makes everything as declared. Not here: deleting (`destroy`) and sizes of batches (`batch`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::{Address, Region, Resource, ResourceKind};

use super::batch::RecordChange;
use super::change::{Action, Change, Conflict, Deferred, Reason, plane_down};
use super::{Goal, Input, Operation, Plan, Step, StepId, Target};
use crate::attribute::{Attributes, Field, Value};
use crate::diff::{FieldChange, created, diff};
use crate::observed::{Doubt, Observation, Observed, Owner, Stranger};
use crate::record::{self, Unresolved};
use crate::state::Recorded;
use crate::{desired, policy};

/// Plans what makes the observed world as declared.
pub fn deploy(input: &Input<'_>) -> Plan {
    let mut planner = Planner {
        input: *input,
        plan: Plan::new(input, Goal::Deploy),
        held: BTreeMap::new(),
        step_of: BTreeMap::new(),
        records: BTreeMap::new(),
    };
    planner.hold_emptied_zones();
    for resource in input.topology.resources() {
        planner.resource(resource);
    }
    planner.remove_records();
    planner.hold_mass_deletions();
    planner.batches();
    planner.remove_others();
    planner.serialise();
    planner.notes();
    planner.plan
}

pub(super) struct Planner<'a> {
    pub(super) input: Input<'a>,
    pub(super) plan: Plan,
    /// What can't be made now, with the reason: what needs it can't be made either.
    pub(super) held: BTreeMap<Address, String>,
    pub(super) step_of: BTreeMap<Address, StepId>,
    /// Changes of records by zone and name, each with the index of its change.
    pub(super) records: BTreeMap<Address, BTreeMap<String, Vec<Collected>>>,
}

/// A change of a record, by its index in the plan, with its lines of the batch.
pub(super) type Collected = (usize, Vec<RecordChange>);

impl<'a> Planner<'a> {
    /// Decides about one resource. Those it needs come first in the topology, so their fate is known.
    fn resource(&mut self, resource: &'a Resource) {
        if self.held.contains_key(&resource.address) {
            return;
        }
        if let Some(held) = resource.needs.iter().find(|need| self.held.contains_key(need)) {
            let region = self.plan.deferred.iter().find(|deferred| deferred.address == *held);
            let region = region.and_then(|deferred| deferred.region);
            let why = format!("it needs {held}, which is deferred or in conflict");
            return self.defer_for(resource, why, region);
        }
        if let Some(was) = self.renamed(resource) {
            let help = "write the name that it was made with again; moving data to another name is not for a deploy to do";
            return self.conflict(
                resource,
                format!("it was made as {was}, and a name is no attribute"),
                help.to_owned(),
            );
        }
        if let Some(bucket) = self.locked_bucket(resource) {
            let why = format!("it serves {bucket}, whose locks can't be turned off");
            return self.defer_for(resource, why, None);
        }
        if let Some(bucket) = self.renamed_bucket(resource) {
            let why = format!("it serves {bucket}, which was made with another name");
            return self.defer_for(resource, why, None);
        }
        let observation = self.input.world.get(&resource.address);
        if let ResourceKind::RecordSet(record) = &resource.kind {
            if self.is_yet_to_be_adopted(&record.zone) {
                let why =
                    "its zone is taken over first, and what is in it is then shown: run the command again";
                return self.defer_for(resource, why.to_owned(), None);
            }
            if let Some(what) = self.immovable(resource, record) {
                return self.conflict(
                    resource,
                    what,
                    "delete that record yourself if nobody needs it".to_owned(),
                );
            }
            if let Some(why) = self.half_replaced(record) {
                return self.defer_for(resource, why, None);
            }
            return match record::resolve(record, self.input.world) {
                Ok(value) => self.record(resource, record, value, observation),
                Err(Unresolved::LoadBalancerMissing(what)) => {
                    let help = "create it, or correct its name in the record; polyregion looks load balancers up and \
                                does not make them";
                    self.conflict(resource, format!("{what} does not exist"), help.to_owned());
                }
                Err(Unresolved::LoadBalancerUnknown(doubt)) => self.defer_doubt(resource, &doubt),
            };
        }
        if let Some(extra) = self.extra_replication(resource) {
            let help = "declare its region, or end that replication yourself";
            let what = format!("{extra} is not declared, and a change would end it");
            return self.conflict(resource, what, help.to_owned());
        }
        let attributes = comparable(desired::attributes(self.input.topology, resource));
        match observation {
            Observation::Unknown(doubt) => self.defer_doubt(resource, doubt),
            Observation::Absent if resource.kind.is_existing_zone() => {
                let help = "create it, correct its name, or drop `existing: true` to let polyregion make it";
                self.conflict(
                    resource,
                    "the hosted zone is declared `existing` and does not exist".into(),
                    help.into(),
                );
            }
            Observation::Absent => self.create(resource, &attributes),
            Observation::Present(observed) => self.present(resource, &attributes, observed),
        }
    }

    /// Whether a zone belongs to nobody until this run takes it over: nothing in it is ours to change or to record.
    fn is_yet_to_be_adopted(&self, zone: &Address) -> bool {
        let adopts = self.input.topology.resource(zone).is_some_and(|zone| zone.adopt);
        adopts
            && match self.input.world.get(zone) {
                Observation::Present(zone) => zone.owner == Owner::Foreign(Stranger::Unmarked),
                Observation::Absent | Observation::Unknown(_) => false,
            }
    }

    fn create(&mut self, resource: &'a Resource, attributes: &Attributes) {
        if let Some((region, why)) = self.plane_down(resource) {
            return self.defer_for(resource, why, Some(region));
        }
        let reason = self.reason_of_creation(resource);
        let index = self.change(resource, Action::Create, reason, created(attributes));
        self.step(resource, index, Operation::Create(resource.clone()));
    }

    fn present(&mut self, resource: &'a Resource, attributes: &Attributes, observed: &Observed) {
        let Observed { physical_id, owner, transition, attributes: actual, record: _ } = observed;
        let physical_id = physical_id.clone();
        match owner {
            Owner::Ours | Owner::Inherited => {}
            // A zone that is declared as existing is somebody else's by its nature.
            Owner::Foreign(_) if resource.kind.is_existing_zone() => return self.plan.unchanged += 1,
            Owner::Foreign(Stranger::Unmarked) if resource.adopt => {
                // What goes with it would change with it, and nobody has declared that.
                let mut beside = self.input.world.unmanaged.iter();
                // What is in a zone stays as it is.
                let beside =
                    beside.find(|it| it.address == resource.address && resource.kind.as_zone().is_none());
                if let Some(beside) = beside {
                    let help = "declare its region, or detach it yourself before the rest is adopted";
                    let what =
                        format!("{} is not declared and would change with what is adopted", beside.what);
                    return self.conflict(resource, what, help.to_owned());
                }
            }
            Owner::Foreign(whose) => {
                let what = format!("the {} {physical_id} exists and {whose}", resource.kind.noun());
                let recorded = self.recorded_elsewhere(resource, &physical_id);
                let what = recorded.as_ref().map_or(what, |address| {
                    format!("the {} {physical_id} is recorded as {address}", resource.kind.noun())
                });
                let relabelled = recorded.is_some()
                    || matches!(&whose, Stranger::Marked { topology, .. } if topology == self.input.topology.name());
                let help = if relabelled {
                    "labels are identity: write the label that it was made with again"
                } else if *whose == (Stranger::NoReplica { once_ours: true }) {
                    "take its region out again: with consent it is deleted, and a new replica can be made in its place"
                } else if *whose == Stranger::Unmarked && resource.kind.as_zone().is_some() {
                    "write `adopt: true` to take it over, `existing: true` to keep records in it, or give one of the two another name"
                } else if *whose == Stranger::Unmarked && resource.kind.can_be_adopted() {
                    "write `adopt: true` to take it over, or give one of the two another name"
                } else if resource.adopt {
                    "`adopt` takes only what belongs to nobody: if what has marked it is gone, take its tags off, or give one of the two \
                         another name"
                } else if resource.kind.as_zone().is_some() {
                    "write `existing: true` to keep records in it, or give one of the two another name"
                } else {
                    "give one of the two another name"
                };
                return self.conflict(resource, what, help.to_owned());
            }
        }
        if let Some(status) = transition.as_ref().filter(|status| status.eq_ignore_ascii_case("deleting")) {
            let why = format!("it is {status}; run the command again when it is gone");
            return self.defer_for(resource, why, None);
        }
        if let Some(what) = self.made_with(resource, actual) {
            let help = "undo the edit; polyregion never replaces what exists";
            return self.conflict(resource, what, help.to_owned());
        }
        let (mut wanted, mut found) = (attributes.clone(), comparable(actual.clone()));
        self.recognise_keys(resource, &mut wanted, &mut found);
        let mut changes = diff(&wanted, &found);
        // What somebody else set is theirs.
        changes.retain_mut(|change| self.is_ours(resource, change));
        let (tags, mut changes): (Vec<FieldChange>, Vec<FieldChange>) =
            changes.into_iter().partition(|change| change.field == Field::Tags);
        if self.keeps_replicating(resource, &changes) {
            changes.clear();
        }
        if !changes.is_empty() && self.serves_kept_bucket(resource) {
            let what = "it differs, and it serves a bucket that was taken out and keeps its place";
            let help = "consent to that bucket's leaving the mirror, or declare its region again";
            return self.conflict(resource, what.to_owned(), help.to_owned());
        }
        let adopts = matches!(owner, Owner::Foreign(_)) && resource.kind.has_tags();
        if let Err(what) = self.settle_version(resource, &mut changes, adopts) {
            let help = "declare the version that it has, or upgrade it yourself as the guide says";
            return self.conflict(resource, what, help.to_owned());
        }
        if let Some((region, why)) = self.keys_of_copies_wait(resource, &changes) {
            return self.defer_for(resource, why, Some(region));
        }
        if let Some(what) = self.refused_keys(resource, &changes) {
            let help = "undo the edit, or name the keys that it has by their ids or ARNs; `encryption: kms` and `service_key` are possible, too";
            return self.conflict(resource, what, help.to_owned());
        }
        changes.extend(tags);
        let unfinished =
            self.input.state.intents.contains_key(&resource.address) && has_unseen_parts(&resource.kind);
        let is_settled = changes.is_empty() && !unfinished && !adopts;
        if let Some((region, why)) = self.plane_down(resource).filter(|_| !is_settled) {
            return self.defer_for(resource, why, Some(region));
        }
        let impossible: Vec<&FieldChange> = changes.iter().filter(|change| !change.is_possible()).collect();
        if !impossible.is_empty() {
            let list: Vec<String> = impossible.iter().map(|change| impossible_text(change)).collect();
            let what = format!("this can't be changed in place: {}", list.join(", "));
            let all = |field: Field| impossible.iter().all(|change| change.field == field);
            let help = if all(Field::Indexes) {
                "give the changed index another name: it is made beside the old one, which goes when you take it out; a local index \
                     is made with its table only"
            } else if all(Field::ObjectLock) {
                "write `object_lock: true`: what is written from then on is locked only by who asks for it; AWS does not turn locks off"
            } else {
                "undo the edit, or make the change on AWS yourself; polyregion never replaces what exists"
            };
            self.conflict(resource, what, help.to_owned());
        } else if !changes.is_empty() || adopts || unfinished {
            let (action, reason) = match (adopts, changes.is_empty()) {
                (true, _) => (Action::Adopt, Reason::Unowned),
                (false, false) => (Action::Update, Reason::Differs),
                (false, true) => (Action::Update, Reason::InDoubt),
            };
            let index = self.change(resource, action, reason, changes.clone());
            let (awaits, updated) = (transition.is_some(), resource.clone());
            let update =
                Operation::Update { resource: updated, physical_id, changes, awaits, unfinished, adopts };
            self.step(resource, index, update);
        } else if let Some(status) = transition {
            let index =
                self.change(resource, Action::Await, Reason::InTransition(status.clone()), Vec::new());
            self.step(resource, index, Operation::Await(resource.clone()));
        } else {
            self.plan.unchanged += 1;
        }
    }

    /// Steps that must not overlap follow each other, in the order of the plan.
    fn serialise(&mut self) {
        let mut last: BTreeMap<String, StepId> = BTreeMap::new();
        for step in &mut self.plan.steps {
            let Some(group) = exclusive_group(&step.operation) else { continue };
            if let Some(previous) = last.insert(group, step.id) {
                step.after.insert(previous);
            }
        }
    }

    pub(super) fn change(
        &mut self,
        resource: &Resource,
        action: Action,
        reason: Reason,
        fields: Vec<FieldChange>,
    ) -> usize {
        self.plan.changes.push(Change::of(self.input.topology, resource, action, reason, fields));
        self.plan.changes.len() - 1
    }

    pub(super) fn step(&mut self, resource: &Resource, change: usize, operation: Operation) {
        let id = StepId(self.plan.steps.len());
        let needs = resource.needs.iter().filter_map(|need| self.step_of.get(need).copied()).collect();
        let estimate = self.plan.changes.get(change).map(|change| change.estimate).unwrap_or_default();
        self.plan.steps.push(Step {
            id,
            changes: vec![change],
            operation,
            needs,
            after: BTreeSet::new(),
            estimate,
        });
        self.step_of.insert(resource.address.clone(), id);
    }

    /// What is declared by the same item as a resource.
    pub(super) fn of_item(&self, of: &Resource) -> impl Iterator<Item = &'a Resource> {
        let item = of.address.item();
        self.input.topology.resources().iter().filter(move |other| other.address.item() == item)
    }

    pub(super) fn plane_down(&self, resource: &Resource) -> Option<(Region, String)> {
        plane_down(resource, self.input.topology, self.input.world)
    }

    pub(super) fn reason_of_creation(&self, resource: &Resource) -> Reason {
        let recorded = self.input.state.resources.contains_key(&resource.address);
        if recorded { Reason::Vanished } else { Reason::Missing }
    }

    /// The other address that a physical id of the same kind is recorded under.
    fn recorded_elsewhere(&self, resource: &Resource, physical_id: &str) -> Option<&'a Address> {
        let same = |(address, recorded): &(&'a Address, &'a Recorded)| {
            recorded.physical_id == physical_id
                && **address != resource.address
                && recorded.resource.kind.noun() == resource.kind.noun()
        };
        self.input.state.resources.iter().find(same).map(|(address, _)| address)
    }

    pub(super) fn defer_doubt(&mut self, resource: &Resource, doubt: &Doubt) {
        // Services with one endpoint are asked in the region that controls the partition.
        self.defer_for(resource, doubt.why.clone(), doubt.region);
    }

    pub(super) fn defer_for(&mut self, resource: &Resource, why: String, region: Option<Region>) {
        self.held.insert(resource.address.clone(), why.clone());
        self.plan.deferred.push(Deferred::new(&resource.address, why, region, self.input.state));
    }

    pub(super) fn conflict(&mut self, resource: &Resource, what: String, help: String) {
        self.held.insert(resource.address.clone(), what.clone());
        let position = self.input.topology.position(resource);
        self.plan.conflicts.push(Conflict { address: resource.address.clone(), position, what, help });
    }
}

/// What a step shares with others that it must not overlap with. AWS takes one change of a table with its replicas at a
/// time (DDB-063); and members and instances of one global database are changed one after another, as each may be away meanwhile.
fn exclusive_group(operation: &Operation) -> Option<String> {
    // A change of the port reboots all instances of a member (Aurora User Guide, "Modifying an Amazon Aurora DB cluster"), and an upgrade
    // those of all members, one after another.
    if let Operation::Update { resource, .. } = operation
        && matches!(
            resource.kind,
            ResourceKind::Instance(_) | ResourceKind::Cluster(_) | ResourceKind::GlobalCluster(_)
        )
    {
        return Some(format!("members of {}", resource.address.label));
    }
    table_of(operation).map(|table| format!("table {table}"))
}

/// The table that a step changes, if it changes one.
pub(super) fn table_of(operation: &Operation) -> Option<&str> {
    let resource = match operation.target() {
        Target::Resource(resource) => resource,
        Target::Records(_) => return None,
    };
    let table = resource.kind.as_table().map(|table| &table.name);
    table.or_else(|| resource.kind.as_replica().map(|replica| &replica.name)).map(String::as_str)
}

/// Whether the creation of a resource ends with calls whose effect is not observed: the tags of what AWS takes no tags
/// for when it is made.
fn has_unseen_parts(kind: &ResourceKind) -> bool {
    match kind {
        ResourceKind::Zone(zone) => !zone.existing,
        ResourceKind::HealthCheck(_) | ResourceKind::Replica(_) => true,
        ResourceKind::RecordSet(_)
        | ResourceKind::Table(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::Cluster(_)
        | ResourceKind::Instance(_)
        | ResourceKind::Bucket(_)
        | ResourceKind::ReplicationRole(_)
        | ResourceKind::Replication(_) => false,
    }
}

/// Documents in canonical form, so that spelling makes no difference.
fn comparable(mut attributes: Attributes) -> Attributes {
    for field in [Field::TrustPolicy, Field::Policy] {
        if let Some(Value::Text(document)) = attributes.get_mut(&field) {
            *document = policy::canonical(document);
        }
    }
    attributes
}

pub(super) fn impossible_text(change: &FieldChange) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    format!("{} is {} and should be {}", change.field, text(&change.old), text(&change.new))
}
