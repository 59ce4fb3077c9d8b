//! Rules about what protects a table. Not here: its encryption and its tags, which are like those of other items (`check`).

use crate::check::{Context, each_table, is_strong};
use crate::diagnostic::Severity;
use crate::read::written;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{MOST_DAYS_OF_RECOVERY, RecoverySpec, StreamView, TableSpec};

/// Days that a table can be restored to (DynamoDB API, RecoveryPeriodInDays).
const RECOVERY_DAYS: std::ops::RangeInclusive<u64> = 1..=MOST_DAYS_OF_RECOVERY;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(540),
        severity: Severity::Error,
        title: "days of recovery",
        rule: "A table can be restored to any second of the last 1 to 35 days.",
        source: "DynamoDB API, PointInTimeRecoverySpecification",
        covers: &["DDB-017"],
        fix: "write a number of days from 1 to 35",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), point_in_time_recovery: «36d» }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), point_in_time_recovery: 35d }",
        check: Check::Spec(check_recovery),
    },
    Rule {
        code: Code(541),
        severity: Severity::Warning,
        title: "table without protection",
        rule: "Replication copies a mistake everywhere within seconds: a table that serves users is protected from deletion and can be restored.",
        source: "DynamoDB Developer Guide, deletion protection and point-in-time recovery",
        covers: &["DDB-019", "X-068", "X-112"],
        fix: "leave deletion protection and point-in-time recovery on",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), deletion_protection: «false» }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), deletion_protection: true }",
        check: Check::Spec(check_protection),
    },
    Rule {
        code: Code(542),
        severity: Severity::Error,
        title: "stream of a global table",
        rule: "Replicas follow a stream of new and old images: a table with eventual consistency and several replicas has that, and no other.",
        source: "DynamoDB Developer Guide, globaltables_reqs_bestpractices; AWS answers ValidationException",
        covers: &["DDB-080"],
        fix: "write `stream: new_and_old_images`, or leave it out",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), stream: «keys_only» }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), stream: new_and_old_images }",
        check: Check::Spec(check_stream),
    },
];

fn recoveries(table: &TableSpec) -> Vec<&RecoverySpec> {
    written(&table.point_in_time_recovery, &table.overrides, |own| &own.point_in_time_recovery)
}

/// Days of recovery are ones that DynamoDB has.
fn check_recovery(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        for RecoverySpec { id, days } in recoveries(table) {
            // `false` is no days, and so is `0d`, which says the same.
            if let Some(days) = days.filter(|days| *days > 0 && !RECOVERY_DAYS.contains(days)) {
                report.at(*id, format!("a table can't be restored to {days} days ago"));
            }
        }
    }
}

/// Protection is not switched off unawares.
fn check_protection(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        for flag in written(&table.deletion_protection, &table.overrides, |own| &own.deletion_protection) {
            if !flag.value {
                report.at(flag.id, "anybody with the right to delete can delete this table");
            }
        }
        for recovery in recoveries(table) {
            if recovery.days == Some(0) {
                report.at(recovery.id, "what is deleted or overwritten by mistake can't be restored");
            }
        }
    }
}

/// Replicas have the stream that they follow.
fn check_stream(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        if is_strong(table) {
            continue;
        }
        let Some(stream) = &table.stream else { continue };
        if stream.value != StreamView::NewAndOldImages && context.set(&table.replicas, None).len() > 1 {
            report.at(stream.id, format!("replicas can't follow a stream of {}", stream.value.word()));
        }
    }
}
