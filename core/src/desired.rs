//! Attributes of desired resources. Not here: records, whose terms depend on what was observed (`record`).

use std::collections::BTreeMap;

use polyregion_model::spec::StorageClass;
use polyregion_model::*;

use crate::attribute::{Attributes, Field, Value};
use crate::policy;

/// The attributes of a desired resource. For records see [`crate::record::attributes`]: theirs are empty here.
pub(crate) fn attributes(topology: &Topology, resource: &Resource) -> Attributes {
    let mut attributes = of_kind(topology, &resource.kind);
    if !resource.tags.is_empty() {
        attributes.insert(Field::Tags, Value::Map(resource.tags.clone()));
    }
    attributes
}

fn of_kind(topology: &Topology, kind: &ResourceKind) -> Attributes {
    match kind {
        ResourceKind::Zone(zone) => zone_attributes(zone),
        ResourceKind::HealthCheck(check) => health_check_attributes(check),
        ResourceKind::RecordSet(_) => BTreeMap::new(),
        ResourceKind::Table(table) => {
            let Table { name, region: _, key, sort_key, ttl, indexes, deletion_protection, settings } = table;
            let keys = [Some(key), sort_key.as_ref()];
            let mut attributes = BTreeMap::from([
                (Field::Name, Value::text(name)),
                (
                    Field::KeySchema,
                    Value::List(keys.into_iter().flatten().map(ToString::to_string).collect()),
                ),
                (Field::BillingMode, Value::text(BILLING_MODE)),
                (Field::StreamViewType, Value::text(STREAM_VIEW_TYPE)),
                (Field::DeletionProtection, Value::Flag(*deletion_protection)),
            ]);
            if let Some(ttl) = ttl {
                attributes.insert(Field::TimeToLive, Value::text(ttl));
            }
            if !indexes.is_empty() {
                let texts = indexes.iter().map(|(name, index)| (name.clone(), index.to_string()));
                attributes.insert(Field::Indexes, Value::Map(texts.collect()));
            }
            let of_index = |(name, index): (&String, &Index)| index_capacity(name, &index.capacity);
            let capacities: BTreeMap<String, String> = indexes.iter().flat_map(of_index).collect();
            if !capacities.is_empty() {
                attributes.insert(Field::IndexCapacity, Value::Map(capacities));
            }
            attributes.extend(settings.clone());
            attributes
        }
        ResourceKind::Replica(Replica { name, home: _, region: _, deletion_protection, settings }) => {
            let mut attributes = BTreeMap::from([
                (Field::Name, Value::text(name)),
                (Field::DeletionProtection, Value::Flag(*deletion_protection)),
            ]);
            attributes.extend(settings.clone());
            attributes
        }
        ResourceKind::GlobalCluster(global) => {
            let GlobalCluster {
                identifier,
                region: _,
                engine,
                version,
                database,
                deletion_protection,
                extended_support: _,
            } = global;
            let mut attributes = BTreeMap::from([
                (Field::Name, Value::text(identifier)),
                (Field::Engine, Value::text(engine.id())),
                (Field::EngineVersion, Value::text(version)),
                (Field::DeletionProtection, Value::Flag(*deletion_protection)),
            ]);
            if let Some(database) = database {
                attributes.insert(Field::DatabaseName, Value::text(database));
            }
            attributes
        }
        ResourceKind::Cluster(cluster) => cluster_attributes(cluster),
        ResourceKind::Instance(instance) => {
            let Instance { identifier, cluster_identifier, region: _, engine: _, class, settings } = instance;
            let mut attributes = BTreeMap::from([
                (Field::Name, Value::text(identifier)),
                (Field::Cluster, Value::text(cluster_identifier)),
                (Field::InstanceClass, Value::text(class)),
            ]);
            attributes.extend(settings.clone());
            attributes
        }
        ResourceKind::Bucket(Bucket { name, region, lifecycle, settings }) => {
            let mut attributes = BTreeMap::from([
                (Field::Name, Value::text(name)),
                (Field::Region, Value::text(region.code())),
                (Field::Versioning, Value::Flag(true)),
            ]);
            if !lifecycle.is_empty() {
                let texts = lifecycle.iter().map(|(name, rule)| (name.clone(), rule.to_string()));
                attributes.insert(Field::Lifecycle, Value::Map(texts.collect()));
            }
            attributes.extend(settings.clone());
            attributes
        }
        ResourceKind::ReplicationRole(role) => BTreeMap::from([
            (Field::Name, Value::text(&role.name)),
            (Field::TrustPolicy, Value::text(policy::trust())),
            (Field::Policy, Value::text(policy::replication(topology.partition(), role))),
        ]),
        ResourceKind::Replication(replication) => replication_attributes(replication),
    }
}

/// How much is read from and written to an index, by the index's name and the name of the limit (`by_day.max_reads`).
pub(crate) fn index_capacity(index: &str, capacity: &Attributes) -> Vec<(String, String)> {
    capacity.iter().map(|(field, most)| (format!("{index}.{field}"), most.to_string())).collect()
}

/// Tables are billed by request: capacity planned per region makes writes of one region throttle in another.
pub(crate) const BILLING_MODE: &str = "PAY_PER_REQUEST";
/// What replicas need (DDB-080), unless declared otherwise.
pub(crate) const STREAM_VIEW_TYPE: &str = "NEW_AND_OLD_IMAGES";

/// A secondary must name its key (RDS-057); this is the key that AWS manages in every region.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/rds";

