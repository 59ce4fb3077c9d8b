//! What a running program asks of a topology: what it holds, and what it is with more or less in it. Not here: what the macro asks.

use std::collections::BTreeSet;

use super::{Topology, read, validate};
use crate::address::Address;
use crate::diagnostic::Invalid;
use crate::objective::Objectives;
use crate::resolve;
use crate::resource::{AliasTarget, LoadBalancerRef, RecordData, Resource, ResourceKind};
use crate::syntax::Document;

/// Reads and checks a declaration all of whose values are there: the topology, if nothing is wrong, and everything that was found.
pub fn judge(document: Document) -> (Option<Topology>, Invalid) {
    let (spec, mut diagnostics) = read(&document);
    let (topology, found) = validate(spec);
    diagnostics.extend(found);
    diagnostics.silence(&document);
    let topology = topology.filter(|_| !diagnostics.has_errors());
    (topology, Invalid { diagnostics: Box::new(diagnostics), source: document.source })
}

/// What the engine asks of a topology.
impl Topology {
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
