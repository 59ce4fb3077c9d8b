//! Rules that only one routing policy asks for. Not here: what all groups must keep (`routing`).

use super::is_distribution;
use super::routing::{groups, has_health_signal};
use crate::check::{Context, Member};
use crate::diagnostic::Severity;
use crate::location;
use crate::node::NodeId;
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::Seen;
use crate::spec::{GroupPolicy, GroupSpec, LocationSpec, RecordSpec, RoutingSpec, SelectorSpec, TargetKind};
use crate::text::every;

/// Largest weight (Route 53 API, shape `ResourceRecordSetWeight`).
const MAX_WEIGHT: u64 = 255;
/// Largest bias in either direction (Route 53 API, shape `Bias`).
const MAX_BIAS: u64 = 99;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(330),
        severity: Severity::Error,
        title: "bad weight",
        rule: "Every answer of a weighted group has a weight from 0 to 255, and answers of other groups have none.",
        source: "Route 53 API, ResourceRecordSetWeight",
        covers: &["R53-080"],
        fix: "write `label: weight => answer` with a weight from 0 to 255, under the weighted policy",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { weighted: { a: «256» => values(\"192.0.2.1\") { health_check: up }, b: 1 => values(\"192.0.2.2\") { health_check: up } } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { weighted: { a: 1 => values(\"192.0.2.1\") { health_check: up }, b: 1 => values(\"192.0.2.2\") { health_check: up } } }",
        check: Check::Spec(check_weights),
    },
    Rule {
        code: Code(331),
        severity: Severity::Warning,
        title: "weights of 0",
        rule: "An answer of weight 0 is given only when every other one is unhealthy; if all are 0, they are given evenly.",
        source: "Route 53 API, Weight; Developer Guide, how-route-53-chooses-records",
        covers: &["R53-082", "X-032"],
        fix: "give the answers weights that say what is meant; for a standby, failover is the policy",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { «weighted»: { a: 0 => values(\"192.0.2.1\") { health_check: up }, b: 0 => values(\"192.0.2.2\") { health_check: up } } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { weighted: { a: 1 => values(\"192.0.2.1\") { health_check: up }, b: 1 => values(\"192.0.2.2\") { health_check: up } } }",
        check: Check::Spec(check_zero_weights),
    },
    Rule {
        code: Code(332),
        severity: Severity::Error,
        title: "failover roles",
        rule: "A failover group has exactly one primary and one secondary.",
        source: "Route 53 API, Failover",
        covers: &["R53-120"],
        fix: "write `failover: { primary => .., secondary => .. }`",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { «failover»: primary => values(\"192.0.2.1\") { health_check: up } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { failover: { primary => values(\"192.0.2.1\") { health_check: up }, secondary => load_balancer(\"api\") in eu } }",
        check: Check::Spec(check_failover_roles),
    },
    Rule {
        code: Code(333),
        severity: Severity::Error,
        title: "primary without health signal",
        rule: "Route 53 refuses a primary that nothing can take out: it would never fail over.",
        source: "measured: `A non-alias primary ResourceRecordSet must have an associated health check`",
        covers: &["R53-121", "R53-122"],
        fix: "add `health_check: ..`, or let the alias evaluate its target's health",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { failover: { primary => «values»(\"192.0.2.1\"), secondary => load_balancer(\"api\") in eu } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { failover: { primary => values(\"192.0.2.1\") { health_check: up }, secondary => load_balancer(\"api\") in eu } }",
        check: Check::Spec(check_primary_health),
    },
    Rule {
        code: Code(334),
        severity: Severity::Error,
        title: "unknown location",
        rule: "Route 53 tells users by seven continents, 246 countries and the states of the US.",
        source: "Route 53 API, GeoLocation; AWS answers InvalidChangeBatch: Cannot find location",
        covers: &["R53-100", "R53-101", "R53-102", "R53-103"],
        fix: "use a code of Route 53's list",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { «country»(\"UK\") => load_balancer(\"api\") in eu, default => load_balancer(\"api\") in us } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { country(\"GB\") => load_balancer(\"api\") in eu, default => load_balancer(\"api\") in us } }",
        check: Check::Spec(check_locations),
    },
    Rule {
        code: Code(335),
        severity: Severity::Error,
        title: "no default location",
        rule: "Users whose place Route 53 can't tell, or that no answer is for, get no answer at all.",
        source: "Route 53 Developer Guide, best practices; X-030 of the catalogue",
        covers: &["R53-105", "X-030"],
        fix: "add `default => ..`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { «geolocation»: { continent(\"EU\") => load_balancer(\"api\") in eu, continent(\"NA\") => load_balancer(\"api\") in us } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { continent(\"EU\") => load_balancer(\"api\") in eu, default => load_balancer(\"api\") in us } }",
        check: Check::Spec(check_default_location),
    },
    Rule {
        code: Code(336),
        severity: Severity::Warning,
        title: "states without their country",
        rule: "Some addresses in the US have no state, and get the answer of the continent or the default.",
        source: "Route 53 Developer Guide, values for geolocation records",
        covers: &["R53-106"],
        fix: "add `country(\"US\") => ..`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { «subdivision»(\"US\", \"CA\") => load_balancer(\"api\") in us, default => load_balancer(\"api\") in eu } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { geolocation: { subdivision(\"US\", \"CA\") => load_balancer(\"api\") in us, country(\"US\") => load_balancer(\"api\") in us, default => load_balancer(\"api\") in eu } }",
        check: Check::Spec(check_states),
    },
    Rule {
        code: Code(337),
        severity: Severity::Error,
        title: "bad bias",
        rule: "A bias is a whole number from -99 to 99, and only geoproximity has one.",
        source: "Route 53 API, Bias",
        covers: &["R53-111"],
        fix: "write a number from -99 to 99, under the geoproximity policy",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { geoproximity: { us => load_balancer(\"api\") { bias: «100» }, eu => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { geoproximity: { us => load_balancer(\"api\") { bias: 99 }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_biases),
    },
    Rule {
        code: Code(338),
        severity: Severity::Error,
        title: "bad coordinates",
        rule: "Latitudes are -90 to 90 degrees and longitudes -180 to 180, with at most two decimals.",
        source: "Route 53 API, Latitude and Longitude",
        covers: &["R53-110", "R53-112"],
        fix: "write degrees with at most two decimals, as in `coordinates(49.22, -74.01)`",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { geoproximity: { us => load_balancer(\"api\"), «coordinates»(50.118, 8.68) => load_balancer(\"api\") in eu } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { geoproximity: { us => load_balancer(\"api\"), coordinates(50.11, 8.68) => load_balancer(\"api\") in eu } }",
        check: Check::Spec(check_coordinates),
    },
    Rule {
        code: Code(339),
        severity: Severity::Warning,
        title: "failover within a region",
        rule: "When the region of the primary fails, so does the secondary.",
        source: "the purpose of the library",
        covers: &["R53-125"],
        fix: "put the secondary into another region",
        wrong: "zone shop: \"example.com\" {}\nrecord api: A in shop { failover: { primary => load_balancer(\"api\") in us, secondary => «load_balancer»(\"standby\") in us } }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { failover: { primary => load_balancer(\"api\") in us, secondary => load_balancer(\"standby\") in eu } }",
        check: Check::Spec(check_failover_regions),
    },
    Rule {
        code: Code(340),
        severity: Severity::Error,
        title: "failover between distributions",
        rule: "Two CloudFront distributions can't both have the alternate domain name of the record.",
        source: "Route 53 API, AliasTarget; CloudFront answers CNAMEAlreadyExists",
        covers: &["R53-124"],
        fix: "let one distribution have two origins (an origin group)",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { failover: { primary => alias(\"d111111abcdef8.cloudfront.net\") { health_check: up }, secondary => «alias»(\"d222222abcdef8.cloudfront.net\") { health_check: up } } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { failover: { primary => alias(\"d111111abcdef8.cloudfront.net\") { health_check: up }, secondary => load_balancer(\"api\") in eu } }",
        check: Check::Spec(check_failover_distributions),
    },
    Rule {
        code: Code(341),
        severity: Severity::Warning,
        title: "latency in China",
        rule: "An answer for cn-north-1 is given to every query from China, whatever the latency.",
        source: "Route 53 Developer Guide, values for latency records",
        covers: &["R53-092"],
        fix: "expect it, or use geolocation",
        wrong: "regions { north: cn_north_1, west: cn_northwest_1 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => «load_balancer»(\"api\") }",
        right: "zone shop: \"example.com\" {}\nrecord api: A in shop { latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_china),
    },
];

/// The groups of a policy.
fn of<'a>(context: &Context<'a>, policy: GroupPolicy) -> Vec<(&'a RecordSpec, &'a GroupSpec)> {
    let mut groups = groups(context);
    groups.retain(|(_, group)| group.policy == policy);
    groups
}

/// Weights are where they belong, and in range.
fn check_weights(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, group) in groups(context) {
        let is_weighted = group.policy == GroupPolicy::Weighted;
        for member in &group.members {
            match (&member.weight, is_weighted) {
                (Some(weight), true) if weight.value > MAX_WEIGHT => {
                    report.at(weight.id, format!("a weight of {} is out of range", weight.value));
                }
                (Some(weight), false) => {
                    report
                        .at(weight.id, format!("answers of a {} group have no weight", group.policy.name()));
                }
                (None, true) => report.at(member.target.id, "this answer has no weight"),
                (Some(_), true) | (None, false) => {}
            }
        }
    }
}

/// Weights of 0 are pointed out.
fn check_zero_weights(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, group) in of(context, GroupPolicy::Weighted) {
        let zeros =
            group.members.iter().filter(|member| member.weight.as_ref().is_some_and(|node| node.value == 0));
        let (zeros, all) = (zeros.count(), group.members.len());
        if zeros > 0 && zeros == all {
            report.at(group.id, "every weight is 0, so all answers are given evenly");
        } else if zeros > 0 {
            report.at(
                group.id,
                format!("{zeros} of {all} weights are 0: those answers wait until all others are unhealthy"),
            );
        }
    }
}

/// The label of a member that is neither for a region nor for a place.
fn name<'a>(member: &'a Member<'_>) -> Option<&'a str> {
    match member.who? {
        SelectorSpec::Named(label) => Some(label.as_str()),
        SelectorSpec::Regions(_)
        | SelectorSpec::Location(_)
        | SelectorSpec::Coordinates(..)
        | SelectorSpec::Network(_) => None,
    }
}

/// A failover group has one primary and one secondary.
fn check_failover_roles(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, group) in of(context, GroupPolicy::Failover) {
        let members = context.members(record);
        let mut lacking = Vec::new();
        for role in ["primary", "secondary"] {
            if !members.iter().any(|member| name(member) == Some(role)) {
                lacking.push(role);
            }
        }
        if !lacking.is_empty() {
            report.at(group.id, format!("the failover group has no {}", lacking.join(" and no ")));
        }
    }
}

/// Something takes a primary out when it fails.
fn check_primary_health(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, _) in of(context, GroupPolicy::Failover) {
        for member in context.members(record) {
            if name(&member) == Some("primary") && !has_health_signal(member.target) {
                report.at(member.target.id, "nothing takes the primary out when it fails");
            }
        }
    }
}

/// The primary and the secondary of a failover group.
fn pair<'a>(context: &Context<'a>, record: &'a RecordSpec) -> Option<(Member<'a>, Member<'a>)> {
    let (mut primary, mut secondary) = (None, None);
    for member in context.members(record) {
        match name(&member) {
            Some("primary") => primary = Some(member),
            Some("secondary") => secondary = Some(member),
            Some(_) | None => {}
        }
    }
    Some((primary?, secondary?))
}

/// The secondary is in another region than the primary.
fn check_failover_regions(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, _) in of(context, GroupPolicy::Failover) {
        let Some((primary, secondary)) = pair(context, record) else { continue };
        let region = |member: &Member<'_>| match &member.target.kind {
            TargetKind::LoadBalancer { region: Some(label), .. } => Some(label.value.clone()),
            TargetKind::LoadBalancer { region: None, .. }
            | TargetKind::Values(_)
            | TargetKind::Alias(_)
            | TargetKind::Record(_)
            | TargetKind::Group(_) => None,
        };
        if let (Some(first), Some(second)) = (region(&primary), region(&secondary))
            && first == second
        {
            report.at(secondary.target.id, format!("primary and secondary are both in region `{first}`"));
        }
    }
}

/// Primary and secondary are not both CloudFront distributions.
fn check_failover_distributions(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, _) in of(context, GroupPolicy::Failover) {
        let Some((primary, secondary)) = pair(context, record) else { continue };
        if is_distribution(primary.target) && is_distribution(secondary.target) {
            report.at(secondary.target.id, "primary and secondary are both CloudFront distributions");
        }
    }
}

/// The places of a group, with where they were written.
fn locations(group: &GroupSpec) -> impl Iterator<Item = (NodeId, &LocationSpec)> {
    group.members.iter().filter_map(|member| match &member.selector {
        SelectorSpec::Location(location) => Some((location.id, &location.value)),
        SelectorSpec::Regions(_)
        | SelectorSpec::Named(_)
        | SelectorSpec::Coordinates(..)
        | SelectorSpec::Network(_) => None,
    })
}

/// Places are ones that Route 53 knows.
fn check_locations(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, group) in of(context, GroupPolicy::Geolocation) {
        for (id, location) in locations(group) {
            if let Some(why) = location::refuse(location) {
                report.at(id, why);
            }
        }
    }
}

/// There is an answer for everybody.
fn check_default_location(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, group) in of(context, GroupPolicy::Geolocation) {
        if !locations(group).any(|(_, location)| *location == LocationSpec::Default) {
            report.at(group.id, "users whom no answer is for get none");
        }
    }
}

/// Where states get answers, so does their country.
fn check_states(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, group) in of(context, GroupPolicy::Geolocation) {
        let mut countries = Seen::default();
        for (id, location) in locations(group) {
            let LocationSpec::Subdivision(country, _) = location else { continue };
            let whole = LocationSpec::Country(country.clone());
            if countries.first(country.clone(), id).is_none()
                && !locations(group).any(|(_, location)| *location == whole)
            {
                report.at(id, format!("states of {country} have answers, and {country} has none"));
            }
        }
    }
}

/// Biases are where they belong, and in range.
fn check_biases(context: &Context<'_>, report: &mut Report<'_>) {
    for record in &context.records {
        let is_geoproximity = match &record.spec.routing {
            RoutingSpec::Group(group) => group.policy == GroupPolicy::Geoproximity,
            RoutingSpec::Simple(_) => false,
        };
        for bias in
            super::written_targets(record.spec).into_iter().filter_map(|target| target.keys.bias.as_ref())
        {
            if !is_geoproximity {
                report.at(bias.id, "only answers of a geoproximity group have a bias");
            } else if bias.value.unsigned_abs() > MAX_BIAS {
                report.at(bias.id, format!("a bias of {} is out of range", bias.value));
            }
        }
    }
}

/// Coordinates are on earth, and not too precise.
fn check_coordinates(context: &Context<'_>, report: &mut Report<'_>) {
    let is_in = |written: &str, most: f64| {
        let (whole, decimals) = written.split_once('.').unwrap_or((written, ""));
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        let is_digits = |text: &str| every(text, u8::is_ascii_digit);
        let has_form = !whole.is_empty() && is_digits(whole) && is_digits(decimals) && decimals.len() <= 2;
        let is_plain = !whole.starts_with('0') || whole == "0";
        has_form && is_plain && written.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most)
    };
    for (_, group) in of(context, GroupPolicy::Geoproximity) {
        for member in &group.members {
            if let SelectorSpec::Coordinates(id, latitude, longitude) = &member.selector
                && !(is_in(latitude, 90.0) && is_in(longitude, 180.0))
            {
                report.at(*id, format!("{latitude}, {longitude} are no coordinates"));
            }
        }
    }
}

/// What latency means in China is pointed out.
fn check_china(context: &Context<'_>, report: &mut Report<'_>) {
    for (record, _) in of(context, GroupPolicy::Latency) {
        for member in context.members(record) {
            if member.place.is_some_and(|(_, region)| region.code() == "cn-north-1") {
                report.at(member.target.id, "the answer for cn-north-1 is given to every query from China");
            }
        }
    }
}
