//! Observing buckets and their replication: one listing, three calls per bucket that exists, and one for each
//! declared setting. Not here: the role
//! (`iam`).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types::BucketVersioningStatus;
use polyregion_model::{Address, Bucket, Region, Resource, ResourceKind, Topology};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::{bucket_settings, replication, tags};
use super::{healthy, present, unknown, with_owner_of};
use crate::attribute::{Attributes, Field, Value};
use crate::observed::{Observation, Owner, Sought, Stranger, Unmanaged, World};

pub(super) async fn observe(aws: &Aws, topology: &Topology, sought: &Sought) -> World {
    let mut buckets: Vec<(&Resource, &Bucket)> = Vec::new();
    for resource in topology.resources() {
        if let ResourceKind::Bucket(bucket) = &resource.kind {
            buckets.push((resource, bucket));
        }
    }
    let mut world = World::default();
    if buckets.is_empty() {
        return world;
    }
    let listed = list(aws, topology, &buckets).await;
    let mut tasks = tokio::task::JoinSet::new();
    for (resource, bucket) in buckets {
        let region = match &listed {
            Ok(listed) => match listed.get(&bucket.name) {
                // Older answers of the API have no region; the declared one is asked then, and a bucket elsewhere
                // answers with a redirect.
                Some(region) => Ok(Some(region.unwrap_or(bucket.region))),
                None => Ok(None),
            },
            Err(error) => Err(error.clone()),
        };
        let (aws, address, bucket) = (aws.clone(), resource.address.clone(), bucket.clone());
        let (sought, adopt) = (sought.fields(resource), resource.adopt);
        tasks.spawn(async move { observe_bucket(&aws, address, &bucket, region, &sought, adopt).await });
    }
    for observations in tasks.join_all().await {
        world.resources.extend(observations);
    }
    for resource in topology.resources() {
        let ResourceKind::Replication(wanted) = &resource.kind else { continue };
        let Some(Observation::Present(observed)) = world.resources.get(&resource.address) else { continue };
        let Some(Value::List(destinations)) = observed.attributes.get(&Field::Destinations) else { continue };
        // Buckets that are recorded and no longer declared are in the topology that is observed; plans know what to do.
        let is_known = |name: &String| {
            let mut buckets = topology.resources().iter().filter_map(|resource| resource.kind.as_bucket());
            wanted.destinations.contains(name) || buckets.any(|bucket| bucket.name == *name)
        };
        let extra = destinations.iter().filter(|name| !is_known(name));
        world.unmanaged.extend(extra.map(|name| Unmanaged {
            address: resource.address.clone(),
            what: format!("the replication of {} to {name}", wanted.bucket),
            obstacle: None,
        }));
    }
    world
}

/// Which of the buckets exist in this account, with their regions. One listing by the beginning that all names have in common:
/// a page has a thousand buckets, and an account ten thousand unless AWS raises the quota (S3 User Guide, quotas).
async fn list(
    aws: &Aws,
    topology: &Topology,
    buckets: &[(&Resource, &Bucket)],
) -> Result<BTreeMap<String, Option<Region>>, AwsError> {
    let names: BTreeSet<&str> = buckets.iter().map(|(_, bucket)| bucket.name.as_str()).collect();
    // Any region lists the buckets of all.
    let places = topology.regions().iter().map(|place| place.region);
    let region = healthy(aws, places).unwrap_or(topology.partition().control_region());
    let prefix = common_prefix(&names);
    let mut found = BTreeMap::new();
    let mut pages = aws.s3(region).list_buckets().prefix(prefix).max_buckets(1000).into_paginator().send();
    while let Some(page) = pages.next().await {
        for bucket in page.map_err(failed("s3:ListBuckets", region))?.buckets.unwrap_or_default() {
            if let Some(name) = bucket.name() {
                found.insert(name.to_owned(), bucket.bucket_region().and_then(Region::from_code));
            }
        }
    }
    Ok(found)
}

fn common_prefix(names: &BTreeSet<&str>) -> String {
    // The first and the last in order differ at least as early as any two others.
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return String::new() };
    first.chars().zip(last.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

async fn observe_bucket(
    aws: &Aws,
    address: Address,
    bucket: &Bucket,
    region: Result<Option<Region>, AwsError>,
    sought: &BTreeSet<Field>,
    adopt: bool,
) -> Vec<(Address, Observation)> {
    let replication_address = address.clone().with_part("replication");
    let region = match region {
        Ok(Some(region)) => region,
        Ok(None) => return vec![(address, Observation::Absent), (replication_address, Observation::Absent)],
        Err(error) => return vec![(address, unknown(&error)), (replication_address, unknown(&error))],
    };
    let (whole, part) = tokio::join!(
        describe_bucket(aws, &address, bucket, region, sought, adopt),
        describe_replication(aws, bucket, region),
    );
    let whole = whole.unwrap_or_else(|error| unknown(&error));
    let part = match part {
        Ok(observation) => with_owner_of(&whole, observation),
        Err(error) => unknown(&error),
    };
    vec![(address, whole), (replication_address, part)]
}

async fn describe_bucket(
    aws: &Aws,
    address: &Address,
    bucket: &Bucket,
    region: Region,
    sought: &BTreeSet<Field>,
    adopt: bool,
) -> Result<Observation, AwsError> {
    let client = aws.s3(region);
    let (tagging, versioning) = tokio::join!(
        client.get_bucket_tagging().bucket(&bucket.name).send(),
        client.get_bucket_versioning().bucket(&bucket.name).send(),
    );
    let tags = match tagging.map_err(failed("s3:GetBucketTagging", region)) {
        Ok(output) => output.tag_set,
        Err(error) if error.is(&["NoSuchTagSet"]) => Vec::new(),
        Err(error) => return Err(error),
    };
    let versioning = versioning.map_err(failed("s3:GetBucketVersioning", region))?;
    let enabled = versioning.status() == Some(&BucketVersioningStatus::Enabled);
    let tagged = tags::read(&aws.topology, address, tags.iter().map(|tag| (tag.key(), tag.value())));
    let mut attributes = Attributes::from([
        (Field::Name, Value::text(&bucket.name)),
        (Field::Region, Value::text(region.code())),
        (Field::Versioning, Value::Flag(enabled)),
    ]);
    // Settings of what is somebody else's are nobody's business.
    let is_free = adopt && tagged.owner == Owner::Foreign(Stranger::Unmarked);
    if tagged.owner == Owner::Ours || is_free {
        attributes.extend(bucket_settings::read(aws, region, &bucket.name, sought).await?);
    }
    Ok(present(&bucket.name, tagged, None, attributes))
}

async fn describe_replication(aws: &Aws, bucket: &Bucket, region: Region) -> Result<Observation, AwsError> {
    let call = aws.s3(region).get_bucket_replication().bucket(&bucket.name).send().await;
    let configuration = match call.map_err(failed("s3:GetBucketReplication", region)) {
        Ok(output) => output.replication_configuration,
        Err(error) if error.is(&["ReplicationConfigurationNotFoundError"]) => return Ok(Observation::Absent),
        Err(error) => return Err(error),
    };
    let Some(configuration) = configuration else { return Ok(Observation::Absent) };
    Ok(present(&bucket.name, Owner::Inherited, None, replication::read(&bucket.name, &configuration)))
}
