//! The forms of single values: text, numbers, durations, words, sets of regions. Not here: forms that only one item has
//! (`spec`).

use super::{Many, Misfit, Read};
use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::spec::RegionSet;
use crate::syntax::{Form, Value};

/// Text in double quotes.
pub(crate) struct Text;

impl Read for Text {
    type Out = Node<String>;
    const WORDS: &'static str = "a string in double quotes";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Text(text) = &value.form else { return Err(Misfit::Form) };
        Ok(Node::new(value.id, text.clone()))
    }
}

/// A form that is a bare word, with what the word is.
macro_rules! word_forms {
    ($($(#[doc = $docs:literal])* $name:ident: $words:literal;)*) => {$(
        $(#[doc = $docs])*
        pub(crate) struct $name;

        impl Read for $name {
            type Out = Node<String>;
            const WORDS: &'static str = $words;

            fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
                value.word().ok_or(Misfit::Form)
            }
        }
    )*};
}

word_forms! {
    /// The label of a region.
    RegionLabel: "a region's label";
    /// The label of a zone.
    ZoneLabel: "a zone's label";
    /// The label of an item.
    Label: "an item's label";
    /// The name of an attribute of a table.
    AttributeName: "an attribute's name";
}

/// The code of a region, with hyphens.
pub(crate) struct RegionCode;

impl Read for RegionCode {
    type Out = Node<String>;
    const WORDS: &'static str = "a region's code with underscores, as in `us_east_1`";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let word = value.word().ok_or(Misfit::Form)?;
        Ok(Node::new(word.id, word.value.replace('_', "-")))
    }
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Read for Flag {
    type Out = Node<bool>;
    const WORDS: &'static str = "true or false";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let word = value.word().ok_or(Misfit::Form)?;
        match word.as_str() {
            "true" => Ok(Node::new(word.id, true)),
            "false" => Ok(Node::new(word.id, false)),
            _ => Err(Misfit::Form),
        }
    }
}

/// A number with one of some units, in the least of them.
fn with_units(value: &Value, units: &[(&str, u64)]) -> Result<Node<u64>, Misfit> {
    let Form::Number(number, unit) = &value.form else { return Err(Misfit::Form) };
    let (_, factor) = units.iter().find(|(known, _)| known == unit).ok_or(Misfit::Form)?;
    let number = u64::try_from(*number).ok().and_then(|number| number.checked_mul(*factor));
    Ok(Node::new(value.id, number.ok_or(Misfit::Form)?))
}

/// A form that is a number with a unit: what it is, and each unit with its factor.
macro_rules! number_forms {
    ($($(#[doc = $docs:literal])* $name:ident: $words:literal, $units:expr;)*) => {$(
        $(#[doc = $docs])*
        pub(crate) struct $name;

        impl Read for $name {
            type Out = Node<u64>;
            const WORDS: &'static str = $words;

            fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
                with_units(value, &$units)
            }
        }
    )*};
}

number_forms! {
    /// A whole number.
    Whole: "a whole number", [("", 1)];
    /// A duration in seconds.
    Seconds: "a duration with a unit, as in 60s, 5min, 1h or 1d",
        [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)];
    /// A duration in milliseconds.
    Span: "a duration with a unit, as in 50ms, 5s, 2min, 1h or 1d",
        [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    /// Days.
    Days: "days, as in 7d", [("d", 1)];
}

/// Which regions something is in.
pub(crate) struct Regions;

impl Read for Regions {
    type Out = RegionSet;
    const WORDS: &'static str = "`each region` or `[us, ap]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        match region_set(value, diagnostics)? {
            // No region is named that others could be other than.
            RegionSet::EachOther(_) => Err(Misfit::Form),
            set @ (RegionSet::Each(_) | RegionSet::Listed(..)) => Ok(set),
        }
    }
}

/// Which regions something is in, besides one that is named elsewhere.
pub(crate) struct OtherRegions;

impl Read for OtherRegions {
    type Out = RegionSet;
    const WORDS: &'static str = "`each other region` or `[us, ap]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        region_set(value, diagnostics)
    }
}

fn region_set(value: &Value, diagnostics: &mut Diagnostics) -> Result<RegionSet, Misfit> {
    if let Form::Each { other } = value.form {
        return Ok(if other { RegionSet::EachOther(value.id) } else { RegionSet::Each(value.id) });
    }
    if let Form::List(_) = &value.form {
        return Ok(RegionSet::Listed(value.id, Many::<RegionLabel>::read(value, diagnostics)?));
    }
    let label = value.word().ok_or(Misfit::Form)?;
    Ok(RegionSet::Listed(value.id, vec![label]))
}
