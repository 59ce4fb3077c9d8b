//! Changing records: all changes of a batch or none, with what Route 53 checks. Not here: policies other than simple and
//! latency, which are refused as gaps of the simulation. Messages are AWS's where public threads quote them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::records::{Record, RecordData};
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
    const KNOWN: [&str; 8] =
        ["Name", "Type", "SetIdentifier", "Region", "TTL", "ResourceRecords", "AliasTarget", "HealthCheckId"];
    set.only(&KNOWN)?;
    let name = set.get("Name").unwrap_or_default();
    let record_type = set.get("Type").unwrap_or_default();
    let set_identifier = set.get("SetIdentifier").map(str::to_owned);
    let region = set.get("Region").map(str::to_owned);
    let health_check = set.get("HealthCheckId").map(str::to_owned);
    let invalid = |what: &str| {
        let identifier = set_identifier.as_deref().unwrap_or("null");
        let change = format!(
            "Change with [Action={action}, Name={name}, Type={record_type}, SetIdentifier={identifier}]"
        );
        ApiError::new("InvalidInput", 400, format!("Invalid request: {what} in {change}"))
    };
    if region.is_some() && set_identifier.is_none() {
        return Err(invalid("Missing field 'SetIdentifier'"));
    }
    if region.is_none() && set_identifier.is_some() {
        return Err(invalid(
            "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found none",
        ));
    }
    if health_check.is_some() && region.is_none() {
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
    Ok(Record { name, record_type: record_type.to_owned(), set_identifier, region, data, health_check })
}

fn dotted(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase())
}

/// Makes one change; what keeps it from being made is one message of the batch's error.
fn apply(zone: &mut Zone, zone_id: &str, action: &str, record: Record) -> Result<(), String> {
    let same = |known: &&mut Record| known.key() == record.key();
    if record.name != zone.name && !record.name.ends_with(&format!(".{}", zone.name)) {
        return Err(format!("RRSet with DNS name {} is not permitted in zone {}", record.name, zone.name));
    }
    match action {
        "DELETE" => {
            let position = zone.records.iter().position(|known| known.key() == record.key());
            let quoted = record.quoted();
            let Some(position) = position else {
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
            if zone.records.iter_mut().find(same).is_some() {
                return Err(format!(
                    "Tried to create resource record set {} but it already exists",
                    record.quoted()
                ));
            }
            check_values(&record)?;
            check_neighbours(zone, &record)?;
            check_alias(zone, zone_id, &record)?;
            let at = zone.records.partition_point(|known| known.key() < record.key());
            zone.records.insert(at, record);
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
    for other in zone.records.iter().filter(|other| other.name == *name) {
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
        let described = |region: &str| {
            let identifier = record.set_identifier.as_deref().unwrap_or_default();
            format!(
                "RRSet with DNS name {name}, type {record_type}, SetIdentifier {identifier}, and Region Name={region} cannot be created because a"
            )
        };
        match (&record.region, &other.region) {
            (Some(region), Some(taken)) if region == taken => {
                return Err(format!(
                    "{} latency RRSet with the same name, type and region already exists.",
                    described(region)
                ));
            }
            (Some(_), Some(_)) => {}
            (Some(region), None) => {
                return Err(format!(
                    "{} non-latency RRSet with the same name and type already exists.",
                    described(region)
                ));
            }
            (None, _) => {
                return Err(format!(
                    "RRSet with DNS name {name}, type {record_type} cannot be created as other RRSets exist with the same \
                     name and type."
                ));
            }
        }
    }
    Ok(())
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
        let exists = zone
            .records
            .iter()
            .any(|other| other.name == *dns_name && other.record_type == record.record_type);
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
