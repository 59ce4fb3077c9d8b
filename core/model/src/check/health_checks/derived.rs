//! Rules about checks that go by others or by alarms, and about who goes by a check. Not here: endpoints (the parent's).

use super::{hosts, places};
use crate::check::{Context, each_health_check};
use crate::diagnostic::Severity;
use crate::kind::Kind;
use crate::name::normalise_domain;
use crate::node::{Node, NodeId};
use crate::region::Region;
use crate::rule::{Check, Code, Report, Rule, did_you_mean};
use crate::seen::{Seen, joined};
use crate::spec::{AlarmKeys, CalculatedKeys, HealthCheckRef, HealthCheckSpec, ProbeSpec, RecordType, all};

/// Most checks that one goes by (Route 53 Developer Guide, quotas; the model says 256).
const MAX_CHILDREN: usize = 255;
/// Longest name of an alarm (Route 53 API, AlarmName).
const MAX_ALARM: usize = 256;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(410),
        severity: Severity::Error,
        title: "bad calculated check",
        rule: "A calculated check goes by 1 to 255 other checks, each once and none of them calculated, and wants at least 1 and at most all of them healthy: with 0 it is always healthy, with more than all never.",
        source: "Route 53 API, ChildHealthChecks and HealthThreshold",
        covers: &["HC-014", "HC-015", "HC-016", "HC-017", "X-027"],
        fix: "name other checks that are declared, and a number from 1 to as many",
        wrong: "zone shop: \"example.com\" {}\nhealth_check a { https: \"a.example.org/\" }\nhealth_check all { calculated: { of: [a], at_least: «2» } }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: all }, eu => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nhealth_check a { https: \"a.example.org/\" }\nhealth_check b { https: \"b.example.org/\" }\nhealth_check all { calculated: { of: [a, b], at_least: 1 } }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: all }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_calculated),
    },
    Rule {
        code: Code(411),
        severity: Severity::Error,
        title: "bad alarm",
        rule: "An alarm has a name of 1 to 256 characters and is in a region of AWS.",
        source: "Route 53 API, AlarmIdentifier",
        covers: &["HC-018", "REG-008"],
        fix: "write the alarm's name, and the code of its region if it is not the check's own",
        wrong: "zone shop: \"example.com\" {}\nhealth_check api { alarm: { name: «\"api-errors\"» } }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: api }, eu => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nhealth_check api { alarm: { name: \"api-errors\", region: eu_west_2 } }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: api }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_alarms),
    },
    Rule {
        code: Code(412),
        severity: Severity::Error,
        title: "setting without an endpoint",
        rule: "Intervals, thresholds, search strings, checkers and latency belong to checks that ask an endpoint.",
        source: "Route 53 API, HealthCheckConfig",
        covers: &["HC-009", "HC-017", "HC-018", "HC-020"],
        fix: "leave it out",
        wrong: "zone shop: \"example.com\" {}\nhealth_check api { alarm: { name: \"api-errors\", region: eu_west_2 }, interval: «10s» }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: api }, eu => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nhealth_check api { alarm: { name: \"api-errors\", region: eu_west_2 } }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: api }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_settings),
    },
    Rule {
        code: Code(413),
        severity: Severity::Warning,
        title: "alarm that dies with its region",
        rule: "When a region is lost, so are the figures of its alarms, and without figures a check says what it said last: healthy.",
        source: "Route 53 Developer Guide, dns-failover-determining-health-of-endpoints",
        covers: &["X-026"],
        fix: "write `missing_data: unhealthy`, or alarm in another region",
        wrong: "zone shop: \"example.com\" {}\nhealth_check api in each region { alarm: «{» name: \"api-errors\" } }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: api } }",
        right: "zone shop: \"example.com\" {}\nhealth_check api in each region { alarm: { name: \"api-errors\", missing_data: unhealthy } }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: api } }",
        check: Check::Spec(check_missing_data),
    },
    Rule {
        code: Code(414),
        severity: Severity::Warning,
        title: "health check that nobody uses",
        rule: "A check that no record and no other check goes by costs money and decides nothing.",
        source: "the purpose of the library",
        covers: &["X-028"],
        fix: "use it, as in `health_check: up`, or remove it",
        wrong: "health_check «up» { https: \"up.example.com/\" }",
        right: "zone shop: \"example.com\" {}\nhealth_check api in each region { https: \"api-{region}.example.com/\" }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: api } }",
        check: Check::Spec(check_used),
    },
    Rule {
        code: Code(415),
        severity: Severity::Error,
        title: "shared health check",
        rule: "Answers of different regions that go by one check go down together, so that none is left to take over.",
        source: "the purpose of the library; X-024 of the catalogue",
        covers: &["X-024"],
        fix: "declare a check for each region, as in `health_check api in each region { .. }`",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.org/\" }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: «up» } }",
        right: "zone shop: \"example.com\" {}\nhealth_check api in each region { https: \"api-{region}.example.com/\" }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: api } }",
        check: Check::Spec(check_shared),
    },
    Rule {
        code: Code(416),
        severity: Severity::Warning,
        title: "check of a name without IPv4",
        rule: "Checkers resolve names by IPv4 alone: a name that has only AAAA records is never healthy.",
        source: "Route 53 API, FullyQualifiedDomainName",
        covers: &["HC-012"],
        fix: "add an A record, or check the address itself",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: «\"six.example.com/\"» }\nrecord six: AAAA in shop { simple: values(\"2600:1f18::5\") }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"four.example.com/\" }\nrecord four: A in shop { simple: values(\"8.8.8.8\") }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_families),
    },
];

