//! Member clusters. Not here: membership (`globals`).

use super::{
    DbCluster, Page, cluster_arn, combination, global_of, settings, status, tag_list, transition, upgrades,
};
use crate::fault::ApiError;
use crate::query::Params;
use crate::world::World;
use crate::xml::Element;

/// One to two minutes.
const CREATING_SECONDS: f64 = 90.0;
/// Settings take effect in seconds to minutes.
const MODIFYING_SECONDS: f64 = 30.0;
/// About a minute.
const DELETING_SECONDS: f64 = 60.0;

fn not_found(identifier: &str) -> ApiError {
    ApiError::new("DBClusterNotFoundFault", 404, format!("DBCluster {identifier} not found."))
}

fn invalid_state(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidDBClusterStateFault", 400, message)
}

fn find<'a>(world: &'a mut World, region: &str, identifier: &str) -> Result<&'a mut DbCluster, ApiError> {
    let clusters = world.clusters.get_mut(region);
    clusters.and_then(|clusters| clusters.get_mut(identifier)).ok_or_else(|| not_found(identifier))
}

fn element(world: &World, region: &str, identifier: &str, cluster: &DbCluster) -> Element {
    let members = world.instances.get(region).into_iter().flatten();
    let members = members.filter(|(_, instance)| instance.cluster == identifier).enumerate();
    let members = members.map(|(number, (name, _))| {
        Element::new("DBClusterMember")
            .with("DBInstanceIdentifier", name)
            .with("IsClusterWriter", number == 0)
    });
    let host = |kind: &str| format!("{identifier}.cluster-{kind}sim.{region}.rds.amazonaws.com");
    Element::new("DBCluster")
        .with("DBClusterIdentifier", identifier)
        .with("DBClusterArn", cluster_arn(&world.account, region, identifier))
        .with("DbClusterResourceId", &cluster.resource_id)
        .with("Status", status(cluster.transition.as_ref()))
        .with("Engine", &cluster.engine)
        .with("EngineVersion", &cluster.engine_version)
        .with("EngineMode", "provisioned")
        .with("DBSubnetGroup", &cluster.subnet_group)
        .with("Endpoint", host(""))
        .with("ReaderEndpoint", host("ro-"))
        .with("StorageEncrypted", cluster.storage_encrypted)
        .with_some("KmsKeyId", cluster.kms_key.as_ref())
        .with("DeletionProtection", cluster.deletion_protection)
        .with("BackupRetentionPeriod", cluster.backup_retention)
        .with_some("DatabaseName", cluster.database.as_ref())
        .with_some("MasterUsername", cluster.master_username.as_ref())
        .children(settings::elements(cluster))
        .with("CopyTagsToSnapshot", cluster.copy_tags)
        .child(Element::new("DBClusterMembers").children(members))
        .child(tag_list(&cluster.tags))
}

