//! Observing: what AWS holds of a topology, by listings, all services and regions at once. Not here: comparing.

mod iam;
mod load_balancers;
mod rds;
mod route53;
mod s3;
mod tables;
mod zones;

pub(super) use iam::POLICY_NAME;
use polyregion_model::{Address, Region, Topology};
pub(super) use route53::{list_records, record_value};
pub(super) use tables::tags_of_table;

use super::clients::Aws;
use super::error::{AwsError, ErrorKind};
use super::tags::Tagged;
use crate::attribute::{Attributes, Field};
use crate::observed::{Doubt, Observation, Observed, Owner, Sought, World};

/// Observes everything that a topology declares. A service that can't be asked makes its resources unknown and nothing
/// else.
pub async fn observe(aws: &Aws, topology: &Topology, sought: &Sought) -> World {
    let (route53, tables, rds, s3, iam, load_balancers) = tokio::join!(
        route53::observe(aws, topology, sought),
        tables::observe(aws, topology, sought),
        rds::observe(aws, topology),
        s3::observe(aws, topology, sought),
        iam::observe(aws, topology),
        load_balancers::observe(aws, topology),
    );
    let mut world = World { load_balancers, down: aws.down(), ..World::default() };
    for part in [route53, tables, rds, s3, iam] {
        let World { resources, load_balancers: _, unmanaged, zone_sizes, down: _ } = part;
        world.resources.extend(resources);
        world.unmanaged.extend(unmanaged);
        world.zone_sizes.extend(zone_sizes);
    }
    world.unmanaged.sort();
    world
}

/// A resource that exists, with what its tags say.
fn present(
    physical_id: &str,
    tagged: impl Into<Tagged>,
    transition: Option<String>,
    mut attributes: Attributes,
) -> Observation {
    let Tagged { owner, others } = tagged.into();
    attributes.extend(others.map(|tags| (Field::Tags, tags)));
    let physical_id = physical_id.to_owned();
    Observation::Present(Box::new(Observed { physical_id, owner, transition, attributes, record: None }))
}

/// A resource that could not be asked about.
fn unknown(error: &AwsError) -> Observation {
    Observation::Unknown(doubt(error))
}

/// What a failed call leaves in doubt.
fn doubt(error: &AwsError) -> Doubt {
    let region = error.region.filter(|_| error.kind == ErrorKind::Unreachable);
    Doubt { why: error.to_string(), region }
}

/// The first of some regions that is not known to be down; the first of all if all are.
fn healthy(aws: &Aws, regions: impl IntoIterator<Item = Region>) -> Option<Region> {
    let down = aws.down();
    let mut regions = regions.into_iter().peekable();
    let first = regions.peek().copied();
    regions.find(|region| !down.contains_key(region)).or(first)
}

/// Puts one observation on several resources.
fn all(world: &mut World, addresses: impl IntoIterator<Item = Address>, observation: &Observation) {
    world.resources.extend(addresses.into_iter().map(|address| (address, observation.clone())));
}

/// What goes with a resource of somebody else is somebody else's too; what goes with one of unknown owner is unknown.
fn with_owner_of(whole: &Observation, part: Observation) -> Observation {
    match (whole, part) {
        (Observation::Present(whole), Observation::Present(mut part)) => {
            if let Owner::Foreign(whose) = &whole.owner {
                part.owner = Owner::Foreign(whose.clone());
            }
            Observation::Present(part)
        }
        (Observation::Unknown(why), Observation::Present(_)) => Observation::Unknown(why.clone()),
        (Observation::Present(_) | Observation::Absent | Observation::Unknown(_), part) => part,
    }
}
