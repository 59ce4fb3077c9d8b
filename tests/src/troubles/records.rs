//! Records (R1 to R10).

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use polyregion::plan::Goal;
use polyregion_sim::Rates;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology;
use polyregion_tests::scale;

use super::{changes, client, converge, deployed, plan};

fn calls(cloud: &Cloud, operation: &str) -> usize {
    cloud.sim.calls().iter().filter(|call| call.operation == operation).count()
}

/// Somebody else makes a record.
async fn create(cloud: &Cloud, name: &str) {
    let client = client!(aws_sdk_route53, cloud, "us-east-1");
    let zones = client.list_hosted_zones_by_name().send().await.unwrap();
    let theirs = ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(60);
    let theirs = theirs.resource_records(ResourceRecord::builder().value("198.51.100.7").build().unwrap());
    let change = Change::builder().action(ChangeAction::Create).resource_record_set(theirs.build().unwrap());
    let batch = ChangeBatch::builder().changes(change.build().unwrap()).build().unwrap();
    let call = client.change_resource_record_sets().hosted_zone_id(zones.hosted_zones()[0].id());
    call.change_batch(batch).send().await.unwrap();
}

/// R1: four names turn from A to CNAME in one atomic change, and are waited for once.
#[tokio::test(start_paused = true)]
async fn four_names_change_type_in_one_call() {
    let before = scale::records(20, 0).unwrap();
    let cloud = Cloud::new(&before).unwrap();
    converge(&cloud, &before).await;
    cloud.sim.reset_calls();
    cloud.deploy(&scale::records(20, 4).unwrap()).await.unwrap();
    assert_eq!((calls(&cloud, "ChangeResourceRecordSets"), calls(&cloud, "GetChange")), (1, 1));
}

/// R2, R3, R4 and R8: batches are split where AWS's limits are, by number and by length; planning costs a page for 300 records;
/// throttling is not met.
#[tokio::test(start_paused = true)]
async fn limits_are_never_seen() {
    let many = scale::records(2_500, 0).unwrap();
    let cloud = Cloud::new(&many).unwrap();
    cloud.sim.set_throttling(Some(Rates::published()));
    converge(&cloud, &many).await;
    assert_eq!(calls(&cloud, "ChangeResourceRecordSets"), 3);
    cloud.sim.reset_calls();
    plan(&cloud, &many).await;
    assert_eq!(calls(&cloud, "ListResourceRecordSets"), 9);
    assert_eq!(cloud.sim.calls().throttled(), 0);

    let text = "x".repeat(255);
    let records: String = (0..200)
        .map(|number| format!("record t{number}: TXT in site {{ simple: values(\"\\\"{text}\\\"\") }}\n"))
        .collect();
    let long = topology(&format!("zone site: \"example.com\" {{}}\n{records}")).unwrap();
    let cloud = Cloud::new(&long).unwrap();
    converge(&cloud, &long).await;
    // 200 values of 257 characters, of which 32,000 fit.
    assert_eq!(calls(&cloud, "ChangeResourceRecordSets"), 2);
}

/// R5: from weighted to latency, in one change.
#[tokio::test(start_paused = true)]
async fn a_policy_turns_into_another() {
    let zone = "zone site: \"example.com\" {}\n";
    let weighted = "record api: A in site { weighted: { a: 1 => values(\"192.0.2.1\"), b: 1 => values(\"192.0.2.2\") } }";
    let latency = "record api: A in site { latency: each region => values(\"192.0.2.1\") }";
    let (cloud, _) = deployed(&format!("{zone}{weighted}")).await;
    cloud.sim.reset_calls();
    converge(&cloud, &topology(&format!("{zone}{latency}")).unwrap()).await;
    assert_eq!(calls(&cloud, "ChangeResourceRecordSets"), 1);
}

/// R6: what somebody else has under the name is neither overwritten nor taken along.
#[tokio::test(start_paused = true)]
async fn what_is_there_is_not_overwritten() {
    let declared = topology(
        "zone site: \"example.com\" { existing: true }\nrecord api: A in site { simple: values(\"192.0.2.1\") }",
    );
    let declared = declared.unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    create(&cloud, "api.example.com").await;
    let before = cloud.inventory();
    let shown = plan(&cloud, &declared).await;
    assert!(!shown.conflicts.is_empty() && shown.changes.is_empty(), "{:?}", changes(&shown));
    cloud.run(&declared, Goal::Deploy, Default::default()).await.unwrap();
    assert_eq!(cloud.inventory(), before);
}

/// R7: somebody makes one of twenty names while we make them: that one is named, the others are made, and ours, also in a zone that
/// is not.
#[tokio::test(start_paused = true)]
async fn one_bad_name_keeps_no_other() {
    for zone in ["zone site: \"example.com\" {}", "zone site: \"example.com\" { existing: true }"] {
        let records: String = (0..20)
            .map(|number| format!("record r{number}: A in site {{ simple: values(\"192.0.2.1\") }}\n"))
            .collect();
        let many = topology(&format!("{zone}\n{records}")).unwrap();
        let cloud = Cloud::new(&many).unwrap();
        converge(&cloud, &topology(zone).unwrap()).await;
        let prepared = cloud.plan(&many, Goal::Deploy).await.unwrap();
        create(&cloud, "r7.example.com").await;
        cloud.sim.reset_calls();
        let run = cloud.apply(&many, prepared).await.unwrap();
        let failures: Vec<String> = run.outcome.failed.values().map(ToString::to_string).collect();
        assert!(failures.len() == 1 && failures[0].contains("r7.example.com"), "{failures:?}");
        let made = cloud.inventory().iter().filter(|line| line.contains("record r")).count();
        assert_eq!(made, 20, "{:?}", cloud.inventory());
        // Halved down to the name, and no further.
        assert!(calls(&cloud, "ChangeResourceRecordSets") <= 11);
        let shown = plan(&cloud, &many).await;
        assert_eq!(shown.unchanged, 20, "{:?} {:?}", changes(&shown), shown.conflicts);
    }
}

/// R9 and R10: the zone of an alias follows from what it names; latency routing with health checks is one declaration.
#[tokio::test(start_paused = true)]
async fn aliases_and_health_checks_are_derived() {
    let (cloud, _) = deployed(
        "zone site: \"example.com\" {}
        health_check api in each region { https: \"api-{region}.example.com/health\" }
        record api: A in site { latency: each region => alias(\"web-{region}.elb.{region}.amazonaws.com\") { health_check: api } }",
    )
    .await;
    let client = client!(aws_sdk_route53, cloud, "us-east-1");
    let zones = client.list_hosted_zones_by_name().send().await.unwrap();
    let listed = client.list_resource_record_sets().hosted_zone_id(zones.hosted_zones()[0].id()).send().await;
    let listed = listed.unwrap();
    let aliases =
        listed.resource_record_sets().iter().filter_map(|set| Some((set.region()?, set.alias_target()?)));
    let zones: Vec<(&str, &str)> =
        aliases.map(|(region, alias)| (region.as_str(), alias.hosted_zone_id())).collect();
    // Network load balancers, as the names say (AWS General Reference, "Elastic Load Balancing endpoints and quotas").
    assert_eq!(zones, [("eu-west-1", "Z2IFOLAFXWLO4F"), ("us-east-1", "Z26RNL4JYFTOTI")]);
    assert_eq!(cloud.inventory().iter().filter(|line| line.contains("health check")).count(), 2);
}
