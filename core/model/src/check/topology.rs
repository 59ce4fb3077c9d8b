//! Rules about the topology as a whole: account, regions, labels, templates. Not here: rules about one kind of item.

use std::collections::BTreeMap;

use super::Context;
use crate::diagnostic::Diagnostics;
use crate::name::check_label;
use crate::node::{Node, NodeId};
use crate::problem::Problem;
use crate::region::Region;
use crate::spec::*;
use crate::suggest::did_you_mean;
use crate::template::{self, PLACEHOLDERS, Placeholders, TemplateError};

/// The account is twelve digits.
pub(super) fn check_account(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let account = &context.spec.account;
    if account.value.len() != 12 || !account.value.bytes().all(|byte| byte.is_ascii_digit()) {
        diagnostics.push(account.id, Problem::BadAccount { account: account.value.clone() });
    }
}

/// Each region is one of AWS's, declared once, and all are of one partition (REG-001, REG-002, REG-005); regions that
/// accounts must enable first are pointed out (REG-003).
pub(super) fn check_regions(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<&str, NodeId> = BTreeMap::new();
    let mut partition = None;
    for RegionDecl { label: _, code } in &context.spec.regions {
        // A code that could not be read is reported already.
        if code.value.is_empty() {
            continue;
        }
        let Some(region) = Region::from_code(code.as_str()) else {
            let suggestion = Region::suggest(code.as_str()).map(underscored);
            diagnostics
                .push(code.id, Problem::UnknownRegion { code: underscored(code.as_str()), suggestion });
            continue;
        };
        if let Some(earlier) = first.insert(region.code(), code.id) {
            let problem = Problem::DuplicateRegion { code: region.code().to_owned() };
            diagnostics.push_related(code.id, problem, (earlier, "first declared here"));
        }
        let info = region.info();
        let expected = *partition.get_or_insert(info.partition);
        if expected != info.partition {
            let problem = Problem::MixedPartitions {
                code: region.code().to_owned(),
                partition: info.partition.to_string(),
                expected: expected.to_string(),
            };
            diagnostics.push(code.id, problem);
        }
        if info.opt_in {
            diagnostics.push(code.id, Problem::OptInRegion { code: region.code().to_owned() });
        }
    }
}

/// How the language writes a region's code.
fn underscored(code: &str) -> String {
    code.replace('-', "_")
}

/// There are at least two regions (REG-005).
pub(super) fn check_region_count(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if context.spec.regions.len() < 2 {
        diagnostics.push(context.spec.name.id, Problem::TooFewRegions);
    }
}

/// Labels, and the topology's name, are made of letters that every use of them allows.
pub(super) fn check_label_names(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let spec = context.spec;
    let regions = spec.regions.iter().map(|decl| &decl.label);
    for label in std::iter::once(&spec.name).chain(regions).chain(spec.items.iter().map(Item::label)) {
        // A name that is missing altogether is the parser's to report.
        if label.value.is_empty() {
            continue;
        }
        if let Err(reason) = check_label(label.as_str()) {
            let problem = Problem::BadLabel { label: label.value.clone(), reason: reason.to_owned() };
            diagnostics.push(label.id, problem);
        }
    }
}

/// Labels are unique: of regions, and of the items of one kind.
pub(super) fn check_labels(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<(&str, &str), NodeId> = BTreeMap::new();
    // `us1` and `us_1` would be one variant.
    let mut variants: BTreeMap<String, NodeId> = BTreeMap::new();
    for RegionDecl { label, code: _ } in &context.spec.regions {
        let variant = label.value.replace('_', "");
        match variants.get(&variant) {
            Some(earlier) => {
                let problem =
                    Problem::DuplicateLabel { kind: "region".to_owned(), label: label.value.clone() };
                diagnostics.push_related(label.id, problem, (*earlier, "first declared here"));
            }
            None => drop(variants.insert(variant, label.id)),
        }
    }
    let regions = context.spec.regions.iter().map(|decl| ("region", &decl.label));
    let items = context.spec.items.iter().map(|item| (kind_of(item), item.label()));
    for (kind, label) in regions.chain(items) {
        if let Some(earlier) = first.get(&(kind, label.as_str())) {
            let problem = Problem::DuplicateLabel { kind: kind.to_owned(), label: label.value.clone() };
            diagnostics.push_related(label.id, problem, (*earlier, "first declared here"));
        } else {
            first.insert((kind, label.as_str()), label.id);
        }
    }
}

fn kind_of(item: &Item) -> &'static str {
    match item {
        Item::Zone(_) => "zone",
        Item::HealthCheck(_) => "health_check",
        Item::Record(_) => "record",
        Item::Table(_) => "table",
        Item::Cluster(_) => "cluster",
        Item::Bucket(_) => "bucket",
    }
}

