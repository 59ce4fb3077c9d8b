//! Upgrades of engines: a minor version of each member, secondaries first, and a major one of a whole global cluster. Not here: which
//! versions there are, as any is taken.

use super::{DbCluster, cluster_arn, combination, global_of, transition};
use crate::fault::ApiError;
use crate::world::World;

/// Minutes (typical; not documented).
const MINOR_SECONDS: f64 = 420.0;
const MAJOR_SECONDS: f64 = 1500.0;

/// The numbers of a version, of Aurora's own where there is one.
fn numbers(version: &str) -> Vec<u64> {
    let own = version.split_once(".mysql_aurora.").map_or(version, |(_, own)| own);
    own.split('.').map_while(|part| part.parse().ok()).collect()
}

fn is_major(old: &str, new: &str) -> bool {
    numbers(old).first() != numbers(new).first()
}

fn begin(cluster: &mut DbCluster, version: &str, until: f64) {
    cluster.pending_version = Some(version.to_owned());
    cluster.transition = transition("upgrading", until);
}

/// `EngineVersion` of a member, or of a cluster that stands alone. Where AWS's words are not known (order, major versions), they are ours.
pub(super) fn member(
    world: &mut World,
    region: &str,
    identifier: &str,
    version: &str,
) -> Result<(), ApiError> {
    let now = world.now;
    let arn = cluster_arn(&world.account, region, identifier);
    let others = global_of(world, &arn).map(|(_, global)| global.members.clone()).unwrap_or_default();
    let Some(cluster) = world.clusters.get(region).and_then(|clusters| clusters.get(identifier)) else {
        return Ok(());
    };
    let (old, engine) = (cluster.engine_version.clone(), cluster.engine.clone());
    if old == version {
        return Ok(());
    }
    if numbers(version) < numbers(&old) {
        return Err(combination(format!("Cannot upgrade {engine} from {old} to {version}")));
    }
    if is_major(&old, version) {
        return Err(combination(
            "A member of a global cluster gets a major version with its global cluster.",
        ));
    }
    let is_behind = |other: &String| {
        let found = find_by_arn(world, other);
        found.is_some_and(|found| numbers(&found.engine_version) < numbers(version))
    };
    if others.first() == Some(&arn) && others.iter().skip(1).any(is_behind) {
        return Err(combination("Upgrade the secondary clusters of the global cluster before the primary."));
    }
    if let Some(cluster) = world.clusters.get_mut(region).and_then(|clusters| clusters.get_mut(identifier)) {
        begin(cluster, version, now + MINOR_SECONDS);
    }
    Ok(())
}

/// `EngineVersion` of a global cluster. The words are from other tools' code.
pub(super) fn global(
    world: &mut World,
    identifier: &str,
    version: &str,
    allows_major: bool,
) -> Result<(), ApiError> {
    let now = world.now;
    let Some(global) = world.global_clusters.get_mut(identifier) else { return Ok(()) };
    if !is_major(&global.engine_version, version) {
        return Err(combination(
            "ModifyGlobalCluster only supports Major Version Upgrades. To patch the members of your global cluster to a newer minor version you need to call ModifyDbCluster in each one of them.",
        ));
    }
    if numbers(version) < numbers(&global.engine_version) {
        let message = format!("Cannot upgrade {} from {} to {version}", global.engine, global.engine_version);
        return Err(combination(message));
    }
    if !allows_major {
        return Err(combination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
        ));
    }
    global.transition = transition("upgrading", now + MAJOR_SECONDS);
    for arn in global.members.clone() {
        let mut parts = arn.split(':').skip(3);
        let (region, name) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
        if let Some(cluster) = world.clusters.get_mut(region).and_then(|clusters| clusters.get_mut(name)) {
            begin(cluster, version, now + MAJOR_SECONDS);
        }
    }
    Ok(())
}

fn find_by_arn<'a>(world: &'a World, arn: &str) -> Option<&'a DbCluster> {
    let mut parts = arn.split(':').skip(3);
    let (region, name) = (parts.next()?, parts.nth(2)?);
    world.clusters.get(region)?.get(name)
}

/// A global cluster has the version of its primary.
pub(super) fn advance(world: &mut World) {
    let version = |arn: &String| find_by_arn(world, arn).map(|found| found.engine_version.clone());
    let versions: Vec<(String, String)> = world
        .global_clusters
        .iter()
        .filter_map(|(identifier, global)| Some((identifier.clone(), version(global.members.first()?)?)))
        .collect();
    for (identifier, version) in versions {
        if let Some(global) = world.global_clusters.get_mut(&identifier) {
            global.engine_version = version;
        }
    }
}
