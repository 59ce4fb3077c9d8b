//! Rules about aliases. Not here: which hosted zone answers for which name ([`crate::alias`]).

use super::written_targets;
use crate::alias::{self, AliasService, AliasZone};
use crate::check::{Context, Place, each_record, targets};
use crate::diagnostic::Severity;
use crate::node::{Node, NodeId};
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{RecordSpec, RecordTarget, RecordType, TargetKind};

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(305),
        severity: Severity::Error,
        title: "alias with ttl",
        rule: "Route 53 uses the target's TTL for an alias (60 s for load balancers) and refuses a record with both.",
        source: "Route 53 API, ResourceRecordSet.TTL",
        covers: &["R53-010"],
        fix: "remove the ttl: Route 53 uses the one of the alias target",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { ttl: «60s», latency: each region => load_balancer(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_alias_ttls),
    },
    Rule {
        code: Code(310),
        severity: Severity::Error,
        title: "unknown alias target",
        rule: "An alias needs the id of the zone that answers for its target. It is derived from the target's name, which must be one of a load balancer, CloudFront, Global Accelerator, S3 website, API Gateway, Elastic Beanstalk or VPC endpoint.",
        source: "AWS General Reference, endpoints and quotas",
        covers: &["R53-166", "REG-015"],
        fix: "use an AWS DNS name, or literal values instead of an alias",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: alias(«\"web.example.net\"») }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: alias(\"d111111abcdef8.cloudfront.net\") }",
        check: Check::Spec(check_alias_targets),
    },
    Rule {
        code: Code(312),
        severity: Severity::Error,
        title: "alias type",
        rule: "Aliases of AWS names answer addresses.",
        source: "Route 53 API, ResourceRecordSet.Type",
        covers: &["R53-161", "R53-162", "X-022"],
        fix: "use type A or AAAA",
        wrong: "zone shop: \"example.com\" {}\nrecord www: «TXT» in shop { simple: alias(\"d111111abcdef8.cloudfront.net\") }",
        right: "zone shop: \"example.com\" {}\nrecord www: AAAA in shop { simple: alias(\"d111111abcdef8.cloudfront.net\") }",
        check: Check::Spec(check_alias_types),
    },
    Rule {
        code: Code(314),
        severity: Severity::Warning,
        title: "alias to another region",
        rule: "The record answers users near one region with an endpoint in another. AWS accepts it.",
        source: "Route 53 API, ResourceRecordSet.Region",
        covers: &["R53-091"],
        fix: "use the region's own endpoint",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => load_balancer(«\"api\"») in us } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => load_balancer(\"api\") in eu } }",
        check: Check::Spec(check_alias_regions),
    },
    Rule {
        code: Code(317),
        severity: Severity::Error,
        title: "no target health",
        rule: "CloudFront has no health that an alias could follow.",
        source: "Route 53 API, EvaluateTargetHealth",
        covers: &["R53-167"],
        fix: "remove evaluate_target_health",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: alias(\"d111111abcdef8.cloudfront.net\") { evaluate_target_health: «true» } }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: alias(\"d111111abcdef8.cloudfront.net\") }",
        check: Check::Spec(check_target_health),
    },
    Rule {
        code: Code(320),
        severity: Severity::Error,
        title: "load balancer without region",
        rule: "Load balancer names are unique only within a region.",
        source: "Elastic Load Balancing API, DescribeLoadBalancers",
        covers: &[],
        fix: "write `load_balancer(\"name\") in us`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: load_balancer(«\"api\"») }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: load_balancer(\"api\") in us }",
        check: Check::Spec(check_load_balancer_regions),
    },
    Rule {
        code: Code(344),
        severity: Severity::Warning,
        title: "IPv6 without dualstack",
        rule: "The name of an Application or Classic Load Balancer answers IPv6 only with the prefix `dualstack.`.",
        source: "Route 53 Developer Guide, values for alias records",
        covers: &["R53-172"],
        fix: "write the name with the prefix `dualstack.`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: AAAA in shop { simple: alias(«\"web-1.us-east-1.elb.amazonaws.com\"») }",
        right: "zone shop: \"example.com\" {}\nrecord api: AAAA in shop { simple: alias(\"dualstack.web-1.us-east-1.elb.amazonaws.com\") }",
        check: Check::Spec(check_dualstack),
    },
    Rule {
        code: Code(345),
        severity: Severity::Warning,
        title: "health that tells nothing",
        rule: "An S3 website, an API and a VPC endpoint have no health of their own that an alias could follow: they count as healthy.",
        source: "Route 53 API, EvaluateTargetHealth",
        covers: &["R53-175"],
        fix: "remove evaluate_target_health and add a health check",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: alias(\"d-abc123.execute-api.us-east-1.amazonaws.com\") { evaluate_target_health: «true» } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { simple: alias(\"d-abc123.execute-api.us-east-1.amazonaws.com\") { evaluate_target_health: false } }",
        check: Check::Spec(check_idle_health),
    },
];

fn is_alias(target: &RecordTarget) -> bool {
    match target.kind {
        TargetKind::Values(_) => false,
        TargetKind::Alias(_)
        | TargetKind::LoadBalancer { .. }
        | TargetKind::Record(_)
        | TargetKind::Group(_) => true,
    }
}

/// Whether a TTL that was written is of an answer of the record, or of one that was nested in it.
fn uses_ttl(context: &Context<'_>, record: &RecordSpec, ttl: NodeId) -> bool {
    written_targets(record).into_iter().any(|target| match &target.kind {
        TargetKind::Values(_) => true,
        TargetKind::Record(label) => {
            let nested =
                context.record(label.as_str()).filter(|nested| nested.label.value != record.label.value);
            // A nested group has its TTL from where it stood.
            nested.is_some_and(|nested| nested.ttl.as_ref().is_some_and(|own| own.id == ttl))
        }
        TargetKind::Alias(_) | TargetKind::LoadBalancer { .. } | TargetKind::Group(_) => false,
    })
}

/// An alias has no TTL.
fn check_alias_ttls(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        if let Some(ttl) = record.ttl.as_ref().filter(|ttl| !uses_ttl(context, record, ttl.id)) {
            report.at(ttl.id, "an alias record has no ttl of its own");
        }
    }
}

/// An alias of an AWS name answers addresses.
fn check_alias_types(context: &Context<'_>, report: &mut Report<'_>) {
    for record in each_record(context.spec) {
        let Node { id, value: record_type } = record.record_type;
        let is_distribution = |target: &RecordTarget| match &target.kind {
            TargetKind::Alias(name) => name.value.trim_end_matches('.').ends_with(".cloudfront.net"),
            TargetKind::Values(_)
            | TargetKind::LoadBalancer { .. }
            | TargetKind::Record(_)
            | TargetKind::Group(_) => false,
        };
        let is_possible = match record_type {
            RecordType::A | RecordType::AAAA => true,
            // CloudFront answers these, too.
            RecordType::HTTPS => written_targets(record).into_iter().all(is_distribution),
            RecordType::CNAME
            | RecordType::TXT
            | RecordType::MX
            | RecordType::SRV
            | RecordType::CAA
            | RecordType::NS
            | RecordType::PTR
            | RecordType::NAPTR
            | RecordType::SPF
            | RecordType::DS
            | RecordType::TLSA
            | RecordType::SSHFP
            | RecordType::SVCB
            | RecordType::SOA => false,
        };
        // A record of any type can be the alias of one like it.
        let is_of_aws =
            |target: &RecordTarget| is_alias(target) && !matches!(target.kind, TargetKind::Record(_));
        if !is_possible && written_targets(record).into_iter().any(is_of_aws) {
            report.at(id, format!("an alias of an AWS name can't have type {}", record_type.name()));
        }
    }
}

/// An alias of a DNS name, in one of its regions.
struct DnsAlias<'a> {
    node: NodeId,
    target: &'a RecordTarget,
    place: Option<Place<'a>>,
    dns_name: String,
    zone: Option<&'static AliasZone>,
}

fn dns_aliases<'a>(context: &Context<'a>) -> Vec<DnsAlias<'a>> {
    let mut found = Vec::new();
    for record in &context.records {
        for (place, target) in targets(context, record.spec) {
            if let TargetKind::Alias(name) = &target.kind
                && let Some(dns_name) = context.expand(name.as_str(), place)
            {
                let zone = alias::zone_of(&dns_name);
                found.push(DnsAlias { node: name.id, target, place, dns_name, zone });
            }
        }
    }
    found
}

