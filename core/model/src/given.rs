//! Values that come from the program: Rust expressions and inputs. What types they have, and how they take their places when the
//! program starts. Not here: what is checked before that (`sample`), and their tokens (the macro's).

mod sample;

#[cfg(feature = "runtime")]
use std::time::Duration;

pub use self::sample::{Checked, check, is_known};
use crate::address::Kind;
use crate::diagnostic::Diagnostics;
use crate::name::check_label;
use crate::node::{Node, NodeId};
use crate::read::rules::INPUT;
use crate::rule::{did_you_mean, quoted};
use crate::syntax::{Document, Form, Value};

/// The keyword of inputs, and the call that stands for one: `input(api_us)`.
const KEYWORD: &str = "input";

/// The type that a given value has, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GivenType {
    /// Text.
    Text,
    /// A whole number, or one with a fraction.
    Number,
    /// A whole number.
    Whole,
    /// A duration.
    Duration,
    /// A duration of whole days.
    Days,
    /// A label or another word, which no given value can be.
    Word,
    /// `true` or `false`.
    Flag,
}

#[cfg(feature = "runtime")]
/// A value of the program.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Text.
    Text(String),
    /// A number with a fraction.
    Number(f64),
    /// A whole number.
    Whole(i64),
    /// A duration.
    Duration(Duration),
    /// `true` or `false`.
    Flag(bool),
}

/// What an input can be: the type in the structure `Inputs`, and what it is in its places.
struct InputType {
    name: &'static str,
    candidates: &'static [GivenType],
}

/// Every type of inputs. Those that are text in the language are checked when they are made.
const INPUT_TYPES: [InputType; 8] = [
    InputType { name: "DnsName", candidates: &[GivenType::Text] },
    InputType { name: "Ipv4Addr", candidates: &[GivenType::Text] },
    InputType { name: "Ipv6Addr", candidates: &[GivenType::Text] },
    InputType { name: "String", candidates: &[GivenType::Text] },
    InputType { name: "u32", candidates: &[GivenType::Number, GivenType::Whole] },
    InputType { name: "f64", candidates: &[GivenType::Number] },
    InputType { name: "Duration", candidates: &[GivenType::Duration, GivenType::Days] },
    InputType { name: "bool", candidates: &[GivenType::Word, GivenType::Flag] },
];

/// What a constant can be. A number may have a fraction wherever it can be read with one, so that comes first; where any word can be
/// read, `true` is one.
const CONSTANT: [GivenType; 7] = [
    GivenType::Text,
    GivenType::Number,
    GivenType::Whole,
    GivenType::Duration,
    GivenType::Days,
    GivenType::Word,
    GivenType::Flag,
];

/// An input as declared: `input api_us: DnsName;`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its label.
    pub label: Node<String>,
    /// Documentation written above it.
    pub docs: String,
    /// Its type, by name.
    pub type_name: Node<String>,
}

/// The inputs of a declaration that can be used, each label once.
pub fn inputs(document: &Document) -> Vec<Input> {
    read_inputs(document, &mut Diagnostics::default())
}

/// The same; what can't be used is reported.
pub(crate) fn read_inputs(document: &Document, diagnostics: &mut Diagnostics) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for entry in document.entries.iter().filter(|entry| entry.keyword.value == KEYWORD && entry.is_complete) {
        let Some(label) = &entry.label else {
            diagnostics.expected(entry.keyword.id, "a label after `input`, as in `input api_us: DnsName;`");
            continue;
        };
        let known = || INPUT_TYPES.iter().map(|known| known.name);
        let type_name = entry.is.as_ref().and_then(Value::word);
        let Some(type_name) = type_name else {
            let place = entry.is.as_ref().map_or(label.id, |value| value.id);
            diagnostics.expected(place, "a type after the input's label, as in `input api_us: DnsName;`");
            continue;
        };
        let help = format!("its type is one of {}", quoted(known()));
        if !known().any(|name| name == type_name.value) {
            let message = format!(
                "no input has the type `{}`{}",
                type_name.value,
                did_you_mean(&type_name.value, known())
            );
            diagnostics.of(&INPUT).with_help(type_name.id, message, help);
        } else if let Err(why) = check_label(&label.value) {
            let message = format!("the input `{}` can't have that label: {why}", label.value);
            diagnostics.of(&INPUT).with_help(label.id, message, "use lower case, digits and underscores");
        } else if let Some(first) = inputs.iter().find(|known| known.label.value == label.value) {
            let message = format!("the input `{}` is declared twice", label.value);
            diagnostics.of(&INPUT).related(label.id, message, (first.label.id, "first declared here"));
        } else {
            inputs.push(Input { label: label.clone(), docs: entry.docs.clone(), type_name });
        }
    }
    inputs
}

/// Where a given value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A Rust expression, by its number.
    Constant(u32),
    /// An input, by its label.
    Input(String),
}

