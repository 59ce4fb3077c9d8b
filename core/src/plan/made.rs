//! What a resource was made as, where AWS can't change it: by the record of it, or as observed. Not here: attributes that are compared
//! (`deploy`).

use polyregion_model::{Address, Cluster, ClusterRole, Resource, ResourceKind};

use super::deploy::Planner;
use super::ratchet::is_document;
use crate::attribute::{Attributes, Field, Value};
use crate::desired::DEFAULT_KEY;

impl Planner<'_> {
    /// The declaration that a resource was made by.
    fn made(&self, resource: &Resource) -> Option<&Resource> {
        let recorded = self.input.state.resources.get(&resource.address).map(|recorded| &recorded.resource);
        // What a run set out to make under another name may exist.
        recorded.or(self.input.state.intents.get(&resource.address))
    }

    /// Whether a setting that is left out now, and has a default, was declared before.
    pub(super) fn was_declared(&self, resource: &Resource, field: Field) -> bool {
        if !field.has_default() {
            return true;
        }
        let settings =
            |made: &Resource| made.kind.as_cluster().map(|cluster| cluster.settings.contains_key(&field));
        // Others than clusters have no such settings: what they leave out is nothing.
        resource.kind.as_cluster().is_none() || self.made(resource).and_then(settings).unwrap_or_default()
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
