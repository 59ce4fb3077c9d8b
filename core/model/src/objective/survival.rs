//! What is left when a region is lost, and what depends on a single one. Not here: how long it takes (`recovery`).

use super::Dependency;
use crate::alias;
use crate::check::services::each_service;
use crate::check::{
    Context, Member, Place, bucket_places, clusters, each_bucket, each_cluster, each_table, has_health_signal,
};
use crate::node::NodeId;
use crate::region::Region;
use crate::spec::*;

/// What does not survive the loss of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
fn region_of(context: &Context<'_>, member: &Member<'_>) -> Option<Region> {
    let place = member.place.or(member.home);
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

/// Whether an answer is lost with a region; an alias of a record with all answers of that.
fn is_lost(context: &Context<'_>, member: &Member<'_>, region: Region, depth: usize) -> bool {
    if let TargetKind::Record(label) = &member.target.kind {
        let Some(used) = context.record(label.as_str()).filter(|_| depth <= context.records.len()) else {
            return false;
        };
        let members = context.members(used);
        return !members.is_empty()
            && members.iter().all(|member| is_lost(context, member, region, depth + 1));
    }
    region_of(context, member) == Some(region)
}

/// Whether what takes an answer out works while its region is lost: an alarm there says what it said last.
fn signals(context: &Context<'_>, member: &Member<'_>, region: Region) -> bool {
    let used = member.target.keys.health_check.as_ref();
    let Some(check) = used.and_then(|used| context.health_check(used.label.as_str())) else {
        return has_health_signal(member.target);
    };
    let follows = member.target.keys.evaluate_target_health.as_ref().map(|flag| flag.value);
    let is_alias = !matches!(member.target.kind, TargetKind::Values(_));
    if is_alias && follows.unwrap_or(true) {
        return true;
    }
    match &check.probe {
        ProbeSpec::Endpoint { .. } | ProbeSpec::Calculated(_) => true,
        ProbeSpec::Alarm(alarm) => {
            let own = member.place.or(member.home).map(|(_, region)| region);
            let of_alarm = alarm.region.as_ref().and_then(|code| Region::from_code(code.as_str())).or(own);
            let is_safe =
                alarm.missing_data.as_ref().is_some_and(|missing| missing.value == MissingData::Unhealthy);
            is_safe || of_alarm != Some(region)
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
    for record in context.records.iter().map(|record| record.spec) {
        let members = context.members(record);
        let (gone, left): (Vec<&Member<'_>>, Vec<&Member<'_>>) =
            members.iter().partition(|member| is_lost(context, member, region, 0));
        // A group that stands in another's place for one region is lost with it, and its parent answers.
        let is_inner =
            matches!(&record.routing, RoutingSpec::Group(group) if group.home.as_deref() == Some(label));
        if gone.is_empty() || is_inner {
            continue;
        }
        let name = &record.label.value;
        if left.is_empty() {
            let why = format!("`{name}` has no answer without `{label}`");
            lost.push(Lost { loss: Loss::Answer, node: record.label.id, why });
            continue;
        }
        for member in gone.into_iter().filter(|member| !signals(context, member, region)) {
            let why = format!("`{name}` goes on answering with what is lost with `{label}`");
            lost.push(Lost { loss: Loss::Signal, node: member.target.id, why });
        }
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
        let is_kept = match &bucket.copies {
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

/// What depends on a single region, by region.
pub(crate) fn dependencies(context: &Context<'_>) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut note = |region: Region, what: String| {
        found.push(Dependency { region: region.code().to_owned(), what });
    };
    if let Some((_, first)) = context.places.first() {
        let control = first.info().partition.control_region();
        if !context.records.is_empty() {
            note(control, "changes of records and health checks; answers and failover go on".to_owned());
        }
        if each_bucket(context.spec).any(|bucket| !matches!(bucket.copies, CopiesSpec::Separate(_))) {
            note(control, "changes of roles and of what is copied; copying goes on".to_owned());
        }
    }
    for table in each_table(context.spec) {
        if let Some(WritesSpec::OneRegion(label)) = &table.writes
            && let Some((_, region)) = context.place(label.as_str())
        {
            note(region, format!("writes to table.{}", table.label.value));
        }
    }
    for cluster in each_cluster(context.spec) {
        if let Some((_, region)) = context.place(cluster.primary.as_str()) {
            note(region, format!("writes to cluster.{}, until a secondary is promoted", cluster.label.value));
        }
    }
    for bucket in each_bucket(context.spec) {
        if let CopiesSpec::OneWay(source, _) = &bucket.copies
            && let Some((_, region)) = context.place(source.as_str())
        {
            note(region, format!("writes to bucket.{} that are copied", bucket.label.value));
        }
    }
    for check in alarms(context) {
        found.push(check);
    }
    found.sort();
    found.dedup();
    found
}

/// The alarms that checks go by, where they are in one region.
fn alarms(context: &Context<'_>) -> Vec<Dependency> {
    let checks = crate::check::each_health_check(context.spec);
    let alarm = |check: &HealthCheckSpec| {
        let ProbeSpec::Alarm(alarm) = &check.probe else { return None };
        let region = alarm.region.as_ref().and_then(|code| Region::from_code(code.as_str()))?;
        let what = format!("the alarm that health_check.{} goes by", check.label.value);
        Some(Dependency { region: region.code().to_owned(), what })
    };
    checks.filter_map(alarm).collect()
}
