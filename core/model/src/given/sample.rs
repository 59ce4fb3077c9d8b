//! What is checked of a declaration while some of its values are not known: it is read and checked with samples in their places, and
//! what is found with all of them alike is reported. The rest is found when the program starts.

use super::visit::{Origin, each_given, replace_given};
use super::{GivenType, INPUT_TYPES, Input, KEYWORD, check_used, read_inputs};
use crate::check as rules;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::node::NodeId;
use crate::read::read_spec;
use crate::read::rules::{INPUT, SYNTAX, UNSUPPORTED, WRONG_VALUE};
use crate::rule::{Code, did_you_mean, quoted};
use crate::spec::Spec;
use crate::syntax::{Document, Form};

/// A mark in text that nobody writes (a code point for private use): a name with it is not known while compiling.
const UNKNOWN: char = '\u{e000}';

/// How many samples there are: each of four sizes, with flags that are on and off. The first is what is written most, so that most
/// declarations are checked once.
const ROUNDS: usize = 8;

/// Rules that no sample keeps, as they ask for one of few values, or for one that is the same as another elsewhere, and say so of
/// what is not given. They are left to the start of the program. A test puts an expression in the place of every value of every
/// example, and of every pair; what it finds is here.
const NEED_VALUES: [Code; 3] = [Code(312), Code(336), Code(353)];

/// What a value can be. A number may have a fraction wherever it can be read with one, so that comes first; where any word can be
/// read, `true` is one, and no value of the program can be.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
enum Candidate {
    Of(GivenType),
    AnyWord,
}

/// What an expression can be.
const CANDIDATES: [Candidate; 7] = [
    Candidate::Of(GivenType::Text),
    Candidate::Of(GivenType::Number),
    Candidate::Of(GivenType::Whole),
    Candidate::Of(GivenType::Duration),
    Candidate::Of(GivenType::Days),
    Candidate::AnyWord,
    Candidate::Of(GivenType::Flag),
];

/// What is known of a declaration while compiling.
pub struct Checked {
    /// What it says, if nothing is wrong with it. Where a value is given, names are not known ([`is_known`]).
    pub spec: Option<Spec>,
    /// What was found.
    pub diagnostics: Diagnostics,
    /// Whether every value is written, so that nothing is left to find when the program starts.
    pub is_whole: bool,
    /// The type of each expression, by its number; none where no expression can stand.
    pub constants: Vec<Option<GivenType>>,
}

/// Whether a name is known while compiling.
pub fn is_known(name: &str) -> bool {
    !name.contains(UNKNOWN)
}

/// A given value in its place.
struct Place {
    id: NodeId,
    origin: Origin,
    /// Which of the different values it is: what is written alike is the same.
    same: usize,
    /// Whether it is the account, which is part of names.
    is_account: bool,
    /// What it could be, the first of which has not been refused.
    candidates: Vec<Candidate>,
}

impl Place {
    fn of_type(&self) -> Option<GivenType> {
        match self.candidates.first() {
            Some(Candidate::Of(found)) => Some(*found),
            Some(Candidate::AnyWord) | None => None,
        }
    }
}

/// Reads and checks a declaration.
pub fn check(document: &Document) -> Checked {
    let mut diagnostics = Diagnostics::default();
    let inputs = read_inputs(document, &mut diagnostics);
    let mut places = places(document, &inputs, &mut diagnostics);
    if places.is_empty() {
        let (spec, misread) = read_spec(document);
        diagnostics.extend(misread);
        let mut found = Diagnostics::default();
        rules::run(&spec, &mut found);
        diagnostics.extend(found);
        let spec = Some(spec).filter(|_| !diagnostics.has_errors());
        return Checked { spec, diagnostics, is_whole: true, constants: Vec::new() };
    }
    fit(document, &mut places);
    report_misfits(document, &places, &inputs, &mut diagnostics);
    let mut constants = Vec::new();
    for place in &places {
        if let Origin::Constant(number, _) = place.origin {
            let number = number as usize;
            constants.resize(constants.len().max(number + 1), None);
            constants[number] = place.of_type();
        }
    }
    for found in certain(document, &places) {
        diagnostics.add(found);
    }
    let spec = if diagnostics.has_errors() { None } else { Some(partly(document, &places)) };
    Checked { spec, diagnostics, is_whole: false, constants }
}

