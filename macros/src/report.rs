//! Findings as tokens that make rustc show them. Not here: their words (the model's).

use polyregion_model::{Diagnostic, Severity};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::findings::Findings;

/// Compile errors and warnings for all findings.
pub(crate) fn report(findings: &Findings) -> TokenStream {
    findings
        .iter()
        .enumerate()
        .map(|(number, diagnostic)| match diagnostic.severity() {
            Severity::Error => error(diagnostic, findings),
            Severity::Warning => warning(number, diagnostic, findings),
        })
        .collect()
}

/// The message as rustc shows it: what, why, how to fix it.
pub(crate) fn text(diagnostic: &Diagnostic, findings: &Findings) -> String {
    let mut text = diagnostic.to_string();
    if let Some((node, what)) = diagnostic.related {
        let line = findings.span(node).start().line;
        text.push_str(&format!("\n  {what}: line {line}"));
    }
    if !diagnostic.help.is_empty() {
        text.push_str(&format!("\n  help: {}", diagnostic.help));
    }
    text
}

fn error(diagnostic: &Diagnostic, findings: &Findings) -> TokenStream {
    let text = text(diagnostic, findings);
    quote_spanned! { findings.span(diagnostic.node) => ::core::compile_error! { #text } }
}

/// Stable Rust has no way for a macro to warn, so the warning is the note of a deprecated structure that is used once, at
/// the span in question. The name is in camel case so that no second lint fires.
fn warning(number: usize, diagnostic: &Diagnostic, findings: &Findings) -> TokenStream {
    let text = text(diagnostic, findings);
    let name = format_ident!("Polyregion{}Number{number}", diagnostic.code().to_string());
    let used = Ident::new(&name.to_string(), findings.span(diagnostic.node));
    quote! {
        const _: () = {
            #[deprecated(note = #text)]
            struct #name;
            let _ = #used;
        };
    }
}
