//! Rules about the settings of clusters and their members. Not here: engine, classes and numbers (the parent's), versions.

use super::{engine, members};
use crate::arn::{Arn, is_ec2_id};
use crate::check::{Context, each_cluster};
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::read::written;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{ClusterSpec, Engine, InstancesSpec, LogExport, MemberInstancesSpec, MonitoringKeys, all};
use crate::text::every;

/// Ports that RDS takes (RDS API, Port).
const PORTS: std::ops::RangeInclusive<u64> = 1150..=65_535;
/// Seconds between two reports (RDS API, MonitoringInterval).
const MONITORING: [u64; 6] = [1, 5, 10, 15, 30, 60];
/// Most availability zones of a member (RDS API, AvailabilityZones).
const MAX_ZONES: usize = 3;
/// The least seconds of rds.global_db_rpo (Aurora User Guide).
const LEAST_RPO: u64 = 20;
/// The most seconds of rds.global_db_rpo (Aurora User Guide).
const MOST_RPO: u64 = 2_147_483_647;
/// Instances, and clusters, of a region (quotas of RDS).
const QUOTA: u64 = 40;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(625),
        severity: Severity::Error,
        title: "bad port",
        rule: "Databases listen on a port from 1150 to 65535.",
        source: "RDS API, Port",
        covers: &["RDS-064"],
        fix: "write a port from 1150 to 65535, or leave it out",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, port: «80» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, port: 5433 }",
        check: Check::Spec(check_ports),
    },
    Rule {
        code: Code(626),
        severity: Severity::Error,
        title: "bad monitoring",
        rule: "Enhanced monitoring reports every 1, 5, 10, 15, 30 or 60 seconds, with an IAM role of the account's partition.",
        source: "RDS API, MonitoringInterval and MonitoringRoleArn",
        covers: &["RDS-075", "IAM-056"],
        fix: "write an interval of 1, 5, 10, 15, 30 or 60 seconds, and the ARN of a role",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, monitoring: { interval: «20s», role: \"arn:aws:iam::123456789012:role/monitoring\" } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, monitoring: { interval: 60s, role: \"arn:aws:iam::123456789012:role/monitoring\" } }",
        check: Check::Spec(check_monitoring),
    },
    Rule {
        code: Code(627),
        severity: Severity::Error,
        title: "bad retention of insights",
        rule: "Performance Insights keeps what it sees 7 days, a number of months of 31 days up to 23, or 731 days.",
        source: "RDS API, PerformanceInsightsRetentionPeriod",
        covers: &["RDS-076"],
        fix: "write 7d, 31d, 62d and so on, or 731d",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, performance_insights: «30d» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, performance_insights: 31d }",
        check: Check::Spec(check_insights),
    },
    Rule {
        code: Code(628),
        severity: Severity::Error,
        title: "log of another engine",
        rule: "MySQL exports audit, error, general, instance, slowquery and iam_db_auth_error, PostgreSQL instance, postgresql and iam_db_auth_error.",
        source: "RDS API, EnableCloudwatchLogsExports",
        covers: &["RDS-074"],
        fix: "export logs that the engine has",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, log_exports: [«slowquery»] }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, log_exports: [postgresql] }",
        check: Check::Spec(check_logs),
    },
    Rule {
        code: Code(629),
        severity: Severity::Error,
        title: "override of no member",
        rule: "Settings of its own are for the primary's region or a secondary's. The primary needs an instance, and forwards no writes: it takes them.",
        source: "the language; Aurora User Guide, write forwarding",
        covers: &["RDS-069"],
        fix: "name a region of the cluster, and what it can have",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, overrides: { «us» => { instances: headless } } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, overrides: { eu => { backup_window: \"03:00-04:00\" } } }",
        check: Check::Spec(check_members),
    },
    Rule {
        code: Code(630),
        severity: Severity::Error,
        title: "zone or group elsewhere",
        rule: "A member names at most three availability zones, all of its own region, and security groups by their ids.",
        source: "RDS API, AvailabilityZones and VpcSecurityGroupIds",
        covers: &["RDS-066", "RDS-096"],
        fix: "name zones as in \"eu-west-1a\", groups as in \"sg-0123456789abcdef0\"",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, overrides: { eu => { availability_zones: [«\"us-east-1a\"»] } } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, overrides: { eu => { availability_zones: [\"eu-west-1a\"] } } }",
        check: Check::Spec(check_zones),
    },
    Rule {
        code: Code(631),
        severity: Severity::Error,
        title: "bad group name",
        rule: "Names of DB subnet groups have letters, digits, spaces, dots, underscores and hyphens, and are not `default`.",
        source: "RDS API, DBSubnetGroupName",
        covers: &["RDS-067"],
        fix: "name a group of your own",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, subnet_group: «\"default\"» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, subnet_group: \"orders-{region}\" }",
        check: Check::Spec(check_groups),
    },
    Rule {
        code: Code(632),
        severity: Severity::Error,
        title: "bad managed rpo",
        rule: "PostgreSQL can hold commits back while all secondaries lag more than 20 seconds or longer; MySQL can't.",
        source: "Aurora User Guide, rds.global_db_rpo",
        covers: &["RDS-115"],
        fix: "write 20s or more for PostgreSQL, or leave it out",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, managed_rpo: «10s» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, managed_rpo: 20s }",
        check: Check::Spec(check_rpo),
    },
    Rule {
        code: Code(637),
        severity: Severity::Warning,
        title: "cluster without protection",
        rule: "A cluster that serves users is protected from deletion.",
        source: "RDS API, DeletionProtection",
        covers: &["RDS-009", "RDS-077", "X-112"],
        fix: "leave deletion protection on",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, deletion_protection: «false» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, deletion_protection: true }",
        check: Check::Spec(check_protection),
    },
    Rule {
        code: Code(638),
        severity: Severity::Warning,
        title: "weaker secondary",
        rule: "A secondary that may be promoted carries the primary's load: with fewer instances than the primary, or another class, it may not.",
        source: "Aurora User Guide, aurora-global-database-disaster-recovery",
        covers: &["X-089", "X-090"],
        fix: "give every region the primary's instances",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, overrides: { eu => { instances: «headless» } } }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_capacity_of_secondaries),
    },
    Rule {
        code: Code(639),
        severity: Severity::Warning,
        title: "many instances in a region",
        rule: "A region holds 40 clusters and 40 instances unless AWS raises the quota.",
        source: "quotas of RDS",
        covers: &["RDS-098", "X-103"],
        fix: "ask for a higher quota before you deploy",
        wrong: "cluster one: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 14 * db_r6g_large }\ncluster two: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 14 * db_r6g_large }\ncluster «three»: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 14 * db_r6g_large }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large }",
        check: Check::Spec(check_quota),
    },
];

