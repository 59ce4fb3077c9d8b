//! Keys of tables that are declared by an id or an alias, and observed by their ARNs. Not here: keys of clusters, which never change (`made`).

use std::collections::BTreeMap;

use polyregion_model::Resource;

use super::deploy::Planner;
use crate::attribute::{Attributes, Field, Value};

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

    /// What a table is known to be encrypted with. A run that did not come to its end may not have come to that.
    fn recorded_encryption(&self, resource: &Resource) -> Option<&Value> {
        let state = self.input.state;
        if state.intents.contains_key(&resource.address) {
            return None;
        }
        state.resources.get(&resource.address)?.resource.kind.settings()?.get(&Field::Encryption)
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
