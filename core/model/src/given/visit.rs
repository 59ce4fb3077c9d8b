//! Going through the given values of a declaration. Not here: what they are (`given`).

use super::KEYWORD;
use crate::syntax::{Document, Entry, Form, Value};

/// Where a given value comes from.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) enum Origin {
    /// A Rust expression: its number, and its text.
    Constant(u32, String),
    /// An input, by its label; none where no label is written.
    Input(Option<String>),
}

/// Where a value comes from, if it is given.
pub(crate) fn origin(value: &Value) -> Option<Origin> {
    if let Form::Constant(number, text) = &value.form {
        return Some(Origin::Constant(*number, text.clone()));
    }
    if let Form::Call(name, arguments) = &value.form
        && name == KEYWORD
    {
        let label = if let [argument] = arguments.as_slice() { argument.word() } else { None };
        return Some(Origin::Input(label.map(|label| label.value)));
    }
    None
}

/// Whether the value of a key of an entry is given by the program.
pub fn is_key_given(entry: &Entry, key: &str) -> bool {
    entry.body.iter().any(|value| {
        if let Form::Pair(name, value) = &value.form {
            name.word().is_some_and(|name| name.value == key) && origin(value).is_some()
        } else {
            false
        }
    })
}

/// Calls `visit` with each given value and where it comes from, in the order written.
pub(crate) fn each_given(document: &Document, visit: &mut dyn FnMut(&Value, Origin)) {
    for entry in &document.entries {
        for value in entry.values() {
            given_in(value, visit);
        }
    }
}

fn given_in(value: &Value, visit: &mut dyn FnMut(&Value, Origin)) {
    match origin(value) {
        Some(origin) => visit(value, origin),
        None => value.each_part(&mut |part| given_in(part, visit)),
    }
}

/// The same, to be replaced.
pub(crate) fn replace_given(document: &mut Document, visit: &mut dyn FnMut(&mut Value, Origin)) {
    for entry in &mut document.entries {
        for value in entry.values_mut() {
            replace_in(value, visit);
        }
    }
}

fn replace_in(value: &mut Value, visit: &mut dyn FnMut(&mut Value, Origin)) {
    match origin(value) {
        Some(origin) => visit(value, origin),
        None => value.each_part_mut(&mut |part| replace_in(part, visit)),
    }
}
