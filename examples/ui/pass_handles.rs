//! What an application uses.
#![deny(warnings, missing_docs)]

polyregion::topology! {
    /// A shop.
    pub(crate) mod shop;
    account: "123456789012",
    regions { us: us_east_1, eu: eu_west_1 }
    /// Carts.
    table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
    bucket media { mirror: each region }
}

fn main() {
    use polyregion::handle::RegionLabel as _;
    assert_eq!(shop::Region::Eu.code(), "eu-west-1");
    assert_eq!(shop::tables::CARTS.name(), "carts");
    assert!(shop::tables::CARTS.is_in(shop::Region::Us));
    assert_eq!(shop::buckets::MEDIA.name_in(shop::Region::Us), Some("media-123456789012-us-east-1"));
    assert_eq!(shop::topology().name(), "shop");
}
