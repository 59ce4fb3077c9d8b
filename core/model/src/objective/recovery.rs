//! How long users are without an answer when a region is lost. Not here: how much is lost with it (`loss`).

use super::{Bound, Objective, Term};
use crate::alias;
use crate::check::services::each_service;
use crate::check::{Context, Member, Place, clusters, each_record, has_health_signal};
use crate::kind::Kind;
use crate::node::NodeId;
use crate::seen::ByText;
use crate::spec::*;

/// Seconds that resolvers keep the answer of an alias (Route 53 API, ResourceRecordSet TTL: that of the balancer).
const ALIAS_TTL: u64 = 60;
/// What the last of the terms is called.
const KEPT: &str = "resolvers keep the answer";
/// Seconds until a load balancer takes a target out: 2 failures 30 s apart, the defaults of a target group.
const BALANCER: u64 = 60;
/// Seconds until every name server goes by what the checkers found. AWS publishes no figure: a margin of our own.
const SPREAD: u64 = 10;
/// Seconds until an alarm decides if the check does not say: its least period at standard resolution, once.
const ALARM: u64 = 60;
/// Seconds until a secondary is promoted: "in the order of minutes" (Aurora User Guide, disaster recovery).
const PROMOTION: u64 = 60;
/// Seconds until a headless secondary has an instance: 20 to 30 minutes in practice.
const FIRST_INSTANCE: u64 = 1800;

/// What a derivation takes another value for, to find the least change that meets an objective.
#[derive(Clone, Copy, Default)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) struct Tuning {
    pub(crate) interval: Option<u64>,
    pub(crate) threshold: Option<u64>,
    pub(crate) ttl: Option<u64>,
    /// Whether answers that go by nothing faster go by a check of their own.
    pub(crate) check: bool,
}

fn fixed(what: String, seconds: u64, source: &'static str, node: NodeId) -> Term {
    let milliseconds = seconds.saturating_mul(1000);
    Term {
        what,
        typical: Some(milliseconds),
        guaranteed: Some(milliseconds),
        source,
        node,
        is_promotion: false,
    }
}

fn typical(what: &str, seconds: u64, source: &'static str, node: NodeId) -> Term {
    Term {
        what: what.to_owned(),
        typical: Some(seconds.saturating_mul(1000)),
        guaranteed: None,
        source,
        node,
        is_promotion: false,
    }
}

fn never(what: &str, node: NodeId) -> Term {
    Term {
        what: what.to_owned(),
        typical: None,
        guaranteed: None,
        source: "the topology",
        node,
        is_promotion: false,
    }
}

fn total(terms: &[Term]) -> u64 {
    super::total(terms, |term| term.typical).unwrap_or(u64::MAX)
}

/// The longest of several derivations.
fn worst(derivations: Vec<Vec<Term>>) -> Option<Vec<Term>> {
    let mut worst: Option<Vec<Term>> = None;
    for terms in derivations {
        // Of equals the last.
        if worst.as_ref().is_none_or(|worst| total(worst) <= total(&terms)) {
            worst = Some(terms);
        }
    }
    worst
}

/// Whether an alarm says that its region is lost: by what it says without figures, or because it is elsewhere.
fn survives(context: &Context<'_>, check: &HealthCheckSpec, alarm: &AlarmKeys) -> bool {
    let serves = |code: &crate::node::Node<String>| {
        context.places.iter().any(|(_, region)| region.code() == code.value)
    };
    // Without a region of its own, it is in that of what it watches.
    let is_elsewhere = alarm.region.as_ref().is_some_and(|code| !serves(code) || check.regions.is_none());
    alarm.fails_without_figures() || is_elsewhere
}

