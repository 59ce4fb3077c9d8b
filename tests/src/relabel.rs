//! Labels are ours, record sets are Route 53's: with another label for a record, a region, a zone or a check, users get the
//! same answers all the while. Not here: names on AWS (`ratchet`).

use polyregion::Topology;

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
