//! Rules about names with placeholders. Not here: what a placeholder stands for ([`crate::template`]).

use crate::check::Context;
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::read::written;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::*;
use crate::template::{self, PLACEHOLDERS, Placeholders, TemplateError};

pub(in crate::check) static RULES: &[Rule] = &[Rule {
    code: Code(109),
    severity: Severity::Error,
    title: "bad template",
    rule: "Names that differ between regions may hold `{region}` (AWS's code), `{label}` (the topology's label of the region) and `{account}`; names of zones, records and tables may not.",
    source: "the language",
    covers: &[],
    fix: "use `{region}`, `{label}` or `{account}`",
    wrong: "bucket media { mirror: each region, name: «\"media-{regoin}\"» }",
    right: "bucket media { mirror: each region, name: \"media-{region}\" }",
    check: Check::Spec(check_templates),
}];

/// Every template can be expanded where it is used.
fn check_templates(context: &Context<'_>, report: &mut Report<'_>) {
    for item in &context.spec.items {
        let Some(name) = plain_name(item) else { continue };
        if name.value.contains(['{', '}']) {
            let reason = "names of zones, records and tables are the same in every region";
            report.at(name.id, format!("`{}` can't be expanded: {reason}", name.value));
        }
    }
    for (template, regional) in templates(context.spec) {
        let region = context.places.first().copied().filter(|_| regional);
        if regional && region.is_none() {
            continue;
        }
        let values = Placeholders { account: context.spec.account.as_str(), region };
        if let Err(error) = template::expand(template.as_str(), values) {
            let reason = match error {
                TemplateError::Unknown(name) => match crate::suggest::did_you_mean(&name, &PLACEHOLDERS) {
                    Some(known) => format!("there is no `{{{name}}}`, did you mean `{{{known}}}`?"),
                    None => format!("there is no `{{{name}}}`"),
                },
                TemplateError::NoRegion => {
                    "it is not for one region, so `{region}` and `{label}` mean nothing".to_owned()
                }
                TemplateError::Unbalanced => "a brace is missing".to_owned(),
            };
            report.at(template.id, format!("`{}` can't be expanded: {reason}", template.value));
        }
    }
}

/// A name that looks as if it could be a template and is not.
fn plain_name(item: &Item) -> Option<&Node<String>> {
    match item {
        Item::Zone(zone) => Some(&zone.name),
        Item::Record(record) => record.name.as_ref(),
        Item::Table(table) => table.name.as_ref(),
        Item::CidrCollection(collection) => collection.name.as_ref(),
        Item::HealthCheck(_) | Item::Cluster(_) | Item::Bucket(_) | Item::Service(_) => None,
    }
}

/// Every template with whether it is used for one region at a time.
fn templates(spec: &Spec) -> Vec<(&Node<String>, bool)> {
    let mut found = Vec::new();
    for item in &spec.items {
        match item {
            Item::Zone(_) => {}
            Item::Table(table) => {
                let key = table.encryption.as_ref().and_then(|used| used.key());
                found.extend(key.map(|node| (node, true)));
            }
            Item::HealthCheck(check) => {
                let template = match &check.probe {
                    ProbeSpec::Endpoint { protocol: _, endpoint } => Some(endpoint),
                    ProbeSpec::Alarm(alarm) => Some(&alarm.name),
                    ProbeSpec::Calculated(_) => None,
                };
                found.extend(template.map(|template| (template, check.regions.is_some())));
            }
            Item::CidrCollection(_) | Item::Service(_) => {}
            Item::Record(record) => match &record.routing {
                RoutingSpec::Simple(target) => found.extend(target_templates(target, false)),
                RoutingSpec::Group(group) => {
                    let is_regional = |member: &MemberSpec| {
                        group.home.is_some()
                            || match &member.selector {
                                SelectorSpec::Regions(_) => true,
                                SelectorSpec::Named(label) => {
                                    group.policy != GroupPolicy::Failover
                                        && spec.regions.iter().any(|decl| decl.label.value == label.value)
                                }
                                SelectorSpec::Location(_)
                                | SelectorSpec::Coordinates(..)
                                | SelectorSpec::Network(_) => false,
                            }
                    };
                    for member in &group.members {
                        found.extend(target_templates(&member.target, is_regional(member)));
                    }
                }
            },
            Item::Cluster(cluster) => {
                let ClusterSpec { subnet_group, kms_key, parameter_group, instance_parameter_group, .. } =
                    cluster;
                let mut keys = vec![subnet_group, kms_key, parameter_group, instance_parameter_group];
                for Override { keys: own, regions: _ } in all(&cluster.overrides) {
                    keys.extend([&own.subnet_group, &own.kms_key, &own.parameter_group]);
                }
                for key in keys {
                    found.extend(key.as_ref().map(|key| (key, true)));
                }
            }
            Item::Bucket(bucket) => {
                for name in written(&bucket.name, &bucket.overrides, |own| &own.name) {
                    found.push((name, true));
                }
                for used in written(&bucket.encryption, &bucket.overrides, |own| &own.encryption) {
                    found.extend(used.key().map(|key| (key, true)));
                }
            }
        }
    }
    found
}

fn target_templates(target: &RecordTarget, regional: bool) -> Vec<(&Node<String>, bool)> {
    let mut found = Vec::new();
    match &target.kind {
        TargetKind::Values(values) => {
            for value in values {
                found.push((value, regional));
            }
        }
        TargetKind::Alias(name) => found.push((name, regional)),
        TargetKind::Record(_) | TargetKind::Group(_) => {}
        TargetKind::LoadBalancer { name, region } => found.push((name, regional || region.is_some())),
    }
    found
}
