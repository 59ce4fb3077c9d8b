//! Rules about health checks. Not here: which records use them.

pub(super) mod derived;

use std::net::{IpAddr, Ipv6Addr};

use super::{Context, Place, each_health_check};
use crate::diagnostic::Severity;
use crate::name::{check_host, normalise_domain};
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule, did_you_mean, quoted};
use crate::seen::{Seen, joined};
use crate::spec::{HealthCheckSpec, Protocol};
use crate::text::{every, number};

/// Where Route 53 has checkers (Route 53 API, `HealthCheckRegion`).
pub(crate) const CHECKERS: [&str; 8] = [
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
];
/// Fewest regions of checkers (Route 53 API, `HealthCheckRegionList`).
const FEWEST_CHECKERS: usize = 3;
/// Longest search string (Route 53 API, `SearchString`).
const MAX_SEARCH: usize = 255;
/// Detection that is longer than what a system with several regions is built for.
const SLOW_DETECTION: u64 = 300;
/// Health checks of an account unless AWS raised it (Route 53 Developer Guide, DNSLimitations).
const DEFAULT_QUOTA: usize = 200;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(401),
        severity: Severity::Error,
        title: "bad interval",
        rule: "A checker asks every 10 or every 30 seconds, and the interval is fixed once the check exists.",
        source: "measured: InvalidInput, enumeration [10, 30]",
        covers: &["HC-007"],
        fix: "write `interval: 10s` or `interval: 30s`",
        wrong: "health_check up { https: \"up.example.com/\", interval: «20s» }",
        right: "health_check up { https: \"up.example.com/\", interval: 10s }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_intervals),
    },
    Rule {
        code: Code(402),
        severity: Severity::Error,
        title: "bad threshold",
        rule: "A verdict changes after 1 to 10 consecutive results.",
        source: "Route 53 API, FailureThreshold",
        covers: &["HC-008"],
        fix: "write a number from 1 to 10; AWS's default is 3",
        wrong: "health_check up { https: \"up.example.com/\", failure_threshold: «11» }",
        right: "health_check up { https: \"up.example.com/\", failure_threshold: 2 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_thresholds),
    },
    Rule {
        code: Code(403),
        severity: Severity::Error,
        title: "bad endpoint",
        rule: "An endpoint is `host[:port][/path]`; host and path have at most 255 characters; TCP needs a port and has no path; the address must be public.",
        source: "Route 53 API, HealthCheckConfig",
        covers: &["HC-002", "HC-003", "HC-004", "HC-005"],
        fix: "write \"host[:port][/path]\"",
        wrong: "health_check up { tcp: «\"up.example.com\"» }",
        right: "health_check up { tcp: \"up.example.com:5432\" }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_endpoints),
    },
    Rule {
        code: Code(404),
        severity: Severity::Warning,
        title: "health check asks its own record",
        rule: "The answer decides the verdict and the verdict the answer; AWS calls the result unpredictable.",
        source: "Route 53 API, FullyQualifiedDomainName",
        covers: &["R53-154", "X-025"],
        fix: "check a name of the region's own, as in \"api-{region}.example.com\"",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: «\"api.example.com/\"» }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_probes),
    },
    Rule {
        code: Code(405),
        severity: Severity::Error,
        title: "bad checkers",
        rule: "Checkers are in eight regions, of which at least three ask.",
        source: "Route 53 API, HealthCheckRegion and HealthCheckRegionList",
        covers: &["HC-010", "REG-007"],
        fix: "name at least three of them, or leave the key out",
        wrong: "health_check up { https: \"up.example.com/\", checkers: [us_east_1, us_west_2, sa_east_1, «eu_central_1»] }",
        right: "health_check up { https: \"up.example.com/\", checkers: [us_east_1, us_west_2, sa_east_1] }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_checkers),
    },
    Rule {
        code: Code(406),
        severity: Severity::Warning,
        title: "checkers in the regions that they judge",
        rule: "When a region fails, its checkers may fail with it; those elsewhere see what users elsewhere see.",
        source: "the purpose of the library",
        covers: &["X-085"],
        fix: "name at least two regions that serve nobody, or leave the key out",
        wrong: "health_check up { https: \"up.example.com/\", checkers: [«us_east_1», eu_west_1, ap_northeast_1] }\n",
        right: "health_check up { https: \"up.example.com/\", checkers: [us_east_1, us_west_2, ap_northeast_1] }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_independent_checkers),
    },
    Rule {
        code: Code(407),
        severity: Severity::Error,
        title: "bad search string",
        rule: "A search string has 1 to 255 characters, and only HTTP and HTTPS have an answer to search.",
        source: "Route 53 API, SearchString",
        covers: &["HC-006"],
        fix: "write 1 to 255 characters, with http or https",
        wrong: "health_check up { tcp: \"up.example.com:5432\", search: «\"ok\"» }",
        right: "health_check up { https: \"up.example.com/\", search: \"ok\" }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_search),
    },
    Rule {
        code: Code(408),
        severity: Severity::Warning,
        title: "slow detection",
        rule: "A failure is noticed after interval times threshold; minutes are more than most systems can be away.",
        source: "Route 53 Developer Guide, how Route 53 determines health",
        covers: &["X-048"],
        fix: "use a shorter interval or a lower threshold",
        wrong: "health_check up { https: \"up.example.com/\", failure_threshold: «10» }",
        right: "health_check up { https: \"up.example.com/\", failure_threshold: 3 }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_detection),
    },
    Rule {
        code: Code(409),
        severity: Severity::Warning,
        title: "more checks than the quota",
        rule: "An account has 200 health checks unless AWS raised that.",
        source: "Route 53 Developer Guide, DNSLimitations; AWS answers TooManyHealthChecks",
        covers: &["HC-026", "X-103"],
        fix: "ask AWS for more before the deploy, or use fewer",
        wrong: "health_check up0 { https: \"up0.example.com/\" }\nhealth_check up1 { https: \"up1.example.com/\" }\nhealth_check up2 { https: \"up2.example.com/\" }\nhealth_check up3 { https: \"up3.example.com/\" }\nhealth_check up4 { https: \"up4.example.com/\" }\nhealth_check up5 { https: \"up5.example.com/\" }\nhealth_check up6 { https: \"up6.example.com/\" }\nhealth_check up7 { https: \"up7.example.com/\" }\nhealth_check up8 { https: \"up8.example.com/\" }\nhealth_check up9 { https: \"up9.example.com/\" }\nhealth_check up10 { https: \"up10.example.com/\" }\nhealth_check up11 { https: \"up11.example.com/\" }\nhealth_check up12 { https: \"up12.example.com/\" }\nhealth_check up13 { https: \"up13.example.com/\" }\nhealth_check up14 { https: \"up14.example.com/\" }\nhealth_check up15 { https: \"up15.example.com/\" }\nhealth_check up16 { https: \"up16.example.com/\" }\nhealth_check up17 { https: \"up17.example.com/\" }\nhealth_check up18 { https: \"up18.example.com/\" }\nhealth_check up19 { https: \"up19.example.com/\" }\nhealth_check up20 { https: \"up20.example.com/\" }\nhealth_check up21 { https: \"up21.example.com/\" }\nhealth_check up22 { https: \"up22.example.com/\" }\nhealth_check up23 { https: \"up23.example.com/\" }\nhealth_check up24 { https: \"up24.example.com/\" }\nhealth_check up25 { https: \"up25.example.com/\" }\nhealth_check up26 { https: \"up26.example.com/\" }\nhealth_check up27 { https: \"up27.example.com/\" }\nhealth_check up28 { https: \"up28.example.com/\" }\nhealth_check up29 { https: \"up29.example.com/\" }\nhealth_check up30 { https: \"up30.example.com/\" }\nhealth_check up31 { https: \"up31.example.com/\" }\nhealth_check up32 { https: \"up32.example.com/\" }\nhealth_check up33 { https: \"up33.example.com/\" }\nhealth_check up34 { https: \"up34.example.com/\" }\nhealth_check up35 { https: \"up35.example.com/\" }\nhealth_check up36 { https: \"up36.example.com/\" }\nhealth_check up37 { https: \"up37.example.com/\" }\nhealth_check up38 { https: \"up38.example.com/\" }\nhealth_check up39 { https: \"up39.example.com/\" }\nhealth_check up40 { https: \"up40.example.com/\" }\nhealth_check up41 { https: \"up41.example.com/\" }\nhealth_check up42 { https: \"up42.example.com/\" }\nhealth_check up43 { https: \"up43.example.com/\" }\nhealth_check up44 { https: \"up44.example.com/\" }\nhealth_check up45 { https: \"up45.example.com/\" }\nhealth_check up46 { https: \"up46.example.com/\" }\nhealth_check up47 { https: \"up47.example.com/\" }\nhealth_check up48 { https: \"up48.example.com/\" }\nhealth_check up49 { https: \"up49.example.com/\" }\nhealth_check up50 { https: \"up50.example.com/\" }\nhealth_check up51 { https: \"up51.example.com/\" }\nhealth_check up52 { https: \"up52.example.com/\" }\nhealth_check up53 { https: \"up53.example.com/\" }\nhealth_check up54 { https: \"up54.example.com/\" }\nhealth_check up55 { https: \"up55.example.com/\" }\nhealth_check up56 { https: \"up56.example.com/\" }\nhealth_check up57 { https: \"up57.example.com/\" }\nhealth_check up58 { https: \"up58.example.com/\" }\nhealth_check up59 { https: \"up59.example.com/\" }\nhealth_check up60 { https: \"up60.example.com/\" }\nhealth_check up61 { https: \"up61.example.com/\" }\nhealth_check up62 { https: \"up62.example.com/\" }\nhealth_check up63 { https: \"up63.example.com/\" }\nhealth_check up64 { https: \"up64.example.com/\" }\nhealth_check up65 { https: \"up65.example.com/\" }\nhealth_check up66 { https: \"up66.example.com/\" }\nhealth_check up67 { https: \"up67.example.com/\" }\nhealth_check up68 { https: \"up68.example.com/\" }\nhealth_check up69 { https: \"up69.example.com/\" }\nhealth_check up70 { https: \"up70.example.com/\" }\nhealth_check up71 { https: \"up71.example.com/\" }\nhealth_check up72 { https: \"up72.example.com/\" }\nhealth_check up73 { https: \"up73.example.com/\" }\nhealth_check up74 { https: \"up74.example.com/\" }\nhealth_check up75 { https: \"up75.example.com/\" }\nhealth_check up76 { https: \"up76.example.com/\" }\nhealth_check up77 { https: \"up77.example.com/\" }\nhealth_check up78 { https: \"up78.example.com/\" }\nhealth_check up79 { https: \"up79.example.com/\" }\nhealth_check up80 { https: \"up80.example.com/\" }\nhealth_check up81 { https: \"up81.example.com/\" }\nhealth_check up82 { https: \"up82.example.com/\" }\nhealth_check up83 { https: \"up83.example.com/\" }\nhealth_check up84 { https: \"up84.example.com/\" }\nhealth_check up85 { https: \"up85.example.com/\" }\nhealth_check up86 { https: \"up86.example.com/\" }\nhealth_check up87 { https: \"up87.example.com/\" }\nhealth_check up88 { https: \"up88.example.com/\" }\nhealth_check up89 { https: \"up89.example.com/\" }\nhealth_check up90 { https: \"up90.example.com/\" }\nhealth_check up91 { https: \"up91.example.com/\" }\nhealth_check up92 { https: \"up92.example.com/\" }\nhealth_check up93 { https: \"up93.example.com/\" }\nhealth_check up94 { https: \"up94.example.com/\" }\nhealth_check up95 { https: \"up95.example.com/\" }\nhealth_check up96 { https: \"up96.example.com/\" }\nhealth_check up97 { https: \"up97.example.com/\" }\nhealth_check up98 { https: \"up98.example.com/\" }\nhealth_check up99 { https: \"up99.example.com/\" }\nhealth_check up100 { https: \"up100.example.com/\" }\nhealth_check up101 { https: \"up101.example.com/\" }\nhealth_check up102 { https: \"up102.example.com/\" }\nhealth_check up103 { https: \"up103.example.com/\" }\nhealth_check up104 { https: \"up104.example.com/\" }\nhealth_check up105 { https: \"up105.example.com/\" }\nhealth_check up106 { https: \"up106.example.com/\" }\nhealth_check up107 { https: \"up107.example.com/\" }\nhealth_check up108 { https: \"up108.example.com/\" }\nhealth_check up109 { https: \"up109.example.com/\" }\nhealth_check up110 { https: \"up110.example.com/\" }\nhealth_check up111 { https: \"up111.example.com/\" }\nhealth_check up112 { https: \"up112.example.com/\" }\nhealth_check up113 { https: \"up113.example.com/\" }\nhealth_check up114 { https: \"up114.example.com/\" }\nhealth_check up115 { https: \"up115.example.com/\" }\nhealth_check up116 { https: \"up116.example.com/\" }\nhealth_check up117 { https: \"up117.example.com/\" }\nhealth_check up118 { https: \"up118.example.com/\" }\nhealth_check up119 { https: \"up119.example.com/\" }\nhealth_check up120 { https: \"up120.example.com/\" }\nhealth_check up121 { https: \"up121.example.com/\" }\nhealth_check up122 { https: \"up122.example.com/\" }\nhealth_check up123 { https: \"up123.example.com/\" }\nhealth_check up124 { https: \"up124.example.com/\" }\nhealth_check up125 { https: \"up125.example.com/\" }\nhealth_check up126 { https: \"up126.example.com/\" }\nhealth_check up127 { https: \"up127.example.com/\" }\nhealth_check up128 { https: \"up128.example.com/\" }\nhealth_check up129 { https: \"up129.example.com/\" }\nhealth_check up130 { https: \"up130.example.com/\" }\nhealth_check up131 { https: \"up131.example.com/\" }\nhealth_check up132 { https: \"up132.example.com/\" }\nhealth_check up133 { https: \"up133.example.com/\" }\nhealth_check up134 { https: \"up134.example.com/\" }\nhealth_check up135 { https: \"up135.example.com/\" }\nhealth_check up136 { https: \"up136.example.com/\" }\nhealth_check up137 { https: \"up137.example.com/\" }\nhealth_check up138 { https: \"up138.example.com/\" }\nhealth_check up139 { https: \"up139.example.com/\" }\nhealth_check up140 { https: \"up140.example.com/\" }\nhealth_check up141 { https: \"up141.example.com/\" }\nhealth_check up142 { https: \"up142.example.com/\" }\nhealth_check up143 { https: \"up143.example.com/\" }\nhealth_check up144 { https: \"up144.example.com/\" }\nhealth_check up145 { https: \"up145.example.com/\" }\nhealth_check up146 { https: \"up146.example.com/\" }\nhealth_check up147 { https: \"up147.example.com/\" }\nhealth_check up148 { https: \"up148.example.com/\" }\nhealth_check up149 { https: \"up149.example.com/\" }\nhealth_check up150 { https: \"up150.example.com/\" }\nhealth_check up151 { https: \"up151.example.com/\" }\nhealth_check up152 { https: \"up152.example.com/\" }\nhealth_check up153 { https: \"up153.example.com/\" }\nhealth_check up154 { https: \"up154.example.com/\" }\nhealth_check up155 { https: \"up155.example.com/\" }\nhealth_check up156 { https: \"up156.example.com/\" }\nhealth_check up157 { https: \"up157.example.com/\" }\nhealth_check up158 { https: \"up158.example.com/\" }\nhealth_check up159 { https: \"up159.example.com/\" }\nhealth_check up160 { https: \"up160.example.com/\" }\nhealth_check up161 { https: \"up161.example.com/\" }\nhealth_check up162 { https: \"up162.example.com/\" }\nhealth_check up163 { https: \"up163.example.com/\" }\nhealth_check up164 { https: \"up164.example.com/\" }\nhealth_check up165 { https: \"up165.example.com/\" }\nhealth_check up166 { https: \"up166.example.com/\" }\nhealth_check up167 { https: \"up167.example.com/\" }\nhealth_check up168 { https: \"up168.example.com/\" }\nhealth_check up169 { https: \"up169.example.com/\" }\nhealth_check up170 { https: \"up170.example.com/\" }\nhealth_check up171 { https: \"up171.example.com/\" }\nhealth_check up172 { https: \"up172.example.com/\" }\nhealth_check up173 { https: \"up173.example.com/\" }\nhealth_check up174 { https: \"up174.example.com/\" }\nhealth_check up175 { https: \"up175.example.com/\" }\nhealth_check up176 { https: \"up176.example.com/\" }\nhealth_check up177 { https: \"up177.example.com/\" }\nhealth_check up178 { https: \"up178.example.com/\" }\nhealth_check up179 { https: \"up179.example.com/\" }\nhealth_check up180 { https: \"up180.example.com/\" }\nhealth_check up181 { https: \"up181.example.com/\" }\nhealth_check up182 { https: \"up182.example.com/\" }\nhealth_check up183 { https: \"up183.example.com/\" }\nhealth_check up184 { https: \"up184.example.com/\" }\nhealth_check up185 { https: \"up185.example.com/\" }\nhealth_check up186 { https: \"up186.example.com/\" }\nhealth_check up187 { https: \"up187.example.com/\" }\nhealth_check up188 { https: \"up188.example.com/\" }\nhealth_check up189 { https: \"up189.example.com/\" }\nhealth_check up190 { https: \"up190.example.com/\" }\nhealth_check up191 { https: \"up191.example.com/\" }\nhealth_check up192 { https: \"up192.example.com/\" }\nhealth_check up193 { https: \"up193.example.com/\" }\nhealth_check up194 { https: \"up194.example.com/\" }\nhealth_check up195 { https: \"up195.example.com/\" }\nhealth_check up196 { https: \"up196.example.com/\" }\nhealth_check up197 { https: \"up197.example.com/\" }\nhealth_check up198 { https: \"up198.example.com/\" }\nhealth_check up199 { https: \"up199.example.com/\" }\nhealth_check «up200» { https: \"up200.example.com/\" }",
        right: "health_check up { https: \"up.example.com/\" }\nzone shop: \"example.com\" {}\nrecord api: A in shop { latency: { us => load_balancer(\"api\") { health_check: up }, eu => load_balancer(\"api\") } }",
        check: Check::Spec(check_quota),
    },
];