/// The zone of an alias target is known.
fn check_alias_targets(context: &Context<'_>, report: &mut Report<'_>) {
    let unknown = dns_aliases(context).into_iter().filter(|alias| alias.zone.is_none());
    for DnsAlias { node, dns_name, .. } in unknown {
        report.at(node, format!("no hosted-zone id is known for the alias target `{dns_name}`"));
    }
}

/// The target of an alias in a group is in the record's own region.
fn check_alias_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for DnsAlias { node, target: _, place, dns_name, zone } in dns_aliases(context) {
        if let (Some(actual), Some((_, wanted))) = (zone.and_then(AliasZone::region), place)
            && actual != wanted
        {
            let (actual, wanted) = (actual.code(), wanted.code());
            report.at(node, format!("`{dns_name}` is in {actual}, the record is for {wanted}"));
        }
    }
    for record in &context.records {
        for (place, target) in targets(context, record.spec) {
            if let TargetKind::LoadBalancer { name, region: Some(label) } = &target.kind
                && let (Some(own), Some(wanted)) = (context.place(label.as_str()), place)
                && own.1 != wanted.1
            {
                let (actual, wanted) = (own.1.code(), wanted.1.code());
                report.at(name.id, format!("`{}` is in {actual}, the record is for {wanted}", name.value));
            }
        }
    }
}

