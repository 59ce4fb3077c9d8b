//! The crash sweep's size, result and time. Not here: the sweep (`polyregion_tests::sweep`).

use std::time::Instant;

use polyregion_tests::hazard::Mode;
use polyregion_tests::sweep::{Extent, sweep};
use serde_json::{Value, json};

/// Violations that are shown; one mistake makes many.
const SHOWN: usize = 20;

pub(super) fn measure(stride: usize, pairs: usize, seed: u64) -> Result<Value, String> {
    if stride == 0 {
        return Err("a stride is at least 1".to_owned());
    }
    let started = Instant::now();
    let swept = sweep(Extent { stride, pairs, seed })?;
    Ok(json!({
        "effects": swept.effects,
        "modes": Mode::ALL.len(),
        "runs": swept.runs,
        "pairs": swept.pairs,
        "violations": swept.violations.len(),
        "seconds": started.elapsed().as_secs(),
        "first_violations": swept.violations.iter().take(SHOWN).collect::<Vec<_>>(),
    }))
}
