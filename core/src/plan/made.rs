//! What a resource was made as, where AWS can't change it: by the record of it, or as observed. Not here: attributes that are compared
//! (`deploy`).

use polyregion_model::{Address, Cluster, ClusterRole, Resource, ResourceKind};

use super::deploy::Planner;
use super::ratchet::is_document;
use crate::attribute::{Attributes, Field, Value};
use crate::desired::{self, DEFAULT_KEY};
use crate::diff::FieldChange;
use crate::observed::Observation;

impl Planner<'_> {
    /// The declaration that a resource was made by.
    fn made(&self, resource: &Resource) -> Option<&Resource> {
        // What a run set out to make under another name may exist.
        self.all_made(resource).next()
    }

    /// The declarations that a resource was made or changed by, also those of runs that did not come to their end.
    fn all_made(&self, resource: &Resource) -> impl Iterator<Item = &Resource> {
        let recorded = self.input.state.resources.get(&resource.address).map(|recorded| &recorded.resource);
        recorded.into_iter().chain(self.input.state.intents.get(&resource.address))
    }

    /// Whether a difference is ours to end: a default is gone back to, and an entry of a map goes, when the topology had something else
    /// before. Entries of others are taken out of the difference.
    pub(super) fn is_ours(&self, resource: &Resource, change: &mut FieldChange) -> bool {
        let FieldChange { field, old, new } = change;
        if let (Field::IndexCapacity, Some(Value::Map(entries)), Some(table)) =
            (*field, old.as_mut(), resource.kind.as_table())
        {
            // That of an index goes with the index.
            let index = |name: &String| name.rsplit_once('.').map(|(index, _)| index.to_owned());
            entries.retain(|name, _| index(name).is_some_and(|index| table.indexes.contains_key(&index)));
        }
        if let Some(Value::Map(entries)) = old
            && field.is_named()
        {
            let made: Vec<Attributes> =
                self.all_made(resource).map(|made| desired::attributes(self.input.topology, made)).collect();
            let was_named = |name: &String| {
                made.iter().filter_map(|made| made.get(field)?.as_map()).any(|made| made.contains_key(name))
            };
            let wanted = new.as_ref().and_then(Value::as_map);
            entries
                .retain(|name, _| was_named(name) || wanted.is_some_and(|wanted| wanted.contains_key(name)));
            if entries.is_empty() {
                *old = None;
            }
            return old.is_some() || new.is_some();
        }
        if new.is_some() || !field.has_default() {
            return true;
        }
        // Others than those with settings have none: what they leave out is nothing.
        let has = |resource: &Resource| {
            resource.kind.settings().is_some_and(|settings| settings.contains_key(field))
        };
        resource.kind.settings().is_none()
            || self.all_made(resource).any(has)
            || self.follows_home(resource, *field)
    }

    /// Whether a replica has something of its home that it is declared without: it followed a change there.
    fn follows_home(&self, resource: &Resource, field: Field) -> bool {
        let Some(replica) = resource.kind.as_replica() else { return false };
        let mut tables = self.input.topology.resources().iter().filter_map(|other| other.kind.as_table());
        tables.any(|home| home.name == replica.name && home.settings.contains_key(&field))
    }

    /// The name that a resource was made with, if it is declared with another now.
    pub(super) fn renamed(&self, resource: &Resource) -> Option<String> {
        let is = physical_name(&resource.kind)?;
        let was = physical_name(&self.made(resource)?.kind)?;
        (was != is).then(|| format!("`{was}`"))
    }

    /// The bucket of a mirror's document that is declared with another name than it was made with. The document would go with
    /// the new name, and the bucket that is there would stop to replicate.
    pub(super) fn renamed_bucket(&self, resource: &Resource) -> Option<&Address> {
        if !is_document(resource) {
            return None;
        }
        let mut declared = self.input.topology.resources().iter();
        let is_renamed = |other: &&Resource| {
            other.address.item() == resource.address.item()
                && other.kind.as_bucket().is_some()
                && self.renamed(other).is_some()
        };
        declared.find(is_renamed).map(|bucket| &bucket.address)
    }

    /// The bucket of a mirror whose locks are declared no more and can't be turned off: the role goes on to read them.
    pub(super) fn locked_bucket(&self, resource: &Resource) -> Option<&Address> {
        if !is_document(resource) {
            return None;
        }
        let is_locked = |other: &&Resource| {
            let has_locks = |settings: &Attributes| settings.contains_key(&Field::ObjectLock);
            let observed = match self.input.world.get(&other.address) {
                Observation::Present(observed) => has_locks(&observed.attributes),
                Observation::Absent | Observation::Unknown(_) => false,
            };
            let bucket = other.kind.as_bucket();
            other.address.item() == resource.address.item()
                && bucket.is_some_and(|bucket| observed && !has_locks(&bucket.settings))
        };
        self.input.topology.resources().iter().find(is_locked).map(|bucket| &bucket.address)
    }

    /// What an existing cluster was made with and can't get rid of, if it is declared otherwise now: AWS has no call that changes it
    /// (RDS API, `ModifyDBCluster`). Which key was asked for only the record says: AWS answers with the key's ARN.
    pub(super) fn made_with(&self, resource: &Resource, observed: &Attributes) -> Option<String> {
        let is = resource.kind.as_cluster()?;
        let key = |cluster: &Cluster| cluster.kms_key.clone().unwrap_or_else(|| DEFAULT_KEY.to_owned());
        if let Some(was) = self.made(resource).and_then(|made| made.kind.as_cluster())
            && key(was) != key(is)
        {
            let key = key(was);
            return Some(format!("its kms_key is `{key}`, and AWS can't change the key of what exists"));
        }
        match (&is.role, observed.get(&Field::MasterUsername)) {
            (ClusterRole::Primary { master_username, database: _ }, Some(was))
                if *was != Value::text(master_username) =>
            {
                Some(format!("its master_username is `{was}`, and AWS can't change the name of what exists"))
            }
            (ClusterRole::Primary { .. } | ClusterRole::Secondary, _) => None,
        }
    }
}

/// What a resource is made as, where it has a name of ours that can't change. Regions are part of it.
pub(crate) fn physical_name(kind: &ResourceKind) -> Option<String> {
    let (name, region) = match kind {
        ResourceKind::Zone(zone) => (&zone.name, None),
        ResourceKind::Table(table) => (&table.name, Some(table.region)),
        ResourceKind::Replica(replica) => (&replica.name, Some(replica.region)),
        ResourceKind::GlobalCluster(global) => (&global.identifier, None),
        ResourceKind::Cluster(cluster) => (&cluster.identifier, Some(cluster.region)),
        ResourceKind::Instance(instance) => (&instance.identifier, Some(instance.region)),
        ResourceKind::Bucket(bucket) => (&bucket.name, Some(bucket.region)),
        ResourceKind::ReplicationRole(role) => (&role.name, None),
        ResourceKind::HealthCheck(_) | ResourceKind::RecordSet(_) | ResourceKind::Replication(_) => {
            return None;
        }
    };
    Some(region.map_or_else(|| name.clone(), |region| format!("{name} in {region}")))
}
