//! Rules about DynamoDB tables: names, keys, TTL. Not here: capacity, indexes, replicas and what protects (their own modules).

pub(super) mod capacity;
pub(super) mod indexes;
pub(crate) mod replicas;
pub(super) mod settings;

use super::{Context, dashed, each_table};
use crate::diagnostic::Severity;
use crate::name::check_table;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{KeySpec, KeyType, TableSpec};

/// Longest name of a key attribute in bytes (DynamoDB API, `KeySchemaAttributeName`).
const MAX_KEY_ATTRIBUTE: usize = 255;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(501),
        severity: Severity::Error,
        title: "bad table name",
        rule: "Table names have 3 to 255 of the characters A-Z a-z 0-9 _ . -.",
        source: "DynamoDB API, TableName",
        covers: &["DDB-001"],
        fix: "give the table another `name`",
        wrong: "table «ab» { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        right: "table abc { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(502),
        severity: Severity::Error,
        title: "bad key type",
        rule: "Keys are strings (S), numbers (N) or binary (B).",
        source: "DynamoDB API, ScalarAttributeType",
        covers: &["DDB-006"],
        fix: "write S, N or B",
        wrong: "table carts { key: id: «String», replicas: each region, writes: any_region(last_writer_wins) }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_key_types),
    },
    Rule {
        code: Code(503),
        severity: Severity::Error,
        title: "bad key attribute",
        rule: "Key attributes have 1 to 255 bytes, and partition and sort key differ.",
        source: "DynamoDB API, KeySchemaAttributeName",
        covers: &["DDB-004", "DDB-005"],
        fix: "use another attribute",
        wrong: "table carts { key: id: S, sort_key: «id»: S, replicas: each region, writes: any_region(last_writer_wins) }",
        right: "table carts { key: id: S, sort_key: at: N, replicas: each region, writes: any_region(last_writer_wins) }",
        check: Check::Spec(check_keys),
    },
    Rule {
        code: Code(504),
        severity: Severity::Warning,
        title: "ttl attribute is a key",
        rule: "TTL needs a number of epoch seconds in an attribute that may be missing.",
        source: "DynamoDB API, TimeToLiveSpecification",
        covers: &["DDB-016"],
        fix: "use another attribute",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: «id» }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: expires_at }",
        check: Check::Spec(check_ttl),
    },
];

/// A table's name on AWS.
pub(crate) fn table_name(table: &TableSpec) -> String {
    table.name.as_ref().map_or_else(|| dashed(table.label.as_str()), |name| name.value.clone())
}

/// Names have DynamoDB's form.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let node = table.name.as_ref().unwrap_or(&table.label);
        let name = table_name(table);
        if let Err(reason) = check_table(&name) {
            report.at(node.id, format!("`{name}` is not a table's name: {reason}"));
        }
    }
}

/// The partition key and, if there is one, the sort key.
fn keys(table: &TableSpec) -> Vec<&KeySpec> {
    let mut keys = vec![&table.key];
    keys.extend(&table.sort_key);
    keys
}

/// Key attributes have a type that keys can have.
fn check_key_types(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        for key in keys(table) {
            if key_type(key).is_none() {
                let (attribute, written) = (&key.attribute.value, &key.key_type.value);
                report
                    .at(key.key_type.id, format!("key attribute `{attribute}` can't have type `{written}`"));
            }
        }
    }
}

/// Key attributes have a legal name, and differ.
fn check_keys(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let keys = keys(table);
        for (index, key) in keys.iter().enumerate() {
            let attribute = &key.attribute.value;
            let reason = if attribute.is_empty() || attribute.len() > MAX_KEY_ATTRIBUTE {
                "its name must have 1 to 255 bytes"
            } else if keys[..index].iter().any(|earlier| earlier.attribute.value == *attribute) {
                "it is the partition key already"
            } else {
                continue;
            };
            report.at(key.attribute.id, format!("`{attribute}` can't be a key attribute: {reason}"));
        }
    }
}

/// The TTL attribute is not a key of another type than number.
fn check_ttl(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let Some(ttl) = &table.ttl else { continue };
        let clash = |key: &KeySpec| key.attribute.value == ttl.value && key_type(key) != Some(KeyType::N);
        if keys(table).into_iter().any(clash) {
            report.at(ttl.id, format!("the ttl attribute `{}` is a key of type S or B", ttl.value));
        }
    }
}

/// The type of a key, if it is one.
pub(crate) fn key_type(key: &KeySpec) -> Option<KeyType> {
    KeyType::ALL.into_iter().find(|known| known.name() == key.key_type.value)
}
