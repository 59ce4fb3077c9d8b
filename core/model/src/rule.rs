//! What a rule is: its code, its page, and the function that finds what breaks it. Not here: the rules themselves (`check`
//! and, for what can't even be read, `read`).

use std::fmt;
use std::str::FromStr;

use crate::check::Context;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::node::NodeId;
use crate::suggest;

/// A diagnostic code, shown as `P0101`. The hundreds digit is the subject: 0 language, 1 topology, 2 zones, 3 records,
/// 4 health checks, 5 tables, 6 clusters, 7 buckets, 8 services, 9 objectives. Numbers are never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{:04}", self.0)
    }
}

impl FromStr for Code {
    type Err = ();

    /// Accepts `P0101`, `p101` and `101`.
    fn from_str(text: &str) -> Result<Self, ()> {
        text.trim_start_matches(['P', 'p']).parse().map(Code).map_err(|_| ())
    }
}

/// A rule of the language, of AWS or of this library.
pub struct Rule {
    /// Its code.
    pub code: Code,
    /// How bad it is to break it.
    pub severity: Severity,
    /// A short name.
    pub title: &'static str,
    /// The rule and its reason.
    pub rule: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The rows of the rule catalogue (`data/rules.csv`) that it covers.
    pub covers: &'static [&'static str],
    /// What usually mends it; empty where every message has a help of its own.
    pub fix: &'static str,
    /// Entries that break it, and no other rule that is an error; `«` and `»` enclose what is reported.
    pub wrong: &'static str,
    /// Entries like them that break no rule.
    pub right: &'static str,
    /// Who finds out.
    pub(crate) check: Check,
}

/// Who finds out what breaks a rule.
pub(crate) enum Check {
    /// A function over the whole spec.
    Spec(fn(&Context<'_>, &mut Report<'_>)),
    /// Whoever parses or reads, on the way.
    Reading,
}

impl Rule {
    /// Every rule, by code.
    pub fn all() -> Vec<&'static Rule> {
        let mut all = crate::read::RULES.to_vec();
        all.extend(crate::check::rules());
        all
    }

    /// The rule with a code.
    pub fn of(code: Code) -> Option<&'static Rule> {
        Self::all().into_iter().find(|rule| rule.code == code)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.title)
    }
}

/// Rules are the same if their codes are.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

/// What a rule found. Everything pushed into it is a finding of that rule.
pub(crate) struct Report<'a> {
    rule: &'static Rule,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Report<'a> {
    pub(crate) fn new(rule: &'static Rule, diagnostics: &'a mut Diagnostics) -> Self {
        Self { rule, diagnostics }
    }

    /// A finding whose help is the rule's fix. Messages are lower case, without a final period, and name what was written.
    pub(crate) fn at(&mut self, node: NodeId, message: impl Into<String>) {
        self.with_help(node, message, self.rule.fix);
    }

    /// A finding with a help of its own.
    pub(crate) fn with_help(&mut self, node: NodeId, message: impl Into<String>, help: impl Into<String>) {
        let (rule, message, help) = (self.rule, message.into(), help.into());
        self.diagnostics.add(Diagnostic { rule, node, message, help, related: None });
    }

    /// One of several findings about one node, none of which follows from another.
    pub(crate) fn another(&mut self, node: NodeId, message: impl Into<String>, help: impl Into<String>) {
        let (rule, message, help) = (self.rule, message.into(), help.into());
        self.diagnostics.add_another(Diagnostic { rule, node, message, help, related: None });
    }

    /// A finding that involves a second place, with a word on its part, as in "first declared here".
    pub(crate) fn related(
        &mut self,
        node: NodeId,
        message: impl Into<String>,
        related: (NodeId, &'static str),
    ) {
        let (rule, message, help) = (self.rule, message.into(), self.rule.fix.to_owned());
        self.diagnostics.add(Diagnostic { rule, node, message, help, related: Some(related) });
    }
}

/// `, did you mean `x`?` or nothing.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    match suggest::did_you_mean(word, known) {
        Some(known) => format!(", did you mean `{known}`?"),
        None => String::new(),
    }
}

/// Words in backquotes, with commas.
pub(crate) fn quoted(words: &[&str]) -> String {
    let mut list = String::new();
    for word in words {
        list.push_str(if list.is_empty() { "`" } else { ", `" });
        list.push_str(word);
        list.push('`');
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_unique() {
        let codes: Vec<Code> = Rule::all().iter().map(|rule| rule.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }

    #[test]
    fn codes_read_as_written() {
        for text in ["P0101", "p101", "101"] {
            assert_eq!(text.parse(), Ok(Code(101)));
        }
        assert_eq!("x".parse::<Code>(), Err(()));
    }

    /// The house rules about words.
    #[test]
    fn every_rule_has_its_words() {
        for rule in Rule::all() {
            for (part, text) in [("title", rule.title), ("rule", rule.rule), ("source", rule.source)] {
                assert!(!text.is_empty(), "{rule:?} has no {part}");
            }
            assert!(!rule.title.ends_with('.') && !rule.fix.ends_with('.'), "{rule:?}");
            assert_eq!(rule.wrong.matches('«').count(), 1, "{rule:?}: what is reported in `wrong`");
            assert!(!rule.right.is_empty(), "{rule:?}");
        }
    }
}
