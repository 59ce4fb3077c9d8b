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
#[cfg(feature = "text")]
mod text;

#[cfg(feature = "text")]
pub use text::document;

/// What an invocation of `topology!` expands to.
pub fn topology(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    expand::expand(input)
}
