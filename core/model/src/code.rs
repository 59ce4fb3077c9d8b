//! The index of diagnostic codes and the page of each. Not here: the messages ([`crate::Problem`]).

mod pages;

use std::fmt;
use std::str::FromStr;

/// A diagnostic code, shown as `P0101`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// What `explain` prints about a code.
#[derive(Debug)]
pub struct ExplainPage {
    /// The code.
    pub code: Code,
    /// A short name.
    pub title: &'static str,
    /// The rule and its reason.
    pub rule: &'static str,
    /// Where the rule comes from.
    pub source: &'static str,
    /// What usually mends it; empty where the message itself says so.
    pub fix: &'static str,
}

const fn page(
    number: u16,
    title: &'static str,
    rule: &'static str,
    source: &'static str,
    fix: &'static str,
) -> ExplainPage {
    ExplainPage { code: Code(number), title, rule, source, fix }
}

impl ExplainPage {
    /// Every page, by code.
    pub fn all() -> &'static [ExplainPage] {
        &pages::PAGES
    }

    /// The page of a code.
    pub fn of(code: Code) -> Option<&'static ExplainPage> {
        Self::all().iter().find(|page| page.code == code)
    }
}

impl fmt::Display for ExplainPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, title, rule, source, fix } = self;
        write!(f, "{code}: {title}\n\n{rule}\n")?;
        if !fix.is_empty() {
            write!(f, "\nhow to fix it: {fix}\n")?;
        }
        write!(f, "\nsource: {source}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_in_order_and_unique() {
        let codes: Vec<Code> = ExplainPage::all().iter().map(|page| page.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn codes_read_as_written() {
        for text in ["P0101", "p101", "101"] {
            assert_eq!(text.parse(), Ok(Code(101)));
        }
        assert_eq!("x".parse::<Code>(), Err(()));
    }
}
