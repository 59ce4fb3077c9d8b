//! Record sets: their shape, their order, listing them. Not here: changing them (`batch`).

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::zones::no_zone;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

/// The most records of one page (API reference, `ListResourceRecordSets`).
const MAX_ITEMS: usize = 300;

/// A record set under one of the policies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// With the trailing dot, lower case, unescaped.
    pub(crate) name: String,
    pub(crate) record_type: String,
    pub(crate) set_identifier: Option<String>,
    #[serde(default)]
    pub(crate) policy: Policy,
    pub(crate) data: RecordData,
    pub(crate) health_check: Option<String>,
}

/// A record's routing policy, with its parameters as they were sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Policy {
    #[default]
    Simple,
    Region(String),
    Weight(u8),
    Failover(String),
    Geolocation {
        continent: Option<String>,
        country: Option<String>,
        subdivision: Option<String>,
    },
    Geoproximity {
        region: Option<String>,
        coordinates: Option<(String, String)>,
        bias: i8,
    },
    Multivalue,
}

impl Policy {
    /// What messages call a record set of it.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Policy::Simple => "simple",
            Policy::Region(_) => "latency",
            Policy::Weight(_) => "weighted",
            Policy::Failover(_) => "failover",
            Policy::Geolocation { .. } => "GEO",
            Policy::Geoproximity { .. } => "geoproximity",
            Policy::Multivalue => "multivalue",
        }
    }

    /// What no two record sets of a group may share, as messages write it; nothing where the identifier is enough.
    pub(super) fn unique(&self) -> Option<String> {
        match self {
            Policy::Region(region) => Some(format!("Region Name={region}")),
            Policy::Failover(role) => Some(format!("Failover={role}")),
            Policy::Geolocation { continent, country, subdivision } => {
                let parts = [("continent", continent), ("country", country), ("subdivision", subdivision)];
                let given = parts.into_iter().filter_map(|(what, code)| Some((what, code.as_ref()?)));
                let given: Vec<String> = given.map(|(what, code)| format!("{what} = {code}")).collect();
                Some(format!("[{}]", given.join(", ")))
            }
            Policy::Simple | Policy::Weight(_) | Policy::Geoproximity { .. } | Policy::Multivalue => None,
        }
    }

    fn write(&self, set: Element) -> Element {
        match self {
            Policy::Simple => set,
            Policy::Region(region) => set.with("Region", region),
            Policy::Weight(weight) => set.with("Weight", weight),
            Policy::Failover(role) => set.with("Failover", role),
            Policy::Geolocation { continent, country, subdivision } => set.child(
                Element::new("GeoLocation")
                    .with_some("ContinentCode", continent.as_ref())
                    .with_some("CountryCode", country.as_ref())
                    .with_some("SubdivisionCode", subdivision.as_ref()),
            ),
            Policy::Geoproximity { region, coordinates, bias } => {
                let place = Element::new("GeoProximityLocation").with_some("AWSRegion", region.as_ref());
                let coordinates = coordinates.iter().map(|(latitude, longitude)| {
                    Element::new("Coordinates").with("Latitude", latitude).with("Longitude", longitude)
                });
                set.child(place.children(coordinates).with("Bias", bias))
            }
            Policy::Multivalue => set.with("MultiValueAnswer", true),
        }
    }
}

/// What a record answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum RecordData {
    Values { ttl: i64, values: Vec<String> },
    Alias { dns_name: String, hosted_zone_id: String, evaluate_target_health: bool },
}

impl Record {
    /// Route 53's order: labels from the right, then type, then identifier.
    pub(super) fn order(&self, other: &Record) -> Ordering {
        self.order_to(&other.name, &other.record_type, other.set_identifier.as_deref().unwrap_or_default())
    }

    fn order_to(&self, name: &str, record_type: &str, identifier: &str) -> Ordering {
        let own = self.set_identifier.as_deref().unwrap_or_default();
        order_of_names(&self.name, name)
            .then_with(|| self.record_type.as_str().cmp(record_type))
            .then_with(|| own.cmp(identifier))
    }

    /// How messages name it.
    pub(super) fn quoted(&self) -> String {
        let identifier = self.set_identifier.as_ref().map(|id| format!(", set-identifier='{id}'"));
        format!("[name='{}', type='{}'{}]", self.name, self.record_type, identifier.unwrap_or_default())
    }

    pub(super) fn element(&self) -> Element {
        let set = Element::new("ResourceRecordSet")
            .with("Name", self.name.replace('*', "\\052"))
            .with("Type", &self.record_type)
            .with_some("SetIdentifier", self.set_identifier.as_ref());
        let mut element = self.policy.write(set);
        element = match &self.data {
            RecordData::Values { ttl, values } => {
                let records = values.iter().map(|value| Element::new("ResourceRecord").with("Value", value));
                element.with("TTL", ttl).child(Element::new("ResourceRecords").children(records))
            }
            RecordData::Alias { dns_name, hosted_zone_id, evaluate_target_health } => element.child(
                Element::new("AliasTarget")
                    .with("HostedZoneId", hosted_zone_id)
                    .with("DNSName", dns_name)
                    .with("EvaluateTargetHealth", evaluate_target_health),
            ),
        };
        element.with_some("HealthCheckId", self.health_check.as_ref())
    }
}

fn order_of_names(one: &str, other: &str) -> Ordering {
    let labels = |name| str::trim_end_matches(name, '.').rsplit('.');
    labels(one).cmp(labels(other))
}

/// The record sets of a zone with a name.
pub(super) fn of_name<'a>(records: &'a [Record], name: &str) -> &'a [Record] {
    let from = records.partition_point(|record| order_of_names(&record.name, name).is_lt());
    let to = records.partition_point(|record| order_of_names(&record.name, name).is_le());
    records.get(from..to).unwrap_or_default()
}

pub(super) fn list(world: &World, id: &str, request: &Request) -> Result<Response, ApiError> {
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    let get = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
    let most = get("maxitems").parse::<usize>().unwrap_or(100).min(MAX_ITEMS);
    let name = get("name").replace("\\052", "*");
    let is_before = |record: &Record| record.order_to(&name, get("type"), get("identifier")).is_lt();
    let from = if name.is_empty() { 0 } else { zone.records.partition_point(is_before) };
    let rest = zone.records.get(from..).unwrap_or_default();
    let mut root = Element::new("ListResourceRecordSetsResponse")
        .child(Element::new("ResourceRecordSets").children(rest.iter().take(most).map(Record::element)))
        .with("IsTruncated", rest.len() > most)
        .with("MaxItems", most);
    if let Some(next) = rest.get(most) {
        root = root
            .with("NextRecordName", next.name.replace('*', "\\052"))
            .with("NextRecordType", &next.record_type)
            .with_some("NextRecordIdentifier", next.set_identifier.as_ref());
    }
    Ok(Response::xml(200, &root))
}
