//! Rules about records, by subject, and what they share. Not here: syntax of values ([`crate::name`]).

pub(super) mod aliases;
pub(super) mod names;
pub(super) mod routing;
pub(super) mod values;

use super::{Context, targets};
use crate::address::Kind;
use crate::node::Node;
use crate::rule::{Report, did_you_mean};
use crate::spec::*;

/// The targets as written, each once.
pub(super) fn written_targets(record: &RecordSpec) -> Vec<&RecordTarget> {
    match &record.routing {
        RoutingSpec::Simple(target) => vec![target],
        RoutingSpec::Latency(_, entries) => entries.iter().map(|entry| &entry.target).collect(),
    }
}

/// The zone and the health checks that a record names are declared, and a health check that exists in some regions
/// only is used in those.
pub(super) fn check_references(context: &Context<'_>, report: &mut Report<'_>) {
    for record in context.records.iter().map(|record| record.spec) {
        if context.zone(record.zone.as_str()).is_none() {
            let hint = did_you_mean(record.zone.as_str(), context.zone_labels());
            unknown(context, Kind::Zone, &record.zone, &hint, report);
        }
        for label in
            written_targets(record).into_iter().filter_map(|target| target.keys.health_check.as_ref())
        {
            if context.health_check(label.as_str()).is_none() {
                let hint = did_you_mean(label.as_str(), context.health_check_labels());
                unknown(context, Kind::HealthCheck, label, &hint, report);
            }
        }
        for (place, target) in targets(context, record) {
            let Some(label) = &target.keys.health_check else { continue };
            let regions = context.health_check(label.as_str()).and_then(|check| check.regions.as_ref());
            let Some((region, _)) = place else { continue };
            if regions.is_some_and(|set| !context.set(set, None).iter().any(|(known, _)| *known == region)) {
                let message = format!("no health_check for region `{region}`, `{}` is declared", label.value);
                report.at(label.id, message);
            }
        }
    }
}

fn unknown(context: &Context<'_>, kind: Kind, label: &Node<String>, hint: &str, report: &mut Report<'_>) {
    // What is declared and could not be read is reported already.
    if !context.is_unread(kind, label.as_str()) {
        report.at(label.id, format!("no {kind} `{}` is declared{hint}", label.value));
    }
}
