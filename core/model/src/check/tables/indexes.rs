//! Rules about secondary indexes. Not here: their capacity (`capacity`).

use super::keys;
use crate::check::{Context, each_table};
use crate::diagnostic::Severity;
use crate::name::check_table;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::Seen;
use crate::spec::{IndexKind, IndexSpec, KeySpec, ProjectionSpec, TableSpec, all};

/// Most global indexes of a table (quotas of DynamoDB; raised on request).
const MAX_GLOBAL: usize = 20;
/// Most local indexes of a table (quotas of DynamoDB).
const MAX_LOCAL: usize = 5;
/// Most attributes in one part of an index key (DynamoDB API, KeySchema, since multi-attribute keys).
const MAX_KEY_PARTS: usize = 4;
/// Most attributes that one index lists (DynamoDB API, NonKeyAttributes).
const MAX_INCLUDED: usize = 20;
/// Most attributes that all indexes of a table list (quotas of DynamoDB).
const MAX_INCLUDED_IN_ALL: usize = 100;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(530),
        severity: Severity::Error,
        title: "bad index name",
        rule: "Index names have 3 to 255 of the characters A-Z a-z 0-9 _ . -.",
        source: "DynamoDB API, IndexName",
        covers: &["DDB-030"],
        fix: "give the index another name",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { «by»: global { key: day: S } } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_day: global { key: day: S } } }",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(531),
        severity: Severity::Error,
        title: "number of indexes",
        rule: "A table has at most 5 local indexes.",
        source: "quotas of DynamoDB; DynamoDB API, LimitExceededException",
        covers: &["DDB-033"],
        fix: "leave some out",
        wrong: "table carts { key: id: S, sort_key: at: N, replicas: [us], indexes: { aaa: local { sort_key: a: S }, bbb: local { sort_key: b: S }, ccc: local { sort_key: c: S }, ddd: local { sort_key: d: S }, eee: local { sort_key: e: S }, «fff»: local { sort_key: f: S } } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_day: global { key: day: S } } }",
        check: Check::Spec(check_numbers),
    },
    Rule {
        code: Code(532),
        severity: Severity::Error,
        title: "bad index keys",
        rule: "A global index has one to four attributes in its partition key and none to four in its sort key, each of them once. A local index needs a table with a sort key and orders by another attribute.",
        source: "DynamoDB API, KeySchema and LocalSecondaryIndex; AWS answers ValidationException",
        covers: &["DDB-032", "DDB-033", "DDB-034"],
        fix: "give the index keys that it can have",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_total: «local» { sort_key: total: N } } }",
        right: "table carts { key: id: S, sort_key: at: N, replicas: each region, writes: one_region(us), indexes: { by_total: global { key: total: N } } }",
        check: Check::Spec(check_keys),
    },
    Rule {
        code: Code(533),
        severity: Severity::Error,
        title: "attribute with two types",
        rule: "An attribute that is a key of the table or of an index has one type.",
        source: "DynamoDB API, AttributeDefinitions; AWS answers ValidationException",
        covers: &["DDB-007"],
        fix: "write the same type",
        wrong: "table carts { key: id: S, sort_key: at: N, replicas: each region, writes: one_region(us), indexes: { by_time: global { key: at: «S» } } }",
        right: "table carts { key: id: S, sort_key: at: N, replicas: each region, writes: one_region(us), indexes: { by_time: global { key: at: N } } }",
        check: Check::Spec(check_types),
    },
    Rule {
        code: Code(534),
        severity: Severity::Error,
        title: "bad projection",
        rule: "A list of attributes has 1 to 20 names, none of them a key, and all indexes together list at most 100.",
        source: "DynamoDB API, Projection; quotas of DynamoDB",
        covers: &["DDB-035", "DDB-036"],
        fix: "write `project: all`, or fewer attributes without the keys, which are in every index",
        wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_day: global { key: day: S, project: [«id»] } } }",
        right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), indexes: { by_day: global { key: day: S, project: [total] } } }",
        check: Check::Spec(check_projections),
    },
    Rule {
        code: Code(535),
        severity: Severity::Warning,
        title: "local index",
        rule: "Local indexes can't be added or removed later, and cap the items with one partition key at 10 GB.",
        source: "DynamoDB Developer Guide, LSI",
        covers: &["DDB-033", "DDB-038"],
        fix: "use a global index if reads need not be consistent",
        wrong: "table carts { key: id: S, sort_key: at: N, replicas: each region, writes: one_region(us), indexes: { «by_total»: local { sort_key: total: N } } }",
        right: "table carts { key: id: S, sort_key: at: N, replicas: each region, writes: one_region(us), indexes: { by_total: global { key: id: S, sort_key: total: N } } }",
        check: Check::Spec(check_local),
    },
    Rule {
        code: Code(536),
        severity: Severity::Warning,
        title: "more global indexes than the quota",
        rule: "A table has at most 20 global indexes unless AWS raises the quota.",
        source: "quotas of DynamoDB",
        covers: &["DDB-031", "X-103"],
        fix: "ask AWS for more before the deploy, or use fewer",
        wrong: "table carts { key: id: S, replicas: [us], indexes: { by_00: global { key: day: S }, by_01: global { key: day: S }, by_02: global { key: day: S }, by_03: global { key: day: S }, by_04: global { key: day: S }, by_05: global { key: day: S }, by_06: global { key: day: S }, by_07: global { key: day: S }, by_08: global { key: day: S }, by_09: global { key: day: S }, by_10: global { key: day: S }, by_11: global { key: day: S }, by_12: global { key: day: S }, by_13: global { key: day: S }, by_14: global { key: day: S }, by_15: global { key: day: S }, by_16: global { key: day: S }, by_17: global { key: day: S }, by_18: global { key: day: S }, by_19: global { key: day: S }, «last»: global { key: day: S } } }",
        right: "table carts { key: id: S, replicas: [us], indexes: { by_day: global { key: day: S } } }",
        check: Check::Spec(check_quota),
    },
];

