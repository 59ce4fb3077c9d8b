//! The VPCs that ask a private zone. Not here: zones. There is no EC2 here, so that any VPC exists whose id has the right form.

use super::submit;
use super::zones::{Zone, no_zone};
use crate::fault::ApiError;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

/// The id and the region of a VPC in a body.
pub(super) fn named(vpc: &Element) -> Result<(String, String), ApiError> {
    vpc.only(&["VPCId", "VPCRegion"])?;
    let id = vpc.get("VPCId").unwrap_or_default();
    let region = vpc.get("VPCRegion").unwrap_or_default();
    let digits = id.strip_prefix("vpc-").unwrap_or_default();
    let is_id = [8, 17].contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    if !is_id || region.is_empty() {
        let message = format!(
            "The VPC: {id} in region {region} that you provided is not authorized to make the association."
        );
        return Err(ApiError::new("InvalidVPCId", 400, message));
    }
    Ok((id.to_owned(), region.to_owned()))
}

/// A VPC asks one zone of a name (Route 53 API, `ConflictingDomainExists`).
pub(super) fn refuse_conflict(world: &World, name: &str, vpc: &str, region: &str) -> Result<(), ApiError> {
    let mut others = world.zones.iter().filter(|(_, zone)| zone.name == name);
    let Some((id, _)) = others.find(|(_, zone)| zone.vpcs.contains_key(vpc)) else { return Ok(()) };
    let message = format!(
        "The VPC {vpc} in region {region} has already been associated with the hosted zone {id} with the same domain name."
    );
    Err(ApiError::new("ConflictingDomainExists", 400, message))
}

pub(super) fn elements(zone: &Zone) -> Element {
    let vpcs = zone.vpcs.iter();
    Element::new("VPCs")
        .children(vpcs.map(|(id, region)| Element::new("VPC").with("VPCRegion", region).with("VPCId", id)))
}

pub(super) fn associate(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    let (vpc, region) = in_body(body)?;
    let zone = world.zones.get(id).ok_or_else(|| no_zone(id))?;
    if !zone.is_private() {
        let message =
            format!("The hosted zone {id} is a public hosted zone and can't be associated with a VPC.");
        return Err(ApiError::new("PublicZoneVPCAssociation", 400, message));
    }
    refuse_conflict(world, &zone.name.clone(), &vpc, &region)?;
    if let Some(zone) = world.zones.get_mut(id) {
        zone.vpcs.insert(vpc, region);
    }
    Ok(Response::xml(200, &Element::new("AssociateVPCWithHostedZoneResponse").child(submit(world))))
}

pub(super) fn disassociate(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    let (vpc, _) = in_body(body)?;
    let zone = world.zones.get_mut(id).ok_or_else(|| no_zone(id))?;
    if !zone.vpcs.contains_key(&vpc) {
        let message = format!("The VPC: {vpc} is not associated with the hosted zone {id}.");
        return Err(ApiError::new("VPCAssociationNotFound", 404, message));
    }
    if zone.vpcs.len() == 1 {
        let message =
            "The VPC that you specified is the last VPC that is associated with the private hosted zone";
        return Err(ApiError::new("LastVPCAssociation", 400, message));
    }
    zone.vpcs.remove(&vpc);
    Ok(Response::xml(200, &Element::new("DisassociateVPCFromHostedZoneResponse").child(submit(world))))
}

fn in_body(body: &Element) -> Result<(String, String), ApiError> {
    body.only(&["VPC", "Comment"])?;
    let vpc = body.find("VPC").ok_or_else(|| ApiError::new("InvalidInput", 400, "no VPC is named"))?;
    named(vpc)
}
