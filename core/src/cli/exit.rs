//! Exit codes. Part of the interface: they never change their meaning. Not here: when each is used (`commands`).

/// Applied, or nothing to do.
pub const CONVERGED: u8 = 0;
/// An error; what could be done was done.
pub const ERROR: u8 = 1;
/// `plan` found changes to make.
pub const CHANGES_PENDING: u8 = 2;
/// Something could not be observed, so that part of the plan is deferred.
pub const PARTIAL: u8 = 3;
