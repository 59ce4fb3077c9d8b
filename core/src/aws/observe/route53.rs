//! Observing zones, records and health checks: one listing per zone and one of health checks. Not here: other services.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{self, ResourceRecordSet, ResourceTagSet, TagResourceType};
use polyregion_model::{Address, RecordSet, Resource, ResourceKind, Topology, Zone};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::tags;
use super::{all, present, unknown, zones};
use crate::attribute::{Attributes, Field, Value, collect};
use crate::observed::{Observation, Observed, Owner, Sought, Unmanaged, World};
use crate::record::{self, Answer, HealthCheckId, Policy, RecordValue, ZoneId};

/// The most that Route 53 gives at once (API reference, `ListResourceRecordSets`).
const RECORDS_PER_PAGE: i32 = 300;

/// The same (API reference, `ListHealthChecks`).
const HEALTH_CHECKS_PER_PAGE: i32 = 1000;

pub(super) async fn observe(aws: &Aws, topology: &Topology, sought: &Sought) -> World {
    let mut world = World::default();
    let mut checks: Vec<&Resource> = Vec::new();
    let mut records: BTreeMap<&Address, Vec<(&Resource, &RecordSet)>> = BTreeMap::new();
    let mut tasks = tokio::task::JoinSet::new();
    for resource in topology.resources() {
        if let ResourceKind::Zone(zone) = &resource.kind {
            let (aws, resource, zone) = (aws.clone(), resource.clone(), zone.clone());
            let fields = sought.fields(&resource);
            tasks.spawn(async move {
                let found = look(&aws, &resource, &zone, &fields).await;
                (resource, zone, found)
            });
        } else if let ResourceKind::RecordSet(set) = &resource.kind {
            records.entry(&set.zone).or_default().push((resource, set));
        } else if let ResourceKind::HealthCheck(_) = &resource.kind {
            checks.push(resource);
        }
    }
    if !checks.is_empty() {
        observe_health_checks(aws, &checks, &mut world).await;
    }
    // In an order that does not depend on whose answer came first.
    let mut zones = tasks.join_all().await;
    zones.sort_by(|(a, ..), (b, ..)| a.address.cmp(&b.address));
    for (resource, zone, found) in zones {
        let records = records.remove(&resource.address).unwrap_or_default();
        let observation = settle_zone((&resource, &zone), found, &records, &mut world);
        world.resources.insert(resource.address, observation);
    }
    observe_tags(aws, topology, sought, &mut world).await;
    world
}

/// So many resources can be asked about at once (API reference, `ListTagsForResources`).
pub(super) const TAGGED_AT_ONCE: usize = 10;

/// The tags of so many zones or health checks.
pub(super) async fn list_tags(
    aws: &Aws,
    kind: &str,
    ids: Vec<String>,
) -> Result<Vec<ResourceTagSet>, AwsError> {
    let call = aws.route53().list_tags_for_resources().resource_type(TagResourceType::from(kind));
    let listed = call.set_resource_ids(Some(ids)).send().await;
    listed.map(|listed| listed.resource_tag_sets).map_err(failed("route53:ListTagsForResources", None))
}

/// Those of one, as keys and values.
pub(super) fn pairs<'a>(sets: &'a [ResourceTagSet], id: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let set = sets.iter().find(|set| set.resource_id() == Some(id));
    set.into_iter().flat_map(|set| set.tags()).filter_map(|tag| tag.key().zip(tag.value()))
}

/// Adds the tags of zones and health checks, where any are sought.
async fn observe_tags(aws: &Aws, topology: &Topology, sought: &Sought, world: &mut World) {
    let mut wanted: BTreeMap<&'static str, Vec<(String, Address)>> = BTreeMap::new();
    for resource in topology.resources() {
        let kind = if resource.kind.as_zone().is_some() {
            TagResourceType::Hostedzone.as_str()
        } else if resource.kind.as_health_check().is_some() {
            TagResourceType::Healthcheck.as_str()
        } else {
            continue;
        };
        if let Some(Observation::Present(observed)) = world.resources.get(&resource.address)
            && sought.fields(resource).contains(&Field::Tags)
        {
            let found = (observed.physical_id.clone(), resource.address.clone());
            wanted.entry(kind).or_default().push(found);
        }
    }
    for (kind, found) in wanted {
        for part in found.chunks(TAGGED_AT_ONCE) {
            let ids = part.iter().map(|(id, _)| id.clone()).collect();
            let listed = match list_tags(aws, kind, ids).await {
                Ok(listed) => listed,
                Err(error) => {
                    all(world, part.iter().map(|(_, address)| address.clone()), &unknown(&error));
                    continue;
                }
            };
            for (id, address) in part {
                let others = tags::read(&aws.topology, address, pairs(&listed, id)).others;
                if let Some(Observation::Present(observed)) = world.resources.get_mut(address) {
                    observed.attributes.extend(others.map(|tags| (Field::Tags, tags)));
                }
            }
        }
    }
}

