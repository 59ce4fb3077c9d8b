//! Permissions: which actions on which resources a request needs, and refusing it as AWS does. Not here: reading policies
//! (`policy`), permissions of others than the caller, and those of resources, keys and service-linked roles.
//!
//! Actions and resources are those of the Service Authorization Reference. What differs from an operation's name, and what
//! is not verified, is said beside it.

mod databases;
mod names;
mod objects;

use std::collections::BTreeMap;

use crate::fault::ApiError;
use crate::operation::UNKNOWN;
use crate::policy::{Decision, Need, Policies};
use crate::request::Request;
use crate::sts::caller_arn;
use crate::world::{Tags, World};

/// What an operation needs. None if the simulation doesn't know the operation.
fn needs(world: &World, operation: &str, request: &Request) -> Option<Vec<Need>> {
    let needs = match request.service.as_str() {
        _ if operation == UNKNOWN => return None,
        "s3" => objects::s3(operation, request)?,
        "dynamodb" => databases::dynamodb(world, operation, request)?,
        "rds" => databases::rds(world, operation, request)?,
        "route53" => names::route53(operation, request)?,
        "iam" => names::iam(world, operation, request)?,
        // Whoever calls may know who calls (STS API reference, `GetCallerIdentity`).
        "sts" if operation == "GetCallerIdentity" => Vec::new(),
        "elasticloadbalancing" if operation == "DescribeLoadBalancers" => {
            vec![need("elasticloadbalancing:DescribeLoadBalancers", "*")]
        }
        _ => return None,
    };
    Some(needs.into_iter().map(|need| in_region(need, &request.region)).collect())
}

fn need(action: &'static str, resource: impl Into<String>) -> Need {
    Need { action, resource: resource.into(), context: BTreeMap::new() }
}

/// With the region that is asked, unless it is known to be another.
fn in_region(mut need: Need, region: &str) -> Need {
    need.context.entry("aws:requestedregion".to_owned()).or_insert_with(|| region.to_owned());
    need
}

/// With tags, as condition keys of a kind.
fn tagged(mut need: Need, kind: &str, tags: &Tags) -> Need {
    let keys =
        tags.iter().map(|(key, value)| (format!("aws:{kind}/{key}").to_ascii_lowercase(), value.clone()));
    need.context.extend(keys);
    need
}

/// Passing a role to a service.
fn pass_role(role: &str, service: &str) -> Need {
    let mut need = need("iam:PassRole", role);
    need.context.insert("iam:passedtoservice".to_owned(), service.to_owned());
    need
}

/// Refuses a request that the caller's policies don't allow.
pub(crate) fn check(
    policies: &Policies,
    world: &World,
    operation: &str,
    request: &Request,
) -> Result<(), ApiError> {
    for need in needs(world, operation, request).unwrap_or_default() {
        let decision = policies.decide(&need);
        if decision != Decision::Allowed {
            return Err(refusal(&request.service, &world.account, &need, decision));
        }
    }
    Ok(())
}

/// Whether an error would tell what the caller may not know: without permission to list a bucket, S3 says `AccessDenied`
/// for a missing object (S3 API reference, `GetObject` and `HeadObject`).
pub(crate) fn veil(
    policies: &Policies,
    world: &World,
    operation: &str,
    request: &Request,
    error: ApiError,
) -> ApiError {
    let reads = request.service == "s3" && ["GetObject", "HeadObject"].contains(&operation);
    if !reads || error.code != "NoSuchKey" {
        return error;
    }
    let list = in_region(objects::list_bucket(request), &request.region);
    match policies.decide(&list) {
        Decision::Allowed => error,
        decision @ (Decision::NotAllowed | Decision::Denied) => {
            refusal("s3", &world.account, &list, decision)
        }
    }
}

/// The words are those of public threads; S3 alone quotes the resource. Where there is none, as of actions on everything,
/// that part is left out.
fn refusal(service: &str, account: &str, need: &Need, decision: Decision) -> ApiError {
    let Need { action, resource, .. } = need;
    let resource = match service {
        _ if resource == "*" => String::new(),
        "s3" => format!(" on resource: \"{resource}\""),
        _ => format!(" on resource: {resource}"),
    };
    let why = match decision {
        Decision::Denied => "with an explicit deny in an identity-based policy".to_owned(),
        Decision::NotAllowed | Decision::Allowed => {
            format!("because no identity-based policy allows the {action} action")
        }
    };
    let message =
        format!("User: {} is not authorized to perform: {action}{resource} {why}", caller_arn(account));
    match service {
        "dynamodb" => ApiError::new("AccessDeniedException", 400, message),
        _ => ApiError::new("AccessDenied", 403, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::KNOWN;

    #[test]
    fn every_operation_is_mapped() {
        let world = World::new("123456789012");
        for (service, operations) in KNOWN {
            for operation in operations {
                let authorization =
                    format!("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{service}/aws4_request, x");
                let headers = std::iter::once(("authorization".to_owned(), authorization));
                let request = Request::parse("POST", "https://host/", headers, b"").unwrap();
                let needs = needs(&world, operation, &request);
                assert!(needs.is_some(), "{service}:{operation}");
                for need in needs.unwrap() {
                    assert_eq!(need.context["aws:requestedregion"], "eu-west-1", "{need:?}");
                }
            }
        }
    }
}
