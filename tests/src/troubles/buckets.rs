//! Replicated buckets (S1 to S4).

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    TransitionDefaultMinimumObjectSize,
};
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::{topology, topology_in};

use super::{client, converge};

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
