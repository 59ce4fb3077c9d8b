//! What the simulated AWS refuses, in AWS's own codes and words, asked through the real SDK.

use std::fmt::Write as _;

use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::types as ddb;
use aws_sdk_route53::error::ProvideErrorMetadata;
use aws_sdk_route53::types::*;
use polyregion::local;
use polyregion_sim::Sim;

/// An outcome as a line: `ok`, or code and words.
fn line<T, E: ProvideErrorMetadata>(what: &str, result: Result<T, E>, out: &mut String) {
    let text = match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{}: {}", error.code().unwrap_or("?"), error.message().unwrap_or("?")),
    };
    let _ = writeln!(out, "{what}\n    {text}");
}

fn values(name: &str, kind: RrType, values: &[&str]) -> ResourceRecordSet {
    let records =
        values.iter().map(|value| ResourceRecord::builder().value(*value).build().unwrap()).collect();
    ResourceRecordSet::builder()
        .name(name)
        .r#type(kind)
        .ttl(60)
        .set_resource_records(Some(records))
        .build()
        .unwrap()
}

fn latency(name: &str, region: &str, identifier: Option<&str>) -> ResourceRecordSet {
    let mut set = values(name, RrType::A, &["192.0.2.1"]);
    set.region = Some(ResourceRecordSetRegion::from(region));
    set.set_identifier = identifier.map(str::to_owned);
    set
}

