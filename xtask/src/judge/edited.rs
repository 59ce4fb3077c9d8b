//! The storefront after an edit. A topology is known by its name, so it has the same. Not here: the storefront itself
//! (`polyregion_examples`), whose engine version and fixed settings it must share.

polyregion::topology! {
    /// The storefront after an edit: a third region, and all that can change in place is changed, but for tags of zones and health checks, of which ministack lists
    /// none together, and classes of tables, which it changes in the home only.
    pub mod storefront;

    account: "123456789012",
    regions { us: us_east_1, ap: ap_south_1, eu: eu_west_1 }

    zone site: "naveenteja.cloud" { comment: "edited" }

    health_check api in each region {
        https: "api-{region}.naveenteja.cloud/ready",
        interval: 10s, failure_threshold: 5,
    }

    record api: A in site {
        latency: each region => load_balancer("api-{region}") { health_check: api, evaluate_target_health: false },
    }

    #[allow(polyregion::p0541)]
    table user_sessions {
        key: session_id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: ends_at,
        deletion_protection: false, point_in_time_recovery: true, tags: { stage: "test" },
        indexes: { by_user: global { key: user: S, sort_key: ends_at: N } },
    }

    #[allow(polyregion::p0637)]
    cluster orders: aurora_postgresql("16.11") {
        primary: us, secondaries: each other region,
        instances: 2 * db_r7g_large, subnet_group: "orders-{region}",
        backup_retention: 14d, deletion_protection: false, tags: { stage: "test" },
    }

    bucket assets { mirror: each region, replication_time_control: false, tags: { stage: "test" } }
}
