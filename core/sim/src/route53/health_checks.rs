//! Health checks of endpoints. Not here: checking anything.

use serde::{Deserialize, Serialize};

use crate::fault::ApiError;
use crate::request::Request;
use crate::response::Response;
use crate::world::{Tags, World};
use crate::xml::Element;

/// What the simulation keeps of a configuration.
const CONFIG: [&str; 10] = [
    "IPAddress",
    "Port",
    "Type",
    "ResourcePath",
    "FullyQualifiedDomainName",
    "SearchString",
    "RequestInterval",
    "FailureThreshold",
    "MeasureLatency",
    "Inverted",
];

/// Fewest regions of checkers (API reference, `HealthCheckRegionList`).
const FEWEST_CHECKERS: usize = 3;

/// A health check.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HealthCheck {
    pub(crate) caller_reference: String,
    version: u64,
    /// The configuration's elements by name.
    config: std::collections::BTreeMap<String, String>,
    /// The regions whose checkers ask; all if empty.
    #[serde(default)]
    checkers: Vec<String>,
    pub(super) tags: Tags,
}

impl HealthCheck {
    /// What it checks, for people.
    pub(crate) fn describe(&self) -> String {
        let part = |name: &str| self.config.get(name).map(String::as_str).unwrap_or_default();
        let host = [part("FullyQualifiedDomainName"), part("IPAddress")].concat();
        format!("{} {host}:{}{}", part("Type"), part("Port"), part("ResourcePath"))
    }
}

pub(super) fn no_check(id: &str) -> ApiError {
    ApiError::new("NoSuchHealthCheck", 404, format!("A health check with id {id} does not exist."))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidInput", 400, message)
}

fn element(id: &str, check: &HealthCheck) -> Element {
    // Elements in the order of the schema.
    let config = CONFIG.iter().fold(Element::new("HealthCheckConfig"), |config, name| {
        config.with_some(name, check.config.get(*name))
    });
    let regions =
        check.checkers.iter().fold(Element::new("Regions"), |regions, region| regions.with("Region", region));
    let config = config.children((!check.checkers.is_empty()).then_some(regions));
    Element::new("HealthCheck")
        .with("Id", id)
        .with("CallerReference", &check.caller_reference)
        .child(config)
        .with("HealthCheckVersion", check.version)
}

pub(super) fn create(world: &mut World, body: &Element) -> Result<Response, ApiError> {
    body.only(&["CallerReference", "HealthCheckConfig"])?;
    let reference = body.get("CallerReference").unwrap_or_default().to_owned();
    let config = body.find("HealthCheckConfig").cloned().unwrap_or_default();
    config.only(&[&CONFIG[..], &["Regions"]].concat())?;
    let checkers = regions(&config)?;
    let config: std::collections::BTreeMap<String, String> = config
        .children
        .into_iter()
        .filter(|child| child.name != "Regions")
        .map(|child| (child.name, child.text))
        .collect();
    check_config(&config)?;
    let used = || {
        let message =
            "A different health check has already been created with the specified caller reference.";
        ApiError::new("HealthCheckAlreadyExists", 409, message)
    };
    if world.spent_references.contains(&reference) {
        return Err(used());
    }
    if let Some((id, known)) =
        world.health_checks.iter().find(|(_, known)| known.caller_reference == reference)
    {
        // The same request again gets the same check.
        return if known.config == config && known.checkers == checkers {
            Ok(created(id, known))
        } else {
            Err(used())
        };
    }
    let id = world.uuid();
    let check = HealthCheck { caller_reference: reference, version: 1, config, checkers, tags: Tags::new() };
    let response = created(&id, &check);
    world.health_checks.insert(id, check);
    Ok(response)
}

fn created(id: &str, check: &HealthCheck) -> Response {
    let location = format!("https://route53.amazonaws.com/2013-04-01/healthcheck/{id}");
    let root = Element::new("CreateHealthCheckResponse").child(element(id, check));
    Response::xml(201, &root).header("location", location)
}

