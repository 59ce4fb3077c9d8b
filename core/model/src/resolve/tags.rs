//! Tags: of everything, of an item, and of what it has in one region. Not here: the tags of the library itself (the engine's).

use std::collections::BTreeMap;

use crate::read::own;
use crate::spec::*;

/// The tags of what an item has in a region, or in none. Of the same key, what is said of less counts.
pub(super) fn of(spec: &Spec, item: &Item, region: Option<&str>) -> BTreeMap<String, String> {
    let (tags, own): (&[Tag], &[Tag]) = match item {
        Item::Record(_) | Item::CidrCollection(_) | Item::Service(_) => (&[], &[]),
        Item::Zone(item) => (all(&item.tags), &[]),
        Item::HealthCheck(item) => (all(&item.tags), &[]),
        Item::Cluster(item) => (all(&item.tags), &[]),
        Item::Table(item) => {
            let own = region.and_then(|region| own(&item.overrides, region));
            (all(&item.tags), own.map(|own| all(&own.tags)).unwrap_or_default())
        }
        Item::Bucket(item) => {
            let own = region.and_then(|region| own(&item.overrides, region));
            (all(&item.tags), own.map(|own| all(&own.tags)).unwrap_or_default())
        }
    };
    let written = spec.tags.iter().chain(tags).chain(own);
    written.map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
}
