//! Rules about the capacity of serverless instances. Not here: classes (the parent's).

use crate::check::{Context, each_cluster};
use crate::diagnostic::Severity;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::ServerlessKeys;

/// The most that an instance can grow to, in halves of a capacity unit (RDS API, MaxCapacity).
const MAX_HALVES: u64 = 512;
/// The least that the most may be (RDS API, MaxCapacity).
const LEAST_MAX_HALVES: u64 = 2;
/// The least that AWS advises for a global database's writer (Aurora User Guide).
const ADVISED_HALVES: u64 = 16;
/// Seconds after which instances may pause (RDS API, SecondsUntilAutoPause).
const PAUSES: std::ops::RangeInclusive<u64> = 300..=86_400;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(620),
        severity: Severity::Error,
        title: "bad serverless capacity",
        rule: "Serverless instances have a least and a most, in steps of half a unit: the most from 1 to 256 and not below the least. It is given exactly where the class is db_serverless.",
        source: "RDS API, ServerlessV2ScalingConfiguration; AWS answers InvalidParameterValue",
        covers: &["RDS-071"],
        fix: "write `serverless_capacity: { min: 8, max: 64 }` beside `db_serverless`",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_serverless, serverless_capacity: { min: «16», max: 8 } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_serverless, serverless_capacity: { min: 8, max: 16 } }",
        check: Check::Spec(check_capacity),
    },
    Rule {
        code: Code(621),
        severity: Severity::Error,
        title: "bad pause",
        rule: "Serverless instances pause after 5 minutes to a day without a connection, and only where the least capacity is 0.",
        source: "RDS API, SecondsUntilAutoPause",
        covers: &["RDS-072"],
        fix: "write `min: 0` and a time from 5min to 1d, or leave the pause out",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_serverless, serverless_capacity: { min: 8, max: 16, pause_after: «10min» } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_serverless, serverless_capacity: { min: 8, max: 16 } }",
        check: Check::Spec(check_pause),
    },
    Rule {
        code: Code(622),
        severity: Severity::Warning,
        title: "serverless capacity too small",
        rule: "AWS advises at least 8 units for the writer of a global database, and what pauses is no warm standby.",
        source: "Aurora User Guide, aurora-serverless-v2 with global databases",
        covers: &["RDS-072", "RDS-073"],
        fix: "write `min: 8` or more",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_serverless, serverless_capacity: { min: «0.5», max: 16 } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_serverless, serverless_capacity: { min: 8, max: 16 } }",
        check: Check::Spec(check_floor),
    },
];

/// Capacity is given where it means something, and possible.
fn check_capacity(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let written = super::instances_written(cluster);
        let serverless = written.iter().find(|instances| instances.class.value == "db.serverless");
        let class = serverless.map_or(&cluster.instances.class, |instances| &instances.class);
        let is_serverless = serverless.is_some();
        match &cluster.serverless_capacity {
            None if is_serverless && !cluster.unread.iter().any(|key| key == "serverless_capacity") => {
                report.at(class.id, "serverless instances need a capacity")
            }
            None => {}
            Some(capacity) if !is_serverless => {
                report.at(
                    capacity.id,
                    format!("instances of class {} have no capacity to choose", class.value),
                );
            }
            Some(ServerlessKeys { id: _, min, max, pause_after: _ }) => {
                if min.value > max.value {
                    report.related(min.id, "the least is above the most", (max.id, "the most"));
                }
                if !(LEAST_MAX_HALVES..=MAX_HALVES).contains(&max.value) {
                    report.at(max.id, "the most is from 1 to 256 units");
                }
            }
        }
    }
}

/// Pauses are possible.
fn check_pause(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(capacity) = &cluster.serverless_capacity else { continue };
        let Some(pause) = &capacity.pause_after else { continue };
        if capacity.min.value > 0 {
            report.at(pause.id, "what keeps a capacity never pauses");
        } else if !PAUSES.contains(&pause.value) {
            report.at(pause.id, format!("instances can't pause after {} seconds", pause.value));
        }
    }
}

/// The least is enough for a global database.
fn check_floor(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(capacity) = &cluster.serverless_capacity else { continue };
        if capacity.min.value < ADVISED_HALVES {
            report.at(capacity.min.id, "the writer of a global database may lag with so little");
        }
    }
}
