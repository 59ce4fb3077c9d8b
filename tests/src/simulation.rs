//! What tests can order from the simulated AWS, asked through the real SDK: faults, outages, copies. Not here: what AWS
//! refuses by itself (`answers`).

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types as ddb;
use polyregion::local;
use polyregion_sim::{Attempt, Fault, Outage, Sim};

pub(crate) const ACCOUNT: &str = "123456789012";

fn region(code: &str) -> polyregion::Region {
    polyregion::Region::from_code(code).unwrap()
}

/// One attempt, half a minute of patience.
fn impatient(sim: &Sim) -> SdkConfig {
    local::sdk_config(sim)
        .into_builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_attempt_timeout(Duration::from_secs(30))
                .build(),
        )
        .build()
}

fn dynamodb(config: &SdkConfig, region: &'static str) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(
        aws_sdk_dynamodb::config::Builder::from(config).region(Region::from_static(region)).build(),
    )
}

fn s3(config: &SdkConfig, region: &'static str) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(config).region(Region::from_static(region)).build(),
    )
}

/// An outcome in a word or two.
fn outcome<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(SdkError::ServiceError(error)) => {
            let error = error.into_err();
            format!("{}: {}", error.code().unwrap_or("?"), error.message().unwrap_or("?"))
        }
        Err(SdkError::TimeoutError(_)) => "timeout".to_owned(),
        Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => "connect timeout".to_owned(),
        Err(SdkError::DispatchFailure(failure)) if failure.is_io() => "connection error".to_owned(),
        Err(_) => "other".to_owned(),
    }
}

