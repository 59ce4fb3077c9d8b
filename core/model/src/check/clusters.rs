//! Rules about Aurora global databases. Not here: rules that only AWS can answer (which versions it offers today).

use super::{Context, dashed, each_cluster, report_duplicates};
use crate::diagnostic::Diagnostics;
use crate::name::check_rds_identifier;
use crate::problem::Problem;
use crate::region::Region;
use crate::resource::Engine;
use crate::spec::{ClusterSpec, RegionSet};
use crate::suggest::did_you_mean;

/// Most secondaries of a global database (Aurora User Guide, configuration requirements; 5 until May 2025).
const MAX_SECONDARIES: usize = 10;
/// Most readers of the primary and secondaries together (RDS-026).
const MAX_READERS_AND_SECONDARIES: u64 = 15;
/// Words that neither engine takes as the administrator's name (Aurora User Guide, reserved words; a selection of those
/// that people write).
const RESERVED_USERS: [&str; 6] = ["rdsadmin", "rdsrepladmin", "rds_superuser", "root", "user", "public"];

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

/// The engine is Aurora's (RDS-003) and the version has the engine's form (RDS-025).
pub(super) fn check_engine(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for cluster in each_cluster(context.spec) {
        let Some(engine) = engine(cluster) else {
            let suggestion = did_you_mean(cluster.engine.name.as_str(), Engine::ALL.map(Engine::keyword));
            let problem = Problem::UnknownEngine {
                engine: cluster.engine.name.value.clone(),
                suggestion: suggestion.map(str::to_owned),
            };
            diagnostics.push(cluster.engine.name.id, problem);
            continue;
        };
        let version = cluster.engine.version.as_str();
        let numbers = |text: &str, parts: std::ops::RangeInclusive<usize>| {
            parts.contains(&text.split('.').count())
                && text.split('.').all(|part| part.parse::<u16>().is_ok())
        };
        let (well_formed, example) = match engine {
            Engine::AuroraPostgresql => (numbers(version, 2..=3), "16.11"),
            Engine::AuroraMysql => {
                let release = version.split_once(".mysql_aurora.");
                let ok =
                    release.is_some_and(|(base, release)| numbers(base, 2..=2) && numbers(release, 3..=4));
                (ok, "8.0.mysql_aurora.3.08.0")
            }
        };
        if !well_formed {
            let problem =
                Problem::BadEngineVersion { version: version.to_owned(), example: example.to_owned() };
            diagnostics.push(cluster.engine.version.id, problem);
        }
    }
}

/// One member per region (RDS-021), 1 to 10 secondaries (RDS-020), in regions that AWS lists (REG-013).
pub(super) fn check_members(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for cluster in each_cluster(context.spec) {
        let primary = cluster.primary.as_str();
        let secondaries = context.set(&cluster.secondaries, Some(primary));
        let id = cluster.secondaries.id();
        match &cluster.secondaries {
            RegionSet::Each(id) => {
                let label = cluster.primary.value.clone();
                diagnostics.push(*id, Problem::PrimaryIsSecondary { label });
            }
            RegionSet::Listed(_, labels) => {
                if let Some(label) = labels.iter().find(|label| label.as_str() == primary) {
                    let problem = Problem::PrimaryIsSecondary { label: label.value.clone() };
                    diagnostics.push_related(label.id, problem, (cluster.primary.id, "the primary"));
                }
            }
            RegionSet::EachOther(_) => {}
        }
        if secondaries.len() > MAX_SECONDARIES {
            diagnostics.push(id, Problem::SecondaryCount { count: secondaries.len() });
        }
        for (_, region) in context.place(primary).into_iter().chain(secondaries) {
            if !region.info().aurora_global {
                diagnostics.push(id, Problem::UnverifiedGlobalRegion { code: region.code().to_owned() });
            }
        }
    }
}

