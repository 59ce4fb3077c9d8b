//! Rules about how an answer is chosen, and what takes one out. Not here: the answers.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Context;
use crate::diagnostic::Severity;
use crate::node::NodeId;
use crate::rule::{Check, Code, Report, Rule, quoted};
use crate::spec::{RecordSpec, RegionSet, RoutingSpec, TargetEntry, TargetKind};

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(307),
        severity: Severity::Error,
        title: "duplicate latency region",
        rule: "A latency group has one record per region.",
        source: "Route 53 API, ResourceRecordSet.Region; AWS answers InvalidChangeBatch: a latency RRSet with the same name, type and region already exists",
        covers: &["R53-090"],
        fix: "remove one of the two answers",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => load_balancer(\"api\"), «us» => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_duplicate_regions),
    },
    Rule {
        code: Code(309),
        severity: Severity::Error,
        title: "no latency records",
        rule: "Route 53 takes latency records for the regions of the enumeration ResourceRecordSetRegion only.",
        source: "Route 53 API, ResourceRecordSetRegion",
        covers: &["REG-006"],
        fix: "use another routing policy for this region",
        wrong: "regions { east: us_iso_east_1, west: us_iso_west_1 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => «load_balancer»(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_latency_regions),
    },
    Rule {
        code: Code(311),
        severity: Severity::Error,
        title: "health check on a simple record",
        rule: "AWS refuses a health check where there is no other answer to give.",
        source: "measured: InvalidInput, `DNS name must have alternate ResourceRecordSet responses`",
        covers: &["R53-150"],
        fix: "use latency routing, or remove the health check",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { simple: values(\"192.0.2.1\") { health_check: «up» } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { latency: each region => values(\"192.0.2.1\") { health_check: up } }",
        check: Check::Spec(check_simple_health),
    },
    Rule {
        code: Code(313),
        severity: Severity::Warning,
        title: "no health signal",
        rule: "A member without a health signal counts as healthy, so users near a dead region are still sent there.",
        source: "Route 53 Developer Guide, how-route-53-chooses-records",
        covers: &["R53-152", "R53-174"],
        fix: "add `health_check: ..`, or let the alias evaluate its target's health",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { latency: each region => «values»(\"192.0.2.1\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_health_signals),
    },
    Rule {
        code: Code(315),
        severity: Severity::Warning,
        title: "latency group forgets a region",
        rule: "Users near the forgotten region are sent to another although the topology runs there.",
        source: "the purpose of the library",
        covers: &["R53-070"],
        fix: "add an answer for it, or use `each region`",
        wrong: "regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { «latency»: [us, eu] => load_balancer(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_forgotten_regions),
    },
    Rule {
        code: Code(316),
        severity: Severity::Warning,
        title: "lonely latency group",
        rule: "There is nothing to choose from.",
        source: "the purpose of the library",
        covers: &["R53-070"],
        fix: "add a second region, or use simple routing",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { «latency»: us => load_balancer(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_lonely_groups),
    },
];

/// Every latency group: its record, where its policy was written, its entries.
fn latency_groups<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (&'a RecordSpec, NodeId, &'a [TargetEntry])> + use<'a> {
    let records: Vec<&RecordSpec> = context.records.iter().map(|record| record.spec).collect();
    records.into_iter().filter_map(|record| match &record.routing {
        RoutingSpec::Latency(id, entries) if !entries.is_empty() => Some((record, *id, entries.as_slice())),
        RoutingSpec::Latency(..) | RoutingSpec::Simple(_) => None,
    })
}

/// A latency group has one answer per region.
fn check_duplicate_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, _, entries) in latency_groups(context) {
        let mut named: BTreeMap<&str, NodeId> = BTreeMap::new();
        let regions = entries.iter().flat_map(|entry| match &entry.regions {
            RegionSet::Listed(_, labels) => labels.iter().map(|label| (label.as_str(), label.id)).collect(),
            RegionSet::Each(id) | RegionSet::EachOther(id) => vec![("each region", *id)],
        });
        for (label, id) in regions {
            if let Some(earlier) = named.insert(label, id) {
                let message = format!("a latency record for region `{label}` already exists in this group");
                report.related(id, message, (earlier, "first answered here"));
            }
        }
    }
}

/// A latency group offers a choice.
fn check_lonely_groups(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, id, entries) in latency_groups(context) {
        if context.latency_members(entries).len() == 1 && context.places.len() > 1 {
            report.at(id, "a latency group of one region gives no choice");
        }
    }
}

/// A latency group forgets no region.
fn check_forgotten_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, id, entries) in latency_groups(context) {
        let members = context.latency_members(entries);
        let answered: BTreeSet<&str> = members.iter().map(|member| member.place.0).collect();
        let labels = context.places.iter().map(|(label, _)| *label);
        let forgotten: Vec<&str> = labels.filter(|label| !answered.contains(label)).collect();
        if members.len() > 1 && !forgotten.is_empty() {
            report.at(id, format!("the latency group has no answer for {}", quoted(forgotten)));
        }
    }
}

/// The regions of a latency group are ones that Route 53 knows.
fn check_latency_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, _, entries) in latency_groups(context) {
        for member in context.latency_members(entries) {
            let region = member.place.1;
            if !region.info().latency_records {
                let message = format!("Route 53 has no latency records for region {}", region.code());
                report.at(member.target.id, message);
            }
        }
    }
}

/// A health check needs a routing policy.
fn check_simple_health(context: &Context<'_>, report: &mut Report<'_>) {
    for record in &context.records {
        if let RoutingSpec::Simple(target) = &record.spec.routing
            && let Some(check) = &target.keys.health_check
        {
            report.at(check.id, "a health check needs a routing policy other than simple");
        }
    }
}

/// Every member of a group has a health signal.
fn check_health_signals(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, _, entries) in latency_groups(context) {
        let mut reported = BTreeSet::new();
        for member in context.latency_members(entries) {
            let target = member.target;
            let follows = match &target.kind {
                TargetKind::Values(_) => false,
                TargetKind::Alias(_) | TargetKind::LoadBalancer { .. } => {
                    target.keys.evaluate_target_health.as_ref().is_none_or(|node| node.value)
                }
            };
            if target.keys.health_check.is_none() && !follows && reported.insert(target.id) {
                let label = member.place.0;
                report.at(
                    target.id,
                    format!("nothing takes the answer for region `{label}` out when it fails"),
                );
            }
        }
    }
}
