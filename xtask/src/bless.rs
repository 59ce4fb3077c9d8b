//! Accepting what tests print. Not here: the tests.

use std::path::Path;

use crate::run::cargo;

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let variables = [("POLYREGION_BLESS", "1"), ("INSTA_UPDATE", "always"), ("TRYBUILD", "overwrite")];
    cargo(root, &["test", "--workspace"], &variables)
}
