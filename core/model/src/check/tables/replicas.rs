//! Rules about the replicas of a table: who writes, what a read sees, what differs between regions. Not here: keys (the parent's).

use super::table_name;
use crate::check::{Context, each_table};
use crate::diagnostic::Severity;
use crate::region::Region;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{CapacitySpec, Consistency, IndexKind, RegionSet, TableSpec, WritesSpec, all};

/// Regions that a strongly consistent table spans (DynamoDB Developer Guide, MRSC).
const STRONG_REGIONS: usize = 3;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(505),
        severity: Severity::Error,
        title: "write mode not said",
        rule: "A table with several replicas says who may write where: it decides whether concurrent writes of an item can be lost, and counters, conditional writes and uniqueness checks are unsafe where any region writes and the last writer wins.",
        source: "DynamoDB Developer Guide, bp-global-table-design (write modes) and V2globaltables_HowItWorks (conflict resolution)",
        covers: &["DDB-083", "X-063"],
        fix: "write `writes: any_region(last_writer_wins)`, `writes: one_region(us)` or `writes: home_region(attribute)`",
        wrong: "table «carts» { key: id: S, replicas: each region }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_writes),
    },
    Rule {
        code: Code(506),
        severity: Severity::Error,
        title: "write mode does not fit",
        rule: "With eventual consistency the last writer of an item wins; with strong consistency the later of two conflicting writes fails with ReplicatedWriteConflictException. A region that writes has a replica.",
        source: "DynamoDB Developer Guide, multi-region strong consistency; DynamoDB API, ReplicatedWriteConflictException",
        covers: &["DDB-109"],
        fix: "write `any_region(last_writer_wins)` with eventual and `any_region(conflicts_fail)` with strong consistency, and regions that have a replica",
        wrong: "table carts { key: id: S, replicas: each region, writes: «any_region»(conflicts_fail) }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_write_mode),
    },
    Rule {
        code: Code(507),
        severity: Severity::Error,
        title: "regions of a strongly consistent table",
        rule: "Multi-region strong consistency spans exactly three regions, all in one set (us-east-1, us-east-2, us-west-2; or eu-west-1, eu-west-2, eu-west-3, eu-central-1; or ap-northeast-1, ap-northeast-2, ap-northeast-3): three replicas, or two and a witness.",
        source: "DynamoDB Developer Guide, V2globaltables_HowItWorks (MRSC); AWS answers ValidationException",
        covers: &["DDB-100", "DDB-101", "REG-011", "X-011"],
        fix: "choose three regions of one set, one of which may be the witness",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: «strong» }",
        right: "regions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: [us, ohio], witness: west, writes: any_region(conflicts_fail), consistency: strong }",
        check: Check::Spec(check_strong_regions),
    },
    Rule {
        code: Code(508),
        severity: Severity::Error,
        title: "bad witness",
        rule: "A witness holds changes for strong consistency and serves nobody. It stands in a region without a replica, and only beside two replicas with strong consistency.",
        source: "DynamoDB API, CreateGlobalTableWitnessGroupMemberAction",
        covers: &["DDB-102", "DDB-111"],
        fix: "name a region that has no replica, with `consistency: strong`",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), witness: «eu» }",
        right: "regions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: [us, ohio], witness: west, writes: any_region(conflicts_fail), consistency: strong }",
        check: Check::Spec(check_witness),
    },
    Rule {
        code: Code(509),
        severity: Severity::Error,
        title: "not with strong consistency",
        rule: "A strongly consistent table has neither TTL nor local indexes.",
        source: "DynamoDB Developer Guide, V2globaltables_HowItWorks (MRSC); AWS answers ValidationException",
        covers: &["DDB-105", "DDB-106", "X-064"],
        fix: "leave it out, or write `consistency: eventual`",
        wrong: "regions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong, ttl: «expires_at» }",
        right: "regions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong }",
        check: Check::Spec(check_strong_features),
    },
    Rule {
        code: Code(510),
        severity: Severity::Error,
        title: "override of no replica",
        rule: "Settings of a replica's own are for a region that has one. Reads of its own need the same way of paying as the table's, and those of an index name a global index of the table.",
        source: "DynamoDB API, CreateReplicationGroupMemberAction",
        covers: &["DDB-053", "DDB-055"],
        fix: "name a region with a replica, and what the table has",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), overrides: { us => { index_reads: { «by_day»: 20 } } } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), overrides: { us => { class: standard_infrequent_access } } }",
        check: Check::Spec(check_overrides),
    },
    Rule {
        code: Code(511),
        severity: Severity::Warning,
        title: "region in a global name",
        rule: "A global table has one name in every region, so the name of one region in it misleads.",
        source: "DynamoDB Developer Guide, global tables best practices",
        covers: &["DDB-003"],
        fix: "leave the region out of the name",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), name: «\"carts-us-east-1\"» }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), name: \"carts\" }",
        check: Check::Spec(check_regional_names),
    },
];

/// Whether reads see the last write of any region.
pub(crate) fn is_strong(table: &TableSpec) -> bool {
    table.consistency.as_ref().is_some_and(|mode| mode.value == Consistency::Strong)
}

