//! Sets of regions: `each region`, `each other region`, `[us, ap]`, `us`. Not here: which labels are declared.

use polyregion_model::{Problem, RegionSet};
use proc_macro2::Delimiter;

use super::{finish, values};
use crate::ast::Field;
use crate::findings::Findings;
use crate::parse::{Cursor, expected};

/// Reads a set from a cursor; nothing is reported when none is there.
pub(super) fn set(cursor: &mut Cursor, findings: &mut Findings) -> Option<RegionSet> {
    if let Some(each) = cursor.keyword("each") {
        let other = cursor.keyword("other").is_some();
        if cursor.keyword("region").is_none() {
            let what = if other { "`each other region`" } else { "`each region`" };
            findings.push(cursor.here(), expected(what));
        }
        let id = findings.node(each.span());
        return Some(if other { RegionSet::EachOther(id) } else { RegionSet::Each(id) });
    }
    if let Some(group) = cursor.group(Delimiter::Bracket) {
        let id = findings.node(group.span_open());
        let mut inside = Cursor::of_group(&group);
        let mut labels = Vec::new();
        while !inside.is_empty() {
            match inside.ident() {
                Some(label) => labels.push(findings.at(label.span(), label.to_string())),
                None => {
                    findings.push(inside.here(), expected("a region's label"));
                    break;
                }
            }
            if !inside.punct(',') && !inside.is_empty() {
                findings.push(inside.here(), expected("`,` between labels"));
                break;
            }
        }
        return Some(RegionSet::Listed(id, labels));
    }
    let label = cursor.ident()?;
    let id = findings.node(label.span());
    let label = findings.at(label.span(), label.to_string());
    Some(RegionSet::Listed(id, vec![label]))
}

/// Reads a set as the whole value of a field. `each other region` needs an item that names one region already.
pub(super) fn field(field: &Field, others: bool, findings: &mut Findings) -> Option<RegionSet> {
    let mut cursor = values::cursor(field);
    let example = if others { "`each other region` or `[us, ap]`" } else { "`each region` or `[us, ap]`" };
    let Some(set) = set(&mut cursor, findings) else { return values::wrong(field, example, findings) };
    finish(&field.value, cursor, findings);
    if let (RegionSet::EachOther(id), false) = (&set, others) {
        let problem = Problem::WrongValue { key: field.key.to_string(), expected: example.to_owned() };
        findings.push(findings.span(*id), problem);
        return None;
    }
    Some(set)
}
