//! What a topology holds: how long users are without an answer when a region is lost, how much is lost with it, how far it
//! is from its users; each derived term by term, with its source. Not here: whether that is enough (`check`), and what
//! depends on a single region (`survival`).

mod loss;
mod places;
mod reach;
mod recovery;
mod survival;
#[cfg(feature = "runtime")]
mod whole;

pub(crate) use self::loss::{BUCKET_LAG, losses};
pub(crate) use self::reach::{known_places, place, share, write_path};
pub(crate) use self::recovery::{Recovery, Tuning, recoveries};
pub(crate) use self::survival::{Loss, falls_back, lost, region_of};

#[cfg(feature = "runtime")]
pub use self::whole::{Dependency, Objectives};
use crate::kind::Kind;
use crate::node::NodeId;
use crate::text::joined_by;

/// One part of a bound.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Term {
    /// What takes the time.
    pub what: String,
    /// Milliseconds that it typically takes; none where it never ends.
    pub typical: Option<u64>,
    /// Milliseconds that it takes at most; none where nobody promises any.
    pub guaranteed: Option<u64>,
    /// Where the figures come from.
    pub source: &'static str,
    /// Where what decides it was written.
    pub node: NodeId,
    /// Whether it is about a database's writer, not about names.
    pub is_promotion: bool,
}

/// What is bounded.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum Objective {
    /// How long users are without an answer.
    Rto,
    /// How much of what was written last is lost.
    Rpo,
}

/// Terms that add up.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Bound {
    /// What is bounded.
    pub objective: Objective,
    /// Of which item.
    pub kind: Kind,
    /// Its label.
    pub label: String,
    /// Where it was written.
    pub node: NodeId,
    /// The parts.
    pub terms: Vec<Term>,
    /// The limit that was set, in milliseconds.
    pub limit: Option<u64>,
}

impl Bound {
    /// Milliseconds in all, as is typical; none where it never ends.
    pub fn typical(&self) -> Option<u64> {
        total(&self.terms, |term| term.typical)
    }

    /// Milliseconds in all at most; none where nobody promises any.
    pub fn guaranteed(&self) -> Option<u64> {
        total(&self.terms, |term| term.guaranteed)
    }

    /// The part that weighs most: one that never ends, or the longest.
    pub fn heaviest(&self) -> Option<&Term> {
        let weight = |term: &Term| term.typical.unwrap_or(u64::MAX);
        let mut heaviest: Option<&Term> = None;
        for term in &self.terms {
            if heaviest.is_none_or(|known| weight(known) <= weight(term)) {
                heaviest = Some(term);
            }
        }
        heaviest
    }
}

/// The sum of times; none if one of them has no end.
pub(crate) fn total(terms: &[Term], of: fn(&Term) -> Option<u64>) -> Option<u64> {
    let mut sum = 0_u64;
    for term in terms {
        sum = sum.saturating_add(of(term)?);
    }
    Some(sum)
}

/// Milliseconds as people say them.
pub(crate) fn span(milliseconds: u64) -> String {
    let units = [(3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")];
    let mut parts = Vec::new();
    let mut rest = milliseconds;
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if parts.is_empty() { "0 s".to_owned() } else { joined_by(&parts, " ") }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_said_in_units() {
        let said = [0, 20, 1500, 90_000, 3_600_000].map(span);
        assert_eq!(said, ["0 s", "20 ms", "1 s 500 ms", "1 min 30 s", "1 h"]);
    }
}
