//! Diagnostics: what was found, by which rule, and where. Not here: the rules ([`crate::Rule`]) and the spans (the macro's).

use std::fmt;

use crate::node::NodeId;
use crate::read::rules::{MISSING_KEY, SYNTAX};
use crate::rule::{Code, Report, Rule};
#[cfg(feature = "runtime")]
use crate::spec::Source;
use crate::syntax::Document;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug, PartialOrd, Ord))]
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
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Diagnostic {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// The node that it is about.
    pub node: NodeId,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: String,
    /// Another node that it involves, with a word on its part, as in "first declared here".
    pub related: Option<(NodeId, &'static str)>,
}

impl Diagnostic {
    /// The code that `explain` takes.
    pub fn code(&self) -> Code {
        self.rule.code
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }
}

/// `P0101: unknown region `us-esat-1``.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message)
    }
}

/// A collection of findings, in the order in which they were made.
#[derive(Clone, Default)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// The nodes that an error is about, in order.
    wrong: Vec<NodeId>,
    /// What was found about which node, in order.
    told: Vec<(NodeId, Code)>,
    /// Whether everything is kept, whatever else was found about its node.
    is_unsorted: bool,
}

impl Diagnostics {
    /// A collection that keeps everything, whatever else is found about its node.
    pub(crate) fn unsorted() -> Self {
        Self { is_unsorted: true, ..Self::default() }
    }

    /// Takes findings of a rule.
    pub(crate) fn of(&mut self, rule: &'static Rule) -> Report<'_> {
        Report::new(rule, self)
    }

    /// Says what was expected where something else was written.
    pub fn expected(&mut self, node: NodeId, what: &str) {
        self.of(&SYNTAX).at(node, format!("expected {what}"));
    }

    /// Adds a finding. The first error of a node is the one to mend: what other rules find about it later mostly follows from
    /// that. What is missing beside a node is no error of the node itself. A rule says of a node one thing only.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        let is_beside = [&SYNTAX, &MISSING_KEY].contains(&diagnostic.rule);
        if self.is_unsorted
            || is_beside
            || !self.is_told(&diagnostic) && self.wrong.binary_search(&diagnostic.node).is_err()
        {
            self.push(diagnostic);
        }
    }

    /// Adds one of several findings of a rule about one node, none of which follows from another.
    pub(crate) fn add_another(&mut self, diagnostic: Diagnostic) {
        if self.is_told(&diagnostic) {
            self.push(diagnostic);
        } else {
            self.add(diagnostic);
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let told = (diagnostic.node, diagnostic.code());
        if diagnostic.severity() == Severity::Error
            && let Err(place) = self.wrong.binary_search(&diagnostic.node)
        {
            self.wrong.insert(place, diagnostic.node);
        }
        if let Err(place) = self.told.binary_search(&told) {
            self.told.insert(place, told);
        }
        self.found.push(diagnostic);
    }

    /// Whether its rule has found something about its node.
    fn is_told(&self, diagnostic: &Diagnostic) -> bool {
        self.told.binary_search(&(diagnostic.node, diagnostic.code())).is_ok()
    }

    /// Adds findings that were made elsewhere.
    pub fn extend(&mut self, others: Diagnostics) {
        // They were sorted out among themselves.
        others.found.into_iter().for_each(|diagnostic| self.add_another(diagnostic));
    }

    /// Takes out the warnings that a declaration allows.
    pub fn silence(&mut self, document: &Document) {
        self.found.retain(|diagnostic| {
            diagnostic.severity() == Severity::Error || !document.allows(diagnostic.code(), diagnostic.node)
        });
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

/// What was found about a declaration.
#[cfg(feature = "runtime")]
#[derive(Clone, Debug)]
pub struct Invalid {
    /// The findings.
    pub diagnostics: Box<Diagnostics>,
    /// Where it was written.
    pub source: Source,
}

#[cfg(feature = "runtime")]
impl Invalid {
    /// Each finding with its line and how to fix it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let position = |node| self.source.position(node);
        let line = |diagnostic: &Diagnostic| {
            let at = position(diagnostic.node).map(|position| format!("{position}: ")).unwrap_or_default();
            let (severity, help) = (diagnostic.severity(), &diagnostic.help);
            let related = diagnostic.related.and_then(|(node, what)| Some((what, position(node)?)));
            let related =
                related.map(|(what, position)| format!("\n  {what}: {position}")).unwrap_or_default();
            format!("{at}{severity}: {diagnostic}{related}\n  help: {help}")
        };
        self.diagnostics.iter().map(line).collect()
    }
}

/// One finding after another, each with its line and how to fix it.
#[cfg(feature = "runtime")]
impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

#[cfg(feature = "runtime")]
impl std::error::Error for Invalid {}
