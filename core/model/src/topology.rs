//! The topology: a validated spec with every resource it stands for, in dependency order. Not here: observed state.

#[cfg(feature = "runtime")]
mod runtime;
#[cfg(feature = "runtime")]
pub use self::runtime::judge;

use std::sync::Arc;

use crate::address::Address;
use crate::diagnostic::Diagnostics;
use crate::region::{Partition, Region};
use crate::resource::Resource;
use crate::spec::{Pending, Spec};
use crate::syntax::Document;
use crate::{check, resolve};

/// A region of a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyRegion {
    /// The topology's label.
    pub label: String,
    /// The region.
    pub region: Region,
}

/// A validated topology: desired state.
#[derive(Clone, Debug)]
pub struct Topology {
    pub(crate) partition: Partition,
    pub(crate) regions: Vec<TopologyRegion>,
    pub(crate) pending: Vec<(String, Pending)>,
    /// What it was resolved from.
    pub(crate) spec: Arc<Spec>,
    pub(crate) resources: Vec<Resource>,
    /// The places of the resources in `resources`, in the order of their addresses.
    pub(crate) by_address: Vec<usize>,
    /// What a running program found that is no error, as text. rustc has shown what the macro found.
    #[cfg(feature = "runtime")]
    pub(crate) warnings: Vec<String>,
}

impl Topology {
    /// The topology's name.
    pub fn name(&self) -> &str {
        self.spec.name.as_str()
    }

    /// The documentation written above it.
    pub fn docs(&self) -> &str {
        &self.spec.docs
    }

    /// The account that it belongs to.
    pub fn account(&self) -> &str {
        self.spec.account.as_str()
    }

    /// The partition of all its regions.
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// Its regions, in the order declared.
    pub fn regions(&self) -> &[TopologyRegion] {
        &self.regions
    }

    /// What is declared and can't be deployed by the engine of this version, with the address of its item. A plan refuses it.
    pub fn pending(&self) -> &[(String, Pending)] {
        &self.pending
    }

    /// `file:line` of something that is pending, if it was written in a file.
    pub fn pending_position(&self, pending: &Pending) -> Option<String> {
        self.spec.source.position(pending.id)
    }

    /// Its resources, each after all that it needs; the order is the same on every machine.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The resource with this address.
    pub fn resource(&self, address: &Address) -> Option<&Resource> {
        let rank = resolve::rank(&self.resources, &self.by_address, address)?;
        self.resources.get(*self.by_address.get(rank)?)
    }

    /// Whether a resource is a record of a zone that somebody else made.
    pub fn is_in_existing_zone(&self, resource: &Resource) -> bool {
        let zone = resource.kind.as_record_set().and_then(|set| self.resource(&set.zone));
        zone.is_some_and(|zone| zone.kind.is_existing_zone())
    }

    /// The labels of all records with their whole names.
    pub fn record_names(&self) -> Vec<(String, String)> {
        let mut names = Vec::new();
        for check::RecordView { spec, zone } in check::Context::new(&self.spec).records {
            names.extend(zone.map(|zone| (spec.label.value.clone(), zone.name)));
        }
        names
    }

    /// `file:line` of the item that asks for a resource, if it was written in a file.
    pub fn position(&self, resource: &Resource) -> Option<String> {
        self.spec.source.position(resource.node)
    }
}

/// Reads a declaration as a spec. What can't be read is reported and left out.
pub fn read(document: &Document) -> (Spec, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let spec = crate::read::spec(document, &mut diagnostics);
    (spec, diagnostics)
}

/// Checks a spec by every rule and, if none finds an error, gives the topology it stands for. Findings include warnings.
pub fn validate(spec: Spec) -> (Option<Topology>, Diagnostics) {
    let spec = Arc::new(spec);
    let mut diagnostics = Diagnostics::default();
    check::run(&spec, &mut diagnostics);
    let topology = if diagnostics.has_errors() { None } else { resolve::resolve(&spec) };
    // What is valid can be resolved; if not, a rule is missing, and nothing may be run.
    if topology.is_none() && !diagnostics.has_errors() {
        diagnostics.unresolved(spec.name.id);
    }
    (topology, diagnostics)
}
