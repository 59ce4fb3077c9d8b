//! Batches of records. Not here: which records are in a batch.

use std::time::Duration;

use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, CidrRoutingConfig, Coordinates,
    GeoLocation, GeoProximityLocation, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover,
    ResourceRecordSetRegion, RrType,
};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::guard::{paced, was_resent};
use super::super::observe::{list_records, record_value};
use super::super::wait::{NOT_BUSY, Poll, RECORDS_IN_SYNC, until, while_busy};
use crate::apply::{Failure, Known, StatusSink};
use crate::attribute::Attributes;
use crate::plan::{RecordAction, RecordBatch, RecordChange, parts};
use crate::record::{self, Answer, HealthCheckId, Policy, RecordValue, ZoneId};

/// Makes the changes of a batch in one call and waits until all Route 53 servers know them, if it is the last of its zone:
/// later changes of a zone are not in sync before earlier ones (typical, not documented), so waiting once is enough. A batch that
/// is refused is tried in parts, so that what is wrong with one name keeps no other.
pub(super) async fn change(
    aws: &Aws,
    batch: &RecordBatch,
    known: &Known,
    status: &StatusSink,
) -> Result<(), Failure> {
    let RecordBatch { zone, changes, is_last } = batch;
    let zone_id = known.get(zone).ok_or_else(|| Failure::bug(&format!("{zone} has no id yet")))?;
    let (made, refused) = match send(aws, zone_id, changes, known, status).await {
        Ok(made) => (Some(made), None),
        Err(failure) if is_refusal(&failure) => {
            by_parts(aws, zone_id, changes, known, status, failure).await?
        }
        Err(failure) => return Err(failure),
    };
    match made {
        Some(Made::Change(id)) if *is_last => in_sync(aws, &id, status).await?,
        Some(Made::Lost) => {
            status.report("PENDING, as far as is known: the id of the change was lost");
            tokio::time::sleep(paced(TYPICAL_PROPAGATION)).await;
        }
        Some(Made::Change(_)) | None => {}
    }
    refused.map_or(Ok(()), Err)
}

/// What a change that was made is known by.
enum Made {
    /// Its id.
    Change(String),
    /// Nothing: the answer was lost.
    Lost,
}

fn is_refusal(failure: &Failure) -> bool {
    failure.code.as_deref() == Some("InvalidChangeBatch")
}

/// When so many names of a batch are refused, it is not about names: the rest is not tried.
const MOST_REFUSED: usize = 10;

/// A refusal of these changes as a whole.
fn refusal(failure: Failure, changes: &[RecordChange]) -> Failure {
    let refused = changes.iter().map(|change| change.address.clone()).collect();
    Failure { refused: Box::new(refused), ..failure }
}

/// Makes what can be made of a batch that was refused as a whole, halving it down to single names. Returns the last change that was
/// made, and what was refused, if anything.
async fn by_parts(
    aws: &Aws,
    zone_id: &str,
    changes: &[RecordChange],
    known: &Known,
    status: &StatusSink,
    whole: Failure,
) -> Result<(Option<Made>, Option<Failure>), Failure> {
    let parts = parts(changes);
    if parts.len() < 2 {
        return Err(refusal(whole, changes));
    }
    status.report(&format!("refused as a whole, tried in parts ({})", whole.message));
    let mut made = None;
    let mut refused: Vec<Failure> = Vec::new();
    let halves = |parts: &[Vec<RecordChange>]| {
        let (first, second) = parts.split_at(parts.len() / 2);
        // The last is taken first.
        [second.to_vec(), first.to_vec()]
    };
    let mut left: Vec<Vec<Vec<RecordChange>>> = halves(&parts).into();
    while let Some(part) = left.pop() {
        match send(aws, zone_id, &part.concat(), known, status).await {
            Ok(change) => made = Some(change),
            Err(failure) if is_refusal(&failure) && part.len() > 1 => left.extend(halves(&part)),
            Err(failure) if is_refusal(&failure) => refused.push(refusal(failure, &part.concat())),
            Err(failure) => return Err(failure),
        }
        if refused.len() >= MOST_REFUSED {
            break;
        }
    }
    let mut words: Vec<String> = refused.iter().map(|failure| failure.message.clone()).collect();
    let untried: Vec<RecordChange> = left.into_iter().flatten().flatten().collect();
    if !untried.is_empty() {
        words.push(format!("{} more changes were not tried", untried.len()));
    }
    let mut certain = refusal(whole, &untried);
    certain.refused.extend(refused.iter().flat_map(|failure| failure.refused.iter().cloned()));
    let failed = (!refused.is_empty()).then(|| Failure { message: words.join("; "), ..certain });
    Ok((made, failed))
}

