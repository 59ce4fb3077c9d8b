//! The plan that makes everything as declared. Not here: deleting (`destroy`) and sizes of batches (`batch`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::{Address, ClusterRole, RecordSet, Resource, ResourceKind, Topology};

use super::batch::{RecordAction, RecordChange, pack};
use super::change::{Action, Change, Conflict, Deferred, Note, Reason};
use super::{Goal, Operation, Plan, Step, StepId};
use crate::attribute::{Attributes, Field, Value};
use crate::diff::{FieldChange, created, diff};
use crate::observed::{Observation, Observed, Owner, Stranger, World};
use crate::record::{self, RecordValue, Unresolved};
use crate::{desired, policy};

/// Plans what makes the observed world as declared.
pub fn deploy(topology: &Topology, world: &World) -> Plan {
    let mut planner = Planner {
        topology,
        world,
        plan: Plan::new(topology, Goal::Deploy, world),
        held: BTreeMap::new(),
        step_of: BTreeMap::new(),
        records: BTreeMap::new(),
    };
    for resource in topology.resources() {
        planner.resource(resource);
    }
    planner.batches();
    planner.serialise();
    planner.notes();
    planner.plan
}

struct Planner<'a> {
    topology: &'a Topology,
    world: &'a World,
    plan: Plan,
    /// What can't be made now, with the reason: what needs it can't be made either.
    held: BTreeMap<Address, String>,
    step_of: BTreeMap<Address, StepId>,
    /// Changes of records by zone and name, each with the index of its change.
    records: BTreeMap<Address, BTreeMap<String, Vec<Collected>>>,
}

/// A change of a record, by its index in the plan, with its lines of the batch.
type Collected = (usize, Vec<RecordChange>);

impl<'a> Planner<'a> {
    /// Decides about one resource. Those it needs come first in the topology, so their fate is known.
    fn resource(&mut self, resource: &'a Resource) {
        if let Some(held) = resource.needs.iter().find(|need| self.held.contains_key(need)) {
            return self.defer(resource, format!("it needs {held}, which is deferred or in conflict"));
        }
        let observation = self.world.get(&resource.address);
        if let ResourceKind::RecordSet(record) = &resource.kind {
            if let Some(what) = self.immovable(record) {
                return self.conflict(
                    resource,
                    what,
                    "delete that record yourself if nobody needs it".to_owned(),
                );
            }
            if let Some(why) = self.half_replaced(record) {
                return self.defer(resource, why);
            }
            return match record::resolve(record, self.world) {
                Ok(value) => self.record(resource, record, value, observation),
                Err(Unresolved::LoadBalancerMissing(what)) => {
                    let help = "create it, or correct its name in the record; polyregion looks load balancers up and \
                                does not make them";
                    self.conflict(resource, format!("{what} does not exist"), help.to_owned());
                }
                Err(Unresolved::LoadBalancerUnknown(why)) => self.defer(resource, why),
            };
        }
        if matches!(resource.kind, ResourceKind::ReplicationRole(_) | ResourceKind::Replication(_))
            && let Some(extra) = self.extra_replication(resource)
        {
            let help = "declare its region again, or end that replication yourself; taking a region away in steps comes \
                        in a later version";
            return self.conflict(
                resource,
                format!("{extra} is not declared, and a change would end it"),
                help.into(),
            );
        }
        let attributes = comparable(desired::attributes(self.topology, &resource.kind));
        match observation {
            Observation::Unknown(why) => self.defer(resource, why),
            Observation::Absent if is_existing_zone(&resource.kind) => {
                let help = "create it, correct its name, or drop `existing: true` to let polyregion make it";
                self.conflict(
                    resource,
                    "the hosted zone is declared `existing` and does not exist".into(),
                    help.into(),
                );
            }
            Observation::Absent => self.create(resource, &attributes),
            Observation::Present(observed) => self.present(resource, &attributes, *observed),
        }
    }

