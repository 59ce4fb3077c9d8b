//! Errors of AWS calls: which call, what kind, AWS's own code and words. Not here: what an error means for a plan.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use polyregion_model::Region;

use super::guard::Withheld;
use crate::apply::Failure;

/// What kept a call from succeeding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The service answered with an error.
    Service,
    /// The service was not reached, or its answer was not, or it answered that it has trouble of its own (5xx).
    Unreachable,
    /// There are no usable credentials.
    Credentials,
    /// The request could not be made or the answer not be understood.
    Client,
    /// The call was not sent: the run has lost the lock, or its journal can't be written.
    Withheld,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {}{message}", code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct AwsError {
    /// The call, as in `dynamodb:CreateTable in us-east-1`.
    pub call: String,
    /// What kept it from succeeding.
    pub kind: ErrorKind,
    /// The region that was asked; none for services with one endpoint per partition.
    pub region: Option<Region>,
    /// AWS's own error code.
    pub code: Option<String>,
    /// AWS's words, or the SDK's.
    pub message: String,
}

/// Makes an [`AwsError`] of the SDK's error of a call; for `map_err`.
pub(super) fn failed<E>(
    call: &'static str,
    region: impl Into<Option<Region>>,
) -> impl FnOnce(SdkError<E, HttpResponse>) -> AwsError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let region = region.into();
    move |error| {
        let call = match region {
            Some(region) => format!("{call} in {region}"),
            None => call.to_owned(),
        };
        let code = error.code().map(str::to_owned);
        let withheld = source::<Withheld>(&error);
        let kind = if source::<CredentialsError>(&error).is_some() {
            ErrorKind::Credentials
        } else if let Some(withheld) = withheld {
            match withheld {
                Withheld::Down(_) | Withheld::Stopped => ErrorKind::Unreachable,
                Withheld::Fenced(_) | Withheld::Unjournaled(_) => ErrorKind::Withheld,
            }
        } else if error.raw_response().is_some_and(|response| response.status().is_server_error()) {
            // The service has trouble of its own: whether it did what it was asked, nobody knows.
            ErrorKind::Unreachable
        } else if code.is_some() || error.as_service_error().is_some() {
            ErrorKind::Service
        } else if matches!(error, SdkError::ConstructionFailure(_)) {
            ErrorKind::Client
        } else {
            ErrorKind::Unreachable
        };
        let message = match (withheld, error.message()) {
            (Some(withheld), _) => withheld.to_string(),
            (None, Some(message)) => message.to_owned(),
            (None, None) => chain(&error),
        };
        AwsError { call, kind, region, code, message }
    }
}

/// The first error of a kind among an error and its causes.
fn source<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// What an error and its causes say, each once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // Some repeat what their cause says.
        if texts.last().is_none_or(|last| !last.ends_with(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

/// What services say when they are asked too often: those that the SDK knows (its list of throttling errors), but for what is
/// [`BUSY`].
pub(super) const THROTTLED: [&str; 10] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// What the SDK takes for throttling too, and is none: something else is under way, or the account is full. Steps that know which
/// wait for it.
pub(super) const BUSY: [&str; 2] = ["LimitExceededException", "PriorRequestNotComplete"];

/// What a service says when the request did not arrive in time.
pub(super) const TIMED_OUT: [&str; 2] = ["RequestTimeout", "RequestTimeoutException"];

impl AwsError {
    /// Whether AWS was asked too often, which is no answer: the same question later has one.
    pub(super) fn is_throttled(&self) -> bool {
        self.is(&THROTTLED)
    }

    /// An error of ours about what AWS answered.
    pub(super) fn answer(call: &'static str, message: &str) -> Self {
        Self {
            call: call.to_owned(),
            kind: ErrorKind::Client,
            region: None,
            code: None,
            message: message.to_owned(),
        }
    }

    /// Whether AWS answered with this code and these words: some codes stand for many conditions.
    pub(super) fn says(&self, code: &str, words: &str) -> bool {
        self.is(&[code]) && self.message.contains(words)
    }

    /// How to fix it, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        help(self)
    }

    /// Whether AWS answered with one of these codes.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }
}

/// A request that the SDK would not even build: our own fault.
impl From<aws_smithy_types::error::operation::BuildError> for AwsError {
    fn from(error: aws_smithy_types::error::operation::BuildError) -> Self {
        Self {
            call: "polyregion".to_owned(),
            kind: ErrorKind::Client,
            region: None,
            code: None,
            message: error.to_string(),
        }
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let help = error.help();
        let AwsError { call, kind, region, code, message } = error;
        let unreachable = kind == ErrorKind::Unreachable;
        Failure {
            call,
            code,
            message,
            help: help.map(str::to_owned),
            unreachable,
            region,
            refused: Default::default(),
        }
    }
}

/// How to fix it, for the codes that people meet.
fn help(error: &AwsError) -> Option<&'static str> {
    // S3 says so with status 503, as if it were out.
    if error.is_throttled() {
        return Some(
            "run the command again in a minute; something else may be using up the account's request rate",
        );
    }
    if error.kind == ErrorKind::Unreachable {
        return Some(
            "check the network and the region's health, then run the command again: it goes on where it stopped",
        );
    }
    if error.kind == ErrorKind::Withheld {
        return Some("mend the cause, then run the command again: it finds out what was done");
    }
    Some(match error.code.as_deref()? {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
            "grant the action to the role that runs this command"
        }
        "RequestTimeTooSkewed" | "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            "set the clock of this machine, then run the command again"
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "log in again, then run the command again: it goes on where it stopped"
        }
        "HostedZoneNotEmpty" => "delete the records that are not declared, or leave the zone to them",
        "BucketNotEmpty" => {
            "empty the bucket yourself, versions and delete markers included: polyregion deletes no objects"
        }
        "BucketAlreadyExists" => "another account has a bucket of this name; give the bucket another `name`",
        "DBSubnetGroupNotFoundFault" => "create the subnet group in this region, or correct `subnet_group`",
        "KMSKeyNotAccessibleFault" => {
            "create the key in this region or grant RDS its use, or correct `kms_key`"
        }
        "TooManyHostedZones" | "TooManyHealthChecks" | "LimitExceededException" => {
            "delete what is not needed, or ask AWS to raise the quota"
        }
        _ => return None,
    })
}
