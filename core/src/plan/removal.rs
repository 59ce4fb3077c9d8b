//! What is recorded and declared no longer. What holds no data goes; what holds data keeps its place until there is consent,
//! then stands alone with its data, and is deleted only with consent given again. Not here: destroying everything
//! (`destroy`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::{Address, Kind, RecordSet, Resource, ResourceKind, Table};

use super::change::{Action, Reason, holds_data};
use super::deploy::Planner;
use super::destroy;
use super::ratchet::{Released, holder};
use super::records::{Aliases, alias_key};
use super::{Note, Operation, StepId};
use crate::attribute::{Attributes, Field, Value};
use crate::observed::{Observation, Observed, Owner, Stranger};

const DETACHED: &str = "is taken out of its group and keeps its data";
const DELETED: &str = "is deleted, data included";

/// What becomes of a resource.
enum Fate {
    Delete,
    Detach,
    Keep(&'static str, &'static str),
    /// It goes with what it serves, which stays.
    Stay,
    Conflict(&'static str, &'static str),
}

impl<'a> Planner<'a> {
    /// Collects the deletions of records, which go into the batches of their zones: traffic leaves first.
    pub(super) fn remove_records(&mut self) {
        let aliases = self.observed_aliases();
        // An alias that stays as it is, of something that nothing else answers for.
        let held = |aliases: &Aliases<'a>, set: &RecordSet, planner: &Self| {
            let of = aliases.get(&alias_key(set))?;
            let held = of.iter().find(|alias| planner.held.contains_key(**alias))?;
            Some(*held).filter(|_| !planner.has_sibling(set))
        };
        // Records of a zone that is taken out as a whole stay with it until there is consent.
        let is_kept = |zone: &&Resource| {
            let is_zone = zone.address.kind == Kind::Zone && !zone.kind.is_existing_zone();
            is_zone && !self.input.consents.contains(&zone.address)
        };
        let removed = self.input.removed.iter();
        let kept_zones: BTreeSet<&Address> = removed.filter(is_kept).map(|zone| &zone.address).collect();
        for resource in self.input.removed {
            let ResourceKind::RecordSet(set) = &resource.kind else { continue };
            if self.held.contains_key(&set.zone) || kept_zones.contains(&set.zone) {
                continue;
            }
            match self.input.world.get(&resource.address) {
                Observation::Absent => {}
                Observation::Unknown(doubt) => self.defer_doubt(resource, doubt),
                Observation::Present(observed) => match &observed.owner {
                    Owner::Ours | Owner::Inherited => match self.plane_down(resource) {
                        Some((region, why)) => self.defer_for(resource, why, Some(region)),
                        None => match held(&aliases, set, self) {
                            // It would answer with nothing.
                            Some(alias) => {
                                let why =
                                    format!("{alias} still is an alias of it, and can't be changed now");
                                self.defer_for(resource, why, None);
                            }
                            None => self.removed_record(resource, set, observed),
                        },
                    },
                    Owner::Foreign(whose) => self.leave(resource, whose),
                },
            }
        }
    }

    /// Plans what becomes of everything else that is declared no longer: what needs something else first.
    pub(super) fn remove_others(&mut self) {
        let mut deleting: Vec<(Resource, &Observed, usize)> = Vec::new();
        let there: Vec<&Resource> = self
            .input
            .removed
            .iter()
            .filter(|resource| *self.input.world.get(&resource.address) != Observation::Absent)
            .collect();
        let planned: BTreeSet<&Address> = self.plan.changes.iter().map(|change| &change.address).collect();
        let may_go = |resource: &Resource| match self.input.world.get(&resource.address) {
            Observation::Present(_) if resource.kind.as_record_set().is_some() => {
                planned.contains(&resource.address)
            }
            Observation::Present(observed) => {
                self.plane_down(resource).is_none() && matches!(self.fate(resource, observed), Fate::Delete)
            }
            Observation::Absent | Observation::Unknown(_) => false,
        };
        // A bucket that leaves its mirror keeps its data and stops to replicate.
        let may_part = |resource: &Resource| {
            let leaves = holder(resource).is_some_and(|bucket| self.input.consents.contains(&bucket));
            matches!(resource.kind, ResourceKind::Replication(_)) && leaves && self.item_goes_on(resource)
        };
        let released = Released::of(&there, may_go, may_part);
        for resource in self.input.removed.iter().rev() {
            if resource.kind.as_record_set().is_some() || resource.kind.is_existing_zone() {
                continue;
            }
            let observed = match self.input.world.get(&resource.address) {
                Observation::Absent => continue,
                Observation::Unknown(doubt) => {
                    self.defer_doubt(resource, doubt);
                    continue;
                }
                Observation::Present(observed) => &**observed,
            };
            if let Some((region, why)) = self.plane_down(resource) {
                self.defer_for(resource, why, Some(region));
                continue;
            }
            if let Owner::Foreign(
                whose @ (Stranger::Unmarked
                | Stranger::Kept { .. }
                | Stranger::Marked { .. }
                | Stranger::NoReplica { once_ours: false }),
            ) = &observed.owner
            {
                self.leave(resource, whose);
                continue;
            }
            let holds = holds_data(&resource.kind) && resource.kind.region().is_some();
            if let Some(undrained) = self.undrained().filter(|_| holds)
                && self.input.consents.contains(&resource.address)
            {
                let why = format!("users may still be sent there: {undrained} is deferred or in conflict");
                let region = self.plan.deferred.iter().find(|deferred| deferred.address == undrained);
                let region = region.and_then(|deferred| deferred.region);
                self.defer_for(resource, why, region);
                continue;
            }
            let fate = match self.fate(resource, observed) {
                Fate::Delete if !released.going.contains(&resource.address) => {
                    match released.kept_by.get(&resource.address) {
                        Some(by) if self.input.consents.contains(&resource.address) => {
                            let what = format!("it can't be deleted, as {by} stays and needs it");
                            let help = "consent to what it belongs to as well; nothing is half done";
                            self.conflict(resource, what, help.to_owned());
                            continue;
                        }
                        Some(_) | None => Fate::Stay,
                    }
                }
                fate @ (Fate::Delete | Fate::Detach | Fate::Keep(..) | Fate::Stay | Fate::Conflict(..)) => {
                    fate
                }
            };
            match fate {
                Fate::Delete => {
                    let index = self.change(resource, Action::Delete, Reason::Undeclared, Vec::new());
                    deleting.push((as_it_stands(resource, observed), observed, index));
                }
                Fate::Detach => {
                    let index = self.change(resource, Action::Detach, Reason::Undeclared, Vec::new());
                    self.detach_step(resource, index);
                }
                Fate::Keep(why, with_consent) => {
                    self.keep(resource, why, with_consent);
                }
                Fate::Stay => {}
                Fate::Conflict(what, help) => {
                    self.conflict(resource, what.to_owned(), help.to_owned());
                }
            }
        }
        let everything: Vec<&Resource> = self.input.resources().collect();
        let step_of = std::mem::take(&mut self.step_of);
        let first = self.plan.steps.len();
        self.step_of = destroy::steps(&everything, &mut self.plan, deleting, step_of);
        // A check goes when no record has it any more: Route 53 deletes it all the same (`is_checked_by_others`).
        let drained = self.record_steps();
        for step in &mut self.plan.steps[first..] {
            if let Operation::Delete { resource, .. } = &step.operation
                && resource.kind.as_health_check().is_some()
            {
                step.needs.extend(&drained);
            }
        }
    }

    /// A record or zone that is in doubt: what users of a region are told may not be what it should be.
    fn undrained(&self) -> Option<Address> {
        let deferred = self.plan.deferred.iter().map(|deferred| &deferred.address);
        let conflicts = self.plan.conflicts.iter().map(|conflict| &conflict.address);
        let mut open = deferred.chain(conflicts);
        open.find(|address| matches!(address.kind, Kind::Record | Kind::Zone)).cloned()
    }

    fn record_steps(&self) -> BTreeSet<StepId> {
        let records = |operation: &Operation| matches!(operation, Operation::ChangeRecords(_));
        self.plan.steps.iter().filter(|step| records(&step.operation)).map(|step| step.id).collect()
    }

    fn fate(&self, resource: &Resource, observed: &Observed) -> Fate {
        let consented = |address: &Address| self.input.consents.contains(address);
        let goes_on = self.item_goes_on(resource);
        let stands_alone = matches!(observed.owner, Owner::Foreign(Stranger::NoReplica { .. }));
        match &resource.kind {
            ResourceKind::HealthCheck(_) if self.is_checked_by_others(&observed.physical_id) => Fate::Stay,
            ResourceKind::HealthCheck(_) => Fate::Delete,
            ResourceKind::Zone(_) => self.data_fate(resource, false, "it holds records and a delegation"),
            ResourceKind::Table(_) | ResourceKind::Replica(_) if stands_alone => {
                self.data_fate(resource, false, "it stands alone with the data it had")
            }
            ResourceKind::Replica(_)
                if consented(&resource.address) && self.leaves_others(resource, observed) =>
            {
                Fate::Conflict(
                    "the replicas of a strongly consistent table leave it together, with its witness",
                    "take all of them out and consent to all, or declare them again",
                )
            }
            ResourceKind::Table(_) | ResourceKind::Replica(_) => {
                let detachable = goes_on && !is_strong(observed);
                let why = if goes_on { "it is still a replica and holds data" } else { "it holds data" };
                self.data_fate(resource, detachable, why)
            }
            ResourceKind::Cluster(_) => match (observed.is_member() && goes_on, observed.is_writer()) {
                (true, true) if consented(&resource.address) => Fate::Conflict(
                    "it is the writer of its global cluster, which goes on elsewhere",
                    "switch the writer over to another member first, with the RDS console or `aws rds \
                         switchover-global-cluster`",
                ),
                (true, true) => Fate::Keep(
                    "it is the writer of its global cluster, which goes on elsewhere",
                    "can't be taken out before another member is the writer",
                ),
                (true, false) => self.data_fate(resource, true, "it is still a member and holds data"),
                (false, _) if goes_on => {
                    self.data_fate(resource, false, "it stands alone with the data it had")
                }
                (false, _) => self.data_fate(resource, false, "it holds data"),
            },
            // Instances go with their cluster's data, or by themselves where the cluster goes on with fewer.
            ResourceKind::Instance(_) => match holder(resource).and_then(|cluster| self.removed(&cluster)) {
                // Two sources contradict each other: error messages, and the User Guide's page on headless secondaries.
                None if self.becomes_headless(resource) => Fate::Conflict(
                    "it is the last instance of a secondary, which RDS refuses to delete by what users posted",
                    "leave it an instance; for Aurora MySQL the Aurora User Guide deletes it in the RDS console, and what is gone there \
                         is no longer asked for",
                ),
                None => Fate::Delete,
                Some(cluster) if consented(&cluster.address) && !self.is_member_that_goes_on(cluster) => {
                    Fate::Delete
                }
                Some(_) => Fate::Stay,
            },
            ResourceKind::Bucket(_) if goes_on && self.is_mirrored(resource) => {
                // With consent the documents of the mirror change; the bucket itself needs no call.
                if consented(&resource.address) {
                    Fate::Keep("it is taken out of its mirror and keeps its data", DELETED)
                } else {
                    Fate::Keep("it is still mirrored and holds data", DETACHED)
                }
            }
            ResourceKind::Bucket(_) if goes_on => {
                self.data_fate(resource, false, "it stands alone with the data it had")
            }
            ResourceKind::Bucket(_) => self.data_fate(resource, false, "it holds data"),
            ResourceKind::Replication(_) => match holder(resource) {
                Some(bucket) if consented(&bucket) => Fate::Delete,
                // The bucket goes on and is declared to be copied no more.
                Some(bucket) if self.input.topology.resource(&bucket).is_some() => Fate::Delete,
                Some(_) | None => Fate::Stay,
            },
            // What needs them decides.
            ResourceKind::GlobalCluster(_) | ResourceKind::ReplicationRole(_) => Fate::Delete,
            // Records are collected before.
            ResourceKind::RecordSet(_) => Fate::Stay,
        }
    }

    /// Whether a strongly consistent replica would go without one that stays (DDB-104).
    fn leaves_others(&self, replica: &Resource, observed: &Observed) -> bool {
        let goes = |other: &Resource| {
            self.removed(&other.address).is_some() && self.input.consents.contains(&other.address)
        };
        is_strong(observed) && self.input.resources().any(|other| is_beside(replica, other) && !goes(other))
    }

    /// Whether the member that an instance belongs to is declared without any.
    fn becomes_headless(&self, instance: &Resource) -> bool {
        let (item, region) = (instance.address.item(), &instance.address.region);
        let mut declared = self.input.topology.resources().iter();
        !declared.any(|other| {
            matches!(other.kind, ResourceKind::Instance(_))
                && other.address.item() == item
                && other.address.region == *region
        })
    }

    /// Without consent it keeps its place. With it, what is one of several is detached, and what stands alone is deleted.
    fn data_fate(&self, resource: &Resource, detachable: bool, why: &'static str) -> Fate {
        let with_consent = if detachable { DETACHED } else { DELETED };
        match (self.input.consents.contains(&resource.address), detachable) {
            (false, _) => Fate::Keep(why, with_consent),
            (true, true) => Fate::Detach,
            (true, false) => Fate::Delete,
        }
    }

    /// Whether the item that a resource belonged to is still declared, in other regions.
    fn item_goes_on(&self, resource: &Resource) -> bool {
        let mut declared = self.input.topology.resources().iter();
        declared.any(|declared| declared.address.item() == resource.address.item())
    }

    fn removed(&self, address: &Address) -> Option<&'a Resource> {
        self.input.removed.iter().find(|removed| removed.address == *address)
    }

    fn is_member_that_goes_on(&self, cluster: &Resource) -> bool {
        let member = match self.input.world.get(&cluster.address) {
            Observation::Present(observed) => observed.is_member(),
            Observation::Absent => false,
            Observation::Unknown(_) => true,
        };
        member && self.item_goes_on(cluster)
    }

    /// Whether a record that this plan does not change still has a health check. Route 53 deletes it all the same, and then
    /// answers unpredictably (Route 53 API, `DeleteHealthCheck`).
    fn is_checked_by_others(&self, id: &str) -> bool {
        let has_it = |observation: &Observation| match observation {
            Observation::Present(observed) => {
                let known = observed.attributes.get(&Field::HealthCheck);
                known == Some(&Value::text(id)) && observed.record.is_some()
            }
            Observation::Absent | Observation::Unknown(_) => false,
        };
        let changes = |address: &Address| self.plan.changes.iter().any(|change| change.address == *address);
        self.input
            .world
            .resources
            .iter()
            .any(|(address, observation)| has_it(observation) && !changes(address))
    }

    fn leave(&mut self, resource: &Resource, whose: &Stranger) {
        let text = format!("it was recorded as ours and {whose}, so it is left alone and forgotten");
        self.plan.notes.push(Note { address: resource.address.clone(), text });
    }

    /// A detachment comes after what sends users to it.
    fn detach_step(&mut self, resource: &Resource, index: usize) {
        self.step(resource, index, Operation::Detach(resource.clone()));
        let drained = self.record_steps();
        if let Some(step) = self.plan.steps.last_mut() {
            step.needs.extend(drained);
        }
    }
}

/// A replica that stands alone is deleted as the table it is.
pub(super) fn as_it_stands(resource: &Resource, observed: &Observed) -> Resource {
    let mut resource = resource.clone();
    if let (ResourceKind::Replica(replica), Owner::Foreign(Stranger::NoReplica { .. })) =
        (&resource.kind, &observed.owner)
    {
        resource.kind = ResourceKind::Table(Table {
            name: replica.name.clone(),
            region: replica.region,
            // Only its name and region are needed to delete it.
            key: polyregion_model::KeyAttribute {
                name: String::new(),
                key_type: polyregion_model::KeyType::S,
            },
            sort_key: None,
            ttl: None,
            indexes: BTreeMap::new(),
            deletion_protection: replica.deletion_protection,
            settings: Attributes::new(),
        });
    }
    resource
}

/// Whether a replica is one of a strongly consistent table.
pub(super) fn is_strong(observed: &Observed) -> bool {
    observed.attributes.contains_key(&Field::Consistency)
}

/// Whether these are replicas of the same table.
pub(super) fn is_beside(replica: &Resource, other: &Resource) -> bool {
    other.kind.as_replica().is_some() && other.address.item() == replica.address.item()
}
