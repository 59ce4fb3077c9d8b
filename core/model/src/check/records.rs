//! Rules about records, by subject, and what they share. Not here: syntax of values ([`crate::name`]).

pub(super) mod aliases;
pub(super) mod cidr;
pub(super) mod habits;
pub(super) mod names;
pub(super) mod policies;
pub(crate) mod routing;
pub(super) mod trees;
pub(super) mod values;

use super::{Context, each_record, targets};
use crate::kind::Kind;
use crate::node::Node;
use crate::rule::{Report, did_you_mean};
use crate::spec::*;

/// The targets as written, each once.
pub(super) fn written_targets(record: &RecordSpec) -> Vec<&RecordTarget> {
    match &record.routing {
        RoutingSpec::Simple(target) => vec![target],
        RoutingSpec::Group(group) => {
            let mut targets = Vec::new();
            for member in &group.members {
                targets.push(&member.target);
            }
            targets
        }
    }
}

/// Whether a target is a CloudFront distribution.
pub(super) fn is_distribution(target: &RecordTarget) -> bool {
    match &target.kind {
        TargetKind::Alias(name) => {
            name.value.to_ascii_lowercase().trim_end_matches('.').ends_with(".cloudfront.net")
        }
        TargetKind::Values(_)
        | TargetKind::LoadBalancer { .. }
        | TargetKind::Record(_)
        | TargetKind::Group(_) => false,
    }
}

/// The zone and the health checks that a record names are declared, and a health check that exists in some regions
/// only is used in those.
pub(super) fn check_references(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        if context.zone(record.zone.as_str()).is_none() {
            let hint = did_you_mean(record.zone.as_str(), &context.labels(Kind::Zone));
            unknown(context, Kind::Zone, &record.zone, &hint, report);
        }
        for target in written_targets(record) {
            let Some(HealthCheckRef { label, region: _ }) = &target.keys.health_check else { continue };
            if context.health_check(label.as_str()).is_none() {
                let hint = did_you_mean(label.as_str(), &context.labels(Kind::HealthCheck));
                unknown(context, Kind::HealthCheck, label, &hint, report);
            }
        }
        for (place, target) in targets(context, record) {
            let Some(used) = &target.keys.health_check else { continue };
            let Some(check) = context.health_check(used.label.as_str()) else { continue };
            let label = &used.label;
            let place = context.health_check_place(used, place).map(|(region, _)| region);
            match (&check.regions, place) {
                (Some(set), Some(region)) => {
                    if !context.set(set, None).iter().any(|(known, _)| *known == region) {
                        let message =
                            format!("no health_check for region `{region}`, `{}` is declared", label.value);
                        report.at(label.id, message);
                    }
                }
                (Some(_), None) if used.region.is_none() => {
                    let message = format!(
                        "`{}` is one health check for each region, and this answer is for none",
                        label.value
                    );
                    let help = format!("say which one, as in `health_check: {} in us`", label.value);
                    report.with_help(label.id, message, help);
                }
                (Some(_) | None, _) => {}
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
