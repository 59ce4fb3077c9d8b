//! Objectives as written: what the topology has to hold when it is built. Not here: what it does hold ([`crate::objective`]).

use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::{ByName, Label, Many, Misfit, Read, Span, Whole, keys, with_keys, without_keys};
use crate::syntax::{Form, Value};

keys! {
    /// What the topology has to hold. What it does not is an error of the build, with what breaks it and the least change that
    /// mends it.
    pub struct ObjectivesSpec ("objectives") {
        /// How long users may be without an answer when a region is lost: of everything that is routed and of every service, or of
        /// some by label.
        rto: Option<Vec<LimitSpec>> = optional(Limits, "2min"),
        /// How much of what was written last may be lost with a region: of every table, cluster and bucket, or of some by label.
        rpo: Option<Vec<LimitSpec>> = optional(Limits, "{ default: 5s, assets: 15min }"),
        /// How far users may be from a region that serves, as a round trip: a share of the world's in percent (default: half of
        /// them), or those of named places.
        latency: Option<ReachSpec> = optional(Reach, "100ms { share: 60 }"),
        /// How long a write may take for the way between regions alone.
        write_latency: Option<Node<u64>> = optional(Span, "50ms"),
        /// Which regions may be lost, one at a time, with everything still served.
        survive: Option<SurviveSpec> = optional(Survive, "any_one_region"),
    }
}

/// A limit of time, in milliseconds.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct LimitSpec {
    /// The label of what it is for; none for all that have none of their own.
    pub of: Option<Node<String>>,
    /// The limit.
    pub limit: Node<u64>,
}

/// `2min`, or `{ default: 2min, checkout: 5min }`.
pub(crate) struct Limits;

impl Read for Limits {
    type Out = Vec<LimitSpec>;
    const WORDS: &'static str =
        "a duration, as in 2min, or durations by label, as in `{ default: 2min, checkout: 5min }`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::Block(_) = &value.form {
            let mut limits = Vec::new();
            for (of, limit) in ByName::<Span>::read(value, diagnostics)? {
                limits.push(LimitSpec { of: Some(of).filter(|of| of.value != "default"), limit });
            }
            return Ok(limits);
        }
        Ok(vec![LimitSpec { of: None, limit: Span::read(value, diagnostics)? }])
    }
}

/// How far users may be.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct ReachSpec {
    /// The round trip in milliseconds.
    pub limit: Node<u64>,
    /// Who they are.
    pub users: UsersKeys,
}

keys! {
    /// The users that a latency is for.
    pub struct UsersKeys ("`latency`") {
        /// A share of the world's, in percent.
        share: Option<Node<u64>> = optional(Whole, "80"),
        /// Cities.
        places: Option<Vec<Node<String>>> = optional(Many<Label>, "[london, tokyo]"),
    }
}

/// `100ms { share: 80 }`.
pub(crate) struct Reach;

impl Read for Reach {
    type Out = ReachSpec;
    const WORDS: &'static str =
        "a duration and for whom, as in `100ms { share: 80 }` or `100ms { places: [london] }`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let limit = Span::read(without_keys(value), diagnostics)?;
        let users = with_keys(value, diagnostics).ok_or(Misfit::Reported)?;
        Ok(ReachSpec { limit, users })
    }
}

/// Which regions may be lost.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum SurviveSpec {
    /// Any one of them.
    AnyOne(NodeId),
    /// Any one of these.
    Listed(NodeId, Vec<Node<String>>),
}

impl SurviveSpec {
    /// Where it was written.
    pub fn id(&self) -> NodeId {
        match self {
            SurviveSpec::AnyOne(id) | SurviveSpec::Listed(id, _) => *id,
        }
    }
}

/// `any_one_region`, or `[us, eu]`.
pub(crate) struct Survive;

impl Read for Survive {
    type Out = SurviveSpec;
    const WORDS: &'static str = "`any_one_region`, or regions as in `[us, eu]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::List(_) = &value.form {
            return Ok(SurviveSpec::Listed(value.id, Many::<Label>::read(value, diagnostics)?));
        }
        let word = value.word().filter(|word| word.value == "any_one_region").ok_or(Misfit::Form)?;
        Ok(SurviveSpec::AnyOne(word.id))
    }
}
