//! IAM: roles with inline policies. Not here: enforcing them.

use crate::clock::iso8601;
use crate::fault::ApiError;
use crate::query::{Params, percent_encode};
use crate::request::Request;
use crate::response::Response;
use crate::world::{Role, World};
use crate::xml::Element;

pub(crate) fn handle(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let mut params = Params::parse(request.text());
    let outcome = match operation {
        "CreateRole" => create_role(world, &mut params),
        "GetRole" => get_role(world, &mut params),
        "ListRoles" => list_roles(world, &mut params),
        "ListRolePolicies" | "ListAttachedRolePolicies" | "ListRoleTags" => {
            list_of_role(world, operation, &mut params)
        }
        "DeleteRole" => delete_role(world, &mut params),
        "UpdateAssumeRolePolicy" => update_trust(world, &mut params),
        "PutRolePolicy" => put_policy(world, &mut params),
        "GetRolePolicy" => get_policy(world, &mut params),
        "DeleteRolePolicy" => delete_policy(world, &mut params),
        "TagRole" => tag(world, &mut params),
        "UntagRole" => untag(world, &mut params),
        other => Err(ApiError::unsimulated(format!("iam:{other}"))),
    };
    outcome.map(|result| Response::query(operation, result))
}

fn no_role(name: &str) -> ApiError {
    ApiError::new("NoSuchEntity", 404, format!("The role with name {name} cannot be found."))
}

fn role<'a>(world: &'a mut World, name: &str) -> Result<&'a mut Role, ApiError> {
    world.roles.get_mut(name).ok_or_else(|| no_role(name))
}

/// IAM checks documents when they are put; grammar is checked here as far as it is JSON with statements.
fn check_document(document: &str) -> Result<(), ApiError> {
    let parsed: Option<serde_json::Value> = serde_json::from_str(document).ok();
    let has_statements =
        parsed.is_some_and(|value| value.get("Statement").is_some_and(serde_json::Value::is_array));
    if has_statements {
        Ok(())
    } else {
        Err(ApiError::new("MalformedPolicyDocument", 400, "Syntax errors in policy."))
    }
}

fn describe(world: &World, name: &str, role: &Role) -> Element {
    let tags =
        role.tags.iter().map(|(key, value)| Element::new("member").with("Key", key).with("Value", value));
    Element::new("Role")
        .with("Path", "/")
        .with("RoleName", name)
        .with("RoleId", &role.id)
        .with("Arn", format!("arn:aws:iam::{}:role/{name}", world.account))
        .with("CreateDate", iso8601(role.created))
        .with("AssumeRolePolicyDocument", percent_encode(&role.trust))
        .with_some("Description", role.description.as_ref())
        .child(Element::new("Tags").children(tags))
}

fn create_role(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let trust = params.require("AssumeRolePolicyDocument")?;
    let description = params.get("Description");
    let tags = params.tags("Tags.member");
    params.finish()?;
    check_document(&trust)?;
    // Names are unique regardless of case (IAM-002).
    if world.roles.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
        return Err(ApiError::new(
            "EntityAlreadyExists",
            409,
            format!("Role with name {name} already exists."),
        ));
    }
    let id = world.id("AROA", 21);
    let role = Role { id, created: world.now, trust, description, tags, policies: Default::default() };
    let element = describe(world, &name, &role);
    world.roles.insert(name, role);
    Ok(Element::default().child(element))
}

fn get_role(world: &World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    params.finish()?;
    let role = world.roles.get(&name).ok_or_else(|| no_role(&name))?;
    Ok(Element::default().child(describe(world, &name, role)))
}

/// A page of roles, by name.
fn list_roles(world: &World, params: &mut Params) -> Result<Element, ApiError> {
    let most = params.number("MaxItems").and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let from = params.get("Marker").unwrap_or_default();
    params.finish()?;
    let mut rest = world.roles.iter().filter(|(name, _)| **name >= from);
    let page: Vec<Element> =
        rest.by_ref().take(most).map(|(name, role)| describe(world, name, role).named("member")).collect();
    let next = rest.next().map(|(name, _)| name);
    let result = Element::default().child(Element::new("Roles").children(page));
    Ok(result.with("IsTruncated", next.is_some()).with_some("Marker", next))
}

/// What a role has, in one page: its inline policies by name, managed ones, of which nothing here attaches any, or its tags.
fn list_of_role(world: &World, operation: &str, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    params.finish()?;
    let role = world.roles.get(&name).ok_or_else(|| no_role(&name))?;
    let list = match operation {
        "ListRolePolicies" => {
            let names = role.policies.keys();
            let names = names.map(|name| Element { text: name.clone(), ..Element::new("member") });
            Element::new("PolicyNames").children(names)
        }
        "ListRoleTags" => {
            let tag = |(key, value): (&String, &String)| {
                Element::new("member").with("Key", key).with("Value", value)
            };
            Element::new("Tags").children(role.tags.iter().map(tag))
        }
        _ => Element::new("AttachedPolicies"),
    };
    Ok(Element::default().child(list).with("IsTruncated", false))
}

fn delete_role(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    params.finish()?;
    if !role(world, &name)?.policies.is_empty() {
        return Err(ApiError::new(
            "DeleteConflict",
            409,
            "Cannot delete entity, must delete policies first.",
        ));
    }
    world.roles.remove(&name);
    Ok(Element::default())
}

fn update_trust(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let document = params.require("PolicyDocument")?;
    params.finish()?;
    check_document(&document)?;
    role(world, &name)?.trust = document;
    Ok(Element::default())
}

fn tag(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let tags = params.tags("Tags.member");
    params.finish()?;
    role(world, &name)?.tags.extend(tags);
    Ok(Element::default())
}

fn untag(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let keys = params.list("TagKeys.member");
    params.finish()?;
    role(world, &name)?.tags.retain(|key, _| !keys.contains(key));
    Ok(Element::default())
}

fn put_policy(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let policy = params.require("PolicyName")?;
    let document = params.require("PolicyDocument")?;
    params.finish()?;
    let role = role(world, &name)?;
    check_document(&document)?;
    role.policies.insert(policy, document);
    Ok(Element::default())
}

fn no_policy(name: &str) -> ApiError {
    ApiError::new("NoSuchEntity", 404, format!("The role policy with name {name} cannot be found."))
}

fn get_policy(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let policy = params.require("PolicyName")?;
    params.finish()?;
    let document = role(world, &name)?.policies.get(&policy).ok_or_else(|| no_policy(&policy))?;
    let document = percent_encode(document);
    Ok(Element::default().with("RoleName", name).with("PolicyName", policy).with("PolicyDocument", document))
}

fn delete_policy(world: &mut World, params: &mut Params) -> Result<Element, ApiError> {
    let name = params.require("RoleName")?;
    let policy = params.require("PolicyName")?;
    params.finish()?;
    role(world, &name)?.policies.remove(&policy).ok_or_else(|| no_policy(&policy))?;
    Ok(Element::default())
}