/// The interval is 10 or 30 seconds.
fn check_intervals(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        if let Some(interval) = &check.interval
            && ![10, 30].contains(&interval.value)
        {
            report.at(interval.id, format!("an interval of {} s does not exist", interval.value));
        }
    }
}

/// The threshold is 1 to 10.
fn check_thresholds(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        if let Some(threshold) = &check.failure_threshold
            && !(1..=10).contains(&threshold.value)
        {
            report.at(threshold.id, format!("a failure threshold of {} is out of range", threshold.value));
        }
    }
}

/// The checkers exist, and are enough.
fn check_checkers(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let Some(checkers) = &check.checkers else { continue };
        let mut known: Vec<&str> = Vec::new();
        for code in checkers {
            if !CHECKERS.contains(&code.as_str()) {
                let hint = did_you_mean(code.as_str(), &CHECKERS);
                let all = quoted(&CHECKERS);
                let help = format!("Route 53 has checkers in {all}");
                report.with_help(code.id, format!("Route 53 has no checkers in {}{hint}", code.value), help);
            } else if known.contains(&code.as_str()) {
                report.at(code.id, format!("checkers in {} are named twice", code.value));
            } else {
                known.push(code.as_str());
            }
        }
        if let Some(first) = checkers.first().filter(|_| checkers.len() < FEWEST_CHECKERS) {
            report.at(
                first.id,
                format!("{} checkers where Route 53 wants at least {FEWEST_CHECKERS}", checkers.len()),
            );
        }
    }
}

