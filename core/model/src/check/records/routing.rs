//! Rules about groups of answers under any policy: who is forgotten, and what takes an answer out. Not here: what only one policy
//! asks for (`policies`).

use crate::check::Context;
use crate::diagnostic::Severity;
use crate::rule::{Check, Code, Report, Rule, quoted};
use crate::seen::Seen;
use crate::spec::{
    GroupPolicy, GroupSpec, RecordSpec, RecordTarget, RecordType, RegionSet, RoutingSpec, SelectorSpec,
    TargetKind,
};

/// Most members of a geoproximity group, and of any other (Route 53 Developer Guide, DNSLimitations).
const MAX_GEOPROXIMITY: usize = 30;
const MAX_MEMBERS: usize = 100;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(307),
        severity: Severity::Error,
        title: "duplicate member",
        rule: "A group has one answer for each region, place and label.",
        source: "Route 53 API, ResourceRecordSet.Region and SetIdentifier; AWS answers InvalidChangeBatch: a latency RRSet with the same name, type and region already exists",
        covers: &["R53-063", "R53-090", "R53-104", "R53-114"],
        fix: "remove one of the two answers",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => load_balancer(\"api\"), «us» => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\"), eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_duplicate_members),
    },
    Rule {
        code: Code(309),
        severity: Severity::Error,
        title: "no latency records",
        rule: "Route 53 takes latency records for the regions of the enumeration ResourceRecordSetRegion only.",
        source: "Route 53 API, ResourceRecordSetRegion",
        covers: &["REG-006"],
        fix: "use another routing policy for this region",
        wrong: "regions { east: us_iso_east_1, west: us_iso_west_1 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => «load_balancer»(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_latency_regions),
    },
    Rule {
        code: Code(311),
        severity: Severity::Error,
        title: "health check on a simple record",
        rule: "AWS refuses a health check where there is no other answer to give.",
        source: "measured: InvalidInput, `DNS name must have alternate ResourceRecordSet responses`",
        covers: &["R53-150"],
        fix: "use another routing policy, or remove the health check",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { simple: values(\"192.0.2.1\") { health_check: «up» } }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: values(\"192.0.2.1\") }",
        check: Check::Spec(check_simple_health),
    },
    Rule {
        code: Code(313),
        severity: Severity::Warning,
        title: "no health signal",
        rule: "A member without a health signal counts as healthy, so users are still sent there when it is dead.",
        source: "Route 53 Developer Guide, how-route-53-chooses-records",
        covers: &["R53-123", "R53-152", "R53-174", "X-023"],
        fix: "add `health_check: ..`, or let the alias evaluate its target's health",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { latency: each region => «values»(\"192.0.2.1\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_health_signals),
    },
    Rule {
        code: Code(315),
        severity: Severity::Warning,
        title: "group forgets a region",
        rule: "Users near the forgotten region are sent to another although the topology runs there.",
        source: "the purpose of the library",
        covers: &[],
        fix: "add an answer for it, or use `each region`",
        wrong: "regions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { «latency»: [us, eu] => load_balancer(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_forgotten_regions),
    },
    Rule {
        code: Code(316),
        severity: Severity::Warning,
        title: "lonely group",
        rule: "There is nothing to choose from.",
        source: "the purpose of the library",
        covers: &["R53-070"],
        fix: "add a second answer, or use simple routing",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { «latency»: us => load_balancer(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_lonely_groups),
    },
    Rule {
        code: Code(322),
        severity: Severity::Error,
        title: "policy and type",
        rule: "NS records and the like have one answer for everybody; multivalue answers take neither aliases nor CNAME, NS, SOA and DS.",
        source: "Route 53 API, ResourceRecordSet.Type, MultiValueAnswer; AWS answers InvalidChangeBatch: this type of RRSet is not supported",
        covers: &["R53-066", "R53-130", "R53-131"],
        fix: "use another policy or another type",
        wrong: "zone shop: \"example.com\" {}\nrecord dev: NS in shop { «weighted»: { a: 1 => values(\"ns1.example.net\"), b: 1 => values(\"ns2.example.net\") } }",
        right: "zone shop: \"example.com\" {}\nrecord dev: NS in shop { simple: values(\"ns1.example.net\", \"ns2.example.net\") }",
        check: Check::Spec(check_policy_types),
    },
    Rule {
        code: Code(323),
        severity: Severity::Error,
        title: "too many members",
        rule: "A group has at most 100 answers, under geoproximity 30.",
        source: "Route 53 Developer Guide, DNSLimitations",
        covers: &["R53-069"],
        fix: "use fewer answers, or a tree of groups",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { «multivalue»: { a0 => values(\"192.0.2.0\") { health_check: up }, a1 => values(\"192.0.2.1\") { health_check: up }, a2 => values(\"192.0.2.2\") { health_check: up }, a3 => values(\"192.0.2.3\") { health_check: up }, a4 => values(\"192.0.2.4\") { health_check: up }, a5 => values(\"192.0.2.5\") { health_check: up }, a6 => values(\"192.0.2.6\") { health_check: up }, a7 => values(\"192.0.2.7\") { health_check: up }, a8 => values(\"192.0.2.8\") { health_check: up }, a9 => values(\"192.0.2.9\") { health_check: up }, a10 => values(\"192.0.2.10\") { health_check: up }, a11 => values(\"192.0.2.11\") { health_check: up }, a12 => values(\"192.0.2.12\") { health_check: up }, a13 => values(\"192.0.2.13\") { health_check: up }, a14 => values(\"192.0.2.14\") { health_check: up }, a15 => values(\"192.0.2.15\") { health_check: up }, a16 => values(\"192.0.2.16\") { health_check: up }, a17 => values(\"192.0.2.17\") { health_check: up }, a18 => values(\"192.0.2.18\") { health_check: up }, a19 => values(\"192.0.2.19\") { health_check: up }, a20 => values(\"192.0.2.20\") { health_check: up }, a21 => values(\"192.0.2.21\") { health_check: up }, a22 => values(\"192.0.2.22\") { health_check: up }, a23 => values(\"192.0.2.23\") { health_check: up }, a24 => values(\"192.0.2.24\") { health_check: up }, a25 => values(\"192.0.2.25\") { health_check: up }, a26 => values(\"192.0.2.26\") { health_check: up }, a27 => values(\"192.0.2.27\") { health_check: up }, a28 => values(\"192.0.2.28\") { health_check: up }, a29 => values(\"192.0.2.29\") { health_check: up }, a30 => values(\"192.0.2.30\") { health_check: up }, a31 => values(\"192.0.2.31\") { health_check: up }, a32 => values(\"192.0.2.32\") { health_check: up }, a33 => values(\"192.0.2.33\") { health_check: up }, a34 => values(\"192.0.2.34\") { health_check: up }, a35 => values(\"192.0.2.35\") { health_check: up }, a36 => values(\"192.0.2.36\") { health_check: up }, a37 => values(\"192.0.2.37\") { health_check: up }, a38 => values(\"192.0.2.38\") { health_check: up }, a39 => values(\"192.0.2.39\") { health_check: up }, a40 => values(\"192.0.2.40\") { health_check: up }, a41 => values(\"192.0.2.41\") { health_check: up }, a42 => values(\"192.0.2.42\") { health_check: up }, a43 => values(\"192.0.2.43\") { health_check: up }, a44 => values(\"192.0.2.44\") { health_check: up }, a45 => values(\"192.0.2.45\") { health_check: up }, a46 => values(\"192.0.2.46\") { health_check: up }, a47 => values(\"192.0.2.47\") { health_check: up }, a48 => values(\"192.0.2.48\") { health_check: up }, a49 => values(\"192.0.2.49\") { health_check: up }, a50 => values(\"192.0.2.50\") { health_check: up }, a51 => values(\"192.0.2.51\") { health_check: up }, a52 => values(\"192.0.2.52\") { health_check: up }, a53 => values(\"192.0.2.53\") { health_check: up }, a54 => values(\"192.0.2.54\") { health_check: up }, a55 => values(\"192.0.2.55\") { health_check: up }, a56 => values(\"192.0.2.56\") { health_check: up }, a57 => values(\"192.0.2.57\") { health_check: up }, a58 => values(\"192.0.2.58\") { health_check: up }, a59 => values(\"192.0.2.59\") { health_check: up }, a60 => values(\"192.0.2.60\") { health_check: up }, a61 => values(\"192.0.2.61\") { health_check: up }, a62 => values(\"192.0.2.62\") { health_check: up }, a63 => values(\"192.0.2.63\") { health_check: up }, a64 => values(\"192.0.2.64\") { health_check: up }, a65 => values(\"192.0.2.65\") { health_check: up }, a66 => values(\"192.0.2.66\") { health_check: up }, a67 => values(\"192.0.2.67\") { health_check: up }, a68 => values(\"192.0.2.68\") { health_check: up }, a69 => values(\"192.0.2.69\") { health_check: up }, a70 => values(\"192.0.2.70\") { health_check: up }, a71 => values(\"192.0.2.71\") { health_check: up }, a72 => values(\"192.0.2.72\") { health_check: up }, a73 => values(\"192.0.2.73\") { health_check: up }, a74 => values(\"192.0.2.74\") { health_check: up }, a75 => values(\"192.0.2.75\") { health_check: up }, a76 => values(\"192.0.2.76\") { health_check: up }, a77 => values(\"192.0.2.77\") { health_check: up }, a78 => values(\"192.0.2.78\") { health_check: up }, a79 => values(\"192.0.2.79\") { health_check: up }, a80 => values(\"192.0.2.80\") { health_check: up }, a81 => values(\"192.0.2.81\") { health_check: up }, a82 => values(\"192.0.2.82\") { health_check: up }, a83 => values(\"192.0.2.83\") { health_check: up }, a84 => values(\"192.0.2.84\") { health_check: up }, a85 => values(\"192.0.2.85\") { health_check: up }, a86 => values(\"192.0.2.86\") { health_check: up }, a87 => values(\"192.0.2.87\") { health_check: up }, a88 => values(\"192.0.2.88\") { health_check: up }, a89 => values(\"192.0.2.89\") { health_check: up }, a90 => values(\"192.0.2.90\") { health_check: up }, a91 => values(\"192.0.2.91\") { health_check: up }, a92 => values(\"192.0.2.92\") { health_check: up }, a93 => values(\"192.0.2.93\") { health_check: up }, a94 => values(\"192.0.2.94\") { health_check: up }, a95 => values(\"192.0.2.95\") { health_check: up }, a96 => values(\"192.0.2.96\") { health_check: up }, a97 => values(\"192.0.2.97\") { health_check: up }, a98 => values(\"192.0.2.98\") { health_check: up }, a99 => values(\"192.0.2.99\") { health_check: up }, a100 => values(\"192.0.2.100\") { health_check: up } } }\nhealth_check up { https: \"up.example.com/\" }\n",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { multivalue: { a => values(\"192.0.2.1\") { health_check: up }, b => values(\"192.0.2.2\") { health_check: up } } }",
        check: Check::Spec(check_group_sizes),
    },
    Rule {
        code: Code(324),
        severity: Severity::Warning,
        title: "several values in a member",
        rule: "The service model allows one value in each answer of a group, the developer guide several; of several, all are answered and none is taken out alone.",
        source: "Route 53 API, ResourceRecords; Developer Guide, MultiValueAnswer",
        covers: &["R53-015", "R53-132"],
        fix: "give each value an answer of its own, with its own health check",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { multivalue: { a => «values»(\"192.0.2.1\", \"192.0.2.3\") { health_check: up }, b => values(\"192.0.2.2\") { health_check: up } } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { multivalue: { a => values(\"192.0.2.1\") { health_check: up }, b => values(\"192.0.2.2\") { health_check: up } } }",
        check: Check::Spec(check_member_values),
    },
];

/// Every group that has answers, with its record.
pub(super) fn groups<'a>(context: &Context<'a>) -> Vec<(&'a RecordSpec, &'a GroupSpec)> {
    let mut groups = Vec::new();
    for record in &context.records {
        if let RoutingSpec::Group(group) = &record.spec.routing
            && !group.members.is_empty()
        {
            groups.push((record.spec, group));
        }
    }
    groups
}

/// A group has one answer for each region, place and label.
fn check_duplicate_members(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, group) in groups(context) {
        let mut named = Seen::default();
        for member in &group.members {
            let mut keys = Vec::new();
            match &member.selector {
                SelectorSpec::Regions(RegionSet::Listed(_, labels)) => {
                    for label in labels {
                        keys.push((label.value.clone(), label.id));
                    }
                }
                SelectorSpec::Regions(RegionSet::Each(id) | RegionSet::EachOther(id)) => {
                    keys.push(("each region".to_owned(), *id));
                }
                SelectorSpec::Named(label) => keys.push((label.value.clone(), label.id)),
                SelectorSpec::Location(location) => {
                    keys.push((crate::location::slug(&location.value), location.id));
                }
                SelectorSpec::Coordinates(id, latitude, longitude) => {
                    keys.push((format!("{latitude}, {longitude}"), *id));
                }
                SelectorSpec::Network(network) => {
                    keys.push((network.location.value.clone(), network.location.id));
                }
            }
            for (key, id) in keys {
                let message =
                    format!("an answer for `{key}` already exists in this {} group", group.policy.name());
                if let Some(earlier) = named.first(key, id) {
                    report.related(id, message, (earlier, "first answered here"));
                }
            }
        }
    }
}

/// A group offers a choice.
fn check_lonely_groups(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, group) in groups(context) {
        // A failover group of one lacks its other role, which is an error of its own.
        if group.policy != GroupPolicy::Failover
            && context.members(record).len() == 1
            && context.places.len() > 1
        {
            report.at(group.id, format!("a {} group of one answer gives no choice", group.policy.name()));
        }
    }
}

/// A group that goes by regions forgets none.
fn check_forgotten_regions(context: &Context<'_>, report: &mut Report<'_>) {
    let goes_by_regions = |group: &GroupSpec| match group.policy {
        GroupPolicy::Latency | GroupPolicy::Geoproximity => true,
        GroupPolicy::Weighted
        | GroupPolicy::Failover
        | GroupPolicy::Geolocation
        | GroupPolicy::Multivalue
        | GroupPolicy::Cidr => false,
    };
    for (record, group) in groups(context) {
        if !goes_by_regions(group) {
            continue;
        }
        let members = context.members(record);
        let mut forgotten = Vec::new();
        for place in &context.places {
            if !members.iter().any(|member| member.place == Some(*place)) {
                forgotten.push(place.0);
            }
        }
        if context.places.len() > forgotten.len() + 1 && !forgotten.is_empty() {
            let policy = group.policy.name();
            report.at(group.id, format!("the {policy} group has no answer for {}", quoted(&forgotten)));
        }
    }
}

/// The regions of a latency group are ones that Route 53 knows.
fn check_latency_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, group) in groups(context) {
        if group.policy != GroupPolicy::Latency {
            continue;
        }
        for member in context.members(record) {
            if let Some((_, region)) = member.place.filter(|(_, region)| !region.info().latency_records) {
                let message = format!("Route 53 has no latency records for region {}", region.code());
                report.at(member.target.id, message);
            }
        }
    }
}

/// A health check needs a routing policy.
fn check_simple_health(context: &Context<'_>, report: &mut Report<'_>) {
    for record in &context.records {
        if let RoutingSpec::Simple(target) = &record.spec.routing
            && let Some(check) = &target.keys.health_check
        {
            report.at(check.label.id, "a health check needs a routing policy other than simple");
        }
    }
}

/// Whether a name is of a service whose aliases have no health to follow: websites, APIs and VPC endpoints (Route 53 API,
/// EvaluateTargetHealth). The name may be a template.
fn is_idle(dns_name: &str) -> bool {
    [".execute-api.", "s3-website", ".vpce."].iter().any(|part| dns_name.to_ascii_lowercase().contains(part))
}

/// Whether something takes an answer out when it fails.
pub(crate) fn has_health_signal(target: &RecordTarget) -> bool {
    let given = target.keys.evaluate_target_health.as_ref().map(|node| node.value);
    let follows = match &target.kind {
        TargetKind::Values(_) => false,
        // A distribution's health can't be followed; every other alias does, unless it says otherwise.
        // What has no health of its own counts as healthy, even if it is followed.
        TargetKind::Alias(name) if is_idle(name.as_str()) => false,
        TargetKind::Alias(_) => given.unwrap_or(!super::is_distribution(target)),
        TargetKind::LoadBalancer { .. } | TargetKind::Record(_) | TargetKind::Group(_) => {
            given.unwrap_or(true)
        }
    };
    follows || target.keys.health_check.is_some()
}

/// Every member of a group has a health signal.
fn check_health_signals(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, group) in groups(context) {
        for member in context.members(record) {
            let who = member.place.map(|(label, _)| format!("region `{label}`"));
            let who = who.or_else(|| member.key().map(|key| format!("`{key}`"))).unwrap_or_default();
            // A primary without one is an error.
            let is_primary =
                group.policy == GroupPolicy::Failover && member.key().as_deref() == Some("primary");
            if !has_health_signal(member.target) && !is_primary {
                report.at(member.target.id, format!("nothing takes the answer for {who} out when it fails"));
            }
        }
    }
}

/// The type of a record is one that its policy takes.
fn check_policy_types(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, group) in groups(context) {
        let (record_type, policy) = (record.record_type.value, group.policy.name());
        let is_simple_only = matches!(record_type, RecordType::NS | RecordType::SOA);
        let is_multivalue = group.policy == GroupPolicy::Multivalue;
        if is_simple_only || (is_multivalue && matches!(record_type, RecordType::CNAME | RecordType::DS)) {
            report.at(group.id, format!("a record of type {} can't be {policy}", record_type.name()));
        } else if is_multivalue
            && let Some(alias) =
                group.members.iter().find(|member| !matches!(member.target.kind, TargetKind::Values(_)))
        {
            report.at(alias.target.id, "a multivalue answer can't be an alias");
        }
    }
}

/// Groups are not too large.
fn check_group_sizes(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, group) in groups(context) {
        let most = if group.policy == GroupPolicy::Geoproximity { MAX_GEOPROXIMITY } else { MAX_MEMBERS };
        let count = context.members(record).len();
        if count > most {
            let policy = group.policy.name();
            report.at(group.id, format!("{count} answers where a {policy} group has at most {most}"));
        }
    }
}

/// Each answer of a group is one value.
fn check_member_values(context: &Context<'_>, report: &mut Report<'_>) {
    let is_one_by_one = |record: &RecordSpec, group: &GroupSpec| {
        let is_address = matches!(record.record_type.value, RecordType::A | RecordType::AAAA);
        is_address
            && matches!(group.policy, GroupPolicy::Latency | GroupPolicy::Weighted | GroupPolicy::Multivalue)
    };
    for (record, group) in groups(context) {
        if !is_one_by_one(record, group) {
            continue;
        }
        for member in &group.members {
            if let TargetKind::Values(values) = &member.target.kind
                && values.len() > 1
            {
                report.at(member.target.id, format!("{} values in one answer of a group", values.len()));
            }
        }
    }
}
