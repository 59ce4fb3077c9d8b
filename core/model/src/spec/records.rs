//! Records as written: types, routing and targets. Not here: rules about them.

use super::RegionSet;
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::rules::WRONG_VALUE;
use crate::read::{
    Choice, Flag, HealthCheckLabel, Key, Misfit, Place, Read, Seconds, Text, ZoneLabel, item, keys, read,
};
use crate::rule::did_you_mean;
use crate::syntax::{Form, Value};

item! {
    /// `record api: A in site { .. }`.
    pub struct RecordSpec {
        /// The record's type.
        record_type: Node<RecordType> = is(TypeName, "A"),
        /// The label of its zone.
        zone: Node<String> = within(ZoneLabel, "site"),
        /// The name relative to the zone; empty for the apex. Absent: the label.
        name: Option<Node<String>> = optional(RelativeName, "\"www\""),
        /// Seconds that resolvers may cache the answer.
        ttl: Option<Node<u64>> = optional(Seconds, "60s"),
        /// How Route 53 chooses an answer.
        routing: RoutingSpec = one_of(Policies, "each region => load_balancer(\"api-{region}\")"),
    }
}

/// A DNS record type that records can be declared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// IPv6 address.
    AAAA,
    /// Canonical name.
    CNAME,
    /// Text.
    TXT,
    /// Mail exchange.
    MX,
    /// Service location.
    SRV,
    /// Certification authority authorization.
    CAA,
    /// Name server (delegation of a subdomain).
    NS,
}

impl RecordType {
    /// All types, as written in the language.
    pub const ALL: [RecordType; 8] = [
        RecordType::A,
        RecordType::AAAA,
        RecordType::CNAME,
        RecordType::TXT,
        RecordType::MX,
        RecordType::SRV,
        RecordType::CAA,
        RecordType::NS,
    ];

    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            RecordType::A => "A",
            RecordType::AAAA => "AAAA",
            RecordType::CNAME => "CNAME",
            RecordType::TXT => "TXT",
            RecordType::MX => "MX",
            RecordType::SRV => "SRV",
            RecordType::CAA => "CAA",
            RecordType::NS => "NS",
        }
    }
}

/// A record's type.
pub(crate) struct TypeName;

impl Read for TypeName {
    type Out = Node<RecordType>;
    const WORDS: &'static str = "`: TYPE in zone`, as in `: A in site`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let written = value.word().ok_or(Misfit::Form)?;
        if let Some(known) = RecordType::ALL.into_iter().find(|known| written.value == known.name()) {
            return Ok(Node::new(written.id, known));
        }
        let names = RecordType::ALL.map(RecordType::name);
        let hint = did_you_mean(&written.value.to_uppercase(), names);
        let message = format!("`record` takes one of the types {}{hint}", names.join(", "));
        diagnostics.of(&WRONG_VALUE).at(written.id, message);
        Err(Misfit::Reported)
    }
}

/// A name relative to its zone.
pub(crate) struct RelativeName;

impl Read for RelativeName {
    type Out = Node<String>;
    const WORDS: &'static str = "a name relative to the zone in double quotes, or `apex`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        match value.word() {
            Some(word) if word.value == "apex" => Ok(Node::new(word.id, String::new())),
            Some(_) => Err(Misfit::Form),
            None => Text::read(value, diagnostics),
        }
    }
}

/// A record's routing policy with its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutingSpec {
    /// One answer for everybody.
    Simple(RecordTarget),
    /// The answer of the region with the lowest latency to the user.
    Latency(NodeId, Vec<TargetEntry>),
}

/// `each region => target` or `us => target`; a later entry overrides an earlier one only where the earlier is
/// `each region`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetEntry {
    /// The regions that it is for.
    pub regions: RegionSet,
    /// What it answers.
    pub target: RecordTarget,
}

/// What a record answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordTarget {
    /// Where it was written.
    pub id: NodeId,
    /// The answer itself.
    pub kind: TargetKind,
    /// Its own keys.
    pub keys: TargetKeys,
}

/// The answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// Literal values, templates.
    Values(Vec<Node<String>>),
    /// An alias of an AWS DNS name, a template.
    Alias(Node<String>),
    /// An alias of the load balancer with this name (a template), looked up when planning.
    LoadBalancer {
        /// Its name.
        name: Node<String>,
        /// The label of its region; absent in a routing entry, which is for one region anyway.
        region: Option<Node<String>>,
    },
}