pub(super) fn create(world: &mut World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("DBClusterIdentifier")?.to_lowercase();
    let global = params.get("GlobalClusterIdentifier");
    let password = params.get("MasterUserPassword");
    let subnet_group = params.get("DBSubnetGroupName").unwrap_or_else(|| "default".to_owned());
    let mut cluster = DbCluster {
        resource_id: world.id("cluster-", 34),
        engine: params.require("Engine")?,
        engine_version: params.require("EngineVersion")?,
        kms_key: params.get("KmsKeyId"),
        storage_encrypted: params.flag("StorageEncrypted").unwrap_or(false),
        deletion_protection: params.flag("DeletionProtection").unwrap_or(false),
        copy_tags: params.flag("CopyTagsToSnapshot").unwrap_or(false),
        backup_retention: params.number("BackupRetentionPeriod").unwrap_or(1),
        database: params.get("DatabaseName"),
        master_username: params.get("MasterUsername"),
        settings: settings::create(world, region, params)?,
        logs: params.list("EnableCloudwatchLogsExports.member").into_iter().collect(),
        tags: params.tags("Tags.Tag"),
        transition: transition("creating", world.now + CREATING_SECONDS),
        pending_version: None,
        leaves_at: None,
        subnet_group,
    };
    params.finish()?;
    if world.clusters.get(region).is_some_and(|clusters| clusters.contains_key(&identifier)) {
        return Err(ApiError::new("DBClusterAlreadyExistsFault", 400, "DB Cluster already exists"));
    }
    let known_group =
        world.subnet_groups.get(region).is_some_and(|groups| groups.contains(&cluster.subnet_group));
    if cluster.subnet_group != "default" && !known_group {
        let message = format!("DB subnet group '{}' does not exist.", cluster.subnet_group);
        return Err(ApiError::new("DBSubnetGroupNotFoundFault", 404, message));
    }
    let is_secondary = match &global {
        Some(name) => check_global(world, region, name, &cluster)?,
        None => false,
    };
    if is_secondary {
        check_secondary(&cluster, password.as_deref())?;
        // What a secondary has of these is the primary's.
        let primary = primary_of(world, global.as_deref().unwrap_or_default());
        cluster.master_username = primary.and_then(|primary| primary.master_username.clone());
        cluster.database = primary.and_then(|primary| primary.database.clone());
    } else if cluster.master_username.is_none() {
        let message = "The parameter MasterUsername must be provided and must not be blank.";
        return Err(ApiError::new("InvalidParameterValue", 400, message));
    } else if password.is_none_or(|password| !(8..=41).contains(&password.len())) {
        let message = "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.";
        return Err(ApiError::new("InvalidParameterValue", 400, message));
    }
    if let Some(global) = global.and_then(|name| world.global_clusters.get_mut(&name)) {
        global.members.push(cluster_arn(&world.account, region, &identifier));
    }
    let result = element(world, region, &identifier, &cluster);
    world.clusters.entry(region.to_owned()).or_default().insert(identifier, cluster);
    Ok(Element::default().child(result))
}

fn primary_of<'a>(world: &'a World, global: &str) -> Option<&'a DbCluster> {
    let arn = world.global_clusters.get(global)?.members.first()?;
    let mut parts = arn.split(':').skip(3);
    let (region, name) = (parts.next()?, arn.rsplit(':').next()?);
    world.clusters.get(region)?.get(name)
}

/// Checks a new member against its global cluster; true if it becomes a secondary.
fn check_global(world: &World, region: &str, name: &str, cluster: &DbCluster) -> Result<bool, ApiError> {
    let global = world.global_clusters.get(name).ok_or_else(|| {
        ApiError::new("GlobalClusterNotFoundFault", 404, format!("Global cluster {name} not found"))
    })?;
    let busy = |message: &str| ApiError::new("InvalidGlobalClusterStateFault", 400, message);
    if global.transition.is_some() {
        return Err(busy("The global cluster is not in the available state."));
    }
    if global.engine != cluster.engine {
        return Err(combination(format!(
            "The engine name requested for your DB cluster ({}) doesn't match the engine name of your global cluster ({}).",
            cluster.engine, global.engine
        )));
    }
    if global.storage_encrypted != cluster.storage_encrypted {
        return Err(combination(
            "The storage encryption of the cluster must match that of its global cluster.",
        ));
    }
    if global.members.iter().any(|member| member.split(':').nth(3) == Some(region)) {
        return Err(busy("The global cluster has a member in this region already."));
    }
    let Some(primary_arn) = global.members.first() else { return Ok(false) };
    let identifier = primary_arn.rsplit(':').next().unwrap_or_default();
    let home = primary_arn.split(':').nth(3).unwrap_or_default();
    let has_writer = world
        .instances
        .get(home)
        .into_iter()
        .flatten()
        .any(|(_, instance)| instance.cluster == identifier && instance.transition.is_none());
    let available = primary_of(world, name).is_some_and(|primary| primary.transition.is_none());
    if !has_writer || !available {
        let message = format!(
            "Source cluster: {primary_arn} is in a state which is not valid for physical replication"
        );
        return Err(invalid_state(message));
    }
    Ok(true)
}