/// Every region label that an item mentions is declared, and no set lists one twice.
pub(super) fn check_region_mentions(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let spec = context.spec;
    for item in &spec.items {
        match item {
            Item::Zone(_) => {}
            Item::HealthCheck(check) => {
                if let Some(set) = &check.regions {
                    check_set(spec, set, diagnostics);
                }
            }
            Item::Record(record) => match &record.routing {
                RoutingSpec::Simple(target) => check_target_region(spec, target, diagnostics),
                RoutingSpec::Latency(_, entries) => {
                    for entry in entries {
                        check_set(spec, &entry.regions, diagnostics);
                        check_target_region(spec, &entry.target, diagnostics);
                    }
                }
            },
            Item::Table(table) => check_set(spec, &table.replicas, diagnostics),
            Item::Cluster(cluster) => {
                check_mention(spec, &cluster.primary, diagnostics);
                check_set(spec, &cluster.secondaries, diagnostics);
            }
            Item::Bucket(bucket) => check_set(spec, &bucket.mirror, diagnostics),
        }
    }
}

fn check_target_region(spec: &Spec, target: &RecordTarget, diagnostics: &mut Diagnostics) {
    if let TargetKind::LoadBalancer { region: Some(label), .. } = &target.kind {
        check_mention(spec, label, diagnostics);
    }
}

fn check_set(spec: &Spec, set: &RegionSet, diagnostics: &mut Diagnostics) {
    let RegionSet::Listed(id, labels) = set else { return };
    if labels.is_empty() {
        diagnostics.push(*id, Problem::NoRegions { what: "this set".to_owned() });
    }
    for (index, label) in labels.iter().enumerate() {
        check_mention(spec, label, diagnostics);
        if let Some(earlier) = labels[..index].iter().find(|earlier| earlier.value == label.value) {
            let problem = Problem::RepeatedRegion { label: label.value.clone() };
            diagnostics.push_related(label.id, problem, (earlier.id, "first listed here"));
        }
    }
}

fn check_mention(spec: &Spec, label: &Node<String>, diagnostics: &mut Diagnostics) {
    let declared: Vec<String> = spec.regions.iter().map(|decl| decl.label.value.clone()).collect();
    if !declared.contains(&label.value) {
        let suggestion = did_you_mean(label.as_str(), declared.iter().map(String::as_str)).map(str::to_owned);
        let problem = Problem::UndeclaredRegion { label: label.value.clone(), declared, suggestion };
        diagnostics.push(label.id, problem);
    }
}

/// Every template can be expanded where it is used.
pub(super) fn check_templates(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for name in plain_names(context.spec).into_iter().filter(|name| name.value.contains(['{', '}'])) {
        let reason = "names of zones, records and tables are the same in every region".to_owned();
        diagnostics.push(name.id, Problem::BadTemplate { template: name.value.clone(), reason });
    }
    for (template, regional) in templates(context.spec) {
        let region = context.places.first().copied().filter(|_| regional);
        if regional && region.is_none() {
            continue;
        }
        let values = Placeholders { account: context.spec.account.as_str(), region };
        if let Err(error) = template::expand(template.as_str(), values) {
            let reason = match error {
                TemplateError::Unknown(name) => match did_you_mean(&name, PLACEHOLDERS) {
                    Some(known) => format!("there is no `{{{name}}}`, did you mean `{{{known}}}`?"),
                    None => format!("there is no `{{{name}}}`"),
                },
                TemplateError::NoRegion => {
                    "it is not for one region, so `{region}` and `{label}` mean nothing".into()
                }
                TemplateError::Unbalanced => "a brace is missing".into(),
            };
            diagnostics.push(template.id, Problem::BadTemplate { template: template.value.clone(), reason });
        }
    }
}

/// Names that look as if they could be templates and are not.
fn plain_names<'a>(spec: &'a Spec) -> Vec<&'a Node<String>> {
    let name = |item: &'a Item| match item {
        Item::Zone(zone) => Some(&zone.name),
        Item::Record(record) => record.name.as_ref(),
        Item::Table(table) => table.name.as_ref(),
        Item::HealthCheck(_) | Item::Cluster(_) | Item::Bucket(_) => None,
    };
    spec.items.iter().filter_map(name).collect()
}

/// Every template with whether it is used for one region at a time.
fn templates(spec: &Spec) -> Vec<(&Node<String>, bool)> {
    let mut found = Vec::new();
    for item in &spec.items {
        match item {
            Item::Zone(_) | Item::Table(_) => {}
            Item::HealthCheck(check) => found.push((&check.probe.endpoint, check.regions.is_some())),
            Item::Record(record) => match &record.routing {
                RoutingSpec::Simple(target) => found.extend(target_templates(target, false)),
                RoutingSpec::Latency(_, entries) => {
                    found.extend(entries.iter().flat_map(|entry| target_templates(&entry.target, true)));
                }
            },
            Item::Cluster(cluster) => {
                found.extend(
                    [&cluster.subnet_group, &cluster.kms_key].into_iter().flatten().map(|node| (node, true)),
                );
            }
            Item::Bucket(bucket) => found.extend(bucket.name.iter().map(|node| (node, true))),
        }
    }
    found
}

fn target_templates(target: &RecordTarget, regional: bool) -> Vec<(&Node<String>, bool)> {
    match &target.kind {
        TargetKind::Values(values) => values.iter().map(|value| (value, regional)).collect(),
        TargetKind::Alias(name) => vec![(name, regional)],
        TargetKind::LoadBalancer { name, region } => vec![(name, regional || region.is_some())],
    }
}
