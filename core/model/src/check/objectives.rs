//! Rules about objectives: whether the topology holds what it has to. Not here: how that is derived ([`crate::objective`]), and what
//! survives (`survival`).

pub(super) mod survival;

use super::Context;
use crate::diagnostic::Severity;
use crate::kind::Kind;
use crate::node::Node;
use crate::objective::{self, Bound, Objective, Tuning, span};
use crate::region::Region;
use crate::rule::{Check, Code, Report, Rule, did_you_mean};
use crate::spec::*;
use crate::text::joined_by;

/// What Replication Time Control promises, in milliseconds.
const BUCKET_PROMISE: u64 = 15 * 60 * 1000;
/// The least that a cluster of PostgreSQL can enforce, in milliseconds.
const LEAST_MANAGED: u64 = 20_000;
/// Percent of the world's users, if nothing is said.
const DEFAULT_SHARE: u64 = 50;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(901),
        severity: Severity::Error,
        title: "recovery takes too long",
        rule: "When a region is lost, users get another answer after the checks have noticed, every name server goes by it, and resolvers have let the old answer go; what writes to a cluster waits for a promotion, too. `explain objectives` shows each part with its source.",
        source: "Route 53 Developer Guide, dns-failover; Aurora User Guide, aurora-global-database-disaster-recovery",
        covers: &["X-041", "X-045", "X-046"],
        fix: "",
        wrong: "objectives { rto: «1min» }\nzone shop: \"example.com\" {}\nhealth_check api in each region { https: \"api-{region}.example.com/\" }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: api } }",
        right: "objectives { rto: 2min }\nzone shop: \"example.com\" {}\nhealth_check api in each region { https: \"api-{region}.example.com/\", interval: 10s }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: api } }",
        check: Check::Spec(check_recovery),
    },
    Rule {
        code: Code(902),
        severity: Severity::Error,
        title: "too much is lost",
        rule: "What was written last and had not arrived elsewhere is lost with a region: nothing of strongly consistent tables, typically a second of others and of clusters, typically seconds of buckets with Replication Time Control, and without bound of other buckets.",
        source: "DynamoDB Developer Guide, V2globaltables_HowItWorks; Aurora User Guide, disaster recovery; S3 User Guide, replication-time-control",
        covers: &["S3-080", "X-060", "X-061"],
        fix: "",
        wrong: "objectives { rpo: «15min» }\nbucket media { mirror: each region }",
        right: "objectives { rpo: 15min }\nbucket media { mirror: each region, replication_time_control: true }",
        check: Check::Spec(check_loss),
    },
    Rule {
        code: Code(903),
        severity: Severity::Warning,
        title: "typical, not promised",
        rule: "The objective is met by what is typical, and nobody promises it, although somebody could: a cluster of PostgreSQL can hold commits back, and Replication Time Control promises 15 minutes.",
        source: "Aurora User Guide, rds.global_db_rpo; S3 SLA",
        covers: &["X-061", "X-062"],
        fix: "write `managed_rpo` for a cluster, or 15min for a bucket",
        wrong: "objectives { rpo: «1min» }\ncluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large }",
        right: "objectives { rpo: 1min }\ncluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: [eu], instances: 2 * db_r6g_large, managed_rpo: 30s }",
        check: Check::Spec(check_promises),
    },
    Rule {
        code: Code(904),
        severity: Severity::Error,
        title: "users are too far",
        rule: "Round trips are estimated from distances: 10 ms and 17.5 ms for each 1000 km, as half of the measured pairs of regions need less. Users are where countries' largest cities are.",
        source: "data/latency.csv, data/places.csv",
        covers: &[],
        fix: "",
        wrong: "objectives { latency: «100ms» { share: 90 } }",
        right: "objectives { latency: 150ms { share: 50 } }",
        check: Check::Spec(check_reach),
    },
    Rule {
        code: Code(905),
        severity: Severity::Error,
        title: "writes travel too far",
        rule: "A write to a strongly consistent table waits for the nearest other region, and a forwarded statement goes to the primary and back.",
        source: "DynamoDB Developer Guide, multi-region strong consistency; Aurora User Guide, write forwarding; data/latency.csv",
        covers: &["DDB-110", "X-065", "X-066"],
        fix: "choose regions nearer to each other, or raise the objective",
        wrong: "objectives { write_latency: «5ms» }\nregions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong }",
        right: "objectives { write_latency: 100ms }\nregions { us: us_east_1, ohio: us_east_2, west: us_west_2 }\ntable carts { key: id: S, replicas: each region, writes: any_region(conflicts_fail), consistency: strong }",
        check: Check::Spec(check_writes),
    },
    Rule {
        code: Code(906),
        severity: Severity::Error,
        title: "objective of nothing",
        rule: "A limit is for all that it can be for, or for what has its label; a place is one of those whose users are counted.",
        source: "the language",
        covers: &[],
        fix: "use a label that is declared, and a place that is known",
        wrong: "objectives { rto: { «shop»: 2min } }",
        right: "objectives { survive: any_one_region }",
        check: Check::Spec(check_names),
    },
];

