//! Tables and their replicas (D1 to D10).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, CreateGlobalSecondaryIndexAction, CreateReplicationGroupMemberAction,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType,
    ReplicationGroupUpdate, ScalarAttributeType, Tag,
};
use polyregion::engine::Options;
use polyregion::permissions::{Purpose, policy};
use polyregion::plan::Goal;
use polyregion_sim::Fault;
use polyregion_tests::cloud::Cloud;
use polyregion_tests::matrix::{topology, topology_in};

use super::{changes, client, converge, deployed, plan};

const CARTS: &str =
    "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: expires }";
const THREE: &str = "us: us_east_1, eu: eu_west_1, ap: ap_south_1";

/// D1: a replica that somebody else added is named and left alone; one that is declared no longer stays until somebody consents.
#[tokio::test(start_paused = true)]
async fn no_replica_is_deleted_silently() {
    let (cloud, declared) = deployed(CARTS).await;
    let add = CreateReplicationGroupMemberAction::builder().region_name("sa-east-1").build().unwrap();
    let add = ReplicationGroupUpdate::builder().create(add).build();
    let table = client!(aws_sdk_dynamodb, cloud, "us-east-1").update_table().table_name("carts");
    table.replica_updates(add).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let again = plan(&cloud, &declared).await;
    assert!(again.is_converged(), "{:?}", changes(&again));
    assert!(format!("{:?}", again.notes).contains("sa-east-1"), "{:?}", again.notes);

    let before = cloud.inventory();
    let fewer = topology("table carts { key: id: S, replicas: [us], ttl: expires }").unwrap();
    let kept = plan(&cloud, &fewer).await.kept;
    assert!(kept.iter().any(|kept| kept.address.to_string() == "table.carts@eu"), "{kept:?}");
    cloud.deploy(&fewer).await.unwrap();
    assert_eq!(cloud.inventory(), before);
}

/// D2 and D3: one attribute of one replica is one difference, keyed by region; without one a plan is empty.
#[tokio::test(start_paused = true)]
async fn one_attribute_is_one_difference() {
    let (cloud, declared) = deployed(CARTS).await;
    let table = client!(aws_sdk_dynamodb, cloud, "eu-west-1").update_table().table_name("carts");
    table.deletion_protection_enabled(false).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(changes(&plan(&cloud, &declared).await), ["table.carts@eu: deletion_protection"]);
    let identities = cloud.sim.identities();
    converge(&cloud, &declared).await;
    assert_eq!(cloud.sim.identities(), identities, "nothing was made again");
}

/// D4: whoever waits sees AWS's status, or AWS's reason.
#[tokio::test(start_paused = true)]
async fn waiting_says_for_what() {
    let declared = topology(CARTS).unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    let message =
        "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously";
    let refused = AtomicUsize::new(0);
    cloud.sim.set_faults(Some(Arc::new(move |attempt| {
        let is_it = attempt.operation == "CreateTable" && refused.fetch_add(1, Ordering::Relaxed) < 10;
        let message = message.to_owned();
        if is_it { Fault::Fail { code: "LimitExceededException", status: 400, message } } else { Fault::Pass }
    })));
    let log = converge(&cloud, &declared).await;
    assert!(
        log.contains(&format!("waiting for table.carts@us: busy (LimitExceededException: {message})")),
        "{log}"
    );
    assert!(log.contains("waiting for table.carts@eu: UPDATING"), "{log}");
}

/// D5 and D9: a table in one region becomes a global one in place, its replicas one after another, in one run.
#[tokio::test(start_paused = true)]
async fn a_table_becomes_global_in_one_run() {
    let one = topology("table carts { key: id: S, replicas: [us] }").unwrap();
    let cloud = Cloud::new(&one).unwrap();
    converge(&cloud, &one).await;
    let before = cloud.sim.identities();
    let three = topology_in(
        THREE,
        "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
    );
    let three = three.unwrap();
    let shown = plan(&cloud, &three).await;
    assert_eq!(shown.changes.len(), 2, "{:?}", changes(&shown));
    converge(&cloud, &three).await;
    let after = cloud.sim.identities();
    assert!(before.iter().all(|(name, id)| after.get(name) == Some(id)), "the table is the same");
    assert_eq!(cloud.inventory().iter().filter(|line| line.contains("carts")).count(), 3);
}

