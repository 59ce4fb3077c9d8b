//! What is not ours, or can't change: left alone and named, while everything else is done.

use polyregion_sim::Sim;

use crate::support::{Cloud, text};

mod plain {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record web: A in site { simple: load_balancer("web") in us }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

mod other_key {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        table carts { key: customer: S, replicas: each region, writes: any_region(last_writer_wins) }
    }
}

/// Another topology whose items collide with those of `plain`.
mod rival {
    polyregion::topology! {
        pub mod rival;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket media { mirror: each region }
    }
}

mod existing {
    polyregion::topology! {
        pub mod guest;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record guest: A in site { simple: values("192.0.2.7") }
    }
}

/// Another topology that made the record first.
mod visitor {
    polyregion::topology! {
        pub mod visitor;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record guest: A in site { simple: values("192.0.2.7") }
    }
}

mod existing_edited {
    polyregion::topology! {
        pub mod guest;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record guest: A in site { simple: values("192.0.2.8") }
    }
}

mod existing_beside {
    polyregion::topology! {
        pub mod guest;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record guest: CNAME in site { simple: values("elsewhere.example.net") }
    }
}

fn conflicts(plan: &polyregion::plan::Plan) -> String {
    plan.conflicts.iter().map(|conflict| format!("{}: {}\n", conflict.address, conflict.what)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_another_topology_is_never_touched() {
    let mut cloud = Cloud::for_topology(plain::shop::topology());
    cloud.deploy(rival::rival::topology()).await;
    let theirs = cloud.inventory();

    let plan = cloud.plan(plain::shop::topology()).await;
    insta::assert_snapshot!("foreign_plan", text(&plan));
    let (outcome, log) = cloud.apply(plain::shop::topology()).await;
    assert!(outcome.is_success(), "{log}");

    let plan = cloud.plan_destroy(plain::shop::topology()).await;
    insta::assert_snapshot!("foreign_destroy_plan", text(&plan));
    let run = cloud.base.destroy(plain::shop::topology()).await.unwrap();
    assert!(run.outcome.is_success(), "{}", run.log);
    assert_eq!(cloud.inventory(), theirs);
    cloud.assert_converged(rival::rival::topology()).await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_load_balancer_is_named_and_the_rest_goes_on() {
    let topology = plain::shop::topology();
    // Not furnished.
    let mut cloud = Cloud::on(polyregion_tests::cloud::Cloud {
        sim: Sim::new(topology.account()),
        disk: Default::default(),
    });
    let plan = cloud.plan(topology).await;
    insta::assert_snapshot!(conflicts(&plan), @"record.web: load balancer `web` in us-east-1 does not exist");
    let (outcome, log) = cloud.apply(topology).await;
    assert!(outcome.is_success(), "{log}");
    polyregion::local::furnish(&cloud.sim, topology).unwrap();
    cloud.deploy(topology).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_can_not_change() {
    let mut cloud = Cloud::for_topology(plain::shop::topology());
    cloud.deploy(plain::shop::topology()).await;
    let before = cloud.inventory();
    let plan = cloud.plan(other_key::shop::topology()).await;
    insta::assert_snapshot!(
        conflicts(&plan),
        @"table.carts@us: this can't be changed in place: key_schema is [id: S] and should be [customer: S]"
    );
    assert!(plan.changes.iter().all(|change| change.address.label != "carts"));
    assert_eq!(cloud.inventory(), before);
}

#[tokio::test(start_paused = true)]
async fn an_existing_zone_keeps_what_is_not_declared() {
    let topology = existing::guest::topology();
    let mut cloud = Cloud::for_topology(topology);
    let before = cloud.inventory();
    cloud.deploy(topology).await;
    assert_ne!(cloud.inventory(), before);
    cloud.destroy(topology).await;
    assert_eq!(cloud.inventory(), before);
}

/// In somebody else's zone, only what is exactly as declared is deleted.
#[tokio::test(start_paused = true)]
async fn a_doubtful_record_of_an_existing_zone_is_kept() {
    let topology = existing::guest::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let plan = cloud.plan_destroy(existing_edited::guest::topology()).await;
    assert!(plan.steps.is_empty());
    insta::assert_snapshot!(
        conflicts(&plan),
        @"record.guest: the record guest.example.com A in the existing zone differs from the declared one"
    );
}

/// In somebody else's zone, only what is recorded is ours: not what happens to be as declared.
#[tokio::test(start_paused = true)]
async fn a_record_of_somebody_else_in_an_existing_zone_is_kept() {
    let theirs = visitor::visitor::topology();
    let mut cloud = Cloud::for_topology(theirs);
    cloud.deploy(theirs).await;
    let before = cloud.inventory();
    // As it happens, it is as declared.
    cloud.deploy(existing::guest::topology()).await;
    let plan = cloud.plan_destroy(existing::guest::topology()).await;
    insta::assert_snapshot!(conflicts(&plan));
    let plan = cloud.plan(existing_edited::guest::topology()).await;
    insta::assert_snapshot!(conflicts(&plan));
    assert!(plan.steps.is_empty());
    assert_eq!(cloud.inventory(), before);
    cloud.assert_converged(theirs).await;
}

/// In somebody else's zone, what keeps a declared record from being made is named, never replaced.
#[tokio::test(start_paused = true)]
async fn a_record_in_the_way_in_an_existing_zone_is_kept() {
    let topology = visitor::visitor::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    let plan = cloud.plan(existing_beside::guest::topology()).await;
    assert!(plan.steps.is_empty());
    insta::assert_snapshot!(
        conflicts(&plan),
        @"record.guest: the record guest.example.com A in zone example.com is in the way: Route 53 takes one policy per name and type, and nothing beside a CNAME"
    );
    cloud.assert_converged(topology).await;
}

#[tokio::test(start_paused = true)]
async fn an_existing_zone_must_exist() {
    let topology = existing::guest::topology();
    let cloud = Cloud::on(polyregion_tests::cloud::Cloud {
        sim: Sim::new(topology.account()),
        disk: Default::default(),
    });
    let plan = cloud.plan(topology).await;
    insta::assert_snapshot!(
        conflicts(&plan),
        @"zone.site: the hosted zone is declared `existing` and does not exist"
    );
}

#[tokio::test(start_paused = true)]
async fn another_account_is_refused_before_anything_else() {
    let topology = plain::shop::topology();
    let sim = Sim::new("999999999999");
    let aws = polyregion::aws::Aws::new(polyregion::local::sdk_config(&sim), topology);
    let regions = topology.regions().iter().map(|place| place.region).collect();
    let probed = polyregion::aws::probe(&aws, topology.account(), &regions, &Default::default()).await;
    let error = probed.unwrap_err();
    insta::assert_snapshot!(
        error,
        @"the credentials belong to account 999999999999, the topology to account 123456789012"
    );
    assert!(sim.calls().iter().all(|call| call.operation == "GetCallerIdentity"));
}
