//! A record set in Route 53's terms: zone ids and targets resolved. Not here: batches (`plan::batch`) and the wire
//! (`aws`).

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv6Addr;

use polyregion_model::{
    Address, AliasTarget, GeoPlace, LocationSpec, RecordData, RecordSet, RecordType, Routing,
};

use crate::attribute::{Attributes, Field, Value};
use crate::observed::{Doubt, Lookup, World};

/// A record set as Route 53 holds it or shall hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordValue {
    /// The whole name, lower case, without the trailing dot.
    pub name: String,
    /// The type, as Route 53 writes it.
    pub record_type: String,
    /// The set identifier; none under the simple policy.
    pub set_identifier: Option<String>,
    /// The policy.
    pub policy: Policy,
    /// What it answers.
    pub answer: Answer,
    /// The health check that takes it out.
    pub health_check: Option<HealthCheckId>,
}

/// A routing policy with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// One answer for everybody.
    Simple,
    /// By latency to a region.
    Latency(String),
    /// At random, by weight.
    Weighted(i64),
    /// `PRIMARY` or `SECONDARY`.
    Failover(String),
    /// By where users are; codes as Route 53 writes them, `*` for the default.
    Geolocation {
        /// The continent.
        continent: Option<String>,
        /// The country.
        country: Option<String>,
        /// Its subdivision.
        subdivision: Option<String>,
    },
    /// By how near users are.
    Geoproximity {
        /// The region that it is for.
        region: Option<String>,
        /// A Local Zone group, which the language does not have; only ever observed.
        local_zone_group: Option<String>,
        /// Latitude and longitude.
        coordinates: Option<(String, String)>,
        /// How much larger the area is made.
        bias: i32,
    },
    /// Up to eight healthy answers at random.
    Multivalue,
    /// By a list of networks, which the language does not have; only ever observed.
    Cidr {
        /// The collection's id.
        collection: String,
        /// The location in it.
        location: String,
    },
    /// One that can't be made or deleted as a record; only ever observed.
    Other(&'static str),
}

impl Policy {
    /// The policy of a desired record.
    pub(crate) fn of(routing: &Routing) -> Self {
        match routing {
            Routing::Simple => Policy::Simple,
            Routing::Latency(region) => Policy::Latency(region.code().to_owned()),
            Routing::Weighted { id: _, weight } => Policy::Weighted(i64::from(*weight)),
            Routing::FailoverPrimary => Policy::Failover("PRIMARY".to_owned()),
            Routing::FailoverSecondary => Policy::Failover("SECONDARY".to_owned()),
            Routing::Geolocation(location) => {
                let (continent, country, subdivision) = match location {
                    LocationSpec::Continent(code) => (Some(code.clone()), None, None),
                    LocationSpec::Country(code) => (None, Some(code.clone()), None),
                    LocationSpec::Subdivision(country, code) => {
                        (None, Some(country.clone()), Some(code.clone()))
                    }
                    LocationSpec::Default => (None, Some("*".to_owned()), None),
                };
                Policy::Geolocation { continent, country, subdivision }
            }
            Routing::Geoproximity { place, bias } => {
                let (region, coordinates) = match place {
                    GeoPlace::Region(region) => (Some(region.code().to_owned()), None),
                    GeoPlace::Coordinates(latitude, longitude) => {
                        (None, Some((latitude.clone(), longitude.clone())))
                    }
                };
                let bias = i32::from(*bias);
                Policy::Geoproximity { region, local_zone_group: None, coordinates, bias }
            }
            Routing::Multivalue { id: _ } => Policy::Multivalue,
        }
    }
}

/// In words, for comparison and for people.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Simple => f.write_str("simple"),
            Policy::Latency(region) => write!(f, "latency {region}"),
            Policy::Weighted(weight) => write!(f, "weighted {weight}"),
            Policy::Failover(role) => write!(f, "failover {}", role.to_ascii_lowercase()),
            Policy::Geolocation { continent, country, subdivision } => {
                f.write_str("geolocation")?;
                let codes = [("continent", continent), ("country", country), ("subdivision", subdivision)];
                let mut given = codes.into_iter().filter_map(|(what, code)| Some((what, code.as_ref()?)));
                given.try_for_each(|(what, code)| write!(f, " {what} {code}"))
            }
            Policy::Geoproximity { region, local_zone_group, coordinates, bias } => {
                f.write_str("geoproximity")?;
                for place in [region, local_zone_group].into_iter().flatten() {
                    write!(f, " {place}")?;
                }
                if let Some((latitude, longitude)) = coordinates {
                    write!(f, " {},{}", degrees(latitude), degrees(longitude))?;
                }
                if *bias == 0 { Ok(()) } else { write!(f, " bias {bias}") }
            }
            Policy::Multivalue => f.write_str("multivalue"),
            Policy::Cidr { collection, location } => write!(f, "cidr {collection} {location}"),
            Policy::Other(policy) => f.write_str(policy),
        }
    }
}

/// What a record answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Literal values.
    Values {
        /// Seconds that resolvers may cache them.
        ttl: i64,
        /// The values, in Route 53's order.
        values: Vec<String>,
    },
    /// An alias.
    Alias {
        /// The target's name.
        dns_name: String,
        /// The target's zone.
        hosted_zone_id: ZoneId,
        /// Whether it follows the target's health.
        evaluate_target_health: bool,
    },
}

/// A hosted zone's id, or the address of one that is not created yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ZoneId {
    /// The id.
    Known(String),
    /// The id of this one, once it exists.
    Of(Address),
}

/// A health check's id, or the address of one that is not created yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthCheckId {
    /// The id.
    Known(String),
    /// The id of this one, once it exists.
    Of(Address),
}