/// Enough checkers are elsewhere than what they check.
fn check_independent_checkers(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let Some(checkers) = &check.checkers else { continue };
        let serves =
            |code: &&Node<String>| context.places.iter().any(|(_, region)| region.code() == code.value);
        let elsewhere = checkers.iter().filter(|code| !serves(code)).count();
        if let Some(first) = checkers.first().filter(|_| elsewhere < 2) {
            report.at(
                first.id,
                format!("{elsewhere} of {} checkers are in regions that serve nobody", checkers.len()),
            );
        }
    }
}

/// There is something to search, and to search for.
fn check_search(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let Some(search) = &check.search else { continue };
        let Some((protocol, _)) = check.probe.endpoint() else { continue };
        let reason = if protocol == Protocol::Tcp {
            "a tcp check has no answer to search"
        } else if !(1..=MAX_SEARCH).contains(&search.value.chars().count()) {
            "it must have 1 to 255 characters"
        } else {
            continue;
        };
        report.at(search.id, format!("this can't be searched for: {reason}"));
    }
}

/// A failure is noticed within minutes.
fn check_detection(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let interval = check.interval_or_default();
        let Some(threshold) = &check.failure_threshold else { continue };
        let detection = interval.saturating_mul(threshold.value);
        if detection >= SLOW_DETECTION {
            report.at(threshold.id, format!("a failure is noticed after {detection} s"));
        }
    }
}

