//! The account guard: the first call of every run. Not here: permissions.

use polyregion_model::Topology;

use super::clients::Aws;
use super::error::{AwsError, failed};

/// Why a run must not go on.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// STS did not say.
    #[error("can't tell which account the credentials belong to: {0}")]
    Call(#[from] AwsError),
    /// They belong to another account.
    #[error("the credentials belong to account {actual}, the topology to account {expected}")]
    OtherAccount {
        /// The credentials' account.
        actual: String,
        /// The topology's account.
        expected: String,
    },
}

/// Checks that the credentials belong to the topology's account, at the endpoint of the topology's first region, so that
/// no single region is needed for it.
///
/// # Errors
/// When they don't, or when STS can't be asked in any region of the topology.
pub async fn verify_account(aws: &Aws, topology: &Topology) -> Result<(), IdentityError> {
    let mut last = AwsError::answer("sts:GetCallerIdentity", "the topology has no region");
    for place in topology.regions() {
        let call = aws.sts(place.region).get_caller_identity().send().await;
        match call.map_err(failed("sts:GetCallerIdentity", place.region)) {
            Ok(identity) => {
                let actual = identity.account().unwrap_or_default();
                let expected = topology.account();
                return if actual == expected {
                    Ok(())
                } else {
                    Err(IdentityError::OtherAccount {
                        actual: actual.to_owned(),
                        expected: expected.to_owned(),
                    })
                };
            }
            // Only a region that can't be reached is worth asking another one instead.
            Err(error) if error.kind == super::ErrorKind::Unreachable => last = error,
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.into())
}
