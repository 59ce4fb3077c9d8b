//! Every field that the engine sets comes back through the real SDK: what the simulated AWS would drop, these tests miss.

use std::fmt::Write as _;

use aws_config::Region;
use polyregion_examples::storefront;

use crate::support::Cloud;

/// The fields that plans compare come back, or planning again would not be empty. These are the ones that plans don't
/// compare.
#[tokio::test(start_paused = true)]
async fn what_the_engine_sets_and_does_not_compare() {
    let topology = storefront::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let sdk = cloud.sdk();
    let mut out = String::new();
    for region in ["us-east-1", "ap-south-1"] {
        let rds = aws_sdk_rds::Client::from_conf(
            aws_sdk_rds::config::Builder::from(&sdk).region(Region::from_static(region)).build(),
        );
        for cluster in rds.describe_db_clusters().send().await.unwrap().db_clusters() {
            let _ = writeln!(
                out,
                "cluster {:?} encrypted {:?} key {:?} iam {:?} copy tags {:?} master {:?} port {:?} tags {}",
                cluster.db_cluster_identifier(),
                cluster.storage_encrypted(),
                cluster.kms_key_id(),
                cluster.iam_database_authentication_enabled(),
                cluster.copy_tags_to_snapshot(),
                cluster.master_username(),
                cluster.port(),
                cluster.tag_list().len(),
            );
        }
        for instance in rds.describe_db_instances().send().await.unwrap().db_instances() {
            let _ = writeln!(
                out,
                "instance {:?} engine {:?} public {:?} tags {}",
                instance.db_instance_identifier(),
                instance.engine(),
                instance.publicly_accessible(),
                instance.tag_list().len(),
            );
        }
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(
            aws_sdk_dynamodb::config::Builder::from(&sdk).region(Region::from_static(region)).build(),
        );
        let table =
            dynamodb.describe_table().table_name("user-sessions").send().await.unwrap().table.unwrap();
        let tags =
            dynamodb.list_tags_of_resource().resource_arn(table.table_arn().unwrap()).send().await.unwrap();
        let _ = writeln!(
            out,
            "table version {:?} stream {:?} tags {:?}",
            table.global_table_version(),
            table
                .stream_specification()
                .and_then(|stream| stream.stream_view_type())
                .map(|view| view.as_str()),
            tags.tags().iter().map(|tag| tag.value()).collect::<Vec<_>>(),
        );
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&sdk).region(Region::from_static(region)).build(),
        );
        let bucket = format!("assets-123456789012-{region}");
        let replication = s3.get_bucket_replication().bucket(&bucket).send().await.unwrap();
        let _ = writeln!(out, "replication {:#?}", replication.replication_configuration().unwrap());
    }
    let rds = aws_sdk_rds::Client::new(&sdk);
    for global in rds.describe_global_clusters().send().await.unwrap().global_clusters() {
        let _ = writeln!(
            out,
            "global encrypted {:?} tags {}",
            global.storage_encrypted(),
            global.tag_list().len()
        );
        for member in global.global_cluster_members() {
            let _ = writeln!(out, "  member {:?} writer {:?}", member.db_cluster_arn(), member.is_writer());
        }
    }
    let route53 = aws_sdk_route53::Client::new(&sdk);
    for check in route53.list_health_checks().send().await.unwrap().health_checks() {
        let _ = writeln!(out, "check {:?}", check.health_check_config().unwrap());
    }
    let iam = aws_sdk_iam::Client::new(&sdk);
    let role = iam.get_role().role_name("polyregion-storefront-assets-replication").send().await.unwrap();
    let role = role.role().unwrap();
    let _ = writeln!(out, "role {:?} tags {}", role.description(), role.tags().len());
    insta::assert_snapshot!("what_comes_back", out);
}
