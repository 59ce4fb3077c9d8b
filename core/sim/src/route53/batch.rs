//! Changing records: all changes of a batch or none, with what Route 53 checks. Not here: IP-based routing and Local Zones, which
//! are refused as gaps of the simulation. Messages are AWS's where public threads quote them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::records::{Policy, Record, RecordData, of_name};
use super::submit;
use super::zones::{Zone, no_zone};
use crate::fault::ApiError;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;
use polyregion_model::alias;

/// Limits of one request (Route 53 Developer Guide, DNSLimitations).
const MAX_ELEMENTS: usize = 1000;
const MAX_CHARACTERS: usize = 32_000;

pub(super) fn change(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    let checks: Vec<String> = world.health_checks.keys().cloned().collect();
    let zone = world.zones.get_mut(id).ok_or_else(|| no_zone(id))?;
    let batch = body.only(&["ChangeBatch"])?.find("ChangeBatch").cloned().unwrap_or_default();
    batch.only(&["Comment", "Changes"])?;
    let mut changes = Vec::new();
    for change in batch.find("Changes").into_iter().flat_map(|changes| changes.all("Change")) {
        change.only(&["Action", "ResourceRecordSet"])?;
        let action = change.get("Action").unwrap_or_default().to_owned();
        let set = change.find("ResourceRecordSet").cloned().unwrap_or_default();
        let record = parse(&action, &set)?;
        // What is deleted may name a check that is gone (not verified: the API reference does not say).
        let named = record.health_check.as_ref().filter(|_| action != "DELETE");
        if let Some(check) = named.filter(|check| !checks.contains(check)) {
            let message = format!("A health check with id {check} does not exist.");
            return Err(ApiError::new("NoSuchHealthCheck", 404, message));
        }
        changes.push((action, record));
    }
    check_limits(&changes)?;
    let mut problems = Vec::new();
    for (action, record) in changes {
        if let Err(problem) = apply(zone, id, &action, record) {
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return Err(ApiError::new("InvalidChangeBatch", 400, format!("[{}]", problems.join(", "))));
    }
    let root = Element::new("ChangeResourceRecordSetsResponse").child(submit(world));
    Ok(Response::xml(200, &root))
}

fn check_limits(changes: &[(String, Record)]) -> Result<(), ApiError> {
    let mut elements = 0;
    let mut characters = 0;
    for (action, record) in changes {
        let factor = if action == "UPSERT" { 2 } else { 1 };
        match &record.data {
            RecordData::Values { ttl: _, values } => {
                elements += factor * values.len();
                characters += factor * values.iter().map(|value| value.chars().count()).sum::<usize>();
            }
            RecordData::Alias { .. } => elements += factor,
        }
    }
    if elements > MAX_ELEMENTS {
        return Err(ApiError::new("InvalidChangeBatch", 400, "Number of records limit of 1000 exceeded."));
    }
    if characters > MAX_CHARACTERS {
        return Err(ApiError::new(
            "InvalidChangeBatch",
            400,
            "Number of characters limit of 32000 exceeded.",
        ));
    }
    Ok(())
}

/// A record as requested, with what Route 53 checks before it looks at the zone.
fn parse(action: &str, set: &Element) -> Result<Record, ApiError> {
    const KNOWN: [&str; 13] = [
        "Name",
        "Type",
        "SetIdentifier",
        "Region",
        "Weight",
        "Failover",
        "GeoLocation",
        "GeoProximityLocation",
        "MultiValueAnswer",
        "TTL",
        "ResourceRecords",
        "AliasTarget",
        "HealthCheckId",
    ];
    set.only(&KNOWN)?;
    let name = set.get("Name").unwrap_or_default();
    let record_type = set.get("Type").unwrap_or_default();
    let set_identifier = set.get("SetIdentifier").map(str::to_owned);
    let health_check = set.get("HealthCheckId").map(str::to_owned);
    let invalid = |what: &str| {
        let identifier = set_identifier.as_deref().unwrap_or("null");
        let change = format!(
            "Change with [Action={action}, Name={name}, Type={record_type}, SetIdentifier={identifier}]"
        );
        ApiError::new("InvalidInput", 400, format!("Invalid request: {what} in {change}"))
    };
    let mut policies = policies(set)?;
    let policy = policies.pop().unwrap_or_default();
    let is_simple = policy == Policy::Simple;
    const POLICIES: &str = "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found";
    if !policies.is_empty() {
        return Err(invalid(&format!("{POLICIES} more than one")));
    }
    if !is_simple && set_identifier.is_none() {
        return Err(invalid("Missing field 'SetIdentifier'"));
    }
    if is_simple && set_identifier.is_some() {
        return Err(invalid(&format!("{POLICIES} none")));
    }
    if health_check.is_some() && is_simple {
        let message = "DNS name must have alternate ResourceRecordSet responses configured via a routing policy (e.g., Weight, Region, etc.) if a health check is attached. No changes made.";
        return Err(ApiError::new("InvalidInput", 400, message));
    }
    let ttl = set.get("TTL").and_then(|ttl| ttl.parse::<i64>().ok());
    let values: Vec<String> = set
        .find("ResourceRecords")
        .into_iter()
        .flat_map(|records| records.all("ResourceRecord"))
        .map(|record| record.get("Value").unwrap_or_default().to_owned())
        .collect();
    const CARRIERS: &str = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found";
    let data = match (set.find("AliasTarget"), ttl) {
        (Some(_), Some(_)) => return Err(invalid(&format!("{CARRIERS} more than one"))),
        (Some(_), None) if !values.is_empty() => return Err(invalid(&format!("{CARRIERS} more than one"))),
        (Some(alias), None) => RecordData::Alias {
            dns_name: dotted(alias.get("DNSName").unwrap_or_default()),
            hosted_zone_id: alias.get("HostedZoneId").unwrap_or_default().to_owned(),
            evaluate_target_health: alias.get("EvaluateTargetHealth") == Some("true"),
        },
        (None, Some(ttl)) if !values.is_empty() => RecordData::Values { ttl, values },
        (None, _) => return Err(invalid(&format!("{CARRIERS} none"))),
    };
    let name = dotted(&name.replace("\\052", "*"));
    Ok(Record { name, record_type: record_type.to_owned(), set_identifier, policy, data, health_check })
}

/// The policies that a record set names; more than one is a mistake.
fn policies(set: &Element) -> Result<Vec<Policy>, ApiError> {
    let owned = |element: &Element, name: &str| element.get(name).map(str::to_owned);
    let out_of_range = |what: &str| {
        ApiError::new("InvalidInput", 400, format!("1 validation error detected: {what} is out of range"))
    };
    let mut policies = Vec::new();
    policies.extend(owned(set, "Region").map(Policy::Region));
    if let Some(weight) = set.get("Weight") {
        policies.push(Policy::Weight(weight.parse().map_err(|_| out_of_range("weight"))?));
    }
    policies.extend(owned(set, "Failover").map(Policy::Failover));
    if let Some(place) = set.find("GeoLocation") {
        place.only(&["ContinentCode", "CountryCode", "SubdivisionCode"])?;
        policies.push(Policy::Geolocation {
            continent: owned(place, "ContinentCode"),
            country: owned(place, "CountryCode"),
            subdivision: owned(place, "SubdivisionCode"),
        });
    }
    if let Some(place) = set.find("GeoProximityLocation") {
        place.only(&["AWSRegion", "Coordinates", "Bias"])?;
        let coordinates = place.find("Coordinates").and_then(|coordinates| {
            Some((owned(coordinates, "Latitude")?, owned(coordinates, "Longitude")?))
        });
        let bias = place.get("Bias").map_or(Ok(0), str::parse::<i8>).map_err(|_| out_of_range("bias"))?;
        if !(-99..=99).contains(&bias) {
            return Err(out_of_range("bias"));
        }
        policies.push(Policy::Geoproximity { region: owned(place, "AWSRegion"), coordinates, bias });
    }
    if set.get("MultiValueAnswer") == Some("true") {
        policies.push(Policy::Multivalue);
    }
    Ok(policies)
}

fn dotted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase())
}

