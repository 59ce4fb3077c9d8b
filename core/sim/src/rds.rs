//! RDS: Aurora global clusters, their member clusters and instances. Not here: data, failover and switchover. Texts of
//! errors are AWS's where public threads quote them; times are typical, and shorter where they would be many minutes.

mod clusters;
mod globals;
mod instances;

use serde::{Deserialize, Serialize};

use crate::fault::ApiError;
use crate::query::Params;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, Transition, World, partition};
use crate::xml::Element;

/// A global cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GlobalCluster {
    pub(crate) resource_id: String,
    engine: String,
    engine_version: String,
    database: Option<String>,
    storage_encrypted: bool,
    deletion_protection: bool,
    tags: Tags,
    /// ARNs, the writer's first.
    members: Vec<String>,
    transition: Option<Transition>,
}

/// A cluster in one region.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DbCluster {
    pub(crate) resource_id: String,
    engine: String,
    engine_version: String,
    subnet_group: String,
    kms_key: Option<String>,
    storage_encrypted: bool,
    deletion_protection: bool,
    copy_tags: bool,
    backup_retention: i64,
    database: Option<String>,
    master_username: Option<String>,
    iam_authentication: bool,
    tags: Tags,
    transition: Option<Transition>,
    /// When it leaves its global cluster.
    leaves_at: Option<f64>,
}

/// An instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DbInstance {
    pub(crate) resource_id: String,
    engine: String,
    class: String,
    /// The class it will have when its transition ends.
    pending_class: Option<String>,
    cluster: String,
    publicly_accessible: bool,
    tags: Tags,
    transition: Option<Transition>,
}

pub(crate) fn handle(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let region = request.region.as_str();
    let params = &mut Params::parse(request.text());
    let outcome = match operation {
        "CreateGlobalCluster" => globals::create(world, params),
        "DescribeGlobalClusters" => globals::describe(world, params),
        "ModifyGlobalCluster" => globals::modify(world, params),
        "DeleteGlobalCluster" => globals::delete(world, params),
        "RemoveFromGlobalCluster" => globals::remove_member(world, params),
        "CreateDBCluster" => clusters::create(world, region, params),
        "DescribeDBClusters" => clusters::describe(world, region, params),
        "ModifyDBCluster" => clusters::modify(world, region, params),
        "DeleteDBCluster" => clusters::delete(world, region, params),
        "CreateDBInstance" => instances::create(world, region, params),
        "DescribeDBInstances" => instances::describe(world, region, params),
        "ModifyDBInstance" => instances::modify(world, region, params),
        "DeleteDBInstance" => instances::delete(world, region, params),
        other => Err(ApiError::unsimulated(format!("rds:{other}"))),
    };
    outcome.map(|result| Response::query(operation, result))
}

/// The password that a request brings.
pub(crate) fn password(request: &Request) -> Option<String> {
    if request.service != "rds" {
        return None;
    }
    Params::parse(request.text()).get("MasterUserPassword")
}

fn transition(status: &str, until: f64) -> Option<Transition> {
    Some(Transition { status: status.to_owned(), until })
}

fn status(transition: Option<&Transition>) -> &str {
    transition.map_or("available", |transition| &transition.status)
}

fn tag_list(tags: &Tags) -> Element {
    Element::new("TagList")
        .children(tags.iter().map(|(key, value)| Element::new("Tag").with("Key", key).with("Value", value)))
}

fn cluster_arn(account: &str, region: &str, identifier: &str) -> String {
    format!("arn:{}:rds:{region}:{account}:cluster:{identifier}", partition(region))
}

fn combination(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterCombination", 400, message)
}

/// The global cluster that a cluster is a member of.
fn global_of<'a>(world: &'a World, arn: &str) -> Option<(&'a String, &'a GlobalCluster)> {
    world.global_clusters.iter().find(|(_, global)| global.members.iter().any(|member| member == arn))
}

/// Ends a transition that is due; true when what it was doing was being deleted.
fn end(current: &mut Option<Transition>, now: f64) -> bool {
    match current {
        Some(transition) if transition.until <= now => {
            let deleted = transition.status == "deleting";
            *current = None;
            deleted
        }
        Some(_) | None => false,
    }
}

/// Lets transitions end and members leave that are due.
pub(crate) fn advance(world: &mut World) {
    let now = world.now;
    for instances in world.instances.values_mut() {
        instances.retain(|_, instance| {
            let keeps = !end(&mut instance.transition, now);
            if instance.transition.is_none()
                && let Some(class) = instance.pending_class.take()
            {
                instance.class = class;
            }
            keeps
        });
    }
    for clusters in world.clusters.values_mut() {
        clusters.retain(|_, cluster| !end(&mut cluster.transition, now));
    }
    world.global_clusters.retain(|_, global| !end(&mut global.transition, now));
    globals::advance(world);
    world.instances.retain(|_, instances| !instances.is_empty());
    world.clusters.retain(|_, clusters| !clusters.is_empty());
}
