//! Hosted zones. Not here: records, health checks.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_route53::types::{
    AcceleratedRecoveryStatus, HostedZone, HostedZoneConfig, Tag, TagResourceType, Vpc, VpcRegion,
};
use polyregion_model::{Address, Zone};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::{paced, was_resent};
use super::super::observe::observe;
use super::super::tags;
use super::super::wait::{NOT_BUSY, ONE_ZONE_AT_A_TIME, Poll, RECOVERY_CHANGED, until, while_busy};
use super::records::in_sync;
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;
use crate::observed::{Observation, Owner, Sought};

pub(super) async fn create(
    aws: &Aws,
    address: &Address,
    zone: &Zone,
    status: &StatusSink,
) -> Result<String, Failure> {
    let config = HostedZoneConfig::builder().set_comment(zone.comment.clone());
    let config = config.private_zone(zone.is_private()).build();
    let is_plain = zone.comment.is_none() && !zone.is_private();
    let config = (!is_plain).then_some(config);
    let mut vpcs = vpcs(zone.settings.get(&Field::Vpcs));
    let first = vpcs.pop_first();
    let mut references = aws.references(address);
    let made = loop {
        let call = aws
            .route53()
            .create_hosted_zone()
            .name(&zone.name)
            .set_caller_reference(references.next())
            .set_hosted_zone_config(config.clone())
            .set_vpc(first.as_ref().map(|(id, region)| vpc(id, region)))
            .send()
            .await
            .map_err(failed("route53:CreateHostedZone", None));
        match call {
            Ok(made) => break made.hosted_zone().map(|zone| zone.id().to_owned()),
            // The reference is used: by an attempt before whose answer was lost, or by a zone that was deleted since.
            Err(error) if error.is(&["HostedZoneAlreadyExists"]) => match found(aws, address).await? {
                Some(id) => break Some(id),
                None if references.size_hint().0 > 0 => {}
                None => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        }
    };
    let id =
        made.ok_or_else(|| AwsError::answer("route53:CreateHostedZone", "AWS answered without the zone"))?;
    let id = id.trim_start_matches("/hostedzone/").to_owned();
    tag(aws, address, TagResourceType::Hostedzone, &id).await?;
    for (vpc, region) in &vpcs {
        associate(aws, &id, vpc, region, status).await?;
    }
    if zone.settings.contains_key(&Field::AcceleratedRecovery) {
        accelerate(aws, &id, true, status).await?;
    }
    Ok(id)
}

/// How often a zone that an attempt before may have made is looked for: a listing may lag behind.
const LOOKS: u32 = 6;
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// The id of a zone that is there and ours, if there is one. Not knowing is a failure: another zone of the same name would
/// be made.
async fn found(aws: &Aws, address: &Address) -> Result<Option<String>, Failure> {
    let only = aws.only(address).ok_or_else(|| Failure::bug(&format!("{address} is not declared")))?;
    for look in 1..=LOOKS {
        match observe(aws, &only, &Sought::default()).await.get(address) {
            Observation::Present(observed) if observed.owner == Owner::Ours => {
                return Ok(Some(observed.physical_id.clone()));
            }
            Observation::Unknown(doubt) => {
                let help = "run the command again: it looks whether the zone was made";
                let mut failure = Failure::of("route53:CreateHostedZone".to_owned(), doubt.why.clone(), help);
                failure.unreachable = true;
                return Err(failure);
            }
            Observation::Present(_) | Observation::Absent if was_resent() && look < LOOKS => {
                tokio::time::sleep(paced(BETWEEN_LOOKS)).await;
            }
            Observation::Present(_) | Observation::Absent => break,
        }
    }
    Ok(None)
}

/// Tags are for people and policies here: what was made here is recognised by its caller reference.
pub(super) async fn tag(
    aws: &Aws,
    address: &Address,
    kind: TagResourceType,
    id: &str,
) -> Result<(), Failure> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    let tags = tags::tags(aws, address).into_iter().map(tag).collect();
    aws.route53()
        .change_tags_for_resource()
        .resource_type(kind)
        .resource_id(id)
        .set_add_tags(Some(tags))
        .send()
        .await
        .map_err(failed("route53:ChangeTagsForResource", None))?;
    Ok(())
}

pub(super) async fn update(
    aws: &Aws,
    zone: &Zone,
    id: &str,
    changes: &[FieldChange],
    status: &StatusSink,
) -> Result<(), Failure> {
    for change in changes {
        let FieldChange { field, old, new } = change;
        if *field == Field::Comment {
            let call = aws.route53().update_hosted_zone_comment().id(id).set_comment(zone.comment.clone());
            call.send().await.map_err(failed("route53:UpdateHostedZoneComment", None))?;
        } else if *field == Field::Vpcs {
            let (old, new) = (vpcs(old.as_ref()), vpcs(new.as_ref()));
            // The last one can't go (Route 53 API, `LastVPCAssociation`), so what is new comes first.
            for (vpc, region) in new.iter().filter(|(vpc, _)| !old.contains_key(*vpc)) {
                associate(aws, id, vpc, region, status).await?;
            }
            for (vpc, region) in old.iter().filter(|(vpc, _)| !new.contains_key(*vpc)) {
                dissociate(aws, id, vpc, region, status).await?;
            }
        } else if *field == Field::AcceleratedRecovery {
            accelerate(aws, id, new.is_some(), status).await?;
        }
    }
    Ok(())
}