async fn create_table(client: &aws_sdk_dynamodb::Client, name: &str) -> String {
    let key = ddb::KeySchemaElement::builder().attribute_name("id").key_type(ddb::KeyType::Hash);
    let attribute =
        ddb::AttributeDefinition::builder().attribute_name("id").attribute_type(ddb::ScalarAttributeType::S);
    let request = client
        .create_table()
        .table_name(name)
        .key_schema(key.build().unwrap())
        .attribute_definitions(attribute.build().unwrap())
        .billing_mode(ddb::BillingMode::PayPerRequest);
    outcome(request.send().await)
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_before_or_after_the_effect() {
    let message = "Rate exceeded".to_owned();
    let cases = [
        (Fault::Pass, true, "ok", 0),
        (Fault::Delay(Duration::from_secs(7)), true, "ok", 7),
        (Fault::Delay(Duration::from_secs(70)), true, "timeout", 30),
        (Fault::Hang, false, "timeout", 30),
        (Fault::HangAfter, true, "timeout", 30),
        (Fault::Refuse, false, "connection error", 0),
        (Fault::LoseReply, true, "connection error", 0),
        (Fault::FailAfter, true, "InternalServerError: Internal server error", 0),
        (
            Fault::Fail { code: "ThrottlingException", status: 400, message },
            false,
            "ThrottlingException: Rate exceeded",
            0,
        ),
    ];
    for (fault, applied, expected, seconds) in cases {
        let sim = Sim::new(ACCOUNT);
        let client = dynamodb(&impatient(&sim), "eu-west-1");
        let ordered = fault.clone();
        sim.set_faults(Some(Arc::new(move |_: &Attempt| ordered.clone())));
        let started = tokio::time::Instant::now();
        assert_eq!(create_table(&client, "t").await, expected, "{fault:?}");
        assert_eq!(started.elapsed().as_secs(), seconds, "{fault:?}");
        assert_eq!(!sim.inventory().is_empty(), applied, "{fault:?}");
        sim.set_faults(None);
        assert_eq!(create_table(&client, "u").await, "ok");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_named_and_may_look_at_the_simulation() {
    let sim = Sim::new(ACCOUNT);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, inside) = (Arc::clone(&seen), sim.clone());
    sim.set_faults(Some(Arc::new(move |attempt: &Attempt| {
        let things = inside.fork().inventory().len();
        log.lock().unwrap().push((attempt.clone(), things));
        if attempt.number == 2 { Fault::LoseReply } else { Fault::Pass }
    })));
    let sdk = local::sdk_config(&sim);
    let client = dynamodb(&sdk, "eu-west-1");
    let _ = client.describe_table().table_name("t").send().await;
    // The SDK repeats what was lost: the second time the table is there.
    let repeated = create_table(&client, "t").await;
    assert!(repeated.starts_with("ResourceInUseException"), "{repeated}");
    let _ = s3(&sdk, "eu-west-1").list_buckets().send().await.unwrap();
    let mut lines = String::new();
    for (attempt, things) in seen.lock().unwrap().iter() {
        let Attempt { number, service, operation, region, mutates } = attempt;
        let _ = writeln!(lines, "{number} {service} {operation} {region} {mutates} {things}");
    }
    let expected = "1 dynamodb DescribeTable eu-west-1 false 0\n2 dynamodb CreateTable eu-west-1 true 0\n\
                    3 dynamodb CreateTable eu-west-1 true 1\n4 s3 ListBuckets eu-west-1 false 1\n";
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn internal_errors_are_in_each_service_s_own_envelope() {
    let sim = Sim::new(ACCOUNT);
    sim.set_faults(Some(Arc::new(|_: &Attempt| Fault::FailAfter)));
    let sdk = impatient(&sim);
    let lines = [
        outcome(aws_sdk_route53::Client::new(&sdk).list_health_checks().send().await),
        outcome(aws_sdk_rds::Client::new(&sdk).describe_db_clusters().send().await),
        outcome(aws_sdk_iam::Client::new(&sdk).get_role().role_name("r").send().await),
        outcome(dynamodb(&sdk, "us-east-1").describe_table().table_name("t").send().await),
        outcome(s3(&sdk, "us-east-1").list_buckets().send().await),
    ];
    let codes: Vec<&str> = lines.iter().map(|line| line.split(':').next().unwrap()).collect();
    let common = "InternalFailure";
    assert_eq!(codes, [common, common, common, "InternalServerError", "InternalError"]);
}

#[tokio::test(start_paused = true)]
async fn outages_refuse_or_stay_silent() {
    let sim = Sim::new(ACCOUNT);
    let sdk = impatient(&sim);
    for (outage, expected, seconds) in
        [(Outage::Refused, "connection error", 0), (Outage::Silent, "connect timeout", 3)]
    {
        sim.set_outage(region("eu-west-1"), Some(outage));
        let started = tokio::time::Instant::now();
        assert_eq!(create_table(&dynamodb(&sdk, "eu-west-1"), "t").await, expected);
        assert_eq!(started.elapsed().as_secs(), seconds);
        sim.set_outage(region("eu-west-1"), None);
    }
    assert!(sim.inventory().is_empty());
    assert_eq!(create_table(&dynamodb(&sdk, "eu-west-1"), "t").await, "ok");
}

#[tokio::test(start_paused = true)]
async fn configuring_buckets_anywhere_depends_on_the_control_region() {
    let sim = Sim::new(ACCOUNT);
    let client = s3(&impatient(&sim), "eu-west-1");
    let make = |name: &str| {
        let location = aws_sdk_s3::types::BucketLocationConstraint::EuWest1;
        let configuration =
            aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(location).build();
        client.create_bucket().bucket(name).create_bucket_configuration(configuration).send()
    };
    assert_eq!(outcome(make("first-bucket").await), "ok");
    sim.set_dark(region("us-east-1"), true);
    let unavailable = "ServiceUnavailable: Service is unable to handle request.";
    assert_eq!(outcome(make("second-bucket").await), unavailable);
    assert_eq!(outcome(client.delete_bucket().bucket("first-bucket").send().await), unavailable);
    assert_eq!(outcome(client.get_bucket_versioning().bucket("first-bucket").send().await), "ok");
    sim.set_dark(region("us-east-1"), false);
    assert_eq!(outcome(make("second-bucket").await), "ok");
}

#[tokio::test(start_paused = true)]
async fn a_fork_goes_its_own_way() {
    let sim = Sim::new(ACCOUNT);
    let sdk = impatient(&sim);
    assert_eq!(create_table(&dynamodb(&sdk, "eu-west-1"), "t").await, "ok");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let fork = sim.fork();
    assert_eq!(fork.identities(), sim.identities());
    assert!(fork.calls().is_empty());
    let client = dynamodb(&impatient(&fork), "eu-west-1");
    let table = client.describe_table().table_name("t").send().await.unwrap().table.unwrap();
    assert_eq!(table.table_status(), Some(&ddb::TableStatus::Active));
    client.delete_table().table_name("t").send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(fork.inventory().is_empty());
    assert_eq!(create_table(&client, "t").await, "ok");
    // Under the same name, but not the same table.
    assert_eq!(fork.inventory(), sim.inventory());
    assert_ne!(fork.identities(), sim.identities());
}

#[tokio::test(start_paused = true)]
async fn equal_health_checks_have_lines_of_their_own() {
    let sim = Sim::new(ACCOUNT);
    let client = aws_sdk_route53::Client::new(&impatient(&sim));
    for reference in ["one", "two"] {
        let config = aws_sdk_route53::types::HealthCheckConfig::builder()
            .r#type(aws_sdk_route53::types::HealthCheckType::Https)
            .fully_qualified_domain_name("example.com")
            .build()
            .unwrap();
        let made = client.create_health_check().caller_reference(reference).health_check_config(config);
        assert_eq!(outcome(made.send().await), "ok");
    }
    assert_eq!(sim.identities().len(), 2, "{:?}", sim.identities());
}

#[tokio::test(start_paused = true)]
async fn passwords_are_seen_and_not_kept() {
    let folder = std::env::temp_dir().join(format!("polyregion-secrets-{}", std::process::id()));
    let sim = Sim::open(&folder, ACCOUNT).unwrap();
    let rds = aws_sdk_rds::Client::new(&impatient(&sim));
    let create = rds.create_db_cluster().db_cluster_identifier("c").engine("aurora-postgresql");
    let create = create.engine_version("16.4").master_username("admin").master_user_password("canary-1234");
    assert_eq!(outcome(create.send().await), "ok");
    assert_eq!(sim.secrets_seen().into_iter().collect::<Vec<_>>(), ["canary-1234"]);
    let saved = std::fs::read_to_string(folder.join("aws.json")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(saved.contains("aurora-postgresql") && !saved.contains("canary"));
}

async fn update_replicas(
    client: &aws_sdk_dynamodb::Client,
    update: ddb::ReplicationGroupUpdate,
) -> Result<(), String> {
    let result = client.update_table().table_name("t").replica_updates(update).send().await;
    let line = outcome(result);
    tokio::time::sleep(Duration::from_secs(120)).await;
    if line == "ok" { Ok(()) } else { Err(line) }
}

fn disassociate(region: &str) -> ddb::ReplicationGroupUpdate {
    let action = ddb::DisassociateReplicationGroupMemberAction::builder()
        .region_name(region)
        .disassociation_mode(ddb::DisassociationMode::WaitForReplication);
    ddb::ReplicationGroupUpdate::builder().disassociate(action.build().unwrap()).build()
}

#[tokio::test(start_paused = true)]
async fn a_replica_leaves_and_keeps_its_table() {
    let sim = Sim::new(ACCOUNT);
    let sdk = local::sdk_config(&sim);
    let regions = ["eu-west-1", "us-east-1", "ap-south-1"];
    let clients = regions.map(|region| dynamodb(&sdk, region));
    let others = async |index: usize| -> Vec<String> {
        let table = clients[index].describe_table().table_name("t").send().await.unwrap().table.unwrap();
        assert_eq!(table.table_status(), Some(&ddb::TableStatus::Active));
        table.replicas().iter().map(|replica| replica.region_name().unwrap().to_owned()).collect()
    };
    assert_eq!(create_table(&clients[0], "t").await, "ok");
    tokio::time::sleep(Duration::from_secs(60)).await;
    for region in &regions[1..] {
        let create = ddb::CreateReplicationGroupMemberAction::builder().region_name(*region).build().unwrap();
        let update = ddb::ReplicationGroupUpdate::builder().create(create).build();
        update_replicas(&clients[0], update).await.unwrap();
    }
    assert_eq!(others(0).await, ["ap-south-1", "us-east-1"]);
    assert_eq!(others(1).await, ["ap-south-1", "eu-west-1"]);
    let before = sim.identities();

    let refused = update_replicas(&clients[0], disassociate("us-east-1")).await.unwrap_err();
    assert!(refused.contains("its own region"), "{refused}");
    let refused = update_replicas(&clients[1], disassociate("us-east-1")).await.unwrap_err();
    assert!(refused.contains("disassociation protection"), "{refused}");
    let protect = clients[1].update_table().table_name("t").disassociation_protection_enabled(false);
    let both = protect.clone().deletion_protection_enabled(true).send().await;
    assert!(outcome(both).starts_with("ValidationException"));
    protect.send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    update_replicas(&clients[1], disassociate("us-east-1")).await.unwrap();
    assert!(others(1).await.is_empty());
    assert_eq!(others(0).await, ["ap-south-1"]);
    assert_eq!(others(2).await, ["eu-west-1"]);

    // The last but one to leave leaves two tables on their own.
    clients[2].update_table().table_name("t").disassociation_protection_enabled(false).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    update_replicas(&clients[2], disassociate("ap-south-1")).await.unwrap();
    assert!(others(0).await.is_empty() && others(2).await.is_empty());
    assert_eq!(sim.identities(), before);
    for client in &clients {
        client.delete_table().table_name("t").send().await.unwrap();
    }
}

/// A policy that allows actions on resources.
fn allow(actions: &[&str], resource: &str) -> String {
    let statement = serde_json::json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

#[tokio::test(start_paused = true)]
async fn who_is_allowed_nothing_is_refused_in_each_service_s_words() {
    let sim = Sim::new(ACCOUNT);
    sim.set_permissions(Some(Vec::new())).unwrap();
    let sdk = impatient(&sim);
    let route53 = aws_sdk_route53::Client::new(&sdk);
    let rds = aws_sdk_rds::Client::new(&sdk);
    let lines = [
        create_table(&dynamodb(&sdk, "eu-west-1"), "t").await,
        outcome(rds.describe_db_clusters().send().await),
        outcome(rds.modify_global_cluster().global_cluster_identifier("g").send().await),
        outcome(route53.list_health_checks().send().await),
        outcome(route53.get_hosted_zone().id("Z1").send().await),
        outcome(aws_sdk_iam::Client::new(&sdk).get_role().role_name("r").send().await),
        outcome(s3(&sdk, "eu-west-1").list_buckets().send().await),
        outcome(s3(&sdk, "eu-west-1").get_bucket_replication().bucket("some-bucket").send().await),
    ];
    let arn = |rest: &str| format!(" on resource: arn:aws:{rest}");
    let denied = |code: &str, action: &str, resource: String| {
        format!(
            "{code}: User: arn:aws:iam::{ACCOUNT}:user/local is not authorized to perform: {action}{resource} because \
             no identity-based policy allows the {action} action"
        )
    };
    let bucket = " on resource: \"arn:aws:s3:::some-bucket\"".to_owned();
    let expected = [
        denied(
            "AccessDeniedException",
            "dynamodb:CreateTable",
            arn(&format!("dynamodb:eu-west-1:{ACCOUNT}:table/t")),
        ),
        denied("AccessDenied", "rds:DescribeDBClusters", arn(&format!("rds:us-east-1:{ACCOUNT}:cluster:*"))),
        denied("AccessDenied", "rds:ModifyGlobalCluster", arn(&format!("rds::{ACCOUNT}:global-cluster:g"))),
        denied("AccessDenied", "route53:ListHealthChecks", String::new()),
        denied("AccessDenied", "route53:GetHostedZone", arn("route53:::hostedzone/Z1")),
        denied("AccessDenied", "iam:GetRole", arn(&format!("iam::{ACCOUNT}:role/r"))),
        denied("AccessDenied", "s3:ListAllMyBuckets", String::new()),
        denied("AccessDenied", "s3:GetReplicationConfiguration", bucket),
    ];
    assert_eq!(lines, expected);
    assert!(sim.inventory().is_empty());
    let odd =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotAction": "*", "Resource": "*"}}"#;
    assert!(sim.set_permissions(Some(vec![odd.to_owned()])).unwrap_err().contains("NotAction"));
    sim.set_permissions(None).unwrap();
    assert_eq!(create_table(&dynamodb(&sdk, "eu-west-1"), "t").await, "ok");
}

#[tokio::test(start_paused = true)]
async fn actions_that_go_by_another_name_are_wanted() {
    let sim = Sim::new(ACCOUNT);
    let sdk = impatient(&sim);
    let (east, tables) = (s3(&sdk, "us-east-1"), dynamodb(&sdk, "us-east-1"));
    let refused = |line: String| {
        let action = line.split_once("to perform: ").map(|(_, rest)| rest.split(' ').next().unwrap());
        action.unwrap_or(line.as_str()).to_owned()
    };
    let objects = "arn:aws:s3:::some-bucket/*";
    let reads = ["s3:GetObject", "s3:CreateBucket"];
    sim.set_permissions(Some(vec![allow(&reads[1..], "*"), allow(&reads[..1], objects)])).unwrap();
    assert_eq!(outcome(east.create_bucket().bucket("some-bucket").send().await), "ok");
    let get = || east.get_object().bucket("some-bucket").key("k");
    assert_eq!(refused(outcome(get().send().await)), "s3:ListBucket");
    assert_eq!(refused(outcome(get().version_id("v").send().await)), "s3:GetObjectVersion");
    let put = || east.put_object().bucket("some-bucket").key("k");
    assert_eq!(refused(outcome(put().send().await)), "s3:PutObject");

    sim.set_permissions(Some(vec![allow(&["s3:PutObject", "s3:PutReplicationConfiguration"], "*")])).unwrap();
    assert_eq!(refused(outcome(put().send().await)), "ok");
    assert_eq!(refused(outcome(put().if_match("\"t\"").send().await)), "s3:GetObject");
    let destination = aws_sdk_s3::types::Destination::builder().bucket("arn:aws:s3:::other").build().unwrap();
    let rule = aws_sdk_s3::types::ReplicationRule::builder()
        .status(aws_sdk_s3::types::ReplicationRuleStatus::Enabled)
        .destination(destination);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/replication");
    let replication =
        aws_sdk_s3::types::ReplicationConfiguration::builder().role(&role).rules(rule.build().unwrap());
    let replicate = || {
        let configuration = replication.clone().build().unwrap();
        east.put_bucket_replication().bucket("some-bucket").replication_configuration(configuration).send()
    };
    assert_eq!(refused(outcome(replicate().await)), "iam:PassRole");

    let mine = ["dynamodb:CreateTable", "dynamodb:UpdateTable"];
    let here = format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/*");
    let there = format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t");
    sim.set_permissions(Some(vec![allow(&mine, &here)])).unwrap();
    assert_eq!(create_table(&tables, "t").await, "ok");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let create = ddb::CreateReplicationGroupMemberAction::builder().region_name("eu-west-1").build().unwrap();
    let create = ddb::ReplicationGroupUpdate::builder().create(create).build();
    let line = update_replicas(&tables, create.clone()).await.unwrap_err();
    assert!(line.contains("dynamodb:CreateTable on resource") && line.contains(&there), "{line}");
    let policies = vec![allow(&mine, &here), allow(&["dynamodb:*"], &there)];
    sim.set_permissions(Some(policies)).unwrap();
    update_replicas(&tables, create).await.unwrap();
}
