//! Handles are typed: a region of one topology means nothing to another.

polyregion::topology! {
    pub mod one;
    account: "123456789012",
    regions { us: us_east_1, eu: eu_west_1 }
    bucket media { mirror: each region }
}

polyregion::topology! {
    pub mod two;
    account: "123456789012",
    regions { us: us_east_1, ap: ap_south_1 }
}

fn main() {
    one::buckets::MEDIA.name_in(two::Region::Ap);
}
