//! What operations of DynamoDB and RDS need, with the customer's keys of tables. Not here: keys of clusters, and service-linked roles,
//! which the simulation has not.

use serde_json::{Map, Value};

use super::{need, pass_role, tagged};
use crate::policy::Need;
use crate::query::Params;
use crate::request::Request;
use crate::world::{Tags, World, partition};
use crate::{dynamodb as tables, kms, rds as clusters};

fn table_arn(account: &str, region: &str, name: &str) -> String {
    format!("arn:{}:dynamodb:{region}:{account}:table/{name}", partition(region))
}

pub(super) fn dynamodb(world: &World, operation: &str, request: &Request) -> Option<Vec<Need>> {
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let region = request.region.as_str();
    let arn = match text("ResourceArn") {
        "" => table_arn(&world.account, region, text("TableName")),
        arn => arn.to_owned(),
    };
    let name = arn.rsplit('/').next().unwrap_or_default();
    let known = tables::tags_of(world, region, name);
    let new = tables::tags(&body);
    let on_table = |action| {
        let need = tagged(need(action, arn.clone()), "ResourceTag", &known);
        tagged(need, "RequestTag", &new)
    };
    let key = |region: &str, named: &Value| key(world, region, named["KMSMasterKeyId"].as_str());
    let own_key = body.get("SSESpecification").map(|sse| key(region, sse)).unwrap_or_default();
    Some(match operation {
        "CreateTable" if new.is_empty() => [vec![on_table("dynamodb:CreateTable")], own_key].concat(),
        "CreateTable" => {
            [vec![on_table("dynamodb:CreateTable"), on_table("dynamodb:TagResource")], own_key].concat()
        }
        "ListTables" => vec![need("dynamodb:ListTables", "*")],
        "DescribeTable" => vec![on_table("dynamodb:DescribeTable")],
        "DeleteTable" => vec![on_table("dynamodb:DeleteTable")],
        "DescribeTimeToLive" => vec![on_table("dynamodb:DescribeTimeToLive")],
        "UpdateTimeToLive" => vec![on_table("dynamodb:UpdateTimeToLive")],
        "DescribeContinuousBackups" => vec![on_table("dynamodb:DescribeContinuousBackups")],
        "UpdateContinuousBackups" => vec![on_table("dynamodb:UpdateContinuousBackups")],
        "DescribeContributorInsights" => vec![on_table("dynamodb:DescribeContributorInsights")],
        "UpdateContributorInsights" => vec![on_table("dynamodb:UpdateContributorInsights")],
        "ListTagsOfResource" => vec![on_table("dynamodb:ListTagsOfResource")],
        "TagResource" => vec![on_table("dynamodb:TagResource")],
        "UntagResource" => vec![on_table("dynamodb:UntagResource")],
        "UpdateTable" => {
            let mut needs = [vec![on_table("dynamodb:UpdateTable")], own_key].concat();
            for update in body.get("ReplicaUpdates").and_then(Value::as_array).into_iter().flatten() {
                needs.extend(replica(world, name, update));
                for parameters in update.as_object().into_iter().flat_map(Map::values) {
                    needs.extend(key(parameters["RegionName"].as_str().unwrap_or_default(), parameters));
                }
            }
            for update in
                body.get("GlobalTableWitnessUpdates").and_then(Value::as_array).into_iter().flatten()
            {
                for (action, parameters) in update.as_object().into_iter().flatten() {
                    let action = match action.as_str() {
                        "Create" => "dynamodb:CreateGlobalTableWitness",
                        _ => "dynamodb:DeleteGlobalTableWitness",
                    };
                    let there = parameters["RegionName"].as_str().unwrap_or_default();
                    needs.push(need(action, table_arn(&world.account, there, name)));
                }
            }
            needs
        }
        _ => return None,
    })
}

/// Two of the actions that a customer's key takes (DynamoDB Developer Guide, encryption.usagenotes), by the service in the caller's name.
fn key(world: &World, region: &str, name: Option<&str>) -> Vec<Need> {
    let Some(name) = name.filter(|name| !name.starts_with("alias/aws/")) else { return Vec::new() };
    let Ok(arn) = kms::resolve(&world.account, region, name) else { return Vec::new() };
    let use_of = |action| {
        let mut need = need(action, arn.clone());
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        need.context.insert("kms:viaservice".to_owned(), format!("dynamodb.{region}.{suffix}"));
        let alias = name.find("alias/").and_then(|at| name.get(at..));
        need.context.extend(alias.map(|alias| ("kms:resourcealiases".to_owned(), alias.to_owned())));
        need
    };
    vec![use_of("kms:CreateGrant"), use_of("kms:DescribeKey")]
}

/// What a change of a replica needs in the replica's region (DynamoDB Developer Guide, "DynamoDB global tables security").
/// That the requested region is the replica's there is not verified.
fn replica(world: &World, name: &str, update: &Value) -> Vec<Need> {
    let mut needs = Vec::new();
    for (action, parameters) in update.as_object().into_iter().flatten() {
        let region = parameters["RegionName"].as_str().unwrap_or_default();
        let actions: &[&str] = match action.as_str() {
            "Create" => &[
                "dynamodb:CreateTable",
                "dynamodb:CreateTableReplica",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "dynamodb:PutItem",
                "dynamodb:GetItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
            ],
            "Delete" => &["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"],
            "Disassociate" => &["dynamodb:DisassociateTableReplica"],
            _ => &[],
        };
        let tags = tables::tags_of(world, region, name);
        needs.extend(actions.iter().map(|action| {
            let mut need =
                tagged(need(action, table_arn(&world.account, region, name)), "ResourceTag", &tags);
            need.context.insert("aws:requestedregion".to_owned(), region.to_owned());
            need
        }));
    }
    needs
}

