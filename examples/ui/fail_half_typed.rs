//! Incomplete input still gives the module.

polyregion::topology! {
    pub mod shop;
    account: "123456789012",
    regions { us: us_east_1, eu: eu_west_1 }
    table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
    table half
}

fn main() {
    println!("{}", shop::tables::CARTS.name());
}
