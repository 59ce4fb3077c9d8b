//! Rules about the topology as a whole: account, regions, labels, names. Not here: rules about one kind of item.

pub(super) mod mentions;
pub(super) mod templates;

use super::{Context, each_cluster, each_table, table_name};
use crate::diagnostic::Severity;
use crate::kind::Kind;
use crate::name::{check_label, check_module_name};
use crate::node::{Node, NodeId};
use crate::region::{Partition, Region};
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::Seen;
use crate::spec::*;
use crate::text::every;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(101),
        severity: Severity::Error,
        title: "unknown region",
        rule: "A region is one of the codes that AWS publishes, written with underscores (`us_east_1`). The SDK resolves a host for any code of the right shape, so a typing error would otherwise show only as a timeout.",
        source: "botocore partitions.json",
        covers: &["REG-001"],
        fix: "write a region's code with underscores, as in `us_east_1`",
        wrong: "regions { us: us_east_1, eu: «eu_wset_1» }",
        right: "regions { us: us_east_1, eu: eu_west_1 }",
        check: Check::Spec(check_region_codes),
    },
    Rule {
        code: Code(102),
        severity: Severity::Error,
        title: "mixed partitions",
        rule: "Global tables, global databases, replication, roles and zones never cross partitions, and an account belongs to one.",
        source: "DynamoDB Developer Guide, global tables; S3 User Guide, bucket naming",
        covers: &["REG-002"],
        fix: "use one topology for each partition",
        wrong: "regions { us: us_east_1, cn: «cn_north_1» }",
        right: "regions { us: us_east_1, eu: eu_west_1 }",
        check: Check::Spec(check_partitions),
    },
    Rule {
        code: Code(103),
        severity: Severity::Error,
        title: "duplicate region",
        rule: "Each region is declared once.",
        source: "the language",
        covers: &["REG-005"],
        fix: "remove one of the two",
        wrong: "regions { us: us_east_1, east: «us_east_1» }",
        right: "regions { us: us_east_1, east: us_east_2 }",
        check: Check::Spec(check_duplicate_regions),
    },
    Rule {
        code: Code(104),
        severity: Severity::Error,
        title: "duplicate label",
        rule: "Labels identify items in plans and state, so two items of one kind can't share one.",
        source: "the language",
        covers: &[],
        fix: "rename one of the two",
        wrong: "bucket media { mirror: each region }\nbucket «media» { mirror: each region }",
        right: "bucket media { mirror: each region }\nbucket video { mirror: each region }",
        check: Check::Spec(check_labels),
    },
    Rule {
        code: Code(105),
        severity: Severity::Error,
        title: "bad account",
        rule: "The account is mandatory: the engine compares it with the credentials' account before anything else.",
        source: "STS GetCallerIdentity",
        covers: &[],
        fix: "write the twelve digits in quotes, as in `account: \"123456789012\"`",
        wrong: "account: «\"1234-5678-9012\"»,",
        right: "account: \"123456789012\",",
        check: Check::Spec(check_account),
    },
    Rule {
        code: Code(107),
        severity: Severity::Error,
        title: "too few regions",
        rule: "With one region there is nothing to fail over to.",
        source: "the purpose of the library",
        covers: &["REG-005"],
        fix: "declare a second region in `regions`",
        wrong: "pub mod «shop»;\nregions { us: us_east_1 }",
        right: "pub mod shop;\nregions { us: us_east_1, eu: eu_west_1 }",
        check: Check::Spec(check_region_count),
    },
    Rule {
        code: Code(108),
        severity: Severity::Error,
        title: "unknown reference",
        rule: "A record names a zone and a health check by label.",
        source: "the language",
        covers: &["X-101"],
        fix: "declare it, or use the label of a declared one",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in «shpo» { simple: values(\"192.0.2.1\") }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: values(\"192.0.2.1\") }",
        check: Check::Spec(super::records::check_references),
    },
    Rule {
        code: Code(110),
        severity: Severity::Warning,
        title: "opt-in region",
        rule: "Regions launched since 2019 are off until the account enables them; calls to them fail to authenticate before.",
        source: "AWS Account Management, GetRegionOptStatus",
        covers: &["REG-003"],
        fix: "enable the region in the account before the first deploy",
        wrong: "regions { us: us_east_1, eu: «eu_south_1» }",
        right: "regions { us: us_east_1, eu: eu_west_1 }",
        check: Check::Spec(check_opt_in),
    },
    Rule {
        code: Code(111),
        severity: Severity::Error,
        title: "duplicate name",
        rule: "AWS wants the name to be unique.",
        source: "AWS API of the service",
        covers: &["DDB-002", "RDS-002", "S3-010", "X-100"],
        fix: "give one of them another name",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), name: \"orders\" }\ntable «orders» { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }\ntable orders { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_duplicate_names),
    },
    Rule {
        code: Code(113),
        severity: Severity::Error,
        title: "bad label",
        rule: "Labels become names of constants, parts of addresses and parts of names on AWS.",
        source: "the language",
        covers: &[],
        fix: "write lower-case letters, digits and underscores, a letter first, at most 40 in all",
        wrong: "bucket «Media» { mirror: each region }",
        right: "bucket media { mirror: each region }",
        check: Check::Spec(check_label_names),
    },
    Rule {
        code: Code(117),
        severity: Severity::Error,
        title: "retired region that is declared",
        rule: "To retire a region is to let the data of its replicas go, once they are declared no longer: a region that is declared is not retired.",
        source: "the language",
        covers: &[],
        fix: "take the region out of `regions`, or out of `retire`",
        wrong: "retire: [«eu»],\nbucket media { separate: [us] }",
        right: "retire: [ap],\nbucket media { mirror: each region }",
        check: Check::Spec(check_retired),
    },
    Rule {
        code: Code(118),
        severity: Severity::Error,
        title: "adopted and somebody else's",
        rule: "What is adopted becomes ours, and what exists already stays somebody else's.",
        source: "the language",
        covers: &[],
        fix: "keep one of the two",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), adopt: «true», existing: true }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), adopt: true }",
        check: Check::Spec(check_adopted),
    },
];

