//! The ratchet: what looks like a mistake is stopped, what holds data keeps its place. Not here: taking a whole region out
//! (`storefront`), consent's bond to a plan (`hostile`).

use std::collections::BTreeSet;

use polyregion::engine::Options;
use polyregion::plan::{Action, Goal, Plan, Reason};
use polyregion::{Address, Topology};

use crate::support::{Cloud, text};

/// A zone of twelve records, of which an edit leaves three.
mod many {
    polyregion::topology! {
        pub mod dns;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record a: A in site { simple: values("192.0.2.1") }
        record b: A in site { simple: values("192.0.2.1") }
        record c: A in site { simple: values("192.0.2.1") }
        record d: A in site { simple: values("192.0.2.1") }
        record e: A in site { simple: values("192.0.2.1") }
        record f: A in site { simple: values("192.0.2.1") }
        record g: A in site { simple: values("192.0.2.1") }
        record h: A in site { simple: values("192.0.2.1") }
        record i: A in site { simple: values("192.0.2.1") }
        record j: A in site { simple: values("192.0.2.1") }
        record k: A in site { simple: values("192.0.2.1") }
        record l: A in site { simple: values("192.0.2.1") }
    }
}

mod few {
    polyregion::topology! {
        pub mod dns;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record a: A in site { simple: values("192.0.2.2") }
        record b: A in site { simple: values("192.0.2.1") }
        record c: A in site { simple: values("192.0.2.1") }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
    }
}

