//! What `explain` prints: a rule's page, an item's keys, what a topology holds. Not here: what those are.

use std::fmt;

use crate::address::Address;
use crate::diagnostic::Severity;
use crate::objective::{Dependency, Objective, Objectives, Term, span};
use crate::read::{Key, Place, each_key};
use crate::reference::Reference;
use crate::rule::Rule;

/// The page that `explain` prints.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, severity, title, rule, source, covers: _, fix, wrong, right, check: _ } = self;
        write!(f, "{code}: {title} ({severity})\n\n{rule}\n")?;
        if !fix.is_empty() {
            write!(f, "\nhow to fix it: {fix}\n")?;
        }
        if *severity == Severity::Warning {
            let code = code.to_string().to_ascii_lowercase();
            write!(f, "\nif it is meant: write `#[allow(polyregion::{code})]` above the item\n")?;
        }
        let wrong = wrong.replace(['«', '»'], "");
        for (word, example) in [("wrong", wrong.as_str()), ("right", *right)] {
            write!(f, "\n{word}:\n")?;
            for line in example.lines() {
                writeln!(f, "    {}", line.trim_end())?;
            }
        }
        write!(f, "\nsource: {source}\n")
    }
}

/// The keys of an item.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, about, keys } = self;
        writeln!(f, "{name}: {}", paragraph(about))?;
        for &Key { name, place, required, deployed, form, example, docs } in each_key(keys) {
            let (written, presence) = match (place, required) {
                (Place::Body, true) => (format!("{name}: {example}"), "required"),
                (Place::OneOf, _) => (format!("{name}: {example}"), "one of these"),
                (Place::Body, false) => (format!("{name}: {example}"), "optional"),
                (Place::Is, _) => (format!("after the label: `: {example}`"), "required"),
                (Place::Within, true) => (format!("before the braces: `in {example}`"), "required"),
                (Place::Within, false) => (format!("before the braces: `in {example}`"), "optional"),
            };
            let later = if deployed { "" } else { "; not deployed by this version" };
            writeln!(f, "\n  {written}  ({presence}{later})\n    {}\n    takes {form}", paragraph(docs))?;
        }
        Ok(())
    }
}

/// The lines of a documentation as one.
fn paragraph(docs: &str) -> String {
    docs.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is said where nobody guarantees anything.
const NO_PROMISE: &str = "not at all";

/// As `explain objectives` prints it, term by term.
impl fmt::Display for Objectives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |value: Option<u64>, none: &str| value.map_or_else(|| none.to_owned(), span);
        for bound in &self.bounds {
            let (name, never) = match bound.objective {
                Objective::Rto => ("rto", "never"),
                Objective::Rpo => ("rpo", "unbounded"),
            };
            let address = Address::global(bound.kind, &bound.label);
            let typical = or(bound.typical(), never);
            let guaranteed = or(bound.guaranteed(), NO_PROMISE);
            write!(f, "{name} of {address}: typically {typical}, guaranteed {guaranteed}")?;
            match bound.limit {
                Some(limit) => writeln!(f, " (objective: {})", span(limit))?,
                None => writeln!(f)?,
            }
            for Term { what, typical, guaranteed, source, node: _, is_promotion: _ } in &bound.terms {
                let typical = or(*typical, never);
                let guaranteed = or(*guaranteed, NO_PROMISE);
                writeln!(f, "  {what}: typically {typical}, guaranteed {guaranteed}\n    source: {source}")?;
            }
        }
        for line in &self.reach {
            writeln!(f, "{line}")?;
        }
        if !self.dependencies.is_empty() {
            writeln!(f, "depends on a single region:")?;
            for Dependency { region, what } in &self.dependencies {
                writeln!(f, "  {region}: {what}")?;
            }
        }
        Ok(())
    }
}
