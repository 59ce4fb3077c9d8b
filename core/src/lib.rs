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
#[cfg(feature = "topology")]
pub mod input;
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
    Address, Code, Diagnostic, Invalid, Partition, Region, Resource, ResourceKind, Rule, Severity, Topology,
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
/// input LABEL: TYPE;                         what the program gives: DnsName, Ipv4Addr, Ipv6Addr, String, u32, ..
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
/// One text, number, duration or flag may be a Rust expression, `const { .. }` or a path with `::`, or an input, `input(LABEL)`. What
/// breaks a rule whatever these values are does not compile. The rest is found when the topology is asked for: with inputs
/// `topology(Inputs { .. })` gives [`Invalid`], with constants alone `topology()` panics. What has no name before that has no handle.
///
/// What a key's reference says is not deployed by this version is read and checked; a plan refuses it by name.
///
/// The function `topology()` needs the feature `topology`, which the engine has; handles need none.
///
/// # Defaults
/// Tables are on demand with a stream of new and old images; tables, clusters and their members have deletion protection;
/// clusters are encrypted, with IAM authentication, and keep backups for 7 days; aliases follow their target's health
/// (CloudFront's can't be followed); buckets are versioned and replicate to each other, delete markers included.
pub use polyregion_entry::topology;

/// What the expansion of `topology!` calls. Not for anybody else: it changes without notice.
#[doc(hidden)]
#[cfg(feature = "topology")]
pub mod __private {
    pub use polyregion_model::given::Given;
    use polyregion_model::{Invalid, Topology, codec, given, read, validate};

    pub use crate::input::Input;

    /// The topology of these bytes with the program's values in it.
    ///
    /// # Errors
    /// What breaks a rule with these values.
    ///
    /// # Panics
    /// When macro and library are of different versions, which `cargo` does not allow.
    pub fn decode(
        bytes: &[u8],
        file: &str,
        constants: &[Given],
        inputs: &[(&str, Given)],
    ) -> Result<Topology, Invalid> {
        let mut document = match codec::decode(bytes) {
            Ok(document) => document,
            Err(error) => panic!("{error}"),
        };
        file.clone_into(&mut document.source.file);
        let document = given::fill(document, constants, inputs);
        let (spec, mut diagnostics) = read(&document);
        let (topology, found) = validate(spec);
        diagnostics.extend(found);
        diagnostics.silence(&document);
        let topology = topology.filter(|_| !diagnostics.has_errors());
        topology.ok_or(Invalid { diagnostics, source: document.source })
    }

    /// The topology of these bytes, which has no inputs.
    ///
    /// # Panics
    /// When it breaks a rule with the values that its constants have. Without any it was validated when it was compiled.
    pub fn constant(bytes: &[u8], file: &str, constants: &[Given]) -> Topology {
        match decode(bytes, file, constants, &[]) {
            Ok(topology) => topology,
            Err(found) if constants.is_empty() => {
                panic!("bug in polyregion: a topology that compiled is not valid: {found}")
            }
            Err(found) => panic!("the topology is not valid with the values of its constants:\n{found}"),
        }
    }
}

/// The function `topology` of a topology's module: from its bytes, or, without any, for a topology with compile errors.
#[doc(hidden)]
#[cfg(feature = "topology")]
#[macro_export]
macro_rules! __topology {
    ($(constants $constants:ident)?) => {
        /// The topology, validated when it was compiled.
        pub fn topology() -> &'static $crate::Topology {
            ::core::unreachable!("the topology has compile errors")
        }
    };
    ($bytes:literal $(constants $constants:ident)?) => {
        /// The topology, validated when it was compiled. What depends on constants of the program is validated at the first call, which
        /// panics if they break a rule.
        pub fn topology() -> &'static $crate::Topology {
            static TOPOLOGY: ::std::sync::LazyLock<$crate::Topology> = ::std::sync::LazyLock::new(|| {
                $crate::__private::constant($bytes, ::core::file!(), $crate::__topology!(@ $($constants)?))
            });
            &TOPOLOGY
        }
    };
    (
        $($bytes:literal)? $(constants $constants:ident)?
        inputs { $(#[doc = $docs:literal] $input:ident: $type:ident,)* }
    ) => {
        /// What the program that applies the topology gives it.
        #[derive(Clone, Debug)]
        pub struct Inputs {
            $(#[doc = $docs] pub $input: $crate::input::$type,)*
        }

        /// The topology with these inputs, validated as far as it could be when it was compiled, and now with them.
        ///
        /// # Errors
        /// What breaks a rule with these values.
        pub fn topology(inputs: Inputs) -> ::core::result::Result<$crate::Topology, $crate::Invalid> {
            let inputs: [(&str, $crate::__private::Given); _] =
                [$((::core::stringify!($input), $crate::__private::Input::given(inputs.$input))),*];
            $crate::__topology!(@ inputs, $($bytes)? $(constants $constants)?)
        }
    };
    (@) => {
        &[]
    };
    (@ $constants:ident) => {
        &super::$constants()
    };
    (@ $inputs:ident, $bytes:literal $(constants $constants:ident)?) => {
        $crate::__private::decode(
            $bytes,
            ::core::file!(),
            $crate::__topology!(@ $($constants)?),
            &$inputs,
        )
    };
    (@ $inputs:ident, $(constants $constants:ident)?) => {{
        let _ = $inputs;
        ::core::unreachable!("the topology has compile errors")
    }};
}

/// Without the feature `topology` a topology's module has handles and no function `topology`.
#[doc(hidden)]
#[cfg(not(feature = "topology"))]
#[macro_export]
macro_rules! __topology {
    ($($tokens:tt)*) => {};
}

/// The values of a topology's Rust expressions, beside its module.
#[doc(hidden)]
#[cfg(feature = "topology")]
#[macro_export]
macro_rules! __constants {
    ($name:ident $($function:ident { $($expression:tt)* })*) => {
        #[doc(hidden)]
        fn $name() -> ::std::vec::Vec<$crate::__private::Given> {
            ::std::vec![$($crate::input::$function($crate::__expression!($($expression)*))),*]
        }
    };
}

/// Without the feature `topology` nobody asks for them.
#[doc(hidden)]
#[cfg(not(feature = "topology"))]
#[macro_export]
macro_rules! __constants {
    ($($tokens:tt)*) => {};
}

/// An expression on its own, so that a mistake in it stays in it.
#[doc(hidden)]
#[macro_export]
macro_rules! __expression {
    ($expression:expr) => {
        $expression
    };
}

/// The account of a topology, beside its module, if it is a Rust expression: ARNs need it.
#[doc(hidden)]
#[macro_export]
macro_rules! __account {
    ($name:ident $($expression:tt)*) => {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "it is named for its topology")]
        const $name: &str = $crate::__expression!($($expression)*);
    };
}