/// Where what counts towards a quota exceeds it.
fn check_quota(context: &Context<'_>, report: &mut Report<'_>) {
    let mut count = 0;
    for check in each_health_check(context.spec) {
        let before = count;
        count += check.regions.as_ref().map_or(1, |set| context.set(set, None).len());
        if before <= DEFAULT_QUOTA && count > DEFAULT_QUOTA {
            report.at(check.label.id, format!("this is health check number {count} of the topology"));
        }
    }
}

/// The endpoint is `host[:port][/path]` and public.
fn check_endpoints(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let Some((protocol, written)) = check.probe.endpoint() else { continue };
        let wrong = places(context, check).into_iter().find_map(|place| {
            let endpoint = context.expand(written.as_str(), place)?;
            let reason = parse_endpoint(protocol, &endpoint).err()?;
            Some(format!("`{endpoint}` can't be checked: {reason}"))
        });
        if let Some(message) = wrong {
            report.at(written.id, message);
        }
    }
}

/// A health check does not ask the record that it decides about.
fn check_probes(context: &Context<'_>, report: &mut Report<'_>) {
    // The names whose answers each check decides about.
    let mut decided = Seen::default();
    for record in &context.records {
        let Some(zone) = &record.zone else { continue };
        for used in super::records::written_targets(record.spec)
            .into_iter()
            .filter_map(|target| target.keys.health_check.as_ref())
        {
            decided.first(joined(used.label.as_str(), &zone.name), used.label.id);
        }
    }
    for check in each_health_check(context.spec) {
        let mut hosts = hosts(context, check).into_iter().map(|host| normalise_domain(&host));
        if let Some(name) = hosts.find(|host| decided.contains(&joined(check.label.as_str(), host))) {
            let message = format!("the health check asks {name}, whose answer it decides about");
            report.at(check.probe.endpoint().map_or(check.label.id, |(_, endpoint)| endpoint.id), message);
        }
    }
}

