//! A topology of what moto knows: no replicas, which it ignores; no global clusters, which it fails to change; no buckets, whose
//! versioning it tells in an element that the AWS SDK does not take. Not here: what is judged on ministack, which knows all of it but the
//! tags of several zones at once and the classes of replicas.

polyregion::topology! {
    /// Zones, records of most policies, health checks, tables of one region.
    pub mod modest;

    account: "123456789012",
    regions { us: us_east_1, eu: eu_west_1 }

    zone site: "modest.example.net" { comment: "made by the judge" }

    health_check web in each region { https: "web-{region}.modest.example.net/ready", interval: 10s }

    record apex: A in site { simple: values("192.0.2.1", "192.0.2.2") }
    record text: TXT in site { name: "text", simple: values("\"some text\"") }
    record mail: MX in site { name: "mail", simple: values("10 mail.example.org") }
    #[allow(polyregion::p0313)]
    record split: A in site { name: "split", weighted: { blue: 3 => values("192.0.2.3"), green: 1 => values("192.0.2.4") } }
    record near: A in site { name: "near", latency: { us => values("192.0.2.5") { health_check: web }, eu => values("192.0.2.6") { health_check: web } } }

    #[allow(polyregion::p0541)]
    table sessions { key: id: S, replicas: [us], ttl: ends_at, deletion_protection: false, point_in_time_recovery: true, tags: { team: "web" } }
    #[allow(polyregion::p0541)]
    table orders { key: id: S, sort_key: at: N, replicas: [eu], deletion_protection: false, indexes: { by_day: global { key: day: S } } }
}
