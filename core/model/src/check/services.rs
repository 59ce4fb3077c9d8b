//! Rules about services: whether what they serve and use is where they run. Not here: objectives, which bound how long and how
//! much is lost.

use super::{Context, Place, tables::replicas::is_strong};
use crate::diagnostic::Severity;
use crate::kind::Kind;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule, did_you_mean};
use crate::spec::*;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(801),
        severity: Severity::Error,
        title: "unknown record or store",
        rule: "A service serves records and uses tables, clusters and buckets that are declared.",
        source: "the language",
        covers: &["X-101"],
        fix: "declare it, or use the label of a declared one",
        wrong: "service shop in each region { reads: [«cart»] }",
        right: "table carts { key: id: S, replicas: each region, writes: one_region(us) }\nservice shop in each region { reads: [carts] }",
        check: Check::Spec(check_references),
    },
    Rule {
        code: Code(802),
        severity: Severity::Error,
        title: "service far from its data",
        rule: "A region that serves users holds what they ask for: a replica of each table (a witness holds nothing that can be read), a member with an instance of each cluster, a bucket of each set. Data of another region is slow, and lost with that region.",
        source: "the purpose of the library",
        covers: &["DDB-111", "X-003", "X-004", "X-007"],
        fix: "add the region to the store, or take it out of the service",
        wrong: "table carts { key: id: S, replicas: [us] }\nservice shop in each region { reads: [«carts»] }",
        right: "table carts { key: id: S, replicas: each region, writes: one_region(us) }\nservice shop in each region { reads: [carts] }",
        check: Check::Spec(check_data),
    },
    Rule {
        code: Code(803),
        severity: Severity::Error,
        title: "writes where nothing can be written",
        rule: "A cluster takes writes in the primary's region, and in others by write forwarding; a table of one region takes them there; buckets that are written in several regions copy to each other.",
        source: "Aurora User Guide, aurora-global-database-write-forwarding; DynamoDB Developer Guide, write modes; S3 User Guide, replication",
        covers: &["X-005", "X-007", "X-008"],
        fix: "forward writes, mirror buckets, or run what writes in one region",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }\nservice shop in each region { writes: [«orders»] }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large, write_forwarding: true }\n#[allow(polyregion::p0804)]\nservice shop in each region { writes: [orders], promotes: true }",
        check: Check::Spec(check_writes),
    },
    Rule {
        code: Code(804),
        severity: Severity::Warning,
        title: "one region writes",
        rule: "Aurora has one writer: what writes from several regions pays a round trip to the primary for each statement, may not change the schema, and stands still until a secondary is promoted.",
        source: "Aurora User Guide, aurora-global-database-write-forwarding and disaster-recovery",
        covers: &["RDS-070", "X-006"],
        fix: "use a table for what every region must write",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large, write_forwarding: true }\nservice shop in each region { writes: [«orders»], promotes: true }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }\nservice shop in [us] { writes: [orders], promotes: true }\nservice browse in [eu] { reads: [orders] }",
        check: Check::Spec(check_one_writer),
    },
    Rule {
        code: Code(805),
        severity: Severity::Error,
        title: "routed where nothing runs",
        rule: "The regions of a record that a service serves are those that the service runs in, all of them unless they stand by; what only stores has no users.",
        source: "the purpose of the library",
        covers: &["X-009", "X-020", "X-021"],
        fix: "give each serving region an answer, and no other; or name it in `standby`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }\nservice checkout in [us] { serves: [«api»] }\nservice browse in [eu] {}",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }\nservice checkout in each region { serves: [api] }",
        check: Check::Spec(check_routes),
    },
    Rule {
        code: Code(806),
        severity: Severity::Error,
        title: "transactions with strong consistency",
        rule: "A strongly consistent table has no transactions.",
        source: "DynamoDB Developer Guide, multi-region strong consistency",
        covers: &["DDB-107", "X-064"],
        fix: "use eventual consistency and a home region, or no transactions",
        wrong: "regions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong }\nservice shop in each region { writes: [carts], transactions: «true» }",
        right: "regions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong }\nservice shop in each region { writes: [carts] }",
        check: Check::Spec(check_transactions),
    },
    Rule {
        code: Code(807),
        severity: Severity::Warning,
        title: "two stores, no common point",
        rule: "Stores replicate on their own: after a lost region, one may hold what refers to something that the other has not.",
        source: "the purpose of the library; X-067 of the catalogue",
        covers: &["X-067"],
        fix: "write to one store and derive the other from its stream, or make the service cope",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }\nbucket media { mirror: each region }\nservice shop in each region { writes: [carts, «media»] }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }\nservice shop in each region { writes: [carts] }",
        check: Check::Spec(check_stores),
    },
    Rule {
        code: Code(808),
        severity: Severity::Warning,
        title: "nothing promotes",
        rule: "DNS sends users to another region and leaves the database's writer where it was: somebody, or something, must promote a secondary.",
        source: "Aurora User Guide, aurora-global-database-disaster-recovery",
        covers: &["X-034", "X-044"],
        fix: "write a runbook or a program for it and say so with `promotes: true`",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }\nservice checkout in [us] { writes: [«orders»] }\nservice browse in [eu] { reads: [orders] }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }\nservice checkout in [us] { writes: [orders], promotes: true }\nservice browse in [eu] { reads: [orders] }",
        check: Check::Spec(check_promotion),
    },
    Rule {
        code: Code(809),
        severity: Severity::Warning,
        title: "region without a use",
        rule: "A region that no service runs in and no store is in costs attention and gives nothing.",
        source: "the purpose of the library",
        covers: &["X-002"],
        fix: "remove the region, or use it",
        wrong: "regions { us: us_east_1, eu: eu_west_1, «ap»: ap_south_1 }\nservice shop in [us, eu] {}",
        right: "service shop in each region {}",
        check: Check::Spec(check_idle),
    },
    Rule {
        code: Code(810),
        severity: Severity::Warning,
        title: "two writes of one key",
        rule: "When two regions write one key at the same time, both are kept as versions and the one with the newest time is current; nothing merges them.",
        source: "S3 User Guide, replication",
        covers: &["S3-094"],
        fix: "let each region write keys of its own, as under a prefix with its name",
        wrong: "bucket media { mirror: each region }\nservice shop in each region { writes: [«media»] }",
        right: "bucket media { mirror: each region }\nservice shop in [us] { writes: [media] }\nservice rest in [eu] { reads: [media] }",
        check: Check::Spec(check_keys),
    },
];

