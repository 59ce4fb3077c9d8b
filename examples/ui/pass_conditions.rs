//! Items under `#[cfg(..)]`: rustc decides which of them are part of the topology.

const DOMAIN: &str = "example.com";

polyregion::topology! {
    /// Documented as ever.
    pub mod shop;

    account: "123456789012",
    regions { us: us_east_1, eu: eu_west_1 }

    table carts { key: id: S, replicas: each region, writes: one_region(us) }

    /// Only where tests are.
    #[cfg(any())]
    table never { key: id: Q, replicas: nowhere }

    #[cfg(not(test))]
    bucket media { mirror: each region }
    #[cfg(test)]
    bucket media { separate: each region }

    #[cfg(all())]
    zone site: const { DOMAIN } { comment: "the braces of an expression end no item" }

    #[cfg(all())]
    #[allow(polyregion::p0541)]
    table always { key: id: S, replicas: each region, writes: one_region(us), deletion_protection: false }
}

fn main() {
    assert_eq!(shop::tables::CARTS.name(), "carts");
    assert_eq!(shop::tables::ALWAYS.name(), "always");
    assert_eq!(shop::buckets::MEDIA.name_in(shop::Region::Eu), Some("media-123456789012-eu-west-1"));
    let shown = shop::topology().to_string();
    assert!(shown.contains("bucket.media@eu/replication") && !shown.contains("never"), "{shown}");
}
