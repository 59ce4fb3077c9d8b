//! From the syntax tree to the spec: keys get their meaning, values their types, nodes their ids. Not here: rules about
//! what is written (the model's).

mod clusters;
mod records;
mod regions;
mod storage;
mod values;

use std::collections::BTreeMap;

use polyregion_model::{Item, Kind, Node, Problem, RegionDecl, Source, Spec, did_you_mean};
use proc_macro2::{Ident, Span};

use crate::ast::{Ast, Field, ItemAst, Value};
use crate::findings::Findings;

/// The spec of a syntax tree. What can't be lowered is reported and left out.
pub(crate) fn lower(ast: &Ast, findings: &mut Findings) -> Spec {
    let name = match &ast.name {
        Some(name) => findings.at(name.span(), name.to_string()),
        None => findings.at(Span::call_site(), String::new()),
    };
    let account = lower_account(ast, name.id, findings);
    let regions = lower_regions(ast, findings);
    // Of an item that was half typed, that is all there is to say.
    let items = ast
        .items
        .iter()
        .filter(|item| item.is_complete)
        .filter_map(|item| lower_item(item, findings))
        .collect();
    Spec { name, docs: ast.docs.clone(), account, regions, items, source: Source::default() }
}

fn lower_account(ast: &Ast, fallback: polyregion_model::NodeId, findings: &mut Findings) -> Node<String> {
    let mut accounts = ast.accounts.iter();
    let Some(first) = accounts.next() else {
        let example = "account: \"123456789012\",".to_owned();
        let problem = Problem::MissingKey { key: "account".into(), item: "the topology".into(), example };
        findings.push(findings.span(fallback), problem);
        return Node::new(fallback, PLACEHOLDER_ACCOUNT.to_owned());
    };
    for again in accounts {
        let problem = Problem::DuplicateKey { key: "account".into() };
        findings.push_related(again.key.span(), problem, (first.key.span(), "first given here"));
    }
    values::string(first, findings).unwrap_or_else(|| Node::new(fallback, PLACEHOLDER_ACCOUNT.to_owned()))
}

/// Stands for an account that is missing, so that it is not reported a second time as malformed.
const PLACEHOLDER_ACCOUNT: &str = "000000000000";

fn lower_regions(ast: &Ast, findings: &mut Findings) -> Vec<RegionDecl> {
    let mut blocks = ast.regions.iter();
    let Some((keyword, fields)) = blocks.next() else {
        let span = ast.name.as_ref().map_or_else(Span::call_site, Ident::span);
        let example = "regions { us: us_east_1, eu: eu_west_1 }".to_owned();
        let problem = Problem::MissingKey { key: "regions".into(), item: "the topology".into(), example };
        findings.push(span, problem);
        return Vec::new();
    };
    for (again, _) in blocks {
        let problem = Problem::DuplicateKey { key: "regions".into() };
        findings.push_related(again.span(), problem, (keyword.span(), "first given here"));
    }
    let mut declared = Vec::new();
    for field in fields {
        let code = values::word(field, "a region's code with underscores, as in `us_east_1`", findings);
        let label = findings.at(field.key.span(), field.key.to_string());
        // A label whose code can't be read stays declared, so that its mentions are no errors too.
        let code = code.unwrap_or_else(|| Node::new(label.id, String::new()));
        declared.push(RegionDecl { label, code: Node::new(code.id, code.value.replace('_', "-")) });
    }
    declared
}

fn lower_item(item: &ItemAst, findings: &mut Findings) -> Option<Item> {
    match item.kind {
        Kind::Zone => records::zone(item, findings).map(Item::Zone),
        Kind::HealthCheck => records::health_check(item, findings).map(Item::HealthCheck),
        Kind::Record => records::record(item, findings).map(Item::Record),
        Kind::Table => storage::table(item, findings).map(Item::Table),
        Kind::Cluster => clusters::cluster(item, findings).map(Item::Cluster),
        Kind::Bucket => storage::bucket(item, findings).map(Item::Bucket),
    }
}

/// The fields of an item by key: taken one by one; keys that the item doesn't have are reported at once.
pub(crate) struct Fields<'a> {
    item: String,
    span: Span,
    by_key: BTreeMap<String, &'a Field>,
}

impl<'a> Fields<'a> {
    /// Sorts the fields of an item whose keys are `known`.
    fn new(item: &'a ItemAst, known: &[&str], findings: &mut Findings) -> Self {
        Self::of(format!("{} `{}`", item.kind, item.label), item.label.span(), &item.fields, known, findings)
    }

    /// The same for fields that are not an item's own.
    pub(crate) fn of(
        item: String,
        span: Span,
        fields: &'a [Field],
        known: &[&str],
        findings: &mut Findings,
    ) -> Self {
        let mut by_key: BTreeMap<String, &Field> = BTreeMap::new();
        for field in fields {
            let key = field.key.to_string();
            if !known.contains(&key.as_str()) {
                let problem = Problem::UnknownKey {
                    suggestion: did_you_mean(&key, known.iter().copied()).map(str::to_owned),
                    known: known.iter().map(|known| (*known).to_owned()).collect(),
                    item: item.clone(),
                    key,
                };
                findings.push(field.key.span(), problem);
            } else if let Some(first) = by_key.get(&key) {
                let related = (first.key.span(), "first given here");
                findings.push_related(field.key.span(), Problem::DuplicateKey { key }, related);
            } else {
                by_key.insert(key, field);
            }
        }
        Self { item, span, by_key }
    }

    /// The field with this key, if given.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Field> {
        self.by_key.get(key).copied()
    }

    /// The field with this key; its absence is reported with an example of what to write.
    pub(crate) fn require(&self, key: &str, example: &str, findings: &mut Findings) -> Option<&'a Field> {
        let field = self.get(key);
        if field.is_none() {
            let problem = Problem::MissingKey {
                key: key.to_owned(),
                item: self.item.clone(),
                example: example.to_owned(),
            };
            findings.push(self.span, problem);
        }
        field
    }
}

/// Reports tokens that are left over after a value.
pub(crate) fn finish(value: &Value, mut cursor: crate::parse::Cursor, findings: &mut Findings) {
    if !cursor.is_empty() {
        let span = cursor.here();
        let problem = crate::parse::expected("`,` before the next key");
        // A value that is empty is reported by whoever reads it.
        if !value.tokens.is_empty() {
            findings.push(span, problem);
        }
    }
}