/// Sends changes in one call.
async fn send(
    aws: &Aws,
    zone_id: &str,
    changes: &[RecordChange],
    known: &Known,
    status: &StatusSink,
) -> Result<Made, Failure> {
    let mut lines = Vec::with_capacity(changes.len());
    for change in changes {
        let action = match change.action {
            RecordAction::Create => ChangeAction::Create,
            RecordAction::Delete => ChangeAction::Delete,
        };
        let set = record_set(&change.record, known)?;
        lines
            .push(Change::builder().action(action).resource_record_set(set).build().map_err(AwsError::from)?);
    }
    let body = ChangeBatch::builder().set_changes(Some(lines)).build().map_err(AwsError::from)?;
    let client = aws.route53();
    let change = while_busy(&NOT_BUSY, is_busy, status, || async {
        let call = client.change_resource_record_sets().hosted_zone_id(zone_id).change_batch(body.clone());
        match call.send().await.map_err(failed("route53:ChangeResourceRecordSets", None)) {
            Ok(change) => Ok(Some(change)),
            // An attempt before was carried out and its answer lost: what it did can't be done again.
            Err(error) if error.is(&["InvalidChangeBatch"]) && was_resent() => {
                if is_done(aws, zone_id, changes, known).await? { Ok(None) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    let Some(change) = change else { return Ok(Made::Lost) };
    let id = change.change_info().map(|info| info.id().to_owned());
    let id = id.ok_or_else(|| {
        AwsError::answer("route53:ChangeResourceRecordSets", "AWS answered without the change")
    })?;
    Ok(Made::Change(id))
}

/// Another change of the zone is under way, or accelerated recovery changes, during which it takes none (by the words that users of other
/// tools posted; the code is not known).
fn is_busy(error: &AwsError) -> bool {
    error.is(&["PriorRequestNotComplete"]) || error.message.contains("disabled for mutation")
}

/// Waits until all Route 53 servers know a change.
pub(super) async fn in_sync(aws: &Aws, id: &str, status: &StatusSink) -> Result<(), Failure> {
    let client = aws.route53();
    until(&RECORDS_IN_SYNC, status, || async {
        let call = client.get_change().id(id).send().await.map_err(failed("route53:GetChange", None))?;
        Ok(match call.change_info().map(|info| info.status()) {
            Some(ChangeStatus::Insync) => Poll::Done(()),
            Some(other) => Poll::Pending(other.as_str().to_owned()),
            None => Poll::Pending("unknown".to_owned()),
        })
    })
    .await
}

/// "Generally within 60 seconds" (Route 53 API, `GetChange`), for when there is no change to ask about.
const TYPICAL_PROPAGATION: Duration = Duration::from_secs(60);

/// Whether a zone is as a batch would make it: what it creates is there, and what it deletes is not.
async fn is_done(
    aws: &Aws,
    zone_id: &str,
    changes: &[RecordChange],
    known: &Known,
) -> Result<bool, AwsError> {
    let listed = list_records(aws, zone_id).await?;
    let identity = |value: &RecordValue| (value.set_identifier.clone(), record::attributes(value));
    let found: Vec<(Option<String>, Attributes)> =
        listed.iter().map(|set| identity(&record_value(set))).collect();
    let has = |change: &RecordChange| {
        let mut wanted = change.record.clone();
        if let Some(HealthCheckId::Of(address)) = &wanted.health_check {
            wanted.health_check = known.get(address).cloned().map(HealthCheckId::Known);
        }
        if let Answer::Alias { hosted_zone_id: zone @ ZoneId::Of(_), .. } = &mut wanted.answer
            && let ZoneId::Of(address) = &*zone
            && let Some(id) = known.get(address)
        {
            *zone = ZoneId::Known(id.clone());
        }
        found.contains(&identity(&wanted))
    };
    Ok(changes.iter().all(|change| has(change) == (change.action == RecordAction::Create)))
}

fn record_set(record: &RecordValue, known: &Known) -> Result<ResourceRecordSet, Failure> {
    let RecordValue { name, record_type, set_identifier, policy, answer, health_check } = record;
    let mut set = ResourceRecordSet::builder()
        .name(name)
        .r#type(RrType::from(record_type.as_str()))
        .set_set_identifier(set_identifier.clone());
    match policy {
        Policy::Simple => {}
        Policy::Latency(region) => set = set.region(ResourceRecordSetRegion::from(region.as_str())),
        Policy::Weighted(weight) => set = set.weight(*weight),
        Policy::Failover(role) => set = set.failover(ResourceRecordSetFailover::from(role.as_str())),
        Policy::Geolocation { continent, country, subdivision } => {
            let place = GeoLocation::builder()
                .set_continent_code(continent.clone())
                .set_country_code(country.clone())
                .set_subdivision_code(subdivision.clone());
            set = set.geo_location(place.build());
        }
        Policy::Geoproximity { region, local_zone_group, coordinates, bias } => {
            let coordinates = coordinates.as_ref().map(|(latitude, longitude)| {
                Coordinates::builder().latitude(latitude).longitude(longitude).build()
            });
            let place = GeoProximityLocation::builder()
                .set_aws_region(region.clone())
                .set_local_zone_group(local_zone_group.clone())
                .set_coordinates(coordinates.transpose().map_err(AwsError::from)?)
                .bias(*bias);
            set = set.geo_proximity_location(place.build());
        }
        Policy::Multivalue => set = set.multi_value_answer(true),
        Policy::Cidr { collection, location } => {
            let config =
                CidrRoutingConfig::builder().collection_id(collection).location_name(location).build();
            set = set.cidr_routing_config(config.map_err(AwsError::from)?);
        }
        // Its parameters are not known well enough to delete it, which takes the exact record.
        Policy::Other(policy) => {
            return Err(Failure::of(
                "route53:ChangeResourceRecordSets".to_owned(),
                format!("{name} {record_type} has the policy `{policy}`, which is in the way"),
                "delete that record yourself, then run the command again",
            ));
        }
    }
    match answer {
        Answer::Values { ttl, values } => {
            let records: Result<Vec<_>, _> =
                values.iter().map(|value| ResourceRecord::builder().value(value).build()).collect();
            set = set.ttl(*ttl).set_resource_records(Some(records.map_err(AwsError::from)?));
        }
        Answer::Alias { dns_name, hosted_zone_id, evaluate_target_health } => {
            let hosted_zone_id = match hosted_zone_id {
                ZoneId::Known(id) => id,
                ZoneId::Of(address) => {
                    known.get(address).ok_or_else(|| Failure::bug(&format!("{address} has no id yet")))?
                }
            };
            let target = AliasTarget::builder()
                .dns_name(dns_name)
                .hosted_zone_id(hosted_zone_id)
                .evaluate_target_health(*evaluate_target_health)
                .build();
            set = set.alias_target(target.map_err(AwsError::from)?);
        }
    }
    match health_check {
        None => {}
        Some(HealthCheckId::Known(id)) => set = set.health_check_id(id),
        Some(HealthCheckId::Of(address)) => {
            let id = known.get(address).ok_or_else(|| Failure::bug(&format!("{address} has no id yet")))?;
            set = set.health_check_id(id);
        }
    }
    Ok(set.build().map_err(AwsError::from)?)
}
