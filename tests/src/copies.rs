//! Buckets that are copied one way, or not at all, and turned from one into the other. Not here: mirrors (`storefront`).

use polyregion::engine::{EngineError, Options};
use polyregion::plan::Goal;

use crate::support::{Cloud, text};

mod before {
    polyregion::topology! {
        pub mod copies;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }
        bucket backups { copy: us => [eu, ap], replication_time_control: true }
        bucket scratch { separate: each region }
    }
}

mod after {
    polyregion::topology! {
        pub mod copies;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }
        bucket backups { mirror: each region, replication_time_control: true }
        bucket scratch { copy: eu => [us] }
    }
}

mod pending {
    polyregion::topology! {
        pub mod copies;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }
        bucket backups { copy: us => [eu, ap], encryption: kms("alias/backups") }
        cidr_collection offices { locations: { berlin: "203.0.113.0/24" } }
        table carts {
            key: id: S, replicas: each region, writes: one_region(us),
            indexes: { by_day: global { key: day: S, project: [total] } },
        }
    }
}

#[tokio::test(start_paused = true)]
async fn copies_are_made_turned_and_deleted() {
    let (before, after) = (before::copies::topology(), after::copies::topology());
    let mut cloud = Cloud::for_topology(before);
    cloud.deploy(before).await;
    insta::assert_snapshot!("copies", cloud.inventory().join("\n"));

    let plan = cloud.plan(after).await;
    insta::assert_snapshot!("copies_turned", text(&plan));
    cloud.deploy(after).await;
    cloud.destroy(after).await;
}

#[tokio::test(start_paused = true)]
async fn what_this_version_cannot_deploy_is_named() {
    let cloud = Cloud::for_topology(pending::copies::topology());
    let engine = cloud.base.engine(pending::copies::topology(), Options::default());
    let refused = engine.plan(Goal::Deploy).await.unwrap_err();
    assert!(matches!(refused, EngineError::NotYet { .. }));
    insta::assert_snapshot!("pending", format!("{refused}\nhelp: {}", refused.help()));
    assert_eq!(cloud.inventory(), Vec::<String>::new());
    // What it can't deploy does not keep it from deleting what is there.
    engine.plan(Goal::Destroy).await.unwrap();
}
