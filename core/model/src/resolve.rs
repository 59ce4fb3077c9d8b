//! From a valid spec to its resources: regions spread out, templates expanded, defaults filled in, dependencies named.
//! Not here: rules; a spec that breaks one never arrives.

mod buckets;
mod clusters;
mod pending;
mod records;
mod settings;
mod tables;
mod tags;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::buckets::resolve_bucket;
use self::clusters::resolve_cluster;
use self::records::resolve_record;
use self::tables::resolve_table;

use crate::address::Address;
use crate::check::{CHECKERS, Context, Place, parse_endpoint};
use crate::graph;
use crate::kind::Kind;
use crate::name::normalise_domain;
use crate::node::NodeId;
use crate::region::Region;
use crate::resource::*;
use crate::spec::*;
use crate::topology::{Topology, TopologyRegion};

/// The topology that a valid spec stands for; nothing if it breaks a rule after all.
pub(crate) fn resolve(spec: &Arc<Spec>) -> Option<Topology> {
    let context = Context::new(spec);
    let mut resources = Vec::new();
    for item in &spec.items {
        let first = resources.len();
        resolve_item(&context, item, &mut resources)?;
        for resource in resources.iter_mut().skip(first) {
            resource.adopt = is_adopted(item) && resource.kind.can_be_adopted();
            if resource.kind.has_tags() {
                resource.tags = tags::of(spec, item, resource.address.region.as_deref());
            }
        }
    }
    let resources = ordered(resources)?;
    topology(&context, spec, resources)
}

/// Whether what exists of an item and belongs to nobody is taken over.
fn is_adopted(item: &Item) -> bool {
    match item {
        Item::Zone(item) => is_on(&item.adopt),
        Item::Table(item) => is_on(&item.adopt),
        Item::Cluster(item) => is_on(&item.adopt),
        Item::Bucket(item) => is_on(&item.adopt),
        // These can't say so.
        Item::HealthCheck(_) | Item::Service(_) | Item::Record(_) | Item::CidrCollection(_) => false,
    }
}

fn resolve_item(context: &Context<'_>, item: &Item, out: &mut Vec<Resource>) -> Option<()> {
    match item {
        Item::Zone(zone) => out.push(resolve_zone(context, zone)),
        Item::HealthCheck(check) => resolve_health_check(context, check, out)?,
        // Pending, as `topology` says.
        Item::CidrCollection(_) => {}
        // Nothing is deployed for it.
        Item::Service(_) => {}
        Item::Record(record) => resolve_record(context, record, out)?,
        Item::Table(table) => resolve_table(context, table, out)?,
        Item::Cluster(cluster) => resolve_cluster(context, cluster, out)?,
        Item::Bucket(bucket) => resolve_bucket(context, bucket, out)?,
    }
    Some(())
}

fn topology(context: &Context<'_>, spec: &Arc<Spec>, resources: Vec<Resource>) -> Option<Topology> {
    let region = |(label, region): &Place<'_>| TopologyRegion { label: (*label).to_owned(), region: *region };
    Some(Topology {
        by_address: by_address(&resources),
        warnings: Vec::new(),
        partition: context.places.first()?.1.info().partition,
        regions: context.places.iter().map(region).collect(),
        pending: pending::of(spec),
        resources,
        spec: Arc::clone(spec),
    })
}

/// Resources so that each comes after what it needs.
pub(crate) fn ordered(resources: Vec<Resource>) -> Option<Vec<Resource>> {
    let sorted = by_address(&resources);
    let mut needs = Vec::with_capacity(sorted.len());
    for place in &sorted {
        let of = resources[*place].needs.iter();
        needs.push(of.filter_map(|need| rank(&resources, &sorted, need)).collect());
    }
    let order = graph::order(&needs)?;
    let mut unordered: Vec<Option<Resource>> = resources.into_iter().map(Some).collect();
    order.iter().map(|rank| unordered[sorted[*rank]].take()).collect()
}

