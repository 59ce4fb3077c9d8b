//! Observing DynamoDB tables and their replicas: one call per table and region, two more for the table's TTL and tags, and one for each
//! declared setting that has a call of its own.
//! Not here: other services.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{
    KeyType, MultiRegionConsistency, ReplicaStatus, TableDescription, TableStatus, TimeToLiveDescription,
    TimeToLiveStatus,
};
use polyregion_model::{Address, Region, Replica, Resource, ResourceKind, Topology, spec};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::tags::{self, Tagged};
use super::super::{table_encryption, table_indexes, table_settings};
use super::{present, unknown, with_owner_of};
use crate::attribute::{Attributes, Field, Value, collect};
use crate::observed::{Observation, Owner, Sought, Stranger, Unmanaged, World};

pub(super) async fn observe(aws: &Aws, topology: &Topology, sought: &Sought) -> World {
    let mut tasks = tokio::task::JoinSet::new();
    for resource in topology.resources() {
        let ResourceKind::Table(table) = &resource.kind else { continue };
        let replicas: Vec<Resource> = topology
            .resources()
            .iter()
            .filter(
                |other| matches!(&other.kind, ResourceKind::Replica(replica) if replica.name == table.name),
            )
            .cloned()
            .collect();
        let (aws, resource, sought) = (aws.clone(), resource.clone(), sought.clone());
        tasks.spawn(async move { observe_table(&aws, &resource, &replicas, &sought).await });
    }
    let mut world = World::default();
    for part in tasks.join_all().await {
        world.resources.extend(part.resources);
        world.unmanaged.extend(part.unmanaged);
    }
    world
}

async fn observe_table(aws: &Aws, resource: &Resource, replicas: &[Resource], sought: &Sought) -> World {
    let mut world = World::default();
    let ResourceKind::Table(table) = &resource.kind else { return world };
    let home = describe(aws, table.region, &table.name).await;
    let observed_home = match &home {
        Ok(Some(description)) => {
            observe_home(aws, resource, table.region, description, &sought.fields(resource))
                .await
                .unwrap_or_else(|error| unknown(&error))
        }
        Ok(None) => Observation::Absent,
        Err(error) => unknown(error),
    };
    for replica in replicas {
        let ResourceKind::Replica(wanted) = &replica.kind else { continue };
        let there = describe(aws, wanted.region, &wanted.name).await;
        let observation = match (&home, there) {
            (Err(error), _) => unknown(error),
            (Ok(_), Err(error)) => unknown(&error),
            (Ok(home), Ok(there)) => {
                let at = (&replica.address, wanted);
                let found =
                    observe_replica(aws, home.as_ref(), there.as_ref(), at, &sought.fields(replica)).await;
                found.unwrap_or_else(|error| unknown(&error))
            }
        };
        let observation = with_owner_of(&observed_home, observation);
        world
            .resources
            .insert(replica.address.clone(), with_own_marks(aws, replica, wanted, observation).await);
    }
    if let Ok(Some(description)) = &home {
        let declared: Vec<&str> =
            replicas.iter().filter_map(|replica| replica.kind.region()).map(Region::code).collect();
        let extra = description
            .replicas()
            .iter()
            .filter_map(|replica| replica.region_name())
            .filter(|region| !declared.contains(region) && *region != table.region.code());
        world.unmanaged.extend(extra.map(|region| Unmanaged {
            address: resource.address.clone(),
            what: format!("the replica of table {} in {region}", table.name),
            obstacle: None,
        }));
    }
    world.resources.insert(resource.address.clone(), observed_home);
    world
}

/// What is taken over carries no marks in its own region either: a replica may be another topology's that has another home. One that
/// an earlier run did not come to is told by the same.
async fn with_own_marks(
    aws: &Aws,
    resource: &Resource,
    replica: &Replica,
    observation: Observation,
) -> Observation {
    let Observation::Present(mut observed) = observation else { return observation };
    let is_a_table = matches!(observed.owner, Owner::Foreign(Stranger::NoReplica { .. }));
    if !resource.adopt || is_a_table {
        return Observation::Present(observed);
    }
    let arn = aws.table_arn(replica.region, &replica.name);
    let tags = match tags_of_table(aws, replica.region, &arn).await {
        Ok(tags) => tags,
        // Its own region does not know it yet.
        Err(error) if error.is(&["ResourceNotFoundException"]) => return Observation::Present(observed),
        Err(error) => return unknown(&error),
    };
    let tags = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    match tags::read(&aws.topology, &resource.address, tags).owner {
        Owner::Foreign(whose) => observed.owner = Owner::Foreign(whose),
        // As its home is.
        Owner::Ours | Owner::Inherited => {}
    }
    Observation::Present(observed)
}

