//! Observing Aurora: one listing of global clusters, and one of clusters and of instances per region. Not here: other
//! services.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types;
use polyregion_model::{Address, Cluster, GlobalCluster, Instance, Region, ResourceKind, Topology};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::tags::{self, Tagged};
use super::super::{cluster_settings, instance_settings};
use super::{healthy, present, unknown};
use crate::attribute::{Field, Value, collect};
use crate::observed::{Observation, Unmanaged, World};

/// What one region lists.
struct Listing {
    clusters: Vec<types::DbCluster>,
    instances: Vec<types::DbInstance>,
}

pub(super) async fn observe(aws: &Aws, topology: &Topology) -> World {
    let mut regions: BTreeSet<Region> = BTreeSet::new();
    for resource in topology.resources() {
        regions.extend(resource.kind.as_cluster().map(|cluster| cluster.region));
        regions.extend(resource.kind.as_instance().map(|instance| instance.region));
    }
    let mut world = World::default();
    // Any region of a global cluster's members tells of it; its own is asked first, as it was made there.
    let made_in = topology.resources().iter().filter_map(|resource| resource.kind.as_global_cluster());
    let places = made_in.map(|global| global.region).chain(regions.iter().copied());
    let Some(global_region) = healthy(aws, places) else { return world };
    let mut tasks = tokio::task::JoinSet::new();
    for region in regions {
        let aws = aws.clone();
        tasks.spawn(async move { (region, list(&aws, region).await) });
    }
    let globals = list_globals(aws, global_region).await;
    let listings: BTreeMap<Region, Result<Listing, AwsError>> = tasks.join_all().await.into_iter().collect();
    for resource in topology.resources() {
        let tagged = |tags: Vec<Pair<'_>>| tags::read(&aws.topology, &resource.address, tags);
        let observation = match &resource.kind {
            ResourceKind::GlobalCluster(global) => match &globals {
                Ok(globals) => observe_global(globals, global, tagged),
                Err(error) => unknown(error),
            },
            ResourceKind::Cluster(cluster) => match (listings.get(&cluster.region), &globals) {
                (Some(Ok(listing)), Ok(globals)) => observe_cluster(listing, globals, cluster, tagged),
                (Some(Err(error)), _) | (_, Err(error)) => unknown(error),
                (None, Ok(_)) => continue,
            },
            ResourceKind::Instance(instance) => match listings.get(&instance.region) {
                Some(Ok(listing)) => observe_instance(listing, instance, tagged),
                Some(Err(error)) => unknown(error),
                None => continue,
            },
            ResourceKind::Zone(_)
            | ResourceKind::HealthCheck(_)
            | ResourceKind::RecordSet(_)
            | ResourceKind::Table(_)
            | ResourceKind::Replica(_)
            | ResourceKind::Bucket(_)
            | ResourceKind::ReplicationRole(_)
            | ResourceKind::Replication(_) => continue,
        };
        if let (ResourceKind::GlobalCluster(global), Ok(globals)) = (&resource.kind, &globals) {
            world.unmanaged.extend(undeclared_members(topology, &resource.address, global, globals));
        }
        if let (Some(cluster), Observation::Present(_)) = (resource.kind.as_cluster(), &observation)
            && let Some(Ok(listing)) = listings.get(&cluster.region)
        {
            world.unmanaged.extend(undeclared_instances(topology, &resource.address, cluster, listing));
        }
        world.resources.insert(resource.address.clone(), observation);
    }
    world
}

/// The instances of a cluster that the topology does not declare.
fn undeclared_instances(
    topology: &Topology,
    address: &Address,
    cluster: &Cluster,
    listing: &Listing,
) -> Vec<Unmanaged> {
    let declared = |identifier: &str| {
        let mut instances = topology.resources().iter().filter_map(|resource| resource.kind.as_instance());
        instances.any(|instance| instance.region == cluster.region && instance.identifier == identifier)
    };
    listing
        .instances
        .iter()
        .filter(|instance| instance.db_cluster_identifier() == Some(&cluster.identifier))
        .filter_map(|instance| instance.db_instance_identifier())
        .filter(|identifier| !declared(identifier))
        .map(|identifier| Unmanaged {
            address: address.clone(),
            what: format!("the instance {identifier} in {}", cluster.region),
            obstacle: None,
        })
        .collect()
}

/// The members of a global cluster that the topology does not declare.
fn undeclared_members(
    topology: &Topology,
    address: &Address,
    wanted: &GlobalCluster,
    globals: &[types::GlobalCluster],
) -> Vec<Unmanaged> {
    let declared = |arn: &str| {
        topology.resources().iter().filter_map(|resource| resource.kind.as_cluster()).any(|cluster| {
            arn.ends_with(&format!(
                ":{}:{}:cluster:{}",
                cluster.region,
                topology.account(),
                cluster.identifier
            ))
        })
    };
    globals
        .iter()
        .filter(|global| global.global_cluster_identifier() == Some(&wanted.identifier))
        .flat_map(|global| global.global_cluster_members())
        .filter_map(|member| member.db_cluster_arn())
        .filter(|arn| !declared(arn))
        .map(|arn| Unmanaged {
            address: address.clone(),
            what: format!("the member {arn} of global cluster {}", wanted.identifier),
            obstacle: None,
        })
        .collect()
}

async fn list_globals(aws: &Aws, region: Region) -> Result<Vec<types::GlobalCluster>, AwsError> {
    let mut found = Vec::new();
    let mut pages = aws.rds(region).describe_global_clusters().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("rds:DescribeGlobalClusters", region))?;
        found.extend(page.global_clusters.unwrap_or_default());
    }
    Ok(found)
}

