//! Zones, health checks and records with their targets. Not here: rules about names, types and policies.

use polyregion_model::{
    HealthCheckSpec, Node, Problem, Protocol, RecordSpec, RecordTarget, RecordType, RoutingSpec, TargetEntry,
    TargetKind, ZoneSpec, did_you_mean,
};
use proc_macro2::{Delimiter, Group, TokenTree};

use super::{Fields, finish, regions, values};
use crate::ast::{Field, ItemAst, Value};
use crate::findings::Findings;
use crate::parse::{self, Cursor, expected};

const ZONE_KEYS: [&str; 2] = ["existing", "comment"];
const HEALTH_CHECK_KEYS: [&str; 5] = ["http", "https", "tcp", "interval", "failure_threshold"];
const RECORD_KEYS: [&str; 4] = ["name", "ttl", "simple", "latency"];
const TARGET_KEYS: [&str; 2] = ["health_check", "evaluate_target_health"];
const TARGET_FORMS: &str =
    "values(\"192.0.2.1\"), alias(\"name.elb.amazonaws.com\") or load_balancer(\"name\")";

fn header(item: &ItemAst) -> Cursor {
    Cursor::new(item.header.tokens.clone(), item.header.end)
}

/// `zone site: "example.com" { .. }`.
pub(super) fn zone(item: &ItemAst, findings: &mut Findings) -> Option<ZoneSpec> {
    let mut cursor = header(item);
    let colon = cursor.punct(':');
    let name = match cursor.peek() {
        Some(TokenTree::Literal(literal)) if colon => {
            values::string_of(literal).map(|text| (literal.span(), text))
        }
        _ => None,
    };
    if name.is_none() {
        findings.push(cursor.here(), expected("`: \"example.com\"`, the zone's domain name"));
    } else {
        cursor.next();
        finish(&item.header, cursor, findings);
    }
    let fields = Fields::new(item, &ZONE_KEYS, findings);
    let existing = fields.get("existing").and_then(|field| values::flag(field, findings));
    let (span, name) = name?;
    Some(ZoneSpec {
        label: findings.at(item.label.span(), item.label.to_string()),
        docs: item.docs.clone(),
        name: findings.at(span, name),
        existing: existing.is_some_and(|node| node.value),
        comment: fields.get("comment").and_then(|field| values::string(field, findings)),
    })
}

/// `health_check api in each region { .. }`.
pub(super) fn health_check(item: &ItemAst, findings: &mut Findings) -> Option<HealthCheckSpec> {
    let mut cursor = header(item);
    let mut regions = None;
    if cursor.keyword("in").is_some() {
        regions = regions::set(&mut cursor, findings);
        if regions.is_none() {
            findings.push(cursor.here(), expected("`each region` or `[us, ap]`"));
        }
    }
    finish(&item.header, cursor, findings);
    let fields = Fields::new(item, &HEALTH_CHECK_KEYS, findings);
    let protocols = [("http", Protocol::Http), ("https", Protocol::Https), ("tcp", Protocol::Tcp)];
    let mut given = protocols.into_iter().filter_map(|(key, protocol)| Some((fields.get(key)?, protocol)));
    let Some((first, protocol)) = given.next() else {
        fields.require("https", "https: \"host/path\"", findings)?;
        return None;
    };
    if let Some((again, _)) = given.next() {
        let problem = Problem::DuplicateKey { key: again.key.to_string() };
        findings.push_related(again.key.span(), problem, (first.key.span(), "the other protocol"));
    }
    Some(HealthCheckSpec {
        label: findings.at(item.label.span(), item.label.to_string()),
        docs: item.docs.clone(),
        regions,
        protocol,
        endpoint: values::string(first, findings)?,
        interval: fields.get("interval").and_then(|field| values::seconds(field, findings)),
        failure_threshold: fields.get("failure_threshold").and_then(|field| values::number(field, findings)),
    })
}

/// `record api: A in site { .. }`.
pub(super) fn record(item: &ItemAst, findings: &mut Findings) -> Option<RecordSpec> {
    let header = record_header(item, findings);
    let fields = Fields::new(item, &RECORD_KEYS, findings);
    let routing = match (fields.get("simple"), fields.get("latency")) {
        (Some(simple), Some(latency)) => {
            let problem = Problem::DuplicateKey { key: "latency".to_owned() };
            findings.push_related(
                latency.key.span(),
                problem,
                (simple.key.span(), "the other routing policy"),
            );
            None
        }
        (Some(simple), None) => simple_routing(simple, findings),
        (None, Some(latency)) => latency_routing(latency, findings),
        (None, None) => {
            fields.require("latency", "latency: each region => load_balancer(\"api-{region}\")", findings)?;
            None
        }
    };
    let ttl = fields.get("ttl").and_then(|field| values::seconds(field, findings));
    let name = fields.get("name").and_then(|field| record_name(field, findings));
    let (record_type, zone) = header?;
    let label = findings.at(item.label.span(), item.label.to_string());
    Some(RecordSpec { label, docs: item.docs.clone(), record_type, zone, name, ttl, routing: routing? })
}