/// Why a desired record can't be put in Route 53's terms yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// Its load balancer doesn't exist.
    LoadBalancerMissing(String),
    /// Its load balancer could not be looked up.
    LoadBalancerUnknown(Doubt),
}

/// A desired record in Route 53's terms.
///
/// # Errors
/// When its load balancer is missing or unknown.
pub fn resolve(record: &RecordSet, world: &World) -> Result<RecordValue, Unresolved> {
    let RecordSet { zone, name, record_type, routing, data, health_check } = record;
    let answer = match data {
        RecordData::Values { ttl, values } => Answer::Values { ttl: i64::from(*ttl), values: values.clone() },
        RecordData::Alias { target, evaluate_target_health } => {
            let (dns_name, hosted_zone_id) = match target {
                AliasTarget::Name { dns_name, zone_id } => (dns_name.clone(), ZoneId::Known(zone_id.clone())),
                AliasTarget::Record { dns_name } => {
                    let id = match world.physical_id(zone) {
                        Some(id) => ZoneId::Known(id.to_owned()),
                        None => ZoneId::Of(zone.clone()),
                    };
                    (dns_name.clone(), id)
                }
                AliasTarget::LoadBalancer(reference) => {
                    let what = format!("load balancer `{}` in {}", reference.name, reference.region);
                    match world.load_balancers.get(reference) {
                        Some(Lookup::Found(found)) => {
                            (found.dns_name.clone(), ZoneId::Known(found.hosted_zone_id.clone()))
                        }
                        Some(Lookup::Missing) => return Err(Unresolved::LoadBalancerMissing(what)),
                        Some(Lookup::Unknown(doubt)) => {
                            return Err(Unresolved::LoadBalancerUnknown(Doubt {
                                why: format!("{what}: {}", doubt.why),
                                region: doubt.region,
                            }));
                        }
                        None => return Err(Unresolved::LoadBalancerUnknown(Doubt::new(what))),
                    }
                }
            };
            Answer::Alias { dns_name, hosted_zone_id, evaluate_target_health: *evaluate_target_health }
        }
    };
    let health_check = health_check.as_ref().map(|address| match world.physical_id(address) {
        Some(id) => HealthCheckId::Known(id.to_owned()),
        None => HealthCheckId::Of(address.clone()),
    });
    Ok(RecordValue {
        name: name.clone(),
        record_type: record_type.name().to_owned(),
        set_identifier: record.set_identifier(),
        policy: Policy::of(routing),
        answer,
        health_check,
    })
}

/// The attributes of a record, for comparison. Order of values has no meaning in DNS, nor has the case of target names.
pub fn attributes(record: &RecordValue) -> Attributes {
    let RecordValue { name, record_type, set_identifier: _, policy, answer, health_check } = record;
    let mut attributes = BTreeMap::from([
        (Field::Name, Value::text(name)),
        (Field::RecordType, Value::text(record_type)),
        (Field::Routing, Value::text(policy.to_string())),
    ]);
    match answer {
        Answer::Values { ttl, values } => {
            attributes.insert(Field::Ttl, Value::Number(u64::try_from(*ttl).unwrap_or_default()));
            attributes.insert(Field::Values, Value::List(comparable(record_type, values)));
        }
        Answer::Alias { dns_name, hosted_zone_id, evaluate_target_health } => {
            attributes.insert(Field::AliasTarget, Value::text(undualstacked(dns_name)));
            let id = match hosted_zone_id {
                ZoneId::Known(id) => Value::text(id),
                ZoneId::Of(address) => Value::KnownAfterApply(address.clone()),
            };
            attributes.insert(Field::AliasHostedZoneId, id);
            attributes.insert(Field::EvaluateTargetHealth, Value::Flag(*evaluate_target_health));
        }
    }
    match health_check {
        Some(HealthCheckId::Known(id)) => {
            attributes.insert(Field::HealthCheck, Value::text(id));
        }
        Some(HealthCheckId::Of(address)) => {
            attributes.insert(Field::HealthCheck, Value::KnownAfterApply(address.clone()));
        }
        None => {}
    }
    attributes
}

/// Degrees in a form that does not differ where the place is the same.
fn degrees(written: &str) -> String {
    written.parse::<f64>().map_or_else(|_| written.to_owned(), |degrees| format!("{degrees:.2}"))
}

/// Values in a form that does not differ where DNS sees no difference: order, and for host names case and trailing dot.
fn comparable(record_type: &str, values: &[String]) -> Vec<String> {
    let is_host = [RecordType::CNAME, RecordType::NS, RecordType::MX, RecordType::SRV, RecordType::PTR]
        .iter()
        .any(|known| known.name() == record_type);
    let is_hex =
        [RecordType::DS, RecordType::TLSA, RecordType::SSHFP].iter().any(|known| known.name() == record_type);
    let normal = |value: &String| match value.parse::<Ipv6Addr>() {
        // Route 53 keeps an address as it was first written.
        Ok(address) if record_type == RecordType::AAAA.name() => address.to_string(),
        Ok(_) | Err(_) if is_host => value.trim_end_matches('.').to_ascii_lowercase(),
        Ok(_) | Err(_) if is_hex => value.to_ascii_lowercase(),
        Ok(_) | Err(_) => value.clone(),
    };
    let mut values: Vec<String> = values.iter().map(normal).collect();
    values.sort();
    values
}

/// The console and the Elastic Load Balancing API disagree on the prefix of one and the same target, so it makes no
/// difference here.
fn undualstacked(dns_name: &str) -> String {
    let name = dns_name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_prefix("dualstack.").map(str::to_owned).unwrap_or(name)
}
