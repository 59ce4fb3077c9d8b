//! The storefront, the architecture that the project started from, made by the builder, for unit tests of this crate. Tests of
//! single rules are the macro's caret fixtures, where the topology is text.

use crate::builder::{
    Builder, arrow, call, each_other_region, each_region, list, number, pair, times, with, word,
};

fn storefront() -> Builder {
    let answer = with(call("load_balancer", ["api-{region}"]), [pair("health_check", word("api"))]);
    Builder::new("storefront")
        .set("account", "123456789012")
        .block("regions", [pair("us", word("us_east_1")), pair("ap", word("ap_south_1"))])
        .item("zone", "site", |zone| zone.is("naveenteja.cloud"))
        .item("health_check", "api", |check| {
            let asked = "api-{region}.naveenteja.cloud/healthz";
            check.within(each_region()).key("https", asked).key("interval", number(10, "s"))
        })
        .item("record", "api", |record| {
            record.is(word("A")).within(word("site")).key("latency", arrow(each_region(), answer))
        })
        .item("table", "user_sessions", |table| {
            let writes = call("any_region", [word("last_writer_wins")]);
            table
                .key("key", pair("session_id", word("S")))
                .key("replicas", each_region())
                .key("writes", writes)
                .key("ttl", word("expires_at"))
        })
        .item("cluster", "orders", |cluster| {
            cluster
                .is(call("aurora_postgresql", ["16.11"]))
                .key("primary", word("us"))
                .key("secondaries", each_other_region())
                .key("instances", times(2, word("db_r6g_large")))
                .key("subnet_group", "orders-{region}")
        })
        .item("bucket", "assets", |bucket| {
            bucket.key("mirror", list([word("us"), word("ap")])).key("replication_time_control", true)
        })
}

#[test]
fn the_storefront_is_valid_and_its_order_is_stable() {
    assert_eq!(storefront().findings().to_string(), "");
    insta::assert_snapshot!(storefront().topology().unwrap());
}
