//! The copies of the recorded state: lost, behind, damaged, foreign, newer; and mending them. Not here: two runs at once
//! (`concurrency`), a run that dies (`sweep`).

use polyregion::engine::{Engine, EngineError, Options};
use polyregion::plan::Goal;
use polyregion::state::{FORMAT, State, decode, encode};
use polyregion::{Region, Topology};
use polyregion_examples::storefront;
use polyregion_tests::cloud::Cloud;

pub(crate) const BUCKETS: [(&str, &str); 2] = [
    ("ap-south-1", "polyregion-state-123456789012-ap-south-1"),
    ("us-east-1", "polyregion-state-123456789012-us-east-1"),
];
const KEY: &str = "storefront.state.json";

fn client(cloud: &Cloud, region: &'static str) -> aws_sdk_s3::Client {
    let sdk = polyregion::local::sdk_config(&cloud.sim);
    let config = aws_sdk_s3::config::Builder::from(&sdk).region(aws_sdk_s3::config::Region::new(region));
    aws_sdk_s3::Client::from_conf(config.build())
}

/// Empties a bucket, versions and all, and deletes it: as somebody would who wants it gone.
pub(crate) async fn lose(cloud: &Cloud, (region, bucket): (&'static str, &str)) {
    let client = client(cloud, region);
    let listed = client.list_object_versions().bucket(bucket).send().await.unwrap();
    for version in listed.versions() {
        let call = client.delete_object().bucket(bucket).key(version.key().unwrap());
        call.version_id(version.version_id().unwrap()).send().await.unwrap();
    }
    client.delete_bucket().bucket(bucket).send().await.unwrap();
}

async fn put(cloud: &Cloud, (region, bucket): (&'static str, &str), bytes: Vec<u8>) {
    client(cloud, region).put_object().bucket(bucket).key(KEY).body(bytes.into()).send().await.unwrap();
}

async fn get(cloud: &Cloud, (region, bucket): (&'static str, &str)) -> Vec<u8> {
    let output = client(cloud, region).get_object().bucket(bucket).key(KEY).send().await.unwrap();
    output.body.collect().await.unwrap().to_vec()
}

async fn deployed() -> Cloud {
    let cloud = Cloud::new(storefront::topology()).unwrap();
    let run = cloud.run(storefront::topology(), Goal::Deploy, Options::default()).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    cloud
}

fn engine(cloud: &Cloud) -> Engine<'static> {
    cloud.engine(storefront::topology(), Options::default())
}

/// Deploys again: nothing changes on AWS, and the copies agree afterwards.
async fn goes_on(cloud: &Cloud) -> State {
    let topology: &Topology = storefront::topology();
    let before = cloud.inventory();
    let run = cloud.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    assert!(run.plan.is_converged(), "{:?}", run.plan.changes);
    assert_eq!(cloud.inventory(), before);
    let reading = cloud.look(topology).await;
    assert_eq!(reading.remarks(), Vec::<String>::new());
    reading.state.unwrap()
}

async fn plan_error(cloud: &Cloud) -> String {
    let error = cloud.plan(storefront::topology(), Goal::Deploy).await.unwrap_err();
    format!("{error}\n{}", error.help())
}

#[tokio::test(start_paused = true)]
async fn the_buckets_are_versioned_encrypted_and_not_public() {
    let cloud = deployed().await;
    for (region, bucket) in BUCKETS {
        let client = client(&cloud, region);
        let versioning = client.get_bucket_versioning().bucket(bucket).send().await.unwrap();
        assert_eq!(versioning.status().unwrap().as_str(), "Enabled");
        let public = client.get_public_access_block().bucket(bucket).send().await.unwrap();
        let public = public.public_access_block_configuration().unwrap();
        assert!(public.block_public_acls().unwrap() && public.restrict_public_buckets().unwrap());
        let encryption = client.get_bucket_encryption().bucket(bucket).send().await.unwrap();
        assert_eq!(encryption.server_side_encryption_configuration().unwrap().rules().len(), 1);
        let object = client.head_object().bucket(bucket).key(KEY).send().await.unwrap();
        assert_eq!(object.server_side_encryption().unwrap().as_str(), "AES256");
    }
}

#[tokio::test(start_paused = true)]
async fn one_copy_lost_or_behind_or_damaged_is_mended_by_the_next_run() {
    for copy in BUCKETS {
        let cloud = deployed().await;
        let old = get(&cloud, copy).await;
        let recorded = goes_on(&cloud).await.resources;
        lose(&cloud, copy).await;
        assert_eq!(goes_on(&cloud).await.resources, recorded);
        // Behind: what was there before.
        let mut state = decode(&old).unwrap();
        state.serial -= 1;
        put(&cloud, copy, encode(&state)).await;
        assert_eq!(goes_on(&cloud).await.resources, recorded);
        for damaged in [&b""[..], b"{", &old[..old.len() / 2], b"\xff\xfe", b"{\"format\":1}"] {
            put(&cloud, copy, damaged.to_vec()).await;
            assert_eq!(goes_on(&cloud).await.resources, recorded);
        }
        let mut flipped = String::from_utf8(old).unwrap();
        flipped = flipped.replacen("orders-us-east-1", "orders-us-east-2", 1);
        put(&cloud, copy, flipped.into_bytes()).await;
        assert_eq!(goes_on(&cloud).await.resources, recorded);
    }
}

#[tokio::test(start_paused = true)]
async fn all_copies_lost_is_rebuilt_from_aws() {
    let cloud = deployed().await;
    let recorded = goes_on(&cloud).await;
    for copy in BUCKETS {
        lose(&cloud, copy).await;
    }
    // Nothing is known, and nothing is done to what is there.
    let plan = cloud.plan(storefront::topology(), Goal::Deploy).await.unwrap().plan;
    assert!(plan.is_converged());
    let (state, doubts) = engine(&cloud).rebuild().await.unwrap();
    // It says what it can't know.
    assert!(doubts.len() == 1 && doubts[0].contains("declared before"), "{doubts:?}");
    assert_eq!(state.resources, recorded.resources);
    assert_ne!(state.lineage, recorded.lineage);
    assert_eq!(goes_on(&cloud).await.resources, recorded.resources);
}

#[tokio::test(start_paused = true)]
async fn damaged_in_every_copy_it_stops_and_can_be_rebuilt() {
    let cloud = deployed().await;
    let recorded = goes_on(&cloud).await.resources;
    for copy in BUCKETS {
        put(&cloud, copy, b"{}".to_vec()).await;
    }
    insta::assert_snapshot!("damaged_everywhere", plan_error(&cloud).await);
    assert_eq!(get(&cloud, BUCKETS[0]).await, b"{}", "it is kept");
    engine(&cloud).rebuild().await.unwrap();
    assert_eq!(goes_on(&cloud).await.resources, recorded);
    // What was there can still be had.
    let listed =
        client(&cloud, BUCKETS[0].0).list_object_versions().bucket(BUCKETS[0].1).send().await.unwrap();
    assert!(listed.versions().len() > 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_newer_version_wrote_is_left_alone() {
    let cloud = deployed().await;
    let mut document: serde_json::Value = serde_json::from_slice(&get(&cloud, BUCKETS[0]).await).unwrap();
    document["format"] = (FORMAT + 1).into();
    let newer = document.to_string().into_bytes();
    put(&cloud, BUCKETS[0], newer.clone()).await;
    insta::assert_snapshot!("newer_format", plan_error(&cloud).await);
    assert!(engine(&cloud).rebuild().await.is_err());
    assert!(engine(&cloud).promote(Region::from_code("us-east-1").unwrap()).await.is_err());
    assert_eq!(get(&cloud, BUCKETS[0]).await, newer);
}

#[tokio::test(start_paused = true)]
async fn copies_that_contradict_each_other_stop_it_until_one_is_chosen() {
    let cloud = deployed().await;
    let mut state = decode(&get(&cloud, BUCKETS[0]).await).unwrap();
    state.lineage = "another".to_owned();
    put(&cloud, BUCKETS[0], encode(&state)).await;
    insta::assert_snapshot!("contradicting_copies", plan_error(&cloud).await);
    engine(&cloud).promote(Region::from_code("us-east-1").unwrap()).await.unwrap();
    let state = goes_on(&cloud).await;
    assert_ne!(state.lineage, "another");
}

#[tokio::test(start_paused = true)]
async fn the_state_of_another_topology_is_refused() {
    let cloud = deployed().await;
    let mut state = decode(&get(&cloud, BUCKETS[0]).await).unwrap();
    state.topology = "shop".to_owned();
    put(&cloud, BUCKETS[0], encode(&state)).await;
    insta::assert_snapshot!("foreign_state", plan_error(&cloud).await);
}

/// A machine that died holds the lock until its lease is over; `state unlock` ends that at once.
#[tokio::test(start_paused = true)]
async fn a_dead_holder_loses_the_lock_after_its_lease() {
    let topology = storefront::topology();
    let cloud = Cloud::new(topology).unwrap();
    let cut = std::time::Duration::from_secs(150);
    let dying = cloud.run(topology, Goal::Deploy, Options::default());
    assert!(tokio::time::timeout(cut, dying).await.is_err());
    let lock = cloud.look(topology).await.state.unwrap().lock.unwrap();

    let by_hand = cloud.fork();
    let wrong = engine(&by_hand).unlock("nobody").await;
    assert!(matches!(wrong, Err(EngineError::NotHeld { .. })));
    engine(&by_hand).unlock(&lock.run).await.unwrap();
    let other = by_hand.on_another_machine();
    other.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    goes_on(&other).await;

    // Another machine waits for the end of the lease.
    let started = tokio::time::Instant::now();
    let other = cloud.on_another_machine();
    let engine = other.engine(topology, Options::default());
    let (journal, left) =
        polyregion::journal::Journal::on(Box::new(other.disk.clone()), String::new()).unwrap();
    engine.prepare_to_apply(Goal::Deploy, &journal, &left).await.unwrap();
    let waited = started.elapsed();
    assert!(waited >= polyregion::engine::LEASE && waited.as_secs() < 330, "{waited:?}");
    other.run(topology, Goal::Deploy, Options::default()).await.unwrap();
    goes_on(&other).await;
}