/// The port is one that RDS takes.
fn check_ports(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        if let Some(port) = &cluster.port
            && !PORTS.contains(&port.value)
        {
            report.at(port.id, format!("a database can't listen on port {}", port.value));
        }
    }
}

/// Monitoring has an interval that there is and a role.
fn check_monitoring(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(MonitoringKeys { id: _, interval, role }) = &cluster.monitoring else { continue };
        if !MONITORING.contains(&interval.value) {
            report.at(interval.id, format!("instances can't report every {} seconds", interval.value));
        }
        let partition = context.places.first().map(|(_, region)| region.info().partition.id());
        let arn = Arn::parse(role.as_str());
        let is_role = arn.is_some_and(|arn| {
            arn.service == "iam"
                && arn.region.is_empty()
                && arn.resource.starts_with("role/")
                && partition.is_none_or(|partition| partition == arn.partition)
        });
        if !is_role {
            report.at(role.id, format!("`{}` is not the ARN of a role", role.value));
        }
    }
}

/// Insights are kept for a time that there is.
fn check_insights(context: &Context<'_>, report: &mut Report<'_>) {
    let is_kept =
        |days: u64| days == 7 || days == 731 || (days.is_multiple_of(31) && (1..=23).contains(&(days / 31)));
    for cluster in each_cluster(context.spec) {
        if let Some(days) = &cluster.performance_insights
            && !is_kept(days.value)
        {
            report.at(days.id, format!("insights can't be kept for {} days", days.value));
        }
    }
}

/// Logs are the engine's.
fn check_logs(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else { continue };
        for log in all(&cluster.log_exports) {
            let is_known = match log.value {
                LogExport::Instance | LogExport::IamDbAuthError => true,
                LogExport::Postgresql => engine == Engine::AuroraPostgresql,
                LogExport::Audit | LogExport::Error | LogExport::General | LogExport::Slowquery => {
                    engine == Engine::AuroraMysql
                }
            };
            if !is_known {
                report.at(log.id, format!("{} has no log `{}`", engine.id(), log.value.word()));
            }
        }
    }
}