/// Makes one change; what keeps it from being made is one message of the batch's error.
fn apply(zone: &mut Zone, zone_id: &str, action: &str, record: Record) -> Result<(), String> {
    let place = zone.records.binary_search_by(|known| known.order(&record));
    if record.name != zone.name && !record.name.ends_with(&format!(".{}", zone.name)) {
        return Err(format!("RRSet with DNS name {} is not permitted in zone {}", record.name, zone.name));
    }
    match action {
        "DELETE" => {
            let quoted = record.quoted();
            let Ok(position) = place else {
                return Err(format!("Tried to delete resource record set {quoted} but it was not found"));
            };
            if !is_exact(&zone.records[position], &record) {
                return Err(format!(
                    "Tried to delete resource record set {quoted} but the values provided do not match the current values"
                ));
            }
            if record.name == zone.name && record.record_type == "NS" {
                return Err(
                    "A HostedZone must contain at least one NS record for the zone itself.".to_owned()
                );
            }
            if record.name == zone.name && record.record_type == "SOA" {
                return Err("A HostedZone must contain exactly one SOA record.".to_owned());
            }
            zone.records.remove(position);
            Ok(())
        }
        "CREATE" => {
            let Err(position) = place else {
                return Err(format!(
                    "Tried to create resource record set {} but it already exists",
                    record.quoted()
                ));
            };
            check_values(&record)?;
            check_neighbours(zone, &record)?;
            check_alias(zone, zone_id, &record)?;
            zone.records.insert(position, record);
            Ok(())
        }
        other => Err(format!("the simulated AWS does not know the action {other}")),
    }
}

/// Whether a record to delete is what the zone holds. Order of values has no meaning.
fn is_exact(held: &Record, given: &Record) -> bool {
    let sorted = |record: &Record| {
        let mut record = record.clone();
        if let RecordData::Values { values, .. } = &mut record.data {
            values.sort();
        }
        record
    };
    sorted(held) == sorted(given)
}