fn zone_attributes(zone: &Zone) -> Attributes {
    let Zone { name, comment, existing: _, settings } = zone;
    let mut attributes = BTreeMap::from([(Field::Name, Value::text(name))]);
    if let Some(comment) = comment {
        attributes.insert(Field::Comment, Value::text(comment));
    }
    if zone.is_private() {
        attributes.insert(Field::Private, Value::Flag(true));
    }
    attributes.extend(settings.clone());
    attributes
}

fn health_check_attributes(check: &HealthCheck) -> Attributes {
    let HealthCheck {
        endpoint,
        host,
        path,
        interval,
        failure_threshold,
        search,
        inverted,
        checkers,
        measure_latency,
    } = check;
    let mut attributes = BTreeMap::from([
        (Field::Protocol, Value::text(health_check_type(check))),
        (Field::Host, Value::text(host)),
        (Field::Port, Value::Number(u64::from(endpoint.port))),
        (Field::RequestInterval, Value::Number(u64::from(*interval))),
        (Field::FailureThreshold, Value::Number(u64::from(*failure_threshold))),
    ]);
    for (field, flag) in [(Field::Inverted, inverted), (Field::MeasureLatency, measure_latency)] {
        if *flag {
            attributes.insert(field, Value::Flag(true));
        }
    }
    if let Some(search) = search {
        attributes.insert(Field::Search, Value::text(search));
    }
    if !checkers.is_empty() {
        let mut codes: Vec<String> = checkers.iter().map(|region| region.code().to_owned()).collect();
        codes.sort();
        attributes.insert(Field::Checkers, Value::List(codes));
    }
    if let Some(path) = path {
        attributes.insert(Field::ResourcePath, Value::text(path));
    }
    attributes
}

/// Route 53's name of what a check does (`HealthCheckType`).
pub(crate) fn health_check_type(check: &HealthCheck) -> &'static str {
    match (check.endpoint.protocol, &check.search) {
        (Protocol::Http, None) => "HTTP",
        (Protocol::Http, Some(_)) => "HTTP_STR_MATCH",
        (Protocol::Https, None) => "HTTPS",
        (Protocol::Https, Some(_)) => "HTTPS_STR_MATCH",
        (Protocol::Tcp, _) => "TCP",
    }
}

/// The role, the administrator and the key of a cluster are not compared here: the role moves by switchover, and AWS answers with a
/// key's ARN whatever was asked for. What can't change is compared with how the cluster was made (`plan::made`).
fn cluster_attributes(cluster: &Cluster) -> Attributes {
    let Cluster {
        identifier,
        global_identifier,
        region: _,
        engine,
        version,
        role: _,
        subnet_group,
        kms_key: _,
        backup_retention_days,
        deletion_protection,
        settings,
    } = cluster;
    let mut attributes = BTreeMap::from([
        (Field::Name, Value::text(identifier)),
        (Field::GlobalCluster, Value::text(global_identifier)),
        (Field::Engine, Value::text(engine.id())),
        (Field::EngineVersion, Value::text(version)),
        (Field::BackupRetentionPeriod, Value::Number(u64::from(*backup_retention_days))),
        (Field::DeletionProtection, Value::Flag(*deletion_protection)),
    ]);
    if let Some(group) = subnet_group {
        attributes.insert(Field::SubnetGroup, Value::text(group));
    }
    attributes.extend(settings.clone());
    attributes
}

fn replication_attributes(replication: &Replication) -> Attributes {
    let Replication {
        bucket,
        region: _,
        role,
        destinations,
        replication_time_control,
        modification_sync,
        keys,
        rules: copied,
    } = replication;
    let mut destinations = destinations.clone();
    destinations.sort();
    let mut attributes = BTreeMap::from([
        (Field::Name, Value::text(bucket)),
        (Field::Role, Value::text(role)),
        (Field::Destinations, Value::List(destinations)),
        (Field::ReplicationTimeControl, Value::Flag(*replication_time_control)),
        (Field::ModificationSync, Value::Flag(*modification_sync)),
    ]);
    if !keys.is_empty() {
        attributes.insert(Field::ReplicaKeys, Value::Map(keys.clone()));
    }
    attributes.extend(rules(copied));
    attributes
}

/// What is compared of rules: what they have in common apart, so that a difference of all is one difference.
pub(crate) fn rules(rules: &[CopyRule]) -> Attributes {
    let all_delete = !rules.is_empty() && rules.iter().all(|rule| rule.delete_markers);
    let none_deletes = rules.iter().all(|rule| !rule.delete_markers);
    let mut classes: Vec<Option<StorageClass>> = rules.iter().map(|rule| rule.storage_class).collect();
    classes.dedup();
    let common = classes.first().copied().flatten().filter(|_| classes.len() == 1);
    let mut attributes = BTreeMap::from([(Field::DeleteMarkers, Value::Flag(all_delete))]);
    attributes.extend(common.map(|class| (Field::StorageClass, Value::text(class.word()))));
    let apart = |rule: &CopyRule| CopyRule {
        delete_markers: rule.delete_markers || none_deletes,
        storage_class: rule.storage_class.filter(|_| common.is_none()),
        ..rule.clone()
    };
    let rules: Vec<CopyRule> = rules.iter().map(apart).collect();
    if !rules.is_empty() && rules != [CopyRule::everything()] {
        let texts = rules.iter().map(ToString::to_string).collect();
        attributes.insert(Field::Rules, Value::List(texts));
    }
    attributes
}
