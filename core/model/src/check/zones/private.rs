//! Rules about private zones. Not here: what all zones have (the parent's).

use crate::arn::is_ec2_id;
use crate::check::{Context, each_health_check, each_record, each_zone};
use crate::diagnostic::Severity;
use crate::name::normalise_domain;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::{Seen, joined};
use crate::spec::{GroupPolicy, RecordType, RoutingSpec, ZoneSpec, all, is_on};

/// Most VPCs of a private zone (quotas of Route 53; raised on request).
const MAX_VPCS: usize = 300;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(206),
        severity: Severity::Error,
        title: "bad network of a private zone",
        rule: "A private zone is asked from 1 to 300 VPCs, named by their ids; two private zones of one name share none.",
        source: "Route 53 API, AssociateVPCWithHostedZone; AWS answers ConflictingDomainExists",
        covers: &["HZ-014", "HZ-015"],
        fix: "name a VPC by its id, as in \"vpc-0123456789abcdef0\"",
        wrong: "zone inside: \"corp.internal\" { vpcs: { us: «\"main\"» } }",
        right: "zone inside: \"corp.internal\" { vpcs: { us: \"vpc-0123456789abcdef0\" } }",
        check: Check::Spec(check_vpcs),
    },
    Rule {
        code: Code(207),
        severity: Severity::Error,
        title: "not in a private zone",
        rule: "A private zone delegates to nobody, has no CIDR routing and no alias of CloudFront, and accelerated recovery is for public zones.",
        source: "Route 53 Developer Guide, hosted-zone-private-considerations; Route 53 API, EnableAcceleratedRecovery",
        covers: &["HZ-023", "HZ-025", "HZ-026", "R53-168"],
        fix: "use a public zone for it",
        wrong: "zone inside: \"corp.internal\" { vpcs: { us: \"vpc-0123456789abcdef0\" }, accelerated_recovery: «true» }",
        right: "zone inside: \"corp.internal\" { vpcs: { us: \"vpc-0123456789abcdef0\" } }",
        check: Check::Spec(check_private),
    },
    Rule {
        code: Code(208),
        severity: Severity::Warning,
        title: "checkers outside",
        rule: "Route 53's checkers are outside every VPC: they can't resolve a name of a private zone. An alarm can go by what is inside. Geoproximity was not for private zones in 2023; whether it is now is not verified.",
        source: "Route 53 Developer Guide, dns-failover-private-hosted-zones",
        covers: &["HZ-026", "HZ-027", "R53-156"],
        fix: "go by an alarm, as in `alarm: { name: \"api-errors\" }`, or check a public address",
        wrong: "zone inside: \"corp.internal\" { vpcs: { us: \"vpc-0123456789abcdef0\" } }\nhealth_check up { https: «\"api.corp.internal/\"» }",
        right: "zone inside: \"corp.internal\" { vpcs: { us: \"vpc-0123456789abcdef0\" } }",
        check: Check::Spec(check_reach),
    },
];

fn private<'a>(context: &Context<'a>) -> Vec<&'a ZoneSpec> {
    let mut private = Vec::new();
    for zone in each_zone(context.spec) {
        if zone.vpcs.is_some() {
            private.push(zone);
        }
    }
    private
}

fn vpcs(zone: &ZoneSpec) -> Vec<&Node<String>> {
    let mut vpcs = Vec::new();
    for (_, of_region) in all(&zone.vpcs) {
        vpcs.extend(of_region);
    }
    vpcs
}

/// VPCs look like VPCs, and ask one zone of a name.
fn check_vpcs(context: &Context<'_>, report: &mut Report<'_>) {
    let mut first = Seen::default();
    for zone in private(context) {
        let vpcs = vpcs(zone);
        let count = vpcs.len();
        if !(1..=MAX_VPCS).contains(&count) {
            report.at(zone.label.id, format!("a private zone with {count} VPCs"));
        }
        for vpc in vpcs {
            let key = joined(&normalise_domain(zone.name.as_str()), vpc.as_str());
            if !is_ec2_id(vpc.as_str(), "vpc-") {
                report.at(vpc.id, format!("`{}` is not the id of a VPC", vpc.value));
            } else if let Some(earlier) = first.first(key, vpc.id) {
                let message = format!("`{}` asks a zone of this name already", vpc.value);
                report.related(vpc.id, message, (earlier, "first named here"));
            }
        }
    }
}

/// Private zones hold what they can.
fn check_private(context: &Context<'_>, report: &mut Report<'_>) {
    for zone in private(context) {
        if let Some(flag) = zone.accelerated_recovery.as_ref().filter(|flag| flag.value) {
            report.at(flag.id, "a private zone has no accelerated recovery");
        }
        for record in each_record(context.spec) {
            if record.zone.value != zone.label.value {
                continue;
            }
            if record.record_type.value == RecordType::NS {
                report.at(record.record_type.id, "a private zone delegates to nobody");
            }
            if let RoutingSpec::Group(group) = &record.routing
                && group.policy == GroupPolicy::Cidr
            {
                report.at(group.id, "a private zone does not route by network");
            }
            for target in crate::check::records::written_targets(record) {
                if crate::check::records::is_distribution(target) {
                    report.at(target.id, "a private zone has no alias of CloudFront");
                    break;
                }
            }
        }
    }
}

/// What is checked can be reached from outside.
fn check_reach(context: &Context<'_>, report: &mut Report<'_>) {
    let (mut zones, mut public) = (Vec::new(), Vec::new());
    for zone in each_zone(context.spec) {
        let of_its_kind = if zone.vpcs.is_some() { &mut zones } else { &mut public };
        of_its_kind.push(normalise_domain(zone.name.as_str()));
    }
    for check in each_health_check(context.spec) {
        let Some((_, endpoint)) = check.probe.endpoint() else { continue };
        for host in crate::check::health_checks::hosts(context, check) {
            let host = normalise_domain(&host);
            let is_in = |zone: &String| host == *zone || host.ends_with(&format!(".{zone}"));
            if zones.iter().any(is_in) && !public.iter().any(is_in) {
                report.at(endpoint.id, format!("`{host}` is in a private zone, where no checker can ask"));
                break;
            }
        }
    }
    for record in each_record(context.spec) {
        if let RoutingSpec::Group(group) = &record.routing
            && group.policy == GroupPolicy::Geoproximity
            && context
                .zone(record.zone.as_str())
                .is_some_and(|zone| zone.vpcs.is_some() && !is_on(&zone.existing))
        {
            report.at(group.id, "a private zone may not route by geoproximity");
        }
    }
}
