//! What is left when a region is lost, and what depends on a single one. Not here: how long it takes (`recovery`).

use super::loss::copies_all;
use crate::alias;
use crate::check::services::each_service;
use crate::check::{
    Context, Member, Place, bucket_places, clusters, each_bucket, each_cluster, each_record, each_table,
    has_health_signal,
};
use crate::node::NodeId;
use crate::region::Region;
use crate::seen::{ByText, Seen};
use crate::spec::*;

/// Groups in groups that are looked into: no tree that anybody reads is deeper.
const MAX_DEPTH: usize = 16;

/// What does not survive the loss of a region.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) enum Loss {
    /// A name has no answer.
    Answer,
    /// A name goes on giving an answer that is lost.
    Signal,
    /// A table has no replica.
    Table,
    /// A cluster has no member to promote.
    Cluster,
    /// A bucket's objects are nowhere else.
    Bucket,
    /// A service runs nowhere.
    Service,
}

/// Something that does not survive: what, where it was written, and why.
pub(crate) struct Lost {
    pub(crate) loss: Loss,
    pub(crate) node: NodeId,
    pub(crate) why: String,
}

/// The region that an answer is in, if it is in one.
pub(crate) fn region_of(context: &Context<'_>, member: &Member<'_>) -> Option<Region> {
    let place = member.own_place();
    match &member.target.kind {
        TargetKind::LoadBalancer { region: Some(label), .. } => {
            context.place(label.as_str()).map(|(_, region)| region)
        }
        TargetKind::Alias(name) => {
            let named = context.expand(name.as_str(), place).and_then(|name| alias::zone_of(&name)?.region());
            named.or(place.map(|(_, region)| region))
        }
        TargetKind::LoadBalancer { region: None, .. } | TargetKind::Values(_) => {
            place.map(|(_, region)| region)
        }
        TargetKind::Record(_) | TargetKind::Group(_) => None,
    }
}

/// The labels of records that stand in the place of others' answers and that no service serves.
pub(crate) fn inner(context: &Context<'_>) -> Seen {
    let mut served = Seen::default();
    for service in each_service(context.spec) {
        for label in all(&service.serves) {
            served.first(label.value.clone(), label.id);
        }
    }
    let mut inner = Seen::default();
    for record in &context.records {
        if let RoutingSpec::Group(group) = &record.spec.routing {
            for member in &group.members {
                if let TargetKind::Record(label) = &member.target.kind
                    && !served.contains(label.as_str())
                {
                    inner.first(label.value.clone(), label.id);
                }
            }
        }
    }
    inner
}

/// What is left without a region, each record looked at once.
struct Without<'c, 'a> {
    context: &'c Context<'a>,
    region: Region,
    /// Whether all answers of a record are lost, by label; no while it is looked at, so that circles end.
    lost: ByText<bool>,
}

