//! Reading: from the syntax tree to the spec. Keys get their meaning and values their types; what has another form is
//! reported, all of it. Not here: rules about what is written (`check`), tokens (the macro's).

mod blocks;
mod forms;
mod keys;
pub(crate) mod rules;
mod topology;

use std::cell::RefCell;

pub(crate) use self::blocks::{
    Block, Braces, ByName, Many, Overrides, Tags, own, with_keys, without_keys, written,
};
pub use self::blocks::{Override, Tag};
pub(crate) use self::forms::*;
pub use self::keys::{Key, Keys, Place};
pub(crate) use self::keys::{each_key, field, item, keys, rows, table, words};
pub(crate) use self::rules::RULES;
use self::rules::{DUPLICATE_KEY, MISSING_KEY, UNKNOWN_KEY, WRONG_VALUE};
pub use self::topology::read_spec;
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::rule::{did_you_mean, quoted};
use crate::spec::Pending;
use crate::syntax::{Entry, Form, Value};
use crate::text::every;

/// Why a value could not be read.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) enum Misfit {
    /// It has another form, and nothing has been said about it yet.
    Form,
    /// All has been said.
    Reported,
}

/// How a value is read.
pub(crate) trait Read {
    /// What it is read as.
    type Out;
    /// The form in words, as in "`ttl` takes a duration with a unit".
    const WORDS: &'static str;

    /// Reads it.
    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit>;
}

/// Reads the value of a key, and says so if it has another form.
pub(crate) fn read<F: Read>(key: &str, value: &Value, diagnostics: &mut Diagnostics) -> Option<F::Out> {
    match F::read(value, diagnostics) {
        Ok(read) => Some(read),
        Err(Misfit::Form) => {
            wrong_form(key, value, F::WORDS, diagnostics);
            None
        }
        Err(Misfit::Reported) => None,
    }
}

/// Says that the value of a key has another form than its words say.
pub(crate) fn wrong_form(key: &str, value: &Value, words: &str, diagnostics: &mut Diagnostics) {
    if value.form == Form::Broken {
        return;
    }
    let is_short = matches!(value.form, Form::Text(_) | Form::Number(..) | Form::Decimal(_) | Form::Word(_));
    let written = if is_short { format!(", not `{value}`") } else { String::new() };
    let message = format!("`{key}` takes {words}{written}");
    match value.word().filter(|word| is_constant(word.as_str())) {
        Some(word) => {
            let help = format!("if it is a constant of the program, write `const {{ {} }}`", word.value);
            diagnostics.of(&WRONG_VALUE).with_help(value.id, message, help);
        }
        None => diagnostics.of(&WRONG_VALUE).at(value.id, message),
    }
}

