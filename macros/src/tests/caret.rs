//! Caret fixtures: topologies as text with the expected diagnostics under the tokens they are about.
//!
//! A fixture is blessed by running the tests with `POLYREGION_BLESS=1` (`cargo xtask bless` does).

use std::fmt::Write as _;
use std::path::Path;

use proc_macro2::TokenStream;

use super::assert_resolved;
use crate::expand::check;

/// Every file of `fixtures/` says what its own annotations say.
#[test]
fn fixtures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut failures = String::new();
    let mut count = 0;
    for folder in ["invalid", "warning", "valid"] {
        let mut files: Vec<_> =
            std::fs::read_dir(root.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            count += 1;
            let expected = std::fs::read_to_string(&file).unwrap();
            let actual = annotate(&strip(&expected));
            if actual == expected {
                continue;
            }
            if std::env::var_os("POLYREGION_BLESS").is_some() {
                std::fs::write(&file, actual).unwrap();
            } else {
                let _ = writeln!(failures, "{}:\n{actual}\n", file.display());
            }
        }
    }
    assert!(failures.is_empty(), "these fixtures differ; bless with POLYREGION_BLESS=1\n\n{failures}");
    assert!(count >= 30, "only {count} fixtures were found");
}

/// The text without annotations.
fn strip(text: &str) -> String {
    text.lines().filter(|line| !is_annotation(line)).map(|line| format!("{line}\n")).collect()
}

fn is_annotation(line: &str) -> bool {
    line.strip_prefix("//").is_some_and(|rest| rest.trim_start().starts_with(['^', '=']))
}

/// The text with a line of carets under each place that has a diagnostic, and its help.
fn annotate(text: &str) -> String {
    let tokens: TokenStream = text.parse().unwrap();
    let compiled = check(tokens);
    let findings = &compiled.findings;
    let mut notes: Vec<(usize, usize, String)> = Vec::new();
    for diagnostic in findings.iter() {
        let span = findings.span(diagnostic.node);
        let (start, end) = (span.start(), span.end());
        let width = if start.line == end.line { (end.column - start.column).max(1) } else { 1 };
        let severity = diagnostic.severity();
        let indent = start.column.saturating_sub(2);
        let mut note = format!("//{}{} {severity}: {diagnostic}", " ".repeat(indent), "^".repeat(width));
        if let Some((node, what)) = diagnostic.related {
            let _ = write!(note, " ({what}: line {})", findings.span(node).start().line);
        }
        let _ = write!(note, "\n//{}= help: {}", " ".repeat(indent), diagnostic.help);
        notes.push((start.line, start.column, note));
    }
    notes.sort();
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        let _ = writeln!(out, "{line}");
        for (_, _, note) in notes.iter().filter(|(at, ..)| (*at).max(1) == number + 1) {
            let _ = writeln!(out, "{note}");
        }
    }
    assert_resolved(compiled, text);
    out
}
