//! Everything that talks to AWS: the only folder that names `aws_sdk_*`. Not here: decisions (`plan`) and order (`apply`).

mod clients;
mod config;
mod error;
mod execute;
mod identity;
mod observe;
mod tags;
mod wait;

pub use clients::Aws;
pub use config::{LoadConfigError, load};
pub use error::{AwsError, ErrorKind};
pub use execute::Executor;
pub use identity::{IdentityError, verify_account};
pub use observe::observe;
