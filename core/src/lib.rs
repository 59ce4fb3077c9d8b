#![doc = include_str!("../../README.md")]

#[cfg(feature = "engine")]
pub mod apply;
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

#[cfg(feature = "engine")]
pub use polyregion_model::attribute;
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
/// does not depend on these values is checked by rustc, the rest when the topology is asked for: with inputs `topology(Inputs { .. })`
/// gives [`Invalid`], with expressions alone `topology()` panics. What has no name before that has the handle [`handle::Unnamed`].
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
pub mod __private {
    #[cfg(feature = "topology")]
    pub use self::topology::*;

    /// An account, which rustc refuses if it is none.
    #[must_use]
    pub const fn account(account: &'static str) -> &'static str {
        let digits = account.as_bytes();
        assert!(digits.len() == 12, "an AWS account has twelve digits");
        let mut place = 0;
        while place < digits.len() {
            assert!(digits[place].is_ascii_digit(), "an AWS account has twelve digits");
            place += 1;
        }
        account
    }

    #[cfg(feature = "topology")]
    mod topology {
        pub use polyregion_model::given::Given;
        use polyregion_model::{Invalid, Topology, codec, given, judge};

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
            values: &[Given],
            inputs: &[(&str, Given)],
        ) -> Result<Topology, Invalid> {
            let mut document = match codec::decode(bytes) {
                Ok(document) => document,
                Err(error) => panic!("{error}"),
            };
            file.clone_into(&mut document.source.file);
            let is_known = values.is_empty() && inputs.is_empty();
            match judge(given::fill(document, values, inputs)) {
                // What it warns of, rustc has shown.
                (Some(topology), _) if is_known => Ok(topology),
                (Some(topology), found) => Ok(topology.with_warnings(&found)),
                (None, found) => Err(found),
            }
        }

        /// The topology, or the end of the program.
        ///
        /// # Panics
        /// When it breaks a rule with the values that its Rust expressions have. Without any, rustc has checked every rule.
        #[track_caller]
        pub fn valid(decoded: &'static Result<Topology, Invalid>) -> &'static Topology {
            match decoded {
                Ok(topology) => topology,
                Err(found) => panic!("the topology is not valid:\n{found}"),
            }
        }
    }
}

/// The function `topology` of a topology's module: from its bytes, or, without any, for a topology with compile errors.
#[doc(hidden)]
#[cfg(feature = "topology")]
#[macro_export]
macro_rules! __topology {
    ($(values $values:ident)?) => {
        /// The topology, validated when it was compiled.
        pub fn topology() -> &'static $crate::Topology {
            ::core::unreachable!("the topology has compile errors")
        }
    };
    ($bytes:literal $(values $values:ident)?) => {
        /// The topology, validated when it was compiled. What depends on Rust expressions is validated at the first call, and each call
        /// panics if they break a rule.
        #[track_caller]
        pub fn topology() -> &'static $crate::Topology {
            static TOPOLOGY: ::std::sync::LazyLock<::core::result::Result<$crate::Topology, $crate::Invalid>> =
                ::std::sync::LazyLock::new(|| {
                    $crate::__private::decode($bytes, ::core::file!(), $crate::__topology!(@ $($values)?), &[])
                });
            $crate::__private::valid(&TOPOLOGY)
        }
    };
    (
        $($bytes:literal)? $(values $values:ident)?
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
            $crate::__topology!(@ inputs, $($bytes)? $(values $values)?)
        }
    };
    (@) => {
        &[]
    };
    (@ $values:ident) => {
        &super::$values()
    };
    (@ $inputs:ident, $bytes:literal $(values $values:ident)?) => {
        $crate::__private::decode($bytes, ::core::file!(), $crate::__topology!(@ $($values)?), &$inputs)
    };
    (@ $inputs:ident, $(values $values:ident)?) => {{
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
macro_rules! __values {
    ($name:ident $($function:ident { $($expression:tt)* })*) => {
        #[doc(hidden)]
        #[allow(dead_code, reason = "a topology with compile errors does not ask for them")]
        fn $name() -> ::std::vec::Vec<$crate::__private::Given> {
            ::std::vec![$($crate::input::$function($crate::__expression!($($expression)*))),*]
        }
    };
}

/// Without the feature `topology` nobody asks for them, and they are still what they have to be.
#[doc(hidden)]
#[cfg(not(feature = "topology"))]
#[macro_export]
macro_rules! __values {
    ($name:ident $($function:ident { $($expression:tt)* })*) => {
        const _: () = { $($crate::__values!(@ $function $($expression)*);)* };
    };
    (@ text $($expression:tt)*) => {
        let _: &str = $crate::__expression!($($expression)*);
    };
    (@ duration $($expression:tt)*) => {
        let _: ::core::time::Duration = $crate::__expression!($($expression)*);
    };
    (@ flag $($expression:tt)*) => {
        let _: bool = $crate::__expression!($($expression)*);
    };
    (@ $function:ident $($expression:tt)*) => {
        let _ = $crate::__expression!($($expression)*);
    };
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
        const $name: &str = $crate::__private::account($crate::__expression!($($expression)*));
    };
}
