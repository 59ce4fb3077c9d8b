//! Everything that talks to AWS: the only folder that names `aws_sdk_*`. Not here: decisions (`plan`) and order (`apply`).

mod bucket_copy;
mod clients;
mod config;
mod error;
mod execute;
mod guard;
mod health;
mod observe;
mod tags;
mod wait;

pub use bucket_copy::{BucketCopy, copies, state_bucket};
pub use clients::Aws;
pub(crate) use config::OPERATION_TIMEOUT;
pub use config::{LoadConfigError, load};
#[cfg(feature = "local")]
pub(crate) use config::{retries, timeouts};
pub use error::{AwsError, ErrorKind};
pub use execute::Executor;
pub(crate) use guard::Fence;
pub use health::{IdentityError, probe};
pub use observe::observe;
