//! Which operation a request asks for, known before anybody carries it out. Not here: carrying it out.

use crate::fault::ApiError;
use crate::request::Request;
use crate::{route53, s3};

/// The name of an operation that the simulation does not know.
pub(crate) const UNKNOWN: &str = "?";

/// The operations that the simulation knows, by service. What is not listed is refused before anybody looks at it, so that
/// what is listed, and mapped to permissions, is all there is.
pub(crate) const KNOWN: [(&str, &[&str]); 7] = [
    (
        "route53",
        &[
            "ListHostedZones",
            "ListHostedZonesByName",
            "CreateHostedZone",
            "GetHostedZone",
            "UpdateHostedZoneComment",
            "UpdateHostedZoneFeatures",
            "AssociateVPCWithHostedZone",
            "DisassociateVPCFromHostedZone",
            "DeleteHostedZone",
            "ListResourceRecordSets",
            "ChangeResourceRecordSets",
            "GetChange",
            "ListHealthChecks",
            "CreateHealthCheck",
            "GetHealthCheck",
            "UpdateHealthCheck",
            "DeleteHealthCheck",
            "ChangeTagsForResource",
            "ListTagsForResource",
            "ListTagsForResources",
        ],
    ),
    (
        "dynamodb",
        &[
            "CreateTable",
            "ListTables",
            "DescribeTable",
            "UpdateTable",
            "DeleteTable",
            "DescribeTimeToLive",
            "UpdateTimeToLive",
            "DescribeContinuousBackups",
            "UpdateContinuousBackups",
            "DescribeContributorInsights",
            "UpdateContributorInsights",
            "ListTagsOfResource",
            "TagResource",
            "UntagResource",
        ],
    ),
    (
        "rds",
        &[
            "CreateGlobalCluster",
            "DescribeGlobalClusters",
            "ModifyGlobalCluster",
            "DeleteGlobalCluster",
            "RemoveFromGlobalCluster",
            "SwitchoverGlobalCluster",
            "FailoverGlobalCluster",
            "CreateDBCluster",
            "DescribeDBClusters",
            "ModifyDBCluster",
            "DeleteDBCluster",
            "CreateDBInstance",
            "DescribeDBInstances",
            "ModifyDBInstance",
            "DeleteDBInstance",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            "ListTagsForResource",
        ],
    ),
    (
        "s3",
        &[
            "ListBuckets",
            "CreateBucket",
            "HeadBucket",
            "GetBucketLocation",
            "DeleteBucket",
            "PutBucketVersioning",
            "GetBucketVersioning",
            "PutBucketReplication",
            "GetBucketReplication",
            "DeleteBucketReplication",
            "PutBucketTagging",
            "GetBucketTagging",
            "DeleteBucketTagging",
            "PutBucketOwnershipControls",
            "GetBucketOwnershipControls",
            "PutPublicAccessBlock",
            "GetPublicAccessBlock",
            "DeletePublicAccessBlock",
            "PutBucketEncryption",
            "GetBucketEncryption",
            "DeleteBucketEncryption",
            "PutBucketLifecycleConfiguration",
            "GetBucketLifecycleConfiguration",
            "DeleteBucketLifecycle",
            "PutObjectLockConfiguration",
            "GetObjectLockConfiguration",
            "PutBucketWebsite",
            "GetBucketWebsite",
            "DeleteBucketWebsite",
            "ListObjectsV2",
            "ListObjectVersions",
            "PutObject",
            "GetObject",
            "HeadObject",
            "DeleteObject",
        ],
    ),
    (
        "iam",
        &[
            "CreateRole",
            "GetRole",
            "ListRoles",
            "ListRolePolicies",
            "ListAttachedRolePolicies",
            "ListRoleTags",
            "DeleteRole",
            "UpdateAssumeRolePolicy",
            "PutRolePolicy",
            "GetRolePolicy",
            "DeleteRolePolicy",
            "TagRole",
            "UntagRole",
        ],
    ),
    ("sts", &["GetCallerIdentity"]),
    ("elasticloadbalancing", &["DescribeLoadBalancers"]),
];

/// Refuses an operation that has a name which the simulation doesn't know. One without a name is for its service to refuse,
/// which knows how to say what it is.
pub(crate) fn check_known(service: &str, operation: &str) -> Result<(), ApiError> {
    let Some((_, known)) = KNOWN.iter().find(|(name, _)| *name == service) else {
        return Err(ApiError::unsimulated(format!("the service {service}")));
    };
    if operation != UNKNOWN && !known.contains(&operation) {
        return Err(ApiError::unsimulated(format!("{service}:{operation}")));
    }
    Ok(())
}

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
