//! Eight mistakes in one topology are eight errors, each on its token, and no more.

polyregion::topology! {
    pub mod storefront;

    account: "123456789012",
    regions { us: us_east_1, ap: ap_south_1, eu: eu_wset_1 }

    zone site: "naveenteja.cloud" {}

    record www: CNAME in site { name: apex, simple: values("api.naveenteja.cloud") }

    record api: A in site {
        ttl: 60s,
        latency: {
            us => load_balancer("api-us"),
            ap => load_balancer("api-ap"),
            us => load_balancer("api-us-2"),
        },
    }

    tabel typo { key: id: S, replicas: each region }

    table user_sessions { key: session_id: X, replicas: [us, sa], writes: any_region(last_writer_wins) }

    bucket assets { name: "Assets_{region}", mirror: each region }
}

fn main() {
    // The handles exist all the same, so that no second error appears here.
    println!("{}", storefront::tables::USER_SESSIONS.name());
    println!("{:?}", storefront::buckets::ASSETS.name_in(storefront::Region::Us));
    println!("{}", storefront::topology());
}
