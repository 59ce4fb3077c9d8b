//! What is checked of a declaration while some of its values are not known: it is read and checked several times, with other values
//! in their places, and what is found however they turn out is reported. The rest is found when the program starts.

use std::sync::Arc;

use super::{CONSTANT, GivenType, INPUT_TYPES, Input, Origin, each_given, origin, read_inputs};
use crate::diagnostic::Diagnostics;
use crate::node::NodeId;
use crate::read::rules::{INPUT, SYNTAX, UNSUPPORTED, WRONG_VALUE};
use crate::resolve;
use crate::rule::did_you_mean;
use crate::syntax::{Document, Form, Value};
use crate::topology::{self, Topology};

/// A mark in text that nobody writes (a code point for private use): a name with it is not known while compiling.
const UNKNOWN: char = '\u{e000}';

/// How often a declaration with given values is checked. Once with text that has no valid form, so that the only errors are at its own
/// nodes, and small numbers; then with names, and numbers that are larger: a limit is kept by one of them if it can be.
const ROUNDS: usize = 3;

/// What is known of a declaration while compiling.
pub struct Checked {
    /// What it stands for, if nothing is wrong with it. Where a value is given, its resources have names that are not known
    /// ([`is_known`]), or are missing.
    pub topology: Option<Topology>,
    /// What was found.
    pub diagnostics: Diagnostics,
    /// The type of each constant, by its number.
    pub constants: Vec<GivenType>,
}

/// Whether a name is known while compiling.
pub fn is_known(name: &str) -> bool {
    !name.contains(UNKNOWN)
}

/// A given value in its place.
struct Place {
    id: NodeId,
    origin: Origin,
    /// What it could be, the first of which has not been refused.
    candidates: &'static [GivenType],
}

/// Reads and checks a declaration.
pub fn check(document: &Document) -> Checked {
    let mut diagnostics = Diagnostics::default();
    let inputs = read_inputs(document, &mut diagnostics);
    check_account(document, &mut diagnostics);
    let mut places = places(document, &inputs, &mut diagnostics);
    if places.is_empty() {
        let (spec, misread) = topology::read(document);
        let (topology, found) = topology::validate(spec);
        diagnostics.extend(misread);
        diagnostics.extend(found);
        return Checked { topology, diagnostics, constants: Vec::new() };
    }
    fit(document, &mut places);
    let stands_nowhere = |place: &&Place| matches!(place.candidates.first(), None | Some(GivenType::Word));
    for place in places.iter().filter(stands_nowhere) {
        let message = match &place.origin {
            Origin::Constant(_) => "a Rust expression can't stand here".to_owned(),
            Origin::Input(label) => format!("the input `{label}` can't stand here, or has another type"),
        };
        diagnostics.of(&UNSUPPORTED).at(place.id, message);
    }
    let mut constants: Vec<(u32, GivenType)> = Vec::new();
    for place in &places {
        if let (Origin::Constant(number), Some(kind)) = (&place.origin, place.candidates.first()) {
            constants.push((*number, *kind));
        }
    }
    constants.sort_unstable();
    let topology = check_rounds(document, &places, &mut diagnostics);
    Checked { topology, diagnostics, constants: constants.into_iter().map(|(_, kind)| kind).collect() }
}

/// The account is known when the program is built.
fn check_account(document: &Document, diagnostics: &mut Diagnostics) {
    for entry in document.entries.iter().filter(|entry| entry.keyword.value == "account") {
        if let Some(value) = &entry.is
            && let Some(Origin::Input(_)) = origin(value)
        {
            let message =
                "the account can't be an input, as the ARNs of the topology's handles are constants";
            diagnostics.of(&UNSUPPORTED).with_help(
                value.id,
                message,
                "write it, or a constant of the program",
            );
        }
    }
}

