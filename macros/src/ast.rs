//! The syntax tree: items with their fields, values still tokens. Not here: what keys and values mean (`lower`).

use polyregion_model::Kind;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// A whole invocation.
#[derive(Default)]
pub(crate) struct Ast {
    /// The module's documentation.
    pub(crate) docs: String,
    /// `pub` and the like, as written.
    pub(crate) visibility: TokenStream,
    /// The module's name.
    pub(crate) name: Option<Ident>,
    /// `account: ..`, each occurrence.
    pub(crate) accounts: Vec<Field>,
    /// `regions { .. }`, each occurrence.
    pub(crate) regions: Vec<(Ident, Vec<Field>)>,
    /// The items, in the order written.
    pub(crate) items: Vec<ItemAst>,
}

/// An item: `kind label header { fields }`.
pub(crate) struct ItemAst {
    pub(crate) kind: Kind,
    pub(crate) docs: String,
    pub(crate) label: Ident,
    /// The tokens between the label and the braces.
    pub(crate) header: Value,
    pub(crate) fields: Vec<Field>,
    /// Whether it has its braces; without, it was half typed when the macro ran.
    pub(crate) is_complete: bool,
}

/// `key: value`.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// The tokens of a value, with the place to blame when they end too early.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) tokens: Vec<TokenTree>,
    pub(crate) end: Span,
}
