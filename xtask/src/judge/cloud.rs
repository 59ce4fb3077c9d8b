//! The emulated account, seen without the engine and without the SDK: emptied, furnished with what a topology expects to
//! find, and listed. Not here: the emulator's process (`server`).

use polyregion::{ResourceKind, Topology};
use serde_json::Value;

use super::http;

/// Services with one endpoint for all regions are asked here.
const CONTROL_REGION: &str = "us-east-1";

/// The emulated account of a topology.
pub(super) struct Cloud {
    port: u16,
    account: String,
    /// The regions to look at, so that what is left in one that is not declared is seen too.
    regions: Vec<String>,
}

impl Cloud {
    /// The account of a topology; its regions are looked at.
    pub(super) fn new(port: u16, widest: &Topology) -> Self {
        let regions = widest.regions().iter().map(|place| place.region.code().to_owned()).collect();
        Self { port, account: widest.account().to_owned(), regions }
    }

    /// Asks each service once. The emulator and the proxy load the code of a service, and its model, when it is asked first; on a
    /// busy machine that takes longer than a region may take to answer the first call of a run.
    pub(super) fn warm_up(&self) -> Result<(), String> {
        for region in &self.regions {
            self.query("sts", region, "2011-06-15", "GetCallerIdentity")?;
        }
        self.inventory().map(drop)
    }

    /// Empties it, then makes the load balancers and subnet groups that a topology expects.
    pub(super) fn furnish(&self, topology: &Topology) -> Result<(), String> {
        http::send(self.port, "POST", "/_ministack/reset", &[], "")?;
        for reference in topology.load_balancers() {
            let region = reference.region.code();
            let subnets = self.subnets(region, "Subnets.member")?;
            let call = format!("CreateLoadBalancer&Name={}{subnets}", reference.name);
            self.query("elasticloadbalancing", region, "2015-12-01", &call)?;
        }
        for cluster in topology.resources().iter().filter_map(|resource| resource.kind.as_cluster()) {
            let Some(group) = &cluster.subnet_group else { continue };
            let region = cluster.region.code();
            let subnets = self.subnets(region, "SubnetIds.SubnetIdentifier")?;
            let call = format!(
                "CreateDBSubnetGroup&DBSubnetGroupName={group}&DBSubnetGroupDescription=judge{subnets}"
            );
            self.query("rds", region, "2014-10-31", &call)?;
        }
        Ok(())
    }

    /// Two subnets of a region, as parameters.
    fn subnets(&self, region: &str, parameter: &str) -> Result<String, String> {
        let answer = self.query("ec2", region, "2016-11-15", "DescribeSubnets")?;
        let numbered = texts(&answer, "subnetId").into_iter().take(2).enumerate();
        Ok(numbered.map(|(index, id)| format!("&{parameter}.{}={id}", index + 1)).collect())
    }

    /// All that polyregion could have made, one line each, sorted: what exists twice is listed twice.
    pub(super) fn inventory(&self) -> Result<Vec<String>, String> {
        let mut found = self.route53()?;
        for region in &self.regions {
            let tables: Value = self.dynamodb_tables(region)?;
            let names = tables["TableNames"].as_array().into_iter().flatten().filter_map(Value::as_str);
            found.extend(names.map(|name| format!("table {name} in {region}")));
            let rds = |call: &str| self.query("rds", region, "2014-10-31", call);
            let clusters = rds("DescribeDBClusters")?;
            found.extend(
                texts(&clusters, "DBClusterIdentifier").iter().map(|id| format!("cluster {id} in {region}")),
            );
            let instances = rds("DescribeDBInstances")?;
            found.extend(
                texts(&instances, "DBInstanceIdentifier")
                    .iter()
                    .map(|id| format!("instance {id} in {region}")),
            );
        }
        let globals = self.query("rds", CONTROL_REGION, "2014-10-31", "DescribeGlobalClusters")?;
        found.extend(
            texts(&globals, "GlobalClusterIdentifier").iter().map(|id| format!("global cluster {id}")),
        );
        found.extend(
            texts(&globals, "DBClusterArn").iter().map(|arn| format!("global member {}", last(arn, ':'))),
        );
        let roles = self.query("iam", CONTROL_REGION, "2010-05-08", "ListRoles")?;
        found.extend(texts(&roles, "RoleName").iter().map(|name| format!("role {name}")));
        let buckets = self.get("s3", CONTROL_REGION, "/")?;
        for block in texts(&buckets, "Bucket") {
            // The copies of the recorded state outlive what they record.
            if block.contains("polyregion-state-") {
                continue;
            }
            let name = texts(block, "Name").concat();
            let region = texts(block, "BucketRegion").concat();
            // A bucket without a configuration answers with 404.
            let rules = self.get("s3", &region, &format!("/{name}?replication")).unwrap_or_default();
            let destinations = texts(&rules, "Destination");
            let to = destinations.iter().map(|destination| last(&texts(destination, "Bucket").concat(), ':'));
            found.extend(to.map(|to| format!("replication of {name} to {to}")));
            found.push(format!("bucket {name} in {region}"));
        }
        found.sort();
        Ok(found)
    }

