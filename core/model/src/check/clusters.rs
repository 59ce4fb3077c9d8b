//! Rules about Aurora global databases: engine, members, instances, names. Not here: versions, serverless capacity, windows and
//! other settings (their own modules).

pub(super) mod serverless;
pub(super) mod settings;
pub(super) mod versions;
pub(super) mod windows;

use super::{Context, Place, dashed, each_cluster};
use crate::diagnostic::Severity;
use crate::name::check_rds_identifier;
use crate::node::Node;
use crate::read::own;
use crate::region::Region;
use crate::rule::{Check, Code, Report, Rule, did_you_mean};
use crate::spec::{ClusterSpec, Engine, InstancesSpec, MemberInstancesSpec, RegionSet, all};
use crate::text::{every, number};

/// Most secondaries of a global database (Aurora User Guide, configuration requirements; 5 until May 2025).
const MAX_SECONDARIES: usize = 10;
/// Most readers of the primary and secondaries together (RDS-026).
const MAX_READERS_AND_SECONDARIES: u64 = 15;
/// Days of backups below which a mistake may be noticed too late (RDS-061 of the catalogue).
const LEAST_ADVISED_DAYS: u64 = 7;
/// Words that neither engine takes as the administrator's name (Aurora User Guide, reserved words; a selection of those
/// that people write).
const RESERVED_USERS: [&str; 6] = ["rdsadmin", "rdsrepladmin", "rds_superuser", "root", "user", "public"];

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(601),
        severity: Severity::Error,
        title: "bad identifier",
        rule: "RDS identifiers have 1 to 63 letters, digits and hyphens, begin with a letter, and neither end with a hyphen nor have two in a row. They are made of the label, the region and a number.",
        source: "RDS API, CreateDBCluster; AWS answers InvalidParameterValue",
        covers: &["RDS-001", "RDS-022", "RDS-050", "RDS-090"],
        fix: "use a shorter or simpler label",
        wrong: "cluster «orders__new»: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        right: "cluster orders_new: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_identifiers),
    },
    Rule {
        code: Code(602),
        severity: Severity::Error,
        title: "unknown engine",
        rule: "Aurora Global Database runs aurora-postgresql and aurora-mysql.",
        source: "RDS API, CreateGlobalCluster",
        covers: &["RDS-003", "RDS-023", "RDS-091"],
        fix: "write `aurora_postgresql(\"16.11\")` or `aurora_mysql(\"8.0.mysql_aurora.3.08.0\")`",
        wrong: "cluster orders: «postgresql»(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_engines),
    },
    Rule {
        code: Code(603),
        severity: Severity::Error,
        title: "primary is secondary",
        rule: "A global database has at most one member in a region.",
        source: "Aurora User Guide, aurora-global-database configuration requirements",
        covers: &["RDS-021"],
        fix: "remove the primary's region from the secondaries",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [«us», eu], instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }",
        check: Check::Spec(check_members),
    },
    Rule {
        code: Code(604),
        severity: Severity::Error,
        title: "number of secondaries",
        rule: "A global database has at most 10 secondaries.",
        source: "Aurora User Guide, configuration requirements",
        covers: &["RDS-020"],
        fix: "list at most 10 secondaries",
        wrong: "regions { a: us_east_1, b: us_east_2, c: us_west_1, d: us_west_2, e: eu_west_1, f: eu_west_2, g: eu_west_3, h: eu_central_1, i: eu_north_1, j: ap_northeast_1, k: ap_northeast_2, l: sa_east_1 }\ncluster orders: aurora_postgresql(\"16.11\") { primary: a, secondaries: «each» other region, instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_secondaries),
    },
    Rule {
        code: Code(605),
        severity: Severity::Error,
        title: "number of instances",
        rule: "The primary needs a writer; the primary's readers and the secondaries are 15 together, and a secondary without an instance can't serve.",
        source: "Aurora User Guide, configuration requirements",
        covers: &["RDS-026", "RDS-094", "RDS-095"],
        fix: "write a number that is possible, as in `instances: 2 * db_r6g_large`",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: «0» * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_instances),
    },
    Rule {
        code: Code(606),
        severity: Severity::Error,
        title: "bad instance class",
        rule: "Global databases want memory-optimised classes of generation 5 or newer.",
        source: "Aurora User Guide, configuration requirements; AWS answers InvalidParameterCombination",
        covers: &["RDS-027"],
        fix: "use a class such as db_r6g_large",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * «db_t4g_medium» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_classes),
    },
    Rule {
        code: Code(607),
        severity: Severity::Error,
        title: "bad engine version",
        rule: "Versions are major.minor for PostgreSQL and 8.0.mysql_aurora.x.y.z for MySQL; Limitless versions have no global databases.",
        source: "Aurora User Guide, Feature.GlobalDatabase",
        covers: &["RDS-025", "RDS-031"],
        fix: "write a version such as \"16.11\" for PostgreSQL or \"8.0.mysql_aurora.3.08.0\" for MySQL",
        wrong: "cluster orders: aurora_postgresql(«\"16.x\"») { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_versions),
    },
    Rule {
        code: Code(608),
        severity: Severity::Error,
        title: "bad user or database name",
        rule: "Names begin with a letter and have letters, digits (users also underscores) up to AWS's length; some words are reserved.",
        source: "RDS API, CreateDBCluster",
        covers: &["RDS-006", "RDS-052"],
        fix: "use another name",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, database: «\"web-shop\"» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, database: \"webshop\" }",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(609),
        severity: Severity::Error,
        title: "bad retention",
        rule: "Automatic backups are kept 1 to 35 days.",
        source: "RDS API, BackupRetentionPeriod",
        covers: &["RDS-061"],
        fix: "write a number from 1 to 35",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, backup_retention: «36d» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, backup_retention: 35d }",
        check: Check::Spec(check_retention),
    },
    Rule {
        code: Code(610),
        severity: Severity::Warning,
        title: "unverified region",
        rule: "The region is not in AWS's published list of Aurora Global Database regions that this version knows. It may have been added since.",
        source: "Aurora User Guide, Feature.GlobalDatabase",
        covers: &["REG-013"],
        fix: "check the list for this region before you deploy",
        wrong: "regions { us: us_east_1, tw: ap_east_2 }\ncluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: «[tw]», instances: 2 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }",
        check: Check::Spec(check_regions),
    },
    Rule {
        code: Code(611),
        severity: Severity::Warning,
        title: "single instance",
        rule: "When the only instance of a member fails, Aurora must create another; with two it promotes a reader.",
        source: "RDS API, CreateDBCluster",
        covers: &["RDS-094"],
        fix: "use two instances per member",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: «1» * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_local_failover),
    },
    Rule {
        code: Code(612),
        severity: Severity::Warning,
        title: "backups for less than a week",
        rule: "A mistake is often noticed days later, and replication copies it everywhere within seconds.",
        source: "the purpose of the library; X-068 of the catalogue",
        covers: &["RDS-061"],
        fix: "keep backups for at least 7 days",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, backup_retention: «3d» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, backup_retention: 7d }",
        check: Check::Spec(check_short_retention),
    },
];