/// A store that a service uses.
#[derive(Clone, Copy)]
enum Store<'a> {
    Table(&'a TableSpec),
    Cluster(&'a ClusterSpec),
    Bucket(&'a BucketSpec),
}

/// The services among the items.
pub(crate) fn each_service(spec: &Spec) -> impl Iterator<Item = &ServiceSpec> {
    spec.items.iter().filter_map(|item| if let Item::Service(service) = item { Some(service) } else { None })
}

/// The stores with a label.
fn stores<'a>(context: &Context<'a>, label: &str) -> Vec<Store<'a>> {
    let mut stores = Vec::new();
    for kind in [Kind::Table, Kind::Cluster, Kind::Bucket] {
        match context.item(kind, label) {
            Some(Item::Table(table)) => stores.push(Store::Table(table)),
            Some(Item::Cluster(cluster)) => stores.push(Store::Cluster(cluster)),
            Some(Item::Bucket(bucket)) => stores.push(Store::Bucket(bucket)),
            Some(
                Item::Zone(_)
                | Item::HealthCheck(_)
                | Item::CidrCollection(_)
                | Item::Record(_)
                | Item::Service(_),
            )
            | None => {}
        }
    }
    stores
}

/// What it reads or writes.
fn uses(service: &ServiceSpec) -> Vec<&Node<String>> {
    let mut uses = Vec::new();
    uses.extend(all(&service.reads));
    uses.extend(all(&service.writes));
    uses
}

/// The regions where something of a store can be read.
fn readable<'a>(context: &Context<'a>, store: Store<'a>) -> Vec<Place<'a>> {
    match store {
        Store::Table(table) => context.set(&table.replicas, None),
        Store::Cluster(cluster) => {
            let mut members = super::clusters::members(context, cluster);
            members.retain(|(label, _)| {
                super::clusters::instances(cluster, label).is_some_and(|instances| instances.count.value > 0)
            });
            members
        }
        Store::Bucket(bucket) => super::bucket_places(context, bucket),
    }
}

