//! The integration tests: the engine against the simulated AWS, and the command line. Unit tests are in the crates; caret
//! fixtures of the macro in `macros/fixtures`, rustc's view of it in `examples/ui`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod cells;
mod cli;
mod concurrency;
mod conflicts;
mod copies;
mod crash;
mod custody;
mod given;
mod hostile;
mod kill;
mod made;
mod outage;
mod permissions;
mod random;
mod ratchet;
mod relabel;
mod routing;
mod simulation;
mod storefront;
mod support;
mod throttle;
mod trees;
mod troubles;
mod updates;
mod wire;
