//! Rules about hosted zones. Not here: rules about what is in them.

use std::collections::BTreeMap;

use super::Context;
use crate::diagnostic::Diagnostics;
use crate::name::{check_domain, normalise_domain};
use crate::node::NodeId;
use crate::problem::Problem;
use crate::spec::Item;

/// Most characters of a comment (Route 53 API, `ResourceDescription`).
const MAX_COMMENT: usize = 256;

/// A zone's name is a domain of at least two labels without a leading wildcard (HZ-001 to HZ-006); a second zone of the
/// same name is legal on AWS and seldom meant (HZ-028).
pub(super) fn check_zone_names(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<String, NodeId> = BTreeMap::new();
    for item in &context.spec.items {
        let Item::Zone(zone) = item else { continue };
        let name = zone.name.as_str();
        if let Some(comment) = &zone.comment {
            let reason = if comment.value.chars().count() > MAX_COMMENT {
                Some("it is longer than 256 characters")
            } else if comment.value.chars().any(char::is_control) {
                Some("it has a control character")
            } else {
                None
            };
            if let Some(reason) = reason {
                diagnostics.push(comment.id, Problem::BadZoneComment { reason: reason.to_owned() });
            }
        }
        let reason = match check_domain(name) {
            Err(reason) => Some(reason),
            Ok(()) if !normalise_domain(name).contains('.') => Some("AWS has no zones for top-level domains"),
            Ok(()) if name.starts_with('*') => Some("a wildcard belongs into a record's name"),
            Ok(()) => None,
        };
        if let Some(reason) = reason {
            let problem = Problem::BadZoneName { name: name.to_owned(), reason: reason.to_owned() };
            diagnostics.push(zone.name.id, problem);
        } else if let Some(earlier) = first.insert(normalise_domain(name), zone.name.id) {
            let problem = Problem::DuplicateZone { name: normalise_domain(name) };
            diagnostics.push_related(zone.name.id, problem, (earlier, "the other zone"));
        }
    }
}
