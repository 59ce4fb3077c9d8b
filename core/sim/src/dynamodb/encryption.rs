//! Encryption at rest: of one table, and of all members of a global table. Not here: keys (`kms`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Tables, find, in_use, replicas, validation};
use crate::fault::ApiError;
use crate::kms;
use crate::world::World;

/// 21 to 24 s.
const CHANGING_SECONDS: f64 = 22.0;
/// Changes of a table in 24 hours (quotas of DynamoDB; later ones once in six hours, which is not simulated).
const CHANGES_A_DAY: usize = 4;
const DAY: f64 = 86_400.0;

/// How a table is encrypted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Encryption {
    /// The ARN of a key of KMS; none for DynamoDB's own.
    pub(super) key: Option<String>,
    /// Whether that is a customer's.
    is_own: bool,
    until: f64,
    /// When it was changed.
    changed: Vec<f64>,
}

impl Encryption {
    pub(super) fn is_changing(&self, now: f64) -> bool {
        now < self.until
    }

    /// The part of a description; nothing for DynamoDB's own key at rest.
    pub(super) fn describe(&self, now: f64) -> Option<Value> {
        let status = if self.is_changing(now) { "UPDATING" } else { "ENABLED" };
        match &self.key {
            Some(key) => Some(json!({ "Status": status, "SSEType": "KMS", "KMSMasterKeyArn": key })),
            None => self.is_changing(now).then(|| json!({ "Status": status })),
        }
    }

    fn change(&mut self, to: Self, now: f64) -> Result<(), ApiError> {
        if self.is_changing(now) {
            return Err(in_use(
                "Attempt to change a resource which is still in use: Server-Side Encryption is still being updated",
            ));
        }
        self.changed.retain(|at| now < at + DAY);
        if self.changed.len() >= CHANGES_A_DAY {
            let message = format!(
                "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window. After the first {CHANGES_A_DAY} change, each subsequent change in the same window can be performed at most once every 21600 seconds."
            );
            return Err(ApiError::new("LimitExceededException", 400, message));
        }
        self.changed.push(now);
        let Self { key, is_own, until: _, changed: _ } = to;
        (self.key, self.is_own, self.until) = (key, is_own, now + CHANGING_SECONDS);
        Ok(())
    }
}

fn key_of(account: &str, region: &str, name: &str) -> Result<String, ApiError> {
    kms::resolve(account, region, name).map_err(|why| {
        validation(format!(
            "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: {why} (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)"
        ))
    })
}

const MANAGED: &str = "alias/aws/dynamodb";

/// What `SSESpecification` asks for in a region.
pub(super) fn asked(account: &str, region: &str, specification: &Value) -> Result<Encryption, ApiError> {
    let key = specification["KMSMasterKeyId"].as_str();
    let kind = specification["SSEType"].as_str();
    let is_on =
        specification["Enabled"] == json!(true) || specification["Enabled"].is_null() && kind.is_some();
    let problem = match (is_on, kind, key) {
        (false, Some(_), _) => "SSEType can not be specified if Enabled is false",
        (false, _, Some(_)) => "KMSMasterKeyId can not be specified if Enabled is false",
        (true, Some("AES256"), _) => "SSEType AES256 is not supported",
        (true, None, Some(_)) => "SSEType KMS is required if KMSMasterKeyId is specified",
        (true | false, _, _) => "",
    };
    if !problem.is_empty() {
        return Err(validation(format!("One or more parameter values were invalid: {problem}")));
    }
    let name = is_on.then(|| key.unwrap_or(MANAGED));
    let key = name.map(|name| key_of(account, region, name)).transpose()?;
    Ok(Encryption { key, is_own: name.is_some_and(|name| name != MANAGED), ..Encryption::default() })
}

/// What a replica is made with: its own key where its home has the customer's, the one that AWS manages there where its home has that.
pub(super) fn of_replica(
    account: &str,
    region: &str,
    home: &Encryption,
    parameters: &Value,
) -> Result<Encryption, ApiError> {
    let name = match (parameters["KMSMasterKeyId"].as_str(), home.is_own) {
        (None, true) => {
            return Err(validation(
                "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.",
            ));
        }
        (Some(MANAGED), true) => {
            return Err(validation(
                "One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK.",
            ));
        }
        // A key for a table that has none of the customer's: what AWS answers is not known.
        (Some(_), false) => return Err(ApiError::unsimulated("a key of a replica whose table has none")),
        (name, _) => name.or(home.key.is_some().then_some(MANAGED)),
    };
    let key = name.map(|name| key_of(account, region, name)).transpose()?;
    Ok(Encryption { key, is_own: home.is_own, ..Encryption::default() })
}

/// `SSESpecification`: all members do the same, each with a key of its region.
pub(super) fn update(
    world: &mut World,
    region: &str,
    name: &str,
    specification: &Value,
) -> Result<(), ApiError> {
    let (now, account) = (world.now, world.account.clone());
    let members = replicas::members(&world.tables, region, name);
    let there = find(world, region, name)?.settings.encryption.key.clone();
    let wanted = asked(&account, region, specification)?;
    if wanted.is_own && members.len() > 1 {
        return Err(validation(
            "Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas cannot be updated through SSESpecification parameter and can only be updated through ReplicaUpdates parameter",
        ));
    }
    let names_arn = specification["KMSMasterKeyId"].as_str().is_some_and(|key| key.starts_with("arn:"));
    if wanted.key.is_none() && there.is_none() {
        return Err(validation(
            "One or more parameter values were invalid: Table is already encrypted by default",
        ));
    }
    if names_arn && wanted.key == there {
        return Err(validation(
            "One or more parameter values were invalid: Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key",
        ));
    }
    for member in members {
        let wanted = asked(&account, &member, specification)?;
        if let Some(table) = world.tables.get_mut(&member).and_then(|tables| tables.get_mut(name)) {
            table.settings.encryption.change(wanted, now)?;
        }
    }
    tell(&mut world.tables, region, name);
    Ok(())
}

/// Lets each member list the keys of the others.
pub(super) fn tell(tables: &mut Tables, region: &str, name: &str) {
    let members = replicas::members(tables, region, name);
    let key = |member: &String| tables.get(member)?.get(name)?.settings.encryption.key.clone();
    let keys: BTreeMap<String, Option<String>> =
        members.iter().map(|member| (member.clone(), key(member))).collect();
    for member in &members {
        let Some(table) = tables.get_mut(member).and_then(|tables| tables.get_mut(name)) else { continue };
        for (other, replica) in &mut table.replicas {
            replica.key = keys.get(other).cloned().flatten();
        }
    }
}