/// What an endpoint is asked by.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct HealthProtocol {
    /// What it speaks.
    pub protocol: Protocol,
    /// The TCP port.
    pub port: u16,
}

/// An endpoint in parts.
#[derive(PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) struct Endpoint {
    pub(crate) protocol: HealthProtocol,
    pub(crate) host: String,
    pub(crate) path: Option<String>,
}

/// The parts of `host[:port][/path]`.
pub(crate) fn parse_endpoint(protocol: Protocol, endpoint: &str) -> Result<Endpoint, &'static str> {
    let (authority, path) = match endpoint.find('/') {
        Some(slash) => (&endpoint[..slash], Some(endpoint[slash..].to_owned())),
        None => (endpoint, None),
    };
    if endpoint.contains("://") {
        return Err("leave the scheme out: the key says it");
    }
    let (host, port) = match authority.rsplit_once(':') {
        // A bare IPv6 address has no port; with a port it is in brackets.
        _ if authority.parse::<Ipv6Addr>().is_ok() => (authority, None),
        None if authority.starts_with('[') => (authority, None),
        Some((host, _)) if host.starts_with('[') && !host.ends_with(']') => (authority, None),
        Some((host, port)) => {
            let port =
                number(port, 65_535).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
            (host, Some(port.ok_or("the port must be 1 to 65535")?))
        }
        None => (authority, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = match (protocol, port) {
        (_, Some(port)) => port,
        (Protocol::Http, None) => 80,
        (Protocol::Https, None) => 443,
        (Protocol::Tcp, None) => return Err("a tcp check needs a port, as in \"host:5432\""),
    };
    if protocol == Protocol::Tcp && path.is_some() {
        return Err("a tcp check has no path");
    }
    if path.as_ref().is_some_and(|path| path.len() > 255) {
        return Err("the path is longer than 255 characters");
    }
    if path.as_ref().is_some_and(|path| !every(path, u8::is_ascii_graphic)) {
        return Err("write characters of the path outside printable ASCII in percent encoding");
    }
    match host.parse::<IpAddr>() {
        Ok(address) if !is_public(address) => return Err("Route 53 refuses addresses that are not public"),
        Ok(_) => {}
        Err(_) => check_host(host)?,
    }
    Ok(Endpoint { protocol: HealthProtocol { protocol, port }, host: host.to_owned(), path })
}

/// Whether checkers can reach it: the ranges of RFC 5735 and RFC 6598 are refused by AWS (HC-003).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, third, _] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            let benchmarking = first == 198 && (second == 18 || second == 19);
            let protocol_assignments = first == 192 && second == 0 && third == 0;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || v4.is_multicast()
                || first == 0
                || first >= 240
                || shared
                || benchmarking
                || protocol_assignments)
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            let local = v6.is_loopback()
                || v6.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80;
            !(local || v6.is_multicast() || (first == 0x2001 && second == 0xdb8))
        }
    }
}

