//! The IAM policies that a topology needs: the least that planning, deploying and destroying it can do with. Not here: the
//! role that S3 replicates with (`policy`).
//!
//! Actions and the resources that they take are those of AWS's Service Authorization Reference. Not verified on AWS: which
//! permissions `CreateBucket` with tags wants (the policies grant `s3:TagResource` and `s3:PutBucketTagging`), and the item
//! actions that adding a replica wants (reported by users of other tools).

mod keys;

use std::collections::{BTreeMap, BTreeSet};

use polyregion_model::{Partition, Resource, ResourceKind, Topology, Zone};
use serde_json::{Value, json};

use crate::attribute::{Field, Value as Setting};
use crate::aws::state_bucket;
use crate::policy::{bucket_arn, role_arn};

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Planning, which only reads.
    Plan,
    /// Deploying. What is declared no longer and holds data takes the policy for destroying to be deleted.
    Apply,
    /// Destroying.
    Destroy,
}

/// The services that roles are passed to (S3 User Guide, setting-repl-config-perm-overview; RDS User Guide, Enhanced Monitoring).
const REPLICATION: &str = "s3.amazonaws.com";
const MONITORING: &str = "monitoring.rds.amazonaws.com";

/// The policy for a purpose, as IAM takes it.
pub fn policy(topology: &Topology, purpose: Purpose) -> Value {
    let mut grants = Grants {
        partition: topology.partition(),
        account: topology.account(),
        by_resource: BTreeMap::new(),
        passed: BTreeSet::new(),
        keys: BTreeSet::new(),
    };
    grants.state(topology, purpose);
    if !topology.load_balancers().is_empty() {
        grants.allow("*", &["elasticloadbalancing:DescribeLoadBalancers"]);
    }
    for resource in topology.resources() {
        grants.resource(topology, resource, purpose);
    }
    grants.document()
}

/// Actions by the resource that they are allowed on.
struct Grants<'a> {
    partition: Partition,
    account: &'a str,
    by_resource: BTreeMap<String, BTreeSet<&'static str>>,
    /// Roles that are passed to services, which act with them.
    passed: BTreeSet<(&'static str, String)>,
    keys: BTreeSet<keys::KeyUse>,
}