/// What is retired is declared no longer.
fn check_retired(context: &Context<'_>, report: &mut Report<'_>) {
    for label in &context.spec.retired {
        if let Some(decl) = context.spec.regions.iter().find(|decl| decl.label.value == label.value) {
            let message = format!("region `{}` is declared", label.value);
            report.related(label.id, message, (decl.label.id, "declared here"));
        }
    }
}

/// Nothing is both adopted and somebody else's.
fn check_adopted(context: &Context<'_>, report: &mut Report<'_>) {
    for item in &context.spec.items {
        let (adopt, existing) = match item {
            Item::Zone(item) => (&item.adopt, &item.existing),
            Item::Table(item) => (&item.adopt, &item.existing),
            Item::Cluster(item) => (&item.adopt, &item.existing),
            Item::Bucket(item) => (&item.adopt, &item.existing),
            Item::HealthCheck(_) | Item::CidrCollection(_) | Item::Record(_) | Item::Service(_) => continue,
        };
        if let Some(adopt) = adopt.as_ref().filter(|flag| flag.value && is_on(existing)) {
            report.at(adopt.id, "it can't become ours and stay somebody else's");
        }
    }
}

/// The account is twelve digits.
fn check_account(context: &Context<'_>, report: &mut Report<'_>) {
    let account = &context.spec.account;
    if account.value.len() != 12 || !every(&account.value, u8::is_ascii_digit) {
        report.at(account.id, format!("`{}` is not an AWS account id", account.value));
    }
}

/// Each region is one of AWS's.
fn check_region_codes(context: &Context<'_>, report: &mut Report<'_>) {
    // A code that could not be read is reported already.
    for RegionDecl { label: _, code } in
        context.spec.regions.iter().filter(|decl| !decl.code.value.is_empty())
    {
        if Region::from_code(code.as_str()).is_none() {
            let hint = Region::suggest(code.as_str())
                .map(|known| format!(", did you mean `{}`?", underscored(known)));
            let code_as_written = underscored(code.as_str());
            report.at(code.id, format!("unknown region `{code_as_written}`{}", hint.unwrap_or_default()));
        }
    }
}