/// A shop in three regions, in the first two, and without the first.
mod three {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

mod two {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

mod without_home {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { eu: eu_west_1, ap: ap_south_1 }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

mod without_items {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }
        zone site: "example.com" {}
    }
}

mod renamed {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }
        table carts { name: "baskets", key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

async fn consented(cloud: &Cloud, topology: &Topology, goal: Goal, addresses: &[&str]) -> Plan {
    let hash = cloud.base.plan(topology, goal).await.unwrap().hash;
    let consents: BTreeSet<Address> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let options = Options { consents, plan_hash: Some(hash), ..Options::default() };
    let run = cloud.base.run(topology, goal, options).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    run.plan
}

#[tokio::test(start_paused = true)]
async fn deleting_much_of_a_zone_takes_consent() {
    let mut cloud = Cloud::for_topology(many::dns::topology());
    cloud.deploy(many::dns::topology()).await;
    let few = few::dns::topology();
    let plan = cloud.plan(few).await;
    insta::assert_snapshot!("mass_deletion", text(&plan));
    // Everything else is done, nothing of the zone.
    let before: Vec<String> = cloud.inventory().into_iter().filter(|line| line.contains("record")).collect();
    let (outcome, log) = cloud.apply(few).await;
    assert!(outcome.is_success(), "{log}");
    let after: Vec<String> = cloud.inventory().into_iter().filter(|line| line.contains("record")).collect();
    assert_eq!(before, after);
    let plan = consented(&cloud, few, Goal::Deploy, &["zone.site"]).await;
    assert_eq!(plan.count(Action::Delete), 9);
    cloud.assert_converged(few).await;

    // Destroying is no exception.
    let mut cloud = Cloud::for_topology(many::dns::topology());
    cloud.deploy(many::dns::topology()).await;
    let plan = cloud.base.plan(many::dns::topology(), Goal::Destroy).await.unwrap().plan;
    assert_eq!((plan.count(Action::Delete), plan.conflicts.len()), (0, 1), "{}", text(&plan));
    consented(&cloud, many::dns::topology(), Goal::Destroy, &["zone.site"]).await;
    assert_eq!(cloud.inventory(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_zone_that_is_suddenly_empty_is_not_believed() {
    let topology = many::dns::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let client = aws_sdk_route53::Client::new(&cloud.sdk());
    let zones = client.list_hosted_zones_by_name().send().await.unwrap();
    let id = zones.hosted_zones()[0].id().to_owned();
    let listed = client.list_resource_record_sets().hosted_zone_id(&id).send().await.unwrap();
    let changes =
        listed.resource_record_sets().iter().filter(|set| set.r#type().as_str() == "A").map(|set| {
            let delete = aws_sdk_route53::types::ChangeAction::Delete;
            aws_sdk_route53::types::Change::builder()
                .action(delete)
                .resource_record_set(set.clone())
                .build()
                .unwrap()
        });
    let batch = aws_sdk_route53::types::ChangeBatch::builder().set_changes(Some(changes.collect())).build();
    let call = client.change_resource_record_sets().hosted_zone_id(&id).change_batch(batch.unwrap());
    call.send().await.unwrap();

    let plan = cloud.plan(topology).await;
    assert!(plan.steps.is_empty(), "{}", text(&plan));
    insta::assert_snapshot!("emptied_zone", plan.conflicts[0].what);
    // Somebody looks, and says that it is so.
    cloud.base.engine(topology, Options::default()).rebuild().await.unwrap();
    assert_eq!(cloud.plan(topology).await.count(Action::Create), 12);
    cloud.deploy(topology).await;
}

#[tokio::test(start_paused = true)]
async fn the_home_of_a_table_can_be_taken_out() {
    let mut cloud = Cloud::for_topology(three::shop::topology());
    cloud.deploy(three::shop::topology()).await;
    let identities = cloud.sim.identities();
    let rest = without_home::shop::topology();
    cloud.deploy(rest).await;
    let options = cloud.base.consent_to_all(rest, Goal::Deploy).await.unwrap();
    let run = cloud.base.run(rest, Goal::Deploy, options).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert_eq!(cloud.sim.identities(), identities, "everything is the same as before");
    cloud.assert_converged(rest).await;
    insta::assert_snapshot!("home_taken_out", text(&cloud.plan(rest).await));
}

/// Declared again, what stands alone with its data is a conflict: AWS adds no replica where a table is.
#[tokio::test(start_paused = true)]
async fn what_was_detached_is_not_taken_back_by_the_way() {
    let (three, two) = (three::shop::topology(), two::shop::topology());
    let mut cloud = Cloud::for_topology(three);
    cloud.deploy(three).await;
    cloud.deploy(two).await;
    // Not detached yet, it is just declared again.
    cloud.deploy(three).await;
    cloud.deploy(two).await;
    let options = cloud.base.consent_to_all(two, Goal::Deploy).await.unwrap();
    cloud.base.run(two, Goal::Deploy, options).await.unwrap();
    let before = cloud.sim.identities();
    let plan = cloud.plan(three).await;
    insta::assert_snapshot!("detached_and_declared_again", text(&plan));
    let (outcome, log) = cloud.apply(three).await;
    assert!(outcome.is_success(), "{log}");
    let after = cloud.sim.identities();
    assert!(before.iter().all(|(thing, id)| after.get(thing) == Some(id)));
    // Destroying knows it, too.
    cloud.destroy(two).await;
    assert_eq!(cloud.inventory(), Vec::<String>::new());
}

/// Items that are taken out keep their data until there is consent; names are no attributes.
#[tokio::test(start_paused = true)]
async fn items_that_are_taken_out_or_renamed_keep_their_data() {
    let whole = three::shop::topology();
    let mut cloud = Cloud::for_topology(whole);
    cloud.deploy(whole).await;
    let before = cloud.inventory();
    let plan = cloud.plan(renamed::shop::topology()).await;
    insta::assert_snapshot!("renamed_table", plan.conflicts[0].what);
    assert!(plan.changes.is_empty(), "{}", text(&plan));

    let rest = without_items::shop::topology();
    cloud.deploy(rest).await;
    assert!(before.iter().all(|line| cloud.inventory().contains(line)));
    // Taken back, nothing is missing.
    cloud.deploy(whole).await;
    cloud.deploy(rest).await;
    // A replica is deleted before the table that it replicates.
    consented(&cloud, rest, Goal::Deploy, &["table.carts@us"]).await;
    assert!(cloud.inventory().iter().any(|line| line.contains("carts in us-east-1")));
    let options = cloud.base.consent_to_all(rest, Goal::Deploy).await.unwrap();
    let run = cloud.base.run(rest, Goal::Deploy, options).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert!(!cloud.inventory().iter().any(|line| line.contains("carts") || line.contains("media")));
    cloud.assert_converged(rest).await;
}

/// A first run of `destroy` can be thought better of.
#[tokio::test(start_paused = true)]
async fn what_was_disarmed_is_armed_again_by_a_deploy() {
    let topology = three::shop::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let disarmed =
        |plan: &Plan| plan.changes.iter().filter(|change| change.reason == Reason::Disarmed).count();
    let run = cloud.base.run(topology, Goal::Destroy, Options::default()).await.unwrap();
    assert_eq!((disarmed(&run.plan), run.plan.count(Action::Delete)), (6, 0));
    cloud.deploy(topology).await;
    let run = cloud.base.run(topology, Goal::Destroy, Options::default()).await.unwrap();
    assert_eq!((disarmed(&run.plan), run.plan.count(Action::Delete)), (6, 0), "{}", text(&run.plan));
}
