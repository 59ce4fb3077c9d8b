//! Rules about records, their routing and their targets. Not here: syntax of values ([`crate::name`]).

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, each_health_check, each_record, targets};
use crate::alias::{self, AliasService};
use crate::diagnostic::Diagnostics;
use crate::name::{check_domain, check_record_value, normalise_domain};
use crate::node::{Node, NodeId};
use crate::problem::Problem;
use crate::spec::*;
use crate::suggest::did_you_mean;

/// Largest TTL (Route 53 API, shape `TTL`).
const MAX_TTL: u64 = 2_147_483_647;
/// Most values of one record set (measured: 401 are refused, R53-011).
const MAX_VALUES: usize = 400;

/// The zone and the health checks that a record names are declared, and a health check that exists in some regions
/// only is used in those.
pub(super) fn check_references(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        if context.zone(record.zone.as_str()).is_none() {
            let suggestion = did_you_mean(record.zone.as_str(), context.zone_labels());
            diagnostics.push(record.zone.id, unknown_reference("zone", &record.zone, suggestion));
        }
        for target in written_targets(record) {
            let Some(label) = &target.keys.health_check else { continue };
            if context.health_check(label.as_str()).is_none() {
                let suggestion = did_you_mean(label.as_str(), context.health_check_labels());
                diagnostics.push(label.id, unknown_reference("health_check", label, suggestion));
            }
        }
        for (place, target) in targets(context, record) {
            let Some(label) = &target.keys.health_check else { continue };
            let regions = context.health_check(label.as_str()).and_then(|check| check.regions.as_ref());
            let Some((region, _)) = place else { continue };
            if regions.is_some_and(|set| !context.set(set, None).iter().any(|(known, _)| *known == region)) {
                let kind = format!("health_check for region `{region}`,");
                diagnostics.push(label.id, unknown_reference(&kind, label, None));
            }
        }
    }
}

fn unknown_reference(kind: &str, label: &Node<String>, suggestion: Option<&str>) -> Problem {
    Problem::UnknownReference {
        kind: kind.to_owned(),
        label: label.value.clone(),
        suggestion: suggestion.map(str::to_owned),
    }
}

/// The targets as written, each once.
fn written_targets(record: &RecordSpec) -> Vec<&RecordTarget> {
    match &record.routing {
        RoutingSpec::Simple(target) => vec![target],
        RoutingSpec::Latency(_, entries) => entries.iter().map(|entry| &entry.target).collect(),
    }
}

/// A name is relative to its zone, a legal domain name, and a wildcard only as its whole leftmost label (R53-002 to
/// R53-006).
pub(super) fn check_names(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        let (Some(zone), Some(whole)) = (context.zone(record.zone.as_str()), context.record_name(record))
        else {
            continue;
        };
        let node = record.name.as_ref().unwrap_or(&record.label);
        let zone_name = normalise_domain(zone.name.as_str());
        let relative = normalise_domain(node.as_str());
        let in_full = relative == zone_name || relative.ends_with(&format!(".{zone_name}"));
        let first_label = whole.split('.').next().unwrap_or_default();
        let reason = if record.name.is_some() && in_full {
            Some("names are relative to their zone, so leave the zone's name out")
        } else if relative == "@" {
            Some("Route 53 takes `@` literally; the zone itself is written `name: apex`")
        } else if first_label.contains('*') && first_label != "*" {
            Some("a wildcard is the whole leftmost label")
        } else if first_label == "*" && record.record_type.value == RecordType::NS {
            Some("NS records have no wildcards")
        } else {
            check_domain(&whole).err()
        };
        if let Some(reason) = reason {
            let problem = Problem::BadRecordName { name: node.value.clone(), reason: reason.to_owned() };
            diagnostics.push(node.id, problem);
        }
    }
}

/// A CNAME is never at the apex (R53-016) and has no neighbour of another type (R53-017); the NS records of the apex are not
/// the user's (R53-018).
pub(super) fn check_cname_neighbours(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut by_name: BTreeMap<(&str, String), Vec<&RecordSpec>> = BTreeMap::new();
    for record in each_record(context.spec) {
        let (Some(zone), Some(name)) = (context.zone(record.zone.as_str()), context.record_name(record))
        else {
            continue;
        };
        let zone_name = normalise_domain(zone.name.as_str());
        if record.record_type.value == RecordType::CNAME && name == zone_name {
            diagnostics.push(record.record_type.id, Problem::CnameAtApex { zone: zone_name });
            continue;
        }
        if record.record_type.value == RecordType::NS && name == zone_name {
            diagnostics.push(record.record_type.id, Problem::ApexNameServers { zone: zone_name });
            continue;
        }
        by_name.entry((record.zone.as_str(), name)).or_default().push(record);
    }
    for ((_, name), records) in by_name {
        let is_cname = |record: &&&RecordSpec| record.record_type.value == RecordType::CNAME;
        let cname = records.iter().find(is_cname);
        let other = records.iter().find(|record| !is_cname(record));
        if let (Some(cname), Some(other)) = (cname, other) {
            let related = (other.record_type.id, "the record of another type");
            diagnostics.push_related(cname.record_type.id, Problem::CnameConflict { name }, related);
        }
    }
}

