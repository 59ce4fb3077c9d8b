//! Route 53: zones, records, health checks, tags. Not here: answering DNS queries.

mod batch;
mod health_checks;
mod records;
mod vpcs;
mod zones;

use serde::{Deserialize, Serialize};

pub(crate) use self::health_checks::HealthCheck;
pub(crate) use self::zones::{Zone, furnish_zone};
use crate::clock::iso8601;
use crate::fault::ApiError;
use crate::operation::UNKNOWN;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, World};
use crate::xml::Element;

/// Seconds until a change is on all servers: "generally within 60 seconds" (API reference, `GetChange`).
const IN_SYNC_AFTER: f64 = 30.0;

/// A change that propagates.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    submitted: f64,
}

impl Change {
    fn element(&self, id: &str, now: f64) -> Element {
        let status = if now >= self.submitted + IN_SYNC_AFTER { "INSYNC" } else { "PENDING" };
        Element::new("ChangeInfo")
            .with("Id", format!("/change/{id}"))
            .with("Status", status)
            .with("SubmittedAt", iso8601(self.submitted))
    }
}

/// Makes a change and its element.
fn submit(world: &mut World) -> Element {
    let id = world.id("C", 21);
    let change = Change { submitted: world.now };
    let element = change.element(&id, world.now);
    world.changes.insert(id, change);
    element
}

/// Changes that are long in sync are forgotten, as AWS does after some time.
pub(crate) fn advance(world: &mut World) {
    const KEPT_FOR: f64 = 86_400.0;
    let now = world.now;
    world.changes.retain(|_, change| now < change.submitted + KEPT_FOR);
}

/// The segments of a path after the version.
fn segments(request: &Request) -> Vec<&str> {
    request.path.iter().skip(1).map(String::as_str).collect()
}

pub(crate) fn operation(request: &Request) -> &'static str {
    match (request.method.as_str(), segments(request).as_slice()) {
        ("GET", ["hostedzone"]) => "ListHostedZones",
        ("GET", ["hostedzonesbyname"]) => "ListHostedZonesByName",
        ("POST", ["hostedzone"]) => "CreateHostedZone",
        ("GET", ["hostedzone", _]) => "GetHostedZone",
        ("POST", ["hostedzone", _]) => "UpdateHostedZoneComment",
        ("DELETE", ["hostedzone", _]) => "DeleteHostedZone",
        ("POST", ["hostedzone", _, "features"]) => "UpdateHostedZoneFeatures",
        ("POST", ["hostedzone", _, "associatevpc"]) => "AssociateVPCWithHostedZone",
        ("POST", ["hostedzone", _, "disassociatevpc"]) => "DisassociateVPCFromHostedZone",
        ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets",
        ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets",
        ("GET", ["change", _]) => "GetChange",
        ("GET", ["healthcheck"]) => "ListHealthChecks",
        ("POST", ["healthcheck"]) => "CreateHealthCheck",
        ("GET", ["healthcheck", _]) => "GetHealthCheck",
        ("POST", ["healthcheck", _]) => "UpdateHealthCheck",
        ("DELETE", ["healthcheck", _]) => "DeleteHealthCheck",
        ("POST", ["tags", _, _]) => "ChangeTagsForResource",
        ("GET", ["tags", _, _]) => "ListTagsForResource",
        ("POST", ["tags", _]) => "ListTagsForResources",
        _ => UNKNOWN,
    }
}

