//! Labels are ours, record sets are Route 53's: with another label for a record, a region, a zone or a check, users get the
//! same answers all the while. Not here: names on AWS (`ratchet`).

use std::sync::Arc;

use polyregion::Topology;
use polyregion_sim::{Attempt, Fault};

use crate::support::{Cloud, text};

macro_rules! variant {
    ($module:ident, $us:ident, $zone:ident, $check:ident, $record:ident) => {
        mod $module {
            polyregion::topology! {
                pub(crate) mod shop;
                account: "123456789012",
                regions { $us: us_east_1, eu: eu_west_1 }
                zone $zone: "example.com" {}
                health_check $check in each region { https: "api-{region}.example.org/" }
                record $record: A in $zone {
                    name: "api",
                    latency: each region => values("192.0.2.1") { health_check: $check },
                }
            }
        }
    };
}

variant!(first, us, site, api, api);
variant!(other_region, usa, site, api, api);
variant!(other_zone, us, web, api, api);
variant!(other_check, us, site, health, api);
variant!(other_record, us, site, api, www);

fn answers(cloud: &Cloud) -> Vec<String> {
    cloud.inventory().into_iter().filter(|line| line.contains("record api.example.com")).collect()
}

#[tokio::test(start_paused = true)]
async fn another_label_changes_no_answer() {
    let first = first::shop::topology();
    let variants: [(&str, &Topology); 4] = [
        ("region", other_region::shop::topology()),
        ("zone", other_zone::shop::topology()),
        ("check", other_check::shop::topology()),
        ("record", other_record::shop::topology()),
    ];
    for (what, other) in variants {
        let mut cloud = Cloud::for_topology(first);
        cloud.deploy(first).await;
        let before = answers(&cloud);
        assert_eq!(before.len(), 2);
        for topology in [other, first, other] {
            let plan = cloud.plan(topology).await;
            let (outcome, log) = cloud.apply(topology).await;
            assert!(outcome.is_success(), "{what}: {}\n{log}", text(&plan));
            assert_eq!(answers(&cloud), before, "{what}: {}", text(&plan));
            let again = cloud.plan(topology).await;
            assert!(again.changes.is_empty(), "{what}: {}", text(&again));
            // Only a zone's label is its identity on AWS, too.
            let stays = what == "zone" && std::ptr::eq(topology, other);
            assert_eq!(again.conflicts.is_empty(), !stays, "{what}: {}", text(&again));
        }
    }
}

/// A record in somebody else's zone, and the same under another name.
mod guest {
    polyregion::topology! {
        pub mod guest;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record it: A in site { name: "old", simple: values("192.0.2.7") }
    }
}

mod edited {
    polyregion::topology! {
        pub mod guest;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record it: A in site { name: "new", simple: values("192.0.2.7") }
    }
}

/// Killed after Route 53 made the record, then edited: what was made is still known to be ours, and goes.
#[tokio::test(start_paused = true)]
async fn what_a_dead_run_made_is_not_forgotten_by_an_edit() {
    let (old, new) = (guest::guest::topology(), edited::guest::topology());
    let mut cloud = Cloud::for_topology(old);
    let faults = |attempt: &Attempt| match attempt.operation.as_str() {
        "ChangeResourceRecordSets" => Fault::HangAfter,
        _ => Fault::Pass,
    };
    cloud.sim.set_faults(Some(Arc::new(faults)));
    let cut = std::time::Duration::from_secs(20);
    assert!(tokio::time::timeout(cut, cloud.apply(old)).await.is_err());
    cloud.sim.set_faults(None);
    assert!(cloud.inventory().iter().any(|line| line.contains("old.example.com")));
    cloud.deploy(new).await;
    let records = cloud.inventory().join("\n");
    assert!(!records.contains("old.example.com") && records.contains("new.example.com"), "{records}");
}
