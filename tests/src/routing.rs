//! Every type of record and every routing policy: made, edited, turned into another, and deleted.

use crate::support::{Cloud, text};

mod before {
    polyregion::topology! {
        pub mod answers;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        health_check near in each region { https: "up-{region}.example.com/" }
        health_check far { https: "up.example.org/" }
        record weighted: A in site {
            weighted: {
                blue: 90 => values("8.8.8.8") { health_check: far },
                green: 10 => values("8.8.4.4") { health_check: far },
            },
        }
        record by_region: AAAA in site { weighted: each region: 50 => load_balancer("api-{region}") }
        record failover: A in site {
            failover: {
                primary => load_balancer("api-us-east-1") in us,
                secondary => load_balancer("api-eu-west-1") in eu { health_check: near in eu },
            },
        }
        record geolocation: A in site {
            geolocation: {
                continent("EU") => load_balancer("api-eu-west-1") in eu,
                country("US") => load_balancer("api-us-east-1") in us,
                subdivision("US", "CA") => values("8.8.8.8") { health_check: near in us },
                default => load_balancer("api-us-east-1") in us,
            },
        }
        record geoproximity: A in site {
            geoproximity: {
                each region => load_balancer("api-{region}"),
                eu => load_balancer("api-eu-west-1") { bias: -20 },
                coordinates(-33.86, 151.2) => values("8.8.8.8") { health_check: far },
            },
        }
        record multivalue: A in site {
            multivalue: {
                a => values("8.8.8.8") { health_check: near in us },
                b => values("8.8.4.4") { health_check: near in eu },
            },
        }
        record pointer: PTR in site { simple: values("host.example.org") }
        record keys: SSHFP in site { simple: values("4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789") }
        record web: HTTPS in site { simple: values("1 . alpn=h2,h3") }
        record phone: NAPTR in site { simple: values("100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.example.com") }
    }
}

mod after {
    polyregion::topology! {
        pub mod answers;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        health_check near in each region { https: "up-{region}.example.com/" }
        health_check far { https: "up.example.org/" }
        record weighted: A in site {
            weighted: {
                blue: 50 => values("8.8.8.8") { health_check: far },
                red: 50 => values("8.8.4.4") { health_check: far },
            },
        }
        // Each of these is another policy now.
        record by_region: AAAA in site { latency: each region => load_balancer("api-{region}") }
        record failover: A in site {
            weighted: {
                primary: 1 => load_balancer("api-us-east-1") in us,
                secondary: 1 => load_balancer("api-eu-west-1") in eu,
            },
        }
        record geolocation: A in site {
            geolocation: {
                country("US") => load_balancer("api-us-east-1") in us,
                continent("AS") => load_balancer("api-eu-west-1") in eu,
                default => load_balancer("api-us-east-1") in us { health_check: far },
            },
        }
        record geoproximity: A in site {
            geoproximity: {
                each region => load_balancer("api-{region}") { bias: 5 },
                coordinates(-33.86, 151.2) => values("8.8.8.8") { health_check: near in eu },
            },
        }
        record multivalue: A in site {
            failover: {
                primary => values("8.8.8.8") { health_check: near in us },
                secondary => values("8.8.4.4") { health_check: near in eu },
            },
        }
        record pointer: PTR in site { simple: values("other.example.org") }
        record keys: SSHFP in site { simple: values("4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789") }
        record web: HTTPS in site { simple: values("1 . alpn=h2") }
        record phone: NAPTR in site { simple: values("100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.example.com") }
    }
}

#[tokio::test(start_paused = true)]
async fn every_policy_is_made_edited_turned_into_another_and_deleted() {
    let (before, after) = (before::answers::topology(), after::answers::topology());
    let mut cloud = Cloud::for_topology(before);
    insta::assert_snapshot!("routing_plan", text(&cloud.plan(before).await));
    cloud.deploy(before).await;
    let made = cloud.inventory();

    insta::assert_snapshot!("routing_edit", text(&cloud.plan(after).await));
    cloud.deploy(after).await;
    cloud.deploy(before).await;
    assert_eq!(cloud.inventory(), made);

    cloud.destroy(before).await;
    assert!(cloud.inventory().iter().all(|line| line.contains("load balancer")), "{:?}", cloud.inventory());
}
