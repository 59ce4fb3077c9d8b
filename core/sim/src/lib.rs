//! A simulated AWS: Route 53, DynamoDB global tables, Aurora global databases, S3 buckets and objects, IAM roles and load
//! balancers, spoken to by the real AWS SDK over the real wire formats, in process.
//!
//! State is kept per region. What AWS does in its own time (a table that is `CREATING`, a change that is `PENDING`) takes
//! simulated time here, on tokio's clock, which tests and `--local` pause. What AWS refuses is refused with AWS's own
//! codes and, where they are known, words. What the simulation does not know, operation or parameter, is an error that
//! names it: nothing is dropped silently.
//!
//! Tests can order what goes wrong: faults before or after a request took effect, regions that are out, permissions that
//! the caller lacks, rates that are throttled.
//!
//! Not here: deciding what to call. Sources of behaviour are named beside it; "typical" marks what was not verified.

mod authorize;
mod calls;
mod clock;
mod connector;
mod dynamodb;
mod elb;
mod fault;
mod iam;
mod inject;
mod inventory;
mod kms;
mod operation;
mod policy;
mod query;
mod rds;
mod request;
mod response;
mod route53;
mod router;
mod s3;
#[cfg(feature = "server")]
mod server;
mod store;
mod sts;
mod throttle;
mod world;
mod xml;

pub use calls::{Call, Calls};
pub use fault::ApiError;
pub use inject::{Attempt, Fault, Faults, Outage};
pub use router::Sim;
#[cfg(feature = "server")]
pub use server::serve;
pub use store::OpenError;
pub use throttle::{Rate, Rates};
pub use world::FurnishError;
