//! From a valid spec to its resources: regions spread out, templates expanded, defaults filled in, dependencies named.
//! Not here: rules; a spec that breaks one never arrives.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, Kind};
use crate::alias::{self, AliasService};
use crate::check::clusters as cluster_names;
use crate::check::{
    CHECKERS, Context, Member, Place, bucket_name, dashed, key_type, parse_endpoint, table_name, whole_name,
};
use crate::graph::Graph;
use crate::name::{checksum, normalise_domain};
use crate::node::NodeId;
use crate::region::Region;
use crate::resource::*;
use crate::spec::*;
use crate::topology::{Topology, TopologyRegion};

/// TTL of records that don't say one: what AWS advises for records with failover (Route 53 Developer Guide,
/// best-practices-dns).
const DEFAULT_TTL: u32 = 60;
/// AWS's own default (Route 53 API, `RequestInterval`).
const DEFAULT_INTERVAL: u8 = 30;
/// AWS's own default (Route 53 API, `FailureThreshold`).
const DEFAULT_THRESHOLD: u8 = 3;
/// AWS's default of one day loses too much for what runs in several regions; a week is what the console proposes for
/// production.
const DEFAULT_RETENTION_DAYS: u8 = 7;

/// The topology that a valid spec stands for; nothing if it breaks a rule after all.
pub(crate) fn resolve(spec: &Spec) -> Option<Topology> {
    let context = Context::new(spec);
    let mut resources = Vec::new();
    for item in &spec.items {
        match item {
            Item::Zone(zone) => resources.push(resolve_zone(zone)),
            Item::HealthCheck(check) => resolve_health_check(&context, check, &mut resources)?,
            Item::Record(record) => resolve_record(&context, record, &mut resources)?,
            Item::Table(table) => resolve_table(&context, table, &mut resources)?,
            Item::Cluster(cluster) => resolve_cluster(&context, cluster, &mut resources)?,
            Item::Bucket(bucket) => resolve_bucket(&context, bucket, &mut resources)?,
        }
    }
    let region = |(label, region): &Place<'_>| TopologyRegion { label: (*label).to_owned(), region: *region };
    let resources = ordered(resources)?;
    Some(Topology {
        by_address: resources.iter().map(|resource| resource.address.clone()).zip(0..).collect(),
        name: spec.name.value.clone(),
        docs: spec.docs.clone(),
        account: spec.account.value.clone(),
        partition: context.places.first()?.1.info().partition,
        regions: context.places.iter().map(region).collect(),
        resources,
        source: spec.source.clone(),
    })
}

/// Resources so that each comes after what it needs.
pub(crate) fn ordered(resources: Vec<Resource>) -> Option<Vec<Resource>> {
    let mut graph = Graph::new();
    for resource in &resources {
        graph.add(resource.address.clone(), resource.needs.iter().cloned());
    }
    let order = graph.order().ok()?;
    let mut unordered: BTreeMap<Address, Resource> =
        resources.into_iter().map(|resource| (resource.address.clone(), resource)).collect();
    order.iter().map(|address| unordered.remove(address)).collect()
}

fn resource(
    address: Address,
    node: NodeId,
    needs: impl IntoIterator<Item = Address>,
    kind: ResourceKind,
) -> Resource {
    Resource { address, node, needs: needs.into_iter().collect(), kind }
}