keys! {
    /// The keys of a target.
    pub struct TargetKeys ("a target") {
        /// The label of the health check that takes the answer out.
        health_check: Option<Node<String>> = optional(HealthCheckLabel, "api"),
        /// Whether an alias follows its target's own health. Default: yes where AWS allows it.
        evaluate_target_health: Option<Node<bool>> = optional(Flag, "true"),
    }
}

/// The routing policies.
pub(crate) struct Policies;

const fn policy(name: &'static str, form: &'static str, example: &'static str, docs: &'static str) -> Key {
    Key { name, place: Place::Body, required: false, form, example, docs }
}

impl Choice for Policies {
    type Out = RoutingSpec;
    const OTHER: &'static str = "the other routing policy";
    const KEYS: &'static [Key] = &[
        policy(
            "latency",
            Latency::WORDS,
            "each region => load_balancer(\"api-{region}\")",
            "The answer of the region with the lowest latency to the user.",
        ),
        policy("simple", Target::WORDS, "values(\"192.0.2.1\")", "One answer for everybody."),
    ];

    fn read(key: &Node<String>, value: &Value, diagnostics: &mut Diagnostics) -> Option<RoutingSpec> {
        if key.value == "simple" {
            return read::<Target>("simple", value, diagnostics).map(RoutingSpec::Simple);
        }
        read::<Latency>("latency", value, diagnostics).map(|entries| RoutingSpec::Latency(key.id, entries))
    }
}

/// `each region => target`, or several such entries in braces.
pub(crate) struct Latency;

impl Read for Latency {
    type Out = Vec<TargetEntry>;
    const WORDS: &'static str = "`region => target`, as in `each region => load_balancer(\"api\")`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Block(entries) = &value.form else {
            return Ok(vec![latency_entry(value, diagnostics)?]);
        };
        let mut read = Vec::new();
        for entry in entries {
            match latency_entry(entry, diagnostics) {
                Ok(entry) => read.push(entry),
                Err(Misfit::Form) if entry.form != Form::Broken => {
                    diagnostics.expected(entry.id, Self::WORDS);
                }
                Err(Misfit::Form | Misfit::Reported) => {}
            }
        }
        Ok(read)
    }
}

fn latency_entry(value: &Value, diagnostics: &mut Diagnostics) -> Result<TargetEntry, Misfit> {
    let Form::Arrow(regions, target) = &value.form else { return Err(Misfit::Form) };
    let regions = crate::read::Regions::read(regions, diagnostics)?;
    let target = read::<Target>("latency", target, diagnostics).ok_or(Misfit::Reported)?;
    Ok(TargetEntry { regions, target })
}

/// `values("..")`, `alias("..")` or `load_balancer("..") in us`, with its own keys in braces.
pub(crate) struct Target;

impl Read for Target {
    type Out = RecordTarget;
    const WORDS: &'static str =
        "values(\"192.0.2.1\"), alias(\"name.elb.amazonaws.com\") or load_balancer(\"name\")";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let (value, body) = if let Form::With(value, body) = &value.form {
            (value.as_ref(), body.as_slice())
        } else {
            (value, [].as_slice())
        };
        let (value, region) = if let Form::In(value, region) = &value.form {
            (value.as_ref(), region.word())
        } else {
            (value, None)
        };
        let Form::Call(form, arguments) = &value.form else { return Err(Misfit::Form) };
        let strings = strings(arguments, diagnostics)?;
        let one = |what: &str, diagnostics: &mut Diagnostics| match strings.as_slice() {
            [one] => Ok(one.clone()),
            _ => {
                diagnostics.expected(value.id, what);
                Err(Misfit::Reported)
            }
        };
        let kind = match form.as_str() {
            "values" => TargetKind::Values(strings),
            "alias" => TargetKind::Alias(one("one DNS name in double quotes", diagnostics)?),
            "load_balancer" => {
                let name = one("the load balancer's name in double quotes", diagnostics)?;
                TargetKind::LoadBalancer { name, region }
            }
            _ => return Err(Misfit::Form),
        };
        let keys = TargetKeys::read(value.id, body, diagnostics).ok_or(Misfit::Reported)?;
        Ok(RecordTarget { id: value.id, kind, keys })
    }
}

fn strings(arguments: &[Value], diagnostics: &mut Diagnostics) -> Result<Vec<Node<String>>, Misfit> {
    let mut found = Vec::new();
    for argument in arguments {
        match Text::read(argument, diagnostics) {
            Ok(text) => found.push(text),
            Err(_) if argument.form == Form::Broken => {}
            Err(_) => diagnostics.expected(argument.id, "a string in double quotes"),
        }
    }
    Ok(found)
}
