//! Batches of record changes. Not here: which records change.

use std::collections::BTreeMap;

use polyregion_model::Address;

use crate::record::{Answer, RecordValue};

/// Most ResourceRecord elements in one request (Route 53 Developer Guide, DNSLimitations). An alias counts as one here, as
/// the guide's text can be read either way and the smaller batch is right under both.
const MAX_ELEMENTS: usize = 1000;
/// Most characters of all values in one request (same page).
const MAX_CHARACTERS: usize = 32_000;

/// What a batch does with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordAction {
    /// Deletes it. Route 53 does so only if it holds exactly this, which makes a change that raced another fail.
    Delete,
    /// Creates it. Route 53 refuses if it exists. Never UPSERT, which counts double and overwrites what it can't see.
    Create,
}

/// One line of a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordChange {
    /// What to do.
    pub action: RecordAction,
    /// How many aliases of other records lie between it and an answer. Route 53 takes the lines of a batch in order, and an
    /// alias only of what is there.
    pub depth: usize,
    /// The record it is for.
    pub address: Address,
    /// The record, exactly.
    pub record: RecordValue,
}

/// Changes of one zone that are made together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordBatch {
    /// The zone.
    pub zone: Address,
    /// The changes, deletions first.
    pub changes: Vec<RecordChange>,
    /// Whether it is the last batch of its zone: the one whose propagation is waited for.
    pub is_last: bool,
}

/// Packs groups of changes into batches within Route 53's limits. What is in one group stays in one batch: the deletion
/// and the creation of a record, and all records of one name, so that a name never answers half a policy. No batch holds
/// groups of two rounds.
pub(super) fn pack(zone: &Address, rounds: Vec<Vec<Vec<RecordChange>>>) -> Vec<RecordBatch> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    for round in rounds {
        pack_round(zone, round, &mut batches);
    }
    for batch in &mut batches {
        // Deletions first, aliases before what they are of; then creations, aliases after it.
        batch.changes.sort_by(|a, b| match (a.action, b.action) {
            (RecordAction::Delete, RecordAction::Delete) => b.depth.cmp(&a.depth).then_with(|| a.cmp(b)),
            (RecordAction::Create, _) | (RecordAction::Delete, RecordAction::Create) => a.cmp(b),
        });
    }
    if let Some(last) = batches.last_mut() {
        last.is_last = true;
    }
    batches
}

/// The parts of a batch that can be made one without another: a name with all that is an alias of it, and with the other name of a
/// record that has another now.
pub(crate) fn parts(changes: &[RecordChange]) -> Vec<Vec<RecordChange>> {
    // The name that each name goes with, itself at first.
    let mut with: BTreeMap<&str, &str> =
        changes.iter().map(|change| (change.record.name.as_str(), change.record.name.as_str())).collect();
    fn leader<'a>(with: &BTreeMap<&'a str, &'a str>, mut name: &'a str) -> &'a str {
        while let Some(next) = with.get(name).filter(|next| **next != name) {
            name = next;
        }
        name
    }
    let mut names: BTreeMap<&Address, &str> = BTreeMap::new();
    for change in changes {
        let name = change.record.name.as_str();
        let target = match &change.record.answer {
            Answer::Alias { dns_name, .. } => with.get_key_value(dns_name.as_str()).map(|(name, _)| *name),
            Answer::Values { .. } => None,
        };
        let before = *names.entry(&change.address).or_insert(name);
        for other in [Some(before), target].into_iter().flatten() {
            let (own, other) = (leader(&with, name), leader(&with, other));
            with.insert(own, other);
        }
    }
    let mut parts: BTreeMap<&str, Vec<RecordChange>> = BTreeMap::new();
    for change in changes {
        parts.entry(leader(&with, &change.record.name)).or_default().push(change.clone());
    }
    parts.into_values().collect()
}

