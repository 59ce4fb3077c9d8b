//! Every field that the engine sets comes back through the real SDK: what the simulated AWS would drop, these tests miss.

use std::fmt::Write as _;

use aws_config::Region;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use polyregion::local;
use polyregion_examples::storefront;
use polyregion_sim::Sim;

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

/// A bucket in Ireland, and a client for it.
async fn bucket(sim: &Sim) -> aws_sdk_s3::Client {
    let client = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(&local::sdk_config(sim))
            .region(Region::from_static("eu-west-1"))
            .build(),
    );
    let location = aws_sdk_s3::types::BucketLocationConstraint::EuWest1;
    let configuration =
        aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(location).build();
    client.create_bucket().bucket(BUCKET).create_bucket_configuration(configuration).send().await.unwrap();
    client
}

const BUCKET: &str = "state-123456789012-eu-west-1";

/// The code of a refused request.
fn code<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().unwrap_or("?").to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn objects_are_written_and_read_under_conditions() {
    let sim = Sim::new("123456789012");
    let client = bucket(&sim).await;
    let put = |body: &'static str| {
        client.put_object().bucket(BUCKET).key("a/b c+ü.json").body(body.as_bytes().to_vec().into())
    };
    let get = || client.get_object().bucket(BUCKET).key("a/b c+ü.json");
    assert_eq!(code(get().send().await), "NoSuchKey");
    assert_eq!(code(client.head_object().bucket(BUCKET).key("a/b c+ü.json").send().await), "NotFound");
    assert_eq!(code(put("0").if_match("\"0\"").send().await), "NoSuchKey");
    let first = put("one").if_none_match("*").content_type("application/json").metadata("epoch", "7");
    let first = first.expected_bucket_owner("123456789012").send().await.unwrap();
    assert_eq!(first.version_id(), None);
    let tag = first.e_tag().unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    assert_eq!(code(put("two").if_none_match("*").send().await), "PreconditionFailed");
    assert_eq!(code(put("two").if_match("\"0\"").send().await), "PreconditionFailed");
    let stranger = put("two").expected_bucket_owner("210987654321").send().await;
    assert_eq!(code(stranger), "AccessDenied");
    let read = get().send().await.unwrap();
    assert_eq!(read.e_tag(), Some(tag));
    assert_eq!(read.content_type(), Some("application/json"));
    assert_eq!(read.metadata().unwrap()["epoch"], "7");
    assert_eq!(read.server_side_encryption(), Some(&aws_sdk_s3::types::ServerSideEncryption::Aes256));
    assert!(read.checksum_crc32().is_some() && read.last_modified().is_some());
    assert_eq!(read.body.collect().await.unwrap().to_vec(), b"one");
    let second = put("two").if_match(tag).send().await.unwrap();
    assert_ne!(second.e_tag(), Some(tag));
    let head = client.head_object().bucket(BUCKET).key("a/b c+ü.json").send().await.unwrap();
    assert_eq!((head.content_length(), head.e_tag()), (Some(3), second.e_tag()));
    let not_modified = get().if_none_match(second.e_tag().unwrap()).send().await.unwrap_err();
    assert_eq!(not_modified.raw_response().unwrap().status().as_u16(), 304);
    assert_eq!(code(client.delete_bucket().bucket(BUCKET).send().await), "BucketNotEmpty");
    let delete = || client.delete_object().bucket(BUCKET).key("a/b c+ü.json");
    assert_eq!(code(delete().if_match(tag).send().await), "PreconditionFailed");
    assert_eq!(code(delete().if_match(second.e_tag().unwrap()).send().await), "ok");
    assert_eq!(code(delete().send().await), "ok");
    assert_eq!(code(client.delete_bucket().bucket(BUCKET).send().await), "ok");
    assert_eq!(code(get().send().await), "NoSuchBucket");
}