async fn list(aws: &Aws, region: Region) -> Result<Listing, AwsError> {
    let client = aws.rds(region);
    let mut listing = Listing { clusters: Vec::new(), instances: Vec::new() };
    let mut pages = client.describe_db_clusters().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("rds:DescribeDBClusters", region))?;
        listing.clusters.extend(page.db_clusters.unwrap_or_default());
    }
    let mut pages = client.describe_db_instances().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(failed("rds:DescribeDBInstances", region))?;
        listing.instances.extend(page.db_instances.unwrap_or_default());
    }
    Ok(listing)
}

/// Key and value of a tag.
type Pair<'a> = (&'a str, &'a str);

fn pairs(tags: &[types::Tag]) -> Vec<Pair<'_>> {
    tags.iter().filter_map(|tag| tag.key().zip(tag.value())).collect()
}

/// The status, if it is one that a change of ours or of somebody else brought about and that others must wait for. What AWS
/// does by itself (`backing-up`, `maintenance`, `storage-optimization`) is no reason to plan anything.
fn transition(status: Option<&str>) -> Option<String> {
    const TRANSITIONS: [&str; 12] = [
        "creating",
        "deleting",
        "failing-over",
        "modifying",
        "promoting",
        "rebooting",
        "renaming",
        "resetting-master-credentials",
        "starting",
        "stopping",
        "switching-over",
        "upgrading",
    ];
    let passing = |status: &&str| TRANSITIONS.contains(status) || status.starts_with("configuring");
    status.filter(passing).map(str::to_owned)
}

fn observe_global(
    globals: &[types::GlobalCluster],
    wanted: &GlobalCluster,
    tagged: impl Fn(Vec<Pair<'_>>) -> Tagged,
) -> Observation {
    let same =
        |global: &&types::GlobalCluster| global.global_cluster_identifier() == Some(&wanted.identifier);
    let Some(global) = globals.iter().find(same) else { return Observation::Absent };
    let attributes = collect([
        (Field::Name, global.global_cluster_identifier().map(Value::text)),
        (Field::Engine, global.engine().map(Value::text)),
        (Field::EngineVersion, global.engine_version().map(Value::text)),
        (Field::DatabaseName, global.database_name().filter(|name| !name.is_empty()).map(Value::text)),
        (Field::DeletionProtection, global.deletion_protection().map(Value::Flag)),
    ]);
    present(&wanted.identifier, tagged(pairs(global.tag_list())), transition(global.status()), attributes)
}

fn observe_cluster(
    listing: &Listing,
    globals: &[types::GlobalCluster],
    wanted: &Cluster,
    tagged: impl Fn(Vec<Pair<'_>>) -> Tagged,
) -> Observation {
    let same = |cluster: &&types::DbCluster| cluster.db_cluster_identifier() == Some(&wanted.identifier);
    let Some(cluster) = listing.clusters.iter().find(same) else { return Observation::Absent };
    let arn = cluster.db_cluster_arn();
    let is_member = |global: &&types::GlobalCluster| {
        global.global_cluster_members().iter().any(|member| arn.is_some() && member.db_cluster_arn() == arn)
    };
    let found = globals.iter().find(is_member);
    let global = found.and_then(types::GlobalCluster::global_cluster_identifier);
    let member = found
        .into_iter()
        .flat_map(|global| global.global_cluster_members())
        .find(|member| member.db_cluster_arn() == arn);
    let days = cluster.backup_retention_period().and_then(|days| u64::try_from(days).ok());
    let mut attributes = collect([
        (Field::Name, cluster.db_cluster_identifier().map(Value::text)),
        (Field::GlobalCluster, global.map(Value::text)),
        (Field::IsWriter, member.and_then(|member| member.is_writer()).map(Value::Flag)),
        (Field::Engine, cluster.engine().map(Value::text)),
        (Field::EngineVersion, cluster.engine_version().map(Value::text)),
        (Field::MasterUsername, cluster.master_username().map(Value::text)),
        (Field::SubnetGroup, cluster.db_subnet_group().map(Value::text)),
        (Field::BackupRetentionPeriod, days.map(Value::Number)),
        (Field::DeletionProtection, cluster.deletion_protection().map(Value::Flag)),
    ]);
    attributes.extend(cluster_settings::read(cluster, wanted.engine.port()));
    // On the writer it does nothing, and whether AWS says that it is requested there is not documented.
    if attributes.get(&Field::IsWriter) == Some(&Value::Flag(true)) {
        attributes.remove(&Field::WriteForwarding);
        attributes.extend(
            wanted.settings.get_key_value(&Field::WriteForwarding).map(|(field, on)| (*field, on.clone())),
        );
    }
    present(&wanted.identifier, tagged(pairs(cluster.tag_list())), transition(cluster.status()), attributes)
}

fn observe_instance(
    listing: &Listing,
    wanted: &Instance,
    tagged: impl Fn(Vec<Pair<'_>>) -> Tagged,
) -> Observation {
    let same = |instance: &&types::DbInstance| instance.db_instance_identifier() == Some(&wanted.identifier);
    let Some(instance) = listing.instances.iter().find(same) else { return Observation::Absent };
    let mut attributes = collect([
        (Field::Name, instance.db_instance_identifier().map(Value::text)),
        (Field::Cluster, instance.db_cluster_identifier().map(Value::text)),
        (Field::InstanceClass, instance.db_instance_class().map(Value::text)),
    ]);
    attributes.extend(instance_settings::read(instance));
    present(
        &wanted.identifier,
        tagged(pairs(instance.tag_list())),
        transition(instance.db_instance_status()),
        attributes,
    )
}
