//! Finding hosted zones: by caller references, and adopted ones by their tags. Not here: what is in them (`route53`).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types::{AcceleratedRecoveryStatus, HostedZone, TagResourceType};
use polyregion_model::{Address, Resource, Zone};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::tags;
use super::present;
use super::route53::{TAGGED_AT_ONCE, list_tags, pairs, plain};
use crate::attribute::{Field, Value, collect};
use crate::observed::{Doubt, Observation, Owner, Stranger};

/// Finds a declared zone among those of its name.
pub(super) async fn find(
    aws: &Aws,
    resource: &Resource,
    zone: &Zone,
    sought: &BTreeSet<Field>,
) -> Result<Observation, AwsError> {
    let listed = aws.route53().list_hosted_zones_by_name().dns_name(&zone.name).send().await;
    let listed = listed.map_err(failed("route53:ListHostedZonesByName", None))?.hosted_zones;
    let of_name: Vec<HostedZone> =
        listed.into_iter().filter(|found| plain(found.name()) == zone.name).collect();
    let prefix = aws.reference_prefix(&resource.address);
    let ours = of_name.iter().find(|found| found.caller_reference().starts_with(&prefix));
    if let Some(ours) = ours.filter(|_| !zone.existing) {
        return describe(aws, ours, Owner::Ours, sought).await;
    }
    let alike: Vec<&HostedZone> =
        of_name.iter().filter(|found| is_private(found) == zone.is_private()).collect();
    let doubt = || {
        let (count, kind) = (alike.len(), if zone.is_private() { "private" } else { "public" });
        let why = format!(
            "the account has {count} {kind} zones named {}, and nothing tells which one is meant",
            zone.name
        );
        Observation::Unknown(Doubt::new(why))
    };
    let Some(first) = alike.first() else { return Ok(Observation::Absent) };
    if zone.existing {
        let owner = Owner::Foreign(Stranger::Unmarked);
        return if alike.len() == 1 { describe(aws, first, owner, sought).await } else { Ok(doubt()) };
    }
    let owners = owners(aws, &resource.address, &alike).await?;
    if let Some((found, _)) = owners.iter().find(|(_, owner)| *owner == Owner::Ours) {
        return describe(aws, found, Owner::Ours, sought).await;
    }
    if resource.adopt && alike.len() > 1 {
        return Ok(doubt());
    }
    match owners.into_iter().next() {
        Some((found, owner)) => describe(aws, found, owner, sought).await,
        None => Ok(Observation::Absent),
    }
}

/// Whose zones are that polyregion did not make, or made elsewhere: by their tags.
async fn owners<'a>(
    aws: &Aws,
    address: &Address,
    zones: &[&'a HostedZone],
) -> Result<Vec<(&'a HostedZone, Owner)>, AwsError> {
    let mut owners = Vec::new();
    for part in zones.chunks(TAGGED_AT_ONCE) {
        let ids = part.iter().map(|zone| id(zone).to_owned()).collect();
        let sets = list_tags(aws, TagResourceType::Hostedzone.as_str(), ids).await?;
        owners.extend(part.iter().map(|zone| {
            // What a service made, as Cloud Map does, only the service changes (Route 53 API, `LinkedService`).
            let linked = zone.linked_service().and_then(|service| service.service_principal());
            let linked = linked.map(|by| Owner::Foreign(Stranger::Kept { by: format!("the service {by}") }));
            (
                *zone,
                linked.unwrap_or_else(|| tags::read(&aws.topology, address, pairs(&sets, id(zone))).owner),
            )
        }));
    }
    Ok(owners)
}

fn id(zone: &HostedZone) -> &str {
    zone.id().trim_start_matches("/hostedzone/")
}

fn is_private(zone: &HostedZone) -> bool {
    zone.config().is_some_and(|config| config.private_zone())
}

async fn describe(
    aws: &Aws,
    zone: &HostedZone,
    owner: Owner,
    sought: &BTreeSet<Field>,
) -> Result<Observation, AwsError> {
    let comment = zone.config().and_then(|config| config.comment()).filter(|comment| !comment.is_empty());
    let mut attributes = collect([
        (Field::Name, Some(Value::text(plain(zone.name())))),
        (Field::Comment, comment.map(Value::text)),
        (Field::Private, is_private(zone).then_some(Value::Flag(true))),
    ]);
    let mut transition = None;
    // What a listing tells of a zone's features is not documented, and it tells no VPCs.
    if is_private(zone) || sought.contains(&Field::AcceleratedRecovery) {
        let found = aws.route53().get_hosted_zone().id(id(zone)).send().await;
        let found = found.map_err(failed("route53:GetHostedZone", None))?;
        let vpcs = found.vpcs.unwrap_or_default().into_iter();
        let vpcs: BTreeMap<String, String> =
            vpcs.filter_map(|vpc| Some((vpc.vpc_id?, vpc.vpc_region?.as_str().to_owned()))).collect();
        attributes.extend((!vpcs.is_empty()).then_some((Field::Vpcs, Value::Map(vpcs))));
        let features = found.hosted_zone.and_then(|zone| zone.features);
        let status = features.and_then(|features| features.accelerated_recovery_status);
        let (is_on, is_changing) = recovery(status.as_ref());
        attributes.extend(is_on.then_some((Field::AcceleratedRecovery, Value::Flag(true))));
        transition = status.filter(|_| is_changing).map(|status| status.as_str().to_owned());
    }
    Ok(present(id(zone), owner, transition, attributes))
}

/// Whether accelerated recovery is on, or will be, and whether that is changing.
fn recovery(status: Option<&AcceleratedRecoveryStatus>) -> (bool, bool) {
    use AcceleratedRecoveryStatus as Status;
    match status {
        Some(Status::Enabled | Status::DisableFailed) => (true, false),
        Some(Status::Enabling | Status::EnablingHostedZoneLocked) => (true, true),
        Some(Status::Disabling | Status::DisablingHostedZoneLocked) => (false, true),
        None | Some(_) => (false, false),
    }
}