fn pack_round(zone: &Address, groups: Vec<Vec<RecordChange>>, batches: &mut Vec<RecordBatch>) {
    // Nothing fits into the last batch of an earlier round.
    let mut filled = (MAX_ELEMENTS, MAX_CHARACTERS);
    for group in groups {
        let size = group.iter().map(size).fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        let fits = filled.0 + size.0 <= MAX_ELEMENTS && filled.1 + size.1 <= MAX_CHARACTERS;
        match batches.last_mut().filter(|_| fits) {
            Some(batch) => {
                batch.changes.extend(group);
                filled = (filled.0 + size.0, filled.1 + size.1);
            }
            None => {
                batches.push(RecordBatch { zone: zone.clone(), changes: group, is_last: false });
                filled = size;
            }
        }
    }
}

/// Elements and characters of a change.
fn size(change: &RecordChange) -> (usize, usize) {
    match &change.record.answer {
        Answer::Values { ttl: _, values } => {
            (values.len(), values.iter().map(|value| value.chars().count()).sum())
        }
        Answer::Alias { .. } => (1, 0),
    }
}

#[cfg(test)]
mod tests {
    use polyregion_model::Kind;

    use super::*;
    use crate::record::Policy;

    fn create(name: &str, values: usize, length: usize) -> RecordChange {
        RecordChange {
            action: RecordAction::Create,
            depth: 0,
            address: Address::global(Kind::Record, name),
            record: RecordValue {
                name: name.to_owned(),
                record_type: "TXT".to_owned(),
                set_identifier: None,
                policy: Policy::Simple,
                answer: Answer::Values { ttl: 60, values: vec!["x".repeat(length); values] },
                health_check: None,
            },
        }
    }

    fn sizes(groups: Vec<Vec<RecordChange>>) -> Vec<usize> {
        let zone = Address::global(Kind::Zone, "site");
        pack(&zone, vec![groups]).iter().map(|batch| batch.changes.len()).collect()
    }

    #[test]
    fn batches_end_at_either_limit() {
        let many = |count, values, length| {
            (0..count).map(|n| vec![create(&format!("r{n}"), values, length)]).collect::<Vec<_>>()
        };
        assert_eq!(sizes(many(2500, 1, 15)), [1000, 1000, 500]);
        assert_eq!(sizes(many(1000, 1, 64)), [500, 500]);
        assert_eq!(sizes(many(0, 1, 1)), [0; 0]);
    }

    #[test]
    fn a_group_is_never_torn() {
        let group = |n: usize| vec![create(&format!("a{n}"), 300, 1), create(&format!("b{n}"), 300, 1)];
        assert_eq!(sizes(vec![group(1), group(2)]), [2, 2]);
    }

    #[test]
    fn parts_hold_a_name_and_its_aliases() {
        let alias = |name: &str, of: &str| {
            let mut change = create(name, 0, 0);
            change.record.answer = Answer::Alias {
                dns_name: of.to_owned(),
                hosted_zone_id: crate::record::ZoneId::Known("Z1".to_owned()),
                evaluate_target_health: true,
            };
            change
        };
        let mut renamed = create("e", 1, 1);
        renamed.address = create("f", 1, 1).address;
        let changes = [
            create("a", 1, 1),
            alias("b", "a"),
            alias("c", "b"),
            create("d", 1, 1),
            create("d", 1, 1),
            renamed,
            create("f", 1, 1),
        ];
        let names = |part: &Vec<RecordChange>| {
            part.iter().map(|change| change.record.name.as_str()).collect::<Vec<_>>().concat()
        };
        assert_eq!(parts(&changes).iter().map(names).collect::<Vec<_>>(), ["abc", "dd", "ef"]);
    }

    #[test]
    fn deletions_come_first() {
        let mut delete = create("a", 1, 1);
        delete.action = RecordAction::Delete;
        let zone = Address::global(Kind::Zone, "site");
        let batches = pack(&zone, vec![vec![vec![create("a", 1, 1), delete]]]);
        assert_eq!(batches[0].changes[0].action, RecordAction::Delete);
    }
}
