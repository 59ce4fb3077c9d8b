//! Going through the given values of a declaration. Not here: what they are (`given`).

use super::KEYWORD;
use crate::syntax::{Document, Form, Value};

/// Where a given value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// The same for values that are read and for those that are replaced.
macro_rules! visitors {
    ($each:ident, $inside:ident, $iter:ident $(, $mut:ident)?) => {
        /// Calls `visit` with each given value and where it comes from, in the order written.
        pub(crate) fn $each(document: &$($mut)? Document, visit: &mut dyn FnMut(&$($mut)? Value, Origin)) {
            for entry in document.entries.$iter() {
                // What an item is called is not a value.
                for value in entry.is.$iter().chain(entry.within.$iter()).chain(entry.body.$iter()) {
                    $inside(value, visit);
                }
            }
        }

        fn $inside(value: &$($mut)? Value, visit: &mut dyn FnMut(&$($mut)? Value, Origin)) {
            if let Some(origin) = origin(value) {
                return visit(value, origin);
            }
            match &$($mut)? value.form {
                Form::Missing
                | Form::Broken
                | Form::Text(_)
                | Form::Number(..)
                | Form::Decimal(_)
                | Form::Word(_)
                | Form::Each { .. }
                | Form::Constant(..) => {}
                Form::List(values) | Form::Block(values) | Form::Call(_, values) => {
                    values.$iter().for_each(|value| $inside(value, visit));
                }
                Form::With(value, body) => {
                    $inside(value, visit);
                    body.$iter().for_each(|value| $inside(value, visit));
                }
                Form::Times(_, value) => $inside(value, visit),
                Form::In(first, second) | Form::Arrow(first, second) | Form::Pair(first, second) => {
                    $inside(first, visit);
                    $inside(second, visit);
                }
            }
        }
    };
}

visitors!(each_given, given_in, iter);
visitors!(replace_given, replace_in, iter_mut, mut);
