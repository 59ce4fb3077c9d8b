//! `#[cfg(..)]` on items: only rustc knows which conditions hold, so the macro expands to two invocations of itself, of which rustc
//! keeps one before it expands it. Not here: everything else about attributes (`cursor`).

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use crate::cursor::Cursor;

/// Two invocations, with and without what stands under the first condition, if there is one.
pub(crate) fn split(input: &TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = input.clone().into_iter().collect();
    let entries = entries(&tokens);
    let condition = entries.iter().find_map(|entry| entry.condition(&tokens))?;
    let text = condition.to_string();
    let mut with = TokenStream::new();
    let mut without = TokenStream::new();
    for entry in &entries {
        let is_under = entry.condition(&tokens).is_some_and(|other| other.to_string() == text);
        let kept = entry.tokens(&tokens, is_under);
        if !is_under {
            without.extend(kept.clone());
        }
        with.extend(kept);
    }
    Some(quote! {
        #[cfg(#condition)]
        ::polyregion::topology! { #with }
        #[cfg(not(#condition))]
        ::polyregion::topology! { #without }
    })
}

/// A setting or an item with its attributes, by the places of its tokens.
struct Entry {
    start: usize,
    /// Behind its last token.
    end: usize,
    /// Where `#[cfg(..)]` begins in it; two tokens.
    conditions: Vec<usize>,
}

impl Entry {
    /// What its first `#[cfg(..)]` says.
    fn condition(&self, tokens: &[TokenTree]) -> Option<TokenStream> {
        let group = tokens.get(self.conditions.first()? + 1)?;
        condition(group)
    }

    /// Its tokens, without its first `#[cfg(..)]` if that has been decided.
    fn tokens(&self, tokens: &[TokenTree], is_decided: bool) -> TokenStream {
        let decided = self.conditions.first().copied().filter(|_| is_decided);
        let kept =
            (self.start..self.end).filter(|place| decided.is_none_or(|at| *place != at && *place != at + 1));
        kept.filter_map(|place| tokens.get(place).cloned()).collect()
    }
}

/// What `[cfg(..)]` says, if it is one.
fn condition(token: &TokenTree) -> Option<TokenStream> {
    let TokenTree::Group(group) = token else { return None };
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    let mut inside = Cursor::of_group(group);
    inside.keyword("cfg")?;
    let condition = inside.group(Delimiter::Parenthesis)?.stream();
    (inside.is_empty() && !condition.is_empty()).then_some(condition)
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn is_word(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(found)) if found == word)
}

fn is_braces(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The entries: each ends with a comma, or with braces and the comma behind them. The module's name ends with a semicolon, and
/// conditions of the whole belong before the invocation.
fn entries(tokens: &[TokenTree]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut start = 0;
    let mut conditions = Vec::new();
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        let is_expression = place.checked_sub(1).is_some_and(|before| is_word(tokens.get(before), "const"));
        let ends = if is_braces(token) && !is_expression {
            place += usize::from(is_punct(tokens.get(place + 1), ','));
            true
        } else {
            is_punct(Some(token), ',') || is_punct(Some(token), ';')
        };
        if is_punct(Some(token), '#') && tokens.get(place + 1).and_then(condition).is_some() {
            conditions.push(place);
        }
        place += 1;
        if ends {
            // What stands before the module's name is not an item's.
            let conditions = std::mem::take(&mut conditions);
            let is_header = start == 0 && is_punct(tokens.get(place - 1), ';');
            entries.push(Entry {
                start,
                end: place,
                conditions: if is_header { Vec::new() } else { conditions },
            });
            start = place;
        }
    }
    entries.push(Entry { start, end: tokens.len(), conditions: Vec::new() });
    entries
}