/// Reports what stands where no value of its type can.
fn report_misfits(document: &Document, places: &[Place], inputs: &[Input], diagnostics: &mut Diagnostics) {
    if places.iter().all(|place| place.of_type().is_some()) {
        return;
    }
    // What would fit, if the inputs had other types.
    let mut fitting: Vec<Place> = Vec::new();
    for place in places {
        fitting.push(Place { candidates: CANDIDATES.to_vec(), origin: place.origin.clone(), ..*place });
    }
    fit(document, &mut fitting);
    for (place, fitting) in places.iter().zip(&fitting) {
        if place.of_type().is_some() {
            continue;
        }
        match (&place.origin, fitting.of_type()) {
            (Origin::Constant(..), _) => {
                diagnostics.of(&UNSUPPORTED).at(place.id, "a Rust expression can't stand here");
            }
            (Origin::Input(_), None) => {
                diagnostics.of(&UNSUPPORTED).at(place.id, "an input can't stand here")
            }
            (Origin::Input(label), Some(wanted)) => {
                let label = label.as_deref().unwrap_or_default();
                let of = declared(label, inputs).map(|input| input.type_name.as_str()).unwrap_or_default();
                let mut known = Vec::new();
                for input_type in &INPUT_TYPES {
                    if input_type.candidates.contains(&wanted) {
                        known.push(input_type.name);
                    }
                }
                let wanted = quoted(&known);
                let message =
                    format!("the input `{label}` is of type `{of}`, and here goes one of type {wanted}");
                diagnostics.of(&UNSUPPORTED).with_help(place.id, message, "declare it with that type");
            }
        }
    }
}

/// Every given value, in the order written. Inputs that are not declared, or not used, are reported.
fn places(document: &Document, inputs: &[Input], diagnostics: &mut Diagnostics) -> Vec<Place> {
    let account = document.entries.iter().find(|entry| entry.keyword.value == "account");
    let account = account.and_then(|entry| Some(entry.is.as_ref()?.id));
    let mut places: Vec<Place> = Vec::new();
    each_given(document, &mut |value, origin| {
        let same = places.iter().position(|known| is_same(&known.origin, &origin));
        let is_account = account == Some(value.id);
        let candidates = match &origin {
            Origin::Constant(..) => CANDIDATES.to_vec(),
            Origin::Input(_) if is_account => {
                let message =
                    "the account can't be an input, as the ARNs of the topology's handles are constants";
                diagnostics.of(&UNSUPPORTED).with_help(
                    value.id,
                    message,
                    "write it, or a constant of the program",
                );
                CANDIDATES.to_vec()
            }
            Origin::Input(label) => {
                // What is unknown may be of any type, so that nothing else is said about it.
                let known = input_candidates(label.as_deref(), inputs, value.id, diagnostics);
                known.unwrap_or(CANDIDATES.to_vec())
            }
        };
        places.push(Place {
            id: value.id,
            origin,
            same: same.unwrap_or(places.len()),
            is_account,
            candidates,
        });
    });
    let mut used = Vec::new();
    for place in &places {
        match &place.origin {
            Origin::Input(label) => used.extend(label.clone()),
            Origin::Constant(..) => {}
        }
    }
    check_used(inputs, &used, diagnostics);
    places
}

/// The input with a label.
fn declared<'a>(label: &str, inputs: &'a [Input]) -> Option<&'a Input> {
    inputs.iter().find(|input| input.label.value == label)
}

fn is_same(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::Constant(_, one), Origin::Constant(_, other)) => one == other,
        (Origin::Input(one), Origin::Input(other)) => one == other,
        (Origin::Constant(..), Origin::Input(_)) | (Origin::Input(_), Origin::Constant(..)) => false,
    }
}

