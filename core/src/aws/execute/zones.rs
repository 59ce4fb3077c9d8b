//! Hosted zones and health checks. Not here: records.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_route53::types::{
    HealthCheckConfig, HealthCheckRegion, HealthCheckType, HostedZoneConfig, ResettableElementName, Tag,
    TagResourceType,
};
use polyregion_model::{Address, HealthCheck, Region, Zone};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::{paced, was_resent};
use super::super::observe::observe;
use super::super::tags;
use crate::apply::Failure;
use crate::attribute::Field;
use crate::desired::health_check_type;
use crate::observed::{Observation, Owner, Sought};

pub(super) async fn create_zone(aws: &Aws, address: &Address, zone: &Zone) -> Result<String, Failure> {
    let config = zone.comment.as_ref().map(|comment| HostedZoneConfig::builder().comment(comment).build());
    let mut references = aws.references(address);
    let made = loop {
        let call = aws
            .route53()
            .create_hosted_zone()
            .name(&zone.name)
            .set_caller_reference(references.next())
            .set_hosted_zone_config(config.clone())
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

/// Tags are for people and policies here: the zone is recognised by its caller reference.
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

pub(super) async fn update_zone(aws: &Aws, zone: &Zone, id: &str) -> Result<(), Failure> {
    let call =
        aws.route53().update_hosted_zone_comment().id(id).set_comment(zone.comment.clone()).send().await;
    call.map_err(failed("route53:UpdateHostedZoneComment", None))?;
    Ok(())
}

pub(super) async fn delete_zone(aws: &Aws, id: &str) -> Result<(), Failure> {
    let call = aws.route53().delete_hosted_zone().id(id).send().await;
    match call.map_err(failed("route53:DeleteHostedZone", None)) {
        Err(error) if !error.is(&["NoSuchHostedZone"]) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

pub(super) async fn create_check(
    aws: &Aws,
    address: &Address,
    check: &HealthCheck,
) -> Result<String, Failure> {
    let HealthCheck {
        endpoint,
        host,
        path,
        interval,
        failure_threshold,
        search,
        inverted,
        checkers,
        measure_latency,
    } = check;
    let (name, ip) = by_name_or_address(host);
    let config = HealthCheckConfig::builder()
        .r#type(HealthCheckType::from(health_check_type(check)))
        .set_search_string(search.clone())
        .set_inverted(inverted.then_some(true))
        .set_measure_latency(measure_latency.then_some(true))
        .set_regions(health_check_regions(checkers))
        .set_fully_qualified_domain_name(name)
        .set_ip_address(ip)
        .port(i32::from(endpoint.port))
        .set_resource_path(path.clone())
        .request_interval(i32::from(*interval))
        .failure_threshold(i32::from(*failure_threshold))
        .build()
        .map_err(AwsError::from)?;
    let mut references = aws.references(address);
    let made = loop {
        let call = aws
            .route53()
            .create_health_check()
            .set_caller_reference(references.next())
            .health_check_config(config.clone())
            .send()
            .await
            .map_err(failed("route53:CreateHealthCheck", None));
        match call {
            Ok(made) => break made,
            // The listing did not have it, so it was deleted since.
            Err(error) if error.is(&["HealthCheckAlreadyExists"]) && references.size_hint().0 > 0 => {}
            Err(error) => return Err(error.into()),
        }
    };
    let id = made.health_check().map(|check| check.id().to_owned());
    let id =
        id.ok_or_else(|| AwsError::answer("route53:CreateHealthCheck", "AWS answered without the check"))?;
    tag(aws, address, TagResourceType::Healthcheck, &id).await?;
    Ok(id)
}

/// None is all that there are.
fn health_check_regions(checkers: &[Region]) -> Option<Vec<HealthCheckRegion>> {
    let regions = checkers.iter().map(|region| HealthCheckRegion::from(region.code()));
    (!checkers.is_empty()).then(|| regions.collect())
}

fn by_name_or_address(host: &str) -> (Option<String>, Option<String>) {
    if host.parse::<IpAddr>().is_ok() { (None, Some(host.to_owned())) } else { (Some(host.to_owned()), None) }
}

/// Sends what differs and nothing else: what is not sent stays as it is (Route 53 API, `UpdateHealthCheck`).
pub(super) async fn update_check(
    aws: &Aws,
    check: &HealthCheck,
    id: &str,
    fields: &BTreeSet<Field>,
) -> Result<(), Failure> {
    let HealthCheck {
        endpoint,
        host,
        path,
        interval: _,
        failure_threshold,
        search,
        inverted,
        checkers,
        measure_latency: _,
    } = check;
    let differs = |field: Field| fields.contains(&field);
    let (name, ip) = by_name_or_address(host);
    let mut call = aws
        .route53()
        .update_health_check()
        .health_check_id(id)
        .set_fully_qualified_domain_name(name.filter(|_| differs(Field::Host)))
        .set_ip_address(ip.filter(|_| differs(Field::Host)))
        .set_port(differs(Field::Port).then(|| i32::from(endpoint.port)))
        .set_resource_path(path.clone().filter(|_| differs(Field::ResourcePath)))
        .set_failure_threshold(differs(Field::FailureThreshold).then(|| i32::from(*failure_threshold)))
        .set_search_string(search.clone().filter(|_| differs(Field::Search)))
        .set_inverted(differs(Field::Inverted).then_some(*inverted))
        .set_regions(health_check_regions(checkers).filter(|_| differs(Field::Checkers)));
    if path.is_none() && differs(Field::ResourcePath) {
        call = call.reset_elements(ResettableElementName::ResourcePath);
    }
    if checkers.is_empty() && differs(Field::Checkers) {
        call = call.reset_elements(ResettableElementName::Regions);
    }
    call.send().await.map_err(failed("route53:UpdateHealthCheck", None))?;
    Ok(())
}

pub(super) async fn delete_check(aws: &Aws, id: &str) -> Result<(), Failure> {
    let call = aws.route53().delete_health_check().health_check_id(id).send().await;
    match call.map_err(failed("route53:DeleteHealthCheck", None)) {
        Err(error) if !error.is(&["NoSuchHealthCheck"]) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}