    fn route53(&self) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let checks = self.get("route53", CONTROL_REGION, "/2013-04-01/healthcheck")?;
        found.extend(
            texts(&checks, "FullyQualifiedDomainName").iter().map(|host| format!("health check of {host}")),
        );
        let zones = self.get("route53", CONTROL_REGION, "/2013-04-01/hostedzone")?;
        for zone in texts(&zones, "HostedZone") {
            let name = texts(zone, "Name").concat();
            found.push(format!("zone {}", name.trim_end_matches('.')));
            let id = texts(zone, "Id").concat();
            let records = self.get("route53", CONTROL_REGION, &format!("/2013-04-01{id}/rrset"))?;
            for record in texts(&records, "ResourceRecordSet") {
                let text = |tag| texts(record, tag).concat();
                let kind = text("Type");
                if text("Name") != name || !["NS", "SOA"].contains(&kind.as_str()) {
                    let at = text("Name");
                    found.push(format!(
                        "record {} {kind} {}",
                        at.trim_end_matches('.'),
                        text("SetIdentifier")
                    ));
                }
            }
        }
        Ok(found)
    }

    fn dynamodb_tables(&self, region: &str) -> Result<Value, String> {
        let scope = self.scope("dynamodb", region);
        let headers = [
            ("Authorization", scope.as_str()),
            ("X-Amz-Target", "DynamoDB_20120810.ListTables"),
            ("Content-Type", "application/x-amz-json-1.0"),
        ];
        let answer = http::send(self.port, "POST", "/", &headers, "{}")?;
        serde_json::from_str(&answer).map_err(|error| format!("ListTables: {error}"))
    }

    fn query(&self, service: &str, region: &str, version: &str, call: &str) -> Result<String, String> {
        let scope = self.scope(service, region);
        let headers = [
            ("Authorization", scope.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ];
        http::send(self.port, "POST", "/", &headers, &format!("Version={version}&Action={call}"))
    }

    fn get(&self, service: &str, region: &str, path: &str) -> Result<String, String> {
        let scope = self.scope(service, region);
        http::send(self.port, "GET", path, &[("Authorization", scope.as_str())], "")
    }

    /// The emulator takes account, region and service from here and verifies no signature.
    fn scope(&self, service: &str, region: &str) -> String {
        let account = &self.account;
        format!(
            "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, \
             Signature=none"
        )
    }
}

/// What the inventory must be when a topology is deployed.
pub(super) fn expected(topology: &Topology) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in topology.resources() {
        match &resource.kind {
            ResourceKind::Zone(zone) => lines.push(format!("zone {}", zone.name)),
            ResourceKind::HealthCheck(check) => lines.push(format!("health check of {}", check.host)),
            ResourceKind::RecordSet(record) => {
                let set = record.set_identifier().unwrap_or_default();
                lines.push(format!("record {} {} {set}", record.name, record.record_type.name()));
            }
            ResourceKind::Table(table) => lines.push(format!("table {} in {}", table.name, table.region)),
            ResourceKind::Replica(replica) => {
                lines.push(format!("table {} in {}", replica.name, replica.region));
            }
            ResourceKind::GlobalCluster(global) => {
                lines.push(format!("global cluster {}", global.identifier));
            }
            ResourceKind::Cluster(cluster) => {
                lines.push(format!("cluster {} in {}", cluster.identifier, cluster.region));
                lines.push(format!("global member {}", cluster.identifier));
            }
            ResourceKind::Instance(instance) => {
                lines.push(format!("instance {} in {}", instance.identifier, instance.region));
            }
            ResourceKind::Bucket(bucket) => {
                lines.push(format!("bucket {} in {}", bucket.name, bucket.region))
            }
            ResourceKind::ReplicationRole(role) => lines.push(format!("role {}", role.name)),
            ResourceKind::Replication(replication) => {
                let to = replication.destinations.iter();
                lines.extend(to.map(|to| format!("replication of {} to {to}", replication.bucket)));
            }
        }
    }
    lines.sort();
    lines
}

/// The texts of all elements of a name, markup included. Enough for elements that don't nest in themselves.
fn texts<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
}

fn last(text: &str, separator: char) -> String {
    text.rsplit(separator).next().unwrap_or_default().to_owned()
}
