//! The difference between desired and observed attributes. Pure. Not here: what is done about it (`plan`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;

use crate::attribute::{Attributes, Field, Value};

/// One attribute that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Which.
    pub field: Field,
    /// What AWS has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What the topology wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

impl FieldChange {
    /// Whether AWS lets it change on what exists.
    pub(crate) fn is_possible(&self) -> bool {
        // A health check can't be switched between asking a name and asking an address (HC-013).
        let is_address = |value: &Option<Value>| match value {
            Some(Value::Text(text)) => text.parse::<IpAddr>().is_ok(),
            Some(
                Value::Number(_)
                | Value::Flag(_)
                | Value::List(_)
                | Value::Map(_)
                | Value::KnownAfterApply(_),
            )
            | None => false,
        };
        let switches = self.field == Field::Host && is_address(&self.old) != is_address(&self.new);
        // A stream can be turned on; what it shows can't be changed (DDB-015).
        let reshapes = self.field == Field::StreamViewType && self.old.is_some();
        // Whoever could lock versions once can for ever (S3-023).
        let unlocks = self.field == Field::ObjectLock && self.new.is_none();
        // A VPC has one region.
        let regions =
            |value: &Option<Value>| value.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
        let moves = self.field == Field::Vpcs
            && regions(&self.old).keys().any(|vpc| regions(&self.new).contains_key(vpc));
        self.field.is_mutable() && !moves && !switches && !reshapes && !unlocks && !self.redefines_index()
    }

    /// Whether an index is changed in place, which DynamoDB can't, or a local one is made or deleted, which is done with its
    /// table only (DDB-033).
    fn redefines_index(&self) -> bool {
        let entries =
            |value: &Option<Value>| value.as_ref().and_then(Value::as_map).cloned().unwrap_or_default();
        let (old, new) = (entries(&self.old), entries(&self.new));
        self.field == Field::Indexes
            && (old.keys().any(|name| new.contains_key(name))
                || old.values().chain(new.values()).any(|index| index.starts_with("local")))
    }
}

/// What differs, in the order of the fields.
pub(crate) fn diff(desired: &Attributes, observed: &Attributes) -> Vec<FieldChange> {
    let wanted = desired
        .iter()
        .filter(|(field, value)| {
            let found = observed.get(field);
            let has_more = || found.and_then(Value::as_number) >= value.as_number();
            found != Some(value) && !(field.is_floor() && has_more())
        })
        .map(|(field, value)| (*field, Some(value.clone())));
    let unwanted = observed
        .keys()
        .filter(|field| field.is_exclusive() && !desired.contains_key(field))
        .map(|field| (*field, None));
    let mut changes: Vec<FieldChange> = wanted
        .chain(unwanted)
        .map(|(field, new)| apart(FieldChange { field, old: observed.get(&field).cloned(), new }))
        .collect();
    changes.sort_by_key(|change| change.field);
    changes
}

/// Of two maps, the entries that differ.
fn apart(change: FieldChange) -> FieldChange {
    let FieldChange { field, old: Some(Value::Map(mut old)), new: Some(Value::Map(mut new)) } = change else {
        return change;
    };
    let same: Vec<String> = old
        .iter()
        .filter(|(name, text)| new.get(*name) == Some(*text))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        old.remove(&name);
        new.remove(&name);
    }
    let some = |map: BTreeMap<String, String>| (!map.is_empty()).then_some(Value::Map(map));
    FieldChange { field, old: some(old), new: some(new) }
}

/// Every attribute of something that is created.
pub(crate) fn created(desired: &Attributes) -> Vec<FieldChange> {
    desired
        .iter()
        .map(|(field, value)| FieldChange { field: *field, old: None, new: Some(value.clone()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_declared_or_exclusive_differs() {
        let desired =
            BTreeMap::from([(Field::Name, Value::text("a")), (Field::DeletionProtection, Value::Flag(true))]);
        let observed = BTreeMap::from([
            (Field::Name, Value::text("a")),
            (Field::DeletionProtection, Value::Flag(false)),
            (Field::Comment, Value::text("somebody's note")),
            (Field::TimeToLive, Value::text("expires")),
        ]);
        let changes = diff(&desired, &observed);
        let fields: Vec<Field> = changes.iter().map(|change| change.field).collect();
        assert_eq!(fields, [Field::TimeToLive, Field::DeletionProtection]);
        assert_eq!(diff(&desired, &desired), []);
    }

    #[test]
    fn a_health_check_stays_with_a_name_or_an_address() {
        let change = |old, new| FieldChange {
            field: Field::Host,
            old: Some(Value::text(old)),
            new: Some(Value::text(new)),
        };
        assert!(change("a.example.com", "b.example.com").is_possible());
        assert!(!change("a.example.com", "8.8.8.8").is_possible());
    }
}
