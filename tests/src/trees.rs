//! Trees of routing policies, written as nesting and by name. Not here: single groups (`routing`).

use crate::support::{Cloud, text};

mod before {
    polyregion::topology! {
        pub mod trees;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record api: A in site {
            latency: {
                us => weighted {
                    blue: 90 => load_balancer("blue-{region}"),
                    green: 10 => load_balancer("green-{region}"),
                },
                eu => load_balancer("api-{region}"),
            },
        }
        record shop: A in site {
            geolocation: {
                continent("EU") => failover {
                    primary => load_balancer("shop-eu-west-1") in eu,
                    secondary => record(api),
                },
                default => record(api),
            },
        }
        record www: A in site { name: apex, simple: record(shop) }
    }
}

mod after {
    polyregion::topology! {
        pub mod trees;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record api: A in site {
            latency: {
                us => load_balancer("blue-{region}"),
                eu => weighted {
                    blue: 1 => load_balancer("shop-eu-west-1"),
                    green: 1 => load_balancer("api-{region}"),
                },
            },
        }
        record shop: A in site {
            geolocation: {
                continent("EU") => record(api),
                default => record(api),
            },
        }
        record www: A in site { name: apex, simple: record(api) }
    }
}

mod missing {
    polyregion::topology! {
        pub mod trees;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record api: A in site {
            latency: {
                us => load_balancer("nowhere"),
                eu => load_balancer("api-{region}"),
            },
        }
        record shop: A in site {
            geolocation: {
                continent("EU") => failover {
                    primary => load_balancer("shop-eu-west-1") in eu,
                    secondary => record(api),
                },
                default => record(api),
            },
        }
        record www: A in site { name: apex, simple: record(shop) }
    }
}

/// What is an alias of something stays useful while it can't be changed.
#[tokio::test(start_paused = true)]
async fn what_a_held_alias_is_of_stays() {
    let before = before::trees::topology();
    let mut cloud = Cloud::for_topology(before);
    cloud.deploy(before).await;
    let made = cloud.inventory();
    insta::assert_snapshot!("trees_held", text(&cloud.plan(missing::trees::topology()).await));
    let (outcome, log) = cloud.apply(missing::trees::topology()).await;
    assert!(outcome.is_success(), "{log}");
    assert_eq!(cloud.inventory(), made);
}

#[tokio::test(start_paused = true)]
async fn trees_are_made_turned_and_deleted() {
    let (before, after) = (before::trees::topology(), after::trees::topology());
    let mut cloud = Cloud::for_topology(before);
    insta::assert_snapshot!("trees_plan", text(&cloud.plan(before).await));
    cloud.deploy(before).await;
    let made = cloud.inventory();
    cloud.deploy(after).await;
    insta::assert_snapshot!("trees_turned", cloud.inventory().join("\n"));
    cloud.deploy(before).await;
    assert_eq!(cloud.inventory(), made);
    cloud.destroy(before).await;
}
