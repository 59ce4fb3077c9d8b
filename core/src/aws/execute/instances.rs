//! Instances of Aurora clusters. Not here: the clusters.

use std::collections::BTreeSet;

use aws_sdk_rds::types::DbInstance;
use polyregion_model::{Address, Instance};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::instance_settings;
use super::super::wait::{
    CLUSTER_AT_REST, INSTANCE_AVAILABLE, INSTANCE_GONE, NOT_BUSY, Poll, WaitPolicy, until, while_busy,
};
use super::clusters::{GONE, ignore_absent, is_broken, is_busy, tags_of, text};
use super::made;
use crate::apply::{Failure, StatusSink};
use crate::attribute::Field;

pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    instance: &Instance,
    status: &StatusSink,
) -> Result<String, Failure> {
    let Instance { identifier, cluster_identifier, region, engine, class, settings } = instance;
    let client = aws.rds(*region);
    let request = client
        .create_db_instance()
        .set_db_parameter_group_name(instance_settings::parameter_group(settings))
        .set_monitoring_interval(instance_settings::interval(settings))
        .set_monitoring_role_arn(instance_settings::role(settings))
        .db_instance_identifier(identifier)
        .db_cluster_identifier(cluster_identifier)
        .db_instance_class(class)
        .engine(engine.id())
        .publicly_accessible(false)
        .set_tags(tags_of(aws, address));
    while_busy(&NOT_BUSY, is_busy, status, || async {
        made(aws, address, request.clone().send().await.map_err(failed("rds:CreateDBInstance", *region)))
            .await
    })
    .await?;
    wait(aws, instance, &BTreeSet::new(), &INSTANCE_AVAILABLE, status).await?;
    Ok(identifier.clone())
}

pub(super) async fn update(
    aws: &Aws,
    instance: &Instance,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    let Instance { identifier, cluster_identifier: _, region, engine: _, class, settings } = instance;
    let client = aws.rds(*region);
    let differs = |field: Field| fields.contains(&field);
    let group = instance_settings::parameter_group(settings).filter(|_| differs(Field::ParameterGroup));
    let is_monitored = settings.contains_key(&Field::Monitoring);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let mut call = client
            .modify_db_instance()
            .db_instance_identifier(identifier)
            .set_db_instance_class(differs(Field::InstanceClass).then(|| class.clone()))
            .set_db_parameter_group_name(group.clone())
            .apply_immediately(true);
        if differs(Field::Monitoring) {
            // Zero turns it off (RDS API, `ModifyDBInstance`).
            let interval = if is_monitored { instance_settings::interval(settings) } else { Some(0) };
            call = call
                .set_monitoring_interval(interval)
                .set_monitoring_role_arn(instance_settings::role(settings));
        }
        call.send().await.map_err(failed("rds:ModifyDBInstance", *region))
    })
    .await?;
    wait(aws, instance, fields, &CLUSTER_AT_REST, status).await
}

/// Waits until an instance is at rest and of the declared class.
pub(super) async fn settle(aws: &Aws, instance: &Instance, status: &StatusSink) -> Result<(), Failure> {
    wait(aws, instance, &BTreeSet::new(), &CLUSTER_AT_REST, status).await
}

/// Waits until an instance is at rest, of the declared class, and has these settings as declared: it is `available` for a moment
/// before AWS starts to change it.
async fn wait(
    aws: &Aws,
    instance: &Instance,
    fields: &BTreeSet<Field>,
    policy: &WaitPolicy,
    status: &StatusSink,
) -> Result<(), Failure> {
    let has_them = |found: &DbInstance| {
        let settings = instance_settings::read(found);
        let settable = [Field::ParameterGroup, Field::Monitoring];
        let mut changed = settable.iter().filter(|field| fields.contains(field));
        changed.all(|field| settings.get(field) == instance.settings.get(field))
    };
    until(policy, status, || async {
        Ok(match describe(aws, instance).await? {
            Some(found)
                if found.db_instance_status() == Some("available")
                    && found.db_instance_class() == Some(&instance.class)
                    && has_them(&found) =>
            {
                Poll::Done(())
            }
            Some(found) if found.db_instance_status().is_some_and(is_broken) => {
                Poll::Failed(text(found.db_instance_status()))
            }
            Some(found) => Poll::Pending(text(found.db_instance_status())),
            None => Poll::Failed("deleted".to_owned()),
        })
    })
    .await
}

async fn describe(aws: &Aws, instance: &Instance) -> Result<Option<DbInstance>, AwsError> {
    let call = aws
        .rds(instance.region)
        .describe_db_instances()
        .db_instance_identifier(&instance.identifier)
        .send()
        .await;
    match call.map_err(failed("rds:DescribeDBInstances", instance.region)) {
        Ok(output) => Ok(output.db_instances.unwrap_or_default().into_iter().next()),
        Err(error) if error.is(&GONE) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn delete(aws: &Aws, instance: &Instance, status: &StatusSink) -> Result<(), Failure> {
    let client = aws.rds(instance.region);
    while_busy(&NOT_BUSY, is_busy, status, || async {
        let call = client
            .delete_db_instance()
            .db_instance_identifier(&instance.identifier)
            .skip_final_snapshot(true);
        ignore_absent(call.send().await.map_err(failed("rds:DeleteDBInstance", instance.region)))
    })
    .await?;
    until(&INSTANCE_GONE, status, || async {
        let found = describe(aws, instance).await?;
        Ok(found.map_or(Poll::Done(()), |found| Poll::Pending(text(found.db_instance_status()))))
    })
    .await
}