#[tokio::test(start_paused = true)]
async fn versions_pile_up_and_are_deleted_one_by_one() {
    let folder = std::env::temp_dir().join(format!("polyregion-versions-{}", std::process::id()));
    let sim = Sim::open(&folder, "123456789012").unwrap();
    let client = bucket(&sim).await;
    let put = |body: &'static str| {
        client.put_object().bucket(BUCKET).key("state").body(body.as_bytes().to_vec().into()).send()
    };
    put("before versioning").await.unwrap();
    let enabled = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
        .build();
    client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await.unwrap();
    let first = put("first").await.unwrap().version_id.unwrap();
    let second = put("second").await.unwrap().version_id.unwrap();
    let deleted = client.delete_object().bucket(BUCKET).key("state").send().await.unwrap();
    assert_eq!(deleted.delete_marker(), Some(true));
    let marker = deleted.version_id.unwrap();
    let get = |version: &str| client.get_object().bucket(BUCKET).key("state").version_id(version).send();
    assert_eq!(code(client.get_object().bucket(BUCKET).key("state").send().await), "NoSuchKey");
    assert_eq!(code(get(&marker).await), "MethodNotAllowed");
    assert_eq!(code(get("none").await), "NoSuchVersion");
    assert!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().contents().is_empty());

    // Bytes and versions survive the file; nothing of them is in the inventory.
    let inventory = sim.inventory();
    assert_eq!(inventory, [format!("s3 bucket {BUCKET} in eu-west-1")]);
    let sim = Sim::open(&folder, "123456789012").unwrap();
    let client = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(&local::sdk_config(&sim))
            .region(Region::from_static("eu-west-1"))
            .build(),
    );
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let mut seen = Vec::new();
    let mut page = client.list_object_versions().bucket(BUCKET).max_keys(2).send().await.unwrap();
    loop {
        seen.extend(page.delete_markers().iter().map(|marker| marker.version_id().unwrap().to_owned()));
        seen.extend(page.versions().iter().map(|version| version.version_id().unwrap().to_owned()));
        if page.is_truncated() != Some(true) {
            break;
        }
        let next = client.list_object_versions().bucket(BUCKET).max_keys(2);
        let next =
            next.set_key_marker(page.next_key_marker).set_version_id_marker(page.next_version_id_marker);
        page = next.send().await.unwrap();
    }
    assert_eq!(seen, [&marker, &second, &first, "null"]);
    let read = client.get_object().bucket(BUCKET).key("state").version_id(&first).send().await.unwrap();
    assert_eq!(read.body.collect().await.unwrap().to_vec(), b"first");
    for version in &seen {
        client.delete_object().bucket(BUCKET).key("state").version_id(version).send().await.unwrap();
    }
    assert_eq!(code(client.delete_bucket().bucket(BUCKET).send().await), "ok");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn listings_have_pages_prefixes_and_delimiters() {
    let sim = Sim::new("123456789012");
    let client = bucket(&sim).await;
    for key in ["a/1", "a/2", "b", "c/1", "d"] {
        client.put_object().bucket(BUCKET).key(key).send().await.unwrap();
    }
    let mut keys = Vec::new();
    let mut pages = client.list_objects_v2().bucket(BUCKET).into_paginator().page_size(2).send();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(keys, ["a/1", "a/2", "b", "c/1", "d"]);
    let listed = client.list_objects_v2().bucket(BUCKET).delimiter("/").max_keys(3).send().await.unwrap();
    let prefixes: Vec<_> = listed.common_prefixes().iter().map(|common| common.prefix().unwrap()).collect();
    assert_eq!((prefixes, listed.contents().len()), (vec!["a/", "c/"], 1));
    let next = listed.next_continuation_token().unwrap();
    let rest = client.list_objects_v2().bucket(BUCKET).delimiter("/").continuation_token(next);
    assert_eq!(rest.send().await.unwrap().contents()[0].key(), Some("d"));
}

