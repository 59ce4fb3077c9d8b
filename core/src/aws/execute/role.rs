//! The role that S3 replicates with. Not here: its documents (`policy`).

use std::collections::BTreeSet;

use aws_sdk_iam::types::Tag;
use polyregion_model::{Address, ReplicationRole};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::paced;
use super::super::observe::POLICY_NAME;
use super::super::tags;
use super::super::wait::{ROLE_PROPAGATION, VISIBLE, while_busy};
use super::made;
use crate::apply::{Failure, StatusSink};
use crate::attribute::Field;
use crate::policy;

pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    role: &ReplicationRole,
    status: &StatusSink,
) -> Result<String, Failure> {
    let tags =
        tags::built(tags::tags(aws, address), |key, value| Tag::builder().key(key).value(value).build())?;
    let result = aws
        .iam()
        .create_role()
        .role_name(&role.name)
        .assume_role_policy_document(policy::trust())
        .description(format!("S3 replicates with it, for {address} of topology {}", aws.topology))
        .set_tags(Some(tags))
        .send()
        .await
        .map_err(failed("iam:CreateRole", None));
    made(aws, address, result).await?;
    while_busy(&VISIBLE, |error| error.is(&["NoSuchEntity"]), status, || put_policy(aws, role)).await?;
    status.report("propagating");
    tokio::time::sleep(paced(ROLE_PROPAGATION)).await;
    Ok(role.name.clone())
}

async fn put_policy(aws: &Aws, role: &ReplicationRole) -> Result<(), AwsError> {
    let call = aws.iam().put_role_policy().role_name(&role.name).policy_name(POLICY_NAME);
    let call = call.policy_document(policy::replication(aws.partition, role));
    call.send().await.map_err(failed("iam:PutRolePolicy", None))?;
    Ok(())
}

pub(super) async fn update(
    aws: &Aws,
    role: &ReplicationRole,
    fields: &BTreeSet<Field>,
) -> Result<(), Failure> {
    if fields.contains(&Field::TrustPolicy) {
        let call = aws.iam().update_assume_role_policy().role_name(&role.name);
        let call = call.policy_document(policy::trust());
        call.send().await.map_err(failed("iam:UpdateAssumeRolePolicy", None))?;
    }
    if fields.contains(&Field::Policy) {
        put_policy(aws, role).await?;
        // What S3 copies before it may use the keys fails, and is not tried again.
        if !role.keys.is_empty() {
            tokio::time::sleep(paced(ROLE_PROPAGATION)).await;
        }
    }
    Ok(())
}

/// A role can't be deleted while it has a policy (IAM-012).
pub(super) async fn delete(aws: &Aws, role: &ReplicationRole) -> Result<(), Failure> {
    let gone = |error: &AwsError| error.is(&["NoSuchEntity"]);
    let call = aws.iam().delete_role_policy().role_name(&role.name).policy_name(POLICY_NAME).send().await;
    if let Err(error) = call.map_err(failed("iam:DeleteRolePolicy", None))
        && !gone(&error)
    {
        return Err(error.into());
    }
    let call = aws.iam().delete_role().role_name(&role.name).send().await;
    match call.map_err(failed("iam:DeleteRole", None)) {
        Err(error) if !gone(&error) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}