/// VPCs by their ids, with their regions.
fn vpcs(value: Option<&Value>) -> BTreeMap<String, String> {
    value.and_then(Value::as_map).cloned().unwrap_or_default()
}

fn vpc(id: &str, region: &str) -> Vpc {
    Vpc::builder().vpc_id(id).vpc_region(VpcRegion::from(region)).build()
}

fn is_prior(error: &AwsError) -> bool {
    error.is(&["PriorRequestNotComplete"])
}

async fn associate(
    aws: &Aws,
    zone: &str,
    id: &str,
    region: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    let made = while_busy(&NOT_BUSY, is_prior, status, || async {
        let call = aws.route53().associate_vpc_with_hosted_zone().hosted_zone_id(zone).vpc(vpc(id, region));
        match call.send().await.map_err(failed("route53:AssociateVPCWithHostedZone", None)) {
            // An attempt before was carried out and its answer lost. That of another zone the next plan finds.
            Err(error) if was_resent() && error.is(&["ConflictingDomainExists"]) => Ok(None),
            Err(error) => Err(error),
            Ok(made) => Ok(made.change_info.map(|info| info.id)),
        }
    });
    match made.await? {
        Some(change) => in_sync(aws, &change, status).await,
        None => Ok(()),
    }
}

async fn dissociate(
    aws: &Aws,
    zone: &str,
    id: &str,
    region: &str,
    status: &StatusSink,
) -> Result<(), Failure> {
    while_busy(&NOT_BUSY, is_prior, status, || async {
        let call = aws.route53().disassociate_vpc_from_hosted_zone();
        let call = call.hosted_zone_id(zone).vpc(vpc(id, region)).send().await;
        match call.map_err(failed("route53:DisassociateVPCFromHostedZone", None)) {
            Err(error) if !error.is(&["VPCAssociationNotFound"]) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    })
    .await
}

/// Turns accelerated recovery on or off and waits until it is. AWS changes it for one zone at a time and refuses the others.
async fn accelerate(aws: &Aws, id: &str, on: bool, status: &StatusSink) -> Result<(), Failure> {
    // That other limits are meant by the same code is not known; they would be waited for in vain.
    let is_busy = |error: &AwsError| error.is(&["LimitsExceeded", "PriorRequestNotComplete"]);
    while_busy(&ONE_ZONE_AT_A_TIME, is_busy, status, || async {
        let call = aws.route53().update_hosted_zone_features().hosted_zone_id(id);
        let call = call.enable_accelerated_recovery(on).send().await;
        call.map_err(failed("route53:UpdateHostedZoneFeatures", None)).map(drop)
    })
    .await?;
    let wanted = if on { AcceleratedRecoveryStatus::Enabled } else { AcceleratedRecoveryStatus::Disabled };
    settle(aws, id, Some(wanted), status).await
}

/// Waits until a change of the features of a zone is done, and as wanted, if it is known what is.
pub(super) async fn settle(
    aws: &Aws,
    id: &str,
    wanted: Option<AcceleratedRecoveryStatus>,
    status: &StatusSink,
) -> Result<(), Failure> {
    until(&RECOVERY_CHANGED, status, || async {
        let Some(features) = get(aws, id).await?.and_then(|zone| zone.features) else {
            return Ok(Poll::Done(()));
        };
        let why = features.failure_reasons.and_then(|reasons| reasons.accelerated_recovery);
        Ok(match features.accelerated_recovery_status {
            None => Poll::Done(()),
            Some(found @ (AcceleratedRecoveryStatus::Enabled | AcceleratedRecoveryStatus::Disabled)) => {
                match wanted.as_ref().is_none_or(|wanted| *wanted == found) {
                    true => Poll::Done(()),
                    false => Poll::Pending(found.as_str().to_owned()),
                }
            }
            Some(
                status @ (AcceleratedRecoveryStatus::EnableFailed | AcceleratedRecoveryStatus::DisableFailed),
            ) => Poll::Failed(format!("{}: {}", status.as_str(), why.unwrap_or_default())),
            Some(status) => Poll::Pending(status.as_str().to_owned()),
        })
    })
    .await
}

async fn get(aws: &Aws, id: &str) -> Result<Option<HostedZone>, AwsError> {
    let found = aws.route53().get_hosted_zone().id(id).send().await;
    found.map(|found| found.hosted_zone).map_err(failed("route53:GetHostedZone", None))
}

/// A zone with accelerated recovery is not deleted (users of other tools), whoever turned it on.
pub(super) async fn delete(aws: &Aws, id: &str, status: &StatusSink) -> Result<(), Failure> {
    let found = match get(aws, id).await {
        Err(error) if error.is(&["NoSuchHostedZone"]) => return Ok(()),
        found => found?,
    };
    let recovery = found.and_then(|zone| zone.features?.accelerated_recovery_status);
    if recovery.is_some_and(|recovery| recovery != AcceleratedRecoveryStatus::Disabled) {
        accelerate(aws, id, false, status).await?;
    }
    let call = aws.route53().delete_hosted_zone().id(id).send().await;
    match call.map_err(failed("route53:DeleteHostedZone", None)) {
        Err(error) if !error.is(&["NoSuchHostedZone"]) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}
