//! From records to record sets. Not here: other items.

use super::{health_check_address, resource};
use crate::address::Address;
use crate::alias::{self, AliasService};
use crate::check::{Context, Member, Place, whole_name};
use crate::kind::Kind;
use crate::name::normalise_domain;
use crate::resource::*;
use crate::spec::*;

pub(super) fn resolve_record(
    context: &Context<'_>,
    record: &RecordSpec,
    out: &mut Vec<Resource>,
) -> Option<()> {
    let RecordSpec { label, docs: _, pending: _, unread: _, record_type, zone, name: _, ttl: _, routing: _ } =
        record;
    let zone = Address::global(Kind::Zone, zone.as_str());
    let ttl = u32::try_from(record.ttl_or_default()).ok()?;
    if matches!(&record.routing, RoutingSpec::Group(group) if group.policy == GroupPolicy::Cidr) {
        // Pending.
        return Some(());
    }
    for member in context.members(record) {
        let Member { place, home, who: _, weight: _, target } = member;
        let own = place.or(home);
        let health_check = target.keys.health_check.as_ref().and_then(|used| {
            let spec = context.health_check(used.label.as_str())?;
            // Others are pending.
            spec.probe.endpoint()?;
            let place = context.health_check_place(used, own).filter(|_| spec.regions.is_some());
            Some(health_check_address(used.label.as_str(), place))
        });
        let set = RecordSet {
            zone: zone.clone(),
            name: whole_name(record, &normalise_domain(context.zone(zone.label.as_str())?.name.as_str())),
            record_type: record_type.value,
            routing: routing_of(record, &member)?,
            data: record_data(context, own, target, ttl)?,
            health_check: health_check.clone(),
        };
        let targets = match &target.kind {
            TargetKind::Record(used) => record_addresses(context, used.as_str()),
            TargetKind::Values(_)
            | TargetKind::Alias(_)
            | TargetKind::LoadBalancer { .. }
            | TargetKind::Group(_) => Vec::new(),
        };
        let address = record_address(record, &member);
        let needs = [Some(zone.clone()), health_check].into_iter().flatten().chain(targets);
        out.push(resource(address, label.id, needs, ResourceKind::RecordSet(set)));
    }
    Some(())
}

fn record_address(record: &RecordSpec, member: &Member<'_>) -> Address {
    let label = record.label.as_str();
    match (member.place, member.key()) {
        (Some((region, _)), _) => Address::regional(Kind::Record, label, region),
        (None, Some(key)) => Address::global(Kind::Record, label).with_part(key),
        (None, None) => Address::global(Kind::Record, label),
    }
}

/// The record sets of the record with a label.
fn record_addresses(context: &Context<'_>, label: &str) -> Vec<Address> {
    let Some(record) = context.record(label) else { return Vec::new() };
    context.members(record).iter().map(|member| record_address(record, member)).collect()
}

/// An answer's place in its policy.
fn routing_of(record: &RecordSpec, member: &Member<'_>) -> Option<Routing> {
    let policy = match &record.routing {
        RoutingSpec::Simple(_) => return Some(Routing::Simple),
        RoutingSpec::Group(group) => group.policy,
    };
    Some(match policy {
        GroupPolicy::Latency => Routing::Latency(member.place?.1),
        GroupPolicy::Weighted => {
            Routing::Weighted { id: member.key()?, weight: u8::try_from(member.weight?).ok()? }
        }
        GroupPolicy::Failover if member.key()? == "primary" => Routing::FailoverPrimary,
        GroupPolicy::Failover => Routing::FailoverSecondary,
        GroupPolicy::Geolocation => match member.who? {
            SelectorSpec::Location(location) => Routing::Geolocation(location.value.clone()),
            SelectorSpec::Regions(_)
            | SelectorSpec::Named(_)
            | SelectorSpec::Coordinates(..)
            | SelectorSpec::Network(_) => return None,
        },
        GroupPolicy::Geoproximity => {
            let place = match (member.place, member.who) {
                (Some((_, region)), _) => GeoPlace::Region(region),
                (None, Some(SelectorSpec::Coordinates(_, latitude, longitude))) => {
                    GeoPlace::Coordinates(latitude.clone(), longitude.clone())
                }
                (None, _) => return None,
            };
            let bias = member.target.keys.bias.as_ref().map_or(0, |bias| bias.value);
            Routing::Geoproximity { place, bias: i8::try_from(bias).ok()? }
        }
        GroupPolicy::Multivalue => Routing::Multivalue { id: member.key()? },
        GroupPolicy::Cidr => return None,
    })
}

fn record_data(
    context: &Context<'_>,
    place: Option<Place<'_>>,
    target: &RecordTarget,
    ttl: u32,
) -> Option<RecordData> {
    let follows = target.keys.evaluate_target_health.as_ref().map(|node| node.value);
    Some(match &target.kind {
        TargetKind::Values(values) => {
            let values = values.iter().map(|value| context.expand(value.as_str(), place));
            RecordData::Values { ttl, values: values.collect::<Option<_>>()? }
        }
        TargetKind::Alias(name) => {
            let dns_name = normalise_domain(&context.expand(name.as_str(), place)?);
            let zone = alias::zone_of(&dns_name)?;
            // AWS refuses to follow a distribution's health (Route 53 API, EvaluateTargetHealth).
            let default = zone.service != AliasService::CloudFront;
            let target = AliasTarget::Name { dns_name, zone_id: zone.zone_id.to_owned() };
            RecordData::Alias { target, evaluate_target_health: follows.unwrap_or(default) }
        }
        TargetKind::Record(label) => {
            let used = context.record(label.as_str())?;
            let zone = normalise_domain(context.zone(used.zone.as_str())?.name.as_str());
            let target = AliasTarget::Record { dns_name: whole_name(used, &zone) };
            RecordData::Alias { target, evaluate_target_health: follows.unwrap_or(true) }
        }
        TargetKind::Group(_) => return None,
        TargetKind::LoadBalancer { name, region } => {
            let own = region.as_ref().and_then(|label| context.place(label.as_str())).or(place)?;
            let reference =
                LoadBalancerRef { region: own.1, name: context.expand(name.as_str(), Some(own))? };
            RecordData::Alias {
                target: AliasTarget::LoadBalancer(reference),
                evaluate_target_health: follows.unwrap_or(true),
            }
        }
    })
}
