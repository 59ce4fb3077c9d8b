//! All that a topology holds, for those who ask. Not here: how it is derived.

use super::reach::serving;
use super::{Bound, Objective, losses, recoveries, share};
use crate::check::objectives::limit;
use crate::check::{Context, each_bucket, each_cluster, each_table};
use crate::region::Region;
use crate::spec::{CopiesSpec, HealthCheckSpec, ProbeSpec, Spec, WritesSpec};

/// Something that everything else goes by and that is in one region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The region's code.
    pub region: String,
    /// What is there, and what stands still when it is lost.
    pub what: String,
}

/// All that a topology holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objectives {
    /// Of each item.
    pub bounds: Vec<Bound>,
    /// How far users are, in words.
    pub reach: Vec<String>,
    /// What depends on a single region.
    pub dependencies: Vec<Dependency>,
}

impl Objectives {
    /// All that a spec holds, with the limits that were set.
    pub(crate) fn of(spec: &Spec) -> Self {
        let context = Context::new(spec);
        let set = spec.objectives.as_ref();
        let limit = |bound: &Bound| {
            let limits = set.and_then(|set| match bound.objective {
                Objective::Rto => set.rto.as_deref(),
                Objective::Rpo => set.rpo.as_deref(),
            });
            limit(limits.unwrap_or_default(), &bound.label).map(|limit| limit.value)
        };
        let bounds = recoveries(&context).into_iter().chain(losses(&context));
        let bounds = bounds.map(|bound| Bound { limit: limit(&bound), ..bound }).collect();
        Self { bounds, reach: reach(&context), dependencies: dependencies(&context) }
    }
}

/// In words: what share of the world's users is how near.
fn reach(context: &Context<'_>) -> Vec<String> {
    if serving(context).iter().all(|region| region.info().place.is_none()) {
        return Vec::new();
    }
    let shares: Vec<String> = [50, 100, 150, 200]
        .map(|limit| format!("{} % within {limit} ms", share(context, limit, None)))
        .into();
    vec![
        format!("round trips of the world's users to the nearest serving region: {}", shares.join(", ")),
        "  source: estimated from distances and the median of measured round trips between regions"
            .to_owned(),
    ]
}

/// What depends on a single region, by region.
fn dependencies(context: &Context<'_>) -> Vec<Dependency> {
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
