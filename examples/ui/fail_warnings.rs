//! Warnings are warnings of the compiler.
#![deny(deprecated)]

polyregion::topology! {
    pub mod shop;
    account: "123456789012",
    regions { us: us_east_1, za: af_south_1 }
}

fn main() {}
