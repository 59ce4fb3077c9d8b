//! Health checks as written. Not here: rules about them.

use super::RegionSet;
use super::records::{HealthCheckRef, HealthCheckUse};
use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::{
    Block, Braces, Choice, Flag, Key, Many, Place, Read, RegionCode, Regions, Seconds, Tag, Tags, Text,
    Whole, item, keys, read, words,
};
use crate::syntax::Value;

item! {
    /// `health_check api in each region { .. }`.
    pub struct HealthCheckSpec {
        /// One check for each of these regions, or a single one.
        regions: Option<RegionSet> = maybe_within(Regions, "each region"),
        /// What it asks.
        probe: ProbeSpec = one_of(Probes, "\"host/path\""),
        /// Seconds between two requests of one checker.
        interval: Option<Node<u64>> = optional(Seconds, "10s"),
        /// Consecutive failures (or successes) that change the verdict.
        failure_threshold: Option<Node<u64>> = optional(Whole, "3"),
        /// What the first 5,120 bytes of the answer must hold, case and all.
        search: Option<Node<String>> = optional(Text, "\"ok\""),
        /// Whether healthy is unhealthy and the reverse. Default: no.
        inverted: Option<Node<bool>> = optional(Flag, "true"),
        /// The regions whose checkers ask, by code. Absent: all that Route 53 has.
        checkers: Option<Vec<Node<String>>> = optional(Many<RegionCode>, "[us_east_1, eu_west_1, ap_northeast_1]"),
        /// Whether Route 53 measures how long answers take, which costs extra and can't be changed later. Default: no.
        measure_latency: Option<Node<bool>> = optional(Flag, "true"),
        /// Tags of the check.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"edge\" }"),
    }
}

/// What a health check speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Protocol {
    /// HTTP GET.
    Http,
    /// HTTPS GET; certificates are not validated by Route 53.
    Https,
    /// A TCP connection.
    Tcp,
}

/// AWS's own default (Route 53 API, `RequestInterval`).
const DEFAULT_INTERVAL: u64 = 30;
/// AWS's own default (Route 53 API, `FailureThreshold`).
const DEFAULT_THRESHOLD: u64 = 3;

impl HealthCheckSpec {
    /// Seconds between two requests of one checker.
    pub(crate) fn interval_or_default(&self) -> u64 {
        self.interval.as_ref().map_or(DEFAULT_INTERVAL, |interval| interval.value)
    }

    /// Consecutive failures that change the verdict.
    pub(crate) fn threshold_or_default(&self) -> u64 {
        self.failure_threshold.as_ref().map_or(DEFAULT_THRESHOLD, |threshold| threshold.value)
    }
}

/// What a health check goes by.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum ProbeSpec {
    /// What an endpoint answers.
    Endpoint {
        /// What the check speaks.
        protocol: Protocol,
        /// `host[:port][/path]`, a template.
        endpoint: Node<String>,
    },
    /// What other checks say.
    Calculated(CalculatedKeys),
    /// What an alarm of CloudWatch says.
    Alarm(AlarmKeys),
}

impl ProbeSpec {
    /// What is asked, if anything is.
    pub fn endpoint(&self) -> Option<(Protocol, &Node<String>)> {
        match self {
            ProbeSpec::Endpoint { protocol, endpoint } => Some((*protocol, endpoint)),
            ProbeSpec::Calculated(_) | ProbeSpec::Alarm(_) => None,
        }
    }
}

keys! {
    /// A check that goes by others (Route 53 API, `CALCULATED`).
    pub struct CalculatedKeys ("`calculated`") {
        /// The others; of one that exists in several regions without `in`, all.
        of: Vec<HealthCheckRef> = required(Many<HealthCheckUse>, "[api in us, api in eu]"),
        /// How many of them must be healthy.
        at_least: Node<u64> = required(Whole, "1"),
    }
}

keys! {
    /// A check that goes by an alarm (Route 53 API, `CLOUDWATCH_METRIC`). The alarm is of the same account, on one metric
    /// of standard resolution, without metric math and without "M out of N".
    pub struct AlarmKeys ("`alarm`") {
        /// The alarm's name, a template.
        name: Node<String> = required(Text, "\"api-errors-{region}\""),
        /// The code of its region. Absent: the check's own.
        region: Option<Node<String>> = optional(RegionCode, "us_east_1"),
        /// What the check says while there are no figures. Default: what it said last.
        missing_data: Option<Node<MissingData>> = optional(MissingData, "unhealthy"),
        /// Seconds in which the alarm decides: its period times its evaluations.
        decides_in: Option<Node<u64>> = optional(Seconds, "60s"),
    }
}

impl AlarmKeys {
    /// Whether the check fails while there are no figures, as when their region is lost.
    pub(crate) fn fails_without_figures(&self) -> bool {
        self.missing_data.as_ref().is_some_and(|missing| missing.value == MissingData::Unhealthy)
    }
}

words! {
    /// What a check says while its alarm has no figures (Route 53 API, `InsufficientDataHealthStatus`).
    pub enum MissingData ("`healthy`, `unhealthy` or `last_known`") {
        /// All is well.
        Healthy = "healthy",
        /// It is not.
        Unhealthy = "unhealthy",
        /// What it said last.
        LastKnown = "last_known",
    }
}

/// The keys that say what a check goes by.
pub(crate) struct Probes;

const fn probe(name: &'static str, example: &'static str, docs: &'static str) -> Key {
    Key { name, place: Place::OneOf, required: false, deployed: true, form: Text::WORDS, example, docs }
}

impl Choice for Probes {
    type Out = ProbeSpec;
    const OTHER: &'static str = "the other probe";
    const KEYS: &'static [Key] = &[
        probe("https", "\"example.com/healthz\"", "What to ask by HTTPS: `host[:port][/path]`."),
        probe("http", "\"example.com/healthz\"", "What to ask by HTTP: `host[:port][/path]`."),
        probe("tcp", "\"example.com:5432\"", "Where to connect: `host:port`."),
        Key {
            deployed: false,
            form: <CalculatedKeys as Block>::WORDS,
            ..probe(
                "calculated",
                "{ of: [api], at_least: 1 }",
                "Which other checks to go by, and how many must be healthy.",
            )
        },
        Key {
            deployed: false,
            form: <AlarmKeys as Block>::WORDS,
            ..probe("alarm", "{ name: \"api-errors\" }", "Which alarm of CloudWatch to go by.")
        },
    ];

    fn read(key: &Node<String>, value: &Value, diagnostics: &mut Diagnostics) -> Option<ProbeSpec> {
        let protocol = match key.as_str() {
            "http" => Protocol::Http,
            "tcp" => Protocol::Tcp,
            "calculated" => {
                return read::<Braces<CalculatedKeys>>(key.as_str(), value, diagnostics)
                    .map(ProbeSpec::Calculated);
            }
            "alarm" => {
                return read::<Braces<AlarmKeys>>(key.as_str(), value, diagnostics).map(ProbeSpec::Alarm);
            }
            _ => Protocol::Https,
        };
        Some(ProbeSpec::Endpoint { protocol, endpoint: read::<Text>(key.as_str(), value, diagnostics)? })
    }
}
