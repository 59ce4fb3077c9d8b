//! Values by text: one type of map for all rules and the macro, as each costs rustc as much as fifty functions. Public for the
//! macro. Not here: what a text stands for.

use std::collections::BTreeMap;

use crate::node::NodeId;

/// Values, each by a text.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct ByText<T> {
    places: BTreeMap<String, usize>,
    values: Vec<T>,
}

/// Texts, each with where it was met first.
pub type Seen = ByText<NodeId>;

impl<T> Default for ByText<T> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), values: Vec::new() }
    }
}

impl<T> ByText<T> {
    /// The value of a text, which becomes this one if it has none.
    pub fn or_insert(&mut self, text: String, value: T) -> &mut T {
        let next = self.values.len();
        let place = *self.places.entry(text).or_insert(next);
        if place == next {
            self.values.push(value);
        }
        &mut self.values[place]
    }

    /// The value of a text, if it has one.
    pub fn get(&self, text: &str) -> Option<&T> {
        self.values.get(*self.places.get(text)?)
    }

    /// All values, each where its text was met first.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Whether a text has a value.
    pub fn contains(&self, text: &str) -> bool {
        self.places.contains_key(text)
    }
}

impl<T: Copy> ByText<T> {
    /// The value that a text had before, if it had one; if not, it has this one now.
    pub fn first(&mut self, text: String, value: T) -> Option<T> {
        let before = self.values.len();
        let first = *self.or_insert(text, value);
        (self.values.len() == before).then_some(first)
    }
}

/// Several texts as one.
pub fn joined(one: &str, other: &str) -> String {
    // No label and no name has a space.
    format!("{one} {other}")
}
