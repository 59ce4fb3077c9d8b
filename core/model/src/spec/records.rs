//! Records as written: types, routing and targets. Not here: rules about them.

use super::routing::{GroupSpec, Policies, RoutingSpec, nested};
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::rules::WRONG_VALUE;
use crate::read::wrong_form;
use crate::read::{Block, Flag, Misfit, Read, Seconds, Text, ZoneLabel, item, keys};
use crate::rule::did_you_mean;
use crate::syntax::{Form, Value};

item! {
    /// `record api: A in site { .. }`.
    pub struct RecordSpec: Clone {
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

/// TTL of records that don't say one: what AWS advises for records with failover (Route 53 Developer Guide,
/// best-practices-dns).
const DEFAULT_TTL: u64 = 60;

impl RecordSpec {
    /// Seconds that resolvers may keep the answer.
    pub(crate) fn ttl_or_default(&self) -> u64 {
        self.ttl.as_ref().map_or(DEFAULT_TTL, |ttl| ttl.value)
    }
}

/// The types of records: an enumeration of their names, so that none is written twice.
macro_rules! record_types {
    ($($(#[doc = $docs:literal])* $name:ident,)*) => {
        /// A DNS record type that records can be declared with.
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "runtime", derive(Debug, PartialOrd, Ord, Hash))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum RecordType {
            $($(#[doc = $docs])* $name,)*
        }

        impl RecordType {
            /// All types, as written in the language.
            pub const ALL: &'static [RecordType] = &[$(RecordType::$name),*];

            /// The type's name.
            pub fn name(self) -> &'static str {
                match self {
                    $(RecordType::$name => stringify!($name),)*
                }
            }
        }
    };
}

record_types! {
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
    /// Pointer (reverse lookup).
    PTR,
    /// Naming authority pointer.
    NAPTR,
    /// Sender policy framework, obsolete.
    SPF,
    /// Delegation signer.
    DS,
    /// Certificate association.
    TLSA,
    /// SSH key fingerprint.
    SSHFP,
    /// Service binding.
    SVCB,
    /// Service binding for HTTPS.
    HTTPS,
    /// Start of authority, which Route 53 makes with the zone.
    SOA,
}

/// A record's type.
pub(crate) struct TypeName;

impl Read for TypeName {
    type Out = Node<RecordType>;
    const WORDS: &'static str = "`: TYPE in zone`, as in `: A in site`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let written = value.word().ok_or(Misfit::Form)?;
        let mut names = Vec::new();
        for known in RecordType::ALL.iter().copied() {
            if written.value == known.name() {
                return Ok(Node::new(written.id, known));
            }
            names.push(known.name());
        }
        let hint = did_you_mean(&written.value.to_uppercase(), &names);
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

/// What a record answers.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct RecordTarget {
    /// Where it was written.
    pub id: NodeId,
    /// The answer itself.
    pub kind: TargetKind,
    /// Its own keys.
    pub keys: TargetKeys,
}

/// The answer itself.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum TargetKind {
    /// Literal values, templates.
    Values(Vec<Node<String>>),
    /// An alias of an AWS DNS name, a template.
    Alias(Node<String>),
    /// An alias of another record of the same zone, by label.
    Record(Node<String>),
    /// Several answers with a policy of their own. Reading makes a record of it and an alias to that
    /// ([`crate::read_spec`]), so that rules and plans never meet it.
    Group(Box<GroupSpec>),
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
    pub struct TargetKeys ("a target"): Clone {
        /// The health check that takes the answer out; of one that exists in several regions, that of the answer's region, or
        /// the one `in` another.
        health_check: Option<HealthCheckRef> = optional(HealthCheckUse, "api"),
        /// Whether an alias follows its target's own health. Default: yes where AWS allows it.
        evaluate_target_health: Option<Node<bool>> = optional(Flag, "true"),
        /// How much larger (or, negative, smaller) the area is whose users get the answer, under the geoproximity policy.
        bias: Option<Node<i64>> = optional(Bias, "10"),
    }
}

/// `api`, or `api in us`.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct HealthCheckRef {
    /// The check's label.
    pub label: Node<String>,
    /// The label of its region, if it is not the answer's.
    pub region: Option<Node<String>>,
}

/// A health check that is used.
pub(crate) struct HealthCheckUse;

impl Read for HealthCheckUse {
    type Out = HealthCheckRef;
    const WORDS: &'static str = "a health check's label, as in `api` or `api in us`";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let (label, region) = if let Form::In(label, region) = &value.form {
            (label.word(), Some(region.word().ok_or(Misfit::Form)?))
        } else {
            (value.word(), None)
        };
        Ok(HealthCheckRef { label: label.ok_or(Misfit::Form)?, region })
    }
}

