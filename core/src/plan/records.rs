//! Changes of records: which lines a record needs, what stands in its way, and how lines are grouped. Not here: sizes of
//! batches (`batch`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::{Address, Kind, RecordSet, Resource};

use super::batch::{RecordAction, RecordChange, pack};
use super::change::{Action, Note, Reason};
use super::deploy::Planner;
use crate::attribute::Attributes;
use crate::diff::{created, diff};
use crate::observed::{Observation, Observed, Unmanaged};
use crate::record::{self, Answer, RecordValue};

impl<'a> Planner<'a> {
    /// Why the declared records of a name can't be put in place of the records of another policy, if they can't.
    pub(super) fn immovable(&self, resource: &Resource, set: &RecordSet) -> Option<String> {
        let existing = self.input.topology.is_in_existing_zone(resource);
        let in_the_way = self.input.world.unmanaged.iter().find_map(|unmanaged| {
            let record = self.obstacle_in(&set.zone, unmanaged)?;
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

    /// The record that stands in the way of declared ones, if that is in this zone: another may have the same names.
    fn obstacle_in(&self, zone: &Address, unmanaged: &'a Unmanaged) -> Option<&'a RecordValue> {
        let declared = self.input.topology.resource(&unmanaged.address)?.kind.as_record_set()?;
        unmanaged.obstacle.as_ref().filter(|_| declared.zone == *zone)
    }

    /// What stands in the way of a record is replaced by all declared records of its name, or not at all: with one of them
    /// in doubt, users of its region would lose their answer.
    pub(super) fn half_replaced(&self, set: &RecordSet) -> Option<String> {
        let record_type = set.record_type.name();
        let mut obstacles =
            self.input.world.unmanaged.iter().filter_map(|unmanaged| self.obstacle_in(&set.zone, unmanaged));
        obstacles.find(|record| is_in_the_way(record, &set.name, record_type))?;
        let doubtful = |other: &&Resource| {
            let Some(sibling) = other.kind.as_record_set() else { return false };
            let same = sibling.zone == set.zone && sibling.name == set.name;
            same && (record::resolve(sibling, self.input.world).is_err()
                || other.needs.iter().any(|need| self.held.contains_key(need)))
        };
        let other = self.input.topology.resources().iter().find(doubtful)?;
        Some(format!("it replaces another record together with {}, which is in doubt", other.address))
    }

    /// Decides about a record: its change is collected and packed with the others of its zone later.
    pub(super) fn record(
        &mut self,
        resource: &'a Resource,
        set: &'a RecordSet,
        value: RecordValue,
        observation: &Observation,
    ) {
        // The same record has the same attributes. Making them to compare them takes most of the time of a plan.
        let differences = |observed: &Observed| {
            if observed.record.as_ref() == Some(&value) {
                return Vec::new();
            }
            diff(&record::attributes(&value), &observed.attributes)
        };
        let creation = |value| RecordChange {
            action: RecordAction::Create,
            depth: 0,
            address: resource.address.clone(),
            record: value,
        };
        if let Some((region, why)) = self.plane_down(resource) {
            let is_settled = matches!(observation, Observation::Present(observed)
                if differences(observed).is_empty());
            if !is_settled {
                return self.defer_for(resource, why, Some(region));
            }
        }
        let (index, lines) = match observation {
            Observation::Unknown(doubt) => return self.defer_doubt(resource, doubt),
            Observation::Absent => {
                let fields = created(&record::attributes(&value));
                let reason = self.reason_of_creation(resource);
                (self.change(resource, Action::Create, reason, fields), vec![creation(value)])
            }
            Observation::Present(observed) => {
                let changes = differences(observed);
                let Some(old) = observed.record.as_ref().filter(|_| !changes.is_empty()) else {
                    if self.is_strange(resource) {
                        let text =
                            "it is as declared, and not recorded as made by polyregion: destroy leaves it";
                        let address = resource.address.clone();
                        self.plan.notes.push(Note { address, text: text.to_owned() });
                    }
                    return self.plan.unchanged += 1;
                };
                if let Some(what) = self.not_ours_to_change(resource, &observed.physical_id) {
                    let help = "delete it yourself if nobody needs it, or take it out of the topology";
                    return self.conflict(resource, what, help.to_owned());
                }
                let index = self.change(resource, Action::Update, Reason::Differs, changes);
                let address = resource.address.clone();
                let deletion =
                    RecordChange { action: RecordAction::Delete, depth: 0, address, record: old.clone() };
                (index, vec![deletion, creation(value)])
            }
        };
        let by_name = self.records.entry(set.zone.clone()).or_default();
        by_name.entry(set.name.clone()).or_default().push((index, lines));
    }

    /// Packs the changes of records into batches. All records of one name go together; what stands in their way with
    /// another policy is deleted in the same batch.
    pub(super) fn batches(&mut self) {
        if self.records.is_empty() {
            return;
        }
        let depths = depths(self.input.topology.resources());
        // What was an alias of what is deleted.
        let observed = self.observed_aliases();
        let removed = self.input.removed.iter();
        let removed = removed.filter_map(|resource| Some((resource, resource.kind.as_record_set()?)));
        let aliases: BTreeMap<&Address, Vec<&Address>> = removed
            .filter_map(|(resource, set)| Some((&resource.address, observed.get(&alias_key(set))?.clone())))
            .collect();
        for (zone, by_name) in std::mem::take(&mut self.records) {
            let mut groups = Vec::new();
            let mut index_of: BTreeMap<RecordChange, usize> = BTreeMap::new();
            for members in by_name.into_values() {
                let mut group = self.obstacles(&zone, members.iter().flat_map(|(_, lines)| lines));
                for (index, lines) in members {
                    group.extend(lines.into_iter().map(|line| (line, index)));
                }
                for (line, _) in &mut group {
                    line.depth = depths.get(&line.address).copied().unwrap_or_default();
                }
                groups.push(group.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>());
                index_of.extend(group);
            }
            let (topology, step_of) = (self.input.topology, &self.step_of);
            let needs = |line: &RecordChange| {
                let resource = topology.resource(&line.address);
                resource.into_iter().flat_map(|resource| &resource.needs)
            };
            // Aliases after what they are of, and what is deleted after what was an alias of it.
            let released = |group: &Vec<RecordChange>| -> Vec<&Address> {
                let deleted = group.iter().filter(|line| line.action == RecordAction::Delete);
                deleted.flat_map(|line| aliases.get(&line.address).into_iter().flatten().copied()).collect()
            };
            groups.sort_by_key(|group: &Vec<RecordChange>| {
                (!released(group).is_empty(), group.iter().map(|line| line.depth).max())
            });
            // What waits for nothing but its zone goes first, and does not fail with what the others wait for. An alias waits
            // with what it is of.
            let mut late: BTreeSet<Address> = BTreeSet::new();
            let (mut ready, mut waiting) = (Vec::new(), Vec::new());
            for group in groups {
                let needed = group.iter().flat_map(needs);
                let waits = needed
                    .into_iter()
                    .any(|need| late.contains(need) || (*need != zone && step_of.contains_key(need)))
                    || released(&group).into_iter().any(|alias| late.contains(alias));
                if waits {
                    late.extend(group.iter().map(|line| line.address.clone()));
                    waiting.push(group);
                } else {
                    ready.push(group);
                }
            }
            self.plan.push_batches(pack(&zone, vec![ready, waiting]), &index_of, |batch| {
                batch.changes.iter().flat_map(needs).filter_map(|need| step_of.get(need).copied()).collect()
            });
        }
    }

    /// Plans the deletion of the records that Route 53 would not let these stand beside.
    fn obstacles<'l>(
        &mut self,
        zone: &Address,
        lines: impl Iterator<Item = &'l RecordChange> + Clone,
    ) -> Vec<(RecordChange, usize)> {
        let mut found = Vec::new();
        for unmanaged in &self.input.world.unmanaged {
            let Some(record) = self.obstacle_in(zone, unmanaged) else { continue };
            let Some(resource) = self.input.topology.resource(&unmanaged.address) else { continue };
            let mut created = lines.clone().filter(|line| line.action == RecordAction::Create);
            if !created.any(|line| is_in_the_way(record, &line.record.name, &line.record.record_type)) {
                continue;
            }
            let fields = diff(&Attributes::new(), &record::attributes(record));
            let index = self.change(resource, Action::Delete, Reason::InTheWay, fields);
            let address = unmanaged.address.clone();
            let line =
                RecordChange { action: RecordAction::Delete, depth: 0, address, record: record.clone() };
            found.push((line, index));
        }
        found
    }

    /// Why a record that differs must not be changed: in somebody else's zone, only what is recorded is ours.
    fn not_ours_to_change(&self, resource: &Resource, physical_id: &str) -> Option<String> {
        self.is_strange(resource).then(|| {
            format!("the record {physical_id} in the existing zone differs, and it is not recorded as made by polyregion")
        })
    }

    /// Whether a record is in somebody else's zone and not recorded as ours.
    fn is_strange(&self, resource: &Resource) -> bool {
        self.input.topology.is_in_existing_zone(resource)
            && !self.input.state.resources.contains_key(&resource.address)
    }

    /// The records that are there and are aliases, by zone, name and type of what they are of, as observed.
    pub(super) fn observed_aliases(&self) -> Aliases<'a> {
        // Only what is taken out is looked up in it.
        if self.input.removed.is_empty() {
            return Aliases::new();
        }
        let everything = self.input.topology.resources().iter().chain(self.input.removed);
        let mut aliases = Aliases::new();
        for resource in everything {
            let Some(set) = resource.kind.as_record_set() else { continue };
            if let Some(Observation::Present(observed)) = self.input.world.resources.get(&resource.address)
                && let Some(RecordValue { record_type, answer: Answer::Alias { dns_name, .. }, .. }) =
                    &observed.record
            {
                let name = dns_name.trim_end_matches('.').to_ascii_lowercase();
                aliases.entry((&set.zone, name, record_type.clone())).or_default().push(&resource.address);
            }
        }
        aliases
    }

    /// Whether other records that stay answer under a record's name and type.
    pub(super) fn has_sibling(&self, set: &RecordSet) -> bool {
        self.input.topology.resources().iter().filter_map(|other| other.kind.as_record_set()).any(|other| {
            other.zone == set.zone && other.name == set.name && other.record_type == set.record_type
        })
    }

    /// Collects the deletion of a record that is declared no longer.
    pub(super) fn removed_record(&mut self, resource: &'a Resource, set: &'a RecordSet, observed: &Observed) {
        let Some(record) = observed.record.clone() else { return };
        let fields = diff(&Attributes::new(), &observed.attributes);
        let index = self.change(resource, Action::Delete, Reason::Undeclared, fields);
        let address = resource.address.clone();
        let line = RecordChange { action: RecordAction::Delete, depth: 0, address, record };
        let by_name = self.records.entry(set.zone.clone()).or_default();
        by_name.entry(set.name.clone()).or_default().push((index, vec![line]));
    }
}

/// How many aliases of other records lie between each record and an answer; resources come after what they need.
pub(super) fn depths<'r>(resources: impl IntoIterator<Item = &'r Resource>) -> BTreeMap<&'r Address, usize> {
    let mut depths: BTreeMap<&Address, usize> = BTreeMap::new();
    for resource in resources.into_iter().filter(|resource| resource.address.kind == Kind::Record) {
        let of = resource.needs.iter().filter_map(|need| depths.get(need));
        let depth = of.max().map_or(0, |deepest| deepest + 1);
        depths.insert(&resource.address, depth);
    }
    depths
}

/// Addresses of aliases, by zone, name and type of what they are of.
pub(super) type Aliases<'a> = BTreeMap<(&'a Address, String, String), Vec<&'a Address>>;

/// Under what the aliases of a record are found.
pub(super) fn alias_key(set: &RecordSet) -> (&Address, String, String) {
    (&set.zone, set.name.trim_end_matches('.').to_ascii_lowercase(), set.record_type.name().to_owned())
}

/// Whether a record that exists keeps one of this name and type from being created beside it.
pub(super) fn is_in_the_way(record: &RecordValue, name: &str, record_type: &str) -> bool {
    let cname = record.record_type == "CNAME" || record_type == "CNAME";
    record.name == name && (record.record_type == record_type || cname)
}