/// Identifiers made from the label are legal (RDS-001, RDS-050, RDS-090) and unique.
pub(super) fn check_identifiers(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for cluster in each_cluster(context.spec) {
        // The longest identifier is the last instance's in the region with the longest code.
        let longest =
            context.places.iter().map(|(_, region)| *region).max_by_key(|region| region.code().len());
        let Some(region) = longest else { continue };
        let identifier = instance_identifier(cluster, region, cluster.instances.count.value.max(1));
        if let Err(reason) = check_rds_identifier(&identifier) {
            let problem = Problem::BadIdentifier { identifier, reason: reason.to_owned() };
            diagnostics.push(cluster.label.id, problem);
        }
    }
    let names = each_cluster(context.spec).map(|cluster| (global_identifier(cluster), &cluster.label));
    report_duplicates("global clusters", names, diagnostics);
}

/// The class is one that global databases take (RDS-027); the number of instances is possible (RDS-026, RDS-095) and
/// leaves a reader to promote (RDS-094).
pub(super) fn check_instances(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for cluster in each_cluster(context.spec) {
        let class = cluster.instances.class.as_str();
        let reason = match class.split('.').collect::<Vec<_>>().as_slice() {
            ["db", "serverless"] => Some("Aurora Serverless v2 is not supported yet"),
            ["db", family, _size] => refuse_family(family),
            _ => Some("classes look like db.r6g.large"),
        };
        if let Some(reason) = reason {
            let problem = Problem::BadInstanceClass { class: class.to_owned(), reason: reason.to_owned() };
            diagnostics.push(cluster.instances.class.id, problem);
        }
        let count = &cluster.instances.count;
        let secondaries = context.set(&cluster.secondaries, Some(cluster.primary.as_str())).len();
        let most =
            (MAX_READERS_AND_SECONDARIES + 1).saturating_sub(u64::try_from(secondaries).unwrap_or(u64::MAX));
        if !(1..=most).contains(&count.value) {
            diagnostics.push(count.id, Problem::InstanceCount { count: count.value, most });
        } else if count.value == 1 {
            diagnostics.push(count.id, Problem::SingleInstance);
        }
    }
}

/// Why a family of classes can't be used, if it can't.
fn refuse_family(family: &str) -> Option<&'static str> {
    let generation = family.bytes().find(u8::is_ascii_digit).map(|digit| digit - b'0');
    let is_memory_optimised = family.starts_with('r') && generation.is_some_and(|generation| generation >= 5);
    if family.starts_with('t') {
        Some("global databases refuse burstable classes")
    } else if family.starts_with("x2g") || is_memory_optimised {
        None
    } else {
        Some("global databases take memory-optimised classes, db.r5 or newer")
    }
}

/// Names of the administrator and the database have AWS's form (RDS-006, RDS-052).
pub(super) fn check_names(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for cluster in each_cluster(context.spec) {
        if let Some(user) = &cluster.master_username {
            let reason = if RESERVED_USERS.contains(&user.value.to_ascii_lowercase().as_str()) {
                Some("the word is reserved")
            } else {
                refuse_name(user.as_str(), 16, true)
            };
            if let Some(reason) = reason {
                diagnostics.push(user.id, bad_name("user name", user.as_str(), reason));
            }
        }
        if let Some(database) = &cluster.database
            && let Some(reason) = refuse_name(database.as_str(), 63, false)
        {
            diagnostics.push(database.id, bad_name("database name", database.as_str(), reason));
        }
    }
}

fn bad_name(what: &str, name: &str, reason: &str) -> Problem {
    Problem::BadDatabaseName { what: what.to_owned(), name: name.to_owned(), reason: reason.to_owned() }
}

fn refuse_name(name: &str, longest: usize, underscores: bool) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || (underscores && byte == b'_');
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        Some("it must begin with a letter")
    } else if name.len() > longest {
        Some("it is too long")
    } else if !name.bytes().all(allowed) {
        Some("only letters and digits are allowed")
    } else {
        None
    }
}

/// Backups are kept 1 to 35 days (RDS-061).
pub(super) fn check_retention(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for cluster in each_cluster(context.spec) {
        if let Some(days) = cluster.backup_retention.as_ref().filter(|days| !(1..=35).contains(&days.value)) {
            diagnostics.push(days.id, Problem::BadRetention { days: days.value });
        }
    }
}
