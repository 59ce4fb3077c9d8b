//! From tokens to the syntax tree, entry by entry: after a mistake, parsing goes on at the next value or entry, so that
//! every mistake is reported at once and an editor still sees the rest. Not here: what keys and values mean (the model's).

mod values;

use polyregion_model::syntax::{Document, Entry, Value};
use polyregion_model::{Node, given};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use self::values::Suffixes;
use crate::cursor::{Attributes, Cursor, begins_item};
use crate::findings::Findings;

/// A whole invocation.
pub(crate) struct Ast {
    /// What is declared.
    pub(crate) document: Document,
    /// `pub` and the like, as written.
    pub(crate) visibility: TokenStream,
    /// The module's name.
    pub(crate) name: Option<Ident>,
}

/// Parses a whole invocation.
pub(crate) fn parse(input: TokenStream, findings: &mut Findings) -> Ast {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    // What is missing at the very end is missing after the last token.
    let end = tokens.last().map_or_else(Span::call_site, TokenTree::span);
    let mut cursor = Cursor::new(tokens, end);
    let Attributes { docs, allow } = cursor.attributes(findings);
    let visibility = cursor.visibility(findings);
    let name = match (cursor.keyword("mod"), cursor.ident()) {
        (Some(_), Some(name)) => Some(name),
        _ => {
            findings.expected(cursor.here(), "`pub mod name;`, which names the module that the macro makes");
            None
        }
    };
    if name.is_some() && !cursor.punct(';') {
        findings.expected(cursor.here(), "`;` after the module's name");
    }
    let node = match &name {
        Some(name) => findings.at(name.span(), name.to_string()),
        None => findings.at(Span::call_site(), String::new()),
    };
    let allow = nodes(allow, findings);
    let mut document = Document { name: node, docs, allow, ..Document::default() };
    while !cursor.is_empty() {
        document.entries.extend(entry(&mut cursor, findings));
    }
    Ast { document, visibility, name }
}

fn nodes(words: Vec<Ident>, findings: &mut Findings) -> Vec<Node<String>> {
    words.into_iter().map(|word| findings.at(word.span(), word.to_string())).collect()
}

/// One setting or item.
fn entry(cursor: &mut Cursor, findings: &mut Findings) -> Option<Entry> {
    let Attributes { docs, allow } = cursor.attributes(findings);
    let Some(word) = cursor.ident() else {
        findings.expected(cursor.here(), "an item, such as `table sessions { .. }`");
        cursor.skip_item();
        return None;
    };
    let mut entry = Entry {
        keyword: findings.at(word.span(), word.to_string()),
        label: None,
        docs,
        allow: nodes(allow, findings),
        is: None,
        within: None,
        body: Vec::new(),
        is_complete: true,
    };
    if cursor.colon() {
        entry.is = Some(values::value(cursor, Suffixes::All, findings));
        if !cursor.punct(',') && !cursor.is_empty() && !cursor.at_item() {
            findings.expected(cursor.here(), "`,` before the next item");
            cursor.skip_item();
        }
        return Some(entry);
    }
    if let Some(label) = cursor.ident() {
        entry.label = Some(findings.at(label.span(), label.to_string()));
        header(&word, &mut entry, cursor, findings);
        return Some(entry);
    }
    match cursor.braces() {
        Some(_) if begins_item(&word) => {
            findings.expected(word.span(), &format!("a label after `{word}`"));
            cursor.punct(',');
            return None;
        }
        Some(group) => entry.body = values::list(&group, findings),
        // A word that means nothing is reported by whoever reads it.
        None if begins_item(&word) => {
            findings.expected(cursor.here(), &format!("a label after `{word}`"));
            cursor.skip_item();
            return None;
        }
        None => cursor.skip_item(),
    }
    // The comma after an entry is optional where braces end it.
    cursor.punct(',');
    Some(entry)
}

/// `: is in within { .. }`.
fn header(word: &Ident, entry: &mut Entry, cursor: &mut Cursor, findings: &mut Findings) {
    let header = |cursor: &mut Cursor, findings: &mut Findings| -> Value {
        values::value(cursor, Suffixes::None, findings)
    };
    if cursor.colon() {
        entry.is = Some(header(cursor, findings));
    }
    if cursor.keyword("in").is_some() {
        entry.within = Some(header(cursor, findings));
    }
    if word == given::KEYWORD {
        // Inputs end as declarations of Rust do.
        entry.is_complete = cursor.punct(';');
        if !entry.is_complete {
            findings.expected(cursor.here(), "`;` after the input's type");
            cursor.skip_item();
        }
        return;
    }
    if let Some(group) = cursor.braces() {
        entry.body = values::list(&group, findings);
        cursor.punct(',');
        return;
    }
    // Half typed: what is there is kept, so that its handle exists.
    entry.is_complete = false;
    let before = if cursor.at_item() { ", before the next item" } else { "" };
    findings.expected(cursor.here(), &format!("`{{ .. }}` with the keys of the {word}{before}"));
    cursor.skip_item();
}
