//! Warm throughput: it grows when somebody asks for more, and shrinks never. Not here: what is served.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::validation;
use crate::fault::ApiError;

/// What a table on demand begins with (DynamoDB Developer Guide, warm-throughput).
const READS: i64 = 12_000;
const WRITES: i64 = 4_000;
/// 272 to 514 s the first time, some seconds later ones.
const WARMING_SECONDS: f64 = 300.0;

/// What a table takes without warning.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Warm {
    reads: i64,
    writes: i64,
    /// What it is raised to, and when that is there. Until then the old numbers are told.
    raised: Option<(i64, i64, f64)>,
}

impl Default for Warm {
    fn default() -> Self {
        Self { reads: READS, writes: WRITES, raised: None }
    }
}

impl Warm {
    /// That of a new table, which is warm when it is active.
    pub(super) fn of_new(asked: &Value) -> Result<Self, ApiError> {
        let mut warm = Self::default();
        warm.raise(asked, 0.0)?;
        let (reads, writes) = warm.at(f64::INFINITY);
        Ok(Self { reads, writes, raised: None })
    }

    /// What is there at a time.
    fn at(&self, now: f64) -> (i64, i64) {
        match self.raised {
            Some((reads, writes, at)) if at <= now => (reads, writes),
            Some(_) | None => (self.reads, self.writes),
        }
    }

    /// Raises it as asked for; of two requests under way the later one counts. The words are those that users and a public record of
    /// measurements quote.
    pub(super) fn raise(&mut self, asked: &Value, now: f64) -> Result<(), ApiError> {
        let (reads, writes) = (asked["ReadUnitsPerSecond"].as_i64(), asked["WriteUnitsPerSecond"].as_i64());
        if reads.is_none() && writes.is_none() {
            return Err(ApiError::new("InternalServerError", 500, "The request processing has failed"));
        }
        let has = self.at(now);
        for (kind, asked, has) in [("Read", reads, has.0), ("Write", writes, has.1)] {
            if asked.is_some_and(|asked| asked < has) {
                return Err(validation(format!(
                    "One or more parameter values were invalid: Requested {kind}UnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
                )));
            }
        }
        let raised = (reads.unwrap_or(has.0), writes.unwrap_or(has.1));
        let after = if raised == has { 2.0 } else { WARMING_SECONDS };
        *self = Self { reads: has.0, writes: has.1, raised: Some((raised.0, raised.1, now + after)) };
        Ok(())
    }

    /// Whether it is being raised. The table itself stays active meanwhile, and can't be deleted.
    pub(super) fn is_rising(&self, now: f64) -> bool {
        self.raised.is_some_and(|(_, _, at)| now < at)
    }

    /// The part of a description.
    pub(super) fn describe(&self, now: f64) -> Value {
        let (reads, writes) = self.at(now);
        let status = if self.is_rising(now) { "UPDATING" } else { "ACTIVE" };
        json!({ "ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes, "Status": status })
    }
}
