//! How much of what was written last is lost with a region. Not here: how long users wait (`recovery`).

use super::{Bound, Objective, Term};
use crate::check::{Context, bucket_places, clusters, each_bucket, each_cluster, each_table, is_strong};
use crate::kind::Kind;
use crate::node::{Node, NodeId};
use crate::spec::{BucketSpec, ClusterSpec, CopiesSpec, RuleKeys, TableSpec};

/// Milliseconds by which replicas of a table typically lag: "typically within a second" (DynamoDB Developer Guide,
/// V2globaltables_HowItWorks).
const TABLE_LAG: u64 = 1000;
/// The same of a cluster: "typically less than one second" (Aurora User Guide, aurora-global-database).
const CLUSTER_LAG: u64 = 1000;
/// The same of buckets with Replication Time Control, for which AWS says "most objects in seconds": our reading of that.
pub(crate) const BUCKET_LAG: u64 = 15_000;
/// What Replication Time Control promises for 99.9 % of objects in a month (S3 SLA).
const BUCKET_PROMISE: u64 = 15 * 60 * 1000;

fn term(
    what: &str,
    typical: Option<u64>,
    guaranteed: Option<u64>,
    source: &'static str,
    node: NodeId,
) -> Term {
    Term { what: what.to_owned(), typical, guaranteed, source, node, is_promotion: false }
}

fn of_table(context: &Context<'_>, table: &TableSpec) -> Term {
    const SOURCE: &str = "DynamoDB Developer Guide, V2globaltables_HowItWorks";
    if context.set(&table.replicas, None).len() < 2 {
        return term("there is one replica", None, None, "the topology", table.replicas.id());
    }
    if is_strong(table) {
        let node = table.consistency.as_ref().map_or(table.label.id, |mode| mode.id);
        return term("a write is in two regions before it is done", Some(0), Some(0), SOURCE, node);
    }
    term("replicas lag", Some(TABLE_LAG), None, SOURCE, table.label.id)
}

fn of_cluster(context: &Context<'_>, cluster: &ClusterSpec) -> Term {
    const SOURCE: &str = "Aurora User Guide, aurora-global-database-disaster-recovery";
    if clusters::members(context, cluster).len() < 2 {
        return term("there is one member", None, None, "the topology", cluster.secondaries.id());
    }
    let managed = cluster.managed_rpo.as_ref().map(|rpo| rpo.value.saturating_mul(1000));
    let node = cluster.managed_rpo.as_ref().map_or(cluster.label.id, |rpo| rpo.id);
    term("secondaries lag", Some(CLUSTER_LAG), managed, SOURCE, node)
}

/// Whether every object is copied: without rules, or by one that is for all.
pub(crate) fn copies_all(bucket: &BucketSpec) -> bool {
    let is_for_all = |rule: &RuleKeys| {
        rule.prefix.as_ref().is_none_or(|prefix| prefix.value.is_empty())
            && rule.tagged.is_none()
            && rule.enabled.as_ref().is_none_or(|flag| flag.value)
    };
    let by_rules = bucket.rules.as_ref().is_none_or(|rules| rules.iter().any(is_for_all));
    by_rules && !matches!(bucket.copies, CopiesSpec::Separate(_))
}

fn of_bucket(context: &Context<'_>, bucket: &BucketSpec) -> Term {
    const SOURCE: &str = "S3 User Guide, replication-time-control; S3 SLA (99.9 % of objects in a month)";
    let is_copied = copies_all(bucket) && bucket_places(context, bucket).len() > 1;
    if !is_copied {
        return term("not everything is copied", None, None, "the topology", bucket.copies.set().id());
    }
    match &bucket.replication_time_control {
        Some(Node { id, value: true }) => {
            term("copies lag", Some(BUCKET_LAG), Some(BUCKET_PROMISE), SOURCE, *id)
        }
        Some(Node { value: false, .. }) | None => term(
            "copies lag for seconds to hours",
            None,
            None,
            "S3 User Guide, replication: no bound without Replication Time Control",
            bucket.label.id,
        ),
    }
}

/// Of every table, cluster and bucket.
pub(crate) fn losses(context: &Context<'_>) -> Vec<Bound> {
    let bound = |kind: Kind, label: &Node<String>, term: Term| Bound {
        objective: Objective::Rpo,
        kind,
        label: label.value.clone(),
        node: label.id,
        terms: vec![term],
        limit: None,
    };
    let spec = context.spec;
    let mut losses = Vec::new();
    for table in each_table(spec) {
        losses.push(bound(Kind::Table, &table.label, of_table(context, table)));
    }
    for cluster in each_cluster(spec) {
        losses.push(bound(Kind::Cluster, &cluster.label, of_cluster(context, cluster)));
    }
    for bucket in each_bucket(spec) {
        // What is not to be elsewhere is not bounded.
        if !matches!(bucket.copies, CopiesSpec::Separate(_)) {
            losses.push(bound(Kind::Bucket, &bucket.label, of_bucket(context, bucket)));
        }
    }
    losses
}
