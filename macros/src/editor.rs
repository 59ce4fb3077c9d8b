//! What editors see besides the handles: where each label is declared, for every mention of it, and what could be written where
//! somebody is typing. Not here: what compiles (nothing of this is ever used).

use polyregion_model::given::{KEYWORD, entry_keywords, input_types, labelled};
use polyregion_model::name::check_module_name;
use polyregion_model::reference::{Place, Reference};
use polyregion_model::seen::{ByText, Seen, joined};
use polyregion_model::syntax::{Document, Entry, Form, Value};
use polyregion_model::{Kind, Node, NodeId, Region};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::findings::Findings;

/// The word that rust-analyzer puts where somebody is typing, to see what becomes of it.
const MARKER: &str = "intellijRulezz";
/// Mentions that get their place: more than anybody looks up in one file, and few enough that thousands of records cost nothing.
const MAX_MENTIONS: usize = 500;

/// Mentions of labels as paths to where they are declared, and, where somebody is typing, what could be written.
pub(crate) fn editor(document: &Document, findings: &Findings) -> TokenStream {
    let declared = declared(document);
    let mentions = mentions(document, &declared, findings);
    let typed = typed(document, &declared, findings);
    quote! { #mentions #typed }
}

/// A declared label.
struct Declared<'a> {
    /// The kind of what it is of; regions have none.
    module: &'static str,
    label: &'a str,
    id: NodeId,
    docs: &'a str,
}

/// The declared labels, in the order declared; of several that are alike, all.
fn declared(document: &Document) -> ByText<Vec<Declared<'_>>> {
    let mut declared: ByText<Vec<Declared<'_>>> = ByText::default();
    for entry in &document.entries {
        if entry.keyword.value == "regions" {
            for pair in &entry.body {
                if let Form::Pair(label, _) = &pair.form
                    && let Form::Word(word) = &label.form
                {
                    let found = Declared { module: "region", label: word, id: label.id, docs: "" };
                    declared.or_insert(word.clone(), Vec::new()).push(found);
                }
            }
        }
        let keyword = labelled().into_iter().find(|keyword| *keyword == entry.keyword.value);
        if let (Some(keyword), Some(label)) = (keyword, &entry.label) {
            let found = Declared { module: keyword, label: label.as_str(), id: label.id, docs: &entry.docs };
            declared.or_insert(label.value.clone(), Vec::new()).push(found);
        }
    }
    declared
}

/// The words of a value, in the order written.
fn words<'a>(value: &'a Value, found: &mut Vec<Node<&'a str>>) {
    match &value.form {
        Form::Word(word) => found.push(Node::new(value.id, word)),
        // What stands before a colon is a key, or a label that is made here.
        Form::Pair(_, value) => words(value, found),
        Form::Missing
        | Form::Broken
        | Form::Text(_)
        | Form::Number(..)
        | Form::Decimal(_)
        | Form::Each { .. }
        | Form::List(_)
        | Form::Block(_)
        | Form::Call(..)
        | Form::With(..)
        | Form::Times(..)
        | Form::In(..)
        | Form::Arrow(..)
        | Form::Constant(..) => value.each_part(&mut |part| words(part, found)),
    }
}

fn words_of(entry: &Entry) -> Vec<Node<&str>> {
    let mut found = Vec::new();
    entry.values().for_each(|value| words(value, &mut found));
    found
}

/// A name in Rust at a place, if the label can be one.
fn name(label: &str, id: NodeId, findings: &Findings) -> Option<Ident> {
    let is_name = check_module_name(label).is_ok();
    is_name.then(|| Ident::new(label, findings.span(id)))
}

