//! The storefront as a spec built by hand, for unit tests of this crate. Tests of single rules are the macro's caret
//! fixtures, where the topology is text.

use crate::node::{Node, NodeId};
use crate::spec::*;

fn node<T>(value: T) -> Node<T> {
    Node::new(NodeId(0), value)
}

fn text(value: &str) -> Node<String> {
    node(value.to_owned())
}

fn each() -> RegionSet {
    RegionSet::Each(NodeId(0))
}

/// The architecture that the project started from: two regions, latency records, a table, a global database, a mirror.
pub(crate) fn storefront() -> Spec {
    let region = |label, code| RegionDecl { label: text(label), code: text(code) };
    let zone = ZoneSpec {
        label: text("site"),
        docs: String::new(),
        name: text("naveenteja.cloud"),
        existing: None,
        comment: None,
    };
    let check = HealthCheckSpec {
        label: text("api"),
        docs: String::new(),
        regions: Some(each()),
        probe: ProbeSpec {
            protocol: Protocol::Https,
            endpoint: text("api-{region}.naveenteja.cloud/healthz"),
        },
        interval: Some(node(10)),
        failure_threshold: None,
        search: None,
        inverted: None,
        checkers: None,
        measure_latency: None,
    };
    let target = RecordTarget {
        id: NodeId(1),
        kind: TargetKind::LoadBalancer { name: text("api-{region}"), region: None },
        keys: TargetKeys {
            id: NodeId(1),
            health_check: Some(HealthCheckRef { label: text("api"), region: None }),
            evaluate_target_health: None,
            bias: None,
        },
    };
    let record = RecordSpec {
        label: text("api"),
        docs: String::new(),
        record_type: node(RecordType::A),
        zone: text("site"),
        name: None,
        ttl: None,
        routing: RoutingSpec::Group(GroupSpec {
            id: NodeId(0),
            policy: GroupPolicy::Latency,
            members: vec![MemberSpec { selector: SelectorSpec::Regions(each()), weight: None, target }],
        }),
    };
    let table = TableSpec {
        label: text("user_sessions"),
        docs: String::new(),
        name: None,
        key: KeySpec { attribute: text("session_id"), key_type: text("S") },
        sort_key: None,
        replicas: each(),
        writes: None,
        ttl: Some(text("expires_at")),
        deletion_protection: None,
    };
    let cluster = ClusterSpec {
        label: text("orders"),
        docs: String::new(),
        engine: EngineSpec { name: text("aurora_postgresql"), version: text("16.11") },
        primary: text("us"),
        secondaries: RegionSet::EachOther(NodeId(0)),
        instances: InstancesSpec { count: node(2), class: text("db.r6g.large") },
        subnet_group: Some(text("orders-{region}")),
        database: None,
        master_username: None,
        kms_key: None,
        backup_retention: None,
        deletion_protection: None,
    };
    let bucket = BucketSpec {
        label: text("assets"),
        docs: String::new(),
        name: None,
        mirror: each(),
        replication_time_control: Some(node(true)),
    };
    Spec {
        name: text("storefront"),
        docs: "The storefront.".to_owned(),
        account: text("123456789012"),
        regions: vec![region("us", "us-east-1"), region("ap", "ap-south-1")],
        items: vec![
            Item::Zone(zone),
            Item::HealthCheck(check),
            Item::Record(record),
            Item::Table(table),
            Item::Cluster(cluster),
            Item::Bucket(bucket),
        ],
        unread: Default::default(),
        source: Source { file: "storefront.rs".to_owned(), lines: vec![3, 14] },
    }
}

#[test]
fn the_storefront_is_valid_and_its_order_is_stable() {
    let (topology, diagnostics) = crate::validate(&storefront());
    let found: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(found, Vec::<String>::new());
    insta::assert_snapshot!(topology.unwrap());
}
