//! STS: who is calling. Not here: other operations.

use crate::fault::ApiError;
use crate::query::Params;
use crate::request::Request;
use crate::response::Response;
use crate::router::Handled;
use crate::world::World;
use crate::xml::Element;

pub(crate) fn handle(world: &World, request: &Request) -> Handled {
    let params = Params::parse(request.text());
    let operation = params.operation().to_owned();
    let outcome = match operation.as_str() {
        "GetCallerIdentity" => {
            let account = &world.account;
            let result = Element::default()
                .with("Arn", format!("arn:aws:iam::{account}:user/local"))
                .with("UserId", "AIDALOCAL")
                .with("Account", account);
            params.finish().map(|()| Response::query(&operation, result))
        }
        other => Err(ApiError::unsimulated(format!("sts:{other}"))),
    };
    (operation, outcome)
}
