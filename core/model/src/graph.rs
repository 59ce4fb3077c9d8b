//! The order of things that need each other. Not here: what the things are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The places of some things so that each comes after all that it needs; among those that are ready, the least first. `needs` has the
/// places of what each needs. Nothing if some need each other, in a circle.
pub(crate) fn order(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut waiting: Vec<usize> = Vec::with_capacity(needs.len());
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    let mut ready: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
    for (index, of) in needs.iter().enumerate() {
        for need in of {
            needed_by[*need].push(index);
        }
        waiting.push(of.len());
        if of.is_empty() {
            ready.push(Reverse(index));
        }
    }
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for dependent in &needed_by[index] {
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    (order.len() == needs.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn needs_come_first_and_ties_follow_the_places() {
        assert_eq!(order(&[vec![3], vec![], vec![0, 0], vec![]]), Some(vec![1, 3, 0, 2]));
    }

    #[test]
    fn a_circle_has_no_order() {
        assert_eq!(order(&[vec![1], vec![2], vec![1], vec![]]), None);
        assert_eq!(order(&[vec![0]]), None);
    }
}
