//! Events of an application, as data. Not here: how they are shown (`report`).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use polyregion_model::{Address, Region};
use serde::Serialize;

use super::Outcome;
use crate::plan::StepId;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, since the application started.
    pub at: Duration,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The application started.
    Started {
        /// How many steps it has.
        steps: usize,
    },
    /// A step started.
    StepStarted {
        /// Which.
        step: StepId,
    },
    /// A step waits for AWS.
    Waiting {
        /// Which.
        step: StepId,
        /// AWS's own word for the state.
        status: String,
    },
    /// A step was done.
    StepDone {
        /// Which.
        step: StepId,
    },
    /// A step failed.
    StepFailed {
        /// Which.
        step: StepId,
        /// Why.
        failure: Failure,
    },
    /// A step is not tried.
    Blocked {
        /// Which.
        step: StepId,
        /// The step that it needs and that failed, or was itself blocked.
        by: StepId,
    },
    /// The application is over.
    Finished {
        /// How it ended.
        outcome: Outcome,
    },
}

/// Where events go. Cheap to clone.
#[derive(Clone)]
pub struct EventSink(Arc<dyn Fn(Event) + Send + Sync>);

impl EventSink {
    /// A sink that calls a function with each event.
    pub fn new(receive: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(receive))
    }

    /// Sends an event.
    pub(crate) fn send(&self, event: Event) {
        (self.0)(event);
    }
}

impl fmt::Debug for EventSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventSink")
    }
}

/// Why a step failed: what happened, why, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The service, operation and region, as in `route53:CreateHostedZone`.
    pub call: String,
    /// AWS's own error code, if it answered with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What happened.
    pub message: String,
    /// How to fix it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether AWS was not reached, so that the step is owed rather than wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// The region that was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// What AWS refused for certain, so that nothing of it is in doubt. Boxed, as it is empty nearly always.
    #[serde(skip)]
    pub refused: Box<BTreeSet<Address>>,
}

impl Failure {
    /// A failure that is our own fault.
    pub(crate) fn bug(message: &str) -> Self {
        let help = "please report it with the topology that shows it";
        Self::of("polyregion".to_owned(), format!("bug in polyregion: {message}"), help)
    }

    /// A failure that AWS has no code for.
    pub(crate) fn of(call: String, message: String, help: &str) -> Self {
        let help = Some(help.to_owned());
        let refused = Box::default();
        Self { call, code: None, message, help, unreachable: false, region: None, refused }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, code, message, help: _, unreachable: _, region: _, refused: _ } = self;
        match code {
            Some(code) => write!(f, "{call}: {code}: {message}"),
            None => write!(f, "{call}: {message}"),
        }
    }
}
