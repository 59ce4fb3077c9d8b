//! The whole macro: parse, lower, validate, expand. Not here: the stages themselves.

use polyregion_model::{Topology, codec, read, validate};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::conditional;
use crate::editor::editor;
use crate::findings::Findings;
use crate::handles::handles;
use crate::parse::{Ast, parse};
use crate::report::report;

/// What an invocation expands to. With errors it still expands to the module and its handles, so that no second error
/// appears where they are used.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    if let Some(split) = conditional::split(&input) {
        return split;
    }
    expand_checked(check(input))
}

/// The last stage.
pub(crate) fn expand_checked((ast, topology, findings): (Ast, Option<Topology>, Findings)) -> TokenStream {
    let messages = report(&findings);
    let module = module(ast, topology.as_ref(), &findings);
    quote! { #messages #module }
}

/// All stages but the last.
pub(crate) fn check(input: TokenStream) -> (Ast, Option<Topology>, Findings) {
    let mut findings = Findings::default();
    let ast = parse(input, &mut findings);
    let (spec, misread) = read(&ast.document);
    findings.adopt(misread);
    let (topology, found) = validate(spec);
    findings.adopt(found);
    findings.silence(&ast.document);
    let topology = topology.filter(|_| !findings.has_errors());
    (ast, topology, findings)
}

fn module(ast: Ast, topology: Option<&Topology>, findings: &Findings) -> TokenStream {
    let Ast { mut document, visibility, name: Some(name) } = ast else { return TokenStream::new() };
    // What can't be a module's name is reported.
    if polyregion_model::name::check_module_name(&name.to_string()).is_err() {
        return TokenStream::new();
    }
    let docs = document.docs.clone();
    let handles = handles(&document, topology, findings);
    let editor = editor(&document, findings);
    let body = if let Some(topology) = topology {
        // The file's name is rustc's to say, so it is filled in where the bytes are decoded.
        // Each resource is named with the line that asks for it, and so is what can't be deployed yet.
        let resources = topology.resources().iter().map(|resource| resource.node);
        let pending = topology.pending().iter().map(|(_, pending)| pending.id);
        document.source.lines = findings.lines(resources.chain(pending));
        let bytes = Literal::byte_string(&codec::encode(&document));
        quote! { #bytes }
    } else {
        TokenStream::new()
    };
    quote! {
        #[doc = #docs]
        #visibility mod #name {
            #handles

            ::polyregion::__topology! { #body }

            #editor
        }
    }
}
