//! A dependency graph and its deterministic order. Not here: what the nodes are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

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
        // By place in the order of keys: each type of map costs rustc as much as fifty functions.
        let keys: Vec<&K> = self.needs.keys().collect();
        let place = |key: &K| keys.binary_search(&key).unwrap_or_default();
        let mut waiting: Vec<usize> = Vec::with_capacity(keys.len());
        let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); keys.len()];
        for (index, key) in keys.iter().enumerate() {
            let mut count = 0;
            for need in self.needs_of(key) {
                count += 1;
                needed_by[place(need)].push(index);
            }
            waiting.push(count);
        }
        let mut ready: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
        for (index, count) in waiting.iter().enumerate() {
            if *count == 0 {
                ready.push(Reverse(index));
            }
        }
        let mut order = Vec::with_capacity(keys.len());
        while let Some(Reverse(index)) = ready.pop() {
            order.push(keys[index].clone());
            for dependent in &needed_by[index] {
                waiting[*dependent] -= 1;
                if waiting[*dependent] == 0 {
                    ready.push(Reverse(*dependent));
                }
            }
        }
        if order.len() == self.needs.len() { Ok(order) } else { Err(self.cycle(&order)) }
    }

    /// One circle among the nodes that could not be ordered: from any of them, following needs must come round.
    fn cycle(&self, ordered: &[K]) -> Cycle<K> {
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
