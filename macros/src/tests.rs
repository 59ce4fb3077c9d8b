//! Tests of the macro without rustc: caret fixtures and the expansion. Not here: rustc's own rendering (`tests/ui`).

mod caret;
mod editor;
mod fuzz;
mod given;
mod handles;
mod objectives;
mod rules;
mod terraform;
mod trees;

use polyregion_model::{Topology, validate};

use crate::expand::{Compiled, expand};

/// The storefront, as the README writes it.
const STOREFRONT: &str = include_str!("../fixtures/valid/storefront.topology");

#[test]
fn expansion_of_the_storefront() {
    let tokens = expand(STOREFRONT.parse().unwrap());
    let file = syn::parse2(tokens).unwrap();
    insta::assert_snapshot!(prettyplease::unparse(&file));
}

/// However the text is cut off while somebody types, the macro reports and never panics, and the module still exists.
#[test]
fn half_typed_topologies_still_expand() {
    let words: Vec<&str> = STOREFRONT.split_inclusive(char::is_whitespace).collect();
    for length in 0..words.len() {
        let text: String = words[..length].concat();
        // Text with an open bracket is not a token stream; rustc reports that itself.
        let Ok(tokens) = text.parse() else { continue };
        let expanded = expand(tokens).to_string();
        assert!(!text.contains("mod storefront") || expanded.contains("mod storefront"), "{text}");
    }
}

/// What a declaration all of whose values are written stands for.
fn resolved(compiled: Compiled) -> Option<Topology> {
    validate(compiled.spec?).0
}

/// Fails if a declaration is valid and stands for nothing, which nobody would see before a program starts.
fn assert_resolved(compiled: Compiled, text: &str) {
    if compiled.is_whole && compiled.spec.is_some() {
        assert!(resolved(compiled).is_some(), "valid, and stands for nothing:\n{text}");
    }
}
