//! Values: literals, words, lists, calls, and what may follow them. Not here: entries.

use polyregion_model::syntax::{Form, Value};
use proc_macro2::{Delimiter, Group, Literal, TokenTree};
use quote::{quote, quote_spanned};

use crate::cursor::Cursor;
use crate::findings::Findings;

/// What may follow a value and belong to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Suffixes {
    /// `in place`, `{ keys }`, `=> other`, `: other`.
    All,
    /// Nothing: they belong to the item whose header the value is in.
    None,
}

/// The values of a list, separated by commas.
pub(super) fn list(group: &Group, findings: &mut Findings) -> Vec<Value> {
    let mut cursor = Cursor::of_group(group);
    let mut values = Vec::new();
    while !cursor.is_empty() {
        let mut read = value(&mut cursor, Suffixes::All, findings);
        if !cursor.is_empty() && !cursor.punct(',') {
            if !is_broken(&read) {
                let more = continuation(&read, cursor.peek());
                findings.expected(cursor.here(), &more);
            }
            // Where just the comma is missing, nothing else is wrong.
            if !cursor.at_key() {
                cursor.skip_to_comma();
                cursor.punct(',');
                break_off(&mut read);
            }
        }
        values.push(read);
    }
    values
}

/// What is missing between a value and more tokens.
fn continuation(value: &Value, next: Option<&TokenTree>) -> String {
    // An operator, the mark of a macro, or arguments.
    let is_expression = match next {
        Some(TokenTree::Punct(mark)) => !matches!(mark.as_char(), ':' | ';' | '='),
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(TokenTree::Ident(_) | TokenTree::Literal(_)) | None => false,
    };
    if is_expression {
        return "`,` before the next value; a Rust expression goes in `const { .. }`".to_owned();
    }
    if let Form::Word(word) = &value.form {
        return format!("`:` after `{word}`");
    }
    let last = if let Form::Pair(_, last) = &value.form { last } else { value };
    if matches!(last.form, Form::Each { .. } | Form::List(_)) {
        "`,`, or `=>` with what is for these regions".to_owned()
    } else {
        "`,` before the next value".to_owned()
    }
}

/// Whether something in it is broken, which was reported.
fn is_broken(value: &Value) -> bool {
    match &value.form {
        Form::Broken => true,
        Form::Pair(_, value) | Form::Arrow(_, value) | Form::In(_, value) | Form::Times(_, value) => {
            is_broken(value)
        }
        Form::With(value, _) => is_broken(value),
        Form::Missing
        | Form::Text(_)
        | Form::Number(..)
        | Form::Decimal(_)
        | Form::Word(_)
        | Form::Each { .. }
        | Form::List(_)
        | Form::Block(_)
        | Form::Call(..)
        | Form::Constant(..) => false,
    }
}

/// Makes the last part of a value broken, so that nothing else is said about it.
fn break_off(value: &mut Value) {
    match &mut value.form {
        Form::Pair(_, last) | Form::Arrow(_, last) => break_off(last),
        form @ (Form::Missing
        | Form::Broken
        | Form::Text(_)
        | Form::Number(..)
        | Form::Decimal(_)
        | Form::Word(_)
        | Form::Each { .. }
        | Form::List(_)
        | Form::Block(_)
        | Form::Call(..)
        | Form::With(..)
        | Form::Times(..)
        | Form::In(..)
        | Form::Constant(..)) => *form = Form::Broken,
    }
}

/// A value. Where none is, it is missing at the next token, which stays.
pub(super) fn value(cursor: &mut Cursor, suffixes: Suffixes, findings: &mut Findings) -> Value {
    let first = chained(cursor, suffixes, findings);
    if suffixes == Suffixes::All && cursor.colon() {
        let second = value(cursor, suffixes, findings);
        return Value::new(first.id, Form::Pair(Box::new(first), Box::new(second)));
    }
    first
}

/// A value up to `:`.
fn chained(cursor: &mut Cursor, suffixes: Suffixes, findings: &mut Findings) -> Value {
    let first = single(cursor, suffixes, findings);
    if suffixes == Suffixes::All && cursor.arrow() {
        let second = chained(cursor, suffixes, findings);
        return Value::new(first.id, Form::Arrow(Box::new(first), Box::new(second)));
    }
    first
}

