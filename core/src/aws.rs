//! Everything that talks to AWS: the only folder that names `aws_sdk_*`. Not here: decisions (`plan`) and order (`apply`).

mod bucket_copy;
mod bucket_settings;
mod clients;
mod cluster_settings;
mod config;
mod encryption;
mod error;
mod execute;
mod guard;
mod health;
mod instance_settings;
mod lifecycle;
mod limit;
mod object_filter;
mod observe;
mod patience;
mod replication;
mod table_encryption;
mod table_indexes;
mod table_settings;
mod tags;
mod turn;
mod wait;

pub use bucket_copy::{BucketCopy, copies, state_bucket};
pub use clients::Aws;
pub(crate) use config::ATTEMPT_TIMEOUT;
pub use config::{LoadConfigError, load};
pub(crate) use encryption::customer_key;
pub use error::{AwsError, ErrorKind};
pub use execute::Executor;
pub(crate) use guard::Fence;
pub use health::{IdentityError, probe};
pub use observe::observe;
pub(crate) use patience::LONGEST_SILENCE_OF_HOUSEKEEPING;