impl Grants<'_> {
    fn allow(&mut self, resource: impl Into<String>, actions: &[&'static str]) {
        self.by_resource.entry(resource.into()).or_default().extend(actions);
    }

    fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        let account = if matches!(service, "route53" | "s3") { "" } else { self.account };
        format!("arn:{}:{service}:{region}:{account}:{resource}", self.partition.id())
    }

    /// The copies of the recorded state, which the tool makes itself.
    fn state(&mut self, topology: &Topology, purpose: Purpose) {
        for place in topology.regions() {
            let bucket = bucket_arn(topology.partition(), &state_bucket(topology.account(), place.region));
            let object = format!("{bucket}/{}.state.json", topology.name());
            self.allow(&object, &["s3:GetObject"]);
            self.allow(&bucket, &["s3:ListBucket"]);
            if purpose != Purpose::Plan {
                self.allow(&object, &["s3:PutObject"]);
                self.allow(
                    &bucket,
                    &[
                        "s3:CreateBucket",
                        "s3:GetBucketVersioning",
                        "s3:PutBucketPublicAccessBlock",
                        "s3:PutBucketTagging",
                        "s3:PutBucketVersioning",
                        "s3:PutEncryptionConfiguration",
                        "s3:TagResource",
                    ],
                );
            }
        }
    }

    fn resource(&mut self, topology: &Topology, resource: &Resource, purpose: Purpose) {
        if purpose == Purpose::Apply {
            self.keys.extend(keys::of(resource));
        }
        match &resource.kind {
            ResourceKind::Zone(zone) => self.zone(zone, purpose),
            ResourceKind::HealthCheck(_) => self.health_check(purpose),
            ResourceKind::RecordSet(_) => self.records(purpose),
            ResourceKind::Table(table) => {
                self.table(&table.name, purpose);
                self.table_settings(&table.name, purpose);
                let table = self.arn("dynamodb", "*", &format!("table/{}", table.name));
                match purpose {
                    Purpose::Plan => {}
                    Purpose::Apply => {
                        self.allow(table, &["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive"])
                    }
                    Purpose::Destroy => self.allow(table, &["dynamodb:DeleteTable"]),
                }
            }
            ResourceKind::Replica(replica) => {
                self.table(&replica.name, purpose);
                self.table_settings(&replica.name, purpose);
                self.replica(&replica.name, purpose);
                if replica.settings.contains_key(&Field::Witness) {
                    self.witness(&replica.name, purpose);
                }
            }
            ResourceKind::GlobalCluster(_) | ResourceKind::Cluster(_) | ResourceKind::Instance(_) => {
                self.rds(&resource.kind, purpose);
            }
            ResourceKind::Bucket(bucket) => {
                let bucket = bucket_arn(topology.partition(), &bucket.name);
                self.bucket_settings(&bucket, purpose);
                self.allow("*", &["s3:ListAllMyBuckets"]);
                self.allow(
                    &bucket,
                    &["s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetReplicationConfiguration"],
                );
                match purpose {
                    Purpose::Plan => {}
                    Purpose::Apply => self.allow(
                        bucket,
                        &[
                            "s3:CreateBucket",
                            "s3:PutBucketTagging",
                            "s3:PutBucketVersioning",
                            "s3:TagResource",
                        ],
                    ),
                    Purpose::Destroy => self.allow(bucket, &["s3:DeleteBucket"]),
                }
            }
            ResourceKind::Replication(replication) => {
                if purpose != Purpose::Plan {
                    let bucket = bucket_arn(topology.partition(), &replication.bucket);
                    self.allow(bucket, &["s3:PutReplicationConfiguration"]);
                }
            }
            ResourceKind::ReplicationRole(role) => {
                let role = role_arn(topology.partition(), topology.account(), &role.name);
                self.allow(&role, &["iam:GetRole", "iam:GetRolePolicy"]);
                match purpose {
                    Purpose::Plan => {}
                    Purpose::Apply => {
                        self.passed.insert((REPLICATION, role.clone()));
                        self.allow(
                            role,
                            &[
                                "iam:CreateRole",
                                "iam:PutRolePolicy",
                                "iam:TagRole",
                                "iam:UntagRole",
                                "iam:UpdateAssumeRolePolicy",
                            ],
                        );
                    }
                    Purpose::Destroy => self.allow(role, &["iam:DeleteRole", "iam:DeleteRolePolicy"]),
                }
            }
        }
    }

    fn zone(&mut self, zone: &Zone, purpose: Purpose) {
        let zones = self.arn("route53", "", "hostedzone/*");
        self.allow("*", &["route53:ListHostedZonesByName"]);
        self.allow(
            &zones,
            &["route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResources"],
        );
        match purpose {
            Purpose::Plan => {}
            Purpose::Apply => {
                self.allow("*", &["route53:CreateHostedZone"]);
                if zone.is_private() {
                    // VPCs are looked up for the caller.
                    self.allow("*", &["ec2:DescribeVpcs"]);
                    self.allow(self.arn("route53", "", "change/*"), &["route53:GetChange"]);
                    self.allow(
                        &zones,
                        &["route53:AssociateVPCWithHostedZone", "route53:DisassociateVPCFromHostedZone"],
                    );
                }
                self.allow(
                    zones,
                    &[
                        "route53:ChangeTagsForResource",
                        "route53:UpdateHostedZoneComment",
                        "route53:UpdateHostedZoneFeatures",
                    ],
                );
            }
            Purpose::Destroy => {
                self.allow(zones, &["route53:DeleteHostedZone", "route53:UpdateHostedZoneFeatures"]);
            }
        }
    }

    fn health_check(&mut self, purpose: Purpose) {
        let checks = self.arn("route53", "", "healthcheck/*");
        self.allow("*", &["route53:ListHealthChecks"]);
        self.allow(&checks, &["route53:ListTagsForResources"]);
        match purpose {
            Purpose::Plan => {}
            Purpose::Apply => {
                self.allow("*", &["route53:CreateHealthCheck"]);
                self.allow(
                    checks,
                    &[
                        "route53:ChangeTagsForResource",
                        "route53:DeleteHealthCheck",
                        "route53:UpdateHealthCheck",
                    ],
                );
            }
            Purpose::Destroy => self.allow(checks, &["route53:DeleteHealthCheck"]),
        }
    }

    fn records(&mut self, purpose: Purpose) {
        if purpose != Purpose::Plan {
            self.allow(self.arn("route53", "", "hostedzone/*"), &["route53:ChangeResourceRecordSets"]);
            self.allow(self.arn("route53", "", "change/*"), &["route53:GetChange"]);
        }
    }

    /// What a table and its replicas have in common. In every region, so that one that is taken out can still be left.
    fn table(&mut self, name: &str, purpose: Purpose) {
        let table = self.arn("dynamodb", "*", &format!("table/{name}"));
        self.allow(
            &table,
            &["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource"],
        );
        match purpose {
            Purpose::Plan => {}
            Purpose::Apply => {
                self.allow(table, &["dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateTable"])
            }
            Purpose::Destroy => self.allow(table, &["dynamodb:UpdateTable"]),
        }
    }

    /// Settings that have calls of their own. Whether they are declared or not: what was declared before is asked for, too, and goes back to
    /// its default.
    fn table_settings(&mut self, name: &str, purpose: Purpose) {
        let table = self.arn("dynamodb", "*", &format!("table/{name}"));
        self.allow(&table, &["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeContributorInsights"]);
        if purpose == Purpose::Apply {
            self.allow(table, &["dynamodb:UpdateContinuousBackups", "dynamodb:UpdateContributorInsights"]);
            let role = self.arn(
                "iam",
                "",
                "role/aws-service-role/contributorinsights.dynamodb.amazonaws.com/\
                 AWSServiceRoleForDynamoDBCloudWatchContributorInsights",
            );
            self.allow(role, &["iam:CreateServiceLinkedRole"]);
        }
    }

    /// The same of a bucket. Whoever names a key of KMS to S3 needs no right to it (S3 User Guide, bucket-encryption).
    fn bucket_settings(&mut self, bucket: &str, purpose: Purpose) {
        let reading = [
            "s3:GetBucketObjectLockConfiguration",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketWebsite",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
        ];
        self.allow(bucket, &reading);
        if purpose == Purpose::Apply {
            let writing = [
                "s3:DeleteBucketWebsite",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketWebsite",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ];
            self.allow(bucket, &writing);
        }
    }

    /// A witness is made and deleted where it is (DynamoDB Developer Guide, "multi-region strong consistency").
    fn witness(&mut self, name: &str, purpose: Purpose) {
        let table = self.arn("dynamodb", "*", &format!("table/{name}"));
        match purpose {
            Purpose::Plan => {}
            Purpose::Apply => self.allow(table, &["dynamodb:CreateGlobalTableWitness"]),
            Purpose::Destroy => self.allow(table, &["dynamodb:DeleteGlobalTableWitness"]),
        }
    }

    fn replica(&mut self, name: &str, purpose: Purpose) {
        let table = self.arn("dynamodb", "*", &format!("table/{name}"));
        match purpose {
            Purpose::Plan => {}
            Purpose::Apply => {
                // DynamoDB replicates with the caller's rights when a replica is added.
                self.allow(
                    table,
                    &[
                        "dynamodb:BatchWriteItem",
                        "dynamodb:CreateTable",
                        "dynamodb:CreateTableReplica",
                        "dynamodb:DeleteItem",
                        "dynamodb:DisassociateTableReplica",
                        "dynamodb:GetItem",
                        "dynamodb:PutItem",
                        "dynamodb:Query",
                        "dynamodb:Scan",
                        "dynamodb:UpdateItem",
                    ],
                );
                let role = self.arn(
                    "iam",
                    "",
                    "role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication",
                );
                self.allow(role, &["iam:CreateServiceLinkedRole"]);
            }
            Purpose::Destroy => self.allow(table, &["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"]),
        }
    }

    /// Calls on a member name its global cluster too, and calls on an instance its cluster.
    fn rds(&mut self, kind: &ResourceKind, purpose: Purpose) {
        // Listings take no names.
        self.allow("*", &["rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeGlobalClusters"]);
        let (region, name) = match kind {
            ResourceKind::GlobalCluster(global) => ("", format!("global-cluster:{}", global.identifier)),
            ResourceKind::Cluster(cluster) => {
                (cluster.region.code(), format!("cluster:{}", cluster.identifier))
            }
            ResourceKind::Instance(instance) => {
                (instance.region.code(), format!("db:{}", instance.identifier))
            }
            ResourceKind::Zone(_)
            | ResourceKind::HealthCheck(_)
            | ResourceKind::RecordSet(_)
            | ResourceKind::Table(_)
            | ResourceKind::Replica(_)
            | ResourceKind::Bucket(_)
            | ResourceKind::ReplicationRole(_)
            | ResourceKind::Replication(_) => return,
        };
        let resource = self.arn("rds", region, &name);
        match (kind, purpose) {
            (_, Purpose::Plan) => return,
            (ResourceKind::GlobalCluster(_), Purpose::Apply) => self.allow(
                &resource,
                &[
                    "rds:AddTagsToResource",
                    "rds:CreateDBCluster",
                    "rds:CreateGlobalCluster",
                    "rds:ModifyGlobalCluster",
                    "rds:RemoveFromGlobalCluster",
                    "rds:RemoveTagsFromResource",
                ],
            ),
            (ResourceKind::GlobalCluster(_), Purpose::Destroy) => self.allow(
                &resource,
                &["rds:DeleteGlobalCluster", "rds:ModifyGlobalCluster", "rds:RemoveFromGlobalCluster"],
            ),
            (ResourceKind::Cluster(_), Purpose::Apply) => self.allow(
                &resource,
                &[
                    "rds:AddTagsToResource",
                    "rds:CreateDBCluster",
                    "rds:CreateDBInstance",
                    "rds:ModifyDBCluster",
                    "rds:RemoveFromGlobalCluster",
                    "rds:RemoveTagsFromResource",
                ],
            ),
            (ResourceKind::Cluster(_), Purpose::Destroy) => self.allow(
                &resource,
                &["rds:DeleteDBCluster", "rds:ModifyDBCluster", "rds:RemoveFromGlobalCluster"],
            ),
            (_, Purpose::Apply) => self.allow(
                &resource,
                &[
                    "rds:AddTagsToResource",
                    "rds:CreateDBInstance",
                    "rds:DeleteDBInstance",
                    "rds:ModifyDBInstance",
                    "rds:RemoveTagsFromResource",
                ],
            ),
            (_, Purpose::Destroy) => self.allow(&resource, &["rds:DeleteDBInstance"]),
        }
        if let (ResourceKind::Instance(instance), Purpose::Apply) = (kind, purpose) {
            let group = instance.settings.get(&Field::ParameterGroup).and_then(Setting::as_text);
            let region = instance.region.code();
            match group {
                Some(group) => {
                    let actions = ["rds:CreateDBInstance", "rds:ModifyDBInstance"];
                    self.allow(self.arn("rds", region, &format!("pg:{group}")), &actions);
                }
                None => self.allow(self.arn("rds", region, "pg:default.*"), &["rds:CreateDBInstance"]),
            }
            // As the examples of the RDS User Guide have it ("Identity-based policy examples"); not verified to be needed.
            self.allow(self.arn("rds", region, "og:default:*"), &["rds:CreateDBInstance"]);
            let role = instance.settings.get(&Field::Monitoring).and_then(Setting::as_map);
            let role = role.and_then(|parts| parts.get("role")).cloned();
            self.passed.extend(role.map(|role| (MONITORING, role)));
        }
        if let (ResourceKind::Cluster(cluster), Purpose::Apply) = (kind, purpose) {
            let group = cluster.subnet_group.as_deref().unwrap_or("default");
            self.allow(
                self.arn("rds", cluster.region.code(), &format!("subgrp:{group}")),
                &["rds:CreateDBCluster"],
            );
            // Without a group of its own a cluster gets AWS's default of its engine, which has to be allowed, too: the examples of the
            // RDS User Guide ("Identity-based policy examples") do so for instances; that clusters need it is not verified.
            let group = cluster.settings.get(&Field::ParameterGroup).and_then(Setting::as_text);
            let resource = format!("cluster-pg:{}", group.unwrap_or("default.*"));
            let modify = group.map(|_| "rds:ModifyDBCluster");
            let actions: Vec<&'static str> = ["rds:CreateDBCluster"].into_iter().chain(modify).collect();
            self.allow(self.arn("rds", cluster.region.code(), &resource), &actions);
            let role = self.arn("iam", "", "role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS");
            self.allow(role, &["iam:CreateServiceLinkedRole"]);
        }
    }

    /// Resources with the same actions share a statement. Each role may be passed to its service only.
    fn document(self) -> Value {
        let mut passed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (service, role) in self.passed {
            passed.entry(service).or_default().push(role);
        }
        let mut by_actions: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
        for (resource, actions) in self.by_resource {
            by_actions.entry(actions).or_default().push(resource);
        }
        let mut statements: Vec<Value> = by_actions
            .into_iter()
            .map(
                |(actions, resources)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources }),
            )
            .collect();
        statements.extend(passed.into_iter().map(|(service, roles)| {
            json!({
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": roles,
                "Condition": { "StringEquals": { "iam:PassedToService": service } },
            })
        }));
        statements.extend(keys::statements(self.partition, self.account, self.keys));
        json!({ "Version": "2012-10-17", "Statement": statements })
    }
}