/// The known regions with the nodes of their codes.
fn known<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (NodeId, Region)> + use<'a> {
    context
        .spec
        .regions
        .iter()
        .filter_map(|decl| Some((decl.code.id, Region::from_code(decl.code.as_str())?)))
}

/// All regions are of one partition.
fn check_partitions(context: &Context<'_>, report: &mut Report<'_>) {
    let mut expected: Option<Partition> = None;
    for (id, region) in known(context) {
        let partition = region.info().partition;
        let expected = *expected.get_or_insert(partition);
        if expected != partition {
            let code = region.code();
            report.at(
                id,
                format!("region {code} is in partition {partition}, the regions before it are in {expected}"),
            );
        }
    }
}

/// Each region is declared once.
fn check_duplicate_regions(context: &Context<'_>, report: &mut Report<'_>) {
    let mut first = Seen::default();
    for (id, region) in known(context) {
        if let Some(earlier) = first.first(region.code().to_owned(), id) {
            let message = format!("region {} is declared twice", region.code());
            report.related(id, message, (earlier, "first declared here"));
        }
    }
}

/// Regions that accounts must enable first are pointed out.
fn check_opt_in(context: &Context<'_>, report: &mut Report<'_>) {
    for (id, region) in known(context).filter(|(_, region)| region.info().opt_in) {
        report.at(id, format!("region {} is off until the account enables it", region.code()));
    }
}

/// How the language writes a region's code.
fn underscored(code: &str) -> String {
    code.replace('-', "_")
}

/// There are at least two regions.
fn check_region_count(context: &Context<'_>, report: &mut Report<'_>) {
    if context.spec.regions.len() < 2 {
        report.at(context.spec.name.id, "an active-active topology has at least two regions");
    }
}

/// Labels, and the topology's name, are made of letters that every use of them allows.
fn check_label_names(context: &Context<'_>, report: &mut Report<'_>) {
    let spec = context.spec;
    let mut labels = vec![&spec.name];
    for decl in &spec.regions {
        labels.push(&decl.label);
    }
    for item in &spec.items {
        labels.push(item.label());
        if let Item::Record(RecordSpec { routing: RoutingSpec::Group(group), .. }) = item {
            for member in &group.members {
                if let SelectorSpec::Named(label) = &member.selector {
                    labels.push(label);
                }
            }
        }
    }
    for label in labels {
        // A name that is missing altogether is the parser's to report.
        if label.value.is_empty() {
            continue;
        }
        let is_name = std::ptr::eq(label, &spec.name);
        let checked = if is_name { check_module_name(label.as_str()) } else { check_label(label.as_str()) };
        if let Err(reason) = checked {
            report.at(label.id, format!("`{}` can't be a label: {reason}", label.value));
        }
    }
}

/// Labels are unique: of regions, and of the items of one kind.
fn check_labels(context: &Context<'_>, report: &mut Report<'_>) {
    // `us1` and `us_1` would be one variant.
    let variants = context.spec.regions.iter().map(|decl| (decl.label.value.replace('_', ""), &decl.label));
    twice("region", variants, report);
    for kind in Kind::ALL {
        let items = context.spec.items.iter().filter(|item| item.kind() == kind).map(Item::label);
        twice(kind.keyword(), items.map(|label| (label.value.clone(), label)), report);
    }
}

fn twice<'a>(kind: &str, labels: impl Iterator<Item = (String, &'a Node<String>)>, report: &mut Report<'_>) {
    let mut first = Seen::default();
    for (key, label) in labels {
        if let Some(earlier) = first.first(key, label.id) {
            let message = format!("the {kind} label `{}` is used twice", label.value);
            report.related(label.id, message, (earlier, "first declared here"));
        }
    }
}

/// Names on AWS are unique where AWS wants it.
fn check_duplicate_names(context: &Context<'_>, report: &mut Report<'_>) {
    let tables = each_table(context.spec)
        .map(|table| (table_name(table), table.name.as_ref().unwrap_or(&table.label)));
    super::report_duplicates("tables", tables, report);
    let clusters = each_cluster(context.spec)
        .map(|cluster| (super::clusters::global_identifier(cluster), &cluster.label));
    super::report_duplicates("global clusters", clusters, report);
    super::report_duplicates("buckets", super::buckets::names(context), report);
}
