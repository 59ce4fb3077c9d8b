//! A dependency graph and its deterministic order. Not here: what the nodes are.

use std::collections::{BTreeMap, BTreeSet};

/// Nodes with what each needs. Iteration and sorting follow the keys' order, so results never depend on insertion.
#[derive(Clone, Debug)]
pub struct Graph<K> {
    needs: BTreeMap<K, BTreeSet<K>>,
}

/// Nodes that need each other, in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle<K>(pub Vec<K>);

impl<K: Ord + Clone> Graph<K> {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self { needs: BTreeMap::new() }
    }

    /// Adds a node with what it needs. Needs that are never added as nodes are ignored by the order.
    pub fn add(&mut self, key: K, needs: impl IntoIterator<Item = K>) {
        self.needs.entry(key).or_default().extend(needs);
    }

    /// What a node needs, of the nodes in the graph.
    pub fn needs_of<'a>(&'a self, key: &K) -> impl Iterator<Item = &'a K> {
        self.needs.get(key).into_iter().flatten().filter(|need| self.needs.contains_key(*need))
    }

    /// The nodes so that each comes after all that it needs; among those that are ready, the least key first.
    ///
    /// # Errors
    /// The nodes of one circle, when there is one.
    pub fn order(&self) -> Result<Vec<K>, Cycle<K>> {
        let mut waiting: BTreeMap<&K, usize> = BTreeMap::new();
        let mut needed_by: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
        for key in self.needs.keys() {
            waiting.insert(key, self.needs_of(key).count());
            for need in self.needs_of(key) {
                needed_by.entry(need).or_default().push(key);
            }
        }
        let mut ready: BTreeSet<&K> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(key, _)| *key).collect();
        let mut order = Vec::with_capacity(self.needs.len());
        while let Some(key) = ready.pop_first() {
            order.push(key.clone());
            for dependent in needed_by.get(key).into_iter().flatten() {
                if let Some(count) = waiting.get_mut(dependent) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(dependent);
                    }
                }
            }
        }
        if order.len() == self.needs.len() { Ok(order) } else { Err(self.cycle(&order)) }
    }

    /// One circle among the nodes that could not be ordered: from any of them, following needs must come round.
    fn cycle(&self, ordered: &[K]) -> Cycle<K> {
        let ordered: BTreeSet<&K> = ordered.iter().collect();
        let mut path: Vec<&K> = Vec::new();
        let mut at = self.needs.keys().find(|key| !ordered.contains(key));
        while let Some(key) = at {
            if let Some(start) = path.iter().position(|seen| *seen == key) {
                return Cycle(path[start..].iter().map(|key| (*key).clone()).collect());
            }
            path.push(key);
            at = self.needs_of(key).find(|need| !ordered.contains(need));
        }
        Cycle(Vec::new())
    }
}

impl<K: Ord + Clone> Default for Graph<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&'static str, &[&'static str])]) -> Graph<&'static str> {
        let mut graph = Graph::new();
        for (key, needs) in edges {
            graph.add(*key, needs.iter().copied());
        }
        graph
    }

    #[test]
    fn needs_come_first_and_ties_follow_the_keys() {
        let graph = graph(&[("a", &["z"]), ("z", &[]), ("b", &[]), ("c", &["a", "absent"])]);
        assert_eq!(graph.order(), Ok(vec!["b", "z", "a", "c"]));
    }

    #[test]
    fn a_circle_is_named() {
        let graph = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]);
        assert_eq!(graph.order(), Err(Cycle(vec!["b", "c"])));
    }
}
