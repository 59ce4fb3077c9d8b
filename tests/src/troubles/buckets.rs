//! Replicated buckets (S1 to S4).

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    TransitionDefaultMinimumObjectSize,
};
use polyregion::engine::Options;
use polyregion::plan::Goal;
use polyregion_model::Region;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::{topology, topology_in};

use super::{changes, client, converge, plan};

/// S1 to S4: four regions that mirror each other are one line and one run: no cycle, versioning before replication, and deletions
/// travel because the rule says so.
#[tokio::test(start_paused = true)]
async fn four_regions_are_one_line() {
    let regions = "us: us_east_1, eu: eu_west_1, ap: ap_south_1, sa: sa_east_1";
    let declared = topology_in(regions, "bucket media { mirror: each region }").unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    let log = converge(&cloud, &declared).await;
    assert!(!log.contains("failed"), "{log}");
    let client = client!(aws_sdk_s3, cloud, "us-east-1");
    let mut rules = 0;
    for bucket in client.list_buckets().send().await.unwrap().buckets() {
        let name = bucket.name().unwrap();
        if name.starts_with("polyregion-state-") {
            continue;
        }
        let here = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&polyregion::local::sdk_config(&cloud.sim))
                .region(aws_config::Region::new(bucket.bucket_region().unwrap().to_owned()))
                .build(),
        );
        let found = here.get_bucket_replication().bucket(name).send().await.unwrap();
        for rule in found.replication_configuration().unwrap().rules() {
            let markers = rule.delete_marker_replication().and_then(|markers| markers.status());
            assert_eq!(markers.map(|status| status.as_str()), Some("Enabled"));
            rules += 1;
        }
    }
    assert_eq!(rules, 4 * 3);
}

/// A lifecycle is one document; a rule in it that the topology never named stays when ours change and go.
#[tokio::test(start_paused = true)]
async fn rules_of_others_stay() {
    let media = |keys: &str| topology(&format!("bucket media {{ separate: us{keys} }}")).unwrap();
    let ours = ", lifecycle: { old: { expire_old_versions: 90d }, tmp: { prefix: \"tmp/\", expire: 9d } }";
    let declared = media(ours);
    let cloud = Cloud::new(&declared).unwrap();
    converge(&cloud, &declared).await;
    let client = client!(aws_sdk_s3, cloud, "us-east-1");
    let bucket = "media-123456789012-us-east-1";
    let found = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap();
    let theirs = LifecycleRule::builder()
        .id("theirs")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().object_size_less_than(9).build())
        .expiration(LifecycleExpiration::builder().days(7).build())
        .build()
        .unwrap();
    let rules = found.rules().iter().cloned().chain([theirs.clone()]).collect();
    let configuration = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().unwrap();
    let put =
        client.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(configuration);
    let put =
        put.transition_default_minimum_object_size(TransitionDefaultMinimumObjectSize::VariesByStorageClass);
    put.send().await.unwrap();
    // Until S3 tells it: a run in between would not know of it.
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    converge(&cloud, &declared).await;
    for keys in [", lifecycle: { old: { expire_old_versions: 30d } }", ""] {
        converge(&cloud, &media(keys)).await;
        let found = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap();
        assert!(found.rules().contains(&theirs));
        assert_eq!(found.rules().len(), 1 + usize::from(!keys.is_empty()));
        let least = found.transition_default_minimum_object_size();
        assert_eq!(least, Some(&TransitionDefaultMinimumObjectSize::VariesByStorageClass));
    }
}

