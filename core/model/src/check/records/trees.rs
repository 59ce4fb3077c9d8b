//! Rules about aliases of other records and the trees that they make. Not here: aliases of what AWS runs (`aliases`).

use crate::alias::{self, AliasService};
use crate::check::{Context, each_bucket, each_record, targets};
use crate::diagnostic::Severity;
use crate::graph;
use crate::kind::Kind;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule, did_you_mean};
use crate::seen::{ByText, Seen};
use crate::spec::{RecordSpec, RecordTarget, RoutingSpec, TargetKind};

use super::written_targets;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(350),
        severity: Severity::Error,
        title: "alias of no such record",
        rule: "The alias of a record is in the same zone as that record and of the same type.",
        source: "Route 53 API, AliasTarget; AWS answers InvalidChangeBatch",
        covers: &["R53-163", "R53-164", "R53-165"],
        fix: "name a record of the same zone and type",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: record(«api») }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: values(\"8.8.8.8\") }\nrecord www: A in shop { simple: record(api) }",
        check: Check::Spec(check_targets),
    },
    Rule {
        code: Code(351),
        severity: Severity::Error,
        title: "alias in a circle",
        rule: "Following aliases from a record ends at a record that has an answer.",
        source: "Route 53 Developer Guide, resource-record-sets-choosing-alias-non-alias",
        covers: &["R53-173", "X-035"],
        fix: "let one of them answer",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: record(«api») }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: values(\"8.8.8.8\") }\nrecord www: A in shop { simple: record(api) }",
        check: Check::Spec(check_circles),
    },
    Rule {
        code: Code(352),
        severity: Severity::Error,
        title: "tree that follows no health",
        rule: "In a tree of groups every alias of a group follows its health: else an answer whose group is all down is still given.",
        source: "Route 53 Developer Guide, dns-failover-complex-configs",
        covers: &["X-035"],
        fix: "remove `evaluate_target_health: false`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => record(api_eu) { evaluate_target_health: «false» } } }\nrecord api_eu: A in shop { weighted: { blue: 1 => load_balancer(\"blue\") in eu, green: 1 => load_balancer(\"green\") in eu } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => weighted { blue: 1 => load_balancer(\"blue\"), green: 1 => load_balancer(\"green\") } } }",
        check: Check::Spec(check_health),
    },
    Rule {
        code: Code(353),
        severity: Severity::Error,
        title: "website of another name",
        rule: "The alias of an S3 website has the name of its bucket, which is why a group can hold only one.",
        source: "Route 53 Developer Guide, RoutingToS3Bucket",
        covers: &["R53-169", "S3-018"],
        fix: "name the bucket like the record, or put CloudFront before the buckets",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: alias(«\"s3-website-us-east-1.amazonaws.com\"») }\nbucket site { separate: [us], name: \"other.example.com\", public_access: allowed, website: { index: \"index.html\" } }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: alias(\"s3-website-us-east-1.amazonaws.com\") }\n#[allow(polyregion::p0703)]\n#[allow(polyregion::p0716)]\nbucket site { separate: [us], name: \"www.example.com\", public_access: allowed, website: { index: \"index.html\" } }",
        check: Check::Spec(check_websites),
    },
];

/// The record that a target is an alias of.
fn aliased(target: &RecordTarget) -> Option<&Node<String>> {
    if let TargetKind::Record(label) = &target.kind { Some(label) } else { None }
}

/// The records that a record is an alias of.
fn aliases(record: &RecordSpec) -> impl Iterator<Item = &Node<String>> {
    written_targets(record).into_iter().filter_map(aliased)
}

/// Aliases are of records that they can be of.
fn check_targets(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        for label in aliases(record) {
            let Some(used) = context.record(label.as_str()) else {
                if !context.is_unread(Kind::Record, label.as_str()) {
                    let hint = did_you_mean(label.as_str(), &context.labels(Kind::Record));
                    report.at(label.id, format!("no record `{}` is declared{hint}", label.value));
                }
                continue;
            };
            if used.zone.value != record.zone.value {
                let message = format!(
                    "`{}` is in zone `{}`, not in `{}`",
                    label.value, used.zone.value, record.zone.value
                );
                report.at(label.id, message);
            } else if used.record_type.value != record.record_type.value {
                let (own, other) = (record.record_type.value.name(), used.record_type.value.name());
                report.at(label.id, format!("`{}` is of type {other}, not {own}", label.value));
            }
        }
    }
}

/// Aliases end somewhere.
fn check_circles(context: &Context<'_>, report: &mut Report<'_>) {
    let mut places: ByText<usize> = ByText::default();
    for (place, record) in context.records.iter().enumerate() {
        places.first(record.spec.label.value.clone(), place);
    }
    let mut needs = Vec::new();
    for record in &context.records {
        let mut own = Vec::new();
        for label in aliases(record.spec) {
            own.extend(places.get(label.as_str()));
        }
        needs.push(own);
    }
    // Nearly always: then nothing has to be followed.
    if graph::order(&needs).is_some() {
        return;
    }
    for record in each_record(context.spec) {
        for label in aliases(record) {
            let mut seen = Seen::default();
            let mut open = vec![label.as_str()];
            while let Some(next) = open.pop() {
                if seen.first(next.to_owned(), label.id).is_none() {
                    open.extend(
                        context.record(next).into_iter().flat_map(aliases).map(|label| label.as_str()),
                    );
                }
            }
            if seen.contains(record.label.as_str()) {
                report.at(label.id, format!("`{}` ends where it began", record.label.value));
            }
        }
    }
}

/// Groups in a tree are followed.
fn check_health(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        for target in written_targets(record) {
            let Some(used) = aliased(target).and_then(|label| context.record(label.as_str())) else {
                continue;
            };
            let off = target.keys.evaluate_target_health.as_ref().filter(|flag| !flag.value);
            // A check of its own takes it out, too.
            let off = off.filter(|_| target.keys.health_check.is_none());
            let is_group = matches!(used.routing, RoutingSpec::Group(_));
            if let Some(off) = off.filter(|_| is_group) {
                report.at(off.id, format!("the health of `{}` is not followed", used.label.value));
            }
        }
    }
}

/// Websites are asked by the names of their buckets.
fn check_websites(context: &Context<'_>, report: &mut Report<'_>) {
    for record in &context.records {
        let Some(own) = &record.zone else { continue };
        for (place, target) in targets(context, record.spec) {
            let TargetKind::Alias(written) = &target.kind else { continue };
            let Some(dns_name) = context.expand(written.as_str(), place) else { continue };
            let zone = alias::zone_of(&dns_name).filter(|zone| zone.service == AliasService::S3Website);
            let Some(region) = zone.and_then(alias::AliasZone::region) else { continue };
            let mut names = Vec::new();
            for bucket in each_bucket(context.spec) {
                if bucket.website.is_none() {
                    continue;
                }
                for (place, name) in crate::check::buckets::named(context, bucket) {
                    if place.1 == region {
                        names.push(name);
                    }
                }
            }
            // The website may be of a bucket that is not declared here.
            if !names.is_empty() && !names.contains(&own.name) {
                let message =
                    format!("no bucket with a website in {} is named `{}`", region.code(), own.name);
                report.at(written.id, message);
            }
        }
    }
}
