//! The calls that AWS's API makes unavoidable, by operation, for a tool that observes before it changes, marks what it owns, and
//! does not report as done what is not. Not here: the calls that were made (`seed`, `scale`).

use std::collections::{BTreeMap, BTreeSet};

use polyregion::{ResourceKind, Topology};
use polyregion_model::RecordData;

/// How many calls of each operation, as `service:Operation`.
pub(super) type Operations = BTreeMap<String, usize>;

/// The least calls of each operation.
#[derive(Default)]
pub(super) struct Minimum {
    /// To learn that everything is as declared.
    pub(super) plan: Operations,
    /// To learn that nothing exists, to make it, and to learn that it is ready, when the first poll says so.
    pub(super) deploy: Operations,
}

fn add(operations: &mut Operations, operation: &str, calls: usize) {
    if calls > 0 {
        *operations.entry(operation.to_owned()).or_default() += calls;
    }
}

/// Pages of a listing.
fn pages(entries: usize, page: usize) -> usize {
    entries.div_ceil(page)
}

/// Records of a zone: sets, values, and characters in them.
#[derive(Default)]
struct Records {
    sets: usize,
    values: usize,
    characters: usize,
}

impl Minimum {
    /// Of a topology, alone in its account.
    pub(super) fn of(topology: &Topology) -> Self {
        let mut minimum = Self::default();
        let (mut checks, mut zones) = (0, 0);
        let mut globals = 0;
        let mut clusters: BTreeMap<_, usize> = BTreeMap::new();
        let mut instances: BTreeMap<_, usize> = BTreeMap::new();
        let mut buckets = 0;
        let mut records: BTreeMap<_, Records> = BTreeMap::new();
        for resource in topology.resources() {
            minimum.add_resource(&resource.kind);
            match &resource.kind {
                ResourceKind::HealthCheck(_) => checks += 1,
                ResourceKind::Zone(_) => zones += 1,
                ResourceKind::RecordSet(record) => {
                    let zone = records.entry(record.zone.clone()).or_default();
                    zone.sets += 1;
                    // An alias has no values.
                    if let RecordData::Values { values, .. } = &record.data {
                        zone.values += values.len();
                        zone.characters += values.iter().map(String::len).sum::<usize>();
                    }
                }
                ResourceKind::GlobalCluster(_) => globals += 1,
                ResourceKind::Cluster(cluster) => *clusters.entry(cluster.region).or_default() += 1,
                ResourceKind::Instance(instance) => *instances.entry(instance.region).or_default() += 1,
                ResourceKind::Bucket(_) => buckets += 1,
                ResourceKind::Table(_)
                | ResourceKind::Replica(_)
                | ResourceKind::ReplicationRole(_)
                | ResourceKind::Replication(_) => {}
            }
        }
        // Who asks: once, though the engine asks every region, to learn which answer.
        minimum.listing("sts:GetCallerIdentity", 1, 1);
        minimum.listing("route53:ListHostedZonesByName", zones, 100);
        minimum.listing("route53:ListHealthChecks", checks, 1000);
        minimum.listing("rds:DescribeGlobalClusters", globals, 100);
        for count in clusters.into_values() {
            minimum.listing("rds:DescribeDBClusters", count, 100);
        }
        for count in instances.into_values() {
            minimum.listing("rds:DescribeDBInstances", count, 100);
        }
        let places: BTreeSet<_> =
            topology.load_balancers().into_iter().map(|reference| reference.region).collect();
        for _ in places {
            minimum.listing("elasticloadbalancing:DescribeLoadBalancers", 1, 400);
        }
        minimum.listing("s3:ListBuckets", buckets, 1000);
        for Records { sets, values, characters } in records.into_values() {
            // With the zone's own two, 300 of a zone in a page; 1,000 values with 32,000 characters in a batch; the last batch that is
            // in sync says so for all.
            add(&mut minimum.plan, "route53:ListResourceRecordSets", pages(sets + 2, 300));
            let batches = pages(values, 1000).max(pages(characters, 32_000)).max(1);
            add(&mut minimum.deploy, "route53:ChangeResourceRecordSets", batches);
            add(&mut minimum.deploy, "route53:GetChange", 1);
        }
        minimum
    }

