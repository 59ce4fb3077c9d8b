//! Routing policies as written: who gets which answer. Not here: the answers (`records`), and rules about either.

use super::RegionSet;
use super::records::{RecordTarget, Target};
use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::Whole;
use crate::read::{Choice, Key, Misfit, Place, Read, Regions, read};
use crate::syntax::{Form, Value};

/// A record's routing policy with its answers.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum RoutingSpec {
    /// One answer for everybody.
    Simple(RecordTarget),
    /// One of several answers.
    Group(GroupSpec),
}

/// Several answers with the policy that chooses one.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct GroupSpec {
    /// Where the policy was written.
    pub id: NodeId,
    /// The policy.
    pub policy: GroupPolicy,
    /// Its answers. One for a region beats one for `each region`.
    pub members: Vec<MemberSpec>,
    /// The label of the region that all its answers are for, where it stood in the place of that region's answer.
    pub home: Option<String>,
}

/// How one of several answers is chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum GroupPolicy {
    /// That of the region with the lowest latency to the user.
    Latency,
    /// At random, in proportion to weights.
    Weighted,
    /// The primary, as long as it is healthy.
    Failover,
    /// By where the user is.
    Geolocation,
    /// By how near the user is.
    Geoproximity,
    /// Up to eight healthy ones at random.
    Multivalue,
    /// By the network that the question comes from.
    Cidr,
}

impl GroupPolicy {
    /// All of them, in the order in which a message lists them.
    pub const ALL: [GroupPolicy; 7] = [
        GroupPolicy::Latency,
        GroupPolicy::Weighted,
        GroupPolicy::Failover,
        GroupPolicy::Geolocation,
        GroupPolicy::Geoproximity,
        GroupPolicy::Multivalue,
        GroupPolicy::Cidr,
    ];

    /// Its key.
    pub fn name(self) -> &'static str {
        match self {
            GroupPolicy::Latency => "latency",
            GroupPolicy::Weighted => "weighted",
            GroupPolicy::Failover => "failover",
            GroupPolicy::Geolocation => "geolocation",
            GroupPolicy::Geoproximity => "geoproximity",
            GroupPolicy::Multivalue => "multivalue",
            GroupPolicy::Cidr => "cidr",
        }
    }
}

/// `who => answer`.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct MemberSpec {
    /// Who gets it.
    pub selector: SelectorSpec,
    /// Its weight, under the weighted policy.
    pub weight: Option<Node<u64>>,
    /// What they get.
    pub target: RecordTarget,
}

/// Who gets an answer, or what it is called.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum SelectorSpec {
    /// Regions: one member for each.
    Regions(RegionSet),
    /// A region's label, or any other label under policies that take one; under failover `primary` or `secondary`.
    Named(Node<String>),
    /// Where users are.
    Location(Node<LocationSpec>),
    /// A place on earth, in degrees as written.
    Coordinates(NodeId, String, String),
    /// A location of a CIDR collection.
    Network(NetworkSpec),
}

/// `berlin in offices`, or `default in offices`.
#[derive(Clone)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct NetworkSpec {
    /// The location's name; `default` for every other network.
    pub location: Node<String>,
    /// The label of the collection.
    pub collection: Node<String>,
}

/// Where users are.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LocationSpec {
    /// On a continent, by AWS's code.
    Continent(String),
    /// In a country, by its code of ISO 3166-1.
    Country(String),
    /// In a subdivision of a country.
    Subdivision(String, String),
    /// Anywhere that no other member is for.
    Default,
}

/// The routing policies.
pub(crate) struct Policies;

