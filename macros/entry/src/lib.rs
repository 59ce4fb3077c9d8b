//! The entry of the `topology!` macro. Not here: what it does (`polyregion-macros`). On its own, as rustc builds what a procedural macro
//! needs to the end before it begins with the macro, and a library already when it knows the types of what that needs.

#[expect(missing_docs, reason = "documented where it is re-exported, as polyregion::topology")]
#[proc_macro]
pub fn topology(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    polyregion_macros::topology(input.into()).into()
}
