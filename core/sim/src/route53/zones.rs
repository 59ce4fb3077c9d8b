//! Hosted zones. Not here: what is in them, the VPCs that ask them (`vpcs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::records::{Policy, Record, RecordData};
use super::{submit, vpcs};
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, World};
use crate::xml::Element;

/// A hosted zone.
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
    /// The regions of the VPCs that ask it, by their ids. A public zone has none, a private one always some.
    #[serde(default)]
    pub(crate) vpcs: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) recovery: Option<Recovery>,
}

impl Zone {
    pub(super) fn is_private(&self) -> bool {
        !self.vpcs.is_empty()
    }

    fn recovery_status(&self, now: f64) -> &'static str {
        self.recovery.as_ref().map_or("DISABLED", |recovery| recovery.status(now))
    }
}

/// Accelerated recovery as it was last asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recovery {
    enabled: bool,
    since: f64,
}

/// "A few minutes" (typical, users of other tools); AWS says nothing.
const RECOVERY_CHANGES_FOR: f64 = 180.0;

impl Recovery {
    fn is_changing(&self, now: f64) -> bool {
        now < self.since + RECOVERY_CHANGES_FOR
    }

    /// AWS locks the zone for a part of that time (Route 53 API, `AcceleratedRecoveryStatus`); what it refuses then is not documented and
    /// not simulated.
    fn status(&self, now: f64) -> &'static str {
        match (self.enabled, self.is_changing(now)) {
            (true, true) => "ENABLING",
            (true, false) => "ENABLED",
            (false, true) => "DISABLING",
            (false, false) => "DISABLED",
        }
    }
}

/// The zone's name servers. AWS gives each zone four of its own.
const NAME_SERVERS: [&str; 4] =
    ["ns-1.awsdns-01.org.", "ns-2.awsdns-02.co.uk.", "ns-3.awsdns-03.com.", "ns-4.awsdns-04.net."];

pub(super) fn no_zone(id: &str) -> ApiError {
    ApiError::new("NoSuchHostedZone", 404, format!("No hosted zone found with ID: {id}"))
}

fn element(id: &str, zone: &Zone, now: f64) -> Element {
    let config = Element::new("Config")
        .with_some("Comment", zone.comment.as_ref())
        .with("PrivateZone", zone.is_private());
    let features = Element::new("Features").with("AcceleratedRecoveryStatus", zone.recovery_status(now));
    Element::new("HostedZone")
        .with("Id", format!("/hostedzone/{id}"))
        .with("Name", &zone.name)
        .with("CallerReference", &zone.caller_reference)
        .child(config)
        .child(features)
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
        vpcs: BTreeMap::new(),
        recovery: None,
    }
}

fn delegation_set() -> Element {
    let servers = NAME_SERVERS
        .iter()
        .map(|server| Element { text: (*server).to_owned(), ..Element::new("NameServer") });
    Element::new("DelegationSet").child(Element::new("NameServers").children(servers))
}

/// Adds a zone as somebody other than the topology would; false if there is one of this name.
pub(crate) fn furnish_zone(world: &mut World, name: &str, vpcs: BTreeMap<String, String>) -> bool {
    let mut zone = new_zone(name, "furnished", None);
    if world.zones.values().any(|known| known.name == zone.name && known.is_private() != vpcs.is_empty()) {
        return false;
    }
    zone.vpcs = vpcs;
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
    let listed = rest.iter().take(most).map(|(id, zone)| element(id, zone, world.now));
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
    let listed = zones.iter().take(100).map(|(id, zone)| element(id, zone, world.now));
    let root = Element::new("ListHostedZonesByNameResponse")
        .child(Element::new("HostedZones").children(listed))
        .with_some("DNSName", start)
        .with("IsTruncated", zones.len() > 100)
        .with("MaxItems", 100);
    Ok(Response::xml(200, &root))
}

pub(super) fn create(world: &mut World, body: &Element) -> Result<Response, ApiError> {
    body.only(&["CallerReference", "HostedZoneConfig", "Name", "VPC"])?;
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
    let mut zone = new_zone(name, reference, comment);
    if let Some(vpc) = body.find("VPC") {
        let (vpc, region) = vpcs::named(vpc)?;
        vpcs::refuse_conflict(world, &zone.name, &vpc, &region)?;
        zone.vpcs.insert(vpc, region);
    }
    let id = world.id("Z", 21);
    let root = Element::new("CreateHostedZoneResponse")
        .child(element(&id, &zone, world.now))
        .child(submit(world))
        .child(delegation_set());
    let location = format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{id}");
    world.zones.insert(id, zone);
    Ok(Response::xml(201, &root).header("location", location))
}

pub(super) fn get(world: &World, id: &str) -> Result<Response, ApiError> {
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    let root = Element::new("GetHostedZoneResponse").child(element(id, zone, world.now));
    let root = match zone.is_private() {
        true => root.child(vpcs::elements(zone)),
        false => root.child(delegation_set()),
    };
    Ok(Response::xml(200, &root))
}

pub(super) fn update_comment(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    body.only(&["Comment"])?;
    let now = world.now;
    let zone = world.zones.get_mut(id).ok_or_else(|| no_zone(id))?;
    zone.comment = body.get("Comment").map(str::to_owned);
    Ok(Response::xml(200, &Element::new("UpdateHostedZoneCommentResponse").child(element(id, zone, now))))
}

/// One zone at a time (error messages that users posted).
pub(super) fn update_features(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    body.only(&["EnableAcceleratedRecovery"])?;
    let enabled = body.get("EnableAcceleratedRecovery") == Some("true");
    let now = world.now;
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    if zone.is_private() {
        let message = "Accelerated recovery is not supported for private hosted zones";
        return Err(ApiError::new("InvalidInput", 400, message));
    }
    let is_changing = |zone: &Zone| zone.recovery.as_ref().is_some_and(|recovery| recovery.is_changing(now));
    if is_changing(zone) {
        let message = "The request was rejected because Route 53 was still processing a prior request.";
        return Err(ApiError::new("PriorRequestNotComplete", 400, message));
    }
    if world.zones.values().any(is_changing) {
        let message = "Accelerated recovery can only be updated for 1 hosted zone at a time";
        return Err(ApiError::new("LimitsExceeded", 400, message));
    }
    if let Some(zone) = world.zones.get_mut(id)
        && zone.recovery.as_ref().is_some_and(|recovery| recovery.enabled) != enabled
    {
        zone.recovery = Some(Recovery { enabled, since: now });
    }
    Ok(Response::xml(200, &Element::new("UpdateHostedZoneFeaturesResponse")))
}

pub(super) fn delete(world: &mut World, id: &str) -> Result<Response, ApiError> {
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    // That it is refused is from users of other tools; code and words are not verified.
    if zone.recovery_status(world.now) != "DISABLED" {
        let message = "The hosted zone has accelerated recovery enabled and can't be deleted.";
        return Err(ApiError::new("InvalidInput", 400, message));
    }
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