/// The engine of a cluster, if it is one.
pub(crate) fn engine(cluster: &ClusterSpec) -> Option<Engine> {
    Engine::ALL.into_iter().find(|engine| engine.keyword() == cluster.engine.name.value)
}

/// The identifier of the global cluster.
pub(crate) fn global_identifier(cluster: &ClusterSpec) -> String {
    dashed(cluster.label.as_str())
}

/// The identifier of a member. It differs between members, as AWS wants (RDS-022).
pub(crate) fn member_identifier(cluster: &ClusterSpec, region: Region) -> String {
    format!("{}-{}", dashed(cluster.label.as_str()), region.code())
}

/// The identifier of an instance, counted from 1.
pub(crate) fn instance_identifier(cluster: &ClusterSpec, region: Region, number: u64) -> String {
    format!("{}-{number}", member_identifier(cluster, region))
}

/// The primary's region and those of the secondaries.
pub(crate) fn members<'a>(context: &Context<'a>, cluster: &ClusterSpec) -> Vec<Place<'a>> {
    let primary = cluster.primary.as_str();
    let secondaries = context.set(&cluster.secondaries, Some(primary));
    let mut members = Vec::new();
    members.extend(context.place(primary));
    for place in secondaries {
        if place.0 != primary {
            members.push(place);
        }
    }
    members
}

