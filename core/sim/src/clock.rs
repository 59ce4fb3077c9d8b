//! The simulated clock: tokio's, so that a paused runtime jumps over waiting. Not here: what happens when.

use tokio::time::Instant;

/// Seconds since the Unix epoch at which a new simulated AWS starts: 2026-01-01T00:00:00Z. Fixed, so that runs repeat.
pub(crate) const START: f64 = 1_767_225_600.0;

/// A clock that goes on from a given time.
#[derive(Debug)]
pub(crate) struct Clock {
    base: f64,
    started: Instant,
    speed: f64,
}

impl Clock {
    pub(crate) fn starting_at(base: f64) -> Self {
        Self::running(base, 1.0)
    }

    /// One that runs so many times as fast as the callers' clocks.
    pub(crate) fn running(base: f64, speed: f64) -> Self {
        Self { base, started: Instant::now(), speed }
    }

    /// Seconds since the Unix epoch.
    pub(crate) fn now(&self) -> f64 {
        self.base + self.started.elapsed().as_secs_f64() * self.speed
    }

    /// The same for callers, by whose clocks requests are signed.
    pub(crate) fn callers(&self) -> f64 {
        self.base + self.started.elapsed().as_secs_f64()
    }
}

/// A time as signatures have it (`20260101T000000Z`), in seconds since the Unix epoch.
pub(crate) fn signed_at(text: &str) -> Option<f64> {
    use aws_smithy_types::date_time::{DateTime, Format};
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    let written = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    DateTime::from_str(&written, Format::DateTime).ok().map(|time| time.as_secs_f64())
}

/// A time as HTTP headers have it.
pub(crate) fn http_date(seconds: f64) -> String {
    use aws_smithy_types::date_time::{DateTime, Format};
    DateTime::from_secs_f64(seconds.floor()).fmt(Format::HttpDate).unwrap_or_default()
}

/// A time as ISO 8601 with milliseconds, as AWS writes it in XML.
pub(crate) fn iso8601(seconds: f64) -> String {
    use aws_smithy_types::date_time::{DateTime, Format};
    let time = DateTime::from_secs_f64(seconds.floor());
    time.fmt(Format::DateTime).unwrap_or_default()
}
