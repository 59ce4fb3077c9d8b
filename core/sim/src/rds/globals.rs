//! Global clusters and their membership. Not here: the members themselves.

use super::{GlobalCluster, Page, cluster_arn, combination, status, tag_list, transition, upgrades};
use crate::fault::ApiError;
use crate::query::Params;
use crate::world::World;
use crate::xml::Element;

/// An empty global cluster takes seconds.
const CREATING_SECONDS: f64 = 5.0;
/// A member disappears some time after the call returned.
const LEAVING_SECONDS: f64 = 20.0;
/// A secondary that left is promoted: minutes.
const PROMOTING_SECONDS: f64 = 90.0;

fn not_found(identifier: &str) -> ApiError {
    ApiError::new("GlobalClusterNotFoundFault", 404, format!("Global cluster {identifier} not found"))
}

fn find<'a>(world: &'a mut World, identifier: &str) -> Result<&'a mut GlobalCluster, ApiError> {
    world.global_clusters.get_mut(identifier).ok_or_else(|| not_found(identifier))
}

fn arn(account: &str, identifier: &str) -> String {
    format!("arn:aws:rds::{account}:global-cluster:{identifier}")
}

fn element(name: &str, account: &str, identifier: &str, global: &GlobalCluster) -> Element {
    let (writer, readers) = match global.members.split_first() {
        Some((writer, readers)) => (Some(writer), readers),
        None => (None, &[][..]),
    };
    let member = |arn: &String, is_writer: bool| {
        let readers = readers.iter().filter(|_| is_writer);
        let readers = readers.map(|reader| Element { text: reader.clone(), ..Element::new("member") });
        Element::new("GlobalClusterMember")
            .with("DBClusterArn", arn)
            .child(Element::new("Readers").children(readers))
            .with("IsWriter", is_writer)
    };
    let members =
        writer.map(|arn| member(arn, true)).into_iter().chain(readers.iter().map(|arn| member(arn, false)));
    Element::new(name)
        .with("GlobalClusterIdentifier", identifier)
        .with("GlobalClusterResourceId", &global.resource_id)
        .with("GlobalClusterArn", arn(account, identifier))
        .with("Status", status(global.transition.as_ref()))
        .with("Engine", &global.engine)
        .with("EngineVersion", &global.engine_version)
        .with_some("DatabaseName", global.database.as_ref())
        .with("StorageEncrypted", global.storage_encrypted)
        .with("DeletionProtection", global.deletion_protection)
        .child(Element::new("GlobalClusterMembers").children(members))
        .child(tag_list(&global.tags))
}

pub(super) fn create(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("GlobalClusterIdentifier")?.to_lowercase();
    let global = GlobalCluster {
        resource_id: world.id("cluster-", 34),
        engine: params.require("Engine")?,
        engine_version: params.require("EngineVersion")?,
        database: params.get("DatabaseName"),
        storage_encrypted: params.flag("StorageEncrypted").unwrap_or(false),
        deletion_protection: params.flag("DeletionProtection").unwrap_or(false),
        tags: params.tags("Tags.Tag"),
        members: Vec::new(),
        transition: transition("creating", world.now + CREATING_SECONDS),
    };
    // Never told apart here: no engine version of the simulation is past its support.
    params.get("EngineLifecycleSupport");
    params.finish()?;
    if world.global_clusters.contains_key(&identifier) {
        let message = format!("Global cluster with identifier {identifier} already exists");
        return Err(ApiError::new("GlobalClusterAlreadyExistsFault", 400, message));
    }
    let result = element("GlobalCluster", &world.account, &identifier, &global);
    world.global_clusters.insert(identifier, global);
    Ok(Element::default().child(result))
}

/// The same from every region's endpoint.
pub(super) fn describe(world: &World, params: &mut Params) -> Result<Element, ApiError> {
    let wanted = params.get("GlobalClusterIdentifier");
    let page = Page::asked(params)?;
    params.finish()?;
    if let Some(identifier) =
        wanted.as_ref().filter(|identifier| !world.global_clusters.contains_key(*identifier))
    {
        return Err(not_found(identifier));
    }
    let listed =
        world.global_clusters.iter().filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == *name));
    // The items of this list are named like members.
    let listed =
        listed.map(|(name, global)| (name, element("GlobalClusterMember", &world.account, name, global)));
    Ok(page.of("GlobalClusters", listed))
}

