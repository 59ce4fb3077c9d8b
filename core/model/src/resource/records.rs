//! Record sets: routing, answers, targets. Not here: the zones that they are in.

use std::fmt;

use crate::address::Address;
use crate::location;
use crate::region::Region;
use crate::spec::{LocationSpec, RecordType};

/// A record set's place in its routing policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Routing {
    /// One answer for everybody.
    Simple,
    /// The answer for users nearest to this region.
    Latency(Region),
    /// One of several at random, in proportion to their weights.
    Weighted {
        /// Its set identifier.
        id: String,
        /// Its weight.
        weight: u8,
    },
    /// The answer while the primary is healthy.
    FailoverPrimary,
    /// The answer while it is not.
    FailoverSecondary,
    /// The answer for users at a place.
    Geolocation(LocationSpec),
    /// The answer for users near a place.
    Geoproximity {
        /// The place.
        place: GeoPlace,
        /// How much larger its area is made, -99 to 99.
        bias: i8,
    },
    /// One of up to eight healthy ones at random.
    Multivalue {
        /// Its set identifier.
        id: String,
    },
}

/// A place on earth.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum GeoPlace {
    /// Where a region is.
    Region(Region),
    /// Latitude and longitude in degrees.
    Coordinates(String, String),
}

/// As messages and plans show it: `latency us-east-1`.
impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Routing::Simple => f.write_str("simple"),
            Routing::Latency(region) => write!(f, "latency {region}"),
            Routing::Weighted { id: _, weight } => write!(f, "weighted {weight}"),
            Routing::FailoverPrimary => f.write_str("failover primary"),
            Routing::FailoverSecondary => f.write_str("failover secondary"),
            Routing::Geolocation(location) => write!(f, "geolocation {}", location::slug(location)),
            Routing::Geoproximity { place, bias } => {
                match place {
                    GeoPlace::Region(region) => write!(f, "geoproximity {region}")?,
                    GeoPlace::Coordinates(latitude, longitude) => {
                        write!(f, "geoproximity {latitude},{longitude}")?;
                    }
                }
                if *bias == 0 { Ok(()) } else { write!(f, " with bias {bias}") }
            }
            Routing::Multivalue { id: _ } => f.write_str("multivalue"),
        }
    }
}

/// A load balancer that is looked up by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LoadBalancerRef {
    /// Its region.
    pub region: Region,
    /// Its name, unique in the region.
    pub name: String,
}

/// What an alias record points to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum AliasTarget {
    /// A DNS name of AWS with the id of the zone that answers for it.
    Name {
        /// The name, lower case, without the trailing dot.
        dns_name: String,
        /// The id, from the table of canonical zones.
        zone_id: String,
    },
    /// Another record of the same zone.
    Record {
        /// Its whole name, lower case.
        dns_name: String,
    },
    /// A load balancer whose DNS name and zone are looked up when planning.
    LoadBalancer(LoadBalancerRef),
}

/// What a record answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum RecordData {
    /// Literal values.
    Values {
        /// Seconds that resolvers may cache the answer.
        ttl: u32,
        /// The values in Route 53's form, in the order written.
        values: Vec<String>,
    },
    /// An alias.
    Alias {
        /// What it points to.
        target: AliasTarget,
        /// Whether it follows the target's own health.
        evaluate_target_health: bool,
    },
}

/// A record set: one name, type and set identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RecordSet {
    /// The zone's address.
    pub zone: Address,
    /// The whole name, lower case, without the trailing dot.
    pub name: String,
    /// The type.
    pub record_type: RecordType,
    /// Its place in the policy.
    pub routing: Routing,
    /// What it answers.
    pub data: RecordData,
    /// The health check that takes it out.
    pub health_check: Option<Address>,
}

impl RecordSet {
    /// The set identifier, which Route 53 wants with every policy but simple.
    pub fn set_identifier(&self) -> Option<String> {
        Some(match &self.routing {
            Routing::Simple => return None,
            Routing::Latency(region) => region.code().to_owned(),
            Routing::Weighted { id, weight: _ } | Routing::Multivalue { id } => id.clone(),
            Routing::FailoverPrimary => "primary".to_owned(),
            Routing::FailoverSecondary => "secondary".to_owned(),
            Routing::Geolocation(location) => location::slug(location),
            Routing::Geoproximity { place: GeoPlace::Region(region), bias: _ } => region.code().to_owned(),
            Routing::Geoproximity { place: GeoPlace::Coordinates(latitude, longitude), bias: _ } => {
                format!("{latitude},{longitude}")
            }
        })
    }
}
