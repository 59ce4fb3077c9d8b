//! Reading a whole declaration: its settings and its items. Not here: the items (`spec`).

mod trees;

use crate::diagnostic::{Diagnostics, Severity};
use crate::given;
use crate::kind::Kind;
use crate::node::Node;
use crate::read::rules::{MISSING_KEY, NOT_ALLOWED, UNKNOWN_ITEM};
use crate::read::{Block, Label, Many, Read, RegionCode, Tags, Text, given_twice, key_value, read};
use crate::rule::{Rule, did_you_mean};
use crate::spec::{
    BucketSpec, CidrCollectionSpec, ClusterSpec, HealthCheckSpec, Item, ObjectivesSpec, Pending, RecordSpec,
    RegionDecl, ServiceSpec, Spec, TableSpec, ZoneSpec,
};
use crate::syntax::{Document, Entry, Form, Value};

/// Stands for an account that is missing, so that it is not reported a second time as malformed.
const PLACEHOLDER_ACCOUNT: &str = "000000000000";

/// Reads a declaration as a spec. What can't be read is reported and left out.
pub fn read_spec(document: &Document) -> (Spec, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let spec = spec(document, &mut diagnostics);
    (spec, diagnostics)
}

fn spec(document: &Document, diagnostics: &mut Diagnostics) -> Spec {
    let Document { name, docs, allow, entries, source } = document;
    check_allowed(allow, diagnostics);
    for entry in entries {
        check_allowed(&entry.allow, diagnostics);
    }
    let mut items = Vec::new();
    let mut unread = Vec::new();
    for entry in entries {
        if !entry.is_complete {
            unread.extend(kind(entry).and_then(|kind| mention(kind, entry)));
            continue;
        }
        match (entry.keyword.as_str(), kind(entry)) {
            ("account" | "regions" | "objectives" | "tags" | "retire", _) => {}
            // What is given is in its places by now.
            (given::KEYWORD, None) => {}
            (_, Some(kind)) => match item(kind, entry, diagnostics) {
                Some(item) => items.push(item),
                None => unread.extend(mention(kind, entry)),
            },
            (word, None) => unknown(word, entry, diagnostics),
        }
    }
    let account = account(document, diagnostics);
    let regions = regions(document, diagnostics);
    Spec {
        name: name.clone(),
        docs: docs.clone(),
        account,
        tags: body::<Tags>(document, "tags", diagnostics).unwrap_or_default(),
        retired: value::<Many<Label>>(document, "retire", diagnostics).unwrap_or_default(),
        pending: pending(document),
        objectives: objectives(document, diagnostics),
        items: trees::flatten(items, &regions),
        regions,
        unread,
        source: source.clone(),
    }
}

/// Only warnings can be allowed.
fn check_allowed(allowed: &[Node<String>], diagnostics: &mut Diagnostics) {
    for Node { id, value: written } in allowed {
        match written.parse().ok().and_then(Rule::of) {
            Some(rule) if rule.severity == Severity::Warning => {}
            Some(rule) => {
                let code = rule.code;
                diagnostics
                    .of(&NOT_ALLOWED)
                    .at(*id, format!("{code} is an error, and AWS would not allow it"));
            }
            None => diagnostics.of(&NOT_ALLOWED).at(*id, format!("no warning has the code `{written}`")),
        }
    }
}

fn mention(kind: Kind, entry: &Entry) -> Option<(Kind, String)> {
    Some((kind, entry.label.as_ref()?.value.clone()))
}

fn kind(entry: &Entry) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.keyword() == entry.keyword.value)
}

