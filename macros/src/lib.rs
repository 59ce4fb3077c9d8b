//! The `topology!` macro. Not here: what it does; `polyregion` documents it.

mod conditional;
mod cursor;
mod editor;
mod expand;
mod findings;
mod given;
mod handles;
mod parse;
mod report;
#[cfg(test)]
mod tests;

#[expect(missing_docs, reason = "documented where it is re-exported, as polyregion::topology")]
#[proc_macro]
pub fn topology(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::expand(input.into()).into()
}
