//! Diagnostics: what was found, how bad, and where. Not here: the words ([`Problem`]) and the spans (the macro's).

use std::collections::BTreeSet;
use std::fmt;

use crate::code::Code;
use crate::node::NodeId;
use crate::problem::Problem;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// AWS refuses it or it can't work as declared.
    Error,
    /// AWS accepts it, and it is probably not what was meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The node that it is about.
    pub node: NodeId,
    /// What is wrong, as data.
    pub problem: Problem,
    /// Another node that it involves, with a word on its part, as in "first declared here".
    pub related: Option<(NodeId, &'static str)>,
}

impl Diagnostic {
    /// The code that `explain` takes.
    pub fn code(&self) -> Code {
        self.problem.code()
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.problem.severity()
    }
}

/// `P0101: unknown region `us-esat-1``.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.problem)
    }
}

/// A collection of findings, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// The nodes that an error is about.
    wrong: BTreeSet<NodeId>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, node: NodeId, problem: Problem) {
        self.add(Diagnostic { node, problem, related: None });
    }

    /// The first error of a node is the one to mend: what is found about it later mostly follows from that. What is missing
    /// beside a node is no error of the node itself.
    fn add(&mut self, diagnostic: Diagnostic) {
        let is_beside = matches!(diagnostic.problem, Problem::MissingKey { .. } | Problem::Syntax { .. });
        let is_error = diagnostic.severity() == Severity::Error;
        if is_beside || !self.wrong.contains(&diagnostic.node) {
            if is_error {
                self.wrong.insert(diagnostic.node);
            }
            self.found.push(diagnostic);
        }
    }

    /// Adds a finding that involves a second node.
    pub fn push_related(&mut self, node: NodeId, problem: Problem, related: (NodeId, &'static str)) {
        self.add(Diagnostic { node, problem, related: Some(related) });
    }

    /// Adds findings that were made elsewhere.
    pub(crate) fn extend(&mut self, others: Diagnostics) {
        others.found.into_iter().for_each(|diagnostic| self.add(diagnostic));
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        !self.wrong.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}
