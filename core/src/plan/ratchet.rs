//! The ratchet of a deploy: what looks like the loss of much is stopped, and what holds data keeps its place. Not here:
//! what is declared no longer (`removal`), and destroying (`destroy`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use polyregion_model::{Address, Kind, Resource, ResourceKind};

use super::batch::{RecordAction, RecordChange};
use super::change::{Conflict, Kept};
use super::deploy::Planner;
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;
use crate::observed::Observation;
use crate::policy;

/// A plan that deletes more of a zone's records than this is stopped: it rather shows a mistake than an intention. The
/// threshold is that of another tool with years of use (octoDNS refuses more than 30 % of ten or more).
const MOST_DELETED_PERCENT: usize = 30;
/// Zones with fewer records are too small for a share to mean much.
const FEWEST_RECORDS: usize = 10;

impl Planner<'_> {
    /// A zone that is suddenly empty is left alone, with all records in it.
    pub(super) fn hold_emptied_zones(&mut self) {
        for zone in self.input.resources().filter(|zone| self.input.emptied.contains_key(&zone.address)) {
            let Conflict { address: _, position: _, what, help } = emptied(self.input.emptied, zone, None);
            self.conflict(zone, what, help);
        }
    }

    /// Stops deletions of a large part of a zone, unless there is consent for the zone.
    pub(super) fn hold_mass_deletions(&mut self) {
        let zones: Vec<Address> = self.records.keys().cloned().collect();
        for zone in zones {
            let by_name = self.records.get(&zone).into_iter().flatten();
            let changes = by_name.flat_map(|(_, members)| members);
            let deletes = |lines: &[RecordChange]| {
                !lines.is_empty() && lines.iter().all(|line| line.action == RecordAction::Delete)
            };
            let deleted = changes.filter(|(_, lines)| deletes(lines)).count();
            let size = self.input.world.zone_sizes.get(&zone).copied().unwrap_or_default();
            if !is_mass_deletion(deleted, size) || self.input.consents.contains(&zone) {
                continue;
            }
            // Nothing of the zone changes: parts of an edit may make no sense without the others.
            let indices: BTreeSet<usize> = self
                .records
                .remove(&zone)
                .into_iter()
                .flatten()
                .flat_map(|(_, members)| members)
                .map(|(index, _)| index)
                .collect();
            self.forget_changes(&indices);
            if let Some(resource) = self.input.resources().find(|resource| resource.address == zone) {
                self.plan.conflicts.push(mass_deletion(
                    resource,
                    deleted,
                    size,
                    self.input.topology.position(resource),
                ));
            }
        }
    }

    /// Takes changes out of the plan again. Called before any step refers to the ones behind them.
    fn forget_changes(&mut self, indices: &BTreeSet<usize>) {
        let mut moved = Vec::new();
        let mut number = 0;
        let changes = std::mem::take(&mut self.plan.changes);
        for (index, change) in changes.into_iter().enumerate() {
            let stays = !indices.contains(&index);
            moved.push(number);
            if stays {
                self.plan.changes.push(change);
                number += 1;
            }
        }
        let renumber = |index: &mut usize| *index = moved.get(*index).copied().unwrap_or(*index);
        self.plan.steps.iter_mut().flat_map(|step| &mut step.changes).for_each(renumber);
        let members = self.records.values_mut().flat_map(|by_name| by_name.values_mut()).flatten();
        members.for_each(|(index, _)| renumber(index));
    }

    /// A replication of the same mirror that is neither declared nor recorded. The configuration and the role's policy are
    /// whole documents, so changing either would end it, while users may still write there.
    pub(super) fn extra_replication(&self, resource: &Resource) -> Option<String> {
        let is_of_it =
            |address: &Address| address.item() == resource.address.item() && address.part.is_some();
        let mut unmanaged = self.input.world.unmanaged.iter().filter(|_| is_document(resource));
        let extra = unmanaged.find(|unmanaged| is_of_it(&unmanaged.address))?;
        Some(extra.what.clone())
    }

    /// Whether all that differs in a mirror's documents is that they still serve a bucket which was taken out and which
    /// nobody consented to cut off. It is said to be kept then, and the document stays.
    pub(super) fn keeps_replicating(&self, resource: &Resource, changes: &[FieldChange]) -> bool {
        self.serves_kept_bucket(resource) && !changes.is_empty() && changes.iter().all(only_serves_more)
    }

    /// Whether a mirror's document serves a bucket that was taken out and keeps its place.
    pub(super) fn serves_kept_bucket(&self, resource: &Resource) -> bool {
        let kept = |bucket: &&Resource| !self.input.consents.contains(&bucket.address);
        is_document(resource) && self.attached_buckets(resource).iter().any(kept)
    }

    /// The buckets of the same mirror that were taken out and are still served.
    fn attached_buckets(&self, resource: &Resource) -> Vec<&Resource> {
        let same_item = |other: &&Resource| {
            other.address.item() == resource.address.item() && other.kind.as_bucket().is_some()
        };
        self.input.removed.iter().filter(same_item).filter(|bucket| self.is_mirrored(bucket)).collect()
    }

    /// Whether a bucket that was taken out still replicates with those that are declared.
    pub(super) fn is_mirrored(&self, bucket: &Resource) -> bool {
        let name = bucket.kind.as_bucket().map(|bucket| bucket.name.clone()).unwrap_or_default();
        let own = bucket.address.clone().with_part("replication");
        let lists = |observation: &Observation| match observation {
            Observation::Present(observed) => matches!(
                observed.attributes.get(&Field::Destinations),
                Some(Value::List(destinations)) if destinations.contains(&name)
            ),
            Observation::Absent | Observation::Unknown(_) => false,
        };
        matches!(self.input.world.get(&own), Observation::Present(_))
            || self.input.world.resources.values().any(lists)
    }

    pub(super) fn keep(&mut self, resource: &Resource, why: &str, with_consent: &'static str) {
        self.plan.kept.push(Kept {
            address: resource.address.clone(),
            noun: resource.kind.noun(),
            why: why.to_owned(),
            with_consent,
        });
    }
}

