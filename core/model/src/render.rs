//! A topology as text: the plan from nothing, deterministic, for users' own snapshot tests. Not here: plans against
//! observed state, which the engine renders.

mod explain;

use std::fmt;

use crate::attribute::Attributes;
use crate::resource::*;
use crate::spec::Pending;
use crate::topology::Topology;

/// The topology with every resource in dependency order, what it is made of and what it needs.
impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "topology {} in account {} ({})", self.name(), self.account(), self.partition)?;
        let regions: Vec<String> =
            self.regions.iter().map(|place| format!("{} = {}", place.label, place.region)).collect();
        writeln!(f, "regions {}", regions.join(", "))?;
        for resource in &self.resources {
            writeln!(f, "\n{}: {}", resource.address, resource.kind.noun())?;
            for (key, value) in facts(&resource.kind) {
                writeln!(f, "  {key}: {value}")?;
            }
            if !resource.needs.is_empty() {
                let needs: Vec<String> = resource.needs.iter().map(ToString::to_string).collect();
                writeln!(f, "  needs: {}", needs.join(", "))?;
            }
        }
        if !self.pending.is_empty() {
            writeln!(f, "\nchecked, and not deployed by this version:")?;
            for (address, Pending { id: _, what }) in &self.pending {
                writeln!(f, "  {address} {what}")?;
            }
        }
        Ok(())
    }
}

/// A fact, left out when absent.
fn optional(key: &'static str, value: Option<&impl ToString>) -> Option<(&'static str, String)> {
    value.map(|value| (key, value.to_string()))
}

fn facts(kind: &ResourceKind) -> Vec<(&'static str, String)> {
    match kind {
        ResourceKind::Zone(Zone { name, comment, existing, settings }) => {
            let mut facts = vec![("name", name.clone())];
            facts.extend(optional("comment", comment.as_ref()));
            if *existing {
                facts.push(("existing", "true".to_owned()));
            }
            facts.extend(settings_facts(settings));
            facts
        }
        ResourceKind::HealthCheck(check) => health_check_facts(check),
        ResourceKind::RecordSet(record) => record_facts(record),
        ResourceKind::Table(table) => {
            let Table { name, region, key, sort_key, ttl, indexes, deletion_protection, settings } = table;
            let attribute = |key: &KeyAttribute| format!("{} ({})", key.name, key.key_type.name());
            let mut facts =
                vec![("name", name.clone()), ("region", region.to_string()), ("key", attribute(key))];
            facts.extend(optional("sort_key", sort_key.as_ref().map(attribute).as_ref()));
            facts.extend(optional("ttl", ttl.as_ref()));
            facts.extend(indexes.iter().map(|(name, index)| {
                let limits = index.capacity.iter().map(|(field, most)| format!(", {field}: {most}"));
                ("index", format!("{name} {index}{}", limits.collect::<String>()))
            }));
            facts.push(("deletion_protection", deletion_protection.to_string()));
            facts.extend(settings_facts(settings));
            facts
        }
        ResourceKind::Replica(Replica { name, home, region, deletion_protection, settings }) => {
            let mut facts = vec![
                ("name", name.clone()),
                ("region", region.to_string()),
                ("home", home.to_string()),
                ("deletion_protection", deletion_protection.to_string()),
            ];
            facts.extend(settings_facts(settings));
            facts
        }
        ResourceKind::GlobalCluster(global) => {
            let GlobalCluster {
                identifier,
                region,
                engine,
                version,
                database,
                deletion_protection,
                extended_support,
            } = global;
            let mut facts = vec![
                ("identifier", identifier.clone()),
                ("region", region.to_string()),
                ("engine", format!("{} {version}", engine.id())),
            ];
            facts.extend(optional("database", database.as_ref()));
            facts.push(("deletion_protection", deletion_protection.to_string()));
            facts.extend((!extended_support).then(|| ("extended_support", "false".to_owned())));
            facts
        }
        ResourceKind::Cluster(cluster) => cluster_facts(cluster),
        ResourceKind::Instance(instance) => {
            let Instance { identifier, cluster_identifier, region, engine: _, class, settings } = instance;
            let mut facts = vec![
                ("identifier", identifier.clone()),
                ("cluster", cluster_identifier.clone()),
                ("region", region.to_string()),
                ("class", class.clone()),
            ];
            facts.extend(settings_facts(settings));
            facts
        }
        ResourceKind::Bucket(Bucket { name, region, lifecycle, settings }) => {
            let mut facts = vec![("name", name.clone()), ("region", region.to_string())];
            facts.extend(lifecycle.iter().map(|(name, rule)| ("lifecycle", format!("{name} {rule}"))));
            facts.extend(settings_facts(settings));
            facts
        }
        ResourceKind::ReplicationRole(ReplicationRole { name, buckets, has_locks, keys }) => {
            let mut facts = vec![("name", name.clone()), ("buckets", buckets.join(", "))];
            facts.extend(has_locks.then(|| ("locks", "true".to_owned())));
            facts.extend(keys.iter().map(|(_, key)| ("key", key.clone())));
            facts
        }
        ResourceKind::Replication(replication) => {
            let Replication {
                bucket,
                region,
                role,
                destinations,
                replication_time_control,
                modification_sync,
                keys,
                rules,
            } = replication;
            let mut facts = vec![
                ("bucket", bucket.clone()),
                ("region", region.to_string()),
                ("role", role.clone()),
                ("destinations", destinations.join(", ")),
                ("replication_time_control", replication_time_control.to_string()),
                ("modification_sync", modification_sync.to_string()),
            ];
            facts.extend(keys.iter().map(|(to, key)| ("key", format!("{to} {key}"))));
            let rules = rules.iter().filter(|rule| **rule != CopyRule::everything());
            facts.extend(rules.map(|rule| ("rule", rule.to_string())));
            facts
        }
    }
}

