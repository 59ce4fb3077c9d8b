//! Replicated buckets (S1 to S4).

use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::topology_in;

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
