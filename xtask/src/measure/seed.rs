//! API calls of the storefront. Not here: times.

use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion::{ResourceKind, Topology};
use polyregion_examples::storefront;
use polyregion_tests::cloud::Cloud;
use serde_json::{Value, json};

use super::in_virtual_time;

pub(super) fn measure() -> Result<Value, String> {
    in_virtual_time(count(storefront::topology()))
}

async fn count(topology: &Topology) -> Result<Value, String> {
    let cloud = Cloud::new(topology)?;
    // The copies of the state are counted apart: AWS forces nobody to keep any.
    let run =
        cloud.run(topology, Goal::Deploy, Options::default()).await.map_err(|error| error.to_string())?;
    if !run.outcome.is_success() {
        return Err(format!("the deploy failed: {:?}", run.outcome.failed));
    }
    let (deploy_calls, deploy_state_calls) = counted(&cloud);
    // Of the calls that make the buckets of the state, three are made for other buckets too.
    let making = 3 * topology.regions().len();
    let (deploy_calls, deploy_state_calls) = (deploy_calls - making, deploy_state_calls + making);
    let again = cloud.plan(topology, Goal::Deploy).await.map_err(|error| error.to_string())?;
    if !again.plan.is_converged() {
        return Err("planning again is not empty".to_owned());
    }
    let (plan_calls, plan_state_calls) = counted(&cloud);
    let minimum = Minimum::of(topology);
    Ok(json!({
        "deploy_calls": deploy_calls,
        "deploy_calls_min": minimum.observe_nothing + minimum.create + minimum.wait,
        "plan_calls": plan_calls,
        "plan_calls_min": minimum.observe_all,
        "deploy_state_calls": deploy_state_calls,
        "plan_state_calls": plan_state_calls,
    }))
}

/// The calls since the last count: those for the topology, and those for the copies of its state.
fn counted(cloud: &Cloud) -> (usize, usize) {
    let calls = cloud.sim.calls();
    cloud.sim.reset_calls();
    let is_for_state = |operation: &str| {
        // Of a mirror's buckets these are never called.
        ["GetObject", "PutObject", "PutPublicAccessBlock", "PutBucketEncryption"].contains(&operation)
    };
    let state = calls.iter().filter(|call| is_for_state(&call.operation)).count();
    (calls.len() - state, state)
}

/// The calls that AWS's API makes unavoidable for a tool that observes before it changes, marks what it owns, and does not
/// report as done what is not.
#[derive(Default)]
struct Minimum {
    /// To learn that nothing exists.
    observe_nothing: usize,
    /// To learn that everything is as declared.
    observe_all: usize,
    /// To make it.
    create: usize,
    /// To learn that it is ready, when the first poll says so.
    wait: usize,
}

impl Minimum {
    /// Per run: one GetCallerIdentity (the engine makes one per region, to learn which answer); one ListHealthChecks; one DescribeGlobalClusters; per region with clusters one
    /// DescribeDBClusters and one DescribeDBInstances; per region with load balancers one DescribeLoadBalancers. (None of
    /// these accounts has more than one page of anything.) The rest is per resource, below.
    fn of(topology: &Topology) -> Self {
        let mut minimum = Minimum::default();
        let mut listings = 1;
        let kinds = || topology.resources().iter().map(|resource| &resource.kind);
        listings += usize::from(kinds().any(|kind| kind.as_health_check().is_some()));
        listings += usize::from(kinds().any(|kind| kind.as_global_cluster().is_some()));
        let regions = |places: Vec<polyregion::Region>| {
            places.into_iter().collect::<std::collections::BTreeSet<_>>().len()
        };
        listings +=
            2 * regions(kinds().filter_map(|kind| kind.as_cluster()).map(|cluster| cluster.region).collect());
        listings +=
            regions(topology.load_balancers().into_iter().map(|reference| reference.region).collect());
        minimum.observe_nothing += listings;
        minimum.observe_all += listings;
        let mut zones_with_records = std::collections::BTreeSet::new();
        for kind in kinds() {
            let (nothing, all, create, wait) = per_resource(kind);
            minimum.observe_nothing += nothing;
            minimum.observe_all += all;
            minimum.create += create;
            minimum.wait += wait;
            zones_with_records.extend(kind.as_record_set().map(|record| record.zone.clone()));
        }
        // Records: a zone's are listed by one ListResourceRecordSets, changed by one ChangeResourceRecordSets and waited
        // for by one GetChange (up to 300, 1000 and any number of them).
        minimum.observe_all += zones_with_records.len();
        minimum.create += zones_with_records.len();
        minimum.wait += zones_with_records.len();
        let buckets = kinds().any(|kind| kind.as_bucket().is_some());
        // One ListBuckets finds all buckets of a mirror.
        minimum.observe_nothing += usize::from(buckets);
        minimum.observe_all += usize::from(buckets);
        minimum
    }
}

/// Calls to see that it is absent, to see that it is as declared, to make it, and to see it ready.
fn per_resource(kind: &ResourceKind) -> (usize, usize, usize, usize) {
    match kind {
        // ListHostedZonesByName; CreateHostedZone and ChangeTagsForResource (the API takes no tags at creation).
        ResourceKind::Zone(_) => (1, 1, 2, 0),
        // Listed with all others; CreateHealthCheck and ChangeTagsForResource.
        ResourceKind::HealthCheck(_) => (0, 0, 2, 0),
        ResourceKind::RecordSet(_) => (0, 0, 0, 0),
        // DescribeTable, and when it exists DescribeTimeToLive and ListTagsOfResource, which DescribeTable does not
        // include; CreateTable (with tags), and UpdateTimeToLive, which it does not include either.
        ResourceKind::Table(table) => (1, 3, 1 + usize::from(table.ttl.is_some()), 1),
        // DescribeTable in its region, as only that tells its deletion protection; UpdateTable at home to add it,
        // UpdateTable in its region to protect it and TagResource, none of which the first includes. It must be seen ready
        // before it can be protected, and again after.
        ResourceKind::Replica(replica) => (1, 1, 2 + usize::from(replica.deletion_protection), 2),
        // Listed; CreateGlobalCluster.
        ResourceKind::GlobalCluster(_) => (0, 0, 1, 1),
        // Listed per region; CreateDBCluster.
        ResourceKind::Cluster(_) => (0, 0, 1, 1),
        // Listed per region; CreateDBInstance.
        ResourceKind::Instance(_) => (0, 0, 1, 1),
        // GetBucketTagging and GetBucketVersioning; CreateBucket (with tags) and PutBucketVersioning.
        ResourceKind::Bucket(_) => (0, 2, 2, 0),
        // GetRole, and GetRolePolicy when it exists; CreateRole (with tags) and PutRolePolicy.
        ResourceKind::ReplicationRole(_) => (1, 2, 2, 0),
        // GetBucketReplication; PutBucketReplication.
        ResourceKind::Replication(_) => (0, 1, 1, 0),
    }
}
