//! Instances of clusters. Not here: the clusters.

use super::{DbInstance, Page, cluster_arn, combination, global_of, status, tag_list, transition};
use crate::fault::ApiError;
use crate::query::Params;
use crate::world::World;
use crate::xml::Element;

/// Five to ten minutes.
const CREATING_SECONDS: f64 = 420.0;
/// A change of class replaces the machine.
const MODIFYING_SECONDS: f64 = 300.0;
/// Not documented.
const MONITORING_SECONDS: f64 = 30.0;
/// Four to twelve minutes.
const DELETING_SECONDS: f64 = 300.0;

fn not_found(identifier: &str) -> ApiError {
    ApiError::new("DBInstanceNotFound", 404, format!("DBInstance {identifier} not found."))
}

fn find<'a>(world: &'a mut World, region: &str, identifier: &str) -> Result<&'a mut DbInstance, ApiError> {
    let instances = world.instances.get_mut(region);
    instances.and_then(|instances| instances.get_mut(identifier)).ok_or_else(|| not_found(identifier))
}

fn element(account: &str, region: &str, identifier: &str, instance: &DbInstance) -> Element {
    let group = instance.parameter_group.clone().unwrap_or_else(|| format!("default.{}", instance.engine));
    let group = Element::new("DBParameterGroup")
        .with("DBParameterGroupName", group)
        .with("ParameterApplyStatus", "in-sync");
    let (interval, role) = instance.monitoring.clone().unzip();
    Element::new("DBInstance")
        .child(Element::new("DBParameterGroups").child(group))
        .with("MonitoringInterval", interval.unwrap_or_default())
        .with_some("MonitoringRoleArn", role)
        .with("DBInstanceIdentifier", identifier)
        .with("DBInstanceArn", format!("arn:aws:rds:{region}:{account}:db:{identifier}"))
        .with("DbiResourceId", &instance.resource_id)
        .with("DBInstanceClass", &instance.class)
        .with("DBInstanceStatus", status(instance.transition.as_ref()))
        .with("Engine", &instance.engine)
        .with("DBClusterIdentifier", &instance.cluster)
        .with("PubliclyAccessible", instance.publicly_accessible)
        .child(tag_list(&instance.tags))
}

/// The group that a request names, which exists.
fn parameter_group(world: &World, region: &str, params: &mut Params) -> Result<Option<String>, ApiError> {
    let Some(group) = params.get("DBParameterGroupName") else { return Ok(None) };
    let groups = world.instance_parameter_groups.get(region);
    if !group.starts_with("default.") && !groups.is_some_and(|groups| groups.contains(&group)) {
        let message = format!("DBParameterGroup not found: {group}");
        return Err(ApiError::new("DBParameterGroupNotFound", 404, message));
    }
    Ok(Some(group))
}

/// What a request says about monitoring, if anything (RDS API, `MonitoringInterval`; the words are typical).
fn monitoring(params: &mut Params) -> Result<Option<Option<(u64, String)>>, ApiError> {
    let (interval, role) = (params.get("MonitoringInterval"), params.get("MonitoringRoleArn"));
    let Some(interval) = interval else { return Ok(None) };
    let seconds = interval.parse().ok().filter(|seconds| [0, 1, 5, 10, 15, 30, 60].contains(seconds));
    match (seconds, role) {
        (Some(0), None) => Ok(Some(None)),
        (Some(0), Some(_)) | (Some(_), None) => Err(combination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
        )),
        (Some(seconds), Some(role)) => Ok(Some(Some((seconds, role)))),
        (None, _) => {
            let message = format!("Invalid monitoring interval: {interval}");
            Err(ApiError::new("InvalidParameterValue", 400, message))
        }
    }
}

