//! How far users are from the regions that serve them, and regions from each other. Not here: who is served by which record.

use super::places::PLACES;
use crate::check::services::each_service;
use crate::check::{Context, clusters, each_cluster, each_table, forwards, is_strong};
use crate::node::NodeId;
use crate::region::{Degrees, PER_KILOMETRE, Region, distance};
use crate::spec::all;

/// Milliseconds of the way to the first exchange and of the answer itself: our own estimate, as nobody measures all users.
const ACCESS: f64 = 10.0;

/// Milliseconds of a round trip from a place to the nearest of some regions.
fn nearest(from: Degrees, regions: &[Region]) -> Option<f64> {
    let mut nearest: Option<f64> = None;
    for region in regions {
        if let Some(place) = region.info().place {
            let way = ACCESS + PER_KILOMETRE * distance(from, place);
            nearest = Some(nearest.map_or(way, |nearest| nearest.min(way)));
        }
    }
    nearest
}

/// The regions that serve: those of the services, or all.
pub(super) fn serving(context: &Context<'_>) -> Vec<Region> {
    let mut serving = Vec::new();
    for service in each_service(context.spec) {
        for (label, region) in context.set(&service.regions, None) {
            // What stands by serves nobody yet.
            if !all(&service.standby).iter().any(|standby| standby.value == label) {
                serving.push(region);
            }
        }
    }
    if serving.is_empty() {
        for (_, region) in &context.places {
            serving.push(*region);
        }
    }
    serving
}

/// Percent of the world's users within a round trip of the serving regions and one more.
pub(crate) fn share(context: &Context<'_>, limit: u64, more: Option<Region>) -> u64 {
    let mut regions = serving(context);
    regions.extend(more);
    let mut near = 0;
    let mut all = 0;
    for (.., millions, place) in PLACES {
        let millions = u64::from(millions);
        all += millions;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a round trip are small")]
        let limit = limit as f64;
        if nearest(place, &regions).is_some_and(|way| way <= limit) {
            near += millions;
        }
    }
    near * 100 / all.max(1)
}

/// Milliseconds of a round trip from a named place to the nearest serving region or one more, if the place is known.
pub(crate) fn place(context: &Context<'_>, name: &str, more: Option<Region>) -> Option<Option<u64>> {
    let (.., degrees) = PLACES.iter().find(|(known, ..)| *known == name)?;
    let mut regions = serving(context);
    regions.extend(more);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a distance on earth")]
    let way = nearest(*degrees, &regions).map(|way| way.ceil() as u64);
    Some(way)
}

/// The names of the places that are known.
pub(crate) fn known_places() -> Vec<&'static str> {
    let mut names = Vec::new();
    for (name, ..) in &PLACES {
        names.push(*name);
    }
    names
}

/// The way of a write between regions.
pub(crate) struct WritePath {
    /// Where what makes it was written.
    pub(crate) node: NodeId,
    /// Between which regions, and why.
    pub(crate) what: String,
    /// Milliseconds of a round trip.
    pub(crate) milliseconds: u64,
}

/// The longest way of a write of each strongly consistent table and of each cluster that forwards.
pub(crate) fn write_path(context: &Context<'_>) -> Vec<WritePath> {
    let mut found = Vec::new();
    for table in each_table(context.spec) {
        if !is_strong(table) {
            continue;
        }
        let witness = table.witness.as_ref().and_then(|label| context.place(label.as_str()));
        let replicas = context.set(&table.replicas, None);
        let mut all = replicas.clone();
        all.extend(witness);
        let mut ways = Vec::new();
        for (label, region) in replicas {
            let mut nearest: Option<u64> = None;
            for (_, other) in &all {
                if let Some(way) = region.round_trip_ms(*other).filter(|_| *other != region) {
                    nearest = Some(nearest.map_or(way, |nearest| nearest.min(way)));
                }
            }
            ways.extend(nearest.map(|way| (way, label)));
        }
        if let Some((milliseconds, label)) = ways.into_iter().max() {
            let what =
                format!("a write to `{}` in `{label}` waits for the nearest other region", table.label.value);
            found.push(WritePath { node: table.label.id, what, milliseconds });
        }
    }
    for cluster in each_cluster(context.spec) {
        let Some((_, primary)) = context.place(cluster.primary.as_str()) else { continue };
        let mut ways = Vec::new();
        for (label, region) in clusters::members(context, cluster) {
            if region != primary && forwards(cluster, label) {
                ways.extend(region.round_trip_ms(primary).map(|way| (way, label)));
            }
        }
        if let Some((milliseconds, label)) = ways.into_iter().max() {
            let what =
                format!("a statement for `{}` goes from `{label}` to the primary", cluster.label.value);
            found.push(WritePath { node: cluster.label.id, what, milliseconds });
        }
    }
    found
}