/// What an input can be; nothing if it is not declared, which is reported.
fn input_candidates(
    label: Option<&str>,
    inputs: &[Input],
    node: NodeId,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Candidate>> {
    let Some(label) = label else {
        let help = "write `input(label)`";
        diagnostics.of(&INPUT).with_help(node, format!("`{KEYWORD}` takes the label of one input"), help);
        return None;
    };
    let Some(input) = declared(label, inputs) else {
        let mut labels = Vec::new();
        for input in inputs {
            labels.push(input.label.as_str());
        }
        diagnostics.of(&INPUT).at(node, format!("unknown input `{label}`{}", did_you_mean(label, &labels)));
        return None;
    };
    let known = INPUT_TYPES.iter().find(|known| known.name == input.type_name.value)?;
    let is_candidate = |candidate: &Candidate| match candidate {
        Candidate::Of(of) => known.candidates.contains(of),
        Candidate::AnyWord => known.candidates.contains(&GivenType::Flag),
    };
    let mut candidates = CANDIDATES.to_vec();
    candidates.retain(is_candidate);
    Some(candidates)
}

/// Drops the candidates that can't be read where they would stand.
fn fit(document: &Document, places: &mut [Place]) {
    loop {
        let (_, misread) = read_spec(&filled(document, places, &|place| sample(place, 0)));
        let is_refused = |place: &Place| {
            misread
                .iter()
                .any(|found| found.node == place.id && [&WRONG_VALUE, &SYNTAX].contains(&found.rule))
        };
        let mut is_changed = false;
        for place in places.iter_mut() {
            if !place.candidates.is_empty() && is_refused(place) {
                place.candidates.remove(0);
                is_changed = true;
            }
        }
        if !is_changed {
            return;
        }
    }
}

/// What is found in every round in the same words, and not about a given value: it does not depend on any.
fn certain(document: &Document, places: &[Place]) -> Vec<Diagnostic> {
    let is_given = |node: NodeId| places.iter().any(|place| place.id == node);
    let mut certain: Option<Vec<Diagnostic>> = None;
    for round in 0..ROUNDS {
        let (spec, misread) = read_spec(&filled(document, places, &|place| sample(place, round)));
        // Nothing is left out because of something else at the same place, which may be there in this round only.
        let mut found = Diagnostics::unsorted();
        found.extend(misread);
        // What found nothing in an earlier round finds nothing in all of them.
        let is_asked = |code: Code| {
            certain.as_ref().is_none_or(|certain| certain.iter().any(|found| found.code() == code))
        };
        rules::run_some(&spec, &is_asked, &mut found);
        certain = Some(match certain {
            None => {
                let is_of_given = |found: &Diagnostic| {
                    is_given(found.node) || found.related.is_some_and(|(related, _)| is_given(related))
                };
                let needs_values = |found: &Diagnostic| NEED_VALUES.contains(&found.code());
                found.into_iter().filter(|found| !is_of_given(found) && !needs_values(found)).collect()
            }
            Some(mut certain) => {
                certain.retain(|known| found.iter().any(|found| found == known));
                certain
            }
        });
        if certain.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
    }
    certain.unwrap_or_default()
}

/// The spec with names that are not known where they depend on what is given.
fn partly(document: &Document, places: &[Place]) -> Spec {
    let unknown = |place: &Place| match place.of_type() {
        Some(GivenType::Text) => Form::Text(format!("{UNKNOWN}{}", place.same)),
        Some(_) | None => sample(place, 0),
    };
    read_spec(&filled(document, places, &unknown)).0
}

/// A declaration with some values in the place of those that are given.
fn filled(document: &Document, places: &[Place], of: &dyn Fn(&Place) -> Form) -> Document {
    let mut document = document.clone();
    let mut rest = places.iter();
    replace_given(&mut document, &mut |value, _| {
        if let Some(place) = rest.next() {
            value.form = of(place);
        }
    });
    document
}

fn sample(place: &Place, round: usize) -> Form {
    let Place { same, is_account, candidates, .. } = place;
    let number = |of: [i64; 4], unit: &str| Form::Number(of[round % 4], unit.to_owned());
    let text = |of: [String; 4]| Form::Text(of[round % 4].clone());
    match candidates.first() {
        None => Form::Broken,
        Some(Candidate::AnyWord) => Form::Word(format!("given{same}")),
        Some(Candidate::Of(GivenType::Text)) if *is_account => {
            text(["210987654321", "321098765432", "432109876543", "543210987654"].map(str::to_owned))
        }
        Some(Candidate::Of(GivenType::Text)) => text([
            format!("given{same}.example.com"),
            format!("given-{same}"),
            format!("192.0.2.{}", same % 256),
            format!("Given {same}"),
        ]),
        Some(Candidate::Of(GivenType::Number)) => {
            Form::Decimal(["2.0", "0.0", "60.5", "1000000.0"][round % 4].to_owned())
        }
        Some(Candidate::Of(GivenType::Whole)) => number([60, 0, 1, 1_000_000], ""),
        Some(Candidate::Of(GivenType::Duration)) => number([60, 0, 1, 10_000_000], "s"),
        Some(Candidate::Of(GivenType::Days)) => number([30, 0, 1, 3_650], "d"),
        Some(Candidate::Of(GivenType::Flag)) => Form::Word((round < 4).to_string()),
    }
}