async fn describe(aws: &Aws, region: Region, name: &str) -> Result<Option<TableDescription>, AwsError> {
    let call = aws.dynamodb(region).describe_table().table_name(name).send().await;
    match call.map_err(failed("dynamodb:DescribeTable", region)) {
        Ok(output) => match output.table {
            Some(table) => Ok(Some(table)),
            None => Err(AwsError::answer("dynamodb:DescribeTable", "AWS answered without the table")),
        },
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn observe_home(
    aws: &Aws,
    resource: &Resource,
    region: Region,
    description: &TableDescription,
    sought: &BTreeSet<Field>,
) -> Result<Observation, AwsError> {
    let client = aws.dynamodb(region);
    let name = description.table_name().unwrap_or_default();
    let tagged = tagged(aws, &resource.address, region, description).await?;
    let mut attributes = attributes(description);
    let keys = table_encryption::read(description, region);
    attributes.extend(keys.map(|keys| (Field::Encryption, keys)));
    // DynamoDB does not tell the TTL of a table that is being created; it has none yet.
    if description.table_status() != Some(&TableStatus::Creating)
        && let Some(ttl) = describe_ttl(&client, region, name).await?
        && matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        && let Some(attribute) = ttl.attribute_name()
    {
        attributes.insert(Field::TimeToLive, Value::text(attribute));
    }
    if description.table_status() != Some(&TableStatus::Creating) {
        attributes.extend(table_settings::read_apart(aws, region, name, sought).await?);
    }
    Ok(present(name, tagged, transition(description), attributes))
}

/// What the tags of a table in its own region say.
async fn tagged(
    aws: &Aws,
    address: &Address,
    region: Region,
    description: &TableDescription,
) -> Result<Tagged, AwsError> {
    let tags = tags_of_table(aws, region, description.table_arn().unwrap_or_default()).await?;
    Ok(tags::read(&aws.topology, address, tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))))
}