/// An operation of RDS needs the same action on each resource that it is about, and another one on what it tags. Subnet
/// groups are wanted by name, also the default one's; that listings are of `*` is what errors in public threads say. That
/// a new cluster wants the default parameter group that it gets and no option group, and that an instance wants its cluster, is not
/// verified.
pub(super) fn rds(world: &World, operation: &str, request: &Request) -> Option<Vec<Need>> {
    let params = &mut Params::parse(request.text());
    let (region, account) = (request.region.as_str(), world.account.as_str());
    let arn = |kind: &str, name: Option<String>| {
        let name = name.unwrap_or_else(|| "*".to_owned()).to_lowercase();
        let region = if kind == "global-cluster" { "" } else { region };
        format!("arn:{}:rds:{region}:{account}:{kind}:{name}", partition(&request.region))
    };
    let named = vec![params.get("ResourceName").unwrap_or_default()];
    let global = params.get("GlobalClusterIdentifier");
    let cluster = params.get("DBClusterIdentifier");
    let instance = params.get("DBInstanceIdentifier");
    let parameters = params.get("DBClusterParameterGroupName").map(|group| arn("cluster-pg", Some(group)));
    let instance_parameters = params.get("DBParameterGroupName").map(|group| arn("pg", Some(group)));
    let monitoring = params.get("MonitoringRoleArn");
    let (action, resources) = match operation {
        "CreateGlobalCluster" => ("rds:CreateGlobalCluster", vec![arn("global-cluster", global)]),
        "DescribeGlobalClusters" => ("rds:DescribeGlobalClusters", vec![arn("global-cluster", global)]),
        "ModifyGlobalCluster" => ("rds:ModifyGlobalCluster", vec![arn("global-cluster", global)]),
        "DeleteGlobalCluster" => ("rds:DeleteGlobalCluster", vec![arn("global-cluster", global)]),
        "RemoveFromGlobalCluster" => {
            // Here a cluster is named by its ARN.
            let member = params.get("DbClusterIdentifier").unwrap_or_default();
            ("rds:RemoveFromGlobalCluster", vec![arn("global-cluster", global), member])
        }
        "SwitchoverGlobalCluster" | "FailoverGlobalCluster" => {
            let target = params.get("TargetDbClusterIdentifier").unwrap_or_default();
            let action = match operation {
                "SwitchoverGlobalCluster" => "rds:SwitchoverGlobalCluster",
                _ => "rds:FailoverGlobalCluster",
            };
            (action, vec![arn("global-cluster", global), target])
        }
        "CreateDBCluster" => {
            let group = params.get("DBSubnetGroupName").unwrap_or_else(|| "default".to_owned());
            let mut resources = vec![arn("cluster", cluster), arn("subgrp", Some(group))];
            resources.extend(global.map(|global| arn("global-cluster", Some(global))));
            let unnamed =
                || arn("cluster-pg", Some(format!("default.{}", params.get("Engine").unwrap_or_default())));
            resources.push(parameters.unwrap_or_else(unnamed));
            ("rds:CreateDBCluster", resources)
        }
        "DescribeDBClusters" => ("rds:DescribeDBClusters", vec![arn("cluster", cluster)]),
        "ModifyDBCluster" => {
            let resources = [arn("cluster", cluster)].into_iter().chain(parameters);
            ("rds:ModifyDBCluster", resources.collect())
        }
        "DeleteDBCluster" => ("rds:DeleteDBCluster", vec![arn("cluster", cluster)]),
        "CreateDBInstance" => {
            let resources =
                [arn("db", instance), arn("cluster", cluster)].into_iter().chain(instance_parameters);
            ("rds:CreateDBInstance", resources.collect())
        }
        "DescribeDBInstances" => ("rds:DescribeDBInstances", vec![arn("db", instance)]),
        "ModifyDBInstance" => {
            let resources = [arn("db", instance)].into_iter().chain(instance_parameters);
            ("rds:ModifyDBInstance", resources.collect())
        }
        "DeleteDBInstance" => ("rds:DeleteDBInstance", vec![arn("db", instance)]),
        // What is tagged is named by its ARN.
        "AddTagsToResource" => ("rds:AddTagsToResource", named),
        "RemoveTagsFromResource" => ("rds:RemoveTagsFromResource", named),
        "ListTagsForResource" => ("rds:ListTagsForResource", named),
        _ => return None,
    };
    let new = params.tags("Tags.Tag");
    let first = resources.first().cloned().unwrap_or_default();
    let mut needs: Vec<Need> =
        resources.into_iter().map(|resource| described(world, action, resource, &new)).collect();
    if !new.is_empty() && action != "rds:AddTagsToResource" {
        needs.push(described(world, "rds:AddTagsToResource", first, &new));
    }
    // RDS User Guide, "Setting up and enabling Enhanced Monitoring".
    needs.extend(monitoring.map(|role| pass_role(&role, "monitoring.rds.amazonaws.com")));
    Some(needs)
}

/// With the tags that the resource has and those of the request.
fn described(world: &World, action: &'static str, resource: String, new: &Tags) -> Need {
    let known = clusters::tags_of(world, &resource);
    tagged(tagged(need(action, resource), "ResourceTag", &known), "RequestTag", new)
}