/// `: A in site`.
fn record_header(item: &ItemAst, findings: &mut Findings) -> Option<(Node<RecordType>, Node<String>)> {
    let mut cursor = header(item);
    let record_type = if cursor.punct(':') { cursor.ident() } else { None };
    let zone = if cursor.keyword("in").is_some() { cursor.ident() } else { None };
    let (Some(record_type), Some(zone)) = (record_type, zone) else {
        findings.push(cursor.here(), expected("`: TYPE in zone`, as in `: A in site`"));
        return None;
    };
    finish(&item.header, cursor, findings);
    let zone = findings.at(zone.span(), zone.to_string());
    let known = RecordType::ALL.into_iter().find(|known| record_type == known.name());
    if known.is_none() {
        let names = RecordType::ALL.map(RecordType::name);
        let written = record_type.to_string();
        let hint =
            did_you_mean(&written.to_uppercase(), names).map(|name| format!(", did you mean `{name}`?"));
        let problem = Problem::WrongValue {
            key: "record".to_owned(),
            expected: format!("one of the types {}{}", names.join(", "), hint.unwrap_or_default()),
        };
        findings.push(record_type.span(), problem);
    }
    Some((findings.at(record_type.span(), known?), zone))
}

/// A relative name, or `apex`.
fn record_name(field: &Field, findings: &mut Findings) -> Option<Node<String>> {
    let mut cursor = values::cursor(field);
    if let Some(apex) = cursor.keyword("apex") {
        finish(&field.value, cursor, findings);
        return Some(findings.at(apex.span(), String::new()));
    }
    match cursor.peek() {
        Some(TokenTree::Literal(_)) => values::string(field, findings),
        _ => values::wrong(field, "a name relative to the zone in double quotes, or `apex`", findings),
    }
}

fn simple_routing(field: &Field, findings: &mut Findings) -> Option<RoutingSpec> {
    let mut cursor = values::cursor(field);
    let target = target(&mut cursor, field, findings)?;
    finish(&field.value, cursor, findings);
    Some(RoutingSpec::Simple(target))
}

/// `each region => target`, or several such entries in braces.
fn latency_routing(field: &Field, findings: &mut Findings) -> Option<RoutingSpec> {
    let node = findings.node(field.key.span());
    let mut cursor = values::cursor(field);
    let mut entries = Vec::new();
    match cursor.braces() {
        Some(group) => {
            finish(&field.value, cursor, findings);
            let mut inside = Cursor::of_group(&group);
            while !inside.is_empty() {
                let value = inside.until_comma();
                let mut cursor = Cursor::new(value.tokens.clone(), value.end);
                entries.extend(latency_entry(&mut cursor, &value, field, findings));
            }
        }
        None => entries.extend(latency_entry(&mut cursor, &field.value, field, findings)),
    }
    Some(RoutingSpec::Latency(node, entries))
}

fn latency_entry(
    cursor: &mut Cursor,
    value: &Value,
    field: &Field,
    findings: &mut Findings,
) -> Option<TargetEntry> {
    let set = regions::set(cursor, findings);
    let Some(regions) = set.filter(|_| cursor.arrow()) else {
        findings.push(
            cursor.here(),
            expected("`region => target`, as in `each region => load_balancer(\"api\")`"),
        );
        return None;
    };
    let target = target(cursor, field, findings)?;
    let rest = std::mem::replace(cursor, Cursor::new(Vec::new(), value.end));
    finish(value, rest, findings);
    Some(TargetEntry { regions, target })
}

/// `values("..")`, `alias("..")` or `load_balancer("..") in us`, with its own keys in braces.
fn target(cursor: &mut Cursor, field: &Field, findings: &mut Findings) -> Option<RecordTarget> {
    let start = cursor.here();
    let form = cursor.ident();
    let arguments = cursor.group(Delimiter::Parenthesis);
    let (Some(form), Some(arguments)) = (form, arguments) else {
        findings.push(
            start,
            Problem::WrongValue { key: field.key.to_string(), expected: TARGET_FORMS.to_owned() },
        );
        return None;
    };
    let strings = strings(&arguments, findings);
    let one = |what: &str, findings: &mut Findings| match strings.as_slice() {
        [one] => Some(one.clone()),
        _ => {
            findings.push(arguments.span_open(), expected(what));
            None
        }
    };
    let kind = match form.to_string().as_str() {
        "values" => TargetKind::Values(strings),
        "alias" => TargetKind::Alias(one("one DNS name in double quotes", findings)?),
        "load_balancer" => {
            let name = one("the load balancer's name in double quotes", findings)?;
            let region = if cursor.keyword("in").is_some() { cursor.ident() } else { None };
            let region = region.map(|label| findings.at(label.span(), label.to_string()));
            TargetKind::LoadBalancer { name, region }
        }
        _ => {
            let expected = TARGET_FORMS.to_owned();
            findings.push(form.span(), Problem::WrongValue { key: field.key.to_string(), expected });
            return None;
        }
    };
    let own_fields = cursor.braces().map(|group| parse::fields(&group, findings)).unwrap_or_default();
    let fields = Fields::of("a target".to_owned(), form.span(), &own_fields, &TARGET_KEYS, findings);
    Some(RecordTarget {
        id: findings.node(form.span()),
        kind,
        health_check: fields
            .get("health_check")
            .and_then(|field| values::word(field, "a health check's label", findings)),
        evaluate_target_health: fields
            .get("evaluate_target_health")
            .and_then(|field| values::flag(field, findings)),
    })
}

/// The string literals between parentheses.
fn strings(group: &Group, findings: &mut Findings) -> Vec<Node<String>> {
    let mut cursor = Cursor::of_group(group);
    let mut found = Vec::new();
    while !cursor.is_empty() {
        let value = cursor.until_comma();
        let text = match value.tokens.as_slice() {
            [TokenTree::Literal(literal)] => values::string_of(literal).map(|text| (literal.span(), text)),
            _ => None,
        };
        match text {
            Some((span, text)) => found.push(findings.at(span, text)),
            None => {
                let span = value.tokens.first().map_or(value.end, TokenTree::span);
                findings.push(span, expected("a string in double quotes"));
            }
        }
    }
    found
}
