//! What exists, as lines for people and tests. Not here: how the services describe it.

use std::collections::BTreeMap;

use crate::world::World;

impl World {
    /// Everything that exists, as lines, in order. Objects in buckets are not listed.
    pub(crate) fn inventory(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for zone in self.zones.values() {
            lines.push(format!("route53 zone {}", zone.name));
            lines.extend(zone.records.iter().map(|record| {
                let identifier =
                    record.set_identifier.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
                format!("route53 record {} {}{identifier}", record.name, record.record_type)
            }));
        }
        lines.extend(
            self.health_checks.values().map(|check| format!("route53 health check {}", check.describe())),
        );
        for (region, tables) in &self.tables {
            lines.extend(tables.keys().map(|name| format!("dynamodb table {name} in {region}")));
        }
        lines.extend(self.global_clusters.keys().map(|name| format!("rds global cluster {name}")));
        for (region, clusters) in &self.clusters {
            lines.extend(clusters.keys().map(|name| format!("rds cluster {name} in {region}")));
        }
        for (region, instances) in &self.instances {
            lines.extend(instances.keys().map(|name| format!("rds instance {name} in {region}")));
        }
        lines.extend(
            self.buckets.iter().map(|(name, bucket)| format!("s3 bucket {name} in {}", bucket.region)),
        );
        lines.extend(self.roles.keys().map(|name| format!("iam role {name}")));
        lines
    }

    /// Which thing each line of the inventory stands for: AWS's own identity of it, which another thing under the same name
    /// would not have. Records have none. Zones and health checks may be equal, so their lines go on with the caller
    /// reference. S3 gives buckets none; theirs counts the buckets that were made.
    pub(crate) fn identities(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (id, zone) in &self.zones {
            all.insert(format!("route53 zone {} ({})", zone.name, zone.caller_reference), id.clone());
        }
        for (id, check) in &self.health_checks {
            let line = format!("route53 health check {} ({})", check.describe(), check.caller_reference);
            all.insert(line, id.clone());
        }
        for (region, tables) in &self.tables {
            for (name, table) in tables {
                all.insert(format!("dynamodb table {name} in {region}"), table.id.clone());
            }
        }
        for (name, global) in &self.global_clusters {
            all.insert(format!("rds global cluster {name}"), global.resource_id.clone());
        }
        for (region, clusters) in &self.clusters {
            for (name, cluster) in clusters {
                all.insert(format!("rds cluster {name} in {region}"), cluster.resource_id.clone());
            }
        }
        for (region, instances) in &self.instances {
            for (name, instance) in instances {
                all.insert(format!("rds instance {name} in {region}"), instance.resource_id.clone());
            }
        }
        for (name, bucket) in &self.buckets {
            all.insert(format!("s3 bucket {name} in {}", bucket.region), bucket.serial.to_string());
        }
        for (name, role) in &self.roles {
            all.insert(format!("iam role {name}"), role.id.clone());
        }
        all
    }
}
