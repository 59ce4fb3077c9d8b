//! Record sets: their shape, their order, listing them. Not here: changing them (`batch`).

use serde::{Deserialize, Serialize};

use super::zones::no_zone;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

/// The most records of one page (API reference, `ListResourceRecordSets`).
const MAX_ITEMS: usize = 300;

/// A record set under the simple or the latency policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// With the trailing dot, lower case, unescaped.
    pub(crate) name: String,
    pub(crate) record_type: String,
    pub(crate) set_identifier: Option<String>,
    /// The latency policy's region.
    pub(crate) region: Option<String>,
    pub(crate) data: RecordData,
    pub(crate) health_check: Option<String>,
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
    pub(super) fn key(&self) -> (Vec<String>, String, String) {
        order(&self.name, &self.record_type, self.set_identifier.as_deref().unwrap_or_default())
    }

    /// How messages name it.
    pub(super) fn quoted(&self) -> String {
        let identifier = self.set_identifier.as_ref().map(|id| format!(", set-identifier='{id}'"));
        format!("[name='{}', type='{}'{}]", self.name, self.record_type, identifier.unwrap_or_default())
    }

    pub(super) fn element(&self) -> Element {
        let mut element = Element::new("ResourceRecordSet")
            .with("Name", self.name.replace('*', "\\052"))
            .with("Type", &self.record_type)
            .with_some("SetIdentifier", self.set_identifier.as_ref())
            .with_some("Region", self.region.as_ref());
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

fn order(name: &str, record_type: &str, identifier: &str) -> (Vec<String>, String, String) {
    let labels = name.trim_end_matches('.').rsplit('.').map(str::to_owned).collect();
    (labels, record_type.to_owned(), identifier.to_owned())
}

pub(super) fn list(world: &World, id: &str, request: &Request) -> Result<Response, ApiError> {
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    let get = |name: &str| request.query.get(name).map(String::as_str).unwrap_or_default();
    let most = get("maxitems").parse::<usize>().unwrap_or(100).min(MAX_ITEMS);
    let start = order(&get("name").replace("\\052", "*"), get("type"), get("identifier"));
    let from =
        if get("name").is_empty() { 0 } else { zone.records.partition_point(|record| record.key() < start) };
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
