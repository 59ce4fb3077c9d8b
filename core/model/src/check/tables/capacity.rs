//! Rules about how much is read from and written to tables. Not here: who writes where (`replicas`).

use crate::check::{Context, each_table};
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{
    AmountSpec, CapacitySpec, IndexKind, OnDemandKeys, ProvisionedKeys, ScalingKeys, TableSpec, WarmKeys, all,
};

/// The most that a table or an index is given without asking (quotas of DynamoDB, per-table throughput).
const MAX_UNITS: u64 = 40_000;
/// Percent of capacity that auto scaling may aim at (DynamoDB Developer Guide, AutoScaling).
const TARGETS: std::ops::RangeInclusive<u64> = 20..=90;
/// What a table on demand takes from the first moment (DynamoDB Developer Guide, warm-throughput).
const WARM_READS: u64 = 12_000;
/// The same of writes.
const WARM_WRITES: u64 = 4_000;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(520),
        severity: Severity::Error,
        title: "bad capacity",
        rule: "Reads and writes are at least 1 a second and, by default quota, at most 40,000 for a table or index. What scales has a least that is not above its most, and a target of 20 to 90 percent.",
        source: "DynamoDB API, ProvisionedThroughput and OnDemandThroughput; Application Auto Scaling, TargetTrackingScalingPolicyConfiguration; quotas of DynamoDB",
        covers: &["DDB-009", "DDB-011", "DDB-058"],
        fix: "write an amount from 1 to 40000, with the least below the most",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), capacity: provisioned { reads: «0», writes: { min: 5, max: 100 } } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), capacity: provisioned { reads: 5, writes: { min: 5, max: 100 } } }",
        check: Check::Spec(check_amounts),
    },
    Rule {
        code: Code(521),
        severity: Severity::Error,
        title: "capacity of an index",
        rule: "A global index is paid for as its table is: with provisioned capacity it has reads and writes of its own, on demand it has none.",
        source: "DynamoDB API, GlobalSecondaryIndex; AWS answers ValidationException",
        covers: &["DDB-009", "DDB-010"],
        fix: "write `reads` and `writes` exactly where the table's capacity is provisioned",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_day: global { key: day: S, reads: «5» } } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_day: global { key: day: S } } }",
        check: Check::Spec(check_index_capacity),
    },
    Rule {
        code: Code(522),
        severity: Severity::Warning,
        title: "fixed writes of a global table",
        rule: "Every replica applies every write, so the write capacity of a global table and its indexes must be the same everywhere and follow the load: AWS wants auto scaling of writes, or on-demand capacity. What is fixed must cover the sum of the writes of all regions.",
        source: "DynamoDB Developer Guide, globaltables_reqs_bestpractices",
        covers: &["DDB-056", "DDB-057"],
        fix: "write `writes: { min: 5, max: 100 }`, or `capacity: on_demand`",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), capacity: provisioned { reads: 5, writes: «5» } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), capacity: provisioned { reads: 5, writes: { min: 5, max: 100 } } }",
        check: Check::Spec(check_global_writes),
    },
    Rule {
        code: Code(523),
        severity: Severity::Error,
        title: "bad warm throughput",
        rule: "Warm throughput names reads, writes or both. On demand it begins at 12,000 reads and 4,000 writes a second; provisioned it is not below the capacity.",
        source: "DynamoDB Developer Guide, warm-throughput; DynamoDB API, WarmThroughput",
        covers: &["DDB-012"],
        fix: "name more than is there anyway, or leave it out",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), warm_throughput: { reads: «100» } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), warm_throughput: { reads: 15000 } }",
        check: Check::Spec(check_warm),
    },
];

/// Every amount of a table.
fn amounts(table: &TableSpec) -> Vec<&AmountSpec> {
    let mut found = Vec::new();
    if let Some(CapacitySpec::Provisioned(ProvisionedKeys { id: _, reads, writes })) = &table.capacity {
        found.extend([reads, writes]);
    }
    for (_, index) in all(&table.indexes) {
        if let IndexKind::Global(keys) = &index.kind {
            found.extend(keys.reads.iter().chain(&keys.writes));
        }
    }
    for other in all(&table.overrides) {
        found.extend(&other.keys.reads);
        for (_, reads) in all(&other.keys.index_reads) {
            found.push(reads);
        }
    }
    found
}