/// Whether a member takes writes and sends them to the primary.
pub(crate) fn forwards(cluster: &ClusterSpec, label: &str) -> bool {
    let own = own(&cluster.overrides, label).and_then(|own| own.write_forwarding.as_ref());
    own.or(cluster.write_forwarding.as_ref()).is_some_and(|flag| flag.value)
}

/// The instances of a member; none of a headless one.
pub(crate) fn instances<'a>(cluster: &'a ClusterSpec, label: &str) -> Option<&'a InstancesSpec> {
    match own(&cluster.overrides, label).and_then(|own| own.instances.as_ref()) {
        Some(MemberInstancesSpec::Headless(_)) => None,
        Some(MemberInstancesSpec::Instances(own)) => Some(own),
        None => Some(&cluster.instances),
    }
}

/// The engine is Aurora's.
fn check_engines(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        if engine(cluster).is_none() {
            let written = &cluster.engine.name;
            let hint = did_you_mean(written.as_str(), &Engine::ALL.map(Engine::keyword));
            report.at(written.id, format!("unknown engine `{}`{hint}", written.value));
        }
    }
}

/// Whether a version has the form of its engine's.
fn is_version(engine: Engine, version: &str) -> bool {
    let numbers = |text: &str, parts: std::ops::RangeInclusive<usize>| {
        parts.contains(&text.split('.').count()) && text.split('.').all(|part| number(part, 65_535).is_some())
    };
    match engine {
        Engine::AuroraPostgresql => numbers(version, 2..=3),
        Engine::AuroraMysql => version
            .split_once(".mysql_aurora.")
            .is_some_and(|(base, release)| numbers(base, 2..=2) && numbers(release, 3..=4)),
    }
}

/// The version has the engine's form.
fn check_versions(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else { continue };
        let version = &cluster.engine.version;
        if !is_version(engine, version.as_str()) {
            let example = match engine {
                Engine::AuroraPostgresql => "16.11",
                Engine::AuroraMysql => "8.0.mysql_aurora.3.08.0",
            };
            let help = format!("write a version such as \"{example}\"");
            report.with_help(
                version.id,
                format!("`{}` is not a version of this engine", version.value),
                help,
            );
        }
    }
}

/// One member per region.
fn check_members(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let primary = &cluster.primary;
        let message = format!("region `{}` is the primary's", primary.value);
        match &cluster.secondaries {
            RegionSet::Each(id) => report.at(*id, message),
            RegionSet::Listed(_, labels) => {
                if let Some(label) = labels.iter().find(|label| label.value == primary.value) {
                    report.related(label.id, message, (primary.id, "the primary"));
                }
            }
            RegionSet::EachOther(_) => {}
        }
    }
}

/// The number of secondaries is possible.
fn check_secondaries(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let count = context.set(&cluster.secondaries, Some(cluster.primary.as_str())).len();
        if count > MAX_SECONDARIES {
            let message = format!("{count} secondaries where a global database has 1 to {MAX_SECONDARIES}");
            report.at(cluster.secondaries.id(), message);
        }
    }
}

/// The regions are ones that AWS lists.
fn check_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        for (_, region) in members(context, cluster) {
            if !region.info().aurora_global {
                let code = region.code();
                let message = format!("AWS's list of Aurora Global Database regions does not name {code}");
                report.at(cluster.secondaries.id(), message);
            }
        }
    }
}

/// Identifiers made from the label are legal.
fn check_identifiers(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        // The longest identifier is the last instance's in the region with the longest code.
        let mut longest: Option<Region> = None;
        for (_, region) in &context.places {
            if longest.is_none_or(|longest| longest.code().len() <= region.code().len()) {
                longest = Some(*region);
            }
        }
        let Some(region) = longest else { continue };
        let identifier = instance_identifier(cluster, region, cluster.instances.count.value.max(1));
        if let Err(reason) = check_rds_identifier(&identifier) {
            report.at(cluster.label.id, format!("`{identifier}` is not an RDS identifier: {reason}"));
        }
    }
}

