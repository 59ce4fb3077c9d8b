//! What a topology takes from the program: its Rust expressions and inputs, as tokens beside and inside its module. Not here: what
//! types they have and how they take their places (the model's).

use polyregion_model::given::{self, GivenType, Input};
use polyregion_model::syntax::{Document, Form};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::findings::Findings;

/// The tokens of what is given.
pub(crate) struct Given {
    /// Beside the module, where the expressions were written, so that they mean what they mean there.
    pub(crate) outside: TokenStream,
    /// What `__topology!` is told of it.
    pub(crate) inside: TokenStream,
    /// The account as an expression inside the module, if it is given.
    pub(crate) account: Option<TokenStream>,
}

impl Given {
    /// What the topology `name` takes. Without types (there were errors) no expression is written anywhere.
    pub(crate) fn new(
        name: &Ident,
        document: &Document,
        types: Option<&[GivenType]>,
        findings: &Findings,
    ) -> Self {
        let constants = format_ident!("__polyregion_{name}_constants");
        let expressions = types.unwrap_or_default().iter().zip(findings.constants());
        let expressions: Vec<TokenStream> = expressions
            .map(|(kind, expression)| {
                let function = format_ident!("{}", function(*kind));
                quote! { #function { #expression } }
            })
            .collect();
        let mut outside = TokenStream::new();
        let mut inside = TokenStream::new();
        if !expressions.is_empty() {
            outside.extend(quote! { ::polyregion::__constants! { #constants #(#expressions)* } });
            inside.extend(quote! { constants #constants });
        }
        let inputs = given::inputs(document);
        if !inputs.is_empty() {
            let inputs = inputs.into_iter().map(|Input { label, docs, type_name }| {
                let name = Ident::new(label.as_str(), findings.span(label.id));
                let of = Ident::new(type_name.as_str(), findings.span(type_name.id));
                let docs = if docs.is_empty() { format!("`input {name}`.") } else { docs };
                quote! { #[doc = #docs] #name: #of, }
            });
            inside.extend(quote! { inputs { #(#inputs)* } });
        }
        let account = types.and(account(document, findings)).map(|expression| {
            let account = format_ident!("__polyregion_{name}_account");
            outside.extend(quote! { ::polyregion::__account! { #account #expression } });
            quote! { super::#account }
        });
        Self { outside, inside, account }
    }
}

/// The expression that is the account, if it is one.
fn account<'a>(document: &Document, findings: &'a Findings) -> Option<&'a TokenStream> {
    let entry = document.entries.iter().find(|entry| entry.keyword.value == "account")?;
    match entry.is.as_ref()?.form {
        Form::Constant(number) => findings.constants().get(number as usize),
        Form::Missing
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
        | Form::Arrow(..)
        | Form::Pair(..) => None,
    }
}

/// The function of `polyregion::input` that takes a value of a type.
fn function(kind: GivenType) -> &'static str {
    match kind {
        GivenType::Text => "text",
        GivenType::Number => "number",
        GivenType::Whole => "whole",
        GivenType::Duration | GivenType::Days => "duration",
        GivenType::Flag => "flag",
        // Refused.
        GivenType::Word => "text",
    }
}
