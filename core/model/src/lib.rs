//! What a polyregion topology means: its spec, every rule about it, and the validated result.
//!
//! This crate runs inside the `topology!` macro and inside the engine, so a rule is written once. It has no
//! dependencies, does no I/O and knows no source spans: a node of the spec carries an opaque [`NodeId`], which
//! the macro maps to a span and the engine maps to a line of the user's file.
//!
//! Data flows one way: a [`syntax::Document`] (as written) is [`read`] as a [`Spec`], which goes through [`validate`], which gives diagnostics and, when none
//! of them is an error, a [`Topology`] (desired state, in dependency order).

mod address;
pub mod alias;
mod arn;
#[cfg(feature = "runtime")]
pub mod builder;
mod check;
pub mod codec;
mod diagnostic;
pub mod given;
mod graph;
mod location;
pub mod name;
mod node;
pub mod objective;
mod read;
#[cfg(feature = "serde")]
mod recorded;
pub mod reference;
pub mod region;
#[cfg(feature = "runtime")]
mod render;
mod resolve;
mod resource;
mod rule;
mod seen;
pub mod spec;
mod suggest;
pub mod syntax;
mod template;
mod topology;

pub use address::{Address, Kind, ParseAddressError};
#[cfg(feature = "runtime")]
pub use diagnostic::Invalid;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use node::{Node, NodeId};
pub use region::{Partition, Region};
pub use resource::{
    AliasTarget, Bucket, Cluster, ClusterRole, Engine, GeoPlace, GlobalCluster, HealthCheck, HealthProtocol,
    Instance, KeyAttribute, KeyType, LoadBalancerRef, RecordData, RecordSet, Replica, Replication,
    ReplicationRole, Resource, ResourceKind, Routing, Table, Zone,
};
pub use rule::{Code, Rule};
pub use spec::{
    BucketSpec, ClusterSpec, EngineSpec, GroupPolicy, GroupSpec, HealthCheckRef, HealthCheckSpec,
    InstancesSpec, Item, KeySpec, LocationSpec, MemberSpec, ProbeSpec, Protocol, RecordSpec, RecordTarget,
    RecordType, RegionDecl, RegionSet, RoutingSpec, SelectorSpec, Source, Spec, TableSpec, TargetKeys,
    TargetKind, ZoneSpec,
};
pub use suggest::did_you_mean;
#[cfg(feature = "runtime")]
pub use topology::judge;
pub use topology::{Topology, TopologyRegion, read, validate};