fn check_secondary(cluster: &DbCluster, password: Option<&str>) -> Result<(), ApiError> {
    let refuse =
        |what: &str| Err(combination(format!("Cannot specify {what} for cross region replication cluster")));
    if cluster.master_username.is_some() {
        return refuse("user name");
    }
    if password.is_some() {
        return refuse("password");
    }
    if cluster.database.is_some() {
        return refuse("database name");
    }
    if cluster.storage_encrypted && cluster.kms_key.is_none() {
        return Err(combination(
            "For encrypted cross-region replica, kmsKeyId should be explicitly specified",
        ));
    }
    Ok(())
}

pub(super) fn describe(world: &World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let wanted = params.get("DBClusterIdentifier");
    let page = Page::asked(params)?;
    params.finish()?;
    let clusters = world.clusters.get(region);
    if let Some(identifier) =
        wanted.as_ref().filter(|name| !clusters.is_some_and(|clusters| clusters.contains_key(*name)))
    {
        return Err(not_found(identifier));
    }
    let listed = clusters
        .into_iter()
        .flatten()
        .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == *name));
    Ok(page.of("DBClusters", listed.map(|(name, cluster)| (name, element(world, region, name, cluster)))))
}

pub(super) fn modify(world: &mut World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("DBClusterIdentifier")?;
    let retention = params.number("BackupRetentionPeriod");
    let protection = params.flag("DeletionProtection");
    let version = params.get("EngineVersion");
    params.flag("ApplyImmediately");
    let changed = settings::read(world, region, params)?;
    let (on, off) = settings::logs(params);
    params.finish()?;
    let now = world.now;
    let cluster = find(world, region, &identifier)?;
    if let Some(current) = &cluster.transition {
        let message = format!("DB cluster is not available for modification with status {}", current.status);
        return Err(invalid_state(message));
    }
    cluster.deletion_protection = protection.unwrap_or(cluster.deletion_protection);
    // Protection alone takes effect at once.
    if let Some(days) = retention.filter(|days| *days != cluster.backup_retention) {
        cluster.backup_retention = days;
        cluster.transition = transition("modifying", now + MODIFYING_SECONDS);
    }
    if settings::change(cluster, changed, &on, &off)? {
        cluster.transition = transition("modifying", now + MODIFYING_SECONDS);
    }
    if let Some(version) = version {
        upgrades::member(world, region, &identifier, &version)?;
    }
    let cluster = find(world, region, &identifier)?.clone();
    Ok(Element::default().child(element(world, region, &identifier, &cluster)))
}

pub(super) fn delete(world: &mut World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("DBClusterIdentifier")?;
    let skip = params.flag("SkipFinalSnapshot").unwrap_or(false);
    params.finish()?;
    if !skip {
        return Err(combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        ));
    }
    let arn = cluster_arn(&world.account, region, &identifier);
    let membership = global_of(world, &arn)
        .map(|(_, global)| (global.members.first() == Some(&arn), global.members.len()));
    let instances = world.instances.get(region).into_iter().flatten();
    let has_instances = instances
        .filter(|(_, instance)| instance.cluster == identifier)
        .any(|(_, instance)| status(instance.transition.as_ref()) != "deleting");
    let now = world.now;
    let cluster = find(world, region, &identifier)?;
    if cluster.transition.as_ref().is_some_and(|current| current.status == "deleting") {
        return Err(invalid_state(format!("DB cluster {identifier} is already being deleted")));
    }
    if cluster.deletion_protection {
        return Err(combination(
            "Cannot delete protected Cluster, please disable deletion protection and try again.",
        ));
    }
    if has_instances {
        return Err(invalid_state(
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        ));
    }
    match membership {
        Some((true, members)) if members > 1 => {
            let message = "Unable to delete cluster that is a primary member of global cluster while there are other global cluster members";
            return Err(ApiError::new("InvalidGlobalClusterStateFault", 400, message));
        }
        // Whether AWS takes the last member while it is attached is not settled by its documentation; its guide detaches.
        Some(_) => {
            return Err(invalid_state(
                "This cluster is a part of a global cluster, please remove it from globalcluster first",
            ));
        }
        None => {}
    }
    cluster.transition = transition("deleting", now + DELETING_SECONDS);
    let cluster = cluster.clone();
    Ok(Element::default().child(element(world, region, &identifier, &cluster)))
}
