//! The whole macro: parse, read, check, expand. Not here: the stages themselves.

use polyregion_model::given::{self, Checked, GivenType};
use polyregion_model::{Item, Spec, codec};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::conditional;
use crate::editor::editor;
use crate::findings::Findings;
use crate::given::FromProgram;
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

/// All stages but the last, with what they found.
pub(crate) struct Compiled {
    ast: Ast,
    /// What it says, if nothing is wrong with it.
    pub(crate) spec: Option<Spec>,
    /// Whether every value is written.
    pub(crate) is_whole: bool,
    /// The types of the Rust expressions, by number.
    types: Vec<Option<GivenType>>,
    pub(crate) findings: Findings,
}

/// All stages but the last.
pub(crate) fn check(input: TokenStream) -> Compiled {
    let mut findings = Findings::default();
    let ast = parse(input, &mut findings);
    let Checked { spec, diagnostics, is_whole, constants } = given::check(&ast.document);
    findings.adopt(diagnostics);
    findings.silence(&ast.document);
    let spec = spec.filter(|_| !findings.has_errors());
    Compiled { ast, spec, is_whole, types: constants, findings }
}

/// The last stage.
pub(crate) fn expand_checked(compiled: Compiled) -> TokenStream {
    let messages = report(&compiled.findings);
    let module = module(compiled);
    quote! { #messages #module }
}

fn module(compiled: Compiled) -> TokenStream {
    let Compiled { ast, spec, is_whole, types, findings } = compiled;
    let Ast { mut document, visibility, name: Some(name) } = ast else { return TokenStream::new() };
    // What can't be a module's name is reported.
    if polyregion_model::name::check_module_name(&name.to_string()).is_err() {
        return TokenStream::new();
    }
    let docs = document.docs.clone();
    let from_program = FromProgram::new(&name, &document, &types, &findings);
    let handles = handles(&document, spec.as_ref(), &from_program, &findings);
    let editor = editor(&document, &findings);
    let bytes = spec.map(|spec| {
        // The file's name is rustc's to say, so it is filled in where the bytes are decoded.
        document.source.lines = if is_whole {
            // Each resource is named with the line of the item that asks for it, and so is what can't be deployed yet.
            let items = spec.items.iter().map(|item| item.label().id);
            let pending = spec.items.iter().flat_map(Item::pending).chain(&spec.pending);
            findings.lines(items.chain(pending.map(|pending| pending.id)))
        } else {
            // Whatever breaks a rule when the program starts.
            findings.lines(findings.nodes())
        };
        Literal::byte_string(&codec::encode(&document))
    });
    let FromProgram { outside, inside, account: _ } = from_program;
    quote! {
        #outside

        #[doc = #docs]
        #visibility mod #name {
            #handles

            ::polyregion::__topology! { #bytes #inside }

            #editor
        }
    }
}
