//! The architecture that the project started from, in one declaration; documentation and a test of its own.
//! Not here: the command that deploys it (`xtask`).

polyregion::topology! {
    /// The storefront. Both regions serve live traffic.
    pub mod storefront;

    account: "123456789012",
    regions { us: us_east_1, ap: ap_south_1 }

    zone site: "naveenteja.cloud" {}

    health_check api in each region {
        https: "api-{region}.naveenteja.cloud/healthz",
        interval: 10s, failure_threshold: 3,
    }

    record api: A in site {
        latency: each region => load_balancer("api-{region}") { health_check: api },
    }

    table user_sessions { key: session_id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: expires_at }

    cluster orders: aurora_postgresql("16.11") {
        primary: us, secondaries: each other region,
        instances: 2 * db_r6g_large, subnet_group: "orders-{region}",
    }

    bucket assets { mirror: each region, replication_time_control: true }
}

#[cfg(test)]
mod tests {
    /// A user's own snapshot test: every edit of the topology shows in review as what it means on AWS.
    #[test]
    fn storefront() {
        insta::assert_snapshot!(crate::storefront::topology());
    }
}