/// The places of resources, in the order of their addresses.
pub(crate) fn by_address(resources: &[Resource]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..resources.len()).collect();
    places.sort_by(|one, other| resources[*one].address.cmp(&resources[*other].address));
    places
}

/// Which of the sorted places is that of an address.
pub(crate) fn rank(resources: &[Resource], sorted: &[usize], address: &Address) -> Option<usize> {
    sorted.binary_search_by(|place| resources[*place].address.cmp(address)).ok()
}

fn resource(
    address: Address,
    node: NodeId,
    needs: impl IntoIterator<Item = Address>,
    kind: ResourceKind,
) -> Resource {
    let mut resource =
        Resource { address, node, adopt: false, needs: Vec::new(), tags: BTreeMap::new(), kind };
    needs.into_iter().for_each(|need| resource.add_need(need));
    resource
}

fn resolve_zone(context: &Context<'_>, zone: &ZoneSpec) -> Resource {
    let ZoneSpec {
        label,
        docs,
        pending: _,
        unread: _,
        name,
        existing,
        comment,
        // These are in `settings`.
        vpcs: _,
        accelerated_recovery: _,
        // Of all that the item has, in `resolve`.
        adopt: _,
        tags: _,
    } = zone;
    let kind = ResourceKind::Zone(Zone {
        name: normalise_domain(name.as_str()),
        comment: comment.as_ref().map(|comment| comment.value.clone()).or_else(|| documented(docs)),
        existing: is_on(existing),
        settings: settings::zone(context, zone),
    });
    resource(Address::global(Kind::Zone, label.as_str()), label.id, [], kind)
}

fn resolve_health_check(
    context: &Context<'_>,
    check: &HealthCheckSpec,
    out: &mut Vec<Resource>,
) -> Option<()> {
    let HealthCheckSpec {
        label,
        docs: _,
        pending: _,
        unread: _,
        regions,
        probe,
        interval: _,
        failure_threshold: _,
        search,
        inverted,
        checkers,
        measure_latency,
        tags: _,
    } = check;
    let codes = all(checkers).iter();
    let mut checkers: Vec<Region> =
        codes.map(|code| Region::from_code(code.as_str())).collect::<Option<_>>()?;
    // All that there are is what Route 53 takes anyway.
    if checkers.len() == CHECKERS.len() {
        checkers.clear();
    }
    // What goes by other checks or by an alarm is pending.
    let Some((protocol, endpoint)) = probe.endpoint() else { return Some(()) };
    let places = match regions {
        Some(set) => context.set(set, None).into_iter().map(Some).collect(),
        None => vec![None],
    };
    for place in places {
        let text = context.expand(endpoint.as_str(), place)?;
        let parsed = parse_endpoint(protocol, &text).ok()?;
        let kind = ResourceKind::HealthCheck(HealthCheck {
            endpoint: parsed.protocol,
            host: normalise_domain(&parsed.host),
            path: parsed.path,
            interval: u8::try_from(check.interval_or_default()).ok()?,
            failure_threshold: u8::try_from(check.threshold_or_default()).ok()?,
            search: search.as_ref().map(|search| search.value.clone()),
            inverted: is_on(inverted),
            checkers: checkers.clone(),
            measure_latency: is_on(measure_latency),
        });
        out.push(resource(health_check_address(label.as_str(), place), label.id, [], kind));
    }
    Some(())
}

fn health_check_address(label: &str, place: Option<Place<'_>>) -> Address {
    match place {
        Some((region, _)) => Address::regional(Kind::HealthCheck, label, region),
        None => Address::global(Kind::HealthCheck, label),
    }
}

/// The first paragraph of an item's documentation on one line, as a description on AWS.
fn documented(docs: &str) -> Option<String> {
    let paragraph = docs.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    // As many characters as Route 53 takes (Route 53 API, ResourceDescription).
    let line: String = line.chars().take(256).collect();
    Some(line).filter(|line| !line.is_empty())
}