/// One name and type is one item (R53-019, R53-064, R53-065).
pub(super) fn check_duplicates(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<(&str, String, RecordType), NodeId> = BTreeMap::new();
    for record in each_record(context.spec) {
        let Some(name) = context.record_name(record) else { continue };
        let key = (record.zone.as_str(), name.clone(), record.record_type.value);
        if let Some(earlier) = first.get(&key) {
            let record_type = record.record_type.value.name().to_owned();
            let problem = Problem::DuplicateRecord { name, record_type };
            diagnostics.push_related(record.label.id, problem, (*earlier, "first declared here"));
        } else {
            first.insert(key, record.label.id);
        }
    }
}

/// An alias has no TTL (R53-010); other TTLs are in range (R53-007).
pub(super) fn check_ttls(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        let Some(ttl) = &record.ttl else { continue };
        let is_alias = |target: &&RecordTarget| !matches!(target.kind, TargetKind::Values(_));
        if written_targets(record).iter().any(is_alias) {
            diagnostics.push(ttl.id, Problem::AliasWithTtl);
        } else if ttl.value > MAX_TTL {
            diagnostics.push(ttl.id, Problem::BadTtl { ttl: ttl.value });
        }
    }
}

/// A latency group has one answer per region (R53-090), forgets none, offers a choice (R53-070), and its regions are
/// ones that Route 53 knows (REG-006).
pub(super) fn check_latency_groups(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        let RoutingSpec::Latency(node, entries) = &record.routing else { continue };
        let mut named: BTreeMap<&str, NodeId> = BTreeMap::new();
        let mut each: Option<NodeId> = None;
        for entry in entries {
            match &entry.regions {
                RegionSet::Listed(_, labels) => {
                    for label in labels {
                        if let Some(earlier) = named.insert(label.as_str(), label.id) {
                            let problem = Problem::DuplicateLatencyRegion { label: label.value.clone() };
                            diagnostics.push_related(label.id, problem, (earlier, "first answered here"));
                        }
                    }
                }
                RegionSet::Each(id) | RegionSet::EachOther(id) => {
                    if let Some(earlier) = each.replace(*id) {
                        let problem = Problem::DuplicateLatencyRegion { label: "each region".to_owned() };
                        diagnostics.push_related(*id, problem, (earlier, "first answered here"));
                    }
                }
            }
        }
        if entries.is_empty() {
            diagnostics.push(
                *node,
                Problem::NoRegions { what: format!("the latency group of `{}`", record.label.value) },
            );
            continue;
        }
        let members = context.latency_members(entries);
        let answered: BTreeSet<&str> = members.iter().map(|member| member.place.0).collect();
        let forgotten: Vec<String> = context
            .places
            .iter()
            .filter(|(label, _)| !answered.contains(label))
            .map(|(label, _)| (*label).to_owned())
            .collect();
        if members.len() == 1 && context.places.len() > 1 {
            diagnostics.push(*node, Problem::LonelyLatency);
        } else if !forgotten.is_empty() {
            diagnostics.push(*node, Problem::LatencyForgetsRegion { labels: forgotten });
        }
        for member in members {
            let region = member.place.1;
            if !region.info().latency_records {
                diagnostics
                    .push(member.target.id, Problem::NoLatencyRecords { code: region.code().to_owned() });
            }
        }
    }
}

/// Literal values have the type's form (R53-030 to R53-038), are distinct (R53-013) and not too many (R53-011, R53-014).
pub(super) fn check_values(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        let record_type = record.record_type.value;
        let limit = if record_type == RecordType::CNAME { 1 } else { MAX_VALUES };
        for target in written_targets(record) {
            let TargetKind::Values(values) = &target.kind else { continue };
            if values.is_empty() || values.len() > limit {
                diagnostics.push(target.id, Problem::ValueCount { count: values.len(), limit });
            }
            // A template has the same form in every region, so the first one stands for all.
            let place = context.places.first().copied();
            for (index, value) in values.iter().enumerate() {
                if let Some(earlier) = values[..index].iter().find(|earlier| earlier.value == value.value) {
                    let problem = Problem::DuplicateValue { value: value.value.clone() };
                    diagnostics.push_related(value.id, problem, (earlier.id, "first given here"));
                }
                let Some(text) = context.expand(value.as_str(), place) else { continue };
                if let Err(reason) = check_record_value(record_type, &text) {
                    let problem = Problem::BadRecordValue {
                        record_type: record_type.name().to_owned(),
                        value: text,
                        reason: reason.to_owned(),
                    };
                    diagnostics.push(value.id, problem);
                }
            }
        }
    }
}

