//! What depends on values that are not known is no error and no warning: every value of every example, and every pair of them, becomes a
//! Rust expression. Not here: what is said of expressions that are wrong (the fixtures).

use std::collections::BTreeSet;
use std::path::Path;

use polyregion_model::{Rule, Severity};
use proc_macro2::{Group, TokenStream, TokenTree};

use super::rules::framed;
use crate::expand::check;

/// Topologies with more values than this are tried with one expression at a time only.
const MANY: usize = 40;

/// The stream with expressions in the place of the literals and flags with these numbers.
fn replaced(tokens: TokenStream, next: &mut usize, chosen: &[usize]) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    for tree in tokens {
        let before = |text: &str| out.last().is_some_and(|last| last.to_string() == text);
        let is_value = match &tree {
            TokenTree::Literal(_) => true,
            TokenTree::Ident(word) => word == "true" || word == "false",
            TokenTree::Group(_) | TokenTree::Punct(_) => false,
        };
        if is_value && !before("-") {
            let number = *next;
            *next += 1;
            // The expression is another for every value, as that is all that is known of it.
            let expression = format!("const {{ VALUE_{number} }}");
            match chosen.contains(&number) {
                true => out.extend(expression.parse::<TokenStream>().unwrap()),
                false => out.push(tree),
            }
            continue;
        }
        if let TokenTree::Group(group) = &tree
            && !before("#")
            && !before("const")
        {
            let inside = replaced(group.stream(), next, chosen);
            let mut new = Group::new(group.delimiter(), inside);
            new.set_span(group.span());
            out.push(TokenTree::Group(new));
        } else {
            out.push(tree);
        }
    }
    out.into_iter().collect()
}

fn topologies() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Rule::all()
        .into_iter()
        .map(|rule| (format!("the right example of {}", rule.code), framed(rule.right)))
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for folder in ["valid", "warning", "objectives"] {
        for file in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "topology") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Everything that is said, but that no expression can stand where one was put.
fn said(tokens: TokenStream) -> Option<BTreeSet<(Severity, String)>> {
    let findings = check(tokens).findings;
    let is_misplaced = |code: String| ["P0001", "P0006", "P0007"].contains(&code.as_str());
    let mut said = BTreeSet::new();
    for found in findings.iter() {
        if is_misplaced(found.code().to_string()) {
            return None;
        }
        said.insert((found.severity(), found.to_string()));
    }
    Some(said)
}

#[test]
fn no_expression_is_taken_for_a_wrong_value() {
    let mut failures = BTreeSet::new();
    let mut tried = 0;
    for (name, text) in topologies() {
        let tokens: TokenStream = text.parse().unwrap();
        let known = said(tokens.clone()).unwrap();
        let mut count = 0;
        replaced(tokens.clone(), &mut count, &[]);
        let mut choices: Vec<Vec<usize>> = (0..count).map(|one| vec![one]).collect();
        if count <= MANY {
            choices.extend((0..count).flat_map(|one| (one + 1..count).map(move |other| vec![one, other])));
        }
        for chosen in choices {
            let Some(said) = said(replaced(tokens.clone(), &mut 0, &chosen)) else { continue };
            tried += 1;
            for (severity, message) in said.difference(&known) {
                failures.insert(format!("{severity}: {message}\n    in {name}, {chosen:?}"));
            }
        }
    }
    assert!(tried > 2_500, "{tried}");
    let failures: Vec<String> = failures.into_iter().collect();
    assert!(failures.is_empty(), "{} of {tried}\n{}", failures.len(), failures.join("\n"));
}