/// The regions that a check exists in, or none for one that exists once.
fn places<'a>(context: &Context<'a>, check: &HealthCheckSpec) -> Vec<Option<Place<'a>>> {
    match &check.regions {
        Some(set) => context.set(set, None).into_iter().map(Some).collect(),
        None => vec![None],
    }
}

/// The names that a check asks, in each of its regions.
pub(super) fn hosts(context: &Context<'_>, check: &HealthCheckSpec) -> Vec<String> {
    let Some((protocol, endpoint)) = check.probe.endpoint() else { return Vec::new() };
    let mut hosts = Vec::new();
    for place in places(context, check) {
        if let Some(text) = context.expand(endpoint.as_str(), place)
            && let Ok(endpoint) = parse_endpoint(protocol, &text)
        {
            hosts.push(endpoint.host);
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_in_parts() {
        let endpoint = parse_endpoint(Protocol::Https, "api.example.com/healthz").unwrap();
        assert_eq!((endpoint.protocol.port, endpoint.host.as_str()), (443, "api.example.com"));
        assert_eq!(endpoint.path.as_deref(), Some("/healthz"));
        let v6 = parse_endpoint(Protocol::Http, "[2600:1f18::5]:8080/up").unwrap();
        assert_eq!((v6.host.as_str(), v6.protocol.port), ("2600:1f18::5", 8080));
        assert_eq!(parse_endpoint(Protocol::Http, "2600:1f18::5").unwrap().protocol.port, 80);
        assert_eq!(parse_endpoint(Protocol::Tcp, "8.8.8.8:53").unwrap().protocol.port, 53);
    }

    #[test]
    fn what_checkers_cannot_reach_is_refused() {
        for endpoint in [
            "10.0.0.1",
            "192.0.2.1",
            "127.0.0.1",
            "100.64.0.1",
            "a b/c",
            "host:0",
            "host:70000",
            "host:+80",
            "",
        ] {
            assert!(parse_endpoint(Protocol::Http, endpoint).is_err(), "{endpoint}");
        }
        assert!(parse_endpoint(Protocol::Tcp, "host").is_err());
        assert!(parse_endpoint(Protocol::Tcp, "host:1/path").is_err());
    }
}
