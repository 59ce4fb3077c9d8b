#![doc = include_str!("../../README.md")]

#[cfg(feature = "engine")]
pub mod apply;
#[cfg(feature = "engine")]
pub mod attribute;
#[cfg(feature = "engine")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "engine")]
mod desired;
#[cfg(feature = "engine")]
pub mod diff;
#[cfg(feature = "engine")]
pub mod engine;
pub mod handle;
#[cfg(feature = "engine")]
pub mod journal;
#[cfg(feature = "local")]
pub mod local;
#[cfg(feature = "engine")]
pub mod observed;
#[cfg(feature = "engine")]
pub mod permissions;
#[cfg(feature = "engine")]
pub mod plan;
#[cfg(feature = "engine")]
mod policy;
#[cfg(feature = "engine")]
mod random;
#[cfg(feature = "engine")]
pub mod record;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "engine")]
pub mod state;

#[cfg(feature = "topology")]
pub use polyregion_model::{
    Address, Code, Diagnostic, Partition, Region, Resource, ResourceKind, Rule, Severity, Topology,
    TopologyRegion,
};
#[cfg(feature = "topology")]
pub use polyregion_model::{builder, reference};

/// Declares a topology: the regions of an active-active system with its DNS records, global tables, global database
/// clusters and mirrored buckets, checked as a whole by rustc.
///
/// It expands to a module with `topology()`, the enumeration `Region`, and a constant for each record, table, cluster and
/// bucket in the modules `records`, `tables`, `clusters` and `buckets` ([`handle`]). The README has an example.
///
/// # Grammar
/// ```text
/// pub mod NAME;                              the module to make
/// account: "123456789012",                   the only account that the engine works in
/// regions { LABEL: REGION_CODE, .. }         two or more, codes with underscores
/// tags { KEY: "VALUE", .. }                  of everything that can have tags
/// objectives { KEY: VALUE, .. }              what it has to hold
/// retire: [LABEL, ..],                       regions that are declared no longer and whose data may go
///
/// zone LABEL: "DOMAIN" { .. }
/// health_check LABEL [in REGIONS] { .. }
/// cidr_collection LABEL { .. }
/// record LABEL: TYPE in ZONE { .. }
/// table LABEL { .. }
/// cluster LABEL: aurora_postgresql("VERSION") | aurora_mysql("VERSION") { .. }
/// bucket LABEL { .. }
/// service LABEL in REGIONS { .. }
/// ```
/// What each takes is in [`reference::Reference`], which `explain table` and the book in `docs/` print. Above an item, or above the
/// module, `#[allow(polyregion::p0000)]` silences a warning; above an item `#[cfg(..)]` lets rustc decide whether it is there.
///
/// Names of load balancers, aliases, values, endpoints, groups, keys and buckets may hold `{region}` (AWS's code), `{label}` (the
/// topology's label of the region) and `{account}`; names of zones, records and tables are the same everywhere.
///
/// What a key's reference says is not deployed by this version is read and checked; a plan refuses it by name.
///
/// The function `topology()` needs the feature `topology`, which the engine has; handles need none.
///
/// # Defaults
/// Tables are on demand with a stream of new and old images; tables, clusters and their members have deletion protection;
/// clusters are encrypted, with IAM authentication, and keep backups for 7 days; aliases follow their target's health
/// (CloudFront's can't be followed); buckets are versioned and replicate to each other, delete markers included.
pub use polyregion_macros::topology;

/// What the expansion of `topology!` calls. Not for anybody else: it changes without notice.
#[doc(hidden)]
#[cfg(feature = "topology")]
pub mod __private {
    use polyregion_model::{Topology, codec, read, validate};

    /// The topology of these bytes, which were validated when they were made.
    ///
    /// # Panics
    /// When macro and library are of different versions, which `cargo` does not allow.
    pub fn decode(bytes: &[u8], file: &str) -> Topology {
        let mut document = match codec::decode(bytes) {
            Ok(document) => document,
            Err(error) => panic!("{error}"),
        };
        file.clone_into(&mut document.source.file);
        match validate(read(&document).0) {
            (Some(topology), _) => topology,
            (None, found) => {
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                panic!("bug in polyregion: a topology that compiled is not valid: {}", found.join("; "))
            }
        }
    }
}

/// The function `topology` of a topology's module: from its bytes, or, without any, for a topology with compile errors.
#[doc(hidden)]
#[cfg(feature = "topology")]
#[macro_export]
macro_rules! __topology {
    ($($bytes:literal)?) => {
        /// The topology, validated when it was compiled.
        pub fn topology() -> &'static $crate::Topology {
            $crate::__topology!(@ $($bytes)?)
        }
    };
    (@ $bytes:literal) => {{
        static TOPOLOGY: ::std::sync::LazyLock<$crate::Topology> =
            ::std::sync::LazyLock::new(|| $crate::__private::decode($bytes, ::core::file!()));
        &TOPOLOGY
    }};
    (@) => {
        ::core::unreachable!("the topology has compile errors")
    };
}

/// Without the feature `topology` a topology's module has handles and no function `topology`.
#[doc(hidden)]
#[cfg(not(feature = "topology"))]
#[macro_export]
macro_rules! __topology {
    ($($bytes:literal)?) => {};
}
