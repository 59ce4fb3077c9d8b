//! Aurora global databases. Not here: rules about engines, members and classes.

use polyregion_model::{ClusterSpec, Node};
use proc_macro2::{Delimiter, TokenTree};

use super::{Fields, finish, regions, values};
use crate::ast::{Field, ItemAst};
use crate::findings::Findings;
use crate::parse::{Cursor, expected};

const CLUSTER_KEYS: [&str; 9] = [
    "primary",
    "secondaries",
    "instances",
    "subnet_group",
    "database",
    "master_username",
    "kms_key",
    "backup_retention",
    "deletion_protection",
];

pub(super) fn cluster(item: &ItemAst, findings: &mut Findings) -> Option<ClusterSpec> {
    let header = header(item, findings);
    let fields = Fields::new(item, &CLUSTER_KEYS, findings);
    let primary = fields
        .require("primary", "primary: us", findings)
        .map(|field| values::word(field, "a region's label", findings));
    let secondaries = fields
        .require("secondaries", "secondaries: each other region", findings)
        .map(|field| regions::field(field, true, findings));
    let instances = fields
        .require("instances", "instances: 2 * db_r6g_large", findings)
        .map(|field| instances(field, findings));
    let optional = |key: &str, findings: &mut Findings| {
        fields.get(key).and_then(|field| values::string(field, findings))
    };
    let subnet_group = optional("subnet_group", findings);
    let database = optional("database", findings);
    let master_username = optional("master_username", findings);
    let kms_key = optional("kms_key", findings);
    let (engine, version) = header?;
    let (instance_count, instance_class) = instances??;
    Some(ClusterSpec {
        label: findings.at(item.label.span(), item.label.to_string()),
        docs: item.docs.clone(),
        engine,
        version,
        primary: primary??,
        secondaries: secondaries??,
        instance_count,
        instance_class,
        subnet_group,
        database,
        master_username,
        kms_key,
        backup_retention_days: fields.get("backup_retention").and_then(|field| values::days(field, findings)),
        deletion_protection: fields
            .get("deletion_protection")
            .and_then(|field| values::flag(field, findings)),
    })
}

/// `: aurora_postgresql("16.11")`.
fn header(item: &ItemAst, findings: &mut Findings) -> Option<(Node<String>, Node<String>)> {
    let mut cursor = Cursor::new(item.header.tokens.clone(), item.header.end);
    let colon = cursor.punct(':');
    let engine = cursor.ident().filter(|_| colon);
    let group = cursor.group(Delimiter::Parenthesis);
    let version = group.and_then(|group| match Cursor::of_group(&group).next() {
        Some(TokenTree::Literal(literal)) => values::string_of(&literal).map(|text| (literal.span(), text)),
        _ => None,
    });
    match (engine, version) {
        (Some(engine), Some((span, version))) => {
            finish(&item.header, cursor, findings);
            Some((findings.at(engine.span(), engine.to_string()), findings.at(span, version)))
        }
        _ => {
            let span = item.header.tokens.first().map_or(item.header.end, TokenTree::span);
            findings.push(span, expected("`: engine(\"version\")`, as in `: aurora_postgresql(\"16.6\")`"));
            None
        }
    }
}

/// `2 * db_r6g_large`, or a class alone for one instance. Dots of the class are written as underscores.
fn instances(field: &Field, findings: &mut Findings) -> Option<(Node<u64>, Node<String>)> {
    const EXPECTED: &str = "a number of instances and their class, as in `2 * db_r6g_large`";
    let mut cursor = values::cursor(field);
    let start = cursor.here();
    let count = match cursor.peek() {
        Some(TokenTree::Literal(literal)) => {
            let number = literal.to_string().parse::<u64>().ok();
            cursor.next();
            number.filter(|_| cursor.punct('*'))
        }
        _ => Some(1),
    };
    match (count, cursor.ident()) {
        (Some(count), Some(class)) => {
            finish(&field.value, cursor, findings);
            Some((findings.at(start, count), findings.at(class.span(), class.to_string().replace('_', "."))))
        }
        _ => values::wrong(field, EXPECTED, findings),
    }
}
