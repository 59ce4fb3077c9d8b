//! STS: who is calling. Not here: other operations.

use crate::fault::ApiError;
use crate::query::Params;
use crate::request::Request;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

pub(crate) fn handle(world: &World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let params = Params::parse(request.text());
    match operation {
        "GetCallerIdentity" => {
            let account = &world.account;
            let result = Element::default()
                .with("Arn", caller_arn(account))
                .with("UserId", "AIDALOCAL")
                .with("Account", account);
            params.finish().map(|()| Response::query(operation, result))
        }
        other => Err(ApiError::unsimulated(format!("sts:{other}"))),
    }
}

/// The one who calls: every request is of the same user.
pub(crate) fn caller_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/local")
}
