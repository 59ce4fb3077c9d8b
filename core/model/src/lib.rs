//! What a polyregion topology means: its spec, every rule about it, and the validated result.
//!
//! This crate runs inside the `topology!` macro and inside the engine, so a rule is written once. It has no
//! dependencies, does no I/O and knows no source spans: a node of the spec carries an opaque [`NodeId`], which
//! the macro maps to a span and the engine maps to a line of the user's file.
//!
//! Data flows one way: a [`syntax::Document`] (as written) is read as a [`Spec`] ([`read_spec`]) and goes through the rules, which give
//! diagnostics. When none of them is an error, it stands for a `Topology` (desired state, in dependency order).

#[cfg(feature = "runtime")]
mod address;
pub mod alias;
mod arn;
#[cfg(feature = "runtime")]
pub mod attribute;
#[cfg(feature = "runtime")]
pub mod builder;
mod check;
pub mod codec;
mod diagnostic;
pub mod given;
mod graph;
pub mod handles;
mod kind;
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
#[cfg(feature = "runtime")]
mod resolve;
#[cfg(feature = "runtime")]
mod resource;
mod rule;
pub mod seen;
pub mod spec;
mod suggest;
pub mod syntax;
mod template;
mod text;
#[cfg(feature = "runtime")]
mod topology;

#[cfg(feature = "runtime")]
pub use address::{Address, ParseAddressError};
#[cfg(feature = "runtime")]
pub use arn::key_arn;
pub use check::HealthProtocol;
#[cfg(feature = "runtime")]
pub use diagnostic::Invalid;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use kind::Kind;
pub use node::{Node, NodeId};
pub use read::read_spec;
pub use region::{Partition, Region};
#[cfg(feature = "runtime")]
pub use resource::{
    AliasTarget, Bucket, Cluster, ClusterRole, CopyRule, GeoPlace, GlobalCluster, HealthCheck, Index,
    Instance, KeyAttribute, LifecycleRule, LoadBalancerRef, Objects, Projection, RecordData, RecordSet,
    Replica, Replication, ReplicationRole, Resource, ResourceKind, Routing, Table, Transition, Zone,
};
pub use rule::{Code, Rule};
pub use spec::{
    BucketSpec, ClusterSpec, Engine, EngineSpec, GroupPolicy, GroupSpec, HealthCheckRef, HealthCheckSpec,
    InstancesSpec, Item, KeySpec, KeyType, LocationSpec, MemberSpec, ProbeSpec, Protocol, RecordSpec,
    RecordTarget, RecordType, RegionDecl, RegionSet, RoutingSpec, SelectorSpec, Source, Spec, TableSpec,
    TargetKeys, TargetKind, ZoneSpec,
};
pub use suggest::did_you_mean;
#[cfg(feature = "runtime")]
pub use topology::{Topology, TopologyRegion, judge, validate};
