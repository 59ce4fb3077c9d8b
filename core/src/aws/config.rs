//! The ordinary configuration of the AWS SDK: credential chain, HTTPS client, timeouts. Not here: the simulated AWS (`local`),
//! and how long a call is tried (`patience`).

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use polyregion_model::Topology;

use super::error::chain;

/// A dead region must not hold a run for minutes: its connections fail after this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No control-plane call of these services takes longer to begin its answer; waiting for status is done by polling. It counts
/// from when a request is sent: the SDK's timeouts of attempts and operations would count the time that a call waits for its
/// turn, too. An answer that stops midway is ended by the SDK's protection against stalled streams.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The instance metadata service is asked last and does not answer outside EC2; the SDK's own limit is longer.
pub(super) const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(8);

/// Why AWS can't be talked to at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadConfigError {
    /// The credential chain found nothing.
    #[error("no AWS credentials were found: {0}")]
    NoCredentials(String),
}

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
        // For the clients of the credential chain; those of the engine have their own.
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

/// How long attempts may take.
pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(ATTEMPT_TIMEOUT).build()
}