/// An alias answers addresses (R53-162), its target's zone is known (R53-166, REG-015), it is in the record's own region
/// (R53-091), and CloudFront's health is not followed (R53-167). A load balancer has a region.
pub(super) fn check_aliases(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        let record_type = record.record_type.value;
        let mut reported = BTreeSet::new();
        for target in written_targets(record) {
            let is_alias = !matches!(target.kind, TargetKind::Values(_));
            if is_alias && !matches!(record_type, RecordType::A | RecordType::AAAA) {
                let problem = Problem::AliasType { record_type: record_type.name().to_owned() };
                diagnostics.push(record.record_type.id, problem);
                break;
            }
        }
        for (place, target) in targets(context, record) {
            match &target.kind {
                TargetKind::Values(_) => {}
                TargetKind::LoadBalancer { name, region } => {
                    let own = region.as_ref().and_then(|label| context.place(label.as_str()));
                    if let (Some(own), Some(wanted)) = (own, place)
                        && own.1 != wanted.1
                        && reported.insert(name.id)
                    {
                        let problem = Problem::AliasOtherRegion {
                            name: name.value.clone(),
                            target: own.1.code().to_owned(),
                            record: wanted.1.code().to_owned(),
                        };
                        diagnostics.push(name.id, problem);
                    }
                    if place.is_none() && region.is_none() && reported.insert(name.id) {
                        diagnostics.push(name.id, Problem::LoadBalancerWithoutRegion);
                    }
                }
                TargetKind::Alias(name) => {
                    let Some(dns_name) = context.expand(name.as_str(), place) else { continue };
                    match alias::zone_of(&dns_name) {
                        None if reported.insert(name.id) => {
                            diagnostics.push(name.id, Problem::UnknownAliasTarget { name: dns_name });
                        }
                        None => {}
                        Some(zone) => check_alias_zone(target, name, place, zone, &dns_name, diagnostics),
                    }
                }
            }
        }
    }
}

fn check_alias_zone(
    target: &RecordTarget,
    name: &Node<String>,
    place: Option<super::Place<'_>>,
    zone: &alias::AliasZone,
    dns_name: &str,
    diagnostics: &mut Diagnostics,
) {
    if let (Some(actual), Some((_, wanted))) = (zone.region(), place)
        && actual != wanted
    {
        let problem = Problem::AliasOtherRegion {
            name: dns_name.to_owned(),
            target: actual.code().to_owned(),
            record: wanted.code().to_owned(),
        };
        diagnostics.push(name.id, problem);
    }
    let follows = target.keys.evaluate_target_health.as_ref().filter(|node| node.value);
    if let Some(node) = follows.filter(|_| zone.service == AliasService::CloudFront) {
        diagnostics.push(node.id, Problem::NoTargetHealth);
    }
}

/// A health check needs a routing policy (R53-150), and every member of one needs a health signal (R53-152, R53-174).
pub(super) fn check_health_signals(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for record in each_record(context.spec) {
        match &record.routing {
            RoutingSpec::Simple(target) => {
                if let Some(check) = &target.keys.health_check {
                    diagnostics.push(check.id, Problem::HealthCheckOnSimple);
                }
            }
            RoutingSpec::Latency(_, entries) => {
                let mut reported = BTreeSet::new();
                for member in context.latency_members(entries) {
                    let target = member.target;
                    let follows = match &target.kind {
                        TargetKind::Values(_) => false,
                        TargetKind::Alias(_) | TargetKind::LoadBalancer { .. } => {
                            target.keys.evaluate_target_health.as_ref().is_none_or(|node| node.value)
                        }
                    };
                    if target.keys.health_check.is_none() && !follows && reported.insert(target.id) {
                        diagnostics
                            .push(target.id, Problem::NoHealthSignal { label: member.place.0.to_owned() });
                    }
                }
            }
        }
    }
}

/// A health check does not ask the record that it decides about (R53-154).
pub(super) fn check_probes(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for check in each_health_check(context.spec) {
        let hosts = super::health_checks::hosts(context, check);
        let decides = each_record(context.spec).find_map(|record| {
            let uses = |target: &&RecordTarget| {
                target.keys.health_check.as_ref().is_some_and(|label| label.value == check.label.value)
            };
            let name = context.record_name(record)?;
            let own = written_targets(record).iter().any(uses)
                && hosts.iter().any(|host| normalise_domain(host) == name);
            own.then_some(name)
        });
        if let Some(name) = decides {
            diagnostics.push(check.probe.endpoint.id, Problem::ProbesOwnRecord { name });
        }
    }
}