    /// What is listed whether it exists or not: one page says that there is nothing.
    fn listing(&mut self, operation: &str, entries: usize, page: usize) {
        add(&mut self.plan, operation, pages(entries, page));
        add(&mut self.deploy, operation, usize::from(entries > 0));
    }

    /// The calls that each resource takes by itself: to see that it is as declared, to see that it is absent, to make it, and to see
    /// it ready.
    fn add_resource(&mut self, kind: &ResourceKind) {
        let (plan, deploy): (&[&str], &[&str]) = match kind {
            // Listed; the API takes no tags at creation.
            ResourceKind::Zone(_) => (&[], &["route53:CreateHostedZone", "route53:ChangeTagsForResource"]),
            ResourceKind::HealthCheck(_) => {
                (&[], &["route53:CreateHealthCheck", "route53:ChangeTagsForResource"])
            }
            ResourceKind::RecordSet(_) => (&[], &[]),
            // DescribeTable includes neither TTL nor tags. It is described to see that it is absent and again to see it ready.
            ResourceKind::Table(table) => (
                &["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource"],
                match table.ttl {
                    Some(_) => &[
                        "dynamodb:DescribeTable",
                        "dynamodb:CreateTable",
                        "dynamodb:DescribeTable",
                        "dynamodb:UpdateTimeToLive",
                    ],
                    None => &["dynamodb:DescribeTable", "dynamodb:CreateTable", "dynamodb:DescribeTable"],
                },
            ),
            // In its region, as only that tells its deletion protection. UpdateTable at home adds it, in its region protects it; it
            // must be seen ready before that, and again after.
            ResourceKind::Replica(replica) => (
                &["dynamodb:DescribeTable"],
                if replica.deletion_protection {
                    &[
                        "dynamodb:DescribeTable",
                        "dynamodb:UpdateTable",
                        "dynamodb:DescribeTable",
                        "dynamodb:TagResource",
                        "dynamodb:UpdateTable",
                        "dynamodb:DescribeTable",
                    ]
                } else {
                    &[
                        "dynamodb:DescribeTable",
                        "dynamodb:UpdateTable",
                        "dynamodb:DescribeTable",
                        "dynamodb:TagResource",
                        "dynamodb:DescribeTable",
                    ]
                },
            ),
            // Listed. It must be seen ready, each when the next can begin.
            ResourceKind::GlobalCluster(_) => {
                (&[], &["rds:CreateGlobalCluster", "rds:DescribeGlobalClusters"])
            }
            ResourceKind::Cluster(_) => (&[], &["rds:CreateDBCluster", "rds:DescribeDBClusters"]),
            ResourceKind::Instance(_) => (&[], &["rds:CreateDBInstance", "rds:DescribeDBInstances"]),
            ResourceKind::Bucket(_) => (
                &["s3:GetBucketTagging", "s3:GetBucketVersioning"],
                &["s3:CreateBucket", "s3:PutBucketVersioning"],
            ),
            ResourceKind::ReplicationRole(_) => (
                &["iam:GetRole", "iam:GetRolePolicy"],
                &["iam:GetRole", "iam:CreateRole", "iam:PutRolePolicy"],
            ),
            ResourceKind::Replication(_) => (&["s3:GetBucketReplication"], &["s3:PutBucketReplication"]),
        };
        plan.iter().for_each(|operation| add(&mut self.plan, operation, 1));
        deploy.iter().for_each(|operation| add(&mut self.deploy, operation, 1));
    }
}

/// How many there are in all.
pub(super) fn total(operations: &Operations) -> usize {
    operations.values().sum()
}
