//! Which operation a request asks for, known before anybody carries it out. Not here: carrying it out.

use crate::request::Request;
use crate::{route53, s3};

/// The name of an operation that the simulation does not know.
pub(crate) const UNKNOWN: &str = "?";

/// The name of a request's operation, as AWS has it.
pub(crate) fn name(request: &Request) -> String {
    match request.service.as_str() {
        "route53" => route53::operation(request).to_owned(),
        "s3" => s3::operation(request).to_owned(),
        "dynamodb" => {
            let target = request.headers.get("x-amz-target").map(String::as_str).unwrap_or_default();
            target.rsplit('.').next().unwrap_or_default().to_owned()
        }
        _ => {
            let action = request.text().split('&').find_map(|pair| pair.strip_prefix("Action="));
            action.unwrap_or(UNKNOWN).to_owned()
        }
    }
}

/// Whether an operation only reads: by the first word of its name, which AWS chooses with care.
pub(crate) fn is_read(operation: &str) -> bool {
    ["Get", "List", "Describe", "Head"].iter().any(|word| operation.starts_with(word))
}
