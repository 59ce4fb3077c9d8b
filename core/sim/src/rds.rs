//! RDS: Aurora global clusters, their member clusters and instances. Not here: data. Texts of
//! errors are AWS's where public threads quote them; times are typical, and shorter where they would be many minutes.

mod clusters;
mod globals;
mod instances;
mod settings;
mod upgrades;

use std::collections::{BTreeMap, BTreeSet};

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
    /// What else is set, by the element that describes it.
    settings: BTreeMap<String, String>,
    logs: BTreeSet<String>,
    tags: Tags,
    transition: Option<Transition>,
    /// The version that it has when its transition ends.
    #[serde(default)]
    pending_version: Option<String>,
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
    /// The DB parameter group, if it is not the default.
    #[serde(default)]
    parameter_group: Option<String>,
    /// Seconds between two reports, and the role that reports.
    #[serde(default)]
    monitoring: Option<(u64, String)>,
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
        "SwitchoverGlobalCluster" => globals::promote(world, params, "switching-over"),
        "FailoverGlobalCluster" => globals::promote(world, params, "failing-over"),
        "CreateDBCluster" => clusters::create(world, region, params),
        "DescribeDBClusters" => clusters::describe(world, region, params),
        "ModifyDBCluster" => clusters::modify(world, region, params),
        "DeleteDBCluster" => clusters::delete(world, region, params),
        "CreateDBInstance" => instances::create(world, region, params),
        "DescribeDBInstances" => instances::describe(world, region, params),
        "ModifyDBInstance" => instances::modify(world, region, params),
        "DeleteDBInstance" => instances::delete(world, region, params),
        "AddTagsToResource" | "RemoveTagsFromResource" | "ListTagsForResource" => {
            tag(world, operation, params)
        }
        other => Err(ApiError::unsimulated(format!("rds:{other}"))),
    };
    outcome.map(|result| Response::query(operation, result))
}

/// A page of a listing. The marker is the first name of the next page; AWS's is opaque.
struct Page {
    most: usize,
    from: String,
}

impl Page {
    /// Reads `MaxRecords` and `Marker` (API reference, `DescribeDBClusters`: 20 to 100, and 100 unless fewer are asked for).
    /// The words are those of public threads.
    fn asked(params: &mut Params) -> Result<Self, ApiError> {
        let most = params.number("MaxRecords").unwrap_or(100);
        let from = params.get("Marker").unwrap_or_default();
        match usize::try_from(most) {
            Ok(most) if (20..=100).contains(&most) => Ok(Self { most, from }),
            Ok(_) | Err(_) => {
                let message = format!("Invalid value {most} for MaxRecords. Must be between 20 and 100");
                Err(ApiError::new("InvalidParameterValue", 400, message))
            }
        }
    }

    /// The result with this page of what is listed, in the order of names.
    fn of<'a>(self, list: &str, all: impl Iterator<Item = (&'a String, Element)>) -> Element {
        let mut rest = all.filter(|(name, _)| **name >= self.from);
        let page: Vec<Element> = rest.by_ref().take(self.most).map(|(_, element)| element).collect();
        let next = rest.next().map(|(name, _)| name);
        Element::default().with_some("Marker", next).child(Element::new(list).children(page))
    }
}

/// The password that a request brings.
pub(crate) fn password(request: &Request) -> Option<String> {
    if request.service != "rds" {
        return None;
    }
    Params::parse(request.text()).get("MasterUserPassword")
}

/// Region, kind and name of what an ARN names.
fn parts(arn: &str) -> (&str, &str, &str) {
    let mut parts = arn.splitn(7, ':').skip(3);
    let (region, _, kind, name) = (parts.next(), parts.next(), parts.next(), parts.next());
    (region.unwrap_or_default(), kind.unwrap_or_default(), name.unwrap_or_default())
}

/// The tags of what an ARN names, none if there is no such thing.
pub(crate) fn tags_of(world: &World, arn: &str) -> Tags {
    let (region, kind, name) = parts(arn);
    let tags = match kind {
        "cluster" => world.clusters.get(region).and_then(|here| here.get(name)).map(|cluster| &cluster.tags),
        "db" => world.instances.get(region).and_then(|here| here.get(name)).map(|instance| &instance.tags),
        "global-cluster" => world.global_clusters.get(name).map(|global| &global.tags),
        _ => None,
    };
    tags.cloned().unwrap_or_default()
}

/// Tags, untags or lists the tags of what an ARN names.
fn tag(world: &mut World, operation: &str, params: &mut Params) -> Result<Element, ApiError> {
    let arn = params.require("ResourceName")?;
    let (new, gone) = (params.tags("Tags.Tag"), params.list("TagKeys.member"));
    params.finish()?;
    let (region, kind, name) = parts(&arn);
    let found = match kind {
        "cluster" => {
            let here = world.clusters.get_mut(region);
            here.and_then(|here| here.get_mut(name)).map(|cluster| &mut cluster.tags)
        }
        "db" => {
            let here = world.instances.get_mut(region);
            here.and_then(|here| here.get_mut(name)).map(|instance| &mut instance.tags)
        }
        "global-cluster" => world.global_clusters.get_mut(name).map(|global| &mut global.tags),
        _ => None,
    };
    // The codes are documented, the words are ours.
    let code = if kind == "db" { "DBInstanceNotFound" } else { "DBClusterNotFoundFault" };
    let tags = found.ok_or_else(|| ApiError::new(code, 404, format!("{arn} not found")))?;
    if operation == "ListTagsForResource" {
        return Ok(Element::default().child(tag_list(tags)));
    }
    tags.extend(new);
    tags.retain(|key, _| !gone.contains(key));
    Ok(Element::default())
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
        clusters.retain(|_, cluster| {
            let keeps = !end(&mut cluster.transition, now);
            if cluster.transition.is_none()
                && let Some(version) = cluster.pending_version.take()
            {
                cluster.engine_version = version;
            }
            keeps
        });
    }
    upgrades::advance(world);
    world.global_clusters.retain(|_, global| !end(&mut global.transition, now));
    globals::advance(world);
    world.instances.retain(|_, instances| !instances.is_empty());
    world.clusters.retain(|_, clusters| !clusters.is_empty());
}
