//! What an application calls the things of a topology by: what its typed handles hold. Not here: the handles (the macro makes them)
//! and all else that the things are (`resource`).

use crate::check::{Context, bucket_name, bucket_places, clusters, table_name};
use crate::kind::Kind;
use crate::spec::*;

/// What the handle of an item holds. Regions are labels.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum Handle {
    /// The whole name of a record.
    Record(String),
    /// A table's name and its regions, its home first.
    Table(String, Vec<String>),
    /// An Aurora global database.
    Cluster {
        /// The global cluster's identifier.
        global: String,
        /// The engine's port.
        port: u16,
        /// Each region with its cluster's identifier, the primary's first.
        members: Vec<(String, String)>,
    },
    /// Each region with its bucket's name, the source of what goes one way first.
    Bucket(Vec<(String, String)>),
}

impl Handle {
    /// The names in it.
    pub fn names(&self) -> Vec<&str> {
        let (mut names, members): (Vec<&str>, &[(String, String)]) = match self {
            Handle::Record(name) | Handle::Table(name, _) => (vec![name], &[]),
            Handle::Cluster { global, port: _, members } => (vec![global], members),
            Handle::Bucket(buckets) => (Vec::new(), buckets),
        };
        for (_, name) in members {
            names.push(name);
        }
        names
    }
}

/// The handles of what applications talk to, by kind and label, in the order declared. What has no name is left out.
pub fn handles(spec: &Spec) -> Vec<(Kind, &str, Handle)> {
    let context = Context::new(spec);
    let mut found = Vec::new();
    for item in &spec.items {
        if let Some(handle) = handle(&context, item) {
            found.push((item.kind(), item.label().as_str(), handle));
        }
    }
    found
}

fn handle(context: &Context<'_>, item: &Item) -> Option<Handle> {
    match item {
        Item::Record(record) => Some(Handle::Record(context.zone_view(record)?.name)),
        Item::Table(table) => {
            let mut regions = Vec::new();
            for (label, _) in context.set(&table.replicas, None) {
                regions.push(label.to_owned());
            }
            Some(Handle::Table(table_name(table), regions))
        }
        Item::Cluster(cluster) => {
            let mut members = Vec::new();
            for (label, region) in clusters::members(context, cluster) {
                members.push((label.to_owned(), clusters::member_identifier(cluster, region)));
            }
            let global = clusters::global_identifier(cluster);
            let declared = cluster.port.as_ref().map(|port| u16::try_from(port.value));
            let port = declared.transpose().ok()?.unwrap_or(clusters::engine(cluster)?.port());
            Some(Handle::Cluster { global, port, members })
        }
        Item::Bucket(bucket) => {
            let mut named = Vec::new();
            for place in bucket_places(context, bucket) {
                named.push((place.0.to_owned(), bucket_name(context, bucket, place)?));
            }
            Some(Handle::Bucket(named))
        }
        // Applications don't talk to these.
        Item::Zone(_) | Item::HealthCheck(_) | Item::CidrCollection(_) | Item::Service(_) => None,
    }
}
