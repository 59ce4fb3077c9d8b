//! Faults and outages to order: what a test wants to go wrong, and whether it goes wrong before or after AWS did what it was
//! asked. Not here: what AWS refuses by itself (`fault` and the services).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use polyregion_model::{Partition, Region};

use crate::fault::ApiError;

/// What becomes of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it is carried out and answered.
    Pass,
    /// It is not carried out, and no answer ever comes.
    Hang,
    /// It is not carried out: the connection is refused.
    Refuse,
    /// It is carried out, and no answer ever comes.
    HangAfter,
    /// It is carried out, then the connection closes before the answer.
    LoseReply,
    /// It is carried out, and the answer is the service's internal error, with status 500.
    FailAfter,
    /// It is not carried out, and the answer is this error in the service's envelope.
    Fail {
        /// The code.
        code: &'static str,
        /// The HTTP status.
        status: u16,
        /// The words.
        message: String,
    },
    /// It is carried out at once, and the answer comes later.
    Delay(Duration),
}

/// One request that arrived, before anything is done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1 since the faults were set. Retries of the SDK are attempts of their own.
    pub number: usize,
    /// The service, as in signatures (`dynamodb`).
    pub service: String,
    /// The operation (`CreateTable`), `?` if the simulation doesn't know it.
    pub operation: String,
    /// The region that it was signed for.
    pub region: String,
    /// Whether it would change anything.
    pub mutates: bool,
}

/// Decides about each attempt. It is asked without a lock, so it may look at the simulation, also fork it.
pub type Faults = Arc<dyn Fn(&Attempt) -> Fault + Send + Sync>;

/// How a region is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Connections are refused.
    Refused,
    /// Connections are never made: they hang until the client's connect timeout, or forever if it has none.
    Silent,
}

/// The faults that are set.
pub(crate) struct Injector {
    faults: Faults,
    asked: usize,
}

impl fmt::Debug for Injector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injector").field("asked", &self.asked).finish_non_exhaustive()
    }
}

impl Injector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, asked: 0 }
    }

    /// The number of the next attempt, and who decides about it.
    pub(crate) fn next(&mut self) -> (usize, Faults) {
        self.asked += 1;
        (self.asked, Arc::clone(&self.faults))
    }
}

/// The regions that are out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages(BTreeMap<String, Outage>);

impl Outages {
    pub(crate) fn set(&mut self, region: Region, outage: Option<Outage>) {
        match outage {
            Some(outage) => self.0.insert(region.code().to_owned(), outage),
            None => self.0.remove(region.code()),
        };
    }

    pub(crate) fn of(&self, region: &str) -> Option<Outage> {
        self.0.get(region).copied()
    }

    /// Refuses what depends on a region that is out. In the partition `aws`, making, configuring and deleting buckets of
    /// every region depends on us-east-1; reading them and their objects does not (AWS Fault Isolation Boundaries, "Global
    /// services": bucket names and configuration). Code and words are those of S3's list of error responses; that it is
    /// these which come then is not verified.
    pub(crate) fn check(&self, service: &str, operation: &str, region: &str) -> Result<(), ApiError> {
        let home = Region::from_code(region).map(|region| region.info().partition);
        let depends =
            service == "s3" && crate::s3::is_configuration(operation) && home == Some(Partition::Aws);
        if depends && self.of(Partition::Aws.control_region().code()).is_some() {
            return Err(ApiError::new("ServiceUnavailable", 503, "Service is unable to handle request."));
        }
        Ok(())
    }
}

/// A service's own word for its failure. DynamoDB's and S3's are theirs (API references, "Common errors" and "Error
/// responses"), the others' the common one.
pub(crate) fn internal_failure(service: &str) -> ApiError {
    let (code, message) = match service {
        "s3" => ("InternalError", "We encountered an internal error. Please try again."),
        "dynamodb" => ("InternalServerError", "Internal server error"),
        _ => (
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
    };
    ApiError::new(code, 500, message)
}
