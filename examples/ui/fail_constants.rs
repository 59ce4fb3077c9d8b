//! Rust says what a constant has to be.

use std::time::Duration;

const TTL: u64 = 60;
const PROTECTED: &str = "yes";

polyregion::topology! {
    pub mod shop;
    account: "123456789012",
    regions { us: us_east_1, eu: eu_west_1 }
    input address: Ipv4Addr;
    zone site: "example.com" {}
    record www: A in site { name: "www", ttl: const { TTL }, simple: values(input(address)) }
    record api: A in site { name: "api", ttl: self::MISSING, simple: values(const { Duration::ZERO }) }
    table carts {
        key: id: S, replicas: each region, writes: any_region(last_writer_wins),
        deletion_protection: const { PROTECTED },
        capacity: provisioned { reads: const { "5" }, writes: const { 5 + } },
    }
}

fn main() {
    shop::topology(shop::Inputs {});
}