/// Overrides are for members, and possible there.
fn check_members(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let members = members(context, cluster);
        for other in all(&cluster.overrides) {
            for label in &other.regions {
                let is_primary = label.value == cluster.primary.value;
                let reason = if context.place(label.as_str()).is_some_and(|place| !members.contains(&place)) {
                    "has no member of this cluster"
                } else if is_primary && matches!(other.keys.instances, Some(MemberInstancesSpec::Headless(_)))
                {
                    "is the primary, which needs an instance"
                } else if is_primary && crate::spec::is_on(&other.keys.write_forwarding) {
                    "is the primary, which forwards no writes"
                } else {
                    continue;
                };
                report.at(label.id, format!("region `{}` {reason}", label.value));
            }
        }
    }
}

/// Zones are of the member's region, and groups look like groups.
fn check_zones(context: &Context<'_>, report: &mut Report<'_>) {
    let mut overrides = Vec::new();
    for cluster in each_cluster(context.spec) {
        overrides.extend(all(&cluster.overrides));
    }
    for other in overrides {
        let zones = other.keys.availability_zones.as_deref().unwrap_or_default();
        if let Some(zone) = zones.get(MAX_ZONES) {
            report.at(zone.id, format!("a member has at most {MAX_ZONES} availability zones"));
        }
        for label in &other.regions {
            let Some((_, region)) = context.place(label.as_str()) else { continue };
            let is_own = |zone: &Node<String>| {
                zone.value
                    .strip_prefix(region.code())
                    .is_some_and(|rest| rest.len() == 1 && every(rest, u8::is_ascii_lowercase))
            };
            for zone in zones {
                if !is_own(zone) {
                    let message =
                        format!("`{}` is not an availability zone of {}", zone.value, region.code());
                    report.at(zone.id, message);
                }
            }
        }
        for group in all(&other.keys.security_groups) {
            if !is_ec2_id(group.as_str(), "sg-") {
                report.at(group.id, format!("`{}` is not the id of a security group", group.value));
            }
        }
    }
}

/// Subnet groups have a name that they can have.
fn check_groups(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        for group in written(&cluster.subnet_group, &cluster.overrides, |own| &own.subnet_group) {
            let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-{}".contains(c);
            if group.value.eq_ignore_ascii_case("default")
                || group.value.is_empty()
                || !group.value.chars().all(allowed)
            {
                report.at(group.id, format!("`{}` can't be the name of a subnet group", group.value));
            }
        }
    }
}

/// The managed recovery point is one that PostgreSQL takes.
fn check_rpo(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let Some(rpo) = &cluster.managed_rpo else { continue };
        if engine(cluster) == Some(Engine::AuroraMysql) {
            report.at(rpo.id, "Aurora MySQL has no managed recovery point");
        } else if !(LEAST_RPO..=MOST_RPO).contains(&rpo.value) {
            report.at(rpo.id, format!("commits can't be held back after {} seconds", rpo.value));
        }
    }
}

/// Protection is not switched off unawares.
fn check_protection(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        if let Some(Node { id, value: false }) = &cluster.deletion_protection {
            report.at(*id, "anybody with the right to delete can delete this cluster");
        }
    }
}

/// Secondaries can carry what the primary carries.
fn check_capacity_of_secondaries(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let of_primary = super::instances(cluster, cluster.primary.as_str());
        let Some(InstancesSpec { count, class }) = of_primary else { continue };
        for other in all(&cluster.overrides) {
            let (id, message) = match &other.keys.instances {
                Some(MemberInstancesSpec::Headless(id)) => {
                    (*id, "a headless secondary serves nobody until it is given instances".to_owned())
                }
                Some(MemberInstancesSpec::Instances(own))
                    if own.count.value < count.value || own.class.value != class.value =>
                {
                    let message = format!(
                        "{} * {} where the primary has {} * {}",
                        own.count.value, own.class.value, count.value, class.value
                    );
                    (own.count.id, message)
                }
                Some(MemberInstancesSpec::Instances(_)) | None => continue,
            };
            if other.regions.iter().any(|label| label.value != cluster.primary.value) {
                report.at(id, message);
            }
        }
    }
}

/// The instances of all clusters in a region.
fn check_quota(context: &Context<'_>, report: &mut Report<'_>) {
    for place in &context.places {
        let mut total = 0;
        for cluster in each_cluster(context.spec).filter(|cluster| members(context, cluster).contains(place))
        {
            let before = total;
            total += instances_in(cluster, place.0);
            if before <= QUOTA && total > QUOTA {
                let region = place.1.code();
                report.at(cluster.label.id, format!("with this cluster {total} instances are in {region}"));
            }
        }
    }
}

fn instances_in(cluster: &ClusterSpec, label: &str) -> u64 {
    super::instances(cluster, label).map_or(0, |instances| instances.count.value)
}
