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
    bucket logs { separate: [eu] }
}

fn main() {
    use polyregion::handle::RegionLabel as _;
    assert_eq!(shop::Region::Eu.code(), "eu-west-1");
    assert_eq!(shop::tables::CARTS.name(), "carts");
    assert!(shop::tables::CARTS.is_in(shop::Region::Us));
    assert_eq!(shop::buckets::MEDIA.name_in(shop::Region::Us), Some("media-123456789012-us-east-1"));
    assert_eq!(shop::topology().name(), "shop");
    let us = shop::Region::Us;
    let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/carts";
    assert_eq!(shop::tables::CARTS.arn_in(us).as_deref(), Some(arn));
    assert_eq!(shop::tables::CARTS.endpoint_in(us).as_deref(), Some("https://dynamodb.us-east-1.amazonaws.com"));
    assert_eq!(shop::tables::CARTS.nearest(us), Some(us));
    assert_eq!(shop::buckets::LOGS.nearest(us), Some(shop::Region::Eu));
    assert_eq!(shop::buckets::LOGS.arn_in(us), None);
}