pub(crate) fn handle(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let path = segments(request);
    let id = path.get(1).copied().unwrap_or_default();
    let body = || Element::parse(request.text());
    match operation {
        "ListHostedZones" => zones::list(world, request),
        "ListHostedZonesByName" => zones::list_by_name(world, request),
        "CreateHostedZone" => zones::create(world, &body()?),
        "GetHostedZone" => zones::get(world, id),
        "UpdateHostedZoneComment" => zones::update_comment(world, id, &body()?),
        "UpdateHostedZoneFeatures" => zones::update_features(world, id, &body()?),
        "AssociateVPCWithHostedZone" => vpcs::associate(world, id, &body()?),
        "DisassociateVPCFromHostedZone" => vpcs::disassociate(world, id, &body()?),
        "DeleteHostedZone" => zones::delete(world, id),
        "ListResourceRecordSets" => records::list(world, id, request),
        "ChangeResourceRecordSets" => batch::change(world, id, &body()?),
        "GetChange" => get_change(world, id),
        "ListHealthChecks" => health_checks::list(world, request),
        "CreateHealthCheck" => health_checks::create(world, &body()?),
        "GetHealthCheck" => health_checks::get(world, id),
        "UpdateHealthCheck" => health_checks::update(world, id, &body()?),
        "DeleteHealthCheck" => health_checks::delete(world, id),
        "ChangeTagsForResource" => change_tags(world, id, path.get(2).copied().unwrap_or_default(), &body()?),
        "ListTagsForResource" => list_tags_of(world, id, path.get(2).copied().unwrap_or_default()),
        "ListTagsForResources" => list_tags(world, path.get(1).copied().unwrap_or_default(), &body()?),
        _ => Err(ApiError::unsimulated(format!("route53: {} /{}", request.method, request.path.join("/")))),
    }
}

fn get_change(world: &World, id: &str) -> Result<Response, ApiError> {
    let change = world.changes.get(id).ok_or_else(|| {
        ApiError::new("NoSuchChange", 404, format!("Could not find resource with ID: {id}"))
    })?;
    Ok(Response::xml(200, &Element::new("GetChangeResponse").child(change.element(id, world.now))))
}

/// The tags of a zone or a health check.
fn tags<'a>(world: &'a mut World, kind: &str, id: &str) -> Result<&'a mut Tags, ApiError> {
    match kind {
        "hostedzone" => Ok(&mut world.zones.get_mut(id).ok_or_else(|| zones::no_zone(id))?.tags),
        "healthcheck" => {
            Ok(&mut world.health_checks.get_mut(id).ok_or_else(|| health_checks::no_check(id))?.tags)
        }
        other => Err(ApiError::new("InvalidInput", 400, format!("Invalid resource type {other}"))),
    }
}

/// Up to ten at once (API reference).
fn list_tags(world: &mut World, kind: &str, body: &Element) -> Result<Response, ApiError> {
    body.only(&["ResourceIds"])?;
    let ids: Vec<String> = body
        .find("ResourceIds")
        .into_iter()
        .flat_map(|ids| ids.all("ResourceId"))
        .map(|id| id.text.clone())
        .collect();
    if !(1..=10).contains(&ids.len()) {
        return Err(ApiError::new("InvalidInput", 400, "ResourceIds has 1 to 10 elements"));
    }
    let sets: Vec<Element> = ids.iter().map(|id| tag_set(world, kind, id)).collect::<Result<_, _>>()?;
    let root = Element::new("ListTagsForResourcesResponse");
    Ok(Response::xml(200, &root.child(Element::new("ResourceTagSets").children(sets))))
}

fn list_tags_of(world: &mut World, kind: &str, id: &str) -> Result<Response, ApiError> {
    let set = tag_set(world, kind, id)?;
    Ok(Response::xml(200, &Element::new("ListTagsForResourceResponse").child(set)))
}

fn tag_set(world: &mut World, kind: &str, id: &str) -> Result<Element, ApiError> {
    let tags = tags(world, kind, id)?.iter();
    let tags = tags.map(|(key, value)| Element::new("Tag").with("Key", key).with("Value", value));
    let set = Element::new("ResourceTagSet").with("ResourceType", kind).with("ResourceId", id);
    Ok(set.child(Element::new("Tags").children(tags)))
}

fn change_tags(world: &mut World, kind: &str, id: &str, body: &Element) -> Result<Response, ApiError> {
    body.only(&["AddTags", "RemoveTagKeys"])?;
    let tags = tags(world, kind, id)?;
    for tag in body.find("AddTags").into_iter().flat_map(|tags| tags.all("Tag")) {
        tags.insert(
            tag.get("Key").unwrap_or_default().to_owned(),
            tag.get("Value").unwrap_or_default().to_owned(),
        );
    }
    for key in body.find("RemoveTagKeys").into_iter().flat_map(|keys| keys.all("Key")) {
        tags.remove(&key.text);
    }
    Ok(Response::xml(200, &Element::new("ChangeTagsForResourceResponse")))
}