/// How long a check takes to notice.
fn detection(context: &Context<'_>, check: &HealthCheckSpec, tuning: Tuning) -> Vec<Term> {
    match &check.probe {
        ProbeSpec::Endpoint { protocol, endpoint } => {
            let interval = tuning.interval.unwrap_or_else(|| check.interval_or_default());
            let threshold = tuning.threshold.unwrap_or_else(|| check.threshold_or_default());
            let node = check
                .failure_threshold
                .as_ref()
                .or(check.interval.as_ref())
                .map_or(check.label.id, |node| node.id);
            let (attempt, how) = match (protocol, &check.search) {
                (Protocol::Tcp, _) => (10, "a connection is given up"),
                (Protocol::Http | Protocol::Https, None) => (6, "an answer is given up"),
                (Protocol::Http | Protocol::Https, Some(_)) => (8, "an answer with its text is given up"),
            };
            let label = &check.label.value;
            vec![
                fixed(
                    format!("{threshold} failures {interval} s apart (health_check.{label})"),
                    interval.saturating_mul(threshold),
                    "Route 53 API, RequestInterval and FailureThreshold",
                    node,
                ),
                fixed(
                    how.to_owned(),
                    attempt,
                    "Route 53 Developer Guide, dns-failover-determining-health-of-endpoints",
                    endpoint.id,
                ),
            ]
        }
        ProbeSpec::Alarm(alarm) if !survives(context, check, alarm) => {
            vec![never("the alarm is lost with what it watches, and says what it said last", alarm.id)]
        }
        ProbeSpec::Alarm(alarm) => {
            const SOURCE: &str = "CloudWatch: period times evaluation periods";
            match &alarm.decides_in {
                Some(time) => vec![fixed("the alarm decides".to_owned(), time.value, SOURCE, time.id)],
                None => vec![typical("the alarm decides", ALARM, SOURCE, alarm.id)],
            }
        }
        ProbeSpec::Calculated(calculated) => {
            let mut derivations = Vec::new();
            for used in &calculated.of {
                // A calculated check of calculated checks is refused, so this ends; what is refused is cut short.
                if let Some(child) = context.health_check(used.label.as_str())
                    && !matches!(child.probe, ProbeSpec::Calculated(_))
                {
                    derivations.push(detection(context, child, tuning));
                }
            }
            worst(derivations).unwrap_or_default()
        }
    }
}

/// Derives how long users of records are without an answer, each record once.
pub(crate) struct Recovery<'c, 'a> {
    context: &'c Context<'a>,
    tuning: Tuning,
    /// What was derived, by label; nothing while it is being derived, so that circles, which are refused elsewhere, end.
    known: ByText<Option<Vec<Term>>>,
}

impl<'c, 'a> Recovery<'c, 'a> {
    /// With other values in some places.
    pub(crate) fn new(context: &'c Context<'a>, tuning: Tuning) -> Self {
        Self { context, tuning, known: ByText::default() }
    }

    /// How long users of a record are without an answer; nothing if it is in no region.
    pub(crate) fn of(&mut self, record: &'a RecordSpec) -> Option<Vec<Term>> {
        let label = record.label.as_str();
        if let Some(known) = self.known.get(label) {
            return known.clone();
        }
        self.known.or_insert(label.to_owned(), None);
        let derived = self.derive(record);
        self.known.or_insert(label.to_owned(), None).clone_from(&derived);
        derived
    }

    fn derive(&mut self, record: &'a RecordSpec) -> Option<Vec<Term>> {
        let members = self.context.members(record);
        match &record.routing {
            RoutingSpec::Simple(target) => {
                let member = members.first()?;
                if let TargetKind::Record(_) = &target.kind {
                    return self.takeover(record, member);
                }
                is_regional(self.context, member)
                    .then(|| vec![never("there is one answer, in one region", target.id)])
            }
            RoutingSpec::Group(group) => {
                // While a secondary is lost, the primary answers; and what is in no region is not lost with one.
                let mut derivations = Vec::new();
                for member in &members {
                    let is_secondary =
                        group.policy == GroupPolicy::Failover && member.key().as_deref() == Some("secondary");
                    if !is_secondary && !is_worldwide(self.context, member) {
                        derivations.extend(self.takeover(record, member));
                    }
                }
                worst(derivations)
            }
        }
    }

    /// How long it takes until an answer is no longer given.
    fn takeover(&mut self, record: &'a RecordSpec, member: &Member<'a>) -> Option<Vec<Term>> {
        let (context, tuning) = (self.context, self.tuning);
        let target = member.target;
        let checked =
            target.keys.health_check.as_ref().and_then(|used| context.health_check(used.label.as_str()));
        let below = match &target.kind {
            TargetKind::Record(label) => context.record(label.as_str()).and_then(|used| self.of(used)),
            TargetKind::Values(_)
            | TargetKind::Alias(_)
            | TargetKind::LoadBalancer { .. }
            | TargetKind::Group(_) => None,
        };
        let mut terms = match (checked, &target.kind) {
            (Some(check), _) => detection(context, check, tuning),
            (None, TargetKind::Record(_)) => return below,
            (None, _) if tuning.check => vec![
                fixed("3 failures 10 s apart".to_owned(), 30, "Route 53 API", target.id),
                fixed("an answer is given up".to_owned(), 6, "Route 53 Developer Guide", target.id),
            ],
            (None, _) if has_health_signal(target) => vec![typical(
                "the load balancer takes its targets out",
                BALANCER,
                "Elastic Load Balancing API, HealthCheckIntervalSeconds and UnhealthyThresholdCount (defaults)",
                target.id,
            )],
            (None, _) => vec![never("nothing takes the answer out", target.id)],
        };
        terms.push(typical(
            "every name server goes by it",
            SPREAD,
            "no published figure; a margin of polyregion's own",
            target.id,
        ));
        // An alias of a record is kept as long as what it is of.
        let mut kept = None;
        for term in below.unwrap_or_default() {
            if term.what == KEPT {
                kept = Some(term);
            }
        }
        terms.push(kept.unwrap_or_else(|| {
            let (seconds, node) = match &target.kind {
                TargetKind::Values(_) => {
                    let seconds = tuning.ttl.unwrap_or_else(|| record.ttl_or_default());
                    (seconds, record.ttl.as_ref().map_or(target.id, |ttl| ttl.id))
                }
                TargetKind::Alias(_)
                | TargetKind::LoadBalancer { .. }
                | TargetKind::Record(_)
                | TargetKind::Group(_) => (ALIAS_TTL, target.id),
            };
            fixed(KEPT.to_owned(), seconds, "the record's TTL; 60 s of an alias", node)
        }));
        Some(terms)
    }
}

