//! The ordinary configuration of the AWS SDK: credential chain, HTTPS client, retries, timeouts. Not here: the simulated
//! AWS (`local`).

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use polyregion_model::Topology;

use super::error::chain;

/// A dead region must not hold a run for minutes: its connections fail after this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No control-plane call of these services takes longer; waiting for status is done by polling.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// Route 53 refills ten requests a second; the SDK's default of three attempts gives up within its first refill.
const MAX_ATTEMPTS: u32 = 6;
/// The instance metadata service is asked last and does not answer outside EC2; the SDK's own limit is longer.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(8);

/// Why AWS can't be talked to at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadConfigError {
    /// The credential chain found nothing.
    #[error("no AWS credentials were found: {0}")]
    NoCredentials(String),
}

/// A region that answers its first call and then goes silent must not hold a call for minutes: attempts, pauses and all.
pub(crate) const OPERATION_TIMEOUT: Duration = Duration::from_secs(75);

/// Loads the configuration from environment, profile and metadata services, and checks that it has credentials. With an
/// endpoint, every call goes there instead of to AWS.
///
/// # Errors
/// When the credential chain finds none, or not in time.
pub async fn load(topology: &Topology, endpoint: Option<&str>) -> Result<SdkConfig, LoadConfigError> {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let sdk = loader
        .http_client(http)
        .region(Region::from_static(topology.partition().control_region().code()))
        .retry_config(retries())
        .timeout_config(timeouts())
        .load()
        .await;
    let Some(provider) = sdk.credentials_provider() else {
        return Err(LoadConfigError::NoCredentials("the credential chain is empty".to_owned()));
    };
    match tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await {
        Ok(Ok(_)) => Ok(sdk),
        Ok(Err(error)) => Err(LoadConfigError::NoCredentials(chain(&error))),
        Err(_) => Err(LoadConfigError::NoCredentials(format!(
            "the credential chain did not answer within {} s",
            CREDENTIALS_TIMEOUT.as_secs()
        ))),
    }
}

/// How often calls are tried, on AWS and on the simulated AWS alike.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS)
}

/// How long calls may take, on AWS and on the simulated AWS alike.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