pub(super) fn create(world: &mut World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("DBInstanceIdentifier")?.to_lowercase();
    let cluster_name = params.require("DBClusterIdentifier")?;
    let instance = DbInstance {
        resource_id: world.id("db-", 29),
        engine: params.require("Engine")?,
        class: params.require("DBInstanceClass")?,
        pending_class: None,
        cluster: cluster_name.clone(),
        publicly_accessible: params.flag("PubliclyAccessible").unwrap_or(false),
        parameter_group: parameter_group(world, region, params)?,
        monitoring: monitoring(params)?.flatten(),
        tags: params.tags("Tags.Tag"),
        transition: transition("creating", world.now + CREATING_SECONDS),
    };
    params.finish()?;
    if world.instances.get(region).is_some_and(|instances| instances.contains_key(&identifier)) {
        return Err(ApiError::new("DBInstanceAlreadyExists", 400, "DB instance already exists"));
    }
    let cluster =
        world.clusters.get(region).and_then(|clusters| clusters.get(&cluster_name)).ok_or_else(|| {
            ApiError::new("DBClusterNotFoundFault", 404, format!("Could not find DB Cluster: {cluster_name}"))
        })?;
    if cluster.transition.as_ref().is_some_and(|current| current.status != "modifying") {
        let message = format!("DB cluster {cluster_name} is not available");
        return Err(ApiError::new("InvalidDBClusterStateFault", 400, message));
    }
    if cluster.engine != instance.engine {
        return Err(combination(format!(
            "The engine name requested for your DB instance ({}) doesn't match the engine name of your DB cluster ({}).",
            instance.engine, cluster.engine
        )));
    }
    let in_global = global_of(world, &cluster_arn(&world.account, region, &cluster_name)).is_some();
    if in_global && instance.class.starts_with("db.t") {
        return Err(combination(format!(
            "The requested instance class is not supported by global databases: {}",
            instance.class
        )));
    }
    let result = element(&world.account, region, &identifier, &instance);
    world.instances.entry(region.to_owned()).or_default().insert(identifier, instance);
    Ok(Element::default().child(result))
}

pub(super) fn describe(world: &World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let wanted = params.get("DBInstanceIdentifier");
    let page = Page::asked(params)?;
    params.finish()?;
    let instances = world.instances.get(region);
    if let Some(identifier) =
        wanted.as_ref().filter(|name| !instances.is_some_and(|instances| instances.contains_key(*name)))
    {
        return Err(not_found(identifier));
    }
    let listed = instances
        .into_iter()
        .flatten()
        .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == *name));
    let listed = listed.map(|(name, instance)| (name, element(&world.account, region, name, instance)));
    Ok(page.of("DBInstances", listed))
}

pub(super) fn modify(world: &mut World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("DBInstanceIdentifier")?;
    let class = params.get("DBInstanceClass");
    let group = parameter_group(world, region, params)?;
    let monitored = monitoring(params)?;
    params.flag("ApplyImmediately");
    params.finish()?;
    let (account, now) = (world.account.clone(), world.now);
    let instance = find(world, region, &identifier)?;
    if instance.transition.is_some() {
        return Err(ApiError::new(
            "InvalidDBInstanceState",
            400,
            "Database instance is not in available state.",
        ));
    }
    if group.is_some() {
        instance.parameter_group = group;
    }
    if let Some(monitored) = monitored.filter(|monitored| *monitored != instance.monitoring) {
        instance.monitoring = monitored;
        instance.transition = transition("configuring-enhanced-monitoring", now + MONITORING_SECONDS);
    }
    if let Some(class) = class.filter(|class| *class != instance.class) {
        instance.pending_class = Some(class);
        instance.transition = transition("modifying", now + MODIFYING_SECONDS);
    }
    Ok(Element::default().child(element(&account, region, &identifier, instance)))
}

pub(super) fn delete(world: &mut World, region: &str, params: &mut Params) -> Result<Element, ApiError> {
    let identifier = params.require("DBInstanceIdentifier")?;
    params.flag("SkipFinalSnapshot");
    params.finish()?;
    let (account, now) = (world.account.clone(), world.now);
    let cluster = find(world, region, &identifier)?.cluster.clone();
    let remaining = world
        .instances
        .get(region)
        .into_iter()
        .flatten()
        .filter(|(_, instance)| instance.cluster == cluster)
        .filter(|(_, instance)| status(instance.transition.as_ref()) != "deleting")
        .count();
    let arn = cluster_arn(&account, region, &cluster);
    if let Some((_, global)) = global_of(world, &arn)
        && remaining == 1
    {
        let is_writer = global.members.first() == Some(&arn);
        let message = match (is_writer, global.members.len()) {
            (false, _) => Some(
                "Cannot delete the last instance of the read replica DB cluster. Promote the DB cluster to a standalone DB cluster in order to delete it.",
            ),
            (true, 2..) => Some(
                "Cannot delete the last instance of the master cluster. Delete the replica cluster before deleting the last master cluster instance.",
            ),
            (true, _) => None,
        };
        if let Some(message) = message {
            return Err(ApiError::new("InvalidDBClusterStateFault", 400, message));
        }
    }
    let instance = find(world, region, &identifier)?;
    if status(instance.transition.as_ref()) == "deleting" {
        let message = format!("Instance {identifier} is already being deleted.");
        return Err(ApiError::new("InvalidDBInstanceState", 400, message));
    }
    instance.transition = transition("deleting", now + DELETING_SECONDS);
    Ok(Element::default().child(element(&account, region, &identifier, instance)))
}
