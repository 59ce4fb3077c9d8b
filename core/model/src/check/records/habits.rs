//! Rules about answers that are possible and seldom meant. Not here: what AWS refuses (`values`, `policies`).

use super::written_targets;
use crate::check::{Context, each_record};
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::objective::{falls_back, region_of};
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::*;

/// The names that ACM looks for (ACM User Guide, setup-caa).
const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];
/// Seconds that an alias of a load balancer is kept (Route 53 API, ResourceRecordSet).
const BALANCER_TTL: u64 = 60;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(346),
        severity: Severity::Warning,
        title: "no report of certificates",
        rule: "The value of an iodef property is a mail address or a web address, behind mailto:, http:// or https://.",
        source: "RFC 8659, section 4.4",
        covers: &["R53-039"],
        fix: "write \"0 iodef \\\"mailto:security@example.com\\\"\"",
        wrong: "zone shop: \"example.com\" {}\nrecord issuers: CAA in shop { name: apex, simple: values(«\"0 iodef \\\"security@example.com\\\"\"») }",
        right: "zone shop: \"example.com\" {}\nrecord issuers: CAA in shop { name: apex, simple: values(\"0 iodef \\\"mailto:security@example.com\\\"\") }",
        check: Check::Spec(check_reports),
    },
    Rule {
        code: Code(347),
        severity: Severity::Warning,
        title: "AWS may not issue certificates",
        rule: "Where CAA records name who may issue certificates, ACM issues none for names at or below unless one of Amazon's names is among them.",
        source: "ACM User Guide, setup-caa",
        covers: &["R53-040", "X-037"],
        fix: "add a value \"0 issue \\\"amazon.com\\\"\"",
        wrong: "zone shop: \"example.com\" {}\nrecord issuers: CAA in shop { name: apex, simple: «values»(\"0 issue \\\"letsencrypt.org\\\"\") }\nrecord api: A in shop { simple: load_balancer(\"api\") in us }",
        right: "zone shop: \"example.com\" {}\nrecord issuers: CAA in shop { name: apex, simple: values(\"0 issue \\\"amazon.com\\\"\") }\nrecord api: A in shop { simple: load_balancer(\"api\") in us }",
        check: Check::Spec(check_issuers),
    },
    Rule {
        code: Code(348),
        severity: Severity::Warning,
        title: "answers that are never kept",
        rule: "With a TTL of 0 every user asks Route 53 every time: slow for them, and paid for.",
        source: "Route 53 Developer Guide, best-practices-dns",
        covers: &["X-043"],
        fix: "write a TTL of 60s",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { ttl: «0s», simple: values(\"8.8.8.8\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { ttl: 60s, simple: values(\"8.8.8.8\") }",
        check: Check::Spec(check_zero),
    },
    Rule {
        code: Code(349),
        severity: Severity::Warning,
        title: "another TTL than a balancer's",
        rule: "An alias of a load balancer is kept for 60 seconds; other answers of its weighted group should be, too, or the weights are off.",
        source: "Route 53 API, ResourceRecordSet TTL",
        covers: &["R53-083"],
        fix: "write a TTL of 60s",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { ttl: «5min», weighted: { blue: 1 => load_balancer(\"api\") in us, green: 1 => values(\"8.8.8.8\") { health_check: up } } }\nhealth_check up { https: \"up.example.org/\" }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { ttl: 60s, weighted: { blue: 1 => load_balancer(\"api\") in us, green: 1 => values(\"8.8.8.8\") { health_check: up } } }\nhealth_check up { https: \"up.example.org/\" }",
        check: Check::Spec(check_mixed),
    },
    Rule {
        code: Code(354),
        severity: Severity::Warning,
        title: "places that fall back to one region",
        rule: "When the answer for a place is down, its users get that of the country around it, the continent, and at last the default, and of nothing beside it; if all of these are in one region, they get none when it is lost. The default itself has nothing around it, which `survive` is about.",
        source: "Route 53 Developer Guide, dns-failover-complex-configs",
        covers: &["R53-107"],
        fix: "let the default, or the continent, answer from another region; or make it a failover group",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { continent(\"EU\") => «load_balancer»(\"a\") in eu, default => load_balancer(\"b\") in eu } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { continent(\"EU\") => load_balancer(\"a\") in eu, default => load_balancer(\"b\") in us } }",
        check: Check::Spec(check_fallbacks),
    },
];

/// The property and the value of a CAA record, without quotes.
fn property(value: &str) -> Option<(String, String)> {
    let mut parts = value.splitn(3, ' ');
    let (_, tag, value) = (parts.next()?, parts.next()?, parts.next()?);
    Some((tag.to_ascii_lowercase(), value.trim_matches('"').to_owned()))
}

fn caa<'a>(context: &Context<'a>) -> Vec<(&'a RecordSpec, &'a RecordTarget, &'a Vec<Node<String>>)> {
    let mut found = Vec::new();
    for record in &context.records {
        if record.spec.record_type.value != RecordType::CAA {
            continue;
        }
        for target in written_targets(record.spec) {
            if let TargetKind::Values(values) = &target.kind {
                found.push((record.spec, target, values));
            }
        }
    }
    found
}

/// Reports go somewhere.
fn check_reports(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, _, values) in caa(context) {
        for value in values {
            let Some((tag, to)) = property(value.as_str()) else { continue };
            let is_address = ["mailto:", "http://", "https://"].iter().any(|scheme| to.starts_with(scheme));
            if tag == "iodef" && !is_address {
                report.at(value.id, format!("`{to}` is not an address that reports can be sent to"));
            }
        }
    }
}

/// AWS may issue what its endpoints need.
fn check_issuers(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, target, values) in caa(context) {
        let mut issuers = Vec::new();
        for value in values {
            if let Some((tag, issuer)) = property(value.as_str())
                && tag == "issue"
            {
                issuers.push(issuer);
            }
        }
        let names_amazon = |issuer: &String| {
            let domain = issuer.split(';').next().unwrap_or_default().trim();
            AMAZON.contains(&domain)
        };
        if issuers.is_empty() || issuers.iter().any(names_amazon) {
            continue;
        }
        let own = context
            .records
            .iter()
            .find(|view| std::ptr::eq(view.spec, record))
            .and_then(|view| view.zone.as_ref());
        let is_below =
            |name: &str| own.is_some_and(|own| name == own.name || name.ends_with(&format!(".{}", own.name)));
        let is_aws = |target: &RecordTarget| {
            matches!(target.kind, TargetKind::Alias(_) | TargetKind::LoadBalancer { .. })
        };
        let endpoint = context.records.iter().find(|view| {
            view.zone.as_ref().is_some_and(|zone| is_below(&zone.name))
                && written_targets(view.spec).into_iter().any(is_aws)
        });
        if let Some(view) = endpoint {
            let message = format!("no certificate of ACM can be issued for `{}`", view.spec.label.value);
            report.at(target.id, message);
        }
    }
}

/// Answers are kept for a while.
fn check_zero(context: &Context<'_>, report: &mut Report<'_>) {
    for ttl in context.records.iter().filter_map(|record| record.spec.ttl.as_ref()) {
        if ttl.value == 0 {
            report.at(ttl.id, "nobody keeps this answer");
        }
    }
}

/// Answers of a weighted group are kept equally long.
fn check_mixed(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        let RoutingSpec::Group(group) = &record.routing else { continue };
        let targets = written_targets(record);
        let balanced = targets.iter().any(|target| matches!(target.kind, TargetKind::LoadBalancer { .. }));
        let literal = targets.iter().any(|target| matches!(target.kind, TargetKind::Values(_)));
        let ttl = record.ttl.as_ref().filter(|ttl| ttl.value != BALANCER_TTL);
        if let Some(ttl) = ttl.filter(|_| group.policy == GroupPolicy::Weighted && balanced && literal) {
            report.at(
                ttl.id,
                format!("some answers are kept {} s and those of balancers {BALANCER_TTL} s", ttl.value),
            );
        }
    }
}

/// Users of every place get an answer of another region when theirs is lost.
fn check_fallbacks(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        let RoutingSpec::Group(group) = &record.routing else { continue };
        if group.policy != GroupPolicy::Geolocation {
            continue;
        }
        let members = context.members(record);
        for (label, region) in &context.places {
            let (mut lost, mut left) = (Vec::new(), Vec::new());
            for member in &members {
                let is_in = region_of(context, member) == Some(*region);
                let side = if is_in { &mut lost } else { &mut left };
                side.push(member);
            }
            for member in lost {
                let who = member.key().unwrap_or_default();
                if who != "default" && !falls_back(record, member, &left) {
                    let message = format!("users of `{who}` have no other answer than that in `{label}`");
                    report.at(member.target.id, message);
                }
            }
        }
    }
}