/// The checks that a mention stands for, each as `label` or `label@region`.
fn meant<'a>(context: &Context<'a>, used: &'a HealthCheckRef) -> Vec<String> {
    let label = used.label.as_str();
    let regions = context.health_check(label).and_then(|check| check.regions.as_ref());
    match (&used.region, regions) {
        (None, Some(set)) => {
            let mut meant = Vec::new();
            for (region, _) in context.set(set, None) {
                meant.push(format!("{label}@{region}"));
            }
            meant
        }
        (Some(region), Some(_)) => vec![format!("{label}@{}", region.value)],
        (_, None) => vec![label.to_owned()],
    }
}

/// Whether a mention names a region that its check is not in.
fn is_elsewhere(context: &Context<'_>, used: &HealthCheckRef) -> bool {
    let Some(region) = &used.region else { return false };
    let set = context.health_check(used.label.as_str()).and_then(|check| check.regions.as_ref());
    let is_in = |set| context.set(set, None).iter().any(|(label, _)| *label == region.value);
    // An undeclared region is reported on its own.
    context.place(region.as_str()).is_some() && !set.is_some_and(is_in)
}

/// Calculated checks go by others that are there.
fn check_calculated(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let ProbeSpec::Calculated(CalculatedKeys { id, of, at_least }) = &check.probe else { continue };
        let mut first = Seen::default();
        for used in of {
            let label = &used.label;
            match context.health_check(label.as_str()).map(|check| &check.probe) {
                None if context.is_unread(Kind::HealthCheck, label.as_str()) => {}
                None => {
                    let hint = did_you_mean(label.as_str(), &context.labels(Kind::HealthCheck));
                    report.at(label.id, format!("no health_check `{}` is declared{hint}", label.value));
                }
                Some(ProbeSpec::Calculated(_)) => {
                    report.at(label.id, format!("`{}` is calculated itself", label.value));
                }
                Some(ProbeSpec::Endpoint { .. } | ProbeSpec::Alarm(_)) => {
                    if is_elsewhere(context, used) {
                        report.at(label.id, format!("`{}` is not in that region", label.value));
                        continue;
                    }
                    let twice = meant(context, used).into_iter().find_map(|key| first.first(key, label.id));
                    if let Some(earlier) = twice {
                        let message = format!("`{}` is named twice", label.value);
                        report.related(label.id, message, (earlier, "first named here"));
                    }
                }
            }
        }
        let children: usize = of.iter().map(|used| meant(context, used).len()).sum();
        let most = u64::try_from(children).unwrap_or(u64::MAX);
        if !(1..=MAX_CHILDREN).contains(&children) {
            report.at(*id, format!("it goes by {children} checks where 1 to {MAX_CHILDREN} are possible"));
        } else if !(1..=most).contains(&at_least.value) {
            report.at(at_least.id, format!("{} of {children} checks can't be what decides", at_least.value));
        }
    }
}

/// Alarms have a name and a region.
fn check_alarms(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let ProbeSpec::Alarm(AlarmKeys { id: _, name, region, missing_data: _, decides_in: _ }) =
            &check.probe
        else {
            continue;
        };
        if !(1..=MAX_ALARM).contains(&name.value.chars().count()) {
            report.at(name.id, "an alarm's name has 1 to 256 characters");
        }
        match region {
            None if check.regions.is_none() => report.at(name.id, "the region of the alarm is not said"),
            Some(code) if Region::from_code(code.as_str()).is_none() => {
                let hint = Region::suggest(code.as_str())
                    .map(|known| format!(", did you mean `{}`?", known.replace('-', "_")));
                report.at(
                    code.id,
                    format!("unknown region `{}`{}", code.value.replace('-', "_"), hint.unwrap_or_default()),
                );
            }
            Some(code) => {
                let partition = Region::from_code(code.as_str()).map(|region| region.info().partition);
                let own = context.places.first().map(|(_, region)| region.info().partition);
                if partition != own {
                    report.at(code.id, format!("{} is in another partition", code.value));
                }
            }
            None => {}
        }
    }
}

