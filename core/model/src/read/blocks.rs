//! The forms of values that hold values: lists, braces, entries by name, settings of single regions. Not here: what stands
//! alone (`forms`).

use std::marker::PhantomData;

use super::{Misfit, Read, Text, given_twice, read};
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::seen::Seen;
use crate::spec::all;
use crate::syntax::{Form, Value};

/// What stands in braces: a structure made by `keys!`.
pub(crate) trait Block: Sized {
    /// The form in words.
    const WORDS: &'static str;

    /// Reads what stands in braces; nothing if something that it can't do without is missing.
    fn read_block(id: NodeId, body: &[Value], diagnostics: &mut Diagnostics) -> Option<Self>;
}

/// `{ key: value, .. }`.
pub(crate) struct Braces<B>(PhantomData<B>);

impl<B: Block> Read for Braces<B> {
    type Out = B;
    const WORDS: &'static str = B::WORDS;

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<B, Misfit> {
        let Form::Block(body) = &value.form else { return Err(Misfit::Form) };
        B::read_block(value.id, body, diagnostics).ok_or(Misfit::Reported)
    }
}

/// A value, with keys of its own in braces behind it or without.
pub(crate) fn with_keys<B: Block>(value: &Value, diagnostics: &mut Diagnostics) -> Option<B> {
    let body = if let Form::With(_, body) = &value.form { body.as_slice() } else { &[] };
    B::read_block(value.id, body, diagnostics)
}

/// A value without the keys in braces behind it.
pub(crate) fn without_keys(value: &Value) -> &Value {
    if let Form::With(value, _) = &value.form { value } else { value }
}

/// `[a, b]`, each of the same form.
pub(crate) struct Many<F>(PhantomData<F>);

impl<F: Read> Read for Many<F> {
    type Out = Vec<F::Out>;
    const WORDS: &'static str = "a list in brackets";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::List(values) = &value.form else { return Err(Misfit::Form) };
        let mut found = Vec::new();
        for value in values {
            match F::read(value, diagnostics) {
                Ok(read) => found.push(read),
                Err(Misfit::Form) if value.form != Form::Broken => diagnostics.expected(value.id, F::WORDS),
                Err(Misfit::Form | Misfit::Reported) => {}
            }
        }
        Ok(found)
    }
}

/// `{ name: value, .. }`, each of the same form. A name that is no word is written in quotes.
pub(crate) struct ByName<F>(PhantomData<F>);

impl<F: Read> Read for ByName<F> {
    type Out = Vec<(Node<String>, F::Out)>;
    const WORDS: &'static str = "names with their values in braces";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Block(entries) = &value.form else { return Err(Misfit::Form) };
        let mut found: Vec<(Node<String>, F::Out)> = Vec::new();
        for entry in entries {
            let Form::Pair(name, value) = &entry.form else {
                if entry.form != Form::Broken {
                    diagnostics.expected(entry.id, "a name with its value, as in `name: value`");
                }
                continue;
            };
            let Some(name) = name.word().or_else(|| Text::read(name, diagnostics).ok()) else {
                diagnostics.expected(name.id, "a name");
                continue;
            };
            if let Some((first, _)) = found.iter().find(|(known, _)| known.value == name.value) {
                given_twice(&name, (first.id, "first given here"), diagnostics);
            } else if let Some(value) = read::<F>(name.as_str(), value, diagnostics) {
                found.push((name, value));
            }
        }
        Ok(found)
    }
}

/// Settings of some of an item's regions, which differ from those of the rest.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Override<B> {
    /// The labels of the regions.
    pub regions: Vec<Node<String>>,
    /// Their settings.
    pub keys: B,
}

/// The settings of a region, if it has any of its own.
pub(crate) fn own<'a, B>(overrides: &'a Option<Vec<Override<B>>>, label: &str) -> Option<&'a B> {
    let mut overrides = all(overrides).iter();
    let own = overrides.find(|other| other.regions.iter().any(|known| known.value == label))?;
    Some(&own.keys)
}

/// What is written of a key: for all regions, then for single ones.
pub(crate) fn written<'a, T, B>(
    whole: &'a Option<T>,
    overrides: &'a Option<Vec<Override<B>>>,
    key: fn(&B) -> &Option<T>,
) -> Vec<&'a T> {
    let mut written = Vec::new();
    written.extend(whole);
    for other in all(overrides) {
        written.extend(key(&other.keys));
    }
    written
}

/// `{ us => { key: value }, [eu, ap] => { .. } }`.
pub(crate) struct Overrides<B>(PhantomData<B>);

impl<B: Block> Read for Overrides<B> {
    type Out = Vec<Override<B>>;
    const WORDS: &'static str = "regions with settings of their own, as in `{ us => { key: value } }`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Block(entries) = &value.form else { return Err(Misfit::Form) };
        let mut found: Vec<Override<B>> = Vec::new();
        let mut first = Seen::default();
        for entry in entries {
            let Form::Arrow(who, keys) = &entry.form else {
                if entry.form != Form::Broken {
                    diagnostics
                        .expected(entry.id, "a region with its settings, as in `us => { key: value }`");
                }
                continue;
            };
            let regions = own_regions(who, &first, diagnostics);
            if let Some(keys) = read::<Braces<B>>("the region's settings", keys, diagnostics) {
                for region in &regions {
                    first.first(region.value.clone(), region.id);
                }
                found.push(Override { regions, keys });
            }
        }
        Ok(found)
    }
}

/// The labels before an arrow, but for those that are given already.
fn own_regions(who: &Value, given: &Seen, diagnostics: &mut Diagnostics) -> Vec<Node<String>> {
    let labels = if let Form::List(labels) = &who.form { labels } else { std::slice::from_ref(who) };
    let mut regions: Vec<Node<String>> = Vec::new();
    for label in labels {
        let Some(word) = label.word() else {
            diagnostics.expected(label.id, "a region's label");
            continue;
        };
        let here = regions.iter().find(|known| known.value == word.value).map(|known| known.id);
        match here.or(given.get(word.as_str()).copied()) {
            Some(first) => given_twice(&word, (first, "first given here"), diagnostics),
            None => regions.push(word),
        }
    }
    regions
}

/// A tag: key and value.
pub type Tag = (Node<String>, Node<String>);

/// `{ team: "checkout", "cost:center": "42" }`.
pub(crate) type Tags = ByName<Text>;