fn resolve_zone(zone: &ZoneSpec) -> Resource {
    let ZoneSpec { label, docs: _, name, existing, comment } = zone;
    let kind = ResourceKind::Zone(Zone {
        name: normalise_domain(name.as_str()),
        comment: comment.as_ref().map(|comment| comment.value.clone()),
        existing: is_on(existing),
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
        regions,
        probe,
        interval,
        failure_threshold,
        search,
        inverted,
        checkers,
        measure_latency,
    } = check;
    let codes = checkers.iter().flatten();
    let mut checkers: Vec<Region> =
        codes.map(|code| Region::from_code(code.as_str())).collect::<Option<_>>()?;
    // All that there are is what Route 53 takes anyway.
    if checkers.len() == CHECKERS.len() {
        checkers.clear();
    }
    let ProbeSpec { protocol, endpoint } = probe;
    let places = match regions {
        Some(set) => context.set(set, None).into_iter().map(Some).collect(),
        None => vec![None],
    };
    for place in places {
        let text = context.expand(endpoint.as_str(), place)?;
        let parsed = parse_endpoint(*protocol, &text).ok()?;
        let number = |node: &Option<crate::Node<u64>>| node.as_ref().map(|node| u8::try_from(node.value));
        let kind = ResourceKind::HealthCheck(HealthCheck {
            endpoint: parsed.protocol,
            host: normalise_domain(&parsed.host),
            path: parsed.path,
            interval: number(interval).transpose().ok()?.unwrap_or(DEFAULT_INTERVAL),
            failure_threshold: number(failure_threshold).transpose().ok()?.unwrap_or(DEFAULT_THRESHOLD),
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

fn resolve_record(context: &Context<'_>, record: &RecordSpec, out: &mut Vec<Resource>) -> Option<()> {
    let RecordSpec { label, docs: _, record_type, zone, name: _, ttl, routing: _ } = record;
    let zone = Address::global(Kind::Zone, zone.as_str());
    let ttl = ttl.as_ref().map(|ttl| u32::try_from(ttl.value)).transpose().ok()?.unwrap_or(DEFAULT_TTL);
    for member in context.members(record) {
        let Member { place, who: _, weight: _, target } = member;
        let health_check = target.keys.health_check.as_ref().and_then(|used| {
            let spec = context.health_check(used.label.as_str())?;
            let place = context.health_check_place(used, place).filter(|_| spec.regions.is_some());
            Some(health_check_address(used.label.as_str(), place))
        });
        let set = RecordSet {
            zone: zone.clone(),
            name: whole_name(record, &normalise_domain(context.zone(zone.label.as_str())?.name.as_str())),
            record_type: record_type.value,
            routing: routing_of(record, &member)?,
            data: record_data(context, place, target, ttl)?,
            health_check: health_check.clone(),
        };
        let address = match (place, member.key()) {
            (Some((region, _)), _) => Address::regional(Kind::Record, label.as_str(), region),
            (None, Some(key)) => Address::global(Kind::Record, label.as_str()).with_part(key),
            (None, None) => Address::global(Kind::Record, label.as_str()),
        };
        let needs = [Some(zone.clone()), health_check].into_iter().flatten();
        out.push(resource(address, label.id, needs, ResourceKind::RecordSet(set)));
    }
    Some(())
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
            SelectorSpec::Regions(_) | SelectorSpec::Named(_) | SelectorSpec::Coordinates(..) => return None,
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

fn resolve_table(context: &Context<'_>, table: &TableSpec, out: &mut Vec<Resource>) -> Option<()> {
    let TableSpec { label, docs: _, name: _, key, sort_key, replicas, writes: _, ttl, deletion_protection } =
        table;
    let name = table_name(table);
    let protection = deletion_protection.as_ref().is_none_or(|node| node.value);
    let attribute =
        |key: &KeySpec| Some(KeyAttribute { name: key.attribute.value.clone(), key_type: key_type(key)? });
    let places = context.set(replicas, None);
    let (home, others) = places.split_first()?;
    let home_address = Address::regional(Kind::Table, label.as_str(), home.0);
    let kind = ResourceKind::Table(Table {
        name: name.clone(),
        region: home.1,
        key: attribute(key)?,
        sort_key: sort_key.as_ref().map(|key| attribute(key).ok_or(())).transpose().ok()?,
        ttl: ttl.as_ref().map(|ttl| ttl.value.clone()),
        deletion_protection: protection,
    });
    out.push(resource(home_address.clone(), label.id, [], kind));
    for (region_label, region) in others {
        let address = Address::regional(Kind::Table, label.as_str(), region_label);
        let kind = ResourceKind::Replica(Replica {
            name: name.clone(),
            home: home.1,
            region: *region,
            deletion_protection: protection,
        });
        out.push(resource(address, label.id, [home_address.clone()], kind));
    }
    Some(())
}

fn resolve_cluster(context: &Context<'_>, cluster: &ClusterSpec, out: &mut Vec<Resource>) -> Option<()> {
    let ClusterSpec {
        label,
        docs: _,
        engine: EngineSpec { name: _, version },
        primary,
        secondaries,
        instances: InstancesSpec { count: instance_count, class: instance_class },
        subnet_group,
        database,
        master_username,
        kms_key,
        backup_retention: backup_retention_days,
        deletion_protection,
    } = cluster;
    let engine = cluster_names::engine(cluster)?;
    let primary_place = context.place(primary.as_str())?;
    let protection = deletion_protection.as_ref().is_none_or(|node| node.value);
    let retention = backup_retention_days.as_ref().map(|days| u8::try_from(days.value)).transpose().ok()?;
    let database = database.as_ref().map(|database| database.value.clone());
    let global_identifier = cluster_names::global_identifier(cluster);
    let global = Address::global(Kind::Cluster, label.as_str());
    let kind = ResourceKind::GlobalCluster(GlobalCluster {
        identifier: global_identifier.clone(),
        region: primary_place.1,
        engine,
        version: version.value.clone(),
        database: database.clone(),
        deletion_protection: protection,
    });
    out.push(resource(global.clone(), label.id, [], kind));
    let member = |place: Place<'_>| Address::regional(Kind::Cluster, label.as_str(), place.0);
    let writer = member(primary_place).with_part("1");
    let members = [primary_place].into_iter().chain(context.set(secondaries, Some(primary.as_str())));
    for place in members {
        let (role, needs) = if place == primary_place {
            let user = master_username.as_ref().map(|user| user.value.clone());
            let master_username = user.unwrap_or_else(|| engine.default_master_username().to_owned());
            (ClusterRole::Primary { master_username, database: database.clone() }, vec![global.clone()])
        } else {
            // A secondary can't be created before the primary has an available writer (RDS-110).
            (ClusterRole::Secondary, vec![global.clone(), writer.clone()])
        };
        let expand = |template: &Option<crate::Node<String>>| match template {
            Some(template) => context.expand(template.as_str(), Some(place)).map(Some),
            None => Some(None),
        };
        let identifier = cluster_names::member_identifier(cluster, place.1);
        let kind = ResourceKind::Cluster(Cluster {
            identifier: identifier.clone(),
            global_identifier: global_identifier.clone(),
            region: place.1,
            engine,
            version: version.value.clone(),
            role,
            // RDS stores the names of groups in lower case.
            subnet_group: expand(subnet_group)?.map(|name| name.to_ascii_lowercase()),
            kms_key: expand(kms_key)?,
            backup_retention_days: retention.unwrap_or(DEFAULT_RETENTION_DAYS),
            deletion_protection: protection,
        });
        out.push(resource(member(place), label.id, needs, kind));
        for number in 1..=instance_count.value {
            let kind = ResourceKind::Instance(Instance {
                identifier: cluster_names::instance_identifier(cluster, place.1, number),
                cluster_identifier: identifier.clone(),
                region: place.1,
                engine,
                class: instance_class.value.clone(),
            });
            out.push(resource(member(place).with_part(number.to_string()), label.id, [member(place)], kind));
        }
    }
    Some(())
}

fn resolve_bucket(context: &Context<'_>, bucket: &BucketSpec, out: &mut Vec<Resource>) -> Option<()> {
    let BucketSpec { label, docs: _, name: _, mirror, replication_time_control } = bucket;
    let places = context.set(mirror, None);
    let mut named = Vec::new();
    for place in places {
        named.push((place, bucket_name(context, bucket, place)?));
    }
    let address = |place: &Place<'_>| Address::regional(Kind::Bucket, label.as_str(), place.0);
    let role_address = Address::global(Kind::Bucket, label.as_str()).with_part("replication_role");
    let role = role_name(context.spec.name.as_str(), label.as_str());
    // In order of names, so that the order of regions makes no difference.
    let mut buckets: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
    buckets.sort();
    let role_kind = ResourceKind::ReplicationRole(ReplicationRole { name: role.clone(), buckets });
    out.push(resource(role_address.clone(), label.id, [], role_kind));
    let mut needs: BTreeSet<Address> = named.iter().map(|(place, _)| address(place)).collect();
    needs.insert(role_address);
    for (place, name) in &named {
        let kind = ResourceKind::Bucket(Bucket { name: name.clone(), region: place.1 });
        out.push(resource(address(place), label.id, [], kind));
        let destinations = named.iter().filter(|(other, _)| other != place).map(|(_, name)| name.clone());
        let kind = ResourceKind::Replication(Replication {
            bucket: name.clone(),
            region: place.1,
            role: role.clone(),
            destinations: destinations.collect(),
            replication_time_control: is_on(replication_time_control),
        });
        out.push(resource(address(place).with_part("replication"), label.id, needs.clone(), kind));
    }
    Some(())
}

/// Longest name of an IAM role (IAM API, `roleNameType`).
const MAX_ROLE_NAME: usize = 64;

/// The name of a bucket item's role. IAM roles are global, so the topology's name is part of it; what is too long is cut
/// and told apart by a checksum of the whole.
pub(crate) fn role_name(topology: &str, label: &str) -> String {
    let name = format!("polyregion-{}-{}-replication", dashed(topology), dashed(label));
    if name.len() <= MAX_ROLE_NAME {
        return name;
    }
    let kept: String = name.chars().take(MAX_ROLE_NAME - 9).collect();
    format!("{kept}-{:08x}", checksum(&name) >> 32)
}