/// What is named is declared.
fn check_references(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        for label in all(&service.serves) {
            if context.record(label.as_str()).is_none() && !context.is_unread(Kind::Record, label.as_str()) {
                let hint = did_you_mean(label.as_str(), &context.labels(Kind::Record));
                report.at(label.id, format!("no record `{}` is declared{hint}", label.value));
            }
        }
        let kinds = [Kind::Table, Kind::Cluster, Kind::Bucket];
        for label in uses(service) {
            let is_unread = kinds.iter().any(|kind| context.is_unread(*kind, label.as_str()));
            if stores(context, label.as_str()).is_empty() && !is_unread {
                let mut labels = Vec::new();
                for kind in kinds {
                    labels.extend(context.labels(kind));
                }
                let hint = did_you_mean(label.as_str(), &labels);
                report
                    .at(label.id, format!("no table, cluster or bucket `{}` is declared{hint}", label.value));
            }
        }
    }
}

/// Data is where it is used.
fn check_data(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        let runs = context.set(&service.regions, None);
        for label in uses(service) {
            for store in stores(context, label.as_str()) {
                let readable = readable(context, store);
                let lacking = runs.iter().find(|place| !readable.contains(place));
                if let Some((region, _)) = lacking {
                    let message = format!(
                        "`{}` runs in `{region}`, where nothing of `{}` can be read",
                        service.label.value, label.value
                    );
                    report.at(label.id, message);
                }
            }
        }
    }
}

/// Writes go where they can.
fn check_writes(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        let runs = context.set(&service.regions, None);
        for label in all(&service.writes) {
            for store in stores(context, label.as_str()) {
                let refused = runs.iter().find_map(|(region, _)| refuses(store, region, &runs));
                if let Some(reason) = refused {
                    report.at(label.id, format!("`{}` can't be written everywhere: {reason}", label.value));
                }
            }
        }
    }
}

/// Why a store can't be written from a region, if it can't.
fn refuses(store: Store<'_>, region: &str, runs: &[Place<'_>]) -> Option<String> {
    match store {
        Store::Table(table) => match &table.writes {
            Some(WritesSpec::OneRegion(only)) if only.value != region => {
                Some(format!("the table takes writes in `{}`, not in `{region}`", only.value))
            }
            Some(
                WritesSpec::OneRegion(_)
                | WritesSpec::AnyRegionLastWriterWins(_)
                | WritesSpec::AnyRegionConflictsFail(_)
                | WritesSpec::HomeRegion(_),
            )
            | None => None,
        },
        Store::Cluster(cluster) => {
            let forwards = super::clusters::forwards(cluster, region);
            (cluster.primary.value != region && !forwards).then(|| {
                format!("the primary is in `{}`, and `{region}` forwards no writes", cluster.primary.value)
            })
        }
        Store::Bucket(bucket) => match &bucket.copies {
            CopiesSpec::OneWay(source, _) if source.value != region => {
                Some(format!("what is written in `{region}` is copied nowhere"))
            }
            CopiesSpec::Separate(_) if runs.len() > 1 => Some("its buckets are not copied".to_owned()),
            CopiesSpec::OneWay(..) | CopiesSpec::Separate(_) | CopiesSpec::Mirror(_) => None,
        },
    }
}

/// One writer for several regions is pointed out.
fn check_one_writer(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        if context.set(&service.regions, None).len() < 2 {
            continue;
        }
        for label in all(&service.writes) {
            if stores(context, label.as_str()).iter().any(|store| matches!(store, Store::Cluster(_))) {
                report.at(label.id, format!("every write to `{}` goes through one region", label.value));
            }
        }
    }
}

/// The regions of an answer: those of a group by regions, or of its load balancers.
fn answered<'a>(context: &Context<'a>, record: &'a RecordSpec) -> Vec<&'a str> {
    let mut answered = Vec::new();
    for member in context.members(record) {
        let place = member.own_place().map(|(label, _)| label);
        let named = if let TargetKind::LoadBalancer { region: Some(label), .. } = &member.target.kind {
            Some(label.as_str())
        } else {
            None
        };
        answered.extend(place.or(named));
        if let TargetKind::Record(label) = &member.target.kind
            && let Some(used) =
                context.record(label.as_str()).filter(|used| used.label.value != record.label.value)
            && matches!(used.routing, RoutingSpec::Group(_))
            && place.is_none()
        {
            answered.extend(used_regions(context, used));
        }
    }
    answered
}

/// The regions that an aliased group answers for itself, without following it further.
fn used_regions<'a>(context: &Context<'a>, record: &'a RecordSpec) -> Vec<&'a str> {
    let mut used = Vec::new();
    for member in context.members(record) {
        used.extend(member.own_place().map(|(label, _)| label));
    }
    used
}