/// Where a value comes from, if it is given.
pub(crate) fn origin(value: &Value) -> Option<Origin> {
    if let Form::Constant(number) = value.form {
        return Some(Origin::Constant(number));
    }
    if let Form::Call(name, arguments) = &value.form
        && name == KEYWORD
        && let [argument] = arguments.as_slice()
    {
        return Some(Origin::Input(argument.word()?.value));
    }
    None
}

/// Calls `visit` with each value that is given, and where it comes from, in the order written.
pub(crate) fn each_given(document: &mut Document, visit: &mut dyn FnMut(&mut Value, Origin)) {
    for entry in &mut document.entries {
        // What an item is called is not a value.
        for value in entry.is.iter_mut().chain(&mut entry.within).chain(&mut entry.body) {
            given_in(value, visit);
        }
    }
}

fn given_in(value: &mut Value, visit: &mut dyn FnMut(&mut Value, Origin)) {
    if let Some(origin) = origin(value) {
        return visit(value, origin);
    }
    match &mut value.form {
        Form::Missing
        | Form::Broken
        | Form::Text(_)
        | Form::Number(..)
        | Form::Decimal(_)
        | Form::Word(_)
        | Form::Each { .. }
        | Form::Constant(_) => {}
        Form::List(values) | Form::Block(values) | Form::Call(_, values) => {
            values.iter_mut().for_each(|value| given_in(value, visit));
        }
        Form::With(value, body) => {
            given_in(value, visit);
            body.iter_mut().for_each(|value| given_in(value, visit));
        }
        Form::Times(_, value) => given_in(value, visit),
        Form::In(first, second) | Form::Arrow(first, second) | Form::Pair(first, second) => {
            given_in(first, visit);
            given_in(second, visit);
        }
    }
}

#[cfg(feature = "runtime")]
/// The declaration with the program's values in their places: constants by number, inputs by label. What was not given stays and
/// can't be read.
pub fn fill(mut document: Document, constants: &[Given], inputs: &[(&str, Given)]) -> Document {
    each_given(&mut document, &mut |value, origin| {
        let given = match origin {
            Origin::Constant(number) => constants.get(number as usize),
            Origin::Input(label) => inputs.iter().find(|(known, _)| *known == label).map(|(_, given)| given),
        };
        if let Some(given) = given {
            value.form = form(given);
        }
    });
    document
}

#[cfg(feature = "runtime")]
/// A value as it would have been written.
fn form(given: &Given) -> Form {
    match given {
        Given::Text(text) => Form::Text(text.clone()),
        Given::Whole(number) => Form::Number(*number, String::new()),
        Given::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number below 2^53 is exact in both types"
            )]
            Form::Number(*number as i64, String::new())
        }
        Given::Number(number) => Form::Decimal(number.to_string()),
        Given::Flag(flag) => Form::Word(flag.to_string()),
        Given::Duration(duration) => whole_units(*duration),
    }
}

#[cfg(feature = "runtime")]
/// A duration in the largest unit of the language that it is a whole number of; what is not even whole milliseconds is rounded up.
fn whole_units(duration: Duration) -> Form {
    const UNITS: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let milliseconds = duration.as_nanos().div_ceil(1_000_000);
    let unit = UNITS.into_iter().find(|(size, _)| milliseconds.is_multiple_of(*size));
    let (size, unit) = unit.unwrap_or((1, "ms"));
    Form::Number(i64::try_from(milliseconds / size).unwrap_or(i64::MAX), unit.to_owned())
}

/// Every node where a given value is written.
pub fn nodes(document: &Document) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    each_given(&mut document.clone(), &mut |value, _| nodes.push(value.id));
    nodes
}

/// Whether an entry declares an input, which is no item.
pub(crate) fn is_input(keyword: &str) -> bool {
    keyword == KEYWORD
}

/// The keywords that begin an entry with a label.
pub fn labelled() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().map(Kind::keyword).chain([KEYWORD])
}

#[cfg(all(test, feature = "runtime"))]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_they_would_be_written() {
        let written = |given| Value::new(NodeId(0), form(&given)).to_string();
        let duration = |milliseconds| written(Given::Duration(Duration::from_millis(milliseconds)));
        assert_eq!(written(Given::Text("a \"b\"".to_owned())), "\"a \\\"b\\\"\"");
        assert_eq!(written(Given::Whole(-25)), "-25");
        assert_eq!(written(Given::Number(0.5)), "0.5");
        assert_eq!(written(Given::Number(2.0)), "2");
        assert_eq!(written(Given::Flag(true)), "true");
        assert_eq!(duration(604_800_000), "7d");
        assert_eq!(duration(90_000), "90s");
        assert_eq!(duration(120_000), "2min");
        assert_eq!(duration(1_500), "1500ms");
        assert_eq!(duration(0), "0d");
    }
}