/// Every index with its table.
fn each_index<'a>(context: &Context<'a>) -> Vec<(&'a TableSpec, &'a Node<String>, &'a IndexSpec)> {
    let mut indexes = Vec::new();
    for table in each_table(context.spec) {
        for (name, index) in all(&table.indexes) {
            indexes.push((table, name, index));
        }
    }
    indexes
}

/// The key attributes of an index that are its own.
pub(super) fn index_keys(index: &IndexSpec) -> Vec<&KeySpec> {
    let mut own = Vec::new();
    match &index.kind {
        IndexKind::Global(keys) => {
            own.extend(&keys.key);
            own.extend(all(&keys.sort_key));
        }
        IndexKind::Local(keys) => own.push(&keys.sort_key),
    }
    own
}

/// Names have DynamoDB's form, which is that of tables.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, name, _) in each_index(context) {
        if let Err(reason) = check_table(name.as_str()) {
            report.at(name.id, format!("`{}` is not an index's name: {reason}", name.value));
        }
    }
}

/// The first index of a kind that is one too many.
fn too_many(table: &TableSpec, most: usize, is_counted: fn(&IndexSpec) -> bool) -> Option<&Node<String>> {
    let mut count = 0;
    for (name, index) in all(&table.indexes) {
        if is_counted(index) {
            count += 1;
            if count > most {
                return Some(name);
            }
        }
    }
    None
}

/// No more local indexes than a table can have.
fn check_numbers(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        if let Some(name) = too_many(table, MAX_LOCAL, |index| matches!(index.kind, IndexKind::Local(_))) {
            report.at(name.id, format!("more than {MAX_LOCAL} local indexes"));
        }
    }
}

/// No more global indexes than a table is given without asking.
fn check_quota(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        if let Some(name) = too_many(table, MAX_GLOBAL, |index| matches!(index.kind, IndexKind::Global(_))) {
            report.at(name.id, format!("more than {MAX_GLOBAL} global indexes"));
        }
    }
}

