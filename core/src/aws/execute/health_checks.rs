//! Health checks. Not here: zones and records.

use std::collections::BTreeSet;
use std::net::IpAddr;

use aws_sdk_route53::types::TagResourceType;
use aws_sdk_route53::types::{HealthCheckConfig, HealthCheckRegion, HealthCheckType, ResettableElementName};
use polyregion_model::{Address, HealthCheck, Region};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::zones::tag;
use crate::apply::Failure;
use crate::attribute::Field;
use crate::desired::health_check_type;

pub(super) async fn create(aws: &Aws, address: &Address, check: &HealthCheck) -> Result<String, Failure> {
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
pub(super) async fn update(
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

pub(super) async fn delete(aws: &Aws, id: &str) -> Result<(), Failure> {
    let call = aws.route53().delete_health_check().health_check_id(id).send().await;
    match call.map_err(failed("route53:DeleteHealthCheck", None)) {
        Err(error) if !error.is(&["NoSuchHealthCheck"]) => Err(error.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}