/// Checks without an endpoint have no settings of one.
fn check_settings(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        if check.probe.endpoint().is_some() {
            continue;
        }
        let HealthCheckSpec { interval, failure_threshold, search, checkers, measure_latency, .. } = check;
        let mut refuse = |id: Option<NodeId>| {
            if let Some(id) = id {
                report.at(id, "this check asks no endpoint");
            }
        };
        refuse(interval.as_ref().map(|node| node.id));
        refuse(failure_threshold.as_ref().map(|node| node.id));
        refuse(search.as_ref().map(|node| node.id));
        refuse(all(checkers).first().map(|node| node.id));
        refuse(measure_latency.as_ref().map(|node| node.id));
    }
}

/// Alarms don't fall silent with what they watch.
fn check_missing_data(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let ProbeSpec::Alarm(alarm) = &check.probe else { continue };
        // An alarm in a region that serves nobody outlives those that do.
        let is_elsewhere = alarm
            .region
            .as_ref()
            .is_some_and(|code| !context.places.iter().any(|(_, region)| region.code() == code.value));
        if !alarm.fails_without_figures() && !is_elsewhere {
            report.at(alarm.id, "without figures this check says what it said last");
        }
    }
}

/// Every mention of a check by a record, with the region of the answer.
fn uses<'a>(context: &Context<'a>) -> Vec<(&'a HealthCheckRef, Option<Region>)> {
    let mut found = Vec::new();
    for record in &context.records {
        for member in context.members(record.spec) {
            let region = member.own_place().map(|(_, region)| region);
            found.extend(member.target.keys.health_check.as_ref().map(|used| (used, region)));
        }
    }
    found
}

/// Checks are gone by.
fn check_used(context: &Context<'_>, report: &mut Report<'_>) {
    let mut used = Seen::default();
    for (check, _) in uses(context) {
        used.first(check.label.value.clone(), check.label.id);
    }
    for check in each_health_check(context.spec) {
        if let ProbeSpec::Calculated(calculated) = &check.probe {
            for check in &calculated.of {
                used.first(check.label.value.clone(), check.label.id);
            }
        }
    }
    // What can't be read may be what uses it.
    if context.spec.unread.iter().any(|(kind, _)| matches!(kind, Kind::Record | Kind::HealthCheck)) {
        return;
    }
    for check in each_health_check(context.spec) {
        if !used.contains(check.label.as_str()) {
            report.at(check.label.id, format!("nothing goes by health_check `{}`", check.label.value));
        }
    }
}

/// Answers of different regions go by different checks.
fn check_shared(context: &Context<'_>, report: &mut Report<'_>) {
    for record in &context.records {
        // By a check's label and region: the region of the answer that goes by it, and where that says so.
        let mut first: Vec<(&str, Option<&str>, Region, &Node<String>)> = Vec::new();
        for member in context.members(record.spec) {
            let (Some((label, region)), Some(used)) = (member.place, &member.target.keys.health_check) else {
                continue;
            };
            let Some(check) = context.health_check(used.label.as_str()) else { continue };
            // Of a check with regions, an answer goes by that of its own, unless it names another.
            let own = used.region.as_ref().map(|region| region.as_str());
            let own = own.or_else(|| check.regions.is_some().then_some(label));
            let earlier = first.iter().find(|(known, place, ..)| *known == used.label.value && *place == own);
            match earlier {
                Some((.., other, node)) if *other != region => {
                    let message =
                        format!("the answers for {} and {} go by one check", other.code(), region.code());
                    if node.id == used.label.id {
                        report.at(used.label.id, message);
                    } else {
                        report.related(used.label.id, message, (node.id, "the other answer"));
                    }
                    break;
                }
                Some(_) => {}
                None => {
                    first.push((used.label.as_str(), own, region, &used.label));
                }
            }
        }
    }
}

/// Names that are checked have addresses that checkers look up.
fn check_families(context: &Context<'_>, report: &mut Report<'_>) {
    let mut types = Seen::default();
    for record in &context.records {
        if let Some(zone) = &record.zone {
            types.first(joined(&zone.name, record.spec.record_type.value.name()), record.spec.label.id);
        }
    }
    for check in each_health_check(context.spec) {
        let Some((_, endpoint)) = check.probe.endpoint() else { continue };
        let six = hosts(context, check).into_iter().map(|host| normalise_domain(&host)).find(|host| {
            let has = |wanted: RecordType| types.contains(&joined(host, wanted.name()));
            has(RecordType::AAAA) && !has(RecordType::A)
        });
        if let Some(host) = six.filter(|_| !places(context, check).is_empty()) {
            report.at(endpoint.id, format!("`{host}` has AAAA records and no A record"));
        }
    }
}