pub(super) fn modify(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("GlobalClusterIdentifier")?;
    let protection = params.flag("DeletionProtection");
    let version = params.get("EngineVersion");
    let allows_major = params.flag("AllowMajorVersionUpgrade").unwrap_or(false);
    params.finish()?;
    let account = world.account.clone();
    find(world, &identifier)?;
    if let Some(version) = version {
        upgrades::global(world, &identifier, &version, allows_major)?;
    }
    let global = find(world, &identifier)?;
    global.deletion_protection = protection.unwrap_or(global.deletion_protection);
    Ok(Element::default().child(element("GlobalCluster", &account, &identifier, global)))
}

pub(super) fn delete(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("GlobalClusterIdentifier")?;
    params.finish()?;
    let (account, now) = (world.account.clone(), world.now);
    let global = find(world, &identifier)?;
    if global.deletion_protection {
        return Err(combination(
            "Cannot delete protected Global Cluster, please disable deletion protection and try again.",
        ));
    }
    if !global.members.is_empty() {
        let message = format!("Global Cluster {} is not empty", arn(&account, &identifier));
        return Err(ApiError::new("InvalidGlobalClusterStateFault", 400, message));
    }
    global.transition = transition("deleting", now + CREATING_SECONDS);
    Ok(Element::default().child(element("GlobalCluster", &account, &identifier, global)))
}

pub(super) fn remove_member(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("GlobalClusterIdentifier")?;
    let member = params.require("DbClusterIdentifier")?;
    params.finish()?;
    let (account, now) = (world.account.clone(), world.now);
    let global = find(world, &identifier)?;
    let Some(position) = global.members.iter().position(|known| *known == member) else {
        let message = format!("Db cluster {member} is not found in global cluster {identifier}");
        return Err(ApiError::new("InvalidParameterValue", 400, message));
    };
    if position == 0 && global.members.len() > 1 {
        let message = "The primary cluster cannot be removed while the global cluster has other members.";
        return Err(ApiError::new("InvalidGlobalClusterStateFault", 400, message));
    }
    let result = element("GlobalCluster", &account, &identifier, global);
    for (region, clusters) in &mut world.clusters {
        for (name, cluster) in clusters {
            if cluster_arn(&account, region, name) == member {
                cluster.leaves_at.get_or_insert(now + LEAVING_SECONDS);
            }
        }
    }
    Ok(Element::default().child(result))
}

/// Moves the writer's role to another member, as a switchover or a failover does: the roles change at once here, the status later
/// (Aurora User Guide, "Using switchover or failover in Amazon Aurora Global Database"). Words are typical.
pub(super) fn promote(world: &mut World, params: &mut Params, status: &str) -> Result<Element, ApiError> {
    let identifier = params.require("GlobalClusterIdentifier")?;
    let target = params.require("TargetDbClusterIdentifier")?;
    params.flag("AllowDataLoss");
    params.finish()?;
    let (account, now) = (world.account.clone(), world.now);
    let global = find(world, &identifier)?;
    if global.transition.is_some() {
        let message = format!("Global cluster {identifier} is not in the available state");
        return Err(ApiError::new("InvalidGlobalClusterStateFault", 400, message));
    }
    let Some(position) = global.members.iter().position(|known| *known == target) else {
        return Err(ApiError::new("DBClusterNotFoundFault", 404, format!("DBCluster {target} not found.")));
    };
    if position == 0 {
        let message = format!("DBCluster {target} is the primary cluster already");
        return Err(ApiError::new("InvalidDBClusterStateFault", 400, message));
    }
    global.members.swap(0, position);
    global.transition = transition(status, now + PROMOTING_SECONDS);
    Ok(Element::default().child(element("GlobalCluster", &account, &identifier, global)))
}

/// Lets members leave that are due: a secondary is promoted then.
pub(super) fn advance(world: &mut World) {
    let now = world.now;
    for (region, clusters) in &mut world.clusters {
        for (name, cluster) in clusters {
            if !cluster.leaves_at.is_some_and(|at| at <= now) {
                continue;
            }
            let at = cluster.leaves_at.take().unwrap_or(now);
            let arn = cluster_arn(&world.account, region, name);
            for global in world.global_clusters.values_mut() {
                if global.members.iter().skip(1).any(|member| *member == arn) && cluster.transition.is_none()
                {
                    cluster.transition = transition("promoting", at + PROMOTING_SECONDS);
                }
                global.members.retain(|member| *member != arn);
            }
        }
    }
}
