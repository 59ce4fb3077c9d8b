//! Errors of the simulated services, before they have a wire format. Not here: envelopes (`response`).

/// An error that a service answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// AWS's code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// AWS's words, or ours where AWS's are not known.
    pub message: String,
}

impl ApiError {
    pub(crate) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into() }
    }

    /// What the simulation does not know. The code is none of AWS's, so that nobody takes it for an answer of AWS.
    pub(crate) fn unsimulated(what: impl AsRef<str>) -> Self {
        Self::new("SimulationGap", 501, format!("the simulated AWS does not know {}", what.as_ref()))
    }
}
