//! What continuous integration runs, in the order of how soon each step fails. Not here: the steps themselves.

use std::path::Path;

use crate::run::cargo;
use crate::{codegen, judge, measure, tidy};

/// The command that the README gives for the tests.
const TESTS: [&str; 2] = ["test", "--workspace"];

pub(crate) fn run(root: &Path) -> Result<(), String> {
    cargo(root, &["fmt", "--all", "--check"], &[])?;
    codegen::run(root, true)?;
    tidy::run(root)?;
    cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    // The library of an application that only uses handles, and the engine without its options.
    for features in ["", "engine", "cli", "local"] {
        let args = ["clippy", "-p", "polyregion", "--no-default-features", "--features", features];
        cargo(root, &[&args[..], &["--", "-D", "warnings"]].concat(), &[])?;
    }
    cargo(root, &["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    cargo(root, &TESTS, &[])?;
    // The whole sweep; then what somebody else's AWS says. The mutations, which build the engine a dozen times, are for
    // whoever changes a guard.
    measure::sweep_in_full()?;
    judge::run(root)
}