/// Whether some answer names no region, so that it may be anywhere.
fn is_uncertain(context: &Context<'_>, record: &RecordSpec) -> bool {
    context.members(record).iter().any(|member| {
        let is_named = member.own_place().is_some();
        match &member.target.kind {
            TargetKind::Values(_) | TargetKind::Alias(_) => !is_named,
            TargetKind::LoadBalancer { .. } | TargetKind::Record(_) | TargetKind::Group(_) => false,
        }
    })
}

/// Users come to where the service runs.
fn check_routes(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        let runs = context.set(&service.regions, None);
        let standby = context.listed(all(&service.standby));
        for label in all(&service.serves) {
            let Some(record) = context.record(label.as_str()) else { continue };
            let answered = answered(context, record);
            // What names no region, such as a distribution, tells nothing.
            if answered.is_empty() {
                continue;
            }
            let elsewhere = answered.iter().find(|region| !runs.iter().any(|(label, _)| label == *region));
            let is_forgotten = |place: &&Place<'_>| !answered.contains(&place.0) && !standby.contains(place);
            let forgotten = runs.iter().find(is_forgotten);
            if let Some(region) = elsewhere {
                let message = format!(
                    "`{}` sends users to `{region}`, where `{}` does not run",
                    label.value, service.label.value
                );
                report.at(label.id, message);
            } else if let Some((region, _)) = forgotten.filter(|_| !is_uncertain(context, record)) {
                let message = format!(
                    "`{}` runs in `{region}`, where `{}` sends nobody",
                    service.label.value, label.value
                );
                report.at(label.id, message);
            }
        }
    }
}

/// Transactions go to tables that have them.
fn check_transactions(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        let Some(flag) = service.transactions.as_ref().filter(|flag| flag.value) else { continue };
        for label in uses(service) {
            let stores = stores(context, label.as_str());
            if stores.iter().any(|store| matches!(store, Store::Table(table) if is_strong(table))) {
                let message = format!("`{}` is strongly consistent and has no transactions", label.value);
                report.at(flag.id, message);
                break;
            }
        }
    }
}

/// Several stores are pointed out.
fn check_stores(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        let mut written = Vec::new();
        for label in all(&service.writes) {
            if !stores(context, label.as_str()).is_empty() {
                written.push(label);
            }
        }
        if let [first, second, ..] = written.as_slice() {
            let message =
                format!("`{}` and `{}` have no common point to go back to", first.value, second.value);
            report.at(second.id, message);
        }
    }
}

/// Keys that several regions write are pointed out.
fn check_keys(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        if context.set(&service.regions, None).len() < 2 {
            continue;
        }
        for label in all(&service.writes) {
            let is_mirror = |store: &Store<'_>| {
                matches!(store, Store::Bucket(BucketSpec { copies: CopiesSpec::Mirror(_), .. }))
            };
            if stores(context, label.as_str()).iter().any(is_mirror) {
                report.at(
                    label.id,
                    format!("of two writes of one key of `{}` the newer stays current", label.value),
                );
            }
        }
    }
}

/// Somebody promotes.
fn check_promotion(context: &Context<'_>, report: &mut Report<'_>) {
    for service in each_service(context.spec) {
        if is_on(&service.promotes) {
            continue;
        }
        for label in all(&service.writes) {
            if stores(context, label.as_str()).iter().any(|store| matches!(store, Store::Cluster(_))) {
                report
                    .at(label.id, format!("when its primary is lost, nobody can write to `{}`", label.value));
            }
        }
    }
}

/// Every region has a use.
fn check_idle(context: &Context<'_>, report: &mut Report<'_>) {
    let spec = context.spec;
    if each_service(spec).next().is_none() {
        return;
    }
    let mut used: Vec<Place<'_>> = Vec::new();
    for service in each_service(spec) {
        used.extend(context.set(&service.regions, None));
    }
    for table in super::each_table(spec) {
        used.extend(context.set(&table.replicas, None));
        used.extend(table.witness.as_ref().and_then(|label| context.place(label.as_str())));
    }
    for cluster in super::each_cluster(spec) {
        used.extend(super::clusters::members(context, cluster));
    }
    for bucket in super::each_bucket(spec) {
        used.extend(super::bucket_places(context, bucket));
    }
    for decl in &spec.regions {
        let place = context.place(decl.label.as_str());
        if place.is_some_and(|place| !used.contains(&place)) {
            report.at(decl.label.id, format!("nothing runs or is stored in region `{}`", decl.label.value));
        }
    }
}