const fn policy(name: &'static str, form: &'static str, example: &'static str, docs: &'static str) -> Key {
    Key { name, place: Place::OneOf, required: false, deployed: true, form, example, docs }
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
        policy(
            "weighted",
            Weighted::WORDS,
            "{ blue: 90 => values(\"192.0.2.1\"), green: 10 => values(\"192.0.2.2\") }",
            "One of several answers at random, in proportion to their weights (0 to 255).",
        ),
        policy(
            "failover",
            Failover::WORDS,
            "{ primary => load_balancer(\"api\") in us, secondary => load_balancer(\"api\") in eu }",
            "The primary's answer while it is healthy, then the secondary's.",
        ),
        policy(
            "geolocation",
            Geolocation::WORDS,
            "{ continent(\"EU\") => load_balancer(\"api\") in eu, default => load_balancer(\"api\") in us }",
            "The answer for where the user is: the most particular of subdivision, country, continent and default.",
        ),
        policy(
            "geoproximity",
            Geoproximity::WORDS,
            "each region => load_balancer(\"api-{region}\")",
            "The answer that is nearest to the user, where `bias` makes an answer's area larger or smaller.",
        ),
        policy(
            "multivalue",
            Multivalue::WORDS,
            "{ a => values(\"192.0.2.1\") { health_check: a }, b => values(\"192.0.2.2\") { health_check: b } }",
            "Up to eight healthy answers at random.",
        ),
        Key {
            deployed: false,
            ..policy(
                "cidr",
                Cidr::WORDS,
                "{ berlin in offices => load_balancer(\"api\") in eu, default in offices => load_balancer(\"api\") in us }",
                "The answer for the network that the question comes from.",
            )
        },
    ];

    fn read(key: &Node<String>, value: &Value, diagnostics: &mut Diagnostics) -> Option<RoutingSpec> {
        match GroupPolicy::ALL.into_iter().find(|policy| policy.name() == key.value) {
            Some(policy) => group(policy, key.id, value, diagnostics).map(RoutingSpec::Group),
            None => read::<Target>(key.as_str(), value, diagnostics).map(RoutingSpec::Simple),
        }
    }
}

/// A group with its members.
fn group(policy: GroupPolicy, id: NodeId, value: &Value, diagnostics: &mut Diagnostics) -> Option<GroupSpec> {
    let members = match policy {
        GroupPolicy::Latency => read::<Latency>(policy.name(), value, diagnostics),
        GroupPolicy::Weighted => read::<Weighted>(policy.name(), value, diagnostics),
        GroupPolicy::Failover => read::<Failover>(policy.name(), value, diagnostics),
        GroupPolicy::Geolocation => read::<Geolocation>(policy.name(), value, diagnostics),
        GroupPolicy::Geoproximity => read::<Geoproximity>(policy.name(), value, diagnostics),
        GroupPolicy::Multivalue => read::<Multivalue>(policy.name(), value, diagnostics),
        GroupPolicy::Cidr => read::<Cidr>(policy.name(), value, diagnostics),
    };
    Some(GroupSpec { id, policy, members: members?, home: None })
}

/// A group in the place of an answer, as in `us => weighted { blue: 90 => .., green: 10 => .. }`, if it is one; and if it is,
/// what could be read of it.
pub(super) fn nested(value: &Value, diagnostics: &mut Diagnostics) -> Option<Option<GroupSpec>> {
    let Form::With(word, body) = &value.form else { return None };
    let word = word.word()?;
    let policy = GroupPolicy::ALL.into_iter().find(|policy| policy.name() == word.value)?;
    let body = Value::new(value.id, Form::Block(body.clone()));
    Some(group(policy, word.id, &body, diagnostics))
}

