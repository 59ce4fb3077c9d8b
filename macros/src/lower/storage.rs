//! Tables and buckets. Not here: rules about their names and keys.

use polyregion_model::{BucketSpec, KeySpec, Problem, TableSpec};
use proc_macro2::Delimiter;

use super::{Fields, finish, regions, values};
use crate::ast::{Field, ItemAst};
use crate::findings::Findings;
use crate::parse::{Cursor, expected};

const TABLE_KEYS: [&str; 7] = ["name", "key", "sort_key", "replicas", "writes", "ttl", "deletion_protection"];
const BUCKET_KEYS: [&str; 3] = ["name", "mirror", "replication_time_control"];

pub(super) fn table(item: &ItemAst, findings: &mut Findings) -> Option<TableSpec> {
    no_header(item, findings);
    let fields = Fields::new(item, &TABLE_KEYS, findings);
    let key = fields.require("key", "key: id: S", findings).map(|field| key(field, findings));
    let replicas = fields
        .require("replicas", "replicas: each region", findings)
        .map(|set| regions::field(set, false, findings));
    if let Some(writes) = fields.get("writes") {
        check_writes(writes, findings);
    }
    Some(TableSpec {
        label: findings.at(item.label.span(), item.label.to_string()),
        docs: item.docs.clone(),
        name: fields.get("name").and_then(|field| values::string(field, findings)),
        sort_key: fields.get("sort_key").and_then(|field| self::key(field, findings)),
        ttl: fields.get("ttl").and_then(|field| values::word(field, "an attribute's name", findings)),
        deletion_protection: fields
            .get("deletion_protection")
            .and_then(|field| values::flag(field, findings)),
        key: key??,
        replicas: replicas??,
    })
}

/// `session_id: S`.
fn key(field: &Field, findings: &mut Findings) -> Option<KeySpec> {
    const EXPECTED: &str = "an attribute with its type, as in `id: S`";
    let mut cursor = values::cursor(field);
    let attribute = cursor.ident();
    let colon = cursor.punct(':');
    match (attribute, colon, cursor.ident()) {
        (Some(attribute), true, Some(key_type)) => {
            finish(&field.value, cursor, findings);
            Some(KeySpec {
                attribute: findings.at(attribute.span(), attribute.to_string()),
                key_type: findings.at(key_type.span(), key_type.to_string()),
            })
        }
        _ => values::wrong(field, EXPECTED, findings),
    }
}

/// `any_region(last_writer_wins)` says what multi-region eventual consistency does. Strong consistency and a single
/// writer are other designs, which are not built.
fn check_writes(field: &Field, findings: &mut Findings) {
    const EXPECTED: &str = "`any_region(last_writer_wins)`";
    let mut cursor = values::cursor(field);
    let mode = cursor.ident();
    let inside = cursor.group(Delimiter::Parenthesis).and_then(|group| Cursor::of_group(&group).ident());
    match (mode, inside) {
        (Some(mode), Some(inside)) if mode == "any_region" && inside == "last_writer_wins" => {
            finish(&field.value, cursor, findings);
        }
        (Some(mode), _) if mode == "any_region" || mode == "one_region" => {
            let what = "a table that is not `any_region(last_writer_wins)`".to_owned();
            let instead = "write `any_region(last_writer_wins)`, which is also the default".to_owned();
            findings.push(mode.span(), Problem::Unsupported { what, instead });
        }
        _ => {
            let _: Option<()> = values::wrong(field, EXPECTED, findings);
        }
    }
}

pub(super) fn bucket(item: &ItemAst, findings: &mut Findings) -> Option<BucketSpec> {
    no_header(item, findings);
    let fields = Fields::new(item, &BUCKET_KEYS, findings);
    let mirror = fields
        .require("mirror", "mirror: each region", findings)
        .map(|set| regions::field(set, false, findings));
    let control = fields.get("replication_time_control").and_then(|field| values::flag(field, findings));
    Some(BucketSpec {
        label: findings.at(item.label.span(), item.label.to_string()),
        docs: item.docs.clone(),
        name: fields.get("name").and_then(|field| values::string(field, findings)),
        mirror: mirror??,
        replication_time_control: control.is_some_and(|node| node.value),
    })
}

fn no_header(item: &ItemAst, findings: &mut Findings) {
    if let Some(token) = item.header.tokens.first() {
        findings.push(token.span(), expected(&format!("`{{` after the label of the {}", item.kind)));
    }
}
