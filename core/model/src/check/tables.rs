//! Rules about DynamoDB tables and their replicas. Not here: settings that the engine always uses (on demand, stream).

use super::{Context, dashed, each_table, report_duplicates};
use crate::diagnostic::Diagnostics;
use crate::name::check_table;
use crate::problem::Problem;
use crate::resource::KeyType;
use crate::spec::{KeySpec, TableSpec};

/// Longest name of a key attribute in bytes (DynamoDB API, `KeySchemaAttributeName`).
const MAX_KEY_ATTRIBUTE: usize = 255;

/// A table's name on AWS.
pub(crate) fn table_name(table: &TableSpec) -> String {
    table.name.as_ref().map_or_else(|| dashed(table.label.as_str()), |name| name.value.clone())
}

/// Names have DynamoDB's form (DDB-001) and are unique (DDB-002).
pub(super) fn check_names(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for table in each_table(context.spec) {
        let node = table.name.as_ref().unwrap_or(&table.label);
        let name = table_name(table);
        if let Err(reason) = check_table(&name) {
            diagnostics.push(node.id, Problem::BadTableName { name, reason: reason.to_owned() });
        }
    }
    let names = each_table(context.spec)
        .map(|table| (table_name(table), table.name.as_ref().unwrap_or(&table.label)));
    report_duplicates("tables", names, diagnostics);
}

/// Key attributes have a type that keys can have (DDB-006) and a legal name, and differ (DDB-004, DDB-005); the TTL
/// attribute is not a key of another type than number (DDB-016).
pub(super) fn check_keys(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for table in each_table(context.spec) {
        let keys: Vec<&KeySpec> = [Some(&table.key), table.sort_key.as_ref()].into_iter().flatten().collect();
        for (index, key) in keys.iter().enumerate() {
            let attribute = key.attribute.value.clone();
            if key_type(key).is_none() {
                let key_type = key.key_type.value.clone();
                diagnostics
                    .push(key.key_type.id, Problem::BadKeyType { key_type, attribute: attribute.clone() });
            }
            if attribute.is_empty() || attribute.len() > MAX_KEY_ATTRIBUTE {
                let reason = "its name must have 1 to 255 bytes".to_owned();
                diagnostics.push(key.attribute.id, Problem::BadKeyAttribute { attribute, reason });
            } else if keys[..index].iter().any(|earlier| earlier.attribute.value == attribute) {
                let reason = "it is the partition key already".to_owned();
                diagnostics.push(key.attribute.id, Problem::BadKeyAttribute { attribute, reason });
            }
        }
        let Some(ttl) = &table.ttl else { continue };
        let clash = |key: &&&KeySpec| key.attribute.value == ttl.value && key_type(key) != Some(KeyType::N);
        if keys.iter().any(|key| clash(&key)) {
            diagnostics.push(ttl.id, Problem::TtlIsKey { attribute: ttl.value.clone() });
        }
    }
}

/// The type of a key, if it is one.
pub(crate) fn key_type(key: &KeySpec) -> Option<KeyType> {
    KeyType::ALL.into_iter().find(|known| known.name() == key.key_type.value)
}
