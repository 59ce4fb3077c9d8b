//! The ratchet of a deploy: what looks like the loss of much is stopped, and what holds data keeps its place. Not here:
//! what is declared no longer (`removal`), and destroying (`destroy`).

use polyregion_model::{Address, Resource, ResourceKind};

use super::batch::{RecordAction, RecordChange};
use super::change::{Conflict, Kept};
use super::deploy::Planner;
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;
use crate::observed::Observation;

/// A plan that deletes more of a zone's records than this is stopped: it rather shows a mistake than an intention. The
/// threshold is that of another tool with years of use (octoDNS refuses more than 30 % of ten or more).
const MOST_DELETED_PERCENT: usize = 30;
/// Zones with fewer records are too small for a share to mean much.
const FEWEST_RECORDS: usize = 10;

impl Planner<'_> {
    /// Route 53 saying that a zone is empty, of which records are recorded, is rather a wrong answer than a fact; acting on it
    /// would be to make them all again, or to forget them.
    pub(super) fn hold_emptied_zones(&mut self) {
        let state = self.input.state;
        let resources = self.input.topology.resources().iter().chain(self.input.removed);
        let zones: Vec<&Resource> = resources.filter(|resource| resource.kind.as_zone().is_some()).collect();
        for zone in zones {
            let is_in_it = |resource: &Resource| {
                resource.kind.as_record_set().is_some_and(|set| set.zone == zone.address)
            };
            let recorded = state
                .resources
                .values()
                .filter(|recorded| is_in_it(&recorded.resource))
                // A run that was cut off may have deleted these.
                .filter(|recorded| !state.intents.contains_key(&recorded.resource.address))
                .count();
            let is_listed_empty = self.input.world.zone_sizes.get(&zone.address) == Some(&0);
            if recorded > 0 && is_listed_empty {
                let what = format!("Route 53 lists no record in it, and {recorded} are recorded");
                let help = "run the command again; if somebody really deleted them all, `state rebuild` makes that known";
                self.conflict(zone, what, help.to_owned());
            }
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
            let indices: Vec<usize> = self
                .records
                .remove(&zone)
                .into_iter()
                .flatten()
                .flat_map(|(_, members)| members)
                .map(|(index, _)| index)
                .collect();
            self.forget_changes(&indices);
            let resources = self.input.topology.resources().iter().chain(self.input.removed);
            if let Some(resource) = resources.into_iter().find(|resource| resource.address == zone) {
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
    fn forget_changes(&mut self, indices: &[usize]) {
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
        let mirrored =
            matches!(resource.kind, ResourceKind::Replication(_) | ResourceKind::ReplicationRole(_));
        let same_item = |address: &Address| {
            address.kind == resource.address.kind
                && address.label == resource.address.label
                && address.part.is_some()
        };
        let mut unmanaged = self.input.world.unmanaged.iter().filter(|_| mirrored);
        let extra = unmanaged.find(|unmanaged| same_item(&unmanaged.address))?;
        Some(extra.what.clone())
    }

    /// Whether all that differs in a mirror's documents is that they still serve a bucket which was taken out and which
    /// nobody consented to cut off. It is said to be kept then, and the document stays.
    pub(super) fn keeps_replicating(&mut self, resource: &Resource, changes: &[FieldChange]) -> bool {
        let mirrored =
            matches!(resource.kind, ResourceKind::Replication(_) | ResourceKind::ReplicationRole(_));
        if !mirrored || changes.is_empty() {
            return false;
        }
        self.attached_buckets(resource).iter().any(|bucket| !self.input.consents.contains(&bucket.address))
    }

    /// The buckets of the same mirror that were taken out and are still served.
    fn attached_buckets(&self, resource: &Resource) -> Vec<&Resource> {
        let same_item = |other: &&Resource| {
            other.address.kind == resource.address.kind
                && other.address.label == resource.address.label
                && other.kind.as_bucket().is_some()
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
        help: format!("if that is meant, add --consent {} and --plan-hash with the hash below", zone.address),
    }
}
