//! The examples of every rule: the wrong one breaks it, at the place that it marks, and no other rule that is an error; the right
//! one breaks none.

use std::fmt::Write as _;

use polyregion_model::{Rule, Severity};

use super::assert_resolved;
use crate::expand::check;

/// An example with what it leaves out.
pub(super) fn framed(example: &str) -> String {
    let lacks = |keyword: &str| !example.lines().any(|line| line.trim_start().starts_with(keyword));
    let mut text = String::new();
    // A declaration begins with its name, so that is the example's first line or ours.
    if lacks("pub mod") {
        text.push_str("pub mod example;\n");
    }
    let (name, rest) =
        if lacks("pub mod") { ("", example) } else { example.split_once('\n').unwrap_or((example, "")) };
    let _ = writeln!(text, "{name}");
    if lacks("account") {
        text.push_str("account: \"123456789012\",\n");
    }
    if lacks("regions") {
        text.push_str("regions { us: us_east_1, eu: eu_west_1 }\n");
    }
    text.push_str(rest);
    text
}

/// What a declaration breaks: the code, how bad that is, the line and column where it is reported, and the message.
pub(super) fn broken(text: &str) -> Vec<(&'static Rule, (usize, usize), String)> {
    let compiled = check(text.parse().unwrap());
    let findings = &compiled.findings;
    let found = findings.iter().map(|diagnostic| {
        let start = findings.span(diagnostic.node).start();
        (diagnostic.rule, (start.line, start.column), diagnostic.to_string())
    });
    let found = found.collect();
    assert_resolved(compiled, text);
    found
}

#[test]
fn wrong_examples_break_their_rule_and_right_ones_none() {
    let mut failures = String::new();
    for rule in Rule::all() {
        let marked = framed(rule.wrong);
        let before = &marked[..marked.find('«').unwrap()];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        let found = broken(&marked.replace(['«', '»'], ""));
        let is_reported = found.iter().any(|(broken, at, _)| *broken == rule && *at == (line, column));
        let is_alone =
            found.iter().all(|(broken, ..)| *broken == rule || broken.severity == Severity::Warning);
        if !is_reported || !is_alone {
            let _ = writeln!(failures, "{rule:?}: wrong, expected at {line}:{column}, found {found:#?}");
        }
        let found = broken(&framed(rule.right));
        if !found.is_empty() {
            let _ = writeln!(failures, "{rule:?}: right, found {found:#?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