async fn observe_health_checks(aws: &Aws, checks: &[&Resource], world: &mut World) {
    let addresses = || checks.iter().map(|check| check.address.clone());
    let mut listed = Vec::new();
    let mut pages =
        aws.route53().list_health_checks().max_items(HEALTH_CHECKS_PER_PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        match page.map_err(failed("route53:ListHealthChecks", None)) {
            Ok(page) => listed.extend(page.health_checks),
            Err(error) => return all(world, addresses(), &unknown(&error)),
        }
    }
    for address in addresses() {
        let prefix = aws.reference_prefix(&address);
        let mut ours = listed.iter().filter(|check| check.caller_reference().starts_with(&prefix));
        let observation = match ours.next() {
            Some(check) => present(check.id(), Owner::Ours, None, health_check_attributes(check)),
            None => Observation::Absent,
        };
        world.unmanaged.extend(ours.map(|again| Unmanaged {
            address: address.clone(),
            what: format!("a second health check {}", again.id()),
            obstacle: None,
        }));
        world.resources.insert(address, observation);
    }
}

fn health_check_attributes(check: &types::HealthCheck) -> Attributes {
    let Some(config) = check.health_check_config() else { return Attributes::new() };
    let number =
        |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok()).map(Value::Number);
    let host = config.fully_qualified_domain_name().or(config.ip_address());
    collect([
        (Field::Protocol, Some(Value::text(config.r#type().as_str()))),
        (Field::Host, host.map(Value::text)),
        (Field::Port, number(config.port())),
        (Field::ResourcePath, config.resource_path().filter(|path| !path.is_empty()).map(Value::text)),
        (Field::RequestInterval, number(config.request_interval())),
        (Field::FailureThreshold, number(config.failure_threshold())),
        (Field::Search, config.search_string().filter(|search| !search.is_empty()).map(Value::text)),
        (Field::Inverted, config.inverted().filter(|inverted| *inverted).map(Value::Flag)),
        (Field::MeasureLatency, config.measure_latency().filter(|measured| *measured).map(Value::Flag)),
        (Field::Checkers, checkers(config.regions())),
    ])
}

/// How many regions have checkers (Route 53 API, `HealthCheckRegion`).
const ALL_CHECKERS: usize = 8;

/// The regions whose checkers ask; nothing if all do, which is the same as naming none.
fn checkers(regions: &[types::HealthCheckRegion]) -> Option<Value> {
    let mut codes: Vec<String> = regions.iter().map(|region| region.as_str().to_owned()).collect();
    codes.sort();
    (!codes.is_empty() && codes.len() < ALL_CHECKERS).then_some(Value::List(codes))
}

/// Looks for a zone and, if it exists, lists its records.
async fn look(
    aws: &Aws,
    resource: &Resource,
    zone: &Zone,
    sought: &BTreeSet<Field>,
) -> (Observation, Result<Vec<ResourceRecordSet>, AwsError>) {
    let observation = zones::find(aws, resource, zone, sought).await.unwrap_or_else(|error| unknown(&error));
    let listed = match &observation {
        Observation::Present(observed) => list_records(aws, &observed.physical_id).await,
        Observation::Absent | Observation::Unknown(_) => Ok(Vec::new()),
    };
    (observation, listed)
}

/// What is known of a zone's records, and of the zone.
fn settle_zone(
    (resource, zone): (&Resource, &Zone),
    (observation, listed): (Observation, Result<Vec<ResourceRecordSet>, AwsError>),
    records: &[(&Resource, &RecordSet)],
    world: &mut World,
) -> Observation {
    let address = &resource.address;
    let addresses = records.iter().map(|(record, _)| record.address.clone());
    match (&observation, listed) {
        (Observation::Present(observed), Ok(listed)) => {
            // Records go with their zone; those in an existing one are ours by being declared.
            let owner = if zone.existing { Owner::Inherited } else { inherited(&observed.owner) };
            match_records((address, &zone.name, zone.existing), records, listed, &owner, world);
        }
        (Observation::Present(_), Err(error)) => all(world, addresses, &unknown(&error)),
        // No zone, no records in it.
        (Observation::Absent, _) => all(world, addresses, &Observation::Absent),
        (Observation::Unknown(_), _) => all(world, addresses, &observation),
    }
    observation
}

/// All records of a zone, page by page.
pub(in crate::aws) async fn list_records(
    aws: &Aws,
    zone_id: &str,
) -> Result<Vec<ResourceRecordSet>, AwsError> {
    let client = aws.route53();
    let mut listed = Vec::new();
    let mut request = client.list_resource_record_sets().hosted_zone_id(zone_id).max_items(RECORDS_PER_PAGE);
    loop {
        let page = request.send().await.map_err(failed("route53:ListResourceRecordSets", None))?;
        let more = page.is_truncated();
        request = client
            .list_resource_record_sets()
            .hosted_zone_id(zone_id)
            .max_items(RECORDS_PER_PAGE)
            .set_start_record_name(page.next_record_name().map(str::to_owned))
            .set_start_record_type(page.next_record_type().cloned())
            .set_start_record_identifier(page.next_record_identifier().map(str::to_owned));
        listed.extend(page.resource_record_sets);
        if !more {
            break;
        }
    }
    // A zone has at least its NS and SOA records: an empty answer is no answer.
    if listed.is_empty() {
        return Err(AwsError::answer(
            "route53:ListResourceRecordSets",
            "the zone was listed as empty, which no zone is",
        ));
    }
    Ok(listed)
}

/// What Route 53 groups records by.
type NameAndType = (String, String);

/// A declared member of such a group.
struct Declared<'a> {
    address: &'a Address,
    set_identifier: Option<String>,
    policy: Policy,
}

/// Finds the declared records among those listed. Others of the same name and type are remembered: they either stand in
/// the way (another policy) or are no longer declared.
fn match_records(
    (zone_address, zone, existing): (&Address, &str, bool),
    declared: &[(&Resource, &RecordSet)],
    listed: Vec<ResourceRecordSet>,
    owner: &Owner,
    world: &mut World,
) {
    let mut by_name: BTreeMap<NameAndType, Vec<RecordValue>> = BTreeMap::new();
    for set in listed {
        let value = record_value(&set);
        by_name.entry((value.name.clone(), value.record_type.clone())).or_default().push(value);
    }
    let mut seen: BTreeMap<NameAndType, Vec<Declared<'_>>> = BTreeMap::new();
    for (resource, set) in declared {
        let key = (set.name.clone(), set.record_type.name().to_owned());
        let (policy, set_identifier) = (Policy::of(&set.routing), set.set_identifier());
        let found = by_name
            .get(&key)
            .and_then(|found| found.iter().find(|value| value.set_identifier == set_identifier));
        let observation = match found {
            Some(value) => Observation::Present(Box::new(Observed {
                physical_id: format!("{} {}", value.name, value.record_type),
                owner: owner.clone(),
                transition: None,
                attributes: record::attributes(value),
                record: Some(value.clone()),
            })),
            None => Observation::Absent,
        };
        world.resources.insert(resource.address.clone(), observation);
        let address = &resource.address;
        seen.entry(key).or_default().push(Declared { address, set_identifier, policy });
    }
    for ((name, record_type), members) in &seen {
        let Some(Declared { address, set_identifier: _, policy }) = members.first() else { continue };
        let from_name = by_name.range((name.clone(), String::new())..);
        let at_name = from_name.take_while(|((other, _), _)| other == name);
        for ((_, other_type), value) in
            at_name.flat_map(|(key, values)| values.iter().map(move |value| (key, value)))
        {
            let same_type = other_type == record_type;
            let declared =
                same_type && members.iter().any(|member| value.set_identifier == member.set_identifier);
            // A CNAME tolerates no neighbour; one that is declared itself is the model's to refuse.
            let clashes = !same_type
                && (other_type == "CNAME" || record_type == "CNAME")
                && !seen.contains_key(&(name.clone(), other_type.clone()));
            if declared || !(same_type || clashes) {
                continue;
            }
            let other_policy = std::mem::discriminant(&value.policy) != std::mem::discriminant(policy);
            world.unmanaged.push(Unmanaged {
                address: (*address).clone(),
                what: described(value, zone),
                obstacle: (clashes || other_policy).then(|| value.clone()),
            });
        }
    }
    let is_apex =
        |value: &RecordValue| value.name == zone && matches!(value.record_type.as_str(), "NS" | "SOA");
    let size = by_name.values().flatten().filter(|value| !is_apex(value)).count();
    world.zone_sizes.insert(zone_address.clone(), size);
    let standing = |value: &&RecordValue| {
        !is_apex(value) && !seen.contains_key(&(value.name.clone(), value.record_type.clone()))
    };
    let others: Vec<&RecordValue> = by_name.values().flatten().filter(standing).collect();
    // In somebody else's zone these are their own business.
    if let (Owner::Inherited, false, Some(first)) = (owner, existing, others.first()) {
        let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
        let what = format!("{}{more}", described(first, zone));
        world.unmanaged.push(Unmanaged { address: zone_address.clone(), what, obstacle: None });
    }
}

fn described(value: &RecordValue, zone: &str) -> String {
    let identifier = value.set_identifier.as_deref().map(|id| format!(" with {id}")).unwrap_or_default();
    format!("the record {} {}{identifier} in zone {zone}", value.name, value.record_type)
}

fn inherited(owner: &Owner) -> Owner {
    match owner {
        Owner::Ours | Owner::Inherited => Owner::Inherited,
        Owner::Foreign(whose) => Owner::Foreign(whose.clone()),
    }
}

/// A record as Route 53 holds it.
pub(in crate::aws) fn record_value(set: &ResourceRecordSet) -> RecordValue {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let policy = if let Some(region) = set.region() {
        Policy::Latency(region.as_str().to_owned())
    } else if let Some(weight) = set.weight() {
        Policy::Weighted(weight)
    } else if let Some(role) = set.failover() {
        Policy::Failover(role.as_str().to_owned())
    } else if let Some(place) = set.geo_location() {
        Policy::Geolocation {
            continent: owned(place.continent_code()),
            country: owned(place.country_code()),
            subdivision: owned(place.subdivision_code()),
        }
    } else if let Some(place) = set.geo_proximity_location() {
        let coordinates = |at: &types::Coordinates| (at.latitude().to_owned(), at.longitude().to_owned());
        Policy::Geoproximity {
            region: owned(place.aws_region()),
            local_zone_group: owned(place.local_zone_group()),
            coordinates: place.coordinates().map(coordinates),
            bias: place.bias().unwrap_or_default(),
        }
    } else if set.multi_value_answer() == Some(true) {
        Policy::Multivalue
    } else if let Some(cidr) = set.cidr_routing_config() {
        let (collection, location) = (cidr.collection_id().to_owned(), cidr.location_name().to_owned());
        Policy::Cidr { collection, location }
    } else if set.traffic_policy_instance_id().is_some() {
        Policy::Other("a traffic policy's")
    } else if set.set_identifier().is_some() {
        Policy::Other("another policy")
    } else {
        Policy::Simple
    };
    let answer = match set.alias_target() {
        Some(alias) => Answer::Alias {
            dns_name: plain(alias.dns_name()),
            hosted_zone_id: ZoneId::Known(alias.hosted_zone_id().to_owned()),
            evaluate_target_health: alias.evaluate_target_health(),
        },
        None => Answer::Values {
            ttl: set.ttl().unwrap_or_default(),
            values: set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        },
    };
    RecordValue {
        name: plain(set.name()),
        record_type: set.r#type().as_str().to_owned(),
        set_identifier: set.set_identifier().map(str::to_owned),
        policy,
        answer,
        health_check: set.health_check_id().map(|id| HealthCheckId::Known(id.to_owned())),
    }
}

/// A name as the model writes it. Route 53 answers with a trailing dot and writes what is no letter, digit, hyphen or
/// underscore as `\ooo` in octal, a wildcard as `\052` (Route 53 Developer Guide, DomainNameFormat).
pub(super) fn plain(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(u8::is_ascii);
        out.push(code.map_or('\\', char::from));
        rest = if code.is_some() { &after[3..] } else { after };
    }
    out.push_str(rest);
    polyregion_model::name::normalise_domain(&out)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_are_unescaped() {
        assert_eq!(plain(r"\052.Example.com."), "*.example.com");
        assert_eq!(plain(r"0\0572.in-addr.arpa."), "0/2.in-addr.arpa");
        assert_eq!(plain(r"odd\x.com"), r"odd\x.com");
    }
}