/// All tags of a table, page by page.
pub(in crate::aws) async fn tags_of_table(
    aws: &Aws,
    region: Region,
    arn: &str,
) -> Result<BTreeMap<String, String>, AwsError> {
    let client = aws.dynamodb(region);
    let (mut found, mut token) = (BTreeMap::new(), None);
    loop {
        let page = client.list_tags_of_resource().resource_arn(arn).set_next_token(token).send().await;
        let page = page.map_err(failed("dynamodb:ListTagsOfResource", region))?;
        found.extend(page.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
        token = page.next_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

async fn describe_ttl(
    client: &aws_sdk_dynamodb::Client,
    region: Region,
    table: &str,
) -> Result<Option<TimeToLiveDescription>, AwsError> {
    let call = client.describe_time_to_live().table_name(table).send().await;
    Ok(call.map_err(failed("dynamodb:DescribeTimeToLive", region))?.time_to_live_description)
}

/// What a table, or one of its indexes, is doing, if it is not at rest.
fn transition(table: &TableDescription) -> Option<String> {
    let status = table.table_status().filter(|status| **status != TableStatus::Active);
    let status = status.map(|status| status.as_str().to_owned());
    status.or_else(|| table_indexes::transition(table)).or_else(|| table_encryption::transition(table))
}

fn attributes(description: &TableDescription) -> Attributes {
    let mut keys: Vec<_> = description.key_schema().iter().collect();
    // The partition key comes first, as AWS wants it when the table is created.
    keys.sort_by_key(|key| *key.key_type() != KeyType::Hash);
    let types = description.attribute_definitions();
    let keys = keys.iter().map(|key| table_indexes::attribute_text(types, key.attribute_name())).collect();
    let billing = description.billing_mode_summary().and_then(|summary| summary.billing_mode());
    let stream = description.stream_specification().filter(|stream| stream.stream_enabled());
    let view = stream.and_then(|stream| stream.stream_view_type());
    let mut attributes = collect([
        (Field::Name, description.table_name().map(Value::text)),
        (Field::KeySchema, Some(Value::List(keys))),
        // Tables of the provisioned mode have no summary.
        (Field::BillingMode, Some(Value::text(billing.map_or("PROVISIONED", |mode| mode.as_str())))),
        (Field::StreamViewType, view.map(|view| Value::text(view.as_str()))),
        (Field::Indexes, table_indexes::read(description)),
        (Field::IndexCapacity, table_indexes::read_capacity(description)),
        (
            Field::DeletionProtection,
            Some(Value::Flag(description.deletion_protection_enabled().unwrap_or(false))),
        ),
    ]);
    attributes.extend(table_settings::read(description));
    attributes
}

/// What a group of replicas is made as, which its home tells.
fn consistency(home: &TableDescription) -> Attributes {
    let is_strong = home.multi_region_consistency() == Some(&MultiRegionConsistency::Strong);
    let witness = home.global_table_witnesses().first().and_then(|witness| witness.region_name());
    collect([
        (Field::Consistency, is_strong.then(|| Value::text(spec::Consistency::Strong.word()))),
        (Field::Witness, witness.map(Value::text)),
    ])
}

/// What is the same on all replicas (DDB-052).
const SHARED: [Field; 3] = [Field::MaxWrites, Field::WarmReads, Field::WarmWrites];

/// A replica exists if its home lists it. A table of the name that the home doesn't list is somebody else's, or was a
/// replica of ours before its region was taken out.
async fn observe_replica(
    aws: &Aws,
    home: Option<&TableDescription>,
    there: Option<&TableDescription>,
    (address, wanted): (&Address, &Replica),
    sought: &BTreeSet<Field>,
) -> Result<Observation, AwsError> {
    let region = wanted.region;
    let listed = home
        .into_iter()
        .flat_map(TableDescription::replicas)
        .find(|replica| replica.region_name() == Some(region.code()));
    let protected =
        Value::Flag(there.and_then(TableDescription::deletion_protection_enabled).unwrap_or(false));
    let table = there.and_then(transition);
    Ok(match (listed, there) {
        (None, None) => Observation::Absent,
        (None, Some(description)) => {
            let name = description.table_name().unwrap_or_default();
            let once_ours = tagged(aws, address, region, description).await?.owner == Owner::Ours;
            let owner = Owner::Foreign(Stranger::NoReplica { once_ours });
            present(name, owner, table, Attributes::from([(Field::DeletionProtection, protected)]))
        }
        (Some(replica), _) => {
            let status = replica.replica_status().filter(|status| **status != ReplicaStatus::Active);
            let name = home.and_then(TableDescription::table_name).unwrap_or_default();
            let mut attributes =
                Attributes::from([(Field::Name, Value::text(name)), (Field::DeletionProtection, protected)]);
            // What is being made may not tell yet what it will be.
            let is_made = status == Some(&ReplicaStatus::Creating);
            attributes.extend(
                home.map(consistency).filter(|told| !told.is_empty() || !is_made).unwrap_or_else(|| {
                    let group = [Field::Consistency, Field::Witness];
                    group
                        .into_iter()
                        .filter_map(|field| Some((field, wanted.settings.get(&field)?.clone())))
                        .collect()
                }),
            );
            // What its own region does not know yet has no settings.
            if let Some(there) = there.filter(|there| there.table_status() != Some(&TableStatus::Creating)) {
                attributes.extend(table_settings::read(there));
                // The same everywhere, and asked of the home.
                attributes.retain(|field, _| !SHARED.contains(field));
                attributes.extend(table_settings::read_apart(aws, region, name, sought).await?);
                if sought.contains(&Field::Tags) {
                    let others = tagged(aws, address, region, there).await?.others;
                    attributes.extend(others.map(|tags| (Field::Tags, tags)));
                }
            }
            let transition = status.map(|status| status.as_str().to_owned()).or(table);
            present(name, Owner::Inherited, transition, attributes)
        }
    })
}
