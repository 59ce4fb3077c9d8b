//! What rules have met so far, by text: one type for all of them, as each type of map costs rustc as much as fifty functions.
//! Not here: what a text stands for.

use std::collections::BTreeMap;

use crate::node::NodeId;

/// Texts, each with where it was met first.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, NodeId>);

impl Seen {
    /// Where a text was met before, if it was; if not, it has been now.
    pub(crate) fn first(&mut self, text: String, node: NodeId) -> Option<NodeId> {
        if let Some(first) = self.0.get(&text) {
            return Some(*first);
        }
        self.0.insert(text, node);
        None
    }

    /// Where a text was met.
    pub(crate) fn get(&self, text: &str) -> Option<NodeId> {
        self.0.get(text).copied()
    }

    /// Forgets a text; where it was met, if it was.
    pub(crate) fn take(&mut self, text: &str) -> Option<NodeId> {
        self.0.remove(text)
    }

    /// Whether a text was met.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.0.contains_key(text)
    }

    /// All of them, by text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, NodeId)> {
        self.0.iter().map(|(text, node)| (text.as_str(), *node))
    }
}

/// Several texts as one.
pub(crate) fn joined(one: &str, other: &str) -> String {
    // No label and no name has a space.
    format!("{one} {other}")
}
