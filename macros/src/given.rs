//! What a topology takes from the program: its Rust expressions and inputs, as tokens beside and inside its module. Not here: what
//! types they have and how they take their places (the model's).

use polyregion_model::given::{self, GivenType, Input};
use polyregion_model::syntax::{Document, Form};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::findings::Findings;

/// The tokens of what the program gives.
pub(crate) struct FromProgram {
    /// Beside the module, where the expressions were written, so that they mean what they mean there.
    pub(crate) outside: TokenStream,
    /// What `__topology!` is told of it.
    pub(crate) inside: TokenStream,
    /// The account as an expression inside the module, if it is one.
    pub(crate) account: Option<TokenStream>,
}

impl FromProgram {
    /// What the topology `name` takes; `types` are those of the expressions.
    pub(crate) fn new(
        name: &Ident,
        document: &Document,
        types: &[Option<GivenType>],
        findings: &Findings,
    ) -> Self {
        // In a function nobody finds it, and rustc's message is its name.
        let values = format_ident!("__values_of_{name}_which_belongs_in_a_module_not_in_a_function");
        let expressions = types.iter().zip(findings.expressions());
        let expressions = expressions.filter_map(|(kind, expression)| {
            let function = format_ident!("{}", function((*kind)?));
            Some(quote! { #function { #expression } })
        });
        let expressions: Vec<TokenStream> = expressions.collect();
        let mut outside = TokenStream::new();
        let mut inside = TokenStream::new();
        if !expressions.is_empty() {
            outside.extend(quote! { ::polyregion::__values! { #values #(#expressions)* } });
            inside.extend(quote! { values #values });
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
        let account = account(document, findings).map(|expression| {
            let account = format_ident!("__account_of_{name}_which_belongs_in_a_module_not_in_a_function");
            outside.extend(quote! { ::polyregion::__account! { #account #expression } });
            quote! { super::#account }
        });
        Self { outside, inside, account }
    }
}

/// The expression that is the account, if it is one.
fn account<'a>(document: &Document, findings: &'a Findings) -> Option<&'a TokenStream> {
    let entry = document.entries.iter().find(|entry| entry.keyword.value == "account")?;
    let Form::Constant(number, _) = entry.is.as_ref()?.form else { return None };
    findings.expressions().get(number as usize)
}

/// The function of `polyregion::input` that takes a value of a type.
fn function(kind: GivenType) -> &'static str {
    match kind {
        GivenType::Text => "text",
        GivenType::Number => "number",
        GivenType::Whole => "whole",
        GivenType::Duration | GivenType::Days => "duration",
        GivenType::Flag => "flag",
    }
}
