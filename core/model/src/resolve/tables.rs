//! From tables to what DynamoDB makes of them. Not here: their settings (`settings`).

use super::{resource, settings};
use crate::address::Address;
use crate::attribute::{Attributes, Field, Value};
use crate::check::{Context, is_strong, key_type, table_name};
use crate::kind::Kind;
use crate::read::own;
use crate::resource::*;
use crate::spec::*;

pub(super) fn resolve_table(context: &Context<'_>, table: &TableSpec, out: &mut Vec<Resource>) -> Option<()> {
    let TableSpec {
        label,
        docs: _,
        pending: _,
        unread: _,
        name: _,
        key,
        sort_key,
        replicas,
        writes: _,
        ttl,
        deletion_protection,
        indexes,
        overrides,
        // These are in `settings`.
        capacity: _,
        warm_throughput: _,
        stream: _,
        point_in_time_recovery: _,
        class: _,
        contributor_insights: _,
        // These are in `tags`.
        tags: _,
        consistency: _,
        witness,
        encryption: _,
        // Of all that the item has, in `resolve`.
        adopt: _,
        existing: _,
    } = table;
    let name = table_name(table);
    let protection = |label: &str| {
        let own = own(overrides, label).and_then(|own| own.deletion_protection.as_ref());
        own.or(deletion_protection.as_ref()).is_none_or(|node| node.value)
    };
    let places = context.set(replicas, None);
    let (home, others) = places.split_first()?;
    let home_address = Address::regional(Kind::Table, label.as_str(), home.0);
    let kind = ResourceKind::Table(Table {
        name: name.clone(),
        region: home.1,
        key: attribute(key)?,
        sort_key: sort_key.as_ref().map(|key| attribute(key).ok_or(())).transpose().ok()?,
        ttl: ttl.as_ref().map(|ttl| ttl.value.clone()),
        indexes: all(indexes)
            .iter()
            .map(|(name, index)| Some((name.value.clone(), resolve_index(key, index)?)))
            .collect::<Option<_>>()?,
        deletion_protection: protection(home.0),
        settings: settings::table(context, table, &places)?,
    });
    out.push(resource(home_address.clone(), label.id, [], kind));
    let mut group = Attributes::new();
    if is_strong(table) {
        group.insert(Field::Consistency, Value::text(Consistency::Strong.word()));
        let witness = witness.as_ref().and_then(|label| context.place(label.as_str()));
        group.extend(witness.map(|(_, region)| (Field::Witness, Value::text(region.code()))));
    }
    for (region_label, region) in others {
        let mut settings = settings::replica(table, region_label);
        settings.extend(group.clone());
        let address = Address::regional(Kind::Table, label.as_str(), region_label);
        let kind = ResourceKind::Replica(Replica {
            name: name.clone(),
            home: home.1,
            region: *region,
            deletion_protection: protection(region_label),
            settings,
        });
        out.push(resource(address, label.id, [home_address.clone()], kind));
    }
    Some(())
}

fn attribute(key: &KeySpec) -> Option<KeyAttribute> {
    Some(KeyAttribute { name: key.attribute.value.clone(), key_type: key_type(key)? })
}

fn attributes(keys: &[KeySpec]) -> Option<Vec<KeyAttribute>> {
    keys.iter().map(attribute).collect()
}

/// A local index has the partition key of its table.
fn resolve_index(table_key: &KeySpec, index: &IndexSpec) -> Option<Index> {
    let IndexSpec { id: _, kind, project } = index;
    let (local, key, sort_key, capacity) = match kind {
        IndexKind::Global(keys) => {
            (false, attributes(&keys.key)?, attributes(all(&keys.sort_key))?, settings::index(keys))
        }
        IndexKind::Local(keys) => {
            (true, vec![attribute(table_key)?], vec![attribute(&keys.sort_key)?], Attributes::new())
        }
    };
    let project = match project {
        ProjectionSpec::All => Projection::All,
        ProjectionSpec::Keys => Projection::Keys,
        ProjectionSpec::Include(_, attributes) => {
            let mut names: Vec<String> = attributes.iter().map(|name| name.value.clone()).collect();
            names.sort();
            Projection::Include(names)
        }
    };
    Some(Index { local, key, sort_key, project, capacity })
}
