//! Topologies of any size, made at run time. Not here: what is done with them.

use polyregion::Topology;
use polyregion::builder::{Builder, call, each_other_region, each_region, number, pair, times, word};

/// The regions of all of them.
const REGIONS: [(&str, &str); 4] =
    [("us", "us_east_1"), ("eu", "eu_west_1"), ("ap", "ap_northeast_1"), ("sa", "sa_east_1")];

fn begin(regions: usize) -> Builder {
    let regions = REGIONS.iter().take(regions).map(|(label, code)| pair(label, word(code)));
    Builder::new("scale").set("account", "123456789012").block("regions", regions)
}

fn built(builder: Builder) -> Result<Topology, String> {
    builder.topology().map_err(|invalid| invalid.to_string())
}

/// So many records of one zone, each with one address; of the first `aliased` ones, with one name instead.
///
/// # Errors
/// What rules say of it.
pub fn records(count: usize, aliased: usize) -> Result<Topology, String> {
    let mut builder = begin(2).item("zone", "site", |zone| zone.is("example.com"));
    for index in 0..count {
        let (kind, value) = if index < aliased {
            ("CNAME", format!("host{index}.example.net"))
        } else {
            ("A", format!("10.{}.{}.{}", index >> 16, index >> 8 & 0xff, index & 0xff))
        };
        builder = builder.item("record", &format!("r{index}"), |record| {
            let record = record.is(word(kind)).within(word("site"));
            record.key("simple", call("values", [value.as_str()])).key("ttl", number(60, "s"))
        });
    }
    built(builder)
}

/// So many health checks, and so many zones.
///
/// # Errors
/// What rules say of it.
pub fn health_checks(count: usize, zones: usize) -> Result<Topology, String> {
    let mut builder = begin(2);
    for index in 0..zones {
        builder =
            builder.item("zone", &format!("zone{index}"), |zone| zone.is(format!("zone{index}.example.com")));
    }
    for index in 0..count {
        builder = builder.item("health_check", &format!("check{index}"), |check| {
            check.key("https", format!("host{index}.example.org/"))
        });
    }
    built(builder)
}

/// So many tables with a replica in each of three regions.
///
/// # Errors
/// What rules say of it.
pub fn tables(count: usize) -> Result<Topology, String> {
    let mut builder = begin(3);
    for index in 0..count {
        builder = builder.item("table", &format!("table{index}"), |table| {
            let writes = call("any_region", [word("last_writer_wins")]);
            let table = table.key("key", pair("id", word("S"))).key("replicas", each_region());
            table.key("writes", writes).key("ttl", word("expires"))
        });
    }
    built(builder)
}

/// So many buckets, each mirrored between four regions.
///
/// # Errors
/// What rules say of it.
pub fn buckets(count: usize) -> Result<Topology, String> {
    let mut builder = begin(4);
    for index in 0..count {
        builder =
            builder.item("bucket", &format!("bucket{index}"), |bucket| bucket.key("mirror", each_region()));
    }
    built(builder)
}

/// So many Aurora global databases in two regions, with two instances in each.
///
/// # Errors
/// What rules say of it.
pub fn clusters(count: usize) -> Result<Topology, String> {
    let mut builder = begin(2);
    for index in 0..count {
        builder = builder.item("cluster", &format!("cluster{index}"), |cluster| {
            let cluster = cluster.is(call("aurora_postgresql", ["16.11"])).key("primary", word("us"));
            let cluster = cluster.key("secondaries", each_other_region());
            cluster.key("instances", times(2, word("db_r6g_large")))
        });
    }
    built(builder)
}