/// Whether it is one of a mirror's documents, which tell S3 what to replicate and what it may.
pub(super) fn is_document(resource: &Resource) -> bool {
    matches!(resource.kind, ResourceKind::Replication(_) | ResourceKind::ReplicationRole(_))
}

/// What holds the data that a resource holds or serves: an instance serves its cluster's, a replication its bucket's.
pub(super) fn holder(resource: &Resource) -> Option<Address> {
    match &resource.kind {
        ResourceKind::Instance(_) => resource.needs.iter().find(|need| need.kind == Kind::Cluster).cloned(),
        ResourceKind::Replication(_) => {
            let mut bucket = resource.address.clone();
            bucket.part = None;
            Some(bucket)
        }
        ResourceKind::Zone(_)
        | ResourceKind::Table(_)
        | ResourceKind::Replica(_)
        | ResourceKind::Cluster(_)
        | ResourceKind::Bucket(_) => Some(resource.address.clone()),
        ResourceKind::HealthCheck(_)
        | ResourceKind::RecordSet(_)
        | ResourceKind::GlobalCluster(_)
        | ResourceKind::ReplicationRole(_) => None,
    }
}

/// Which of some resources can be deleted together, and what keeps the others: nothing goes that something needs which
/// stays, and nothing that serves data goes before the data. Nothing is half done for a consent that does not reach.
#[derive(Debug)]
pub(super) struct Released {
    pub(super) going: BTreeSet<Address>,
    /// What could go by itself, with what stays and needs it.
    pub(super) kept_by: BTreeMap<Address, Address>,
}

impl Released {
    /// `there` is everything that exists or may exist; `may_go` tells what could go if nothing needed it, and `may_part` what may
    /// go although the data that it serves stays.
    pub(super) fn of(
        there: &[&Resource],
        may_go: impl Fn(&Resource) -> bool,
        may_part: impl Fn(&Resource) -> bool,
    ) -> Self {
        let by_address: BTreeMap<&Address, &Resource> =
            there.iter().map(|resource| (&resource.address, *resource)).collect();
        let mut serving: BTreeMap<Address, Vec<&Resource>> = BTreeMap::new();
        for resource in there {
            if let Some(holder) = holder(resource).filter(|holder| *holder != resource.address) {
                serving.entry(holder).or_default().push(resource);
            }
        }
        let going = there.iter().filter(|resource| may_go(resource)).map(|found| found.address.clone());
        let mut released = Self { going: going.collect(), kept_by: BTreeMap::new() };
        // Each that stays keeps what it needs, and what serves its data.
        let stays = |resource: &&&Resource| !released.going.contains(&resource.address);
        let mut staying: VecDeque<&Resource> = there.iter().filter(stays).copied().collect();
        while let Some(resource) = staying.pop_front() {
            let served_by = serving.get(&resource.address).into_iter().flatten();
            let torn = served_by.filter(|serving| !may_part(serving)).map(|serving| &serving.address);
            for address in resource.needs.iter().chain(torn) {
                if released.going.remove(address) {
                    released.kept_by.insert(address.clone(), resource.address.clone());
                    staying.extend(by_address.get(address));
                }
            }
        }
        released
    }
}

/// Route 53 saying that a zone is empty, of which records are recorded, is rather a wrong answer than a fact; acting on it
/// would be to make them all again, or to forget them.
pub(super) fn emptied(
    emptied: &BTreeMap<Address, usize>,
    zone: &Resource,
    position: Option<String>,
) -> Conflict {
    let recorded = emptied.get(&zone.address).copied().unwrap_or_default();
    Conflict {
        address: zone.address.clone(),
        position,
        what: format!("Route 53 lists no record in it, and {recorded} are recorded"),
        help: "run the command again; if somebody really deleted them all, `state rebuild` makes that known"
            .to_owned(),
    }
}

/// Whether a document has all that is wanted, and more. What older versions did not set waits until the document changes anyway.
fn only_serves_more(change: &FieldChange) -> bool {
    if change.field == Field::ModificationSync {
        return true;
    }
    // Keys of copies in buckets that were taken out.
    if change.field == Field::ReplicaKeys {
        return change.new.is_none();
    }
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return false };
    match (change.field, old, new) {
        (Field::Destinations, Value::List(old), Value::List(new)) => {
            new.iter().all(|name| old.contains(name))
        }
        (Field::Policy, Value::Text(old), Value::Text(new)) => {
            let (old, new) = (policy::granted(old), policy::granted(new));
            new.is_subset(&old)
        }
        _ => false,
    }
}

/// Whether so many deletions need consent.
pub(super) fn is_mass_deletion(deleted: usize, size: usize) -> bool {
    size >= FEWEST_RECORDS && deleted * 100 > size * MOST_DELETED_PERCENT
}

/// What is said instead of making them.
pub(super) fn mass_deletion(
    zone: &Resource,
    deleted: usize,
    size: usize,
    position: Option<String>,
) -> Conflict {
    Conflict {
        address: zone.address.clone(),
        position,
        what: format!("{deleted} of its {size} records would be deleted, more than {MOST_DELETED_PERCENT} %"),
        help: format!(
            "if that is meant, add --consent {} and --plan-hash with the hash below; a destroy deletes the zone, too",
            zone.address
        ),
    }
}
