//! Values of the program, and how they take their places in a declaration. Not here: what is known without them (`sample`).

use std::time::Duration;

use super::visit::{Origin, replace_given};
use crate::syntax::{Document, Form};

/// A value of the program.
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum Given {
    /// Text.
    Text(String),
    /// A number with a fraction.
    Number(f64),
    /// A whole number.
    Whole(i128),
    /// A duration.
    Duration(Duration),
    /// `true` or `false`.
    Flag(bool),
}

/// The declaration with the program's values in their places: constants by number, inputs by label. What was not given stays and
/// can't be read.
pub fn fill(mut document: Document, constants: &[Given], inputs: &[(&str, Given)]) -> Document {
    replace_given(&mut document, &mut |value, origin| {
        let given = match origin {
            Origin::Constant(number, _) => constants.get(number as usize),
            Origin::Input(label) => {
                inputs.iter().find(|(known, _)| Some(*known) == label.as_deref()).map(|(_, given)| given)
            }
        };
        if let Some(given) = given {
            value.form = form(given);
        }
    });
    document
}

/// A value as it would have been written.
fn form(given: &Given) -> Form {
    match given {
        Given::Text(text) => Form::Text(text.clone()),
        Given::Whole(number) => whole(*number, ""),
        Given::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number below 2^53 is exact in both types"
            )]
            whole(*number as i128, "")
        }
        Given::Number(number) => Form::Decimal(number.to_string()),
        Given::Flag(flag) => Form::Word(flag.to_string()),
        Given::Duration(duration) => whole_units(*duration),
    }
}

/// A whole number; one that the language has no room for is none that can be read.
fn whole(number: i128, unit: &str) -> Form {
    match i64::try_from(number) {
        Ok(number) => Form::Number(number, unit.to_owned()),
        Err(_) => Form::Decimal(format!("{number}{unit}")),
    }
}

/// A duration in the largest unit of the language that it is a whole number of. One that is not even whole milliseconds can't be
/// read: to round it would change what is asked for.
fn whole_units(duration: Duration) -> Form {
    const UNITS: [(i128, &str); 5] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")];
    if !duration.as_nanos().is_multiple_of(1_000_000) {
        return Form::Decimal(format!("{duration:?}"));
    }
    let milliseconds = i128::try_from(duration.as_millis()).unwrap_or(i128::MAX);
    let unit = UNITS.into_iter().find(|(size, _)| milliseconds % size == 0);
    let (size, unit) = unit.unwrap_or((1, "ms"));
    whole(milliseconds / size, unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::NodeId;
    use crate::syntax::Value;

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

    /// Nothing is rounded, and nothing cut off.
    #[test]
    fn what_the_language_has_no_room_for_is_no_number() {
        for given in [
            Given::Whole(i128::from(u64::MAX)),
            Given::Number(f64::NAN),
            Given::Number(f64::INFINITY),
            Given::Duration(Duration::from_nanos(1)),
            Given::Duration(Duration::MAX),
        ] {
            assert!(matches!(form(&given), Form::Decimal(_)), "{given:?}");
        }
    }
}
