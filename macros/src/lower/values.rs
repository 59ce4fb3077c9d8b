//! Readers of single values: strings, numbers, durations, words, flags. Not here: values with a grammar of their own.

use polyregion_model::{Node, Problem};
use proc_macro2::{Literal, TokenTree};

use super::finish;
use crate::ast::Field;
use crate::findings::Findings;
use crate::parse::Cursor;

/// A cursor over a field's value.
pub(super) fn cursor(field: &Field) -> Cursor {
    Cursor::new(field.value.tokens.clone(), field.value.end)
}

/// Reports that a field's value has another form.
pub(super) fn wrong<T>(field: &Field, expected: &str, findings: &mut Findings) -> Option<T> {
    let span = cursor(field).here();
    findings.push(span, Problem::WrongValue { key: field.key.to_string(), expected: expected.to_owned() });
    None
}

/// A string literal.
pub(super) fn string(field: &Field, findings: &mut Findings) -> Option<Node<String>> {
    let mut cursor = cursor(field);
    match cursor.next() {
        Some(TokenTree::Literal(literal)) if string_of(&literal).is_some() => {
            let text = findings.at(literal.span(), string_of(&literal).unwrap_or_default());
            finish(&field.value, cursor, findings);
            Some(text)
        }
        _ => wrong(field, "a string in double quotes; Rust expressions are not supported here yet", findings),
    }
}

/// The text of a string literal.
pub(super) fn string_of(literal: &Literal) -> Option<String> {
    if let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) { Some(text.value()) } else { None }
}

/// A bare word.
pub(super) fn word(field: &Field, expected: &str, findings: &mut Findings) -> Option<Node<String>> {
    let mut cursor = cursor(field);
    match cursor.ident() {
        Some(ident) => {
            let word = findings.at(ident.span(), ident.to_string());
            finish(&field.value, cursor, findings);
            Some(word)
        }
        None => wrong(field, expected, findings),
    }
}

/// `true` or `false`.
pub(super) fn flag(field: &Field, findings: &mut Findings) -> Option<Node<bool>> {
    const EXPECTED: &str = "true or false";
    let word = word(field, EXPECTED, findings)?;
    match word.as_str() {
        "true" => Some(Node::new(word.id, true)),
        "false" => Some(Node::new(word.id, false)),
        _ => wrong(field, EXPECTED, findings),
    }
}

/// A whole number without a unit.
pub(super) fn number(field: &Field, findings: &mut Findings) -> Option<Node<u64>> {
    with_units(field, &[("", 1)], "a whole number", findings)
}

/// A duration in seconds: `10s`, `2min`, `1h`, `1d`.
pub(super) fn seconds(field: &Field, findings: &mut Findings) -> Option<Node<u64>> {
    const UNITS: [(&str, u64); 4] = [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)];
    with_units(field, &UNITS, "a duration with a unit, as in 60s, 5min, 1h or 1d", findings)
}

/// Days: `7d`.
pub(super) fn days(field: &Field, findings: &mut Findings) -> Option<Node<u64>> {
    with_units(field, &[("d", 1)], "days, as in 7d", findings)
}

fn with_units(
    field: &Field,
    units: &[(&str, u64)],
    expected: &str,
    findings: &mut Findings,
) -> Option<Node<u64>> {
    let mut cursor = cursor(field);
    if let Some(TokenTree::Literal(literal)) = cursor.next()
        && let syn::Lit::Int(int) = syn::Lit::new(literal.clone())
        && let Some((_, factor)) = units.iter().find(|(unit, _)| *unit == int.suffix())
        && let Some(value) = int.base10_parse::<u64>().ok().and_then(|value| value.checked_mul(*factor))
    {
        finish(&field.value, cursor, findings);
        return Some(findings.at(literal.span(), value));
    }
    wrong(field, expected, findings)
}
