//! What operations of Route 53 and IAM need. Not here: other services.

use super::{need, tagged};
use crate::policy::Need;
use crate::query::Params;
use crate::request::Request;
use crate::world::{World, partition};

/// Route 53 has no condition keys for tags.
pub(super) fn route53(operation: &str, request: &Request) -> Option<Vec<Need>> {
    let segment = |at: usize| request.path.get(at).map(String::as_str).unwrap_or_default();
    let (kind, id) = match operation {
        "ChangeTagsForResource" | "ListTagsForResource" => (segment(2), segment(3)),
        "ListTagsForResources" => (segment(2), "*"),
        _ => (segment(1), segment(2)),
    };
    let this = format!("arn:{}:route53:::{kind}/{id}", partition(&request.region));
    let (action, resource) = match operation {
        "ListHostedZones" => ("route53:ListHostedZones", "*"),
        "ListHostedZonesByName" => ("route53:ListHostedZonesByName", "*"),
        "CreateHostedZone" => ("route53:CreateHostedZone", "*"),
        "GetHostedZone" => ("route53:GetHostedZone", this.as_str()),
        "UpdateHostedZoneComment" => ("route53:UpdateHostedZoneComment", this.as_str()),
        "UpdateHostedZoneFeatures" => ("route53:UpdateHostedZoneFeatures", this.as_str()),
        "AssociateVPCWithHostedZone" => ("route53:AssociateVPCWithHostedZone", this.as_str()),
        "DisassociateVPCFromHostedZone" => ("route53:DisassociateVPCFromHostedZone", this.as_str()),
        "DeleteHostedZone" => ("route53:DeleteHostedZone", this.as_str()),
        "ListResourceRecordSets" => ("route53:ListResourceRecordSets", this.as_str()),
        "ChangeResourceRecordSets" => ("route53:ChangeResourceRecordSets", this.as_str()),
        "GetChange" => ("route53:GetChange", this.as_str()),
        "ListHealthChecks" => ("route53:ListHealthChecks", "*"),
        "CreateHealthCheck" => ("route53:CreateHealthCheck", "*"),
        "GetHealthCheck" => ("route53:GetHealthCheck", this.as_str()),
        "UpdateHealthCheck" => ("route53:UpdateHealthCheck", this.as_str()),
        "DeleteHealthCheck" => ("route53:DeleteHealthCheck", this.as_str()),
        "ChangeTagsForResource" => ("route53:ChangeTagsForResource", this.as_str()),
        "ListTagsForResource" => ("route53:ListTagsForResource", this.as_str()),
        // On each of those that the body names, which are of this kind.
        "ListTagsForResources" => ("route53:ListTagsForResources", this.as_str()),
        _ => return None,
    };
    let mut needs = vec![need(action, resource)];
    // VPCs are looked up for the caller (Route 53 Developer Guide, "Amazon Route 53 API permissions").
    let names_vpc = operation == "AssociateVPCWithHostedZone"
        || operation == "CreateHostedZone" && request.text().contains("<VPCId>");
    if names_vpc {
        needs.push(need("ec2:DescribeVpcs", "*"));
    }
    Some(needs)
}

pub(super) fn iam(world: &World, operation: &str, request: &Request) -> Option<Vec<Need>> {
    let mut params = Params::parse(request.text());
    let name = params.get("RoleName").unwrap_or_default();
    let new = params.tags("Tags.member");
    let role = format!("arn:{}:iam::{}:role/{name}", partition(&request.region), world.account);
    let known = world.roles.get(&name).map(|role| role.tags.clone()).unwrap_or_default();
    let on_role =
        |action| vec![tagged(tagged(need(action, role.clone()), "ResourceTag", &known), "RequestTag", &new)];
    Some(match operation {
        "CreateRole" if new.is_empty() => on_role("iam:CreateRole"),
        // Tags want a permission of their own (IAM User Guide, "Tag IAM roles").
        "CreateRole" => [on_role("iam:CreateRole"), on_role("iam:TagRole")].concat(),
        "ListRoles" => vec![need("iam:ListRoles", "*")],
        "ListRolePolicies" => on_role("iam:ListRolePolicies"),
        "ListAttachedRolePolicies" => on_role("iam:ListAttachedRolePolicies"),
        "ListRoleTags" => on_role("iam:ListRoleTags"),
        "GetRole" => on_role("iam:GetRole"),
        "DeleteRole" => on_role("iam:DeleteRole"),
        "UpdateAssumeRolePolicy" => on_role("iam:UpdateAssumeRolePolicy"),
        "PutRolePolicy" => on_role("iam:PutRolePolicy"),
        "GetRolePolicy" => on_role("iam:GetRolePolicy"),
        "TagRole" => on_role("iam:TagRole"),
        "UntagRole" => on_role("iam:UntagRole"),
        "DeleteRolePolicy" => on_role("iam:DeleteRolePolicy"),
        _ => return None,
    })
}