/// A value up to `=>` or `:`.
fn single(cursor: &mut Cursor, suffixes: Suffixes, findings: &mut Findings) -> Value {
    let mut read = primary(cursor, findings);
    if let Form::Number(count, unit) = &read.form
        && unit.is_empty()
        && let Ok(count) = u64::try_from(*count)
        && cursor.punct('*')
    {
        let counted = single(cursor, suffixes, findings);
        return Value::new(read.id, Form::Times(count, Box::new(counted)));
    }
    if suffixes == Suffixes::None {
        return read;
    }
    loop {
        if cursor.keyword("in").is_some() {
            let place = primary(cursor, findings);
            read = Value::new(read.id, Form::In(Box::new(read), Box::new(place)));
        } else if let Some(group) = cursor.braces() {
            let body = list(&group, findings);
            read = Value::new(read.id, Form::With(Box::new(read), body));
        } else {
            return read;
        }
    }
}

fn primary(cursor: &mut Cursor, findings: &mut Findings) -> Value {
    let span = cursor.here();
    let id = findings.node(span);
    let broken = |what: &str, findings: &mut Findings| {
        findings.expected(span, what);
        Value::new(id, Form::Broken)
    };
    let form = match cursor.peek() {
        None => Form::Missing,
        Some(TokenTree::Literal(written)) => {
            let written = written.clone();
            cursor.next();
            match literal(&written, false) {
                Some(form) => form,
                None => return broken("a string or a number", findings),
            }
        }
        Some(TokenTree::Ident(word)) => {
            let first = word.clone();
            let word = word.to_string();
            cursor.next();
            if word == "const"
                && let Some(group) = cursor.braces()
            {
                let expression = quote! { #first #group };
                let text = expression.to_string();
                Form::Constant(findings.expression(expression), text)
            } else if let Some(path) = cursor.path(&first, findings) {
                let text = path.to_string().replace(' ', "");
                // Wherever it leads, what it leads to is constant.
                Form::Constant(findings.expression(quote_spanned! { span => const { #path } }), text)
            } else if word == "each" {
                let other = cursor.keyword("other").is_some();
                if cursor.keyword("region").is_none() {
                    let what = if other { "`each other region`" } else { "`each region`" };
                    findings.expected(cursor.here(), what);
                }
                Form::Each { other }
            } else if let Some(arguments) = cursor.group(Delimiter::Parenthesis) {
                Form::Call(word, list(&arguments, findings))
            } else {
                Form::Word(word)
            }
        }
        Some(TokenTree::Group(group)) => {
            let group = group.clone();
            match group.delimiter() {
                Delimiter::Bracket => {
                    cursor.next();
                    Form::List(list(&group, findings))
                }
                Delimiter::Brace => {
                    cursor.next();
                    Form::Block(list(&group, findings))
                }
                Delimiter::Parenthesis | Delimiter::None => {
                    cursor.next();
                    return broken("a value", findings);
                }
            }
        }
        Some(TokenTree::Punct(mark)) if mark.as_char() == '-' => {
            cursor.next();
            let number = match cursor.peek() {
                Some(TokenTree::Literal(written)) => literal(written, true),
                _ => None,
            };
            match number {
                Some(form) => {
                    cursor.next();
                    form
                }
                None => return broken("a number after `-`", findings),
            }
        }
        Some(TokenTree::Punct(_)) => Form::Missing,
    };
    Value::new(id, form)
}

/// What a literal says, if it is of a kind that the language has.
fn literal(written: &Literal, negative: bool) -> Option<Form> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other kind of Rust's is none of the language's"
    )]
    match syn::Lit::new(written.clone()) {
        syn::Lit::Str(text) if !negative && text.suffix().is_empty() => Some(Form::Text(text.value())),
        syn::Lit::Int(number) => {
            let value = number.base10_parse::<i64>().ok()?;
            Some(Form::Number(if negative { -value } else { value }, number.suffix().to_owned()))
        }
        syn::Lit::Float(number) if number.suffix().is_empty() => {
            let sign = if negative { "-" } else { "" };
            Some(Form::Decimal(format!("{sign}{}", number.base10_digits())))
        }
        _ => None,
    }
}
