//! The log of calls: what clients asked for, counted. Not here: answers.

use std::collections::BTreeMap;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The service, as in signatures (`dynamodb`).
    pub service: String,
    /// The operation (`CreateTable`).
    pub operation: String,
    /// The region that it was signed for.
    pub region: String,
    /// The HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// AWS's code, when the answer was an error.
    pub code: Option<&'static str>,
}

/// All calls, in the order in which they arrived.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    calls: Vec<Call>,
}

impl Calls {
    pub(crate) fn push(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// How many there were.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Each call.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter()
    }

    /// How many were refused for their rate.
    pub fn throttled(&self) -> usize {
        let codes = ["Throttling", "ThrottlingException", "SlowDown"];
        self.calls.iter().filter(|call| call.code.is_some_and(|code| codes.contains(&code))).count()
    }

    /// How many there were of each operation, as `service:Operation`.
    pub fn by_operation(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
        }
        counts
    }
}
