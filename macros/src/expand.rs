//! The whole macro: parse, lower, validate, expand. Not here: the stages themselves.

use polyregion_model::{Problem, Spec, Topology, codec, validate};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::ast::{Ast, ItemAst};
use crate::findings::Findings;
use crate::handles::handles;
use crate::lower::lower;
use crate::parse::parse;
use crate::report::report;

/// What an invocation expands to. With errors it still expands to the module and its handles, so that no second error
/// appears where they are used.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let (ast, spec, topology, findings) = check(input);
    let messages = report(&findings);
    let module = module(&ast, spec, topology.as_ref(), &findings);
    quote! { #messages #module }
}

/// All stages but the last.
pub(crate) fn check(input: TokenStream) -> (Ast, Spec, Option<Topology>, Findings) {
    let mut findings = Findings::default();
    let ast = parse(input, &mut findings);
    let spec = lower(&ast, &mut findings);
    let (topology, diagnostics) = validate(&spec);
    for diagnostic in diagnostics {
        // An item that could not be understood is still declared: what refers to it is no error too.
        let excused = |item: &ItemAst| {
            matches!(&diagnostic.problem, Problem::UnknownReference { kind, label, .. }
                if item.kind.keyword() == kind && item.label == label)
        };
        if !ast.items.iter().any(excused) {
            findings.adopt(diagnostic);
        }
    }
    let topology = topology.filter(|_| !findings.has_errors());
    (ast, spec, topology, findings)
}

fn module(ast: &Ast, mut spec: Spec, topology: Option<&Topology>, findings: &Findings) -> TokenStream {
    let Some(name) = &ast.name else { return TokenStream::new() };
    let Ast { docs, visibility, .. } = ast;
    let handles = handles(ast, topology);
    let body = if topology.is_some() {
        // The file's name is rustc's to say, so it is filled in where the bytes are decoded.
        spec.source.lines = findings.lines();
        let bytes = Literal::byte_string(&codec::encode(&spec));
        quote! {
            static TOPOLOGY: ::std::sync::LazyLock<::polyregion::Topology> =
                ::std::sync::LazyLock::new(|| ::polyregion::__private::decode(#bytes, ::core::file!()));
            &TOPOLOGY
        }
    } else {
        quote! { ::core::unreachable!("the topology has compile errors") }
    };
    quote! {
        #[doc = #docs]
        #visibility mod #name {
            #handles

            /// The topology, validated when it was compiled.
            pub fn topology() -> &'static ::polyregion::Topology {
                #body
            }
        }
    }
}