impl<'a> Without<'_, 'a> {
    /// Whether an answer is lost; an alias of a record with all answers of that.
    fn is_lost(&mut self, member: &Member<'a>) -> bool {
        let TargetKind::Record(label) = &member.target.kind else {
            return region_of(self.context, member) == Some(self.region);
        };
        if let Some(known) = self.lost.get(label.as_str()) {
            return *known;
        }
        self.lost.or_insert(label.value.clone(), false);
        let Some(used) = self.context.record(label.as_str()) else { return false };
        let members = self.context.members(used);
        let is_lost = !members.is_empty() && members.iter().all(|member| self.is_lost(member));
        *self.lost.or_insert(label.value.clone(), is_lost) = is_lost;
        is_lost
    }

    /// Whether something takes an answer out that is lost. An alias of a record goes with everything below it.
    fn signals(&self, member: &Member<'a>, depth: usize) -> bool {
        let target = member.target;
        let own = member.own_place().map(|(_, region)| region);
        let used = target.keys.health_check.as_ref();
        let checked = used.and_then(|used| Some((used, self.context.health_check(used.label.as_str())?)));
        if checked.is_some_and(|(used, check)| self.goes_down(used, check, own)) {
            return true;
        }
        let follows = target.keys.evaluate_target_health.as_ref().is_none_or(|flag| flag.value);
        match &target.kind {
            TargetKind::Record(label) => {
                let below = self.context.record(label.as_str()).filter(|_| follows && depth < MAX_DEPTH);
                below.is_some_and(|used| {
                    self.context.members(used).iter().all(|member| self.signals(member, depth + 1))
                })
            }
            TargetKind::Values(_) => false,
            TargetKind::Alias(_) | TargetKind::LoadBalancer { .. } | TargetKind::Group(_) => {
                let bare = RecordTarget {
                    keys: TargetKeys { health_check: None, ..target.keys.clone() },
                    ..target.clone()
                };
                has_health_signal(&bare)
            }
        }
    }

    /// Whether a check fails when the region is lost.
    fn goes_down(&self, used: &HealthCheckRef, check: &HealthCheckSpec, own: Option<Region>) -> bool {
        // The region that the check is for: the one that is named, or the answer's; none of a check that exists once.
        let named = used.region.as_ref().and_then(|label| self.context.place(label.as_str()));
        let place = named.map(|(_, region)| region).or(own).filter(|_| check.regions.is_some());
        match &check.probe {
            // Of a check that exists once, nobody knows where what it asks is: it is taken to be with the answer.
            ProbeSpec::Endpoint { .. } => place.is_none_or(|place| place == self.region),
            ProbeSpec::Alarm(alarm) => {
                let of_alarm =
                    alarm.region.as_ref().and_then(|code| Region::from_code(code.as_str())).or(own);
                alarm.fails_without_figures() || of_alarm != Some(self.region)
            }
            ProbeSpec::Calculated(calculated) => {
                let mut up = 0;
                for used in &calculated.of {
                    let Some(child) = self.context.health_check(used.label.as_str()) else { continue };
                    // A calculated check of calculated checks is refused.
                    if matches!(child.probe, ProbeSpec::Calculated(_)) {
                        continue;
                    }
                    match (&used.region, &child.regions) {
                        (None, Some(set)) => {
                            for (_, region) in self.context.set(set, None) {
                                up += u64::from(!self.goes_down(used, child, Some(region)));
                            }
                        }
                        (Some(_), _) | (None, None) => {
                            up += u64::from(!self.goes_down(used, child, own));
                        }
                    }
                }
                up < calculated.at_least.value
            }
        }
    }
}

/// What does not survive the loss of a region.
pub(crate) fn lost(context: &Context<'_>, place: Place<'_>) -> Vec<Lost> {
    let mut lost = Vec::new();
    records(context, place, &mut lost);
    stores(context, place, &mut lost);
    for service in each_service(context.spec) {
        if context.set(&service.regions, None) == [place] {
            let why = format!("`{}` runs in `{}` alone", service.label.value, place.0);
            lost.push(Lost { loss: Loss::Service, node: service.regions.id(), why });
        }
    }
    lost
}

fn records(context: &Context<'_>, (label, region): Place<'_>, lost: &mut Vec<Lost>) {
    let mut without = Without { context, region, lost: ByText::default() };
    let inner = inner(context);
    for record in each_record(context.spec) {
        let members = context.members(record);
        let (gone, left): (Vec<&Member<'_>>, Vec<&Member<'_>>) =
            members.iter().partition(|member| without.is_lost(member));
        let name = &record.label.value;
        if gone.is_empty() {
            continue;
        }
        if left.is_empty() {
            // What stands in another record's place is lost there, and the other answers.
            if !inner.contains(name.as_str()) {
                let why = format!("`{name}` has no answer without `{label}`");
                lost.push(Lost { loss: Loss::Answer, node: record.label.id, why });
            }
            continue;
        }
        for member in gone {
            if !falls_back(record, member, &left) {
                let who = member.key().unwrap_or_default();
                let why = format!("users of `{who}` have no answer of `{name}` without `{label}`");
                lost.push(Lost { loss: Loss::Answer, node: member.target.id, why });
            } else if !is_secondary(record, member) && !without.signals(member, 0) {
                let why = format!("`{name}` goes on answering with what is lost with `{label}`");
                lost.push(Lost { loss: Loss::Signal, node: member.target.id, why });
            }
        }
    }
}

