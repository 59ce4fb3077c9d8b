//! What nested groups become.

use crate::expand::check;

#[test]
fn nested_groups_are_records_of_their_own() {
    let topology = check(include_str!("../../fixtures/valid/trees.topology").parse().unwrap()).topology;
    insta::assert_snapshot!(topology.unwrap());
}