/// D2 and D7: recovery, insights, protection and tags are each replica's own on AWS, and the table's in the topology: all have them,
/// and a change is in place.
#[tokio::test(start_paused = true)]
async fn replicas_are_set_up_as_their_table_is() {
    let all = "point_in_time_recovery: 14d, contributor_insights: true, tags: { team: \"checkout\" }";
    let (cloud, _) = deployed(&CARTS.replace("ttl: expires", all)).await;
    let before = cloud.sim.identities();
    for client in
        [client!(aws_sdk_dynamodb, cloud, "us-east-1"), client!(aws_sdk_dynamodb, cloud, "eu-west-1")]
    {
        let table = client.describe_table().table_name("carts").send().await.unwrap().table.unwrap();
        assert_eq!(table.deletion_protection_enabled(), Some(true));
        let backups = client.describe_continuous_backups().table_name("carts").send().await.unwrap();
        let recovery = backups.continuous_backups_description.unwrap().point_in_time_recovery_description;
        assert_eq!(recovery.unwrap().recovery_period_in_days(), Some(14));
        let insights = client.describe_contributor_insights().table_name("carts").send().await.unwrap();
        assert_eq!(insights.contributor_insights_status().unwrap().as_str(), "ENABLED");
        let tags =
            client.list_tags_of_resource().resource_arn(table.table_arn().unwrap()).send().await.unwrap();
        assert!(tags.tags().iter().any(|tag| (tag.key(), tag.value()) == ("team", "checkout")));
    }
    let declared = topology(&CARTS.replace("ttl: expires", "point_in_time_recovery: 35d")).unwrap();
    let shown = plan(&cloud, &declared).await;
    let wanted = "point_in_time_recovery, contributor_insights, tags";
    assert_eq!(changes(&shown), [format!("table.carts@us: {wanted}"), format!("table.carts@eu: {wanted}")]);
    converge(&cloud, &declared).await;
    assert_eq!(cloud.sim.identities(), before);
    let without = topology(&CARTS.replace("ttl: expires", "class: standard")).unwrap();
    let notes = plan(&cloud, &without).await.notes;
    assert_eq!(notes.iter().filter(|note| note.text.contains("can no longer be restored to")).count(), 2);
}

/// What others have done to a table is theirs: an index, a tag and a setting that the topology never named stay through a change.
#[tokio::test(start_paused = true)]
async fn what_others_added_stays() {
    let (cloud, _) = deployed(&CARTS.replace("ttl: expires", "tags: { team: \"checkout\" }")).await;
    let client = client!(aws_sdk_dynamodb, cloud, "us-east-1");
    let arn = client.describe_table().table_name("carts").send().await.unwrap();
    let arn = arn.table.unwrap().table_arn.unwrap();
    let tag = Tag::builder().key("owner").value("ops").build().unwrap();
    client.tag_resource().resource_arn(&arn).tags(tag).send().await.unwrap();
    let key = KeySchemaElement::builder().attribute_name("day").key_type(KeyType::Hash).build().unwrap();
    let day = AttributeDefinition::builder().attribute_name("day").attribute_type(ScalarAttributeType::S);
    let index = CreateGlobalSecondaryIndexAction::builder()
        .index_name("by_day")
        .key_schema(key)
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    let update = GlobalSecondaryIndexUpdate::builder().create(index.build().unwrap()).build();
    let call = client.update_table().table_name("carts").attribute_definitions(day.build().unwrap());
    call.global_secondary_index_updates(update).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let indexes = "tags: { stage: \"test\" }, indexes: { by_shop: global { key: shop: S } }";
    let declared = topology(&CARTS.replace("ttl: expires", indexes)).unwrap();
    converge(&cloud, &declared).await;
    let undone = topology(&CARTS.replace("ttl: expires", "class: standard")).unwrap();
    converge(&cloud, &undone).await;
    let table = client.describe_table().table_name("carts").send().await.unwrap().table.unwrap();
    let names: Vec<_> =
        table.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    assert_eq!(names, ["by_day"]);
    let tags = client.list_tags_of_resource().resource_arn(&arn).send().await.unwrap();
    let others = tags.tags().iter().filter(|tag| !tag.key().starts_with("polyregion:"));
    assert_eq!(others.map(|tag| tag.key()).collect::<Vec<_>>(), ["owner"]);
}

/// D8: a run that is left while a replica is filled is taken up again; nothing is made twice.
#[tokio::test(start_paused = true)]
async fn a_long_backfill_can_be_left() {
    let declared = topology(CARTS).unwrap();
    let cloud = Cloud::new(&declared).unwrap();
    let run = cloud.run(&declared, Goal::Deploy, Options::default());
    assert!(tokio::time::timeout(Duration::from_secs(40), run).await.is_err(), "it is still waiting");
    let left = cloud.sim.identities();
    converge(&cloud, &declared).await;
    let after = cloud.sim.identities();
    assert!(left.iter().all(|(name, id)| after.get(name) == Some(id)));
    // It is marked as ours, too, which was not done yet when it was left.
    let client = client!(aws_sdk_dynamodb, cloud, "eu-west-1");
    let arn = client.describe_table().table_name("carts").send().await.unwrap().table.unwrap().table_arn;
    let tags = client.list_tags_of_resource().resource_arn(arn.unwrap()).send().await.unwrap();
    assert!(tags.tags().iter().any(|tag| tag.key() == "polyregion:address"), "{tags:?}");
}

/// A table changes and gets a replica in one run: what is awaited everywhere is not awaited where it does not exist yet.
#[tokio::test(start_paused = true)]
async fn a_table_changes_and_grows_in_one_run() {
    let (cloud, _) = deployed(CARTS).await;
    let own = "class: standard_infrequent_access, indexes: { by_day: global { key: day: S } }, \
               overrides: { ap => { class: standard } }";
    let grown = topology_in(THREE, &CARTS.replace("ttl: expires", own)).unwrap();
    let run = cloud.run(&grown, Goal::Deploy, Options::default());
    let run =
        tokio::time::timeout(Duration::from_secs(4 * 3600), run).await.expect("it comes to its end").unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert!(plan(&cloud, &grown).await.is_converged());
}