/// A whole number that may be negative.
pub(crate) struct Bias;

impl Read for Bias {
    type Out = Node<i64>;
    const WORDS: &'static str = "a whole number from -99 to 99";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Number(number, unit) = &value.form else { return Err(Misfit::Form) };
        if unit.is_empty() { Ok(Node::new(value.id, *number)) } else { Err(Misfit::Form) }
    }
}

/// `values("..")`, `alias("..")` or `load_balancer("..") in us`, with its own keys in braces.
pub(crate) struct Target;

impl Read for Target {
    type Out = RecordTarget;
    const WORDS: &'static str = "values(\"192.0.2.1\"), alias(\"name.elb.amazonaws.com\"), load_balancer(\"name\"), record(label), or a policy of its own in braces";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Some(group) = nested(value, diagnostics) {
            let group = group.ok_or(Misfit::Reported)?;
            let keys = TargetKeys::read_block(value.id, &[], diagnostics).ok_or(Misfit::Reported)?;
            return Ok(RecordTarget { id: value.id, kind: TargetKind::Group(Box::new(group)), keys });
        }
        let (value, body) = if let Form::With(value, body) = &value.form {
            (value.as_ref(), body.as_slice())
        } else {
            (value, [].as_slice())
        };
        let (value, region) = if let Form::In(value, region) = &value.form {
            (value.as_ref(), Some(region.as_ref()))
        } else {
            (value, None)
        };
        let Form::Call(form, arguments) = &value.form else { return Err(Misfit::Form) };
        if let ("record", [label], None) = (form.as_str(), arguments.as_slice(), region) {
            let kind = TargetKind::Record(label.word().ok_or(Misfit::Form)?);
            let keys = TargetKeys::read_block(value.id, body, diagnostics).ok_or(Misfit::Reported)?;
            return Ok(RecordTarget { id: value.id, kind, keys });
        }
        let strings = strings(form, arguments, diagnostics)?;
        let one = |what: &str, diagnostics: &mut Diagnostics| match strings.as_slice() {
            [one] => Ok(one.clone()),
            _ => {
                diagnostics.expected(value.id, what);
                Err(Misfit::Reported)
            }
        };
        if let Some(region) = region.filter(|_| form != "load_balancer") {
            diagnostics
                .expected(region.id, "a load balancer before `in`: nothing else is looked up in a region");
            return Err(Misfit::Reported);
        }
        let kind = match form.as_str() {
            "values" => TargetKind::Values(strings),
            "alias" => TargetKind::Alias(one("one DNS name in double quotes", diagnostics)?),
            "load_balancer" => {
                let name = one("the load balancer's name in double quotes", diagnostics)?;
                let region = match region {
                    Some(region) => Some(region.word().ok_or(Misfit::Form)?),
                    None => None,
                };
                TargetKind::LoadBalancer { name, region }
            }
            _ => return Err(Misfit::Form),
        };
        let keys = TargetKeys::read_block(value.id, body, diagnostics).ok_or(Misfit::Reported)?;
        Ok(RecordTarget { id: value.id, kind, keys })
    }
}

fn strings(
    form: &str,
    arguments: &[Value],
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Node<String>>, Misfit> {
    let mut found = Vec::new();
    let mut is_whole = true;
    for argument in arguments {
        match Text::read(argument, diagnostics) {
            Ok(text) => found.push(text),
            Err(_) => {
                is_whole = false;
                wrong_form(form, argument, "strings in double quotes", diagnostics);
            }
        }
    }
    // How many there are is nothing to complain about when not all of them could be read.
    if is_whole { Ok(found) } else { Err(Misfit::Reported) }
}