/// Whether an answer is in no region, as a distribution is: it is not lost with one.
fn is_worldwide(context: &Context<'_>, member: &Member<'_>) -> bool {
    matches!(member.target.kind, TargetKind::Alias(_)) && !is_regional(context, member)
}

/// Whether an answer is in a region, so that it can be lost with one.
fn is_regional(context: &Context<'_>, member: &Member<'_>) -> bool {
    match &member.target.kind {
        TargetKind::LoadBalancer { .. } => true,
        TargetKind::Alias(name) => {
            let expanded = context.expand(name.as_str(), member.own_place());
            expanded.and_then(|name| alias::zone_of(&name)).and_then(alias::AliasZone::region).is_some()
        }
        TargetKind::Values(_) | TargetKind::Record(_) | TargetKind::Group(_) => member.place.is_some(),
    }
}

/// How long until a cluster can be written again.
fn promotion(context: &Context<'_>, service: &ServiceSpec, cluster: &ClusterSpec) -> Vec<Term> {
    const SOURCE: &str = "Aurora User Guide, aurora-global-database-disaster-recovery";
    let id = cluster.label.id;
    let promoted = |term: Term| Term { is_promotion: true, ..term };
    if !is_on(&service.promotes) {
        return vec![promoted(never("nobody promotes a secondary", service.label.id))];
    }
    let primary = cluster.primary.as_str();
    let mut secondaries = clusters::members(context, cluster);
    secondaries.retain(|(label, _)| *label != primary);
    if secondaries.is_empty() {
        return vec![promoted(never("there is no secondary to promote", id))];
    }
    let mut terms = vec![promoted(typical("a secondary is promoted", PROMOTION, SOURCE, id))];
    let serves = |(label, _): &Place<'_>| {
        clusters::instances(cluster, label).is_some_and(|instances| instances.count.value > 0)
    };
    if !secondaries.iter().any(serves) {
        terms.push(promoted(typical("its first instance starts", FIRST_INSTANCE, SOURCE, id)));
    }
    terms
}

/// Of every routed record and every service.
pub(crate) fn recoveries(context: &Context<'_>) -> Vec<Bound> {
    let bound = |kind: Kind, label: &crate::node::Node<String>, terms| Bound {
        objective: Objective::Rto,
        kind,
        label: label.value.clone(),
        node: label.id,
        terms,
        limit: None,
    };
    let mut bounds = Vec::new();
    let mut recovery = Recovery::new(context, Tuning::default());
    // What stands in another record's place is bounded with that.
    let inner = super::survival::inner(context);
    for record in each_record(context.spec) {
        if inner.contains(record.label.as_str()) {
            continue;
        }
        if let Some(terms) = recovery.of(record) {
            bounds.push(bound(Kind::Record, &record.label, terms));
        }
    }
    for service in each_service(context.spec) {
        let mut served = Vec::new();
        for label in all(&service.serves) {
            served.extend(context.record(label.as_str()).and_then(|record| recovery.of(record)));
        }
        let mut promoted = Vec::new();
        for label in all(&service.writes) {
            if let Some(Item::Cluster(cluster)) = context.item(Kind::Cluster, label.as_str()) {
                promoted.push(promotion(context, service, cluster));
            }
        }
        let mut terms = worst(served).unwrap_or_default();
        terms.extend(worst(promoted).unwrap_or_default());
        if !terms.is_empty() {
            bounds.push(bound(Kind::Service, &service.label, terms));
        }
    }
    bounds
}