/// Each mention of a label as a path to a constant where the label is declared.
fn mentions(document: &Document, declared: &ByText<Vec<Declared<'_>>>, findings: &Findings) -> TokenStream {
    let mut used = Seen::default();
    let mut modules: Vec<(&'static str, Vec<TokenStream>)> = Vec::new();
    let mut paths = Vec::new();
    let entries = document.entries.iter().filter(|entry| entry.keyword.value != "regions");
    'all: for entry in entries {
        for Node { id, value: word } in words_of(entry) {
            for found in declared.get(word).into_iter().flatten() {
                if paths.len() == MAX_MENTIONS {
                    break 'all;
                }
                let Some(name) = name(word, id, findings) else { continue };
                if used.first(joined(found.module, word), id).is_none() {
                    declare(found, &mut modules, findings);
                }
                let module =
                    Ident::new(found.module, name.span().resolved_at(proc_macro2::Span::call_site()));
                paths.push(quote! { let _ = #module::#name; });
            }
        }
    }
    let modules = modules.into_iter().map(|(module, constants)| {
        let module = quote::format_ident!("{module}");
        quote! { mod #module { #(#constants)* } }
    });
    if paths.is_empty() {
        return TokenStream::new();
    }
    quote! {
        #[allow(non_upper_case_globals, dead_code, reason = "labels are as they are written")]
        const _: () = { #(#modules)* #(#paths)* };
    }
}

/// Adds the constant of a declared label to its module.
fn declare(found: &Declared<'_>, modules: &mut Vec<(&'static str, Vec<TokenStream>)>, findings: &Findings) {
    let Declared { module, label, id, docs } = found;
    let Some(name) = name(label, *id, findings) else { return };
    let docs = (!docs.is_empty()).then(|| quote! { #[doc = #docs] });
    let constant = quote! { #docs pub const #name: () = (); };
    match modules.iter_mut().find(|(known, _)| known == module) {
        Some((_, constants)) => constants.push(constant),
        None => modules.push((module, vec![constant])),
    }
}

/// Where somebody is typing, what could stand there, as constants of a module that the word is looked up in.
fn typed(document: &Document, declared: &ByText<Vec<Declared<'_>>>, findings: &Findings) -> TokenStream {
    let Some((id, word, candidates)) = document.entries.iter().find_map(|entry| typed_in(entry, declared))
    else {
        return TokenStream::new();
    };
    // Types begin with a capital.
    let is_name = |name: &String| check_module_name(&name.to_ascii_lowercase()).is_ok();
    let candidates = candidates.into_iter().filter(is_name);
    let names = candidates.map(|name| quote::format_ident!("{name}"));
    let word = Ident::new(word, findings.span(id));
    quote! {
        #[allow(non_upper_case_globals, dead_code, reason = "only while somebody is typing")]
        const _: () = {
            mod could_be { #(pub const #names: () = ();)* }
            let _ = could_be::#word;
        };
    }
}

/// Whether a word stands in `input(..)`.
fn stands_for_input(entry: &Entry, id: NodeId) -> bool {
    fn is_in(value: &Value, id: NodeId) -> bool {
        let is_input = matches!(&value.form, Form::Call(name, _) if name == KEYWORD);
        let mut is_found = false;
        value.each_part(&mut |part| is_found |= (is_input && part.id == id) || is_in(part, id));
        is_found
    }
    entry.values().any(|value| is_in(value, id))
}

/// Words on their own.
fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What could stand where somebody is typing in an entry: the word so far, and what it could become.
fn typed_in<'a>(
    entry: &'a Entry,
    declared: &ByText<Vec<Declared<'_>>>,
) -> Option<(NodeId, &'a str, Vec<String>)> {
    let is_typed = |word: &str| word.contains(MARKER);
    let keyword = entry.keyword.as_str();
    if is_typed(keyword) {
        return Some((entry.keyword.id, keyword, owned(&entry_keywords())));
    }
    let keys = entry.body.iter().map(|value| if let Form::Pair(key, _) = &value.form { key } else { value });
    for key in keys {
        if let Form::Word(word) = &key.form
            && is_typed(word)
        {
            let reference = Reference::of(if keyword == "objectives" { "objectives_keys" } else { keyword })?;
            let keys = reference.keys.iter().copied().flatten();
            let keys = keys.filter(|key| matches!(key.place, Place::Body | Place::OneOf));
            return Some((key.id, word, keys.map(|key| key.name.to_owned()).collect()));
        }
    }
    let Node { id, value: word } = words_of(entry).into_iter().find(|word| is_typed(word.value))?;
    if keyword == KEYWORD {
        return Some((id, word, owned(&input_types())));
    }
    if stands_for_input(entry, id) {
        return Some((id, word, labels(declared, &|found| found.module == KEYWORD)));
    }
    if keyword == "regions" {
        return Some((id, word, Region::all().map(|region| region.code().replace('-', "_")).collect()));
    }
    // Behind `in` stands a zone's label in a record, and a region's elsewhere.
    let is_within = entry.within.as_ref().is_some_and(|within| within.id == id);
    let module = is_within.then_some(if keyword == Kind::Record.keyword() { "zone" } else { "region" });
    let labels = labels(declared, &|found| module.is_none_or(|module| module == found.module));
    Some((id, word, labels))
}

/// The labels of what fits, in the order declared.
fn labels(declared: &ByText<Vec<Declared<'_>>>, fits: &dyn Fn(&Declared<'_>) -> bool) -> Vec<String> {
    let mut labels = Vec::new();
    for alike in declared.values() {
        labels.extend(alike.iter().find(|found| fits(found)).map(|found| found.label.to_owned()));
    }
    labels
}
