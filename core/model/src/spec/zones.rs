//! Zones and health checks as written. Not here: rules about them.

use super::RegionSet;
use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::{Choice, Flag, Key, Place, Read, Regions, Seconds, Text, Whole, item, read};
use crate::syntax::{Form, Value};

item! {
    /// `zone site: "example.com" { .. }`.
    pub struct ZoneSpec {
        /// The domain name.
        name: Node<String> = is(DomainName, "\"example.com\""),
        /// Whether the zone exists already and belongs to somebody else: records are put into it, the zone itself is
        /// neither created, changed nor deleted.
        existing: Option<Node<bool>> = optional(Flag, "true"),
        /// The zone's comment on AWS.
        comment: Option<Node<String>> = optional(Text, "\"managed by polyregion\""),
    }
}

/// The name of a zone, behind the colon.
pub(crate) struct DomainName;

impl Read for DomainName {
    type Out = Node<String>;
    const WORDS: &'static str = "`: \"example.com\"`, the zone's domain name";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, crate::read::Misfit> {
        Text::read(value, diagnostics)
    }
}

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
        checkers: Option<Vec<Node<String>>> = optional(Checkers, "[us_east_1, eu_west_1, ap_northeast_1]"),
        /// Whether Route 53 measures how long answers take, which costs extra and can't be changed later. Default: no.
        measure_latency: Option<Node<bool>> = optional(Flag, "true"),
    }
}

/// Codes of regions, with hyphens.
pub(crate) struct Checkers;

impl Read for Checkers {
    type Out = Vec<Node<String>>;
    const WORDS: &'static str = "codes of regions, as in `[us_east_1, eu_west_1, ap_northeast_1]`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, crate::read::Misfit> {
        let Form::List(codes) = &value.form else { return Err(crate::read::Misfit::Form) };
        let mut read = Vec::new();
        for code in codes {
            match code.word() {
                Some(word) => read.push(Node::new(word.id, word.value.replace('_', "-"))),
                None if code.form == Form::Broken => {}
                None => diagnostics.expected(code.id, "a region's code with underscores"),
            }
        }
        Ok(read)
    }
}

/// What a health check speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What a health check asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSpec {
    /// What it speaks.
    pub protocol: Protocol,
    /// `host[:port][/path]`, a template.
    pub endpoint: Node<String>,
}

/// The keys that say what a check asks.
pub(crate) struct Probes;

const fn probe(name: &'static str, example: &'static str, docs: &'static str) -> Key {
    Key { name, place: Place::Body, required: false, form: Text::WORDS, example, docs }
}

impl Choice for Probes {
    type Out = ProbeSpec;
    const OTHER: &'static str = "the other protocol";
    const KEYS: &'static [Key] = &[
        probe("https", "\"example.com/healthz\"", "What to ask by HTTPS: `host[:port][/path]`."),
        probe("http", "\"example.com/healthz\"", "What to ask by HTTP: `host[:port][/path]`."),
        probe("tcp", "\"example.com:5432\"", "Where to connect: `host:port`."),
    ];

    fn read(key: &Node<String>, value: &Value, diagnostics: &mut Diagnostics) -> Option<ProbeSpec> {
        let protocol = match key.as_str() {
            "http" => Protocol::Http,
            "tcp" => Protocol::Tcp,
            _ => Protocol::Https,
        };
        Some(ProbeSpec { protocol, endpoint: read::<Text>(key.as_str(), value, diagnostics)? })
    }
}