fn check_values(record: &Record) -> Result<(), String> {
    let RecordData::Values { ttl: _, values } = &record.data else { return Ok(()) };
    for (index, value) in values.iter().enumerate() {
        let fatal = |code: &str, words: &str| {
            Err(format!(
                "Invalid Resource Record: 'FATAL problem: {code} ({words}) encountered with '{value}''"
            ))
        };
        match record.record_type.as_str() {
            "A" if value.parse::<Ipv4Addr>().is_err() => {
                return fatal("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address");
            }
            "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
                return fatal("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address");
            }
            "TXT" if !value.starts_with('"') => {
                return fatal("InvalidCharacterString", "Value should be enclosed in quotation marks");
            }
            _ => {}
        }
        if values[..index].contains(value) {
            return Err(format!("Duplicate Resource Record: '{value}'"));
        }
    }
    Ok(())
}

/// What the records of the same name allow.
fn check_neighbours(zone: &Zone, record: &Record) -> Result<(), String> {
    let Record { name, record_type, .. } = record;
    let is_cname = record_type == "CNAME";
    if is_cname && *name == zone.name {
        return Err(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {}",
            zone.name
        ));
    }
    for other in of_name(&zone.records, name) {
        if other.record_type != *record_type {
            if other.record_type == "CNAME" {
                return Err(format!(
                    "RRSet of type {record_type} with DNS name {name} is not permitted because a conflicting RRSet of \
                     type CNAME with the same DNS name already exists in zone {}",
                    zone.name
                ));
            }
            if is_cname {
                return Err(format!(
                    "RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records with \
                     the same DNS name in zone {}",
                    zone.name
                ));
            }
            continue;
        }
        if std::mem::discriminant(&record.policy) != std::mem::discriminant(&other.policy) {
            if record.policy == Policy::Simple {
                return Err(format!(
                    "RRSet with DNS name {name}, type {record_type} cannot be created as other RRSets exist with the same \
                     name and type."
                ));
            }
            let noun = record.policy.noun();
            return Err(format!(
                "{} cannot be created because a non-{noun} RRSet with the same name and type already exists.",
                described(record)
            ));
        }
        if let (Some(own), Some(taken)) = (record.policy.unique(), other.policy.unique())
            && own == taken
        {
            let noun = record.policy.noun();
            let shared = if noun == "latency" { "region" } else { "routing" };
            return Err(format!(
                "{} cannot be created because a {noun} RRSet with the same name, type and {shared} already exists.",
                described(record)
            ));
        }
        let ttl = |record: &Record| match &record.data {
            RecordData::Values { ttl, values: _ } => Some(*ttl),
            RecordData::Alias { .. } => None,
        };
        if let (Policy::Weight(_), Some(own), Some(others)) = (&record.policy, ttl(record), ttl(other))
            && own != others
        {
            return Err(format!(
                "RRSet with DNS name {name} cannot be created as weighted sets must contain the same TTL."
            ));
        }
    }
    check_primary(record)
}

/// Something must be able to take a primary out.
fn check_primary(record: &Record) -> Result<(), String> {
    if record.policy != Policy::Failover("PRIMARY".to_owned()) || record.health_check.is_some() {
        return Ok(());
    }
    match &record.data {
        RecordData::Values { .. } => {
            Err("A non-alias primary ResourceRecordSet must have an associated health check.".to_owned())
        }
        RecordData::Alias { evaluate_target_health: false, .. } => Err(format!(
            "{} cannot be a primary without EvaluateTargetHealth set to true or an associated health check.",
            described(record)
        )),
        RecordData::Alias { evaluate_target_health: true, .. } => Ok(()),
    }
}

/// How messages name a record set of a group.
fn described(record: &Record) -> String {
    let Record { name, record_type, .. } = record;
    let identifier = record.set_identifier.as_deref().unwrap_or_default();
    let unique = record.policy.unique().map(|unique| format!(", and {unique}")).unwrap_or_default();
    format!("RRSet with DNS name {name}, type {record_type}, SetIdentifier {identifier}{unique}")
}

/// An alias names the zone that its target lies in; a target in the same zone exists.
fn check_alias(zone: &Zone, zone_id: &str, record: &Record) -> Result<(), String> {
    let RecordData::Alias { dns_name, hosted_zone_id, evaluate_target_health } = &record.data else {
        return Ok(());
    };
    let tried = format!(
        "Tried to create an alias that targets {dns_name}, type {} in zone {hosted_zone_id}",
        record.record_type
    );
    if hosted_zone_id == zone_id {
        let named = of_name(&zone.records, dns_name);
        let exists = named.iter().any(|other| other.record_type == record.record_type);
        return if exists { Ok(()) } else { Err(format!("{tried}, but that target was not found")) };
    }
    match alias::zone_of(dns_name) {
        Some(known) if known.zone_id != hosted_zone_id => {
            Err(format!("{tried}, but the alias target name does not lie within the target zone"))
        }
        Some(known) if known.service == alias::AliasService::CloudFront && *evaluate_target_health => {
            Err(format!("{tried}, but EvaluateTargetHealth cannot be true for it"))
        }
        Some(_) => Ok(()),
        None => Err(format!("{tried}, but that target was not found")),
    }
}