/// The regions of a configuration.
fn regions(config: &Element) -> Result<Vec<String>, ApiError> {
    let listed = config.find("Regions").into_iter().flat_map(|regions| regions.all("Region"));
    let regions: Vec<String> = listed.map(|region| region.text.clone()).collect();
    if (1..FEWEST_CHECKERS).contains(&regions.len()) {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'healthCheckConfig.regions' failed to satisfy constraint: Member must \
             have length greater than or equal to {FEWEST_CHECKERS}"
        )));
    }
    Ok(regions)
}

fn check_config(config: &std::collections::BTreeMap<String, String>) -> Result<(), ApiError> {
    if !config.contains_key("IPAddress") && !config.contains_key("FullyQualifiedDomainName") {
        return Err(invalid(
            "Invalid parameter : IP address and fully qualified domain name can not be both empty.",
        ));
    }
    let part = |name: &str| config.get(name).map(String::as_str).unwrap_or_default();
    // The words are not verified.
    if part("Type").ends_with("_STR_MATCH") == part("SearchString").is_empty() {
        return Err(invalid(
            "Invalid parameter : Search string is required for string matching, and for nothing else.",
        ));
    }
    if let Some(interval) =
        config.get("RequestInterval").filter(|interval| !["10", "30"].contains(&interval.as_str()))
    {
        return Err(invalid(format!(
            "Invalid XML ; cvc-enumeration-valid: Value '{interval}' is not facet-valid with respect to enumeration '[10, 30]'."
        )));
    }
    Ok(())
}

pub(super) fn get(world: &World, id: &str) -> Result<Response, ApiError> {
    let check = world.health_checks.get(id).ok_or_else(|| no_check(id))?;
    Ok(Response::xml(200, &Element::new("GetHealthCheckResponse").child(element(id, check))))
}

pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    // A hundred unless more are asked for, a thousand at most (API reference; that it is a hundred is typical).
    let asked = request.query.get("maxitems").and_then(|most| most.parse().ok());
    let most: usize = asked.unwrap_or(100).min(1000);
    let marker = request.query.get("marker").map(String::as_str).unwrap_or_default();
    let rest: Vec<_> = world.health_checks.iter().filter(|(id, _)| id.as_str() >= marker).collect();
    let listed = rest.iter().take(most).map(|(id, check)| element(id, check));
    let root = Element::new("ListHealthChecksResponse")
        .child(Element::new("HealthChecks").children(listed))
        .with("Marker", marker)
        .with("IsTruncated", rest.len() > most)
        .with_some("NextMarker", rest.get(most).map(|(id, _)| id.as_str()))
        .with("MaxItems", most);
    Ok(Response::xml(200, &root))
}

pub(super) fn update(world: &mut World, id: &str, body: &Element) -> Result<Response, ApiError> {
    const KNOWN: [&str; 10] = [
        "HealthCheckVersion",
        "SearchString",
        "Inverted",
        "Regions",
        "IPAddress",
        "Port",
        "ResourcePath",
        "FullyQualifiedDomainName",
        "FailureThreshold",
        "ResetElements",
    ];
    body.only(&KNOWN)?;
    let check = world.health_checks.get_mut(id).ok_or_else(|| no_check(id))?;
    if body.get("HealthCheckVersion").is_some_and(|version| version != check.version.to_string()) {
        let message = "The specified health check version does not match the version in the health check.";
        return Err(ApiError::new("HealthCheckVersionMismatch", 409, message));
    }
    for reset in body.find("ResetElements").into_iter().flat_map(|reset| reset.all("ResettableElementName")) {
        check.config.remove(&reset.text);
        if reset.text == "Regions" {
            check.checkers.clear();
        }
    }
    if body.find("Regions").is_some() {
        check.checkers = regions(body)?;
    }
    for child in body.children.iter().filter(|child| CONFIG.contains(&child.name.as_str())) {
        check.config.insert(child.name.clone(), child.text.clone());
    }
    check.version += 1;
    Ok(Response::xml(200, &Element::new("UpdateHealthCheckResponse").child(element(id, check))))
}

/// Route 53 does not check whether a record uses it (HC-027).
pub(super) fn delete(world: &mut World, id: &str) -> Result<Response, ApiError> {
    let check = world.health_checks.remove(id).ok_or_else(|| no_check(id))?;
    world.spent_references.insert(check.caller_reference);
    Ok(Response::xml(200, &Element::new("DeleteHealthCheckResponse")))
}