/// Whether an answer is a failover's secondary: while it is lost, the primary answers.
fn is_secondary(record: &RecordSpec, member: &Member<'_>) -> bool {
    let is_failover =
        matches!(&record.routing, RoutingSpec::Group(group) if group.policy == GroupPolicy::Failover);
    is_failover && member.key().as_deref() == Some("secondary")
}

/// Whether users of a lost answer get one of those that are left: by place, only that of a place around theirs.
pub(crate) fn falls_back(record: &RecordSpec, member: &Member<'_>, left: &[&Member<'_>]) -> bool {
    let RoutingSpec::Group(group) = &record.routing else { return true };
    let answers =
        |wanted: &dyn Fn(&SelectorSpec) -> bool| left.iter().any(|member| member.who.is_some_and(wanted));
    match group.policy {
        GroupPolicy::Geolocation => {
            let Some(SelectorSpec::Location(location)) = member.who else { return true };
            let is_around = |who: &SelectorSpec| {
                let SelectorSpec::Location(other) = who else { return false };
                match (&location.value, &other.value) {
                    (LocationSpec::Default, _) => false,
                    (_, LocationSpec::Default) => true,
                    (LocationSpec::Subdivision(country, _), LocationSpec::Country(around)) => {
                        country == around
                    }
                    // Which continent a country is on is not looked up: one that has an answer is taken for it.
                    (
                        LocationSpec::Subdivision(..) | LocationSpec::Country(_),
                        LocationSpec::Continent(_),
                    ) => true,
                    (
                        _,
                        LocationSpec::Country(_) | LocationSpec::Continent(_) | LocationSpec::Subdivision(..),
                    ) => false,
                }
            };
            answers(&is_around)
        }
        GroupPolicy::Cidr => answers(&|who: &SelectorSpec| {
            let SelectorSpec::Network(network) = who else { return false };
            network.location.value == "default"
        }),
        GroupPolicy::Latency
        | GroupPolicy::Weighted
        | GroupPolicy::Failover
        | GroupPolicy::Geoproximity
        | GroupPolicy::Multivalue => true,
    }
}

fn stores(context: &Context<'_>, place: Place<'_>, lost: &mut Vec<Lost>) {
    let (label, _) = place;
    for table in each_table(context.spec) {
        if context.set(&table.replicas, None) == [place] {
            let why = format!("`{}` has no replica without `{label}`", table.label.value);
            lost.push(Lost { loss: Loss::Table, node: table.replicas.id(), why });
        }
    }
    for cluster in each_cluster(context.spec) {
        let members = clusters::members(context, cluster);
        let serves = |(label, _): &Place<'_>| {
            clusters::instances(cluster, label).is_some_and(|instances| instances.count.value > 0)
        };
        if members.contains(&place) && !members.iter().filter(|member| **member != place).any(serves) {
            let why = format!("`{}` has no member with an instance without `{label}`", cluster.label.value);
            lost.push(Lost { loss: Loss::Cluster, node: cluster.secondaries.id(), why });
        }
    }
    for bucket in each_bucket(context.spec) {
        let places = bucket_places(context, bucket);
        let is_kept = copies_all(bucket)
            && match &bucket.copies {
                CopiesSpec::Mirror(_) => places.len() > 1,
                // Copies hold what is lost with the source, and the source what is lost with a copy.
                CopiesSpec::OneWay(..) => true,
                CopiesSpec::Separate(_) => false,
            };
        if places.contains(&place) && !is_kept {
            let why = format!("objects of `{}` in `{label}` are nowhere else", bucket.label.value);
            lost.push(Lost { loss: Loss::Bucket, node: bucket.copies.set().id(), why });
        }
    }
}