fn item(kind: Kind, entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Item> {
    match kind {
        Kind::Zone => ZoneSpec::read(entry, diagnostics).map(Item::Zone),
        Kind::HealthCheck => HealthCheckSpec::read(entry, diagnostics).map(Item::HealthCheck),
        Kind::CidrCollection => CidrCollectionSpec::read(entry, diagnostics).map(Item::CidrCollection),
        Kind::Record => RecordSpec::read(entry, diagnostics).map(Item::Record),
        Kind::Table => TableSpec::read(entry, diagnostics).map(Item::Table),
        Kind::Cluster => ClusterSpec::read(entry, diagnostics).map(Item::Cluster),
        Kind::Bucket => BucketSpec::read(entry, diagnostics).map(Item::Bucket),
        Kind::Service => ServiceSpec::read(entry, diagnostics).map(Item::Service),
    }
}

fn unknown(word: &str, entry: &Entry, diagnostics: &mut Diagnostics) {
    let id = entry.keyword.id;
    let known = given::entry_keywords();
    diagnostics.of(&UNKNOWN_ITEM).at(id, format!("unknown item `{word}`{}", did_you_mean(word, &known)));
}

/// The entry with this keyword; further ones are reported, and so is its absence.
fn setting<'a>(
    document: &'a Document,
    keyword: &str,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Entry> {
    let mut given = document.entries.iter().filter(|entry| entry.keyword.value == keyword);
    let first = given.next();
    if let Some(first) = first {
        if let Some(label) = &first.label {
            diagnostics.expected(label.id, &format!("no label after `{keyword}`"));
        }
        for again in given {
            given_twice(&again.keyword, (first.keyword.id, "first given here"), diagnostics);
        }
    } else {
        let message = format!("the topology lacks the key `{keyword}`");
        diagnostics.of(&MISSING_KEY).with_help(document.name.id, message, format!("add `{example}`"));
    }
    first
}

fn account(document: &Document, diagnostics: &mut Diagnostics) -> Node<String> {
    let entry = setting(document, "account", "account: \"123456789012\",", diagnostics);
    if let Some(entry) = entry.filter(|entry| entry.is.is_none() && entry.is_complete) {
        diagnostics.expected(entry.keyword.id, "`:` and the account's twelve digits after `account`");
    }
    let value = entry.and_then(|entry| entry.is.as_ref());
    let account = value.and_then(|value| read::<Text>("account", value, diagnostics));
    account.unwrap_or_else(|| Node::new(document.name.id, PLACEHOLDER_ACCOUNT.to_owned()))
}

/// The entry of a setting that may be left out.
fn maybe<'a>(document: &'a Document, keyword: &str, diagnostics: &mut Diagnostics) -> Option<&'a Entry> {
    let given = document.entries.iter().any(|entry| entry.keyword.value == keyword);
    if given { setting(document, keyword, "", diagnostics) } else { None }
}

/// `keyword { .. }`, which may be left out.
fn body<F: Read>(document: &Document, keyword: &str, diagnostics: &mut Diagnostics) -> Option<F::Out> {
    let entry = maybe(document, keyword, diagnostics)?;
    let value = Value::new(entry.keyword.id, Form::Block(entry.body.clone()));
    read::<F>(keyword, &value, diagnostics)
}

/// `keyword: value`, which may be left out.
fn value<F: Read>(document: &Document, keyword: &str, diagnostics: &mut Diagnostics) -> Option<F::Out> {
    let entry = maybe(document, keyword, diagnostics)?;
    match &entry.is {
        Some(value) => read::<F>(keyword, value, diagnostics),
        None => {
            diagnostics.expected(entry.keyword.id, &format!("`:` and a value after `{keyword}`"));
            None
        }
    }
}

/// What is set for the whole and can't be deployed yet.
fn pending(document: &Document) -> Vec<Pending> {
    let mut pending = Vec::new();
    for Entry { keyword: Node { id, value: keyword }, is, body, .. } in &document.entries {
        if keyword.as_str() == "retire" {
            let what = match is {
                Some(value) => format!("{keyword}: {value}"),
                None => format!("{keyword} {}", Value::new(*id, Form::Block(body.clone()))),
            };
            pending.push(Pending { id: *id, what });
        }
    }
    pending
}

/// What stands in `objectives`, which may be left out.
fn objectives(document: &Document, diagnostics: &mut Diagnostics) -> Option<ObjectivesSpec> {
    let first = maybe(document, "objectives", diagnostics)?;
    ObjectivesSpec::read_block(first.keyword.id, &first.body, diagnostics)
}

fn regions(document: &Document, diagnostics: &mut Diagnostics) -> Vec<RegionDecl> {
    let example = "regions { us: us_east_1, eu: eu_west_1 }";
    let Some(entry) = setting(document, "regions", example, diagnostics) else { return Vec::new() };
    if let Some(value) = &entry.is {
        diagnostics.expected(value.id, "`{ label: code, .. }` after `regions`, without a colon");
    }
    let mut declared = Vec::new();
    for pair in &entry.body {
        let Some((label, id, value)) = key_value(pair, diagnostics) else { continue };
        let code = read::<RegionCode>(label, value, diagnostics);
        // A label whose code can't be read stays declared, so that its mentions are no errors too.
        let code = code.unwrap_or_else(|| Node::new(id, String::new()));
        declared.push(RegionDecl { label: Node::new(id, label.to_owned()), code });
    }
    declared
}