/// Every given value, in the order written. Inputs that are not declared are reported.
fn places(document: &Document, inputs: &[Input], diagnostics: &mut Diagnostics) -> Vec<Place> {
    let mut places = Vec::new();
    each_given(&mut document.clone(), &mut |Value { id, .. }, origin| {
        let candidates = match &origin {
            Origin::Constant(_) => &CONSTANT,
            Origin::Input(label) => {
                let input = inputs.iter().find(|input| input.label.value == *label);
                let known = input
                    .and_then(|input| INPUT_TYPES.iter().find(|known| known.name == input.type_name.value));
                match known {
                    Some(known) => known.candidates,
                    None => {
                        let labels = inputs.iter().map(|input| input.label.as_str());
                        let message = format!("unknown input `{label}`{}", did_you_mean(label, labels));
                        diagnostics.of(&INPUT).at(*id, message);
                        // It may be of any type, so that nothing else is said about it.
                        &CONSTANT
                    }
                }
            }
        };
        places.push(Place { id: *id, origin, candidates });
    });
    places
}

/// Drops the candidates that can't be read where they would stand.
fn fit(document: &Document, places: &mut [Place]) {
    loop {
        let (_, misread) = topology::read(&sampled(document, places, 0));
        let is_refused = |place: &Place| {
            misread
                .iter()
                .any(|found| found.node == place.id && [&WRONG_VALUE, &SYNTAX].contains(&found.rule))
        };
        let mut is_changed = false;
        for place in places.iter_mut() {
            if let [_, rest @ ..] = place.candidates
                && is_refused(place)
            {
                place.candidates = rest;
                is_changed = true;
            }
        }
        if !is_changed {
            return;
        }
    }
}

/// Checks with each round's values; what is found in all of them, and not about a given value, is reported.
fn check_rounds(document: &Document, places: &[Place], diagnostics: &mut Diagnostics) -> Option<Topology> {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let (spec, mut found) = topology::read(&sampled(document, places, round));
        let spec = Arc::new(spec);
        found.extend(crate::check::run(&spec));
        rounds.push((spec, found));
    }
    let (first, others) = rounds.split_first()?;
    let is_given = |node: NodeId| places.binary_search_by(|place| place.id.cmp(&node)).is_ok();
    for found in first.1.iter() {
        let is_about_given =
            is_given(found.node) || found.related.is_some_and(|(related, _)| is_given(related));
        let is_everywhere = others.iter().all(|(_, others)| {
            others.iter().any(|other| other.rule == found.rule && other.node == found.node)
        });
        if !is_about_given && is_everywhere {
            diagnostics.add_another(found.clone());
        }
    }
    if diagnostics.has_errors() { None } else { resolve::partly(&first.0) }
}

/// A declaration with a round's values in the place of those that are given.
fn sampled(document: &Document, places: &[Place], round: usize) -> Document {
    let mut document = document.clone();
    let mut rest = places.iter().enumerate();
    each_given(&mut document, &mut |value, _| {
        if let Some((number, place)) = rest.next() {
            value.form = place.candidates.first().map_or(Form::Broken, |kind| sample(*kind, number, round));
        }
    });
    document
}

fn sample(kind: GivenType, number: usize, round: usize) -> Form {
    let pick = |of: [i64; ROUNDS]| of.get(round).copied().unwrap_or_default();
    match kind {
        GivenType::Text if round == 0 => Form::Text(format!("{UNKNOWN}{number}")),
        GivenType::Text if round == 1 => Form::Text(format!("given{number}")),
        GivenType::Text => Form::Text(format!("given{number}.example.com")),
        GivenType::Number => Form::Decimal(format!("{}.5", pick([0, 30, 1_000_000]))),
        GivenType::Whole => Form::Number(pick([1, 60, 1_000_000]), String::new()),
        GivenType::Duration => Form::Number(pick([1, 60, 10_000_000]), "s".to_owned()),
        GivenType::Days => Form::Number(pick([1, 30, 3_650]), "d".to_owned()),
        GivenType::Word => Form::Word(format!("given{number}")),
        GivenType::Flag => Form::Word((round == 1).to_string()),
    }
}
