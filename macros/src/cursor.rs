//! A position in a list of token trees. Not here: what the tokens say (`parse`).

use polyregion_model::given::labelled;
use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

use crate::findings::Findings;

/// What stands above an entry.
pub(crate) struct Attributes {
    pub(crate) docs: String,
    /// The codes of warnings that are allowed.
    pub(crate) allow: Vec<Ident>,
}

/// Whether a word begins an item.
pub(crate) fn begins_item(word: &Ident) -> bool {
    labelled().into_iter().any(|keyword| word == keyword)
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

    /// Takes `=>`; a `=` alone is taken, too, and is a mistake.
    pub(crate) fn arrow(&mut self) -> bool {
        self.punct('=') && self.punct('>')
    }

    /// Takes `:`, unless it is the first half of `::`.
    pub(crate) fn colon(&mut self) -> bool {
        let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Alone);
        self.tokens.next_if(is_colon).is_some()
    }

    /// The rest of a path whose first name has been taken, if one goes on: `crate::limits::TTL`.
    pub(crate) fn path(&mut self, first: &Ident, findings: &mut Findings) -> Option<TokenStream> {
        let is_joint = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint);
        let mut path = TokenStream::from(TokenTree::Ident(first.clone()));
        let mut goes_on = false;
        while let Some(colon) = self.tokens.next_if(is_joint) {
            goes_on = true;
            path.extend([colon]);
            path.extend(
                self.tokens
                    .next_if(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')),
            );
            match self.ident() {
                Some(name) => path.extend([TokenTree::Ident(name)]),
                None => {
                    findings.expected(self.here(), "a name after `::`");
                    break;
                }
            }
        }
        goes_on.then_some(path)
    }

    /// Whether `key:` comes.
    pub(crate) fn at_key(&self) -> bool {
        let mut ahead = Self { tokens: self.tokens.clone(), end: self.end };
        ahead.ident().is_some() && ahead.colon()
    }

    /// Whether a word comes that begins an item.
    pub(crate) fn at_item(&mut self) -> bool {
        matches!(self.peek(), Some(TokenTree::Ident(word)) if begins_item(word))
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

    /// Skips the rest of an entry of a list, up to its comma.
    pub(crate) fn skip_to_comma(&mut self) {
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        while self.tokens.next_if(|token| !is_comma(token)).is_some() {}
    }

    /// Skips the rest of something that can't be understood: through the next braces, comma or semicolon, or up to a
    /// word that starts an item.
    pub(crate) fn skip_item(&mut self) {
        let starts_item = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if begins_item(word));
        while let Some(token) = self.tokens.next_if(|token| !starts_item(token)) {
            match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => break,
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
            }
        }
        self.punct(',');
    }

    /// The text of doc comments, which arrive as `#[doc = "…"]`, and what `#[allow(polyregion::p0000)]` allows; other attributes
    /// are refused.
    pub(crate) fn attributes(&mut self, findings: &mut Findings) -> Attributes {
        let mut lines = Vec::new();
        let mut allow = Vec::new();
        while self.punct('#') {
            let Some(group) = self.group(Delimiter::Bracket) else {
                findings.expected(self.here(), "`[` after `#`");
                continue;
            };
            let mut inside = Cursor::of_group(&group);
            if inside.keyword("doc").is_some()
                && inside.punct('=')
                && let Some(TokenTree::Literal(literal)) = inside.next()
                && let syn::Lit::Str(text) = syn::Lit::new(literal)
            {
                lines.push(text.value().trim().to_owned());
            } else if let Some(codes) = Cursor::of_group(&group).allowed() {
                allow.extend(codes);
            } else {
                findings.expected(
                    group.span_open(),
                    "documentation, `allow(polyregion::p0000)` or, on items, `cfg(..)`, the only attributes",
                );
            }
        }
        Attributes { docs: lines.join("\n"), allow }
    }

    /// The codes of `allow(polyregion::p0000, ..)`.
    fn allowed(mut self) -> Option<Vec<Ident>> {
        self.keyword("allow")?;
        let mut inside = Cursor::of_group(&self.group(Delimiter::Parenthesis)?);
        let mut codes = Vec::new();
        while !inside.is_empty() {
            inside.keyword("polyregion")?;
            if !(inside.punct(':') && inside.punct(':')) {
                return None;
            }
            codes.push(inside.ident()?);
            if !inside.punct(',') && !inside.is_empty() {
                return None;
            }
        }
        self.is_empty().then_some(codes)
    }

    /// Whether all of it is what stands in `pub(..)`.
    fn restricts(mut self, findings: &mut Findings) -> bool {
        if self.keyword("in").is_some() {
            let Some(first) = self.ident() else { return false };
            self.path(&first, findings);
        } else if !["crate", "self", "super"].into_iter().any(|word| self.keyword(word).is_some()) {
            return false;
        }
        self.is_empty()
    }

    /// `pub` or `pub(..)`.
    pub(crate) fn visibility(&mut self, findings: &mut Findings) -> TokenStream {
        let Some(word) = self.keyword("pub") else { return TokenStream::new() };
        let plain = TokenStream::from(TokenTree::Ident(word));
        let Some(group) = self.group(Delimiter::Parenthesis) else { return plain };
        if Cursor::of_group(&group).restricts(findings) {
            let mut restricted = plain;
            restricted.extend([TokenTree::Group(group)]);
            return restricted;
        }
        findings.expected(group.span_open(), "`pub`, `pub(crate)`, `pub(super)` or `pub(in path)`");
        plain
    }
}