/// Whether a word looks like the name of a constant in Rust.
fn is_constant(word: &str) -> bool {
    word.len() > 1 && every(word, |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// Several keys of which exactly one is given.
pub(crate) trait Choice {
    /// What it is read as.
    type Out;
    /// What is chosen, as in "the other routing policy".
    const OTHER: &'static str;
    /// The keys.
    const KEYS: &'static [Key];

    /// Reads the value of the key that is given.
    fn read(key: &Node<String>, value: &Value, diagnostics: &mut Diagnostics) -> Option<Self::Out>;
}

/// The parts of an item, or of what stands in braces, taken one by one.
pub(crate) struct Parts<'a> {
    /// What it is, for messages.
    what: String,
    id: NodeId,
    is: Option<&'a Value>,
    within: Option<&'a Value>,
    by_key: Vec<(&'a str, NodeId, &'a Value)>,
    /// The optional keys that were given and could not be read.
    unread: RefCell<Vec<String>>,
}

impl<'a> Parts<'a> {
    /// The parts of an item whose keys are `known`.
    pub(crate) fn of_item(entry: &'a Entry, known: Keys, diagnostics: &mut Diagnostics) -> Self {
        let (what, id) = match &entry.label {
            Some(label) => (format!("{} `{}`", entry.keyword.value, label.value), label.id),
            None => (entry.keyword.value.clone(), entry.keyword.id),
        };
        if entry.label.is_none() {
            diagnostics.expected(entry.keyword.id, &format!("a label after `{}`", entry.keyword.value));
        }
        let takes = |place: Place| known.iter().any(|group| group.iter().any(|key| key.place == place));
        let surplus = [(&entry.is, Place::Is), (&entry.within, Place::Within)];
        if let Some((Some(value), _)) =
            surplus.into_iter().find(|(value, place)| value.is_some() && !takes(*place))
        {
            diagnostics.expected(value.id, &format!("`{{` after the label of the {}", entry.keyword.value));
        }
        let by_key = sort(&what, &entry.body, known, diagnostics);
        Self {
            what,
            id,
            is: entry.is.as_ref(),
            within: entry.within.as_ref(),
            by_key,
            unread: RefCell::default(),
        }
    }

    /// The parts of what stands in braces.
    pub(crate) fn of_block(
        what: &str,
        id: NodeId,
        body: &'a [Value],
        known: Keys,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let by_key = sort(what, body, known, diagnostics);
        Self { what: what.to_owned(), id, is: None, within: None, by_key, unread: RefCell::default() }
    }

    /// The value of a key with where the key was written, if it was given.
    fn value(&self, key: &str) -> Option<(NodeId, &'a Value)> {
        let (_, id, value) = self.by_key.iter().find(|(known, ..)| *known == key)?;
        Some((*id, value))
    }

    /// The value of a key, which may be left out.
    pub(crate) fn optional<F: Read>(
        &self,
        key: &str,
        _example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        let (_, value) = self.value(key)?;
        let found = read::<F>(key, value, diagnostics);
        // What can't be read is as good as left out, except that nobody says that it is missing.
        if found.is_none() {
            self.unread.borrow_mut().push(key.to_owned());
        }
        found
    }

    /// The value of a key that the engine can't deploy yet, which may be left out.
    pub(crate) fn later<F: Read>(
        &self,
        key: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        self.optional::<F>(key, example, diagnostics)
    }

    /// The optional keys that were given and could not be read, which has been reported.
    pub(crate) fn unread(self) -> Vec<String> {
        self.unread.into_inner()
    }

    /// What was written that the engine can't deploy yet, in the order of the keys.
    pub(crate) fn pending(&self, known: Keys) -> Vec<Pending> {
        let mut pending = Vec::new();
        for group in known {
            for key in *group {
                if !key.deployed
                    && let Some((id, value)) = self.value(key.name)
                {
                    pending.push(Pending { id, what: format!("{}: {value}", key.name) });
                }
            }
        }
        pending
    }

    /// The value of a key that must be given.
    pub(crate) fn required<F: Read>(
        &self,
        key: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        match self.value(key) {
            Some((_, value)) => read::<F>(key, value, diagnostics),
            None => {
                self.missing(key, example, diagnostics);
                None
            }
        }
    }

    /// Reports that a key must be given.
    pub(crate) fn missing(&self, key: &str, example: &str, diagnostics: &mut Diagnostics) {
        let message = format!("{} lacks the key `{key}`", self.what);
        diagnostics.of(&MISSING_KEY).with_help(self.id, message, format!("add `{key}: {example}`"));
    }

    /// The value of the one key of several that is given; `example` is of the first.
    pub(crate) fn one_of<C: Choice>(
        &self,
        _key: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<C::Out> {
        let (key, value) = self.one_given(C::KEYS, C::OTHER, example, diagnostics)?;
        C::read(&key, value, diagnostics)
    }

    /// The first of some keys that is given, with its value; if others are, too, or none is, that is reported.
    fn one_given(
        &self,
        keys: &[Key],
        other: &'static str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Node<String>, &'a Value)> {
        let mut first: Option<(Node<String>, &Value)> = None;
        for (name, id, value) in &self.by_key {
            if keys.iter().any(|key| key.name == *name) {
                let key = Node::new(*id, (*name).to_owned());
                match &first {
                    Some((first, _)) => given_twice(&key, (first.id, other), diagnostics),
                    None => first = Some((key, value)),
                }
            }
        }
        if first.is_none() {
            self.missing(keys.first().map(|key| key.name).unwrap_or_default(), example, diagnostics);
        }
        first
    }

    /// What stands after the colon.
    pub(crate) fn is<F: Read>(
        &self,
        _key: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        self.header::<F>(self.is, &format!("`: {example}` after the label"), diagnostics)
    }

    /// What stands after `in`.
    pub(crate) fn within<F: Read>(
        &self,
        _key: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        self.header::<F>(self.within, &format!("`in {example}` before the braces"), diagnostics)
    }

    /// What stands after `in`, which may be left out.
    pub(crate) fn maybe_within<F: Read>(
        &self,
        key: &str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        self.within?;
        self.within::<F>(key, example, diagnostics)
    }

    fn header<F: Read>(
        &self,
        value: Option<&Value>,
        expected: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<F::Out> {
        let Some(value) = value else {
            diagnostics.expected(self.id, expected);
            return None;
        };
        match F::read(value, diagnostics) {
            Ok(read) => Some(read),
            Err(Misfit::Form) => {
                if value.form != Form::Broken {
                    diagnostics.expected(value.id, F::WORDS);
                }
                None
            }
            Err(Misfit::Reported) => None,
        }
    }
}

/// Values by key; keys that are not known, and those given twice, are reported.
fn sort<'a>(
    what: &str,
    body: &'a [Value],
    known: Keys,
    diagnostics: &mut Diagnostics,
) -> Vec<(&'a str, NodeId, &'a Value)> {
    let mut by_key: Vec<(&str, NodeId, &Value)> = Vec::new();
    let is_inside = |key: &Key| matches!(key.place, Place::Body | Place::OneOf);
    let is_known =
        |name: &str| known.iter().any(|group| group.iter().any(|key| is_inside(key) && key.name == name));
    for entry in body {
        let Some((key, id, value)) = key_value(entry, diagnostics) else { continue };
        if !is_known(key) {
            let mut names = Vec::new();
            for key in each_key(known) {
                if is_inside(key) {
                    names.push(key.name);
                }
            }
            let message = format!("{what} has no key `{key}`{}", did_you_mean(key, &names));
            diagnostics.of(&UNKNOWN_KEY).with_help(id, message, format!("its keys are {}", quoted(&names)));
        } else if let Some((_, first, _)) = by_key.iter().find(|(known, ..)| *known == key) {
            given_twice(&Node::new(id, key.to_owned()), (*first, "first given here"), diagnostics);
        } else {
            by_key.push((key, id, value));
        }
    }
    by_key
}

/// Reports a key that is given twice, or beside one that excludes it.
pub(crate) fn given_twice(key: &Node<String>, first: (NodeId, &'static str), diagnostics: &mut Diagnostics) {
    diagnostics.of(&DUPLICATE_KEY).related(key.id, format!("the key `{}` is given twice", key.value), first);
}

/// `key: value` in parts; anything else is reported.
pub(crate) fn key_value<'a>(
    entry: &'a Value,
    diagnostics: &mut Diagnostics,
) -> Option<(&'a str, NodeId, &'a Value)> {
    if let Form::Pair(key, value) = &entry.form
        && let Form::Word(word) = &key.form
    {
        return Some((word, key.id, value));
    }
    if entry.form == Form::Broken {
        return None;
    }
    let expected = match entry.word() {
        Some(word) => format!("`:` after `{}`", word.value),
        None => "a key, as in `key: value`".to_owned(),
    };
    diagnostics.expected(entry.id, &expected);
    None
}