#[tokio::test(start_paused = true)]
async fn what_is_set_on_a_bucket_comes_back() {
    use aws_sdk_s3::types::*;
    let sim = Sim::new("123456789012");
    let client = bucket(&sim).await;
    let block = client.get_public_access_block().bucket(BUCKET).send().await.unwrap();
    assert_eq!(block.public_access_block_configuration().unwrap().block_public_acls(), Some(true));
    let half = PublicAccessBlockConfiguration::builder().block_public_acls(true).build();
    let put = client.put_public_access_block().bucket(BUCKET).public_access_block_configuration(half);
    put.send().await.unwrap();
    let block = client.get_public_access_block().bucket(BUCKET).send().await.unwrap();
    assert_eq!(block.public_access_block_configuration().unwrap().block_public_policy(), Some(false));

    let by_default =
        ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms).build().unwrap();
    let rule =
        ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by_default).build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let put = client.put_bucket_encryption().bucket(BUCKET);
    put.server_side_encryption_configuration(encryption.clone()).send().await.unwrap();
    let got = client.get_bucket_encryption().bucket(BUCKET).send().await.unwrap();
    assert_eq!(got.server_side_encryption_configuration(), Some(&encryption));
    let written = client.put_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(written.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));

    let get = || client.get_bucket_lifecycle_configuration().bucket(BUCKET).send();
    assert_eq!(code(get().await), "NoSuchLifecycleConfiguration");
    let expiration = NoncurrentVersionExpiration::builder().noncurrent_days(90).build();
    let rule = LifecycleRule::builder()
        .id("old states")
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .status(ExpirationStatus::Enabled)
        .noncurrent_version_expiration(expiration)
        .build()
        .unwrap();
    let lifecycle = BucketLifecycleConfiguration::builder().rules(rule.clone()).build().unwrap();
    let put = client.put_bucket_lifecycle_configuration().bucket(BUCKET).lifecycle_configuration(lifecycle);
    put.send().await.unwrap();
    // S3 tells the old one for some seconds.
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    assert_eq!(get().await.unwrap().rules(), [rule]);

    assert_eq!(code(client.get_bucket_tagging().bucket(BUCKET).send().await), "NoSuchTagSet");
    let tag = Tag::builder().key("owner").value("me & you").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag.clone()).build().unwrap();
    client.put_bucket_tagging().bucket(BUCKET).tagging(tagging).send().await.unwrap();
    assert_eq!(client.get_bucket_tagging().bucket(BUCKET).send().await.unwrap().tag_set(), [tag]);
}

#[tokio::test(start_paused = true)]
async fn listings_of_databases_and_buckets_have_pages() {
    let sim = Sim::new("123456789012");
    let sdk = local::sdk_config(&sim);
    let rds = aws_sdk_rds::Client::new(&sdk);
    for number in 0..45 {
        let create = rds.create_global_cluster().global_cluster_identifier(format!("g{number:02}"));
        create.engine("aurora-postgresql").engine_version("16.4").send().await.unwrap();
    }
    let mut pages = Vec::new();
    let mut paginator = rds.describe_global_clusters().into_paginator().page_size(20).send();
    while let Some(page) = paginator.next().await {
        pages.push(page.unwrap().global_clusters().len());
    }
    assert_eq!(pages, [20, 20, 5]);
    assert_eq!(code(rds.describe_db_clusters().max_records(19).send().await), "InvalidParameterValue");

    let s3 = aws_sdk_s3::Client::new(&sdk);
    for name in ["first", "second", "third"] {
        s3.create_bucket().bucket(format!("{name}-bucket")).send().await.unwrap();
    }
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut paginator = s3.list_buckets().into_paginator().page_size(2).send();
    while let Some(page) = paginator.next().await {
        names.push(page.unwrap().buckets().iter().map(|bucket| bucket.name.clone().unwrap()).collect());
    }
    assert_eq!(names, [vec!["first-bucket", "second-bucket"], vec!["third-bucket"]]);
    let elsewhere = s3.list_buckets().bucket_region("eu-west-1").send().await.unwrap();
    assert!(elsewhere.buckets().is_empty());
}
