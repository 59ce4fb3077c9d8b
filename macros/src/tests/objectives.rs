//! Objectives broken one by one: what is said, and that mending it compiles; and what `survive` relies on, taken away thing by thing.

use std::fmt::Write as _;

use polyregion_model::Severity;

use super::rules::broken;

const SHOP: &str = include_str!("../../fixtures/objectives/shop.topology");
const BROKEN: &str = include_str!("../../fixtures/objectives/broken.cases");
const SURVIVE: &str = include_str!("../../fixtures/objectives/survive.cases");

/// The cases of a file, in fields.
fn cases(text: &str) -> Vec<Vec<String>> {
    let cases = text.split("\n\n").filter(|case| !case.starts_with('#') && !case.trim().is_empty());
    cases
        .map(|case| {
            case.trim_end()
                .split("\n--")
                .map(|field| field.strip_prefix(' ').unwrap_or(field).to_owned())
                .collect()
        })
        .collect()
}

/// A text with a part of it replaced, which must be there once at least.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}\nis not in\n{text}");
    text.replace(from, to)
}

/// The errors of a topology.
fn errors(text: &str) -> Vec<String> {
    let found = broken(text).into_iter().filter(|(rule, ..)| rule.severity == Severity::Error);
    found.map(|(.., message)| message).collect()
}

#[test]
fn what_is_broken_is_said_and_mending_it_compiles() {
    assert_eq!(errors(SHOP), Vec::<String>::new());
    let mut failures = String::new();
    for case in cases(BROKEN) {
        let [from, to, said, wrong, right] = case.as_slice() else { panic!("{case:?}") };
        let text = edited(SHOP, from, to);
        let found = errors(&text);
        if !found.iter().any(|message| message.starts_with(said.as_str())) {
            let _ = writeln!(failures, "{to}\n  expected {said}\n  found {found:#?}");
        }
        let found = errors(&edited(&text, wrong, right));
        if !found.is_empty() {
            let _ = writeln!(failures, "{to}\n  mended by {right}\n  found {found:#?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn nothing_that_survival_relies_on_can_be_taken_away() {
    let cases = cases(SURVIVE);
    let mut failures = String::new();
    let mut caught = 0;
    for case in &cases {
        let [from, to, said] = case.as_slice() else { panic!("{case:?}") };
        let found = errors(&edited(SHOP, from, to));
        if found.iter().any(|message| message.starts_with(said.as_str())) {
            caught += 1;
        } else {
            let _ = writeln!(failures, "{to}\n  expected {said}\n  found {found:#?}");
        }
    }
    // `cargo xtask measure language` reads this line.
    println!("survive cases: {}, caught: {caught}", cases.len());
    assert!(failures.is_empty(), "{failures}");
}

/// Every objective has a case, and survival twelve at least.
#[test]
fn there_are_enough_cases() {
    let broken = cases(BROKEN);
    for code in ["P0901", "P0902", "P0904", "P0905"] {
        assert!(broken.iter().any(|case| case[2].starts_with(code)), "{code}");
    }
    assert!(cases(SURVIVE).len() >= 12);
}
