//! Observing the roles that replicate: two calls per role. Not here: other services.

use polyregion_model::{Address, ReplicationRole, ResourceKind, Topology};

use super::super::clients::Aws;
use super::super::error::{AwsError, failed};
use super::super::tags;
use super::{present, unknown};
use crate::attribute::{Attributes, Field, Value};
use crate::observed::{Observation, World};

/// The name of the role's only inline policy.
pub(in crate::aws) const POLICY_NAME: &str = "replication";

pub(super) async fn observe(aws: &Aws, topology: &Topology) -> World {
    let mut world = World::default();
    for resource in topology.resources() {
        let ResourceKind::ReplicationRole(role) = &resource.kind else { continue };
        let observation =
            describe(aws, &resource.address, role).await.unwrap_or_else(|error| unknown(&error));
        world.resources.insert(resource.address.clone(), observation);
    }
    world
}

async fn describe(aws: &Aws, address: &Address, role: &ReplicationRole) -> Result<Observation, AwsError> {
    let client = aws.iam();
    let found =
        match client.get_role().role_name(&role.name).send().await.map_err(failed("iam:GetRole", None)) {
            Ok(output) => output.role,
            Err(error) if error.is(&["NoSuchEntity"]) => return Ok(Observation::Absent),
            Err(error) => return Err(error),
        };
    let found = found.ok_or_else(|| AwsError::answer("iam:GetRole", "AWS answered without the role"))?;
    let tagged = tags::read(&aws.topology, address, found.tags().iter().map(|tag| (tag.key(), tag.value())));
    let mut attributes = Attributes::from([(Field::Name, Value::text(found.role_name()))]);
    if let Some(document) = found.assume_role_policy_document() {
        attributes.insert(Field::TrustPolicy, Value::text(percent_decode(document)));
    }
    let call = client.get_role_policy().role_name(&role.name).policy_name(POLICY_NAME).send().await;
    match call.map_err(failed("iam:GetRolePolicy", None)) {
        Ok(output) => {
            attributes.insert(Field::Policy, Value::text(percent_decode(output.policy_document())));
        }
        Err(error) if error.is(&["NoSuchEntity"]) => {}
        Err(error) => return Err(error),
    }
    Ok(present(found.role_name(), tagged, None, attributes))
}

/// IAM answers with documents in percent encoding (API reference, `GetRole`: "URL-encoded compliant with RFC 3986").
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => {
                let digit =
                    |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(high).zip(digit(low)).map(|(high, low)| high << 4 | low)
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::percent_decode;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(percent_decode("%7B%22a%22%3A%20%22b%2B%22%7D"), r#"{"a": "b+"}"#);
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz"), "%zz");
    }
}
