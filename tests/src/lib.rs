//! What the integration tests and the measurements share: a simulated cloud with the engine on it, and a machine that can die.
//! Not here: tests (`main.rs`).

pub mod cloud;
pub mod disk;
pub mod hazard;
pub mod matrix;
pub mod scale;
pub mod sweep;
