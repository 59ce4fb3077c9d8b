//! Values that come from the program: constants, checked when the topology is first asked for, and inputs. Not here: what is said of
//! them while compiling (the fixtures of the macro).

use std::time::Duration;

use polyregion::handle::RegionLabel as _;

use crate::support::{Cloud, text};

const ACCOUNT: &str = "123456789012";
const DOMAIN: &str = "example.com";
const PATIENCE: Duration = Duration::from_secs(60);
const READS: usize = 5;

mod config {
    pub(super) const BUCKETS: &str = "assets-{region}-{account}";
    pub(super) const PROTECTED: bool = true;
}

mod constant {
    use super::*;

    polyregion::topology! {
        pub mod shop;
        account: const { ACCOUNT },
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: const { DOMAIN } {}
        record www: A in site { name: "www", ttl: const { PATIENCE }, simple: values(const { "192.0.2.7" }) }
        table carts {
            key: id: S, replicas: each region, writes: any_region(last_writer_wins),
            deletion_protection: config::PROTECTED,
        }
        bucket assets { mirror: each region, name: config::BUCKETS }
        bucket media { mirror: each region, name: "media-{region}" }
    }
}

mod literal {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" {}
        record www: A in site { name: "www", ttl: 60s, simple: values("192.0.2.7") }
        table carts {
            key: id: S, replicas: each region, writes: any_region(last_writer_wins), deletion_protection: true,
        }
        bucket assets { mirror: each region, name: "assets-{region}-{account}" }
        bucket media { mirror: each region, name: "media-{region}" }
    }
}

mod wrong {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        table carts {
            key: id: S, replicas: each region, writes: any_region(last_writer_wins),
            capacity: provisioned { reads: const { super::READS }, writes: { min: const { 2 * super::READS }, max: 7 } },
            name: const { "no spaces" },
        }
    }
}

mod asked {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        /// Where the shop is.
        input target: DnsName;
        input address: Ipv4Addr;
        input patience: Duration;
        zone site: "example.com" {}
        record shop: CNAME in site { name: "shop", ttl: input(patience), simple: values(input(target)) }
        record www: A in site { name: "www", ttl: input(patience), simple: values(input(address)) }
    }
}

mod typed {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        input name: DnsName;
        input four: Ipv4Addr;
        input six: Ipv6Addr;
        input comment: String;
        input weight: u32;
        input longitude: f64;
        input ttl: Duration;
        input protected: bool;
        zone site: "example.com" { comment: input(comment) }
        record named: CNAME in site { ttl: input(ttl), simple: values(input(name)) }
        #[allow(polyregion::p0313)]
        record fours: A in site { weighted: { one: input(weight) => values(input(four)), two: 1 => values("192.0.2.1") } }
        #[allow(polyregion::p0313)]
        record sixes: AAAA in site { geoproximity: { coordinates(1, input(longitude)) => values(input(six)), us => values("2001:db8::1") } }
        table carts {
            key: id: S, replicas: each region, writes: any_region(last_writer_wins),
            deletion_protection: input(protected),
        }
    }
}

mod warned {
    polyregion::topology! {
        pub mod shop;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        input protected: bool;
        table carts {
            key: id: S, replicas: each region, writes: any_region(last_writer_wins),
            deletion_protection: input(protected),
        }
        #[allow(polyregion::p0541)]
        table drafts {
            key: id: S, replicas: each region, writes: any_region(last_writer_wins),
            deletion_protection: input(protected),
        }
    }
}

fn inputs(patience: Duration) -> asked::shop::Inputs {
    asked::shop::Inputs {
        target: "shop.example.net".parse().unwrap(),
        address: "192.0.2.7".parse().unwrap(),
        patience,
    }
}

#[test]
fn constants_are_as_good_as_literals() {
    assert_eq!(constant::shop::topology().to_string(), literal::shop::topology().to_string());
    assert_eq!(constant::shop::Region::ACCOUNT, "123456789012");
    // What is known has its handle, and what is not says so.
    let polyregion::handle::Unnamed = constant::shop::buckets::ASSETS;
    let polyregion::handle::Unnamed = constant::shop::records::WWW;
    assert_eq!(constant::shop::tables::CARTS.name(), literal::shop::tables::CARTS.name());
    let name = constant::shop::buckets::MEDIA.name_in(constant::shop::Region::Eu);
    assert_eq!(name, literal::shop::buckets::MEDIA.name_in(literal::shop::Region::Eu));
}

#[test]
fn constants_are_checked_when_the_topology_is_asked_for() {
    let panic = std::panic::catch_unwind(|| wrong::shop::topology().to_string()).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    insta::assert_snapshot!("given_constants", message);
}

#[test]
fn inputs_are_checked_when_they_are_given() {
    let valid = asked::shop::topology(inputs(PATIENCE)).unwrap();
    insta::assert_snapshot!("given_inputs", valid);
    let far = Duration::from_secs(u64::from(u32::MAX));
    insta::assert_snapshot!("given_inputs_wrong", asked::shop::topology(inputs(far)).unwrap_err());
}

/// Every type of inputs, in the places that it can stand in.
#[test]
fn inputs_are_of_all_types() {
    let types: Vec<&str> = polyregion_model::given::input_types();
    assert_eq!(types, ["DnsName", "Ipv4Addr", "Ipv6Addr", "String", "u32", "f64", "Duration", "bool"]);
    let inputs = typed::shop::Inputs {
        name: "shop.example.net".parse().unwrap(),
        four: "192.0.2.7".parse().unwrap(),
        six: "2001:db8::7".parse().unwrap(),
        comment: "the {shop}".to_owned(),
        weight: 9,
        longitude: -74.25,
        ttl: Duration::from_secs(90),
        protected: true,
    };
    insta::assert_snapshot!("given_types", typed::shop::topology(inputs).unwrap());
    for text in ["", "two words", "1.2.3.4", "x-.example.com", "-x.example.com"] {
        assert!(text.parse::<polyregion::input::DnsName>().is_err(), "{text}");
    }
}

#[test]
fn what_rustc_could_not_warn_of_is_kept() {
    let topology = |protected| warned::shop::topology(warned::shop::Inputs { protected }).unwrap();
    assert_eq!(topology(true).warnings(), <[String; 0]>::default());
    insta::assert_snapshot!("given_warnings", topology(false).warnings().join("\n"));
    // What rustc has warned of is not said again.
    assert_eq!(constant::shop::topology().warnings(), <[String; 0]>::default());
}

#[tokio::test(start_paused = true)]
async fn what_is_given_is_deployed_and_changed() {
    let first = asked::shop::topology(inputs(PATIENCE)).unwrap();
    let mut cloud = Cloud::for_topology(&first);
    cloud.deploy(&first).await;
    // Another value is a change like any other.
    let second = asked::shop::topology(inputs(2 * PATIENCE)).unwrap();
    insta::assert_snapshot!("given_changed", text(&cloud.plan(&second).await));
    cloud.deploy(&second).await;
    cloud.destroy(&second).await;
}
