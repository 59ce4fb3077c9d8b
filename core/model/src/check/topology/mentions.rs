//! Rules about the regions that items mention. Not here: the regions that a topology declares (the parent's).

use crate::check::Context;
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule, did_you_mean, quoted};
use crate::spec::*;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(106),
        severity: Severity::Error,
        title: "undeclared region",
        rule: "Items name regions by the labels of the `regions` block.",
        source: "the language",
        covers: &["X-101"],
        fix: "declare the region in `regions`, or use a declared label",
        wrong: "bucket media { mirror: [us, «ap»] }",
        right: "bucket media { mirror: [us, eu] }",
        check: Check::Spec(check_region_mentions),
    },
    Rule {
        code: Code(112),
        severity: Severity::Error,
        title: "repeated region",
        rule: "A set of regions names each once.",
        source: "the language",
        covers: &["DDB-050"],
        fix: "remove one of the two",
        wrong: "bucket media { mirror: [us, eu, «us»] }",
        right: "bucket media { mirror: [us, eu] }",
        check: Check::Spec(check_repeated_regions),
    },
    Rule {
        code: Code(114),
        severity: Severity::Error,
        title: "no regions",
        rule: "The set of regions is empty.",
        source: "the language",
        covers: &[],
        fix: "list at least one region",
        wrong: "table carts { key: id: S, replicas: «[]» }",
        right: "table carts { key: id: S, replicas: [us, eu], writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_empty_sets),
    },
];

/// Every set of regions that is written.
fn sets(spec: &Spec) -> Vec<&RegionSet> {
    let mut sets = Vec::new();
    for item in &spec.items {
        match item {
            Item::Zone(_) | Item::CidrCollection(_) => {}
            Item::HealthCheck(check) => sets.extend(&check.regions),
            Item::Record(record) => match &record.routing {
                RoutingSpec::Simple(_) => {}
                RoutingSpec::Group(group) => sets.extend(group.members.iter().filter_map(|member| {
                    if let SelectorSpec::Regions(set) = &member.selector { Some(set) } else { None }
                })),
            },
            Item::Table(table) => sets.push(&table.replicas),
            Item::Cluster(cluster) => sets.push(&cluster.secondaries),
            Item::Bucket(bucket) => sets.push(bucket.copies.set()),
            Item::Service(service) => sets.push(&service.regions),
        }
    }
    sets
}

/// The labels of the regions that have settings of their own.
fn overridden<B>(overrides: &Option<Vec<Override<B>>>) -> Vec<&Node<String>> {
    let mut labels = Vec::new();
    for other in all(overrides) {
        labels.extend(&other.regions);
    }
    labels
}

/// Every region label that an item mentions is declared.
fn check_region_mentions(context: &Context<'_>, report: &mut Report<'_>) {
    let spec = context.spec;
    let mut mentions: Vec<&Node<String>> = Vec::new();
    for set in sets(spec) {
        if let RegionSet::Listed(_, labels) = set {
            mentions.extend(labels);
        }
    }
    for item in &spec.items {
        match item {
            Item::Cluster(cluster) => {
                mentions.push(&cluster.primary);
                mentions.extend(overridden(&cluster.overrides));
            }
            Item::Table(table) => {
                mentions.extend(&table.witness);
                if let Some(WritesSpec::OneRegion(label)) = &table.writes {
                    mentions.push(label);
                }
                mentions.extend(overridden(&table.overrides));
            }
            Item::Bucket(bucket) => {
                mentions.extend(bucket.copies.source());
                mentions.extend(overridden(&bucket.overrides));
            }
            Item::Record(record) => {
                for target in crate::check::records::written_targets(record) {
                    if let TargetKind::LoadBalancer { region: Some(label), .. } = &target.kind {
                        mentions.push(label);
                    }
                    if let Some(used) = &target.keys.health_check {
                        mentions.extend(&used.region);
                    }
                }
            }
            Item::Zone(zone) => {
                for (label, _) in all(&zone.vpcs) {
                    mentions.push(label);
                }
            }
            Item::HealthCheck(check) => {
                if let ProbeSpec::Calculated(calculated) = &check.probe {
                    for used in &calculated.of {
                        mentions.extend(&used.region);
                    }
                }
            }
            Item::Service(service) => mentions.extend(all(&service.standby).iter()),
            Item::CidrCollection(_) => {}
        }
    }
    if let Some(SurviveSpec::Listed(_, labels)) =
        spec.objectives.as_ref().and_then(|set| set.survive.as_ref())
    {
        mentions.extend(labels);
    }
    let mut declared = Vec::new();
    for decl in &spec.regions {
        declared.push(decl.label.as_str());
    }
    for label in mentions {
        if !declared.contains(&label.as_str()) {
            let hint = did_you_mean(label.as_str(), &declared);
            let help = format!("declare it in `regions`, or use one of {}", quoted(&declared));
            report.with_help(label.id, format!("region `{}` is not declared{hint}", label.value), help);
        }
    }
}

/// No set lists a region twice.
fn check_repeated_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for set in sets(context.spec) {
        let RegionSet::Listed(_, labels) = set else { continue };
        for (index, label) in labels.iter().enumerate() {
            if let Some(earlier) = labels[..index].iter().find(|earlier| earlier.value == label.value) {
                let message = format!("region `{}` is listed twice", label.value);
                report.related(label.id, message, (earlier.id, "first listed here"));
            }
        }
    }
}

/// No set is empty.
fn check_empty_sets(context: &Context<'_>, report: &mut Report<'_>) {
    for set in sets(context.spec) {
        if let RegionSet::Listed(id, labels) = set
            && labels.is_empty()
        {
            report.at(*id, "this set has no region");
        }
    }
    for record in crate::check::each_record(context.spec) {
        if let RoutingSpec::Group(GroupSpec { id, policy, members, home: _ }) = &record.routing
            && members.is_empty()
        {
            report.at(*id, format!("the {} group of `{}` has no answer", policy.name(), record.label.value));
        }
    }
}