/// The health of what has none is not followed.
fn check_target_health(context: &Context<'_>, report: &mut Report<'_>) {
    for DnsAlias { target, zone, .. } in dns_aliases(context) {
        let is_cloudfront = zone.is_some_and(|zone| zone.service == AliasService::CloudFront);
        let follows = target.keys.evaluate_target_health.as_ref().filter(|node| node.value);
        if let Some(node) = follows.filter(|_| is_cloudfront) {
            report.at(node.id, "evaluate_target_health must be false for a CloudFront distribution");
        }
    }
}

/// A load balancer has a region.
fn check_load_balancer_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for record in &context.records {
        for (place, target) in targets(context, record.spec) {
            if let TargetKind::LoadBalancer { name, region: None } = &target.kind
                && place.is_none()
            {
                report.at(name.id, "the load balancer's region is missing");
            }
        }
    }
}

/// Names that are asked for IPv6 addresses have them.
fn check_dualstack(context: &Context<'_>, report: &mut Report<'_>) {
    for record in context.of_type(RecordType::AAAA) {
        for (place, target) in targets(context, record.spec) {
            let TargetKind::Alias(name) = &target.kind else { continue };
            let Some(dns_name) = context.expand(name.as_str(), place) else { continue };
            let service = alias::zone_of(&dns_name).map(|zone| zone.service);
            let is_balancer = service == Some(AliasService::ApplicationLoadBalancer);
            if is_balancer && !dns_name.to_ascii_lowercase().starts_with("dualstack.") {
                report.at(name.id, format!("`{dns_name}` answers no IPv6 address"));
            }
        }
    }
}

/// What has no health is not followed.
fn check_idle_health(context: &Context<'_>, report: &mut Report<'_>) {
    for DnsAlias { target, zone, dns_name, .. } in dns_aliases(context) {
        let is_idle = zone.is_some_and(|zone| match zone.service {
            AliasService::S3Website | AliasService::ApiGateway | AliasService::VpcEndpoint => true,
            AliasService::ApplicationLoadBalancer
            | AliasService::NetworkLoadBalancer
            | AliasService::CloudFront
            | AliasService::GlobalAccelerator
            | AliasService::ElasticBeanstalk => false,
        });
        let follows = target.keys.evaluate_target_health.as_ref().filter(|node| node.value);
        if let Some(node) = follows.filter(|_| is_idle) {
            report.at(node.id, format!("`{dns_name}` always counts as healthy"));
        }
    }
}