fn health_check_facts(check: &HealthCheck) -> Vec<(&'static str, String)> {
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
    let path = path.as_deref().unwrap_or("");
    let mut facts = vec![
        ("endpoint", format!("{:?} {host}:{}{path}", endpoint.protocol, endpoint.port)),
        ("interval", format!("{interval} s")),
        ("failure_threshold", failure_threshold.to_string()),
    ];
    facts.extend(optional("search", search.as_ref()));
    if !checkers.is_empty() {
        let codes: Vec<&str> = checkers.iter().map(|region| region.code()).collect();
        facts.push(("checkers", codes.join(", ")));
    }
    let flags = [("inverted", inverted), ("measure_latency", measure_latency)];
    facts.extend(flags.into_iter().filter(|(_, flag)| **flag).map(|(name, flag)| (name, flag.to_string())));
    facts
}

fn record_facts(record: &RecordSet) -> Vec<(&'static str, String)> {
    let RecordSet { zone: _, name, record_type, routing, data, health_check } = record;
    let mut facts = vec![("name", name.clone()), ("type", record_type.name().to_owned())];
    match routing {
        Routing::Simple => {}
        Routing::Latency(region) => facts.push(("latency", region.to_string())),
        other @ (Routing::Weighted { .. }
        | Routing::FailoverPrimary
        | Routing::FailoverSecondary
        | Routing::Geolocation(_)
        | Routing::Geoproximity { .. }
        | Routing::Multivalue { .. }) => facts.push(("routing", other.to_string())),
    }
    match data {
        RecordData::Values { ttl, values } => {
            facts.push(("ttl", format!("{ttl} s")));
            facts.push(("values", values.join(", ")));
        }
        RecordData::Alias { target, evaluate_target_health } => {
            let text = match target {
                AliasTarget::Name { dns_name, zone_id } => format!("{dns_name} ({zone_id})"),
                AliasTarget::Record { dns_name } => format!("record {dns_name}"),
                AliasTarget::LoadBalancer(LoadBalancerRef { region, name }) => {
                    format!("load balancer {name} in {region}")
                }
            };
            facts.push(("alias", text));
            facts.push(("evaluate_target_health", evaluate_target_health.to_string()));
        }
    }
    facts.extend(optional("health_check", health_check.as_ref()));
    facts
}

fn cluster_facts(cluster: &Cluster) -> Vec<(&'static str, String)> {
    let Cluster {
        identifier,
        global_identifier,
        region,
        engine,
        version,
        role,
        subnet_group,
        kms_key,
        backup_retention_days,
        deletion_protection,
        settings,
    } = cluster;
    let mut facts = vec![
        ("identifier", identifier.clone()),
        ("global", global_identifier.clone()),
        ("region", region.to_string()),
        ("engine", format!("{} {version}", engine.id())),
    ];
    match role {
        ClusterRole::Primary { master_username, database } => {
            facts.push(("role", "primary".to_owned()));
            facts.push(("master_username", master_username.clone()));
            facts.extend(optional("database", database.as_ref()));
        }
        ClusterRole::Secondary => facts.push(("role", "secondary".to_owned())),
    }
    facts.extend(optional("subnet_group", subnet_group.as_ref()));
    facts.extend(optional("kms_key", kms_key.as_ref()));
    facts.push(("backup_retention", format!("{backup_retention_days} days")));
    facts.push(("deletion_protection", deletion_protection.to_string()));
    facts.extend(settings_facts(settings));
    facts
}

fn settings_facts(settings: &Attributes) -> impl Iterator<Item = (&'static str, String)> {
    settings.iter().map(|(field, value)| (field.name(), value.to_string()))
}
