//! Rules about health checks. Not here: which records use them.

use std::net::{IpAddr, Ipv6Addr};

use super::{Context, each_health_check};
use crate::diagnostic::Severity;
use crate::name::{check_host, normalise_domain};
use crate::resource::HealthProtocol;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{HealthCheckSpec, Protocol, RecordTarget};

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
        right: "health_check up { https: \"up.example.com/\", interval: 10s }",
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
        right: "health_check up { https: \"up.example.com/\", failure_threshold: 2 }",
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
        right: "health_check up { tcp: \"up.example.com:5432\" }",
        check: Check::Spec(check_endpoints),
    },
    Rule {
        code: Code(404),
        severity: Severity::Warning,
        title: "health check asks its own record",
        rule: "The answer decides the verdict and the verdict the answer; AWS calls the result unpredictable.",
        source: "Route 53 API, FullyQualifiedDomainName",
        covers: &["R53-154"],
        fix: "check a name of the region's own, as in \"api-{region}.example.com\"",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: «\"api.example.com/\"» }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: up } }",
        right: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord api: A in shop { latency: each region => load_balancer(\"api\") { health_check: up } }",
        check: Check::Spec(check_probes),
    },
];

/// The interval is 10 or 30 seconds.
fn check_intervals(context: &Context<'_>, report: &mut Report<'_>) {
    let intervals = each_health_check(context.spec).filter_map(|check| check.interval.as_ref());
    for interval in intervals.filter(|interval| ![10, 30].contains(&interval.value)) {
        report.at(interval.id, format!("an interval of {} s does not exist", interval.value));
    }
}

/// The threshold is 1 to 10.
fn check_thresholds(context: &Context<'_>, report: &mut Report<'_>) {
    let thresholds = each_health_check(context.spec).filter_map(|check| check.failure_threshold.as_ref());
    for threshold in thresholds.filter(|threshold| !(1..=10).contains(&threshold.value)) {
        report.at(threshold.id, format!("a failure threshold of {} is out of range", threshold.value));
    }
}

/// The endpoint is `host[:port][/path]` and public.
fn check_endpoints(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let regions = check.regions.as_ref().map(|set| context.set(set, None));
        let first_region = regions.as_ref().and_then(|places| places.first().copied());
        if regions.is_some() && first_region.is_none() {
            continue;
        }
        let Some(endpoint) = context.expand(check.probe.endpoint.as_str(), first_region) else { continue };
        if let Err(reason) = parse_endpoint(check.probe.protocol, &endpoint) {
            report.at(check.probe.endpoint.id, format!("`{endpoint}` can't be checked: {reason}"));
        }
    }
}

/// A health check does not ask the record that it decides about.
fn check_probes(context: &Context<'_>, report: &mut Report<'_>) {
    for check in each_health_check(context.spec) {
        let hosts = hosts(context, check);
        let uses = |target: &&RecordTarget| {
            target.keys.health_check.as_ref().is_some_and(|used| used.label.value == check.label.value)
        };
        let decides = context.records.iter().find_map(|record| {
            let name = &record.zone.as_ref()?.name;
            let own = hosts.iter().any(|host| normalise_domain(host) == *name)
                && super::records::written_targets(record.spec).iter().any(uses);
            own.then_some(name)
        });
        if let Some(name) = decides {
            let message = format!("the health check asks {name}, whose answer it decides about");
            report.at(check.probe.endpoint.id, message);
        }
    }
}

/// An endpoint in parts.
#[derive(Debug, PartialEq, Eq)]
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
            let port = port.parse::<u16>().ok().filter(|port| *port > 0);
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
    if path.as_ref().is_some_and(|path| !path.bytes().all(|byte| byte.is_ascii_graphic())) {
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

/// The names that a check asks, in each of its regions.
fn hosts(context: &Context<'_>, check: &HealthCheckSpec) -> Vec<String> {
    let places = match &check.regions {
        Some(set) => context.set(set, None).into_iter().map(Some).collect(),
        None => vec![None],
    };
    let endpoint = |place| {
        let text = context.expand(check.probe.endpoint.as_str(), place)?;
        parse_endpoint(check.probe.protocol, &text).ok().map(|endpoint| endpoint.host)
    };
    places.into_iter().filter_map(endpoint).collect()
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
        for endpoint in
            ["10.0.0.1", "192.0.2.1", "127.0.0.1", "100.64.0.1", "a b/c", "host:0", "host:70000", ""]
        {
            assert!(parse_endpoint(Protocol::Http, endpoint).is_err(), "{endpoint}");
        }
        assert!(parse_endpoint(Protocol::Tcp, "host").is_err());
        assert!(parse_endpoint(Protocol::Tcp, "host:1/path").is_err());
    }
}
