//! The findings of a run of the macro, and what of the tokens the model does not keep: the spans of nodes, and Rust expressions. Not
//! here: how findings are shown.

use polyregion_model::syntax::Document;
use polyregion_model::{Diagnostic, Diagnostics, Node, NodeId};
use proc_macro2::{Span, TokenStream};

/// Spans by node, expressions by number, and what was found so far.
#[derive(Default)]
pub(crate) struct Findings {
    spans: Vec<Span>,
    /// The Rust expressions that stand for values, by number.
    expressions: Vec<TokenStream>,
    diagnostics: Diagnostics,
}

impl Findings {
    /// A node for what was written at a span.
    pub(crate) fn node(&mut self, span: Span) -> NodeId {
        let id = u32::try_from(self.spans.len()).unwrap_or(u32::MAX);
        self.spans.push(span);
        NodeId(id)
    }

    /// A value with a node of its own.
    pub(crate) fn at<T>(&mut self, span: Span, value: T) -> Node<T> {
        Node::new(self.node(span), value)
    }

    /// A Rust expression that stands for a value; its number.
    pub(crate) fn expression(&mut self, expression: TokenStream) -> u32 {
        let number = u32::try_from(self.expressions.len()).unwrap_or(u32::MAX);
        self.expressions.push(expression);
        number
    }

    /// The Rust expressions, by number.
    pub(crate) fn expressions(&self) -> &[TokenStream] {
        &self.expressions
    }

    /// Every node.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        (0..self.spans.len()).filter_map(|index| u32::try_from(index).ok()).map(NodeId)
    }

    /// Says what was expected at some tokens.
    pub(crate) fn expected(&mut self, span: Span, what: &str) {
        let node = self.node(span);
        self.diagnostics.expected(node, what);
    }

    /// Adds findings of the model about nodes made here.
    pub(crate) fn adopt(&mut self, diagnostics: Diagnostics) {
        self.diagnostics.extend(diagnostics);
    }

    /// Takes out the warnings that a declaration allows.
    pub(crate) fn silence(&mut self, document: &Document) {
        self.diagnostics.silence(document);
    }

    /// Where a node was written.
    pub(crate) fn span(&self, id: NodeId) -> Span {
        self.spans.get(id.0 as usize).copied().unwrap_or_else(Span::call_site)
    }

    /// The lines of some nodes, for the engine; 0 for the others. Asking rustc for a line is slow.
    pub(crate) fn lines(&self, wanted: impl Iterator<Item = NodeId>) -> Vec<u32> {
        let mut lines = Vec::new();
        for id in wanted {
            let index = id.0 as usize;
            if let Some(span) = self.spans.get(index) {
                lines.resize(lines.len().max(index + 1), 0);
                lines[index] = u32::try_from(span.start().line).unwrap_or_default();
            }
        }
        lines
    }

    /// Whether any finding so far is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.has_errors()
    }

    /// All findings so far.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter()
    }
}