/// A form that is a member, or several of them in braces: its words, and who gets the answer.
macro_rules! member_forms {
    ($($(#[doc = $docs:literal])* $name:ident: $words:literal, $selector:ident;)*) => {$(
        $(#[doc = $docs])*
        pub(crate) struct $name;

        impl Read for $name {
            type Out = Vec<MemberSpec>;
            const WORDS: &'static str = $words;

            fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
                members(value, Self::WORDS, $selector, diagnostics)
            }
        }
    )*};
}

member_forms! {
    /// `each region => target`.
    Latency: "`region => target`, as in `each region => load_balancer(\"api\")`", region_selector;
    /// `blue: 90 => target`.
    Weighted: "`label: weight => target`, as in `blue: 90 => values(\"192.0.2.1\")`", name_selector;
    /// `primary => target`.
    Failover: "`primary => target` and `secondary => target`", role_selector;
    /// `continent("EU") => target`.
    Geolocation: "`continent(\"EU\")`, `country(\"DE\")`, `subdivision(\"US\", \"CA\")` or `default`, each `=> target`",
        location_selector;
    /// `us => target { bias: 10 }`.
    Geoproximity: "`region => target` or `coordinates(49.22, -74.01) => target`", place_selector;
    /// `berlin in offices => target`.
    Cidr: "`location in collection => target`, as in `berlin in offices => load_balancer(\"api\") in eu`", network_selector;
    /// `a => target`.
    Multivalue: "`label => target`, as in `a => values(\"192.0.2.1\")`", name_selector;
}

type Selector = fn(&Value, &mut Diagnostics) -> Result<SelectorSpec, Misfit>;

fn members(
    value: &Value,
    words: &str,
    selector: Selector,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<MemberSpec>, Misfit> {
    let Form::Block(entries) = &value.form else { return Ok(vec![member(value, selector, diagnostics)?]) };
    let mut read = Vec::new();
    let mut is_whole = true;
    for entry in entries {
        match member(entry, selector, diagnostics) {
            Ok(member) => read.push(member),
            Err(misfit) => {
                is_whole = false;
                if misfit == Misfit::Form && entry.form != Form::Broken {
                    diagnostics.expected(entry.id, words);
                }
            }
        }
    }
    // What a group lacks is nothing to complain about when not all of it could be read.
    if is_whole { Ok(read) } else { Err(Misfit::Reported) }
}

/// `who => target` or `who: weight => target`.
fn member(value: &Value, selector: Selector, diagnostics: &mut Diagnostics) -> Result<MemberSpec, Misfit> {
    let (who, weight, target) = if let Form::Pair(who, rest) = &value.form
        && let Form::Arrow(weight, target) = &rest.form
    {
        let weight = read::<Whole>("the answer's weight", weight, diagnostics).ok_or(Misfit::Reported)?;
        (who, Some(weight), target)
    } else if let Form::Arrow(who, target) = &value.form {
        (who, None, target)
    } else {
        return Err(Misfit::Form);
    };
    let selector = selector(who, diagnostics)?;
    let target = Target::read(target, diagnostics)?;
    Ok(MemberSpec { selector, weight, target })
}

fn region_selector(who: &Value, diagnostics: &mut Diagnostics) -> Result<SelectorSpec, Misfit> {
    Regions::read(who, diagnostics).map(SelectorSpec::Regions)
}

/// A label, or several regions.
fn name_selector(who: &Value, diagnostics: &mut Diagnostics) -> Result<SelectorSpec, Misfit> {
    match who.word() {
        Some(label) => Ok(SelectorSpec::Named(label)),
        None => region_selector(who, diagnostics),
    }
}

fn role_selector(who: &Value, _: &mut Diagnostics) -> Result<SelectorSpec, Misfit> {
    let role = who.word().filter(|role| matches!(role.as_str(), "primary" | "secondary"));
    role.map(SelectorSpec::Named).ok_or(Misfit::Form)
}

fn location_selector(who: &Value, _: &mut Diagnostics) -> Result<SelectorSpec, Misfit> {
    let location = if let Form::Call(kind, arguments) = &who.form {
        let mut codes = Vec::new();
        for argument in arguments {
            let Form::Text(code) = &argument.form else { return Err(Misfit::Form) };
            codes.push(code.clone());
        }
        match (kind.as_str(), codes.as_slice()) {
            ("continent", [code]) => LocationSpec::Continent(code.clone()),
            ("country", [code]) => LocationSpec::Country(code.clone()),
            ("subdivision", [country, code]) => LocationSpec::Subdivision(country.clone(), code.clone()),
            _ => return Err(Misfit::Form),
        }
    } else {
        who.word().filter(|word| word.value == "default").ok_or(Misfit::Form)?;
        LocationSpec::Default
    };
    Ok(SelectorSpec::Location(Node::new(who.id, location)))
}

fn network_selector(who: &Value, _: &mut Diagnostics) -> Result<SelectorSpec, Misfit> {
    let Form::In(location, collection) = &who.form else { return Err(Misfit::Form) };
    let location = location.word().ok_or(Misfit::Form)?;
    let collection = collection.word().ok_or(Misfit::Form)?;
    Ok(SelectorSpec::Network(NetworkSpec { location, collection }))
}

/// A coordinate, as written.
struct Degrees;

impl Read for Degrees {
    type Out = String;
    const WORDS: &'static str = "degrees, as in 49.22";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<String, Misfit> {
        if let Form::Decimal(degrees) = &value.form {
            Ok(degrees.clone())
        } else if let Form::Number(degrees, unit) = &value.form
            && unit.is_empty()
        {
            Ok(degrees.to_string())
        } else {
            Err(Misfit::Form)
        }
    }
}

/// `coordinates(49.22, -74.01)`, or regions.
fn place_selector(who: &Value, diagnostics: &mut Diagnostics) -> Result<SelectorSpec, Misfit> {
    let Form::Call(name, arguments) = &who.form else { return region_selector(who, diagnostics) };
    match (name.as_str(), arguments.as_slice()) {
        ("coordinates", [latitude, longitude]) => {
            let latitude = read::<Degrees>("the latitude", latitude, diagnostics);
            let longitude = read::<Degrees>("the longitude", longitude, diagnostics);
            let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
                return Err(Misfit::Reported);
            };
            Ok(SelectorSpec::Coordinates(who.id, latitude, longitude))
        }
        _ => Err(Misfit::Form),
    }
}
