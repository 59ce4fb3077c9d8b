//! From tokens to the syntax tree, item by item: after a mistake, parsing goes on at the next field or item, so that
//! every mistake is reported at once and an editor still sees the rest. Not here: what keys and values mean.

use polyregion_model::{Kind, Problem, did_you_mean};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::ast::{Ast, Field, ItemAst, Value};
use crate::findings::Findings;

/// Parses a whole invocation.
pub(crate) fn parse(input: TokenStream, findings: &mut Findings) -> Ast {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    // What is missing at the very end is missing after the last token.
    let end = tokens.last().map_or_else(Span::call_site, TokenTree::span);
    let mut cursor = Cursor::new(tokens, end);
    let mut ast = Ast { docs: cursor.docs(findings), ..Ast::default() };
    ast.visibility = cursor.visibility();
    match (cursor.keyword("mod"), cursor.ident()) {
        (Some(_), Some(name)) => ast.name = Some(name),
        _ => findings
            .push(cursor.here(), expected("`pub mod name;`, which names the module that the macro makes")),
    }
    if ast.name.is_some() && !cursor.punct(';') {
        findings.push(cursor.here(), expected("`;` after the module's name"));
    }
    while !cursor.is_empty() {
        entry(&mut cursor, &mut ast, findings);
    }
    ast
}

pub(crate) fn expected(what: &str) -> Problem {
    Problem::Syntax { expected: what.to_owned() }
}

/// One of `account: ..`, `regions { .. }` and the items.
fn entry(cursor: &mut Cursor, ast: &mut Ast, findings: &mut Findings) {
    let docs = cursor.docs(findings);
    let Some(word) = cursor.ident() else {
        findings.push(cursor.here(), expected("an item, such as `table sessions { .. }`"));
        return cursor.skip_item();
    };
    let text = word.to_string();
    if text == "account" {
        if !cursor.punct(':') {
            findings.push(cursor.here(), expected("`:` after `account`"));
        }
        let value = cursor.until_comma();
        ast.accounts.push(Field { key: word, value });
    } else if text == "regions" {
        match cursor.braces() {
            Some(group) => ast.regions.push((word, fields(&group, findings))),
            None => findings.push(cursor.here(), expected("`{ label: region_code, .. }` after `regions`")),
        }
    } else if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.keyword() == text) {
        item(kind, docs, cursor, ast, findings);
        return;
    } else if text == "objectives" || text == "input" {
        let instead = "leave it out; it will be checked in a later version".to_owned();
        findings.push(word.span(), Problem::Unsupported { what: format!("`{text}`"), instead });
        return cursor.skip_item();
    } else {
        let known = Kind::ALL.map(Kind::keyword).into_iter().chain(["account", "regions"]);
        let suggestion = did_you_mean(&text, known).map(str::to_owned);
        findings.push(word.span(), Problem::UnknownItem { word: text, suggestion });
        return cursor.skip_item();
    }
    // The comma after an entry is optional where braces end it.
    cursor.punct(',');
}

fn item(kind: Kind, docs: String, cursor: &mut Cursor, ast: &mut Ast, findings: &mut Findings) {
    let Some(label) = cursor.ident() else {
        findings.push(cursor.here(), expected(&format!("a label after `{kind}`")));
        return cursor.skip_item();
    };
    let mut tokens = Vec::new();
    loop {
        if let Some(group) = cursor.braces() {
            let header = Value { tokens, end: group.span_open() };
            ast.items.push(ItemAst {
                kind,
                docs,
                label,
                header,
                fields: fields(&group, findings),
                is_complete: true,
            });
            cursor.punct(',');
            return;
        }
        // Braces were forgotten when the next item begins; `in` may be followed by any label.
        let after_in = matches!(tokens.last(), Some(TokenTree::Ident(last)) if last == "in");
        let next_item = |token: &TokenTree| Kind::ALL.iter().any(|kind| token.to_string() == kind.keyword());
        if !after_in && cursor.peek().is_some_and(next_item) {
            findings.push(
                cursor.here(),
                expected(&format!("`{{ .. }}` with the keys of the {kind}, before the next item")),
            );
            break;
        }
        match cursor.next() {
            Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), ';' | ',') => {
                findings.push(punct.span(), expected(&format!("`{{ .. }}` with the keys of the {kind}")));
                break;
            }
            Some(token) => tokens.push(token),
            None => {
                findings.push(cursor.here(), expected(&format!("`{{ .. }}` with the keys of the {kind}")));
                break;
            }
        }
    }
    // Half-typed: keep what is there, so that its handle exists.
    let header = Value { tokens, end: cursor.here() };
    ast.items.push(ItemAst { kind, docs, label, header, fields: Vec::new(), is_complete: false });
}

