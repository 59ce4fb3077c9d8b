//! The topology: a validated spec with every resource it stands for, in dependency order. Not here: observed state.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::address::Address;
use crate::diagnostic::{Diagnostics, Invalid};
use crate::objective::Objectives;
use crate::read::read_spec;
use crate::read::rules::UNSUPPORTED;
use crate::region::{Partition, Region};
use crate::resource::{AliasTarget, LoadBalancerRef, RecordData, Resource, ResourceKind};
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

    /// `file:line` of the item that asks for a resource, if it was written in a file.
    pub fn position(&self, resource: &Resource) -> Option<String> {
        self.spec.source.position(resource.node)
    }

    /// What is probably not meant, each with its line and how to mend it: of a topology that was built at run time, and of one with
    /// values of the program. What rustc has warned of is not repeated.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// This topology with what was found about it, which rustc has not shown.
    #[must_use]
    pub fn with_warnings(self, found: &Invalid) -> Self {
        Self { warnings: found.lines(), ..self }
    }

    /// What it holds, derived term by term, whether objectives were set or not.
    pub fn objectives(&self) -> Objectives {
        Objectives::of(&self.spec)
    }

    /// This topology with more resources in it: those that are recorded and no longer declared. An address that is declared
    /// keeps its resource, and needs of what is neither are dropped.
    #[must_use]
    pub fn with_recorded(&self, recorded: impl IntoIterator<Item = Resource>) -> Self {
        let mut whole = self.clone();
        let undeclared = recorded.into_iter().filter(|resource| self.resource(&resource.address).is_none());
        whole.resources.extend(undeclared);
        let addresses: BTreeSet<Address> =
            whole.resources.iter().map(|resource| resource.address.clone()).collect();
        for resource in &mut whole.resources {
            resource.needs.retain(|need| addresses.contains(need));
        }
        // Both parts are free of circles, but an edit may have turned a need around; what is declared goes first then.
        let unordered = whole.resources.clone();
        whole.resources = resolve::ordered(whole.resources).unwrap_or(unordered);
        whole.by_address = resolve::by_address(&whole.resources);
        whole
    }

    /// This topology with just one resource in it.
    #[must_use]
    pub fn with_only(&self, resource: &Resource) -> Self {
        let alone = Resource { needs: Vec::new(), ..resource.clone() };
        Self { resources: vec![alone], by_address: vec![0], ..self.clone() }
    }

    /// The load balancers that it expects to exist, each once.
    pub fn load_balancers(&self) -> Vec<LoadBalancerRef> {
        let mut found: Vec<LoadBalancerRef> = Vec::new();
        for resource in &self.resources {
            if let ResourceKind::RecordSet(record) = &resource.kind
                && let RecordData::Alias { target: AliasTarget::LoadBalancer(reference), .. } = &record.data
                && let Err(place) = found.binary_search(reference)
            {
                found.insert(place, reference.clone());
            }
        }
        found
    }
}

/// Checks a spec by every rule and, if none finds an error, gives the topology it stands for. Findings include warnings.
pub fn validate(spec: Spec) -> (Option<Topology>, Diagnostics) {
    let spec = Arc::new(spec);
    let mut diagnostics = Diagnostics::default();
    check::run(&spec, &mut diagnostics);
    let topology = if diagnostics.has_errors() { None } else { resolve::resolve(&spec) };
    // What is valid can be resolved; if not, a rule is missing, and nothing may be run.
    if topology.is_none() && !diagnostics.has_errors() {
        let message = "this topology breaks a rule that polyregion does not know; please report it as a bug";
        let help = "leave items out until the message goes away";
        diagnostics.of(&UNSUPPORTED).with_help(spec.name.id, message, help);
    }
    (topology, diagnostics)
}

/// Reads and checks a declaration all of whose values are there: the topology, if nothing is wrong, and everything that was found.
pub fn judge(document: Document) -> (Option<Topology>, Invalid) {
    let (spec, mut diagnostics) = read_spec(&document);
    let (topology, found) = validate(spec);
    diagnostics.extend(found);
    diagnostics.silence(&document);
    let topology = topology.filter(|_| !diagnostics.has_errors());
    (topology, Invalid { diagnostics: Box::new(diagnostics), source: document.source })
}
