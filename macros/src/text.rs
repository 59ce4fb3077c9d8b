//! Declarations from text, for programs that read them while they run. Not here: what they mean (`polyregion_model::judge`).

use polyregion_model::syntax::Document;
use proc_macro2::TokenStream;

use crate::findings::Findings;
use crate::parse::parse;

/// What stands in the text as it would in the macro's braces. `#[cfg(..)]` is not understood.
///
/// # Errors
/// What is no token of Rust, or all that the parser found, in words without lines.
pub fn document(text: &str) -> Result<Document, Vec<String>> {
    let tokens: TokenStream = text.parse().map_err(|error| vec![format!("{error}")])?;
    let mut findings = Findings::default();
    let ast = parse(tokens, &mut findings);
    if findings.has_errors() {
        return Err(findings.iter().map(ToString::to_string).collect());
    }
    Ok(ast.document)
}
