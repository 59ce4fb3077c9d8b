//! The matrix of changes holds, and leaves no key out. Not here: its cells (`tests/matrix`), and how one is tried
//! (`polyregion_tests::matrix`).

use std::collections::BTreeSet;

use polyregion_model::reference::Reference;
use polyregion_tests::matrix::{cells, try_cells};

/// Tries the cells of some items, all of them whatever fails.
async fn try_all(of: &[&str]) {
    let is_of = |key: &str| of.iter().any(|item| key.starts_with(&format!("{item}.")));
    let (tried, failed) = try_cells(is_of).await.unwrap();
    assert!(tried > 0);
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[tokio::test(start_paused = true)]
async fn zones_and_health_checks_change_cell_by_cell() {
    try_all(&["zone", "health_check"]).await;
}

#[tokio::test(start_paused = true)]
async fn records_change_cell_by_cell() {
    try_all(&["record", "target"]).await;
}

#[tokio::test(start_paused = true)]
async fn tables_and_buckets_change_cell_by_cell() {
    try_all(&["table", "bucket"]).await;
}

#[tokio::test(start_paused = true)]
async fn clusters_change_cell_by_cell() {
    try_all(&["cluster"]).await;
}

/// Every key that is deployed has a cell, and every cell a key.
#[test]
fn the_matrix_leaves_no_key_out() {
    let mut keys = BTreeSet::new();
    for item in ["zone", "health_check", "record", "target", "table", "cluster", "bucket"] {
        let reference = Reference::of(item).unwrap();
        for key in reference.keys.iter().copied().flatten().filter(|key| key.deployed) {
            keys.insert(format!("{item}.{}", key.name));
        }
    }
    let tried: BTreeSet<String> = cells().unwrap().into_iter().map(|cell| cell.key).collect();
    let missing: Vec<&String> = keys.difference(&tried).collect();
    let surplus: Vec<&String> = tried.difference(&keys).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "without a cell: {missing:?}; without a key: {surplus:?}"
    );
}
