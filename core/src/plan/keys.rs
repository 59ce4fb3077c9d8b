//! Keys of tables that are declared by an id or an alias, and observed by their ARNs; and keys of copies, which come before what they are for.
//! Not here: keys of clusters, which never change (`made`).

use std::collections::BTreeMap;

use polyregion_model::{Region, Resource};

use super::deploy::{Planner, impossible_text};
use crate::attribute::{Attributes, Field, Value};
use crate::diff::FieldChange;
use crate::observed::Observation;

impl Planner<'_> {
    /// Puts what is declared in the place of what is observed where it is the same: the ARN or the id of a key, or an alias that the
    /// table was made or changed with by a run that came to its end. Where an alias points to is not looked up.
    pub(super) fn recognise_keys(
        &self,
        resource: &Resource,
        desired: &mut Attributes,
        actual: &mut Attributes,
    ) {
        if resource.kind.as_table().is_none() {
            return;
        }
        let Some(Value::Map(found)) = actual.get_mut(&Field::Encryption) else { return };
        let recorded = self.recorded_encryption(resource);
        match desired.get_mut(&Field::Encryption) {
            // The key that AWS manages.
            Some(Value::Text(word)) if recorded.and_then(Value::as_text) == Some(word.as_str()) => {
                let word = Value::text(word.clone());
                actual.insert(Field::Encryption, word);
            }
            Some(Value::Map(wanted)) => {
                let was = recorded.and_then(Value::as_map);
                // A replica that is yet to be made is made with its key, and one that is to go goes with it.
                wanted.retain(|region, _| found.contains_key(region));
                found.retain(|region, _| wanted.contains_key(region));
                recognise(wanted, found, was);
            }
            Some(_) | None => {}
        }
    }

    /// Why a bucket is not encrypted otherwise now: what KMS encrypts is copied only where the replication names keys for the copies, and while a
    /// region is down it can't be told.
    pub(super) fn keys_of_copies_wait(
        &self,
        resource: &Resource,
        changes: &[FieldChange],
    ) -> Option<(Region, String)> {
        let bucket = resource.kind.as_bucket()?;
        let is_encrypted = |change: &FieldChange| change.field == Field::Encryption && change.new.is_some();
        let is_copied = self.of_item(resource).any(|other| other.kind.as_bucket().is_none());
        if !is_copied || !changes.iter().any(is_encrypted) {
            return None;
        }
        let (region, why) = self.of_item(resource).find_map(|other| self.plane_down(other))?;
        Some((region, format!("what is written to {} then would not be copied: {why}", bucket.name)))
    }

    /// Why the keys of a table can't change, if they can't: those of a global table would have to change all at once, and by the records of
    /// users and other tools AWS refuses it in ways that are not documented.
    pub(super) fn refused_keys(&self, resource: &Resource, changes: &[FieldChange]) -> Option<String> {
        let change = changes.iter().find(|change| change.field == Field::Encryption)?;
        (self.has_replicas(resource) && matches!(change.new, Some(Value::Map(_)))).then(|| {
            format!(
                "this can't be changed in place: {}, keys that a table with replicas is made with",
                impossible_text(change)
            )
        })
    }

    /// What a table is known to be encrypted with. One in a single region may be changed by a run that did not come to its end, and then
    /// nothing is known; one with replicas has the keys that it was made with.
    fn recorded_encryption(&self, resource: &Resource) -> Option<&Value> {
        let state = self.input.state;
        let meant = state.intents.get(&resource.address);
        if meant.is_some() && !self.has_replicas(resource) {
            return None;
        }
        let recorded = state.resources.get(&resource.address).map(|recorded| &recorded.resource);
        recorded.or(meant)?.kind.settings()?.get(&Field::Encryption)
    }

    /// Whether a table has replicas now.
    fn has_replicas(&self, resource: &Resource) -> bool {
        let Some(table) = resource.kind.as_table() else { return false };
        let mut others = self.input.topology.resources().iter().chain(self.input.removed);
        others.any(|other| {
            other.kind.as_replica().is_some_and(|replica| replica.name == table.name)
                && matches!(self.input.world.get(&other.address), Observation::Present(_))
        })
    }
}

fn recognise(
    wanted: &BTreeMap<String, String>,
    found: &mut BTreeMap<String, String>,
    was: Option<&BTreeMap<String, String>>,
) {
    for (region, key) in found {
        let Some(declared) = wanted.get(region) else { continue };
        let is_alias = declared.contains("alias/");
        let is_known = was.and_then(|was| was.get(region)) == Some(declared);
        if is_alias && is_known || !is_alias && has_same_id(declared, key) {
            key.clone_from(declared);
        }
    }
}

/// Whether two texts name keys of the same id, an ARN's last part.
fn has_same_id(one: &str, other: &str) -> bool {
    let id = |text: &str| {
        let key = text.trim_end_matches("\")").rsplit('"').next().unwrap_or_default().to_owned();
        key.rsplit('/').next().map(str::to_owned)
    };
    id(one) == id(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_by_their_ids() {
        let arn = r#"kms("arn:aws:kms:us-east-1:123456789012:key/mrk-12")"#;
        assert!(has_same_id(r#"kms("mrk-12")"#, arn));
        assert!(has_same_id(arn, arn));
        assert!(!has_same_id(r#"kms("mrk-13")"#, arn));
    }
}