/// An edit that is left while an index is made, and undone: what it added goes again.
#[tokio::test(start_paused = true)]
async fn an_edit_that_was_left_is_undone() {
    let (cloud, declared) = deployed(CARTS).await;
    let indexed = CARTS.replace("ttl: expires", "ttl: expires, indexes: { by_day: global { key: day: S } }");
    let indexed = topology(&indexed).unwrap();
    let run = cloud.run(&indexed, Goal::Deploy, Options::default());
    assert!(tokio::time::timeout(Duration::from_secs(60), run).await.is_err(), "it is still waiting");
    converge(&cloud, &declared).await;
    let client = client!(aws_sdk_dynamodb, cloud, "us-east-1");
    let table = client.describe_table().table_name("carts").send().await.unwrap().table.unwrap();
    assert!(table.global_secondary_indexes().is_empty());
}

/// A limit that somebody has set on an index and nobody declared stays, and a run that fails does not spend what AWS takes of changes of keys.
#[tokio::test(start_paused = true)]
async fn limits_of_others_stay_and_keys_are_sent_once() {
    use aws_sdk_dynamodb::types::{OnDemandThroughput, UpdateGlobalSecondaryIndexAction};
    let declared = |index: &str, more: &str| {
        let text = "table carts { key: id: S, replicas: [us], encryption: kms(\"alias/carts\"), indexes: { by_day: global { key: day: S INDEX } } MORE }";
        topology(&text.replace("INDEX", index).replace("MORE", more)).unwrap()
    };
    let (plain, limited) = (declared("", ""), declared(", max_reads: 10", ""));
    let cloud = Cloud::new(&plain).unwrap();
    converge(&cloud, &plain).await;
    let client = client!(aws_sdk_dynamodb, cloud, "us-east-1");
    let limits = OnDemandThroughput::builder().max_write_request_units(5).build();
    let action =
        UpdateGlobalSecondaryIndexAction::builder().index_name("by_day").on_demand_throughput(limits);
    let update = GlobalSecondaryIndexUpdate::builder().update(action.build().unwrap()).build();
    client.update_table().table_name("carts").global_secondary_index_updates(update).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(plan(&cloud, &plain).await.is_converged());
    converge(&cloud, &limited).await;
    let table = client.describe_table().table_name("carts").send().await.unwrap().table.unwrap();
    let found = table.global_secondary_indexes()[0].on_demand_throughput().unwrap();
    assert_eq!((found.max_read_request_units(), found.max_write_request_units()), (Some(10), Some(5)));

    let expiring = declared(", max_reads: 10", ", ttl: expires");
    let denied =
        policy(&expiring, Purpose::Apply).to_string().replace("dynamodb:UpdateTimeToLive", "dynamodb:Other");
    cloud.sim.set_permissions(Some(vec![denied])).unwrap();
    for _ in 0..6 {
        let run = cloud.run(&expiring, Goal::Deploy, Default::default()).await.unwrap();
        assert!(changes(&run.plan).concat().contains("time_to_live"));
    }
    cloud.sim.set_permissions(None).unwrap();
    converge(&cloud, &expiring).await;
}

/// The keys that a table with replicas was made with are known whatever becomes of runs that change something else.
#[tokio::test(start_paused = true)]
async fn keys_of_a_global_table_stay_known() {
    let declared = |replicas: &str, more: &str| {
        let text = "table carts { key: id: S, replicas: [REPLICAS], writes: any_region(last_writer_wins), encryption: kms(\"alias/carts\") MORE }";
        topology_in(THREE, &text.replace("REPLICAS", replicas).replace("MORE", more)).unwrap()
    };
    let two = declared("us, eu", "");
    let cloud = Cloud::new(&two).unwrap();
    converge(&cloud, &two).await;
    let three = declared("us, eu, ap", ", ttl: expires");
    let denied =
        policy(&three, Purpose::Apply).to_string().replace("dynamodb:UpdateTimeToLive", "dynamodb:Other");
    cloud.sim.set_permissions(Some(vec![denied])).unwrap();
    for _ in 0..2 {
        let run = cloud.run(&three, Goal::Deploy, Default::default()).await.unwrap();
        assert!(run.plan.conflicts.is_empty(), "{:?}", run.plan.conflicts);
    }
    cloud.sim.set_permissions(None).unwrap();
    converge(&cloud, &three).await;
    // Another alias is another key, and these don't change.
    let other = topology_in(THREE, "table carts { key: id: S, replicas: [us, eu, ap], writes: any_region(last_writer_wins), encryption: kms(\"alias/other\"), ttl: expires }").unwrap();
    let shown = plan(&cloud, &other).await;
    assert!(shown.changes.is_empty() && shown.conflicts[0].what.contains("encryption"), "{shown:?}");
}