/// The instances that are written, those of single members last.
pub(super) fn instances_written(cluster: &ClusterSpec) -> Vec<&InstancesSpec> {
    let mut written = vec![&cluster.instances];
    for other in all(&cluster.overrides) {
        match &other.keys.instances {
            Some(MemberInstancesSpec::Instances(own)) => written.push(own),
            Some(MemberInstancesSpec::Headless(_)) | None => {}
        }
    }
    written
}

/// The same of all clusters.
fn all_written<'a>(context: &Context<'a>) -> Vec<&'a InstancesSpec> {
    let mut written = Vec::new();
    for cluster in each_cluster(context.spec) {
        written.extend(instances_written(cluster));
    }
    written
}

/// The class is one that global databases take.
fn check_classes(context: &Context<'_>, report: &mut Report<'_>) {
    for InstancesSpec { class, count: _ } in all_written(context) {
        let reason = match class.value.split('.').collect::<Vec<_>>().as_slice() {
            ["db", "serverless"] => None,
            ["db", family, _size] => refuse_family(family),
            _ => Some("classes look like db.r6g.large"),
        };
        if let Some(reason) = reason {
            report.at(class.id, format!("instance class {} can't be used: {reason}", class.value));
        }
    }
}

/// The most instances that a member of a cluster can have.
fn most_instances(context: &Context<'_>, cluster: &ClusterSpec) -> u64 {
    let secondaries = context.set(&cluster.secondaries, Some(cluster.primary.as_str())).len();
    (MAX_READERS_AND_SECONDARIES + 1).saturating_sub(u64::try_from(secondaries).unwrap_or(u64::MAX))
}

/// The number of instances is possible.
fn check_instances(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let most = most_instances(context, cluster);
        for InstancesSpec { count: Node { id, value: count }, class: _ } in instances_written(cluster) {
            if !(1..=most).contains(count) {
                report.at(*id, format!("{count} instances where a member of this database has 1 to {most}"));
            }
        }
    }
}

/// A member has a reader to promote.
fn check_local_failover(context: &Context<'_>, report: &mut Report<'_>) {
    for InstancesSpec { count, class: _ } in all_written(context) {
        if count.value == 1 {
            report.at(count.id, "one instance per member leaves no local failover");
        }
    }
}

/// Why a family of classes can't be used, if it can't.
fn refuse_family(family: &str) -> Option<&'static str> {
    // The first number in the name.
    let mut digits = String::new();
    for letter in family.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else if !digits.is_empty() {
            break;
        }
    }
    let is_new = number(&digits, 65_535).is_some_and(|generation| generation >= 5);
    if family.starts_with('t') {
        Some("global databases refuse burstable classes")
    } else if family.starts_with("x2g") || (is_new && family.starts_with('r')) {
        None
    } else {
        Some("global databases take memory-optimised classes, db.r5 or newer")
    }
}

/// Names of the administrator and the database have AWS's form.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        if let Some(user) = &cluster.master_username {
            let reason = if RESERVED_USERS.contains(&user.value.to_ascii_lowercase().as_str()) {
                Some("the word is reserved")
            } else {
                refuse_name(user.as_str(), 16, true)
            };
            if let Some(reason) = reason {
                report.at(user.id, format!("`{}` is not a user name: {reason}", user.value));
            }
        }
        if let Some(database) = &cluster.database
            && let Some(reason) = refuse_name(database.as_str(), 63, false)
        {
            report.at(database.id, format!("`{}` is not a database name: {reason}", database.value));
        }
    }
}

fn refuse_name(name: &str, longest: usize, underscores: bool) -> Option<&'static str> {
    let with_underscores = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        Some("it must begin with a letter")
    } else if name.len() > longest {
        Some("it is too long")
    } else if !every(name, if underscores { with_underscores } else { u8::is_ascii_alphanumeric }) {
        Some("only letters and digits are allowed")
    } else {
        None
    }
}

/// Backups are kept 1 to 35 days.
fn check_retention(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        if let Some(days) = &cluster.backup_retention
            && !(1..=35).contains(&days.value)
        {
            report.at(days.id, format!("backups can't be kept for {} days", days.value));
        }
    }
}

/// Backups reach back long enough.
fn check_short_retention(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        if let Some(days) = &cluster.backup_retention
            && (1..LEAST_ADVISED_DAYS).contains(&days.value)
        {
            report.at(days.id, format!("backups are kept for {} days", days.value));
        }
    }
}