/// Every limit of what is on demand.
fn limits(table: &TableSpec) -> Vec<&Node<u64>> {
    let mut found = Vec::new();
    if let Some(CapacitySpec::OnDemand(OnDemandKeys { id: _, max_reads, max_writes })) = &table.capacity {
        found.extend(max_reads.iter().chain(max_writes));
    }
    for (_, index) in all(&table.indexes) {
        if let IndexKind::Global(keys) = &index.kind {
            found.extend(keys.max_reads.iter().chain(&keys.max_writes));
        }
    }
    found.extend(all(&table.overrides).iter().filter_map(|other| other.keys.max_reads.as_ref()));
    found
}

/// Amounts are possible.
fn check_amounts(context: &Context<'_>, report: &mut Report<'_>) {
    let one = |amount: &Node<u64>, report: &mut Report<'_>| {
        if !(1..=MAX_UNITS).contains(&amount.value) {
            report.at(amount.id, format!("{} a second where 1 to {MAX_UNITS} are possible", amount.value));
        }
    };
    for table in each_table(context.spec) {
        for limit in limits(table) {
            one(limit, report);
        }
        for amount in amounts(table) {
            let ScalingKeys { id: _, min, max, target, scale_out_cooldown: _, scale_in_cooldown: _ } =
                match amount {
                    AmountSpec::Fixed(amount) => {
                        one(amount, report);
                        continue;
                    }
                    AmountSpec::Scaled(scaling) => scaling,
                };
            one(min, report);
            one(max, report);
            if min.value > max.value {
                report.related(min.id, "the least is above the most", (max.id, "the most"));
            }
            if let Some(target) = target.as_ref().filter(|target| !TARGETS.contains(&target.value)) {
                report.at(target.id, format!("a target of {} % where 20 to 90 are possible", target.value));
            }
        }
    }
}

/// Global indexes are paid for as their tables are.
fn check_index_capacity(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let is_provisioned = matches!(table.capacity, Some(CapacitySpec::Provisioned(_)));
        for (name, index) in all(&table.indexes) {
            let IndexKind::Global(keys) = &index.kind else { continue };
            if is_provisioned {
                if keys.reads.is_none() || keys.writes.is_none() {
                    let message = format!(
                        "capacity is provisioned, and index `{}` has no reads and writes",
                        name.value
                    );
                    report.at(name.id, message);
                }
                for most in keys.max_reads.iter().chain(&keys.max_writes) {
                    report.at(most.id, "capacity is provisioned, so there is no limit of what is on demand");
                }
            } else {
                for amount in keys.reads.iter().chain(&keys.writes) {
                    report.at(amount.id(), "capacity is on demand, so an index has none of its own");
                }
            }
        }
    }
}

/// Writes of a table in several regions follow the load.
fn check_global_writes(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let Some(CapacitySpec::Provisioned(capacity)) = &table.capacity else { continue };
        if context.set(&table.replicas, None).len() < 2 {
            continue;
        }
        let mut amounts = vec![&capacity.writes];
        for (_, index) in all(&table.indexes) {
            match &index.kind {
                IndexKind::Global(keys) => amounts.extend(&keys.writes),
                IndexKind::Local(_) => {}
            }
        }
        for writes in amounts {
            if let AmountSpec::Fixed(amount) = writes {
                report.at(
                    amount.id,
                    "a global table with a fixed write capacity falls behind when one region writes more",
                );
            }
        }
    }
}

/// Warm throughput is above what is there anyway.
fn check_warm(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let Some(WarmKeys { id, reads, writes }) = &table.warm_throughput else { continue };
        if reads.is_none() && writes.is_none() {
            report.at(*id, "neither reads nor writes are named");
        }
        let least = |amount: &AmountSpec| match amount {
            AmountSpec::Fixed(amount) => amount.value,
            AmountSpec::Scaled(scaling) => scaling.min.value,
        };
        let (least_reads, least_writes) = match &table.capacity {
            Some(CapacitySpec::Provisioned(keys)) => (least(&keys.reads), least(&keys.writes)),
            Some(CapacitySpec::OnDemand(_)) | None => (WARM_READS, WARM_WRITES),
        };
        for (amount, least, what) in [(reads, least_reads, "reads"), (writes, least_writes, "writes")] {
            if let Some(amount) = amount.as_ref().filter(|amount| amount.value < least) {
                report.at(
                    amount.id,
                    format!("{} {what} a second are less than the {least} there are", amount.value),
                );
            }
        }
    }
}
