//! What nested groups become.

use super::resolved;
use crate::expand::check;

#[test]
fn nested_groups_are_records_of_their_own() {
    let compiled = check(include_str!("../../fixtures/valid/trees.topology").parse().unwrap());
    insta::assert_snapshot!(resolved(compiled).unwrap());
}