/// The limit for something, if there is one: its own, or that for all.
pub(crate) fn limit<'a>(limits: &'a [LimitSpec], label: &str) -> Option<&'a Node<u64>> {
    let own = limits.iter().find(|limit| limit.of.as_ref().is_some_and(|of| of.value == label));
    own.or_else(|| limits.iter().find(|limit| limit.of.is_none())).map(|limit| &limit.limit)
}

fn limits<'a>(context: &Context<'a>, objective: Objective) -> &'a [LimitSpec] {
    let objectives = context.spec.objectives.as_ref();
    let limits = objectives.and_then(|objectives| match objective {
        Objective::Rto => objectives.rto.as_deref(),
        Objective::Rpo => objectives.rpo.as_deref(),
    });
    limits.unwrap_or_default()
}

/// Bounds that are over their limits.
fn broken<'a>(
    context: &Context<'a>,
    objective: Objective,
    bounds: fn(&Context<'_>) -> Vec<Bound>,
) -> Vec<(Bound, &'a Node<u64>)> {
    let limits = limits(context, objective);
    if limits.is_empty() {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for bound in bounds(context) {
        if let Some(limit) = limit(limits, &bound.label)
            && bound.typical().is_none_or(|time| time > limit.value)
        {
            broken.push((bound, limit));
        }
    }
    broken
}

/// What is said about a bound that is over its limit.
fn message(name: &str, bound: &Bound, limit: u64) -> String {
    let Some(heaviest) = bound.heaviest() else { return format!("{name} of `{}`", bound.label) };
    let subject = format!("{name} of {} `{}`", bound.kind, bound.label);
    match (bound.typical(), heaviest.typical) {
        (Some(time), Some(most)) => format!(
            "{subject} is {}, over {}: {} of it as {}",
            span(time),
            span(limit),
            span(most),
            heaviest.what
        ),
        (Some(_) | None, _) => format!("{subject} has no bound: {}", heaviest.what),
    }
}

/// The least change of a record that meets a limit: the cheapest first, as an interval of 10 s costs money and low thresholds
/// and TTLs cost calm.
fn least_change(context: &Context<'_>, record: &RecordSpec, limit: u64) -> Option<String> {
    let tunings = [
        (None, None, Some(60)),
        (Some(10), None, None),
        (Some(10), None, Some(60)),
        (None, Some(2), None),
        (Some(10), Some(2), None),
        (Some(10), Some(2), Some(60)),
        (Some(10), Some(2), Some(30)),
        (Some(10), Some(1), None),
        (Some(10), Some(1), Some(10)),
    ];
    // Only values have a TTL.
    let targets = super::records::written_targets(record);
    let has_ttl = targets.iter().any(|target| matches!(target.kind, TargetKind::Values(_)));
    for check in [false, true] {
        for (interval, threshold, ttl) in tunings {
            let tuning = Tuning { interval, threshold, ttl, check };
            let Some(terms) = objective::Recovery::new(context, tuning).of(record) else { continue };
            let time = objective::total(&terms, |term| term.typical);
            if (ttl.is_none() || has_ttl) && time.is_some_and(|time| time <= limit) {
                let mut changes = Vec::new();
                if check {
                    changes.push("`health_check` with `interval: 10s` for each answer".to_owned());
                } else {
                    changes.extend(interval.map(|interval| format!("`interval: {interval}s`")));
                    changes.extend(threshold.map(|threshold| format!("`failure_threshold: {threshold}`")));
                }
                changes.extend(ttl.map(|ttl| format!("`ttl: {ttl}s`")));
                return Some(format!("write {}", joined_by(&changes, " and ")));
            }
        }
    }
    None
}

/// Users wait no longer than they may.
fn check_recovery(context: &Context<'_>, report: &mut Report<'_>) {
    let broken = broken(context, Objective::Rto, objective::recoveries);
    let is_broken = |record: &Node<String>| {
        broken.iter().any(|(bound, _)| bound.kind == Kind::Record && bound.label == record.value)
    };
    for (bound, limit) in &broken {
        let service =
            super::services::each_service(context.spec).find(|service| service.label.value == bound.label);
        let served =
            service.filter(|_| bound.kind == Kind::Service).and_then(|service| service.serves.as_deref());
        let served = served.unwrap_or_default();
        let is_reported = served.iter().any(is_broken);
        // A service waits for its records, which are reported on their own.
        if is_reported && bound.heaviest().is_some_and(|term| !term.is_promotion) {
            continue;
        }
        let record = context.record(&bound.label).filter(|_| bound.kind == Kind::Record);
        let served = served.iter().find_map(|label| context.record(label.as_str()));
        let fix = record.or(served).and_then(|record| least_change(context, record, limit.value));
        let is_promotion = bound.heaviest().is_some_and(|term| term.is_promotion);
        let help = match (fix, bound.typical()) {
            (Some(fix), _) if !is_promotion => fix,
            (_, Some(time)) => format!("raise the objective: this is {} as it is declared", span(time)),
            (_, None) if is_promotion => {
                "write `promotes: true` once something promotes, and give a secondary instances".to_owned()
            }
            (_, None) => "add an answer of another region that a health check can take out".to_owned(),
        };
        report.another(limit.id, message("rto", bound, limit.value), help);
    }
}

/// No more is lost than may be.
fn check_loss(context: &Context<'_>, report: &mut Report<'_>) {
    for (bound, limit) in broken(context, Objective::Rpo, objective::losses) {
        let label = &bound.label;
        let is_copied = bound.heaviest().is_some_and(|term| term.what.starts_with("copies"));
        let help = match bound.typical() {
            None if bound.kind == Kind::Bucket && is_copied && limit.value >= objective::BUCKET_LAG => {
                format!("write `replication_time_control: true` in bucket `{label}`")
            }
            None if is_copied => {
                format!(
                    "write `replication_time_control: true` in bucket `{label}`, and give it an objective of 15min of its own"
                )
            }
            None => format!("let `{label}` be in another region, too"),
            Some(_) if bound.kind == Kind::Table && limit.value == 0 => {
                format!("write `consistency: strong` in table `{label}`")
            }
            Some(time) => format!("give `{label}` an objective of its own, of at least {}", span(time)),
        };
        report.another(limit.id, message("rpo", &bound, limit.value), help);
    }
}

/// What could be promised is.
fn check_promises(context: &Context<'_>, report: &mut Report<'_>) {
    let limits = limits(context, Objective::Rpo);
    for bound in objective::losses(context).into_iter().filter(|_| !limits.is_empty()) {
        let Some(limit) = limit(limits, &bound.label) else { continue };
        if bound.typical().is_none_or(|time| time > limit.value)
            || bound.guaranteed().is_some_and(|time| time <= limit.value)
        {
            continue;
        }
        let promised = match bound.kind {
            Kind::Bucket => limit.value < BUCKET_PROMISE,
            Kind::Cluster => limit.value >= LEAST_MANAGED && is_postgresql(context, &bound.label),
            Kind::Zone
            | Kind::HealthCheck
            | Kind::CidrCollection
            | Kind::Record
            | Kind::Table
            | Kind::Service => false,
        };
        if promised {
            let message = format!(
                "nobody promises that {} `{}` loses no more than {}",
                bound.kind,
                bound.label,
                span(limit.value)
            );
            report.at(limit.id, message);
        }
    }
}

fn is_postgresql(context: &Context<'_>, label: &str) -> bool {
    super::each_cluster(context.spec).any(|cluster| {
        cluster.label.value == label && super::clusters::engine(cluster) == Some(Engine::AuroraPostgresql)
    })
}

/// The region whose addition brings most users near, with what it brings.
fn best_region(context: &Context<'_>, gain: &dyn Fn(Region) -> Option<u64>) -> Option<(Region, u64)> {
    let partition = context.places.first()?.1.info().partition;
    let mut best: Option<(Region, u64)> = None;
    for region in Region::all() {
        let info = region.info();
        if info.partition != partition
            || info.opt_in
            || context.places.iter().any(|(_, other)| *other == region)
        {
            continue;
        }
        if let Some(gain) = gain(region)
            && best.is_none_or(|(_, best)| best <= gain)
        {
            best = Some((region, gain));
        }
    }
    best
}

/// Users are near enough.
fn check_reach(context: &Context<'_>, report: &mut Report<'_>) {
    let reach = context.spec.objectives.as_ref().and_then(|objectives| objectives.latency.as_ref());
    let Some(ReachSpec { limit, users: UsersKeys { id: _, share, places } }) = reach else { return };
    let written = |region: Region| region.code().replace('-', "_");
    if share.is_some() || places.is_none() {
        let wanted = share.as_ref().map_or(DEFAULT_SHARE, |share| share.value);
        let near = objective::share(context, limit.value, None);
        if near < wanted {
            let gain = |region| Some(objective::share(context, limit.value, Some(region)));
            let help = match best_region(context, &gain) {
                Some((region, share)) if share >= wanted => {
                    format!("add the region {}: {share} % then", written(region))
                }
                Some((region, share)) => {
                    format!(
                        "more than one region is missing; {} brings most: {share} % then",
                        written(region)
                    )
                }
                None => "raise the objective".to_owned(),
            };
            let message =
                format!("{near} % of the world's users are within {} ms, not {wanted} %", limit.value);
            report.another(limit.id, message, help);
        }
    }
    for name in all(places) {
        let Some(Some(way)) = objective::place(context, name.as_str(), None) else { continue };
        if way > limit.value {
            let gain =
                |region| objective::place(context, name.as_str(), Some(region))?.map(|way| u64::MAX - way);
            let help = match best_region(context, &gain) {
                Some((region, rest)) if u64::MAX - rest <= limit.value => {
                    format!("add the region {}", written(region))
                }
                Some(_) | None => format!("raise the objective: no region is within {} ms", limit.value),
            };
            let message = format!(
                "`{}` is about {way} ms from the nearest serving region, not {}",
                name.value, limit.value
            );
            report.another(limit.id, message, help);
        }
    }
}

/// Writes don't travel too far.
fn check_writes(context: &Context<'_>, report: &mut Report<'_>) {
    let limit = context.spec.objectives.as_ref().and_then(|objectives| objectives.write_latency.as_ref());
    let Some(limit) = limit else { return };
    for path in objective::write_path(context) {
        if path.milliseconds > limit.value {
            let message = format!("{}: {} ms, not {}", path.what, path.milliseconds, limit.value);
            report.related(limit.id, message, (path.node, "declared here"));
        }
    }
}

/// Objectives are of something.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    let spec = context.spec;
    let Some(objectives) = &spec.objectives else { return };
    let of_rto = [Kind::Record, Kind::Service];
    let of_rpo = [Kind::Table, Kind::Cluster, Kind::Bucket];
    let mut bounds = objective::recoveries(context);
    bounds.extend(objective::losses(context));
    if let Some(share) = objectives.latency.as_ref().and_then(|reach| reach.users.share.as_ref())
        && !(1..=100).contains(&share.value)
    {
        report.at(share.id, format!("a share of {} % of all users", share.value));
    }
    if let Some(SurviveSpec::Listed(id, labels)) = &objectives.survive
        && labels.is_empty()
    {
        report.at(*id, "no region is named that may be lost");
    }
    for (limits, kinds, words) in [
        (&objectives.rto, of_rto.as_slice(), "record or service"),
        (&objectives.rpo, of_rpo.as_slice(), "table, cluster or bucket"),
    ] {
        let mut labels = Vec::new();
        for item in &spec.items {
            if kinds.contains(&item.kind()) {
                labels.push(item.label().as_str());
            }
        }
        for limit in all(limits) {
            let Some(of) = &limit.of else { continue };
            let is_unread = kinds.iter().any(|kind| context.is_unread(*kind, of.as_str()));
            if !labels.contains(&of.as_str()) && !is_unread {
                let hint = did_you_mean(of.as_str(), &labels);
                report.at(of.id, format!("no {words} `{}` is declared{hint}", of.value));
            } else if !is_unread && !bounds.iter().any(|bound| bound.label == of.value) {
                report.at(
                    of.id,
                    format!(
                        "nothing of `{}` can be bounded: it names no region, or stands in another's place",
                        of.value
                    ),
                );
            }
        }
    }
    let Some(reach) = &objectives.latency else { return };
    for name in all(&reach.users.places) {
        if objective::place(context, name.as_str(), None).is_none() {
            let hint = did_you_mean(name.as_str(), &objective::known_places());
            report.at(name.id, format!("`{}` is not a place whose users are counted{hint}", name.value));
        }
    }
}
