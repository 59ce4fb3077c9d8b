//! Updates in place: every attribute that AWS lets change.

use crate::support::{Cloud, text};

mod before {
    polyregion::topology! {
        #[allow(polyregion::p0414)]
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { comment: "old" }
        health_check web in each region { http: "web-{region}.example.com/old" }
        health_check db { tcp: "db.example.com:5432", failure_threshold: 2 }
        health_check deep {
            https: "deep.example.com/", search: "all is well", checkers: [us_west_1, us_west_2, sa_east_1],
        }
        record web: A in site { latency: each region => values("8.8.8.8") { health_check: web } }
        record text: TXT in site { ttl: 60s, simple: values("\"old\"") }
        record moved: A in site { simple: values("192.0.2.1") }
        #[allow(polyregion::p0541)]
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: old, deletion_protection: false }
        #[allow(polyregion::p0637)]
        cluster orders: aurora_postgresql("16.11") {
            primary: us, secondaries: each other region, instances: 2 * db_r6g_large, deletion_protection: false,
        }
        bucket media { mirror: each region }
    }
}

mod after {
    polyregion::topology! {
        #[allow(polyregion::p0414)]
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { comment: "new" }
        health_check web in each region { http: "www-{region}.example.com:8080", failure_threshold: 5 }
        health_check db { tcp: "db.example.com:5433", failure_threshold: 2 }
        health_check deep { https: "deep.example.com/", search: "ok", inverted: true }
        record web: A in site { ttl: 30s, latency: each region => values("8.8.4.4") { health_check: web } }
        record text: TXT in site { ttl: 5min, simple: values("\"new\"", "\"more\"") }
        record moved: A in site { latency: each region => values("8.8.8.8") { health_check: web } }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: new }
        cluster orders: aurora_postgresql("16.11") {
            primary: us, secondaries: each other region, instances: 2 * db_r7g_large, backup_retention: 14d,
        }
        bucket media { mirror: each region, replication_time_control: true }
    }
}

mod china {
    polyregion::topology! {
        #[allow(polyregion::p0414)]
        pub mod shop;
        account: "123456789012",
        regions { beijing: cn_north_1, ningxia: cn_northwest_1 }
        zone site: "example.cn" {}
        #[allow(polyregion::p0341)]
        record web: A in site { latency: each region => load_balancer("web") }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        cluster orders: aurora_postgresql("16.11") {
            primary: beijing, secondaries: each other region, instances: 2 * db_r6g_large,
        }
        bucket media { mirror: each region }
    }
}

/// Nothing is made for one partition only.
#[tokio::test(start_paused = true)]
async fn another_partition() {
    let topology = china::shop::topology();
    let mut cloud = Cloud::for_topology(topology);
    cloud.deploy(topology).await;
    cloud.destroy(topology).await;
    assert_eq!(cloud.inventory(), Vec::<String>::new());
}

mod fewer {
    polyregion::topology! {
        #[allow(polyregion::p0414)]
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { comment: "old" }
        record web: CNAME in site { simple: values("www.example.org") }
        #[allow(polyregion::p0611)]
        #[allow(polyregion::p0637)]
        cluster orders: aurora_postgresql("16.11") {
            primary: eu, secondaries: each other region, instances: db_r6g_large, deletion_protection: false,
        }
    }
}

/// What a topology declares no longer is named, and nothing is deleted around it; a record of another type is replaced.
#[tokio::test(start_paused = true)]
async fn what_is_taken_out_is_named() {
    let mut cloud = Cloud::for_topology(before::shop::topology());
    cloud.deploy(before::shop::topology()).await;
    let plan = cloud.plan(fewer::shop::topology()).await;
    insta::assert_snapshot!("fewer_plan", text(&plan));
    cloud.deploy(fewer::shop::topology()).await;
    let plan = cloud.plan_destroy(fewer::shop::topology()).await;
    insta::assert_snapshot!("fewer_destroy_plan", text(&plan));
}

#[tokio::test(start_paused = true)]
async fn everything_that_can_change_changes_in_place() {
    let mut cloud = Cloud::for_topology(before::shop::topology());
    cloud.deploy(before::shop::topology()).await;
    let made = cloud.inventory();

    let plan = cloud.plan(after::shop::topology()).await;
    insta::assert_snapshot!("update_plan", text(&plan));
    cloud.deploy(after::shop::topology()).await;

    // And back: an attribute that is left out again is taken away again.
    cloud.deploy(before::shop::topology()).await;
    assert_eq!(cloud.inventory(), made);
    cloud.destroy(before::shop::topology()).await;
}