/// Index keys are ones that their kind can have.
fn check_keys(context: &Context<'_>, report: &mut Report<'_>) {
    for (table, _, index) in each_index(context) {
        match &index.kind {
            IndexKind::Local(keys) => {
                let attribute = &keys.sort_key.attribute;
                let is_taken = |key: &KeySpec| key.attribute.value == attribute.value;
                match &table.sort_key {
                    None => report.at(index.id, "a local index needs a table with a sort key"),
                    Some(sort) if is_taken(&table.key) || is_taken(sort) => {
                        report
                            .at(attribute.id, format!("`{}` is a key of the table already", attribute.value));
                    }
                    Some(_) => {}
                }
            }
            IndexKind::Global(keys) => {
                let sort = keys.sort_key.as_deref();
                let is_bad = |keys: &[KeySpec]| keys.is_empty() || keys.len() > MAX_KEY_PARTS;
                if is_bad(&keys.key) || sort.is_some_and(is_bad) {
                    report.at(
                        index.id,
                        format!("each key of a global index has 1 to {MAX_KEY_PARTS} attributes"),
                    );
                }
            }
        }
        let mut first = Seen::default();
        for KeySpec { attribute, key_type: _ } in index_keys(index) {
            if let Some(earlier) = first.first(attribute.value.clone(), attribute.id) {
                let message = format!("`{}` is a key of this index already", attribute.value);
                report.related(attribute.id, message, (earlier, "first named here"));
            }
        }
    }
}

/// An attribute has one type.
fn check_types(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let mut types: Vec<(&str, &Node<String>)> = Vec::new();
        for KeySpec { attribute, key_type } in keys(table) {
            types.push((attribute.as_str(), key_type));
        }
        let mut written = Vec::new();
        for (_, index) in all(&table.indexes) {
            written.extend(index_keys(index));
        }
        for KeySpec { attribute, key_type } in written {
            match types.iter().find(|(known, _)| *known == attribute.value).map(|(_, first)| *first) {
                Some(first) if first.value != key_type.value => {
                    let message = format!(
                        "`{}` is {} here and {} elsewhere",
                        attribute.value, key_type.value, first.value
                    );
                    report.related(key_type.id, message, (first.id, "the other type"));
                }
                Some(_) => {}
                None => {
                    types.push((attribute.as_str(), key_type));
                }
            }
        }
    }
}

/// Listed attributes are few, and no keys.
fn check_projections(context: &Context<'_>, report: &mut Report<'_>) {
    for table in each_table(context.spec) {
        let mut listed = 0;
        for (name, index) in all(&table.indexes) {
            let ProjectionSpec::Include(id, attributes) = &index.project else { continue };
            listed += attributes.len();
            if !(1..=MAX_INCLUDED).contains(&attributes.len()) {
                report.at(
                    *id,
                    format!("{} attributes where an index lists 1 to {MAX_INCLUDED}", attributes.len()),
                );
            } else if listed > MAX_INCLUDED_IN_ALL {
                let message =
                    format!("with index `{}` the table's indexes list {listed} attributes", name.value);
                report.at(*id, message);
            }
            let mut known = keys(table);
            known.extend(index_keys(index));
            for attribute in attributes {
                if known.iter().any(|key| key.attribute.value == attribute.value) {
                    report.at(attribute.id, format!("`{}` is a key, which every index has", attribute.value));
                } else if attribute.value.is_empty() || attribute.value.len() > super::MAX_KEY_ATTRIBUTE {
                    report.at(attribute.id, "an attribute's name has 1 to 255 bytes");
                }
            }
        }
    }
}

/// Local indexes are pointed out.
fn check_local(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, name, index) in each_index(context) {
        if matches!(index.kind, IndexKind::Local(_)) {
            report.at(
                name.id,
                format!("`{}` is there for good, and caps items with one key at 10 GB", name.value),
            );
        }
    }
}