fn alias(name: &str, target: &str, zone: &str) -> ResourceRecordSet {
    let target = AliasTarget::builder().dns_name(target).hosted_zone_id(zone).evaluate_target_health(true);
    ResourceRecordSet::builder()
        .name(name)
        .r#type(RrType::A)
        .alias_target(target.build().unwrap())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn route53_refuses_what_aws_refuses() {
    let sim = Sim::new("123456789012");
    let client = aws_sdk_route53::Client::new(&local::sdk_config(&sim));
    let zone = client.create_hosted_zone().name("example.com").caller_reference("one").send().await.unwrap();
    let id = zone.hosted_zone().unwrap().id().to_owned();
    let mut out = String::new();
    let again = client.create_hosted_zone().name("example.com").caller_reference("one").send().await;
    line("zone with a used caller reference", again, &mut out);

    let change = |action: ChangeAction, sets: Vec<ResourceRecordSet>| {
        let change = |set| Change::builder().action(action.clone()).resource_record_set(set).build().unwrap();
        let batch =
            ChangeBatch::builder().set_changes(Some(sets.into_iter().map(change).collect())).build().unwrap();
        client.change_resource_record_sets().hosted_zone_id(&id).change_batch(batch).send()
    };
    let mut checked = latency("checked.example.com", "us-east-1", Some("us"));
    checked.health_check_id = Some("none".to_owned());
    let mut simple_checked = values("checked.example.com", RrType::A, &["192.0.2.1"]);
    simple_checked.health_check_id = Some("none".to_owned());
    let mut alias_with_ttl = alias("a.example.com", "x-1.us-east-1.elb.amazonaws.com", "Z35SXDOTRQ7X7K");
    alias_with_ttl.ttl = Some(60);
    let create = ChangeAction::Create;
    let cases = [
        ("a record", vec![values("a.example.com", RrType::A, &["192.0.2.1"])]),
        ("the same again", vec![values("a.example.com", RrType::A, &["192.0.2.1"])]),
        (
            "a good one with a bad one, which takes both down",
            vec![
                values("b.example.com", RrType::A, &["192.0.2.1"]),
                values("c.example.com", RrType::A, &["1.2.3"]),
            ],
        ),
        ("the good one alone", vec![values("b.example.com", RrType::A, &["192.0.2.1"])]),
        ("outside the zone", vec![values("a.example.org", RrType::A, &["192.0.2.1"])]),
        ("CNAME at the apex", vec![values("example.com", RrType::Cname, &["a.example.org"])]),
        ("CNAME beside another type", vec![values("a.example.com", RrType::Cname, &["a.example.org"])]),
        ("unquoted TXT", vec![values("t.example.com", RrType::Txt, &["text"])]),
        ("a value twice", vec![values("d.example.com", RrType::A, &["192.0.2.1", "192.0.2.1"])]),
        ("latency without identifier", vec![latency("l.example.com", "us-east-1", None)]),
        (
            "two of one latency region",
            vec![
                latency("l.example.com", "us-east-1", Some("1")),
                latency("l.example.com", "us-east-1", Some("2")),
            ],
        ),
        ("latency beside simple", vec![latency("a.example.com", "us-east-1", Some("1"))]),
        ("unknown health check", vec![checked]),
        ("health check on simple", vec![simple_checked]),
        ("alias with ttl", vec![alias_with_ttl]),
        (
            "alias in the wrong zone",
            vec![alias("e.example.com", "x-1.us-east-1.elb.amazonaws.com", "ZWRONG")],
        ),
        ("alias of nothing", vec![alias("e.example.com", "www.example.org", "ZWRONG")]),
        (
            "1001 elements",
            (0..1001).map(|n| values(&format!("n{n}.example.com"), RrType::A, &["192.0.2.1"])).collect(),
        ),
    ];
    for (what, sets) in cases {
        line(what, change(create.clone(), sets).await, &mut out);
    }
    let delete = ChangeAction::Delete;
    line(
        "delete with other values",
        change(delete.clone(), vec![values("a.example.com", RrType::A, &["192.0.2.2"])]).await,
        &mut out,
    );
    line(
        "delete what is not there",
        change(delete.clone(), vec![values("z.example.com", RrType::A, &["192.0.2.2"])]).await,
        &mut out,
    );
    line("zone with records", client.delete_hosted_zone().id(&id).send().await, &mut out);
    line("unknown zone", client.get_hosted_zone().id("ZNONE").send().await, &mut out);
    line("an operation that is not simulated", client.list_geo_locations().send().await, &mut out);

    let config = |interval: i32| {
        let config = HealthCheckConfig::builder()
            .r#type(HealthCheckType::Https)
            .fully_qualified_domain_name("a.example.com");
        config.request_interval(interval).build().unwrap()
    };
    let check = |reference: &str, interval| {
        client.create_health_check().caller_reference(reference).health_check_config(config(interval)).send()
    };
    let made = check("c", 30).await.unwrap();
    line("the same health check again", check("c", 30).await, &mut out);
    line("another with its reference", check("c", 10).await, &mut out);
    line("an interval that does not exist", check("d", 20).await, &mut out);
    client.delete_health_check().health_check_id(made.health_check().unwrap().id()).send().await.unwrap();
    line("the reference of a deleted one", check("c", 30).await, &mut out);
    insta::assert_snapshot!("route53_answers", out);
}

fn dynamodb(sdk: &SdkConfig, region: &'static str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::config::Builder::from(sdk).region(Region::from_static(region)).build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

#[tokio::test(start_paused = true)]
async fn dynamodb_refuses_what_aws_refuses() {
    let sim = Sim::new("123456789012");
    // What the SDK would try again is an answer here.
    let sdk = local::sdk_config(&sim).into_builder().retry_config(RetryConfig::disabled()).build();
    let (us, eu) = (dynamodb(&sdk, "us-east-1"), dynamodb(&sdk, "eu-west-1"));
    let mut out = String::new();
    let named = |client: &aws_sdk_dynamodb::Client, name: &str| {
        let key = ddb::KeySchemaElement::builder()
            .attribute_name("id")
            .key_type(ddb::KeyType::Hash)
            .build()
            .unwrap();
        let attribute = ddb::AttributeDefinition::builder()
            .attribute_name("id")
            .attribute_type(ddb::ScalarAttributeType::S);
        client
            .create_table()
            .table_name(name)
            .billing_mode(ddb::BillingMode::PayPerRequest)
            .attribute_definitions(attribute.build().unwrap())
            .key_schema(key)
            .send()
    };
    let create = |client| named(client, "t");
    let replica = |region: &str| {
        let create = ddb::CreateReplicationGroupMemberAction::builder().region_name(region).build().unwrap();
        let update = ddb::ReplicationGroupUpdate::builder().create(create).build();
        us.update_table().table_name("t").replica_updates(update).send()
    };
    let without = |region: &str| {
        let delete = ddb::DeleteReplicationGroupMemberAction::builder().region_name(region).build().unwrap();
        let update = ddb::ReplicationGroupUpdate::builder().delete(delete).build();
        us.update_table().table_name("t").replica_updates(update).send()
    };
    let later = || tokio::time::sleep(std::time::Duration::from_secs(300));
    line("a table that is not there", us.describe_table().table_name("t").send().await, &mut out);
    line("a table", create(&us).await, &mut out);
    line("the same again while it is created", create(&us).await, &mut out);
    line("an update while it is created", replica("eu-west-1").await, &mut out);
    later().await;
    line("the same again", create(&us).await, &mut out);
    line("a replica at home", replica("us-east-1").await, &mut out);
    line("a replica", replica("eu-west-1").await, &mut out);
    line("the replica's region at once", eu.describe_table().table_name("t").send().await, &mut out);
    line("an update meanwhile", replica("ap-south-1").await, &mut out);
    later().await;
    line("the replica's region later", eu.describe_table().table_name("t").send().await, &mut out);
    line("the replica again", replica("eu-west-1").await, &mut out);
    line("nothing to update", us.update_table().table_name("t").send().await, &mut out);
    line(
        "protection of the replica",
        eu.update_table().table_name("t").deletion_protection_enabled(true).send().await,
        &mut out,
    );
    later().await;
    line("a protected replica's deletion", without("eu-west-1").await, &mut out);
    line("the source's deletion", us.delete_table().table_name("t").send().await, &mut out);
    line(
        "protection off",
        eu.update_table().table_name("t").deletion_protection_enabled(false).send().await,
        &mut out,
    );
    later().await;
    line("the replica's deletion", without("eu-west-1").await, &mut out);
    later().await;
    line("a replica that is not there", without("eu-west-1").await, &mut out);
    line("the source's deletion", us.delete_table().table_name("t").send().await, &mut out);
    later().await;
    for number in 1..=500 {
        named(&us, &format!("table{number}")).await.unwrap();
    }
    line("one table too many at once", named(&us, "table501").await, &mut out);
    line("elsewhere", named(&eu, "table501").await, &mut out);
    later().await;
    line("later", named(&us, "table501").await, &mut out);
    insta::assert_snapshot!("dynamodb_answers", out);
}

#[tokio::test(start_paused = true)]
async fn rds_and_s3_refuse_what_aws_refuses() {
    let sim = Sim::new("123456789012");
    let sdk = local::sdk_config(&sim);
    let rds = |region: &'static str| {
        aws_sdk_rds::Client::from_conf(
            aws_sdk_rds::config::Builder::from(&sdk).region(Region::from_static(region)).build(),
        )
    };
    let (us, eu) = (rds("us-east-1"), rds("eu-west-1"));
    let later = || tokio::time::sleep(std::time::Duration::from_secs(900));
    let mut out = String::new();
    let global = || {
        us.create_global_cluster()
            .global_cluster_identifier("g")
            .engine("aurora-postgresql")
            .engine_version("16.11")
    };
    line("a global cluster", global().send().await, &mut out);
    line("the same again", global().send().await, &mut out);
    later().await;
    let member = |client: &aws_sdk_rds::Client, name: &str| {
        let call = client.create_db_cluster().db_cluster_identifier(name).global_cluster_identifier("g");
        call.engine("aurora-postgresql").engine_version("16.11")
    };
    let primary = || member(&us, "p").master_username("admin1");
    line("a primary without password", primary().send().await, &mut out);
    line(
        "in a subnet group that is not there",
        primary().master_user_password("secret-enough").db_subnet_group_name("x").send().await,
        &mut out,
    );
    line("a primary", primary().master_user_password("secret-enough").send().await, &mut out);
    line("a secondary before the primary has an instance", member(&eu, "s").send().await, &mut out);
    later().await;
    let instance = |client: &aws_sdk_rds::Client, cluster: &str, class: &str| {
        let call = client
            .create_db_instance()
            .db_instance_identifier(format!("{cluster}1"))
            .db_cluster_identifier(cluster);
        call.engine("aurora-postgresql").db_instance_class(class).send()
    };
    line("a burstable instance", instance(&us, "p", "db.t4g.medium").await, &mut out);
    line("an instance", instance(&us, "p", "db.r6g.large").await, &mut out);
    later().await;
    line("a secondary with credentials", member(&eu, "s").master_username("admin1").send().await, &mut out);
    line("a secondary", member(&eu, "s").send().await, &mut out);
    later().await;
    line("its instance", instance(&eu, "s", "db.r6g.large").await, &mut out);
    later().await;
    let delete_instance = |client: &aws_sdk_rds::Client, name: &str| {
        client.delete_db_instance().db_instance_identifier(name).send()
    };
    let delete_cluster = |client: &aws_sdk_rds::Client, name: &str| {
        client.delete_db_cluster().db_cluster_identifier(name).skip_final_snapshot(true).send()
    };
    line("the secondary's last instance", delete_instance(&eu, "s1").await, &mut out);
    line("the primary's last instance", delete_instance(&us, "p1").await, &mut out);
    line("the secondary with an instance", delete_cluster(&eu, "s").await, &mut out);
    line(
        "the global cluster with members",
        us.delete_global_cluster().global_cluster_identifier("g").send().await,
        &mut out,
    );
    let leave = |arn: &str| {
        us.remove_from_global_cluster().global_cluster_identifier("g").db_cluster_identifier(arn).send()
    };
    line("the primary leaves first", leave("arn:aws:rds:us-east-1:123456789012:cluster:p").await, &mut out);
    line("a stranger leaves", leave("arn:aws:rds:us-east-1:123456789012:cluster:x").await, &mut out);
    line("the secondary leaves", leave("arn:aws:rds:eu-west-1:123456789012:cluster:s").await, &mut out);

    let s3 = |region: &'static str| {
        aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&sdk).region(Region::from_static(region)).build(),
        )
    };
    let (us, eu) = (s3("us-east-1"), s3("eu-west-1"));
    line(
        "a bucket without constraint in Europe",
        eu.create_bucket().bucket("one-bucket").send().await,
        &mut out,
    );
    line("a bucket", us.create_bucket().bucket("one-bucket").send().await, &mut out);
    line("the same again in us-east-1", us.create_bucket().bucket("one-bucket").send().await, &mut out);
    line(
        "at another region's endpoint",
        eu.get_bucket_versioning().bucket("one-bucket").send().await,
        &mut out,
    );
    line("a bucket that is not there", us.get_bucket_tagging().bucket("no-bucket").send().await, &mut out);
    line("tags that are not there", us.get_bucket_tagging().bucket("one-bucket").send().await, &mut out);
    line(
        "replication that is not there",
        us.get_bucket_replication().bucket("one-bucket").send().await,
        &mut out,
    );
    line(
        "an operation that is not simulated",
        us.get_bucket_acl().bucket("one-bucket").send().await,
        &mut out,
    );
    insta::assert_snapshot!("rds_and_s3_answers", out);
}
