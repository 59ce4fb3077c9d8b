//! Rules about hosted zones. Not here: rules about what is in them.

use std::collections::BTreeMap;

use super::{Context, each_zone};
use crate::diagnostic::Severity;
use crate::name::{check_domain, normalise_domain};
use crate::node::NodeId;
use crate::rule::{Check, Code, Report, Rule};

/// Most characters of a comment (Route 53 API, `ResourceDescription`).
const MAX_COMMENT: usize = 256;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(201),
        severity: Severity::Error,
        title: "bad zone name",
        rule: "A hosted zone's name has at least two labels of 1 to 63 printable ASCII characters each, 253 characters in all, and no leading wildcard.",
        source: "Route 53 Developer Guide, DomainNameFormat; AWS answers InvalidDomainName",
        covers: &["HZ-001", "HZ-002", "HZ-003", "HZ-004", "HZ-005", "HZ-006"],
        fix: "write a domain name such as \"example.com\"",
        wrong: "zone shop: «\"*.example.com\"» {}",
        right: "zone shop: \"example.com\" {}",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(202),
        severity: Severity::Warning,
        title: "duplicate zone",
        rule: "AWS accepts two zones of one name, and only the delegated one answers.",
        source: "Route 53, DelegationSetNotAvailable",
        covers: &["HZ-007", "HZ-028"],
        fix: "remove one of the two",
        wrong: "zone shop: \"example.com\" {}\nzone again: «\"EXAMPLE.com.\"» {}",
        right: "zone shop: \"example.com\" {}\nzone again: \"example.org\" {}",
        check: Check::Spec(check_duplicates),
    },
    Rule {
        code: Code(203),
        severity: Severity::Error,
        title: "bad zone comment",
        rule: "A comment has at most 256 characters, none of them a control character.",
        source: "Route 53 API, ResourceDescription; XML 1.0",
        covers: &["HZ-009"],
        fix: "write a shorter or simpler comment",
        wrong: "zone shop: \"example.com\" { comment: «\"two\\tcolumns\"» }",
        right: "zone shop: \"example.com\" { comment: \"one column\" }",
        check: Check::Spec(check_comments),
    },
];

/// Why a name can't be a zone's.
fn refuse(name: &str) -> Option<&'static str> {
    match check_domain(name) {
        Err(reason) => Some(reason),
        Ok(()) if !normalise_domain(name).contains('.') => Some("AWS has no zones for top-level domains"),
        Ok(()) if name.starts_with('*') => Some("a wildcard belongs into a record's name"),
        Ok(()) => None,
    }
}

/// A zone's name is a domain of at least two labels without a leading wildcard.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for zone in each_zone(context.spec) {
        if let Some(reason) = refuse(zone.name.as_str()) {
            report.at(zone.name.id, format!("`{}` is not a hosted zone's name: {reason}", zone.name.value));
        }
    }
}

/// A second zone of the same name is legal on AWS and seldom meant.
fn check_duplicates(context: &Context<'_>, report: &mut Report<'_>) {
    let mut first: BTreeMap<String, NodeId> = BTreeMap::new();
    for zone in each_zone(context.spec).filter(|zone| refuse(zone.name.as_str()).is_none()) {
        let name = normalise_domain(zone.name.as_str());
        if let Some(earlier) = first.get(&name) {
            report.related(zone.name.id, format!("two zones are named {name}"), (*earlier, "the other zone"));
        } else {
            first.insert(name, zone.name.id);
        }
    }
}

/// A comment is not too long and can be sent as XML.
fn check_comments(context: &Context<'_>, report: &mut Report<'_>) {
    for comment in each_zone(context.spec).filter_map(|zone| zone.comment.as_ref()) {
        let reason = if comment.value.chars().count() > MAX_COMMENT {
            "it is longer than 256 characters"
        } else if comment.value.chars().any(char::is_control) {
            "it has a control character"
        } else {
            continue;
        };
        report.at(comment.id, format!("this can't be a zone's comment: {reason}"));
    }
}
