//! Hosted zones with what others have in them: taken over step by step, and a private one beside a public one of the same name.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use polyregion::plan::Goal;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology;

use super::{changes, client, converge, plan};

/// Somebody puts a record into the public zone, weighted if it has a weight.
async fn put(cloud: &Cloud, name: &str, kind: &str, value: &str, weight: Option<i64>) {
    let client = client!(aws_sdk_route53, cloud, "us-east-1");
    let zones = client.list_hosted_zones().send().await.unwrap().hosted_zones;
    let is_public = |zone: &&aws_sdk_route53::types::HostedZone| !zone.config().unwrap().private_zone();
    let zone = zones.iter().find(is_public).unwrap().id().trim_start_matches("/hostedzone/");
    let value = ResourceRecord::builder().value(value).build().unwrap();
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::from(kind)).ttl(300);
    let set =
        set.resource_records(value).set_weight(weight).set_set_identifier(weight.map(|_| "blue".to_owned()));
    let change = Change::builder().action(ChangeAction::Create).resource_record_set(set.build().unwrap());
    let batch = ChangeBatch::builder().changes(change.build().unwrap()).build().unwrap();
    client.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await.unwrap();
}

/// The records of all zones, with their values.
async fn records(cloud: &Cloud) -> Vec<String> {
    let client = client!(aws_sdk_route53, cloud, "us-east-1");
    let mut found = Vec::new();
    for zone in client.list_hosted_zones().send().await.unwrap().hosted_zones {
        let listed = client.list_resource_record_sets().hosted_zone_id(&zone.id).send().await.unwrap();
        found.extend(listed.resource_record_sets().iter().map(|set| format!("{set:?}")));
    }
    found
}

/// A zone is taken over before anything in it is ours: until then nothing is deleted, changed or written down as ours, and then only what
/// is declared changes.
#[tokio::test(start_paused = true)]
async fn what_is_in_a_zone_is_not_taken_over_unseen() {
    let declared = |keys: &str| {
        let record = "record www: A in site { simple: values(\"192.0.2.1\") }";
        topology(&format!("zone site: \"example.com\" {{ {keys} }}\n{record}")).unwrap()
    };
    let adopting = declared("adopt: true");
    let cloud = Cloud::new(&adopting).unwrap();
    cloud.sim.furnish_zone("example.com", BTreeMap::new());
    put(&cloud, "www.example.com", "A", "198.51.100.9", None).await;
    put(&cloud, "example.com", "MX", "10 mail.example.net", None).await;
    let before = records(&cloud).await;
    // Nothing is ours yet.
    cloud.run(&adopting, Goal::Destroy, Default::default()).await.unwrap();
    assert_eq!(records(&cloud).await, before);
    let shown = plan(&cloud, &adopting).await;
    assert_eq!(changes(&shown), ["zone.site: "]);
    assert!(shown.conflicts.is_empty(), "{:?}", shown.conflicts);
    assert!(shown.deferred.iter().any(|deferred| deferred.why.contains("taken over first")));
    cloud.run(&adopting, Goal::Deploy, Default::default()).await.unwrap();
    assert_eq!(records(&cloud).await, before);
    // Then the difference is shown, and what is not declared stays.
    assert_eq!(changes(&plan(&cloud, &adopting).await), ["record.www: ttl, values"]);
    converge(&cloud, &adopting).await;
    let after = records(&cloud).await;
    assert!(after.iter().any(|line| line.contains("mail.example.net")), "{after:?}");
}

/// A try to adopt that does not come about makes nothing ours: in the zone of somebody else the record stays theirs.
#[tokio::test(start_paused = true)]
async fn a_try_makes_nothing_ours() {
    let declared = |keys: &str| {
        let record = "record www: A in site { simple: values(\"192.0.2.1\") }";
        topology(&format!("zone site: \"example.com\" {{ {keys} }}\n{record}")).unwrap()
    };
    let existing = declared("existing: true");
    let cloud = Cloud::new(&declared("adopt: true")).unwrap();
    cloud.sim.furnish_zone("example.com", BTreeMap::new());
    put(&cloud, "www.example.com", "A", "198.51.100.9", None).await;
    cloud.plan(&declared("adopt: true"), Goal::Deploy).await.unwrap();
    cloud.run(&declared("adopt: true"), Goal::Destroy, Default::default()).await.unwrap();
    let shown = plan(&cloud, &existing).await;
    assert!(shown.changes.is_empty() && !shown.conflicts.is_empty(), "{shown:?}");
}

/// A public and a private zone of one name: neither gets the records of the other, nor what stands in their way.
#[tokio::test(start_paused = true)]
async fn a_split_horizon_is_two_zones() {
    let zones = |keys: &str| {
        format!(
            "zone site: \"example.com\" {{ {keys} }}\n\
             zone inside: \"example.com\" {{ vpcs: {{ us: \"vpc-0123456789abcdef0\" }} }}\n\
             record aa_in: A in inside {{ name: \"www\", simple: values(\"10.0.0.1\") }}\n"
        )
    };
    let www = "record www: A in site { simple: values(\"192.0.2.1\") }";
    // In the public zone of somebody else the record is theirs.
    let inside = topology(&zones("existing: true")).unwrap();
    let both = topology(&(zones("existing: true") + www)).unwrap();
    let cloud = Cloud::new(&inside).unwrap();
    put(&cloud, "www.example.com", "A", "198.51.100.9", None).await;
    converge(&cloud, &inside).await;
    let shown = plan(&cloud, &both).await;
    assert!(shown.changes.is_empty() && !shown.conflicts.is_empty(), "{shown:?}");
    // In ours what stands in the way of it goes, and the other zone has nothing to do with it.
    let empty = topology("zone site: \"example.com\" {}").unwrap();
    let both = topology(&(zones("") + www)).unwrap();
    let cloud = Cloud::new(&empty).unwrap();
    converge(&cloud, &empty).await;
    put(&cloud, "www.example.com", "A", "198.51.100.9", Some(10)).await;
    converge(&cloud, &both).await;
    // What is declared no longer goes from the one that it was in.
    let inside = topology(&zones("")).unwrap();
    converge(&cloud, &inside).await;
    let left = records(&cloud).await.concat();
    assert!(left.contains("10.0.0.1") && !left.contains("192.0.2.1"), "{left}");
}