/// Copying ends where it is declared no more, also for buckets that keep no versions from then on; buckets and objects stay.
#[tokio::test(start_paused = true)]
async fn a_mirror_is_taken_apart() {
    let declared = topology("bucket media { mirror: each region }").unwrap();
    for after in ["separate: each region", "separate: each region, versioning: false", "copy: us => [eu]"] {
        let cloud = Cloud::new(&declared).unwrap();
        converge(&cloud, &declared).await;
        let apart = topology(&format!("bucket media {{ {after} }}")).unwrap();
        converge(&cloud, &apart).await;
        let client = client!(aws_sdk_s3, cloud, "eu-west-1");
        let bucket = "media-123456789012-eu-west-1";
        let copied = client.get_bucket_replication().bucket(bucket).send().await;
        assert!(copied.is_err(), "{after}");
        let versioning = client.get_bucket_versioning().bucket(bucket).send().await.unwrap();
        let is_suspended = versioning.status().map(|status| status.as_str()) == Some("Suspended");
        assert_eq!(is_suspended, after.contains("versioning"), "{after}");
        converge(&cloud, &declared).await;
    }
}

/// A rule that somebody added to a configuration of ours would go with the next change, so that there is none.
#[tokio::test(start_paused = true)]
async fn replication_rules_of_others_are_a_conflict() {
    let declared = topology("bucket media { mirror: each region }").unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    converge(&cloud, &declared).await;
    let client = client!(aws_sdk_s3, cloud, "us-east-1");
    let bucket = "media-123456789012-us-east-1";
    let found = client.get_bucket_replication().bucket(bucket).send().await.unwrap();
    let mut configuration = found.replication_configuration.unwrap();
    let mut theirs = configuration.rules[0].clone();
    theirs.id = Some("archive".to_owned());
    theirs.priority = Some(7);
    theirs.filter = Some(aws_sdk_s3::types::ReplicationRuleFilter::builder().prefix("x/").build());
    configuration.rules.push(theirs);
    let put = client.put_bucket_replication().bucket(bucket).replication_configuration(configuration);
    put.send().await.unwrap();
    let changed = topology("bucket media { mirror: each region, delete_markers: false }").unwrap();
    for wanted in [&declared, &changed] {
        let shown = plan(&cloud, wanted).await;
        let said = shown.conflicts.iter().any(|conflict| conflict.what.contains("another rule (archive)"));
        assert!(said, "{:?}", shown.conflicts);
    }
}

/// A bucket gets its key only when the replication can be told the keys of the copies; and a bucket that is taken out of a mirror keeps its
/// place and its key, without anything to do.
#[tokio::test(start_paused = true)]
async fn keys_come_with_those_of_the_copies() {
    let regions = "us: us_east_1, eu: eu_west_1, ap: ap_south_1";
    let mirror = |of: &str, keys: &str| {
        topology_in(regions, &format!("bucket media {{ mirror: [{of}] {keys} }}")).unwrap()
    };
    let (plain, keyed) =
        (mirror("us, eu, ap", ""), mirror("us, eu, ap", ", encryption: kms(\"alias/media\")"));
    let cloud = Cloud::new(&plain).unwrap();
    converge(&cloud, &plain).await;
    let eu = Region::from_code("eu-west-1").unwrap();
    cloud.sim.set_dark(eu, true);
    let options = Options { without: [eu].into(), ..Options::default() };
    let run = cloud.run(&keyed, Goal::Deploy, options).await.unwrap();
    let encrypted: Vec<String> =
        changes(&run.plan).into_iter().filter(|change| change.contains("encryption")).collect();
    assert!(encrypted.is_empty(), "{encrypted:?}");
    assert!(run.plan.deferred.iter().any(|deferred| deferred.why.contains("would not be copied")));
    cloud.sim.set_dark(eu, false);
    let run = cloud.run(&keyed, Goal::Deploy, Options::default()).await.unwrap();
    assert!(
        run.plan.notes.iter().any(|note| note.text.contains("Batch Replication")),
        "{:?}",
        run.plan.notes
    );
    assert!(plan(&cloud, &keyed).await.is_converged());
    // Its region is taken out, and nobody has consented to more.
    let fewer = mirror("us, eu", ", encryption: kms(\"alias/media\")");
    let shown = plan(&cloud, &fewer).await;
    assert!(shown.changes.is_empty() && shown.conflicts.is_empty(), "{shown:?}");
    assert!(shown.kept.iter().any(|kept| kept.address.to_string() == "bucket.media@ap"), "{:?}", shown.kept);
}