/// A table in several regions says who writes.
fn check_writes(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        if table.writes.is_some() || table.unread.iter().any(|key| key == "writes") {
            continue;
        }
        let count = context.set(&table.replicas, None).len();
        if count > 1 {
            let label = &table.label;
            report.at(
                label.id,
                format!("`{}` has {count} replicas and does not say who may write", label.value),
            );
        }
    }
}

/// The write mode fits the consistency, and its region has a replica.
fn check_write_mode(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let Some(writes) = &table.writes else { continue };
        let strong = is_strong(table);
        match writes {
            WritesSpec::AnyRegionLastWriterWins(id) if strong => {
                report.at(*id, "with strong consistency a conflicting write fails; no last writer wins");
            }
            WritesSpec::AnyRegionConflictsFail(id) if !strong => {
                report.at(*id, "with eventual consistency no conflicting write fails; the last writer wins");
            }
            WritesSpec::AnyRegionLastWriterWins(_)
            | WritesSpec::AnyRegionConflictsFail(_)
            | WritesSpec::HomeRegion(_) => {}
            WritesSpec::OneRegion(label) => {
                let replicas = context.set(&table.replicas, None);
                let declared = context.place(label.as_str());
                if declared.is_some_and(|place| !replicas.contains(&place)) {
                    report.at(label.id, format!("region `{}` writes and has no replica", label.value));
                }
            }
        }
    }
}

/// The regions of a strongly consistent table are three of one set.
fn check_strong_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        if !is_strong(table) {
            continue;
        }
        let id = table.consistency.as_ref().map_or(table.label.id, |mode| mode.id);
        let witness = table.witness.as_ref().and_then(|label| context.place(label.as_str()));
        let mut places = context.set(&table.replicas, None);
        places.extend(witness);
        if places.len() != STRONG_REGIONS {
            report.at(id, format!("strong consistency over {} regions instead of three", places.len()));
        }
        let Some((_, first)) = places.first().copied() else { continue };
        let mut other: Option<Region> = None;
        let mut outside: Option<Region> = None;
        for (_, region) in places {
            match region.info().mrsc {
                None => outside = outside.or(Some(region)),
                set if set != first.info().mrsc => other = other.or(Some(region)),
                Some(_) => {}
            }
        }
        if let Some(outside) = outside {
            report.at(id, format!("{} is in no set of regions for strong consistency", outside.code()));
        } else if let Some(other) = other {
            let message = format!("{} and {} are in different sets of regions", first.code(), other.code());
            report.at(id, message);
        }
    }
}

/// A witness stands where no replica is.
fn check_witness(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let Some(witness) = &table.witness else { continue };
        let replicas = context.set(&table.replicas, None);
        let reason = if !is_strong(table) {
            "only a strongly consistent table has one"
        } else if context.place(witness.as_str()).is_some_and(|place| replicas.contains(&place)) {
            "the region has a replica"
        } else {
            continue;
        };
        report.at(witness.id, format!("region `{}` can't be the witness: {reason}", witness.value));
    }
}

/// A strongly consistent table has no TTL and no local index.
fn check_strong_features(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        if !is_strong(table) {
            continue;
        }
        if let Some(ttl) = &table.ttl {
            report.at(ttl.id, "a strongly consistent table has no ttl");
        }
        for (name, index) in all(&table.indexes) {
            if matches!(index.kind, IndexKind::Local(_)) {
                report.at(name.id, "a strongly consistent table has no local indexes");
            }
        }
    }
}

/// Overrides are for what exists.
fn check_overrides(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let replicas = context.set(&table.replicas, None);
        let is_provisioned = matches!(table.capacity, Some(CapacitySpec::Provisioned(_)));
        for other in all(&table.overrides) {
            for label in &other.regions {
                if context.place(label.as_str()).is_some_and(|place| !replicas.contains(&place)) {
                    report.at(label.id, format!("region `{}` has no replica of this table", label.value));
                }
            }
            let keys = &other.keys;
            if let Some(reads) = keys.reads.as_ref().filter(|_| !is_provisioned) {
                report.at(reads.id(), "capacity is on demand, so there are no reads to provision");
            }
            if let Some(most) = keys.max_reads.as_ref().filter(|_| is_provisioned) {
                report.at(most.id, "capacity is provisioned, so there is no limit of what is on demand");
            }
            for (name, _) in all(&keys.index_reads) {
                let index = all(&table.indexes).iter().find(|(known, _)| known.value == name.value);
                if !index.is_some_and(|(_, index)| matches!(index.kind, IndexKind::Global(_))) {
                    report.at(name.id, format!("the table has no global index `{}`", name.value));
                } else if !is_provisioned {
                    report.at(name.id, "capacity is on demand, so there are no reads to provision");
                }
            }
        }
    }
}

/// The name of a table in several regions names none of them.
fn check_regional_names(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let is_single = matches!(&table.replicas, RegionSet::Listed(_, labels) if labels.len() == 1);
        let name = table_name(table);
        let named = Region::all().find(|region| name.contains(region.code()));
        if let Some(region) = named.filter(|_| !is_single) {
            let node = table.name.as_ref().unwrap_or(&table.label);
            report.at(
                node.id,
                format!("`{name}` is the table's name in every region, and names {}", region.code()),
            );
        }
    }
}
