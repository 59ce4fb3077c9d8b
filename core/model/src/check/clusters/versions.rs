//! Rules about engine versions and what AWS offers where, by tables. Not here: the form of versions (the parent's).

mod table;

use self::table::{CLASSES, VERSIONS};
use super::{engine, members};
use crate::check::{Context, each_cluster};
use crate::diagnostic::Severity;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::Engine;
use crate::text::number;

/// The first version of each major version of PostgreSQL that has global databases (Aurora User Guide,
/// Feature.GlobalDatabase).
const POSTGRESQL_FLOORS: [(u64, u64); 8] =
    [(11, 9), (12, 8), (13, 4), (14, 3), (15, 2), (16, 1), (17, 4), (18, 3)];
/// The same of the releases of Aurora MySQL.
const MYSQL_FLOORS: [(u64, u64); 2] = [(2, 7), (3, 1)];
/// The last major version of PostgreSQL whose standard support has ended (release calendar of Aurora PostgreSQL, as remembered:
/// 13 in February 2026).
const LAST_UNSUPPORTED_POSTGRESQL: u64 = 13;
/// The same of Aurora MySQL (2, which is MySQL 5.7, in October 2024).
const LAST_UNSUPPORTED_MYSQL: u64 = 2;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(633),
        severity: Severity::Error,
        title: "version without global databases",
        rule: "Global databases begin with Aurora MySQL 2.07 and 3.01.0 and, by major version of PostgreSQL, with 11.9, 12.8, 13.4, 14.3, 15.2, 16.1, 17.4 and 18.3.",
        source: "Aurora User Guide, Feature.GlobalDatabase",
        covers: &["RDS-025"],
        fix: "write a newer version",
        wrong: "cluster orders: aurora_postgresql(«\"14.2\"») { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"14.22\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_floors),
    },
    Rule {
        code: Code(634),
        severity: Severity::Warning,
        title: "deprecated version",
        rule: "AWS no longer offers the version for new clusters, or this version of the library does not know it.",
        source: "data/aurora-versions.csv, from AWS's documentation",
        covers: &["RDS-025"],
        fix: "write a version that is offered, as in \"16.11\"",
        wrong: "cluster orders: aurora_postgresql(«\"14.3\"») { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"14.22\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_deprecated),
    },
    Rule {
        code: Code(635),
        severity: Severity::Error,
        title: "support has ended",
        rule: "Without extended support, AWS refuses a major version whose standard support has ended: Aurora PostgreSQL 11 to 13 and Aurora MySQL 2 (MySQL 5.7).",
        source: "RDS API, EngineLifecycleSupport; release calendars of Aurora (as remembered, to February 2026)",
        covers: &["RDS-007"],
        fix: "write a newer major version, or leave `extended_support` on",
        wrong: "cluster orders: aurora_postgresql(\"13.23\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, extended_support: «false» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, extended_support: false }",
        check: Check::Spec(check_support),
    },
    Rule {
        code: Code(636),
        severity: Severity::Warning,
        title: "class unknown in a region",
        rule: "The class is not among those that AWS offered for the engine in the region when the library's table was made.",
        source: "data/aurora-classes.csv, from the schema bundled with cfn-lint 1.51.0",
        covers: &["RDS-028"],
        fix: "choose a class that is offered in every region of the cluster",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * «db_r9g_large» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_offered),
    },
];

/// Major and minor number of a version: of PostgreSQL's own, of Aurora's release for MySQL.
fn numbers(engine: Engine, version: &str) -> Option<(u64, u64)> {
    let numbers = match engine {
        Engine::AuroraPostgresql => version,
        Engine::AuroraMysql => version.split_once(".mysql_aurora.")?.1,
    };
    let mut parts = numbers.split('.');
    Some((number(parts.next()?, 65_535)?, number(parts.next()?, 65_535)?))
}

/// The version has global databases.
fn check_floors(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else { continue };
        let version = &cluster.engine.version;
        let Some((major, minor)) = numbers(engine, version.as_str()) else { continue };
        let floors: &[(u64, u64)] = match engine {
            Engine::AuroraPostgresql => &POSTGRESQL_FLOORS,
            Engine::AuroraMysql => &MYSQL_FLOORS,
        };
        // A major version beyond the table is newer than it.
        let first = floors.first().map_or(0, |(major, _)| *major);
        let floor = floors.iter().find(|(known, _)| *known == major);
        if major < first || floor.is_some_and(|(_, floor)| minor < *floor) {
            report.at(version.id, format!("{} {} has no global databases", engine.id(), version.value));
        }
    }
}

/// The version is offered.
fn check_deprecated(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else { continue };
        let version = &cluster.engine.version;
        if !super::is_version(engine, version.as_str()) {
            continue;
        }
        let known = VERSIONS.iter().find(|(known, name, _)| *known == engine.id() && *name == version.value);
        match known {
            Some((.., true)) => {}
            Some((.., false)) => {
                report.at(version.id, format!("AWS no longer offers {} {}", engine.id(), version.value))
            }
            None => report.at(version.id, format!("{} {} is not known", engine.id(), version.value)),
        }
    }
}

/// Versions past their support are not declared without it.
fn check_support(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else { continue };
        let Some(off) = cluster.extended_support.as_ref().filter(|flag| !flag.value) else { continue };
        let version = &cluster.engine.version;
        let last = match engine {
            Engine::AuroraPostgresql => LAST_UNSUPPORTED_POSTGRESQL,
            Engine::AuroraMysql => LAST_UNSUPPORTED_MYSQL,
        };
        if numbers(engine, version.as_str()).is_some_and(|(major, _)| major <= last) {
            let message = format!("standard support of {} {} has ended", engine.id(), version.value);
            report.related(off.id, message, (version.id, "the version"));
        }
    }
}

/// Classes are offered where they are used.
fn check_offered(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else { continue };
        for (label, region) in members(context, cluster) {
            let offered =
                CLASSES.iter().find(|(code, known, _)| *code == region.code() && *known == engine.id());
            // Of a region that is not in the table nothing is known.
            let (Some((.., offered)), Some(instances)) = (offered, super::instances(cluster, label)) else {
                continue;
            };
            let class = &instances.class;
            if !offered.split(' ').any(|known| known == class.value) {
                let message = format!(
                    "{} is not known to be offered for {} in {}",
                    class.value,
                    engine.id(),
                    region.code()
                );
                report.at(class.id, message);
                break;
            }
        }
    }
}
