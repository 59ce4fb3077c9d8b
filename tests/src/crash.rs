//! A sample of the crash sweep; `cargo xtask measure sweep` runs it in full. Not here: the sweep (`polyregion_tests::sweep`).

use polyregion_tests::sweep::{Extent, sweep};

#[test]
fn a_sample_of_the_sweep() {
    let swept = sweep(Extent { stride: 41, pairs: 6, seed: 7 }).unwrap();
    assert_eq!(swept.violations, Vec::<String>::new());
    assert!(swept.runs > 20 && swept.effects > 700, "{} runs, {} effects", swept.runs, swept.effects);
}