/// The fields inside braces.
pub(crate) fn fields(group: &Group, findings: &mut Findings) -> Vec<Field> {
    let mut cursor = Cursor::of_group(group);
    let mut fields = Vec::new();
    while !cursor.is_empty() {
        match cursor.ident() {
            Some(key) if cursor.punct(':') => {
                let value = cursor.until_comma();
                fields.push(Field { key, value });
            }
            Some(key) => {
                findings.push(cursor.here(), expected(&format!("`:` after `{key}`")));
                drop(cursor.until_comma());
            }
            None => {
                findings.push(cursor.here(), expected("a key, as in `key: value`"));
                drop(cursor.until_comma());
            }
        }
    }
    fields
}

/// A position in a list of token trees.
pub(crate) struct Cursor {
    tokens: std::iter::Peekable<std::vec::IntoIter<TokenTree>>,
    end: Span,
}

impl Cursor {
    pub(crate) fn new(tokens: Vec<TokenTree>, end: Span) -> Self {
        // What another macro passed on arrives in groups without delimiters.
        let mut flat = Vec::with_capacity(tokens.len());
        for token in tokens {
            match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    flat.extend(group.stream())
                }
                other @ (TokenTree::Group(_)
                | TokenTree::Ident(_)
                | TokenTree::Punct(_)
                | TokenTree::Literal(_)) => {
                    flat.push(other);
                }
            }
        }
        Self { tokens: flat.into_iter().peekable(), end }
    }

    /// The inside of a group; what is missing is missing at its closing delimiter.
    pub(crate) fn of_group(group: &Group) -> Self {
        Self::new(group.stream().into_iter().collect(), group.span_close())
    }

    pub(crate) fn is_empty(&mut self) -> bool {
        self.tokens.peek().is_none()
    }

    /// The next token's place, or the end's.
    pub(crate) fn here(&mut self) -> Span {
        self.tokens.peek().map_or(self.end, TokenTree::span)
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        self.tokens.next()
    }

    pub(crate) fn peek(&mut self) -> Option<&TokenTree> {
        self.tokens.peek()
    }

    pub(crate) fn ident(&mut self) -> Option<Ident> {
        match self.tokens.next_if(|token| matches!(token, TokenTree::Ident(_))) {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        }
    }

    /// The next token, if it is this word.
    pub(crate) fn keyword(&mut self, word: &str) -> Option<Ident> {
        match self.tokens.peek() {
            Some(TokenTree::Ident(ident)) if ident == word => self.ident(),
            _ => None,
        }
    }

    /// Takes the next token, if it is this mark.
    pub(crate) fn punct(&mut self, mark: char) -> bool {
        let is_mark = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
        self.tokens.next_if(is_mark).is_some()
    }

    /// Takes `=>`.
    pub(crate) fn arrow(&mut self) -> bool {
        self.punct('=') && self.punct('>')
    }

    pub(crate) fn braces(&mut self) -> Option<Group> {
        self.group(Delimiter::Brace)
    }

    pub(crate) fn group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let matches =
            |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter);
        match self.tokens.next_if(matches) {
            Some(TokenTree::Group(group)) => Some(group),
            _ => None,
        }
    }

    /// The tokens up to the next comma, which is taken too.
    pub(crate) fn until_comma(&mut self) -> Value {
        let mut tokens = Vec::new();
        loop {
            let end = self.here();
            if self.punct(',') {
                return Value { tokens, end };
            }
            match self.tokens.next() {
                Some(token) => tokens.push(token),
                None => return Value { tokens, end },
            }
        }
    }

    /// Skips the rest of something that can't be understood: through the next braces, comma or semicolon, or up to a
    /// word that starts an item.
    fn skip_item(&mut self) {
        let starts_item =
            |token: &TokenTree| Kind::ALL.iter().any(|kind| token.to_string() == kind.keyword());
        while let Some(token) = self.tokens.next_if(|token| !starts_item(token)) {
            match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => break,
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
            }
        }
        self.punct(',');
    }

    /// The text of doc comments, which arrive as `#[doc = "…"]`; other attributes are refused.
    fn docs(&mut self, findings: &mut Findings) -> String {
        let mut lines = Vec::new();
        while self.punct('#') {
            let Some(group) = self.group(Delimiter::Bracket) else { continue };
            let mut inside = Cursor::of_group(&group);
            if inside.keyword("doc").is_some()
                && inside.punct('=')
                && let Some(TokenTree::Literal(literal)) = inside.next()
                && let syn::Lit::Str(text) = syn::Lit::new(literal)
            {
                lines.push(text.value().trim().to_owned());
            } else {
                let what = "an attribute other than documentation".to_owned();
                let instead = "remove it".to_owned();
                findings.push(group.span_open(), Problem::Unsupported { what, instead });
            }
        }
        lines.join("\n")
    }

    /// `pub` or `pub(..)`.
    fn visibility(&mut self) -> TokenStream {
        let Some(word) = self.keyword("pub") else { return TokenStream::new() };
        let mut tokens = TokenStream::from(TokenTree::Ident(word));
        if let Some(group) = self.group(Delimiter::Parenthesis) {
            tokens.extend([TokenTree::Group(group)]);
        }
        tokens
    }
}
