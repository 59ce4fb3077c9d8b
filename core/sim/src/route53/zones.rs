//! Hosted zones. Not here: what is in them.

use serde::{Deserialize, Serialize};

use super::records::{Policy, Record, RecordData};
use super::submit;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, World};
use crate::xml::Element;

/// A public hosted zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Zone {
    /// With the trailing dot, lower case.
    pub(crate) name: String,
    pub(crate) caller_reference: String,
    pub(crate) comment: Option<String>,
    pub(crate) tags: Tags,
    /// In Route 53's order.
    pub(crate) records: Vec<Record>,
}

/// The zone's name servers. AWS gives each zone four of its own.
const NAME_SERVERS: [&str; 4] =
    ["ns-1.awsdns-01.org.", "ns-2.awsdns-02.co.uk.", "ns-3.awsdns-03.com.", "ns-4.awsdns-04.net."];

pub(super) fn no_zone(id: &str) -> ApiError {
    ApiError::new("NoSuchHostedZone", 404, format!("No hosted zone found with ID: {id}"))
}

fn element(id: &str, zone: &Zone) -> Element {
    let config =
        Element::new("Config").with_some("Comment", zone.comment.as_ref()).with("PrivateZone", "false");
    Element::new("HostedZone")
        .with("Id", format!("/hostedzone/{id}"))
        .with("Name", &zone.name)
        .with("CallerReference", &zone.caller_reference)
        .child(config)
        .with("ResourceRecordSetCount", zone.records.len())
}

/// A new zone has the NS and SOA records of its apex (Route 53 Developer Guide, SOA-NSrecords).
fn new_zone(name: &str, caller_reference: &str, comment: Option<String>) -> Zone {
    let name = format!("{}.", name.trim_end_matches('.').to_ascii_lowercase());
    let record = |record_type: &str, ttl, values: Vec<String>| Record {
        name: name.clone(),
        record_type: record_type.to_owned(),
        set_identifier: None,
        policy: Policy::Simple,
        data: RecordData::Values { ttl, values },
        health_check: None,
    };
    let soa = format!("{} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", NAME_SERVERS[0]);
    let records =
        vec![record("NS", 172_800, NAME_SERVERS.map(str::to_owned).to_vec()), record("SOA", 900, vec![soa])];
    Zone {
        caller_reference: caller_reference.to_owned(),
        comment,
        tags: Tags::new(),
        records,
        name: name.clone(),
    }
}

/// Adds a zone as somebody other than the topology would; false if there is one of this name.
pub(crate) fn furnish_zone(world: &mut World, name: &str) -> bool {
    let zone = new_zone(name, "furnished", None);
    if world.zones.values().any(|known| known.name == zone.name) {
        return false;
    }
    let id = world.id("Z", 21);
    world.zones.insert(id, zone);
    true
}

/// A page of all zones, by id. AWS's order is not documented.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let asked = request.query.get("maxitems").and_then(|most| most.parse().ok());
    let most: usize = asked.unwrap_or(100).min(100);
    let marker = request.query.get("marker").map(String::as_str).unwrap_or_default();
    let rest: Vec<(&String, &Zone)> = world.zones.iter().filter(|(id, _)| id.as_str() >= marker).collect();
    let listed = rest.iter().take(most).map(|(id, zone)| element(id, zone));
    let root = Element::new("ListHostedZonesResponse")
        .child(Element::new("HostedZones").children(listed))
        .with("Marker", marker)
        .with("IsTruncated", rest.len() > most)
        .with_some("NextMarker", rest.get(most).map(|(id, _)| id.as_str()))
        .with("MaxItems", most);
    Ok(Response::xml(200, &root))
}

pub(super) fn list_by_name(world: &World, request: &Request) -> Result<Response, ApiError> {
    // AWS orders by labels from the right.
    let key = |name: &str| name.trim_end_matches('.').rsplit('.').map(str::to_owned).collect::<Vec<_>>();
    let start = request.query.get("dnsname").map(|name| name.to_ascii_lowercase());
    let from = start.as_deref().map(key).unwrap_or_default();
    let mut zones: Vec<(&String, &Zone)> =
        world.zones.iter().filter(|(_, zone)| key(&zone.name) >= from).collect();
    zones.sort_by_key(|(id, zone)| (key(&zone.name), (*id).clone()));
    let listed = zones.iter().take(100).map(|(id, zone)| element(id, zone));
    let root = Element::new("ListHostedZonesByNameResponse")
        .child(Element::new("HostedZones").children(listed))
        .with_some("DNSName", start)
        .with("IsTruncated", zones.len() > 100)
        .with("MaxItems", 100);
    Ok(Response::xml(200, &root))
}

pub(super) fn create(world: &mut World, body: &Element) -> Result<Response, ApiError> {
    body.only(&["CallerReference", "HostedZoneConfig", "Name"])?;
    let name = body.get("Name").unwrap_or_default();
    let reference = body.get("CallerReference").unwrap_or_default();
    let comment = body.find("HostedZoneConfig").and_then(|config| config.get("Comment")).map(str::to_owned);
    if !name.trim_end_matches('.').contains('.') {
        return Err(ApiError::new("InvalidDomainName", 400, format!("{name} is reserved by AWS!")));
    }
    if world.zones.values().any(|zone| zone.caller_reference == reference) {
        let message = "A hosted zone has already been created with the specified caller reference.";
        return Err(ApiError::new("HostedZoneAlreadyExists", 409, message));
    }
    let zone = new_zone(name, reference, comment);
    let id = world.id("Z", 21);
    let servers = NAME_SERVERS
        .iter()
        .map(|server| Element { text: (*server).to_owned(), ..Element::new("NameServer") });
    let root = Element::new("CreateHostedZoneResponse")
        .child(element(&id, &zone))
        .child(submit(world))
        .child(Element::new("DelegationSet").child(Element::new("NameServers").children(servers)));
    let location = format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{id}");
    world.zones.insert(id, zone);
    Ok(Response::xml(201, &root).header("location", location))
}

pub(super) fn get(world: &World, id: &str) -> Result<Response, ApiError> {
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    Ok(Response::xml(200, &Element::new("GetHostedZoneResponse").child(element(id, zone))))
}

pub(super) fn update_comment(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    body.only(&["Comment"])?;
    let zone = world.zones.get_mut(id).ok_or_else(|| no_zone(id))?;
    zone.comment = body.get("Comment").map(str::to_owned);
    Ok(Response::xml(200, &Element::new("UpdateHostedZoneCommentResponse").child(element(id, zone))))
}

pub(super) fn delete(world: &mut World, id: &str) -> Result<Response, ApiError> {
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    let required =
        |record: &Record| record.name == zone.name && matches!(record.record_type.as_str(), "NS" | "SOA");
    if !zone.records.iter().all(required) {
        let message =
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.";
        return Err(ApiError::new("HostedZoneNotEmpty", 400, message));
    }
    world.zones.remove(id);
    Ok(Response::xml(200, &Element::new("DeleteHostedZoneResponse").child(submit(world))))
}