    /// A replication of the same mirror that the topology does not declare: a region was taken out, or somebody added a
    /// rule. The configuration and the role's policy are whole documents, so changing either would end it, while users may
    /// still write there.
    fn extra_replication(&self, resource: &Resource) -> Option<&'a str> {
        let same_item = |address: &Address| {
            address.kind == resource.address.kind
                && address.label == resource.address.label
                && address.part.is_some()
        };
        let extra = self.world.unmanaged.iter().find(|unmanaged| same_item(&unmanaged.address))?;
        Some(&extra.what)
    }

    /// Why the declared records of a name can't be put in place of the records of another policy, if they can't.
    fn immovable(&self, set: &RecordSet) -> Option<String> {
        let existing = self.topology.resource(&set.zone).is_some_and(|zone| is_existing_zone(&zone.kind));
        let in_the_way = self.world.unmanaged.iter().find_map(|unmanaged| {
            let record = unmanaged.obstacle.as_ref()?;
            let same = is_in_the_way(record, &set.name, set.record_type.name());
            let immovable = existing || matches!(record.policy, record::Policy::Other(_));
            (same && immovable).then_some(&unmanaged.what)
        });
        in_the_way.map(|what| {
            format!(
                "{what} is in the way: Route 53 takes one policy per name and type, and nothing beside a CNAME"
            )
        })
    }

    /// What stands in the way of a record is replaced by all declared records of its name, or not at all: with one of them
    /// in doubt, users of its region would lose their answer.
    fn half_replaced(&self, set: &RecordSet) -> Option<String> {
        let record_type = set.record_type.name();
        let mut obstacles = self.world.unmanaged.iter().filter_map(|unmanaged| unmanaged.obstacle.as_ref());
        obstacles.find(|record| is_in_the_way(record, &set.name, record_type))?;
        let doubtful = |other: &&Resource| {
            let Some(sibling) = other.kind.as_record_set() else { return false };
            let same = sibling.zone == set.zone && sibling.name == set.name;
            same && (record::resolve(sibling, self.world).is_err()
                || other.needs.iter().any(|need| self.held.contains_key(need)))
        };
        let other = self.topology.resources().iter().find(doubtful)?;
        Some(format!("it replaces another record together with {}, which is in doubt", other.address))
    }

    fn create(&mut self, resource: &'a Resource, attributes: &Attributes) {
        let index = self.change(resource, Action::Create, Reason::Missing, created(attributes));
        self.step(resource, index, Operation::Create(resource.clone()));
    }

    fn present(&mut self, resource: &'a Resource, attributes: &Attributes, observed: Observed) {
        let Observed { physical_id, owner, transition, attributes: actual, record: _ } = observed;
        match owner {
            Owner::Ours | Owner::Inherited => {}
            // A zone that is declared as existing is somebody else's by its nature.
            Owner::Foreign(_) if is_existing_zone(&resource.kind) => return self.plan.unchanged += 1,
            Owner::Foreign(whose) => {
                let what = format!("the {} {physical_id} exists and {whose}", resource.kind.noun());
                let relabelled =
                    matches!(&whose, Stranger::Marked { topology, .. } if topology == self.topology.name());
                let help = if relabelled {
                    "labels are identity: write the label that it was made with again"
                } else {
                    "give one of the two another name; adopting comes in a later version"
                };
                return self.conflict(resource, what, help.to_owned());
            }
        }
        if let Some(status) = transition.as_ref().filter(|status| status.eq_ignore_ascii_case("deleting")) {
            return self.defer(resource, format!("it is {status}; run the command again when it is gone"));
        }
        let changes = diff(attributes, &comparable(actual));
        let impossible: Vec<&FieldChange> = changes.iter().filter(|change| !change.is_possible()).collect();
        if !impossible.is_empty() {
            let list: Vec<String> = impossible.iter().map(|change| impossible_text(change)).collect();
            let what = format!("this can't be changed in place: {}", list.join(", "));
            let help =
                "undo the edit, or make the change on AWS yourself; polyregion never replaces what exists";
            self.conflict(resource, what, help.to_owned());
        } else if !changes.is_empty() {
            let fields: BTreeSet<Field> = changes.iter().map(|change| change.field).collect();
            let index = self.change(resource, Action::Update, Reason::Differs, changes);
            self.step(resource, index, Operation::Update { resource: resource.clone(), physical_id, fields });
        } else if let Some(status) = transition {
            let index = self.change(resource, Action::Await, Reason::InTransition(status), Vec::new());
            self.step(resource, index, Operation::Await(resource.clone()));
        } else {
            self.plan.unchanged += 1;
        }
    }

    /// Decides about a record: its change is collected and packed with the others of its zone later.
    fn record(
        &mut self,
        resource: &'a Resource,
        set: &'a RecordSet,
        value: RecordValue,
        observation: Observation,
    ) {
        let attributes = record::attributes(&value);
        let creation = |value| RecordChange {
            action: RecordAction::Create,
            address: resource.address.clone(),
            record: value,
        };
        let (index, lines) = match observation {
            Observation::Unknown(why) => return self.defer(resource, why),
            Observation::Absent => {
                let fields = created(&attributes);
                (self.change(resource, Action::Create, Reason::Missing, fields), vec![creation(value)])
            }
            Observation::Present(observed) => {
                let changes = diff(&attributes, &observed.attributes);
                let Some(old) = observed.record.filter(|_| !changes.is_empty()) else {
                    return self.plan.unchanged += 1;
                };
                let index = self.change(resource, Action::Update, Reason::Differs, changes);
                let address = resource.address.clone();
                let deletion = RecordChange { action: RecordAction::Delete, address, record: old };
                (index, vec![deletion, creation(value)])
            }
        };
        let by_name = self.records.entry(set.zone.clone()).or_default();
        by_name.entry(set.name.clone()).or_default().push((index, lines));
    }

    /// Packs the changes of records into batches. All records of one name go together; what stands in their way with
    /// another policy is deleted in the same batch.
    fn batches(&mut self) {
        for (zone, by_name) in std::mem::take(&mut self.records) {
            let mut groups = Vec::new();
            let mut index_of: BTreeMap<RecordChange, usize> = BTreeMap::new();
            for members in by_name.into_values() {
                let mut group = self.obstacles(members.iter().flat_map(|(_, lines)| lines));
                for (index, lines) in members {
                    group.extend(lines.into_iter().map(|line| (line, index)));
                }
                groups.push(group.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>());
                index_of.extend(group);
            }
            let (topology, step_of) = (self.topology, &self.step_of);
            let needs = |line: &RecordChange| {
                let resource = topology.resource(&line.address);
                resource.into_iter().flat_map(|resource| &resource.needs)
            };
            // What waits for nothing but its zone goes first, and does not fail with what the others wait for.
            let (ready, waiting) = groups.into_iter().partition(|group| {
                !group.iter().flat_map(needs).any(|need| *need != zone && step_of.contains_key(need))
            });
            self.plan.push_batches(pack(&zone, vec![ready, waiting]), &index_of, |batch| {
                batch.changes.iter().flat_map(needs).filter_map(|need| step_of.get(need).copied()).collect()
            });
        }
    }

    /// Plans the deletion of the records that Route 53 would not let these stand beside.
    fn obstacles<'l>(
        &mut self,
        lines: impl Iterator<Item = &'l RecordChange> + Clone,
    ) -> Vec<(RecordChange, usize)> {
        let mut found = Vec::new();
        for unmanaged in &self.world.unmanaged {
            let Some(record) = &unmanaged.obstacle else { continue };
            let Some(resource) = self.topology.resource(&unmanaged.address) else { continue };
            let mut created = lines.clone().filter(|line| line.action == RecordAction::Create);
            if !created.any(|line| is_in_the_way(record, &line.record.name, &line.record.record_type)) {
                continue;
            }
            let fields = diff(&Attributes::new(), &record::attributes(record));
            let index = self.change(resource, Action::Delete, Reason::InTheWay, fields);
            let address = unmanaged.address.clone();
            let line = RecordChange { action: RecordAction::Delete, address, record: record.clone() };
            found.push((line, index));
        }
        found
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

    fn notes(&mut self) {
        for unmanaged in &self.world.unmanaged {
            let text = match &unmanaged.obstacle {
                // Its deletion is a change of its own, or a conflict says why not.
                Some(_) => continue,
                None => format!("{} is not declared and is left alone", unmanaged.what),
            };
            self.plan.notes.push(Note { address: unmanaged.address.clone(), text });
        }
        self.moved_roles();
        let creates_primary = |change: &&Change| change.action == Action::Create;
        for change in self.plan.changes.iter().filter(creates_primary) {
            let Some(resource) = self.topology.resource(&change.address) else { continue };
            if let ResourceKind::Cluster(cluster) = &resource.kind
                && let ClusterRole::Primary { master_username, .. } = &cluster.role
            {
                let text = format!(
                    "the password of `{master_username}` is generated and not kept: set one with `aws rds \
                     modify-db-cluster`, or let users log in with IAM, which is on"
                );
                self.plan.notes.push(Note { address: change.address.clone(), text });
            }
        }
        self.plan.notes.sort();
    }

    /// A declared primary that is not the writer: switched over, or declared elsewhere since. No change of ours.
    fn moved_roles(&mut self) {
        for resource in self.topology.resources() {
            let Some(cluster) = resource.kind.as_cluster() else { continue };
            let Observation::Present(observed) = self.world.get(&resource.address) else { continue };
            let is_primary = matches!(cluster.role, ClusterRole::Primary { .. });
            let reads = observed.attributes.get(&Field::IsWriter) == Some(&Value::Flag(false));
            if is_primary && reads {
                let text = "it is declared as the primary, and another member takes the writes; a deploy moves no role";
                self.plan.notes.push(Note { address: resource.address.clone(), text: text.to_owned() });
            }
        }
    }

    fn change(
        &mut self,
        resource: &Resource,
        action: Action,
        reason: Reason,
        fields: Vec<FieldChange>,
    ) -> usize {
        self.plan.changes.push(Change::of(self.topology, resource, action, reason, fields));
        self.plan.changes.len() - 1
    }

    fn step(&mut self, resource: &Resource, change: usize, operation: Operation) {
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

    fn defer(&mut self, resource: &Resource, why: String) {
        self.held.insert(resource.address.clone(), why.clone());
        self.plan.deferred.push(Deferred { address: resource.address.clone(), why });
    }

    fn conflict(&mut self, resource: &Resource, what: String, help: String) {
        self.held.insert(resource.address.clone(), what.clone());
        let position = self.topology.position(resource);
        self.plan.conflicts.push(Conflict { address: resource.address.clone(), position, what, help });
    }
}

/// Whether a record that exists keeps one of this name and type from being created beside it.
fn is_in_the_way(record: &RecordValue, name: &str, record_type: &str) -> bool {
    let cname = record.record_type == "CNAME" || record_type == "CNAME";
    record.name == name && (record.record_type == record_type || cname)
}

fn is_existing_zone(kind: &ResourceKind) -> bool {
    matches!(kind, ResourceKind::Zone(zone) if zone.existing)
}

/// What a step shares with others that it must not overlap with. AWS takes one change of a table with its replicas at a
/// time (DDB-063); and instances of one global database are changed one after another, as each is away meanwhile.
fn exclusive_group(operation: &Operation) -> Option<String> {
    if let Operation::Update { resource, .. } = operation
        && let ResourceKind::Instance(_) = &resource.kind
    {
        return Some(format!("instances of {}", resource.address.label));
    }
    table_of(operation).map(|table| format!("table {table}"))
}

/// The table that a step changes, if it changes one.
pub(super) fn table_of(operation: &Operation) -> Option<&str> {
    let resource = match operation {
        Operation::Create(resource)
        | Operation::Update { resource, .. }
        | Operation::Await(resource)
        | Operation::Detach(resource)
        | Operation::Delete { resource, .. } => resource,
        Operation::ChangeRecords(_) => return None,
    };
    let table = resource.kind.as_table().map(|table| &table.name);
    table.or_else(|| resource.kind.as_replica().map(|replica| &replica.name)).map(String::as_str)
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

fn impossible_text(change: &FieldChange) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    format!("{} is {} and should be {}", change.field, text(&change.old), text(&change.new))
}
