//! Rules about routing by network, and the collections of networks. Not here: other policies (`policies`).

use std::net::IpAddr;

use crate::check::{Context, dashed};
use crate::diagnostic::Severity;
use crate::kind::Kind;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule, did_you_mean};
use crate::seen::Seen;
use crate::spec::{CidrCollectionSpec, GroupPolicy, GroupSpec, Item, NetworkSpec, SelectorSpec};
use crate::text::{every, number};

/// The location of every network that no other has.
const DEFAULT: &str = "default";
/// Longest name of a collection (Route 53 API, CollectionName).
const MAX_COLLECTION: usize = 64;
/// Longest name of a location (Route 53 API, CidrLocationName).
const MAX_LOCATION: usize = 16;
/// Most blocks of a collection (quotas of Route 53).
const MAX_BLOCKS: usize = 1000;
/// Most collections of an account (quotas of Route 53).
const MAX_COLLECTIONS: usize = 5;
/// The longest prefixes of blocks (Route 53 API, Cidr).
const LONGEST_V4: u64 = 24;
/// The same of IPv6.
const LONGEST_V6: u64 = 48;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(360),
        severity: Severity::Error,
        title: "bad network group",
        rule: "The members of a group name locations of one collection, each once; `default` is for every other network.",
        source: "Route 53 API, CidrRoutingConfig",
        covers: &["R53-140", "R53-141", "R53-142"],
        fix: "name locations of one declared collection, and add `default in` it",
        wrong: "zone shop: \"example.com\" {}\ncidr_collection offices { locations: { berlin: \"8.8.8.0/24\" } }\nrecord api: A in shop { cidr: { «berlni» in offices => load_balancer(\"api\") in eu, default in offices => load_balancer(\"api\") in us } }",
        right: "zone shop: \"example.com\" {}\ncidr_collection offices { locations: { berlin: \"8.8.8.0/24\" } }\nrecord api: A in shop { cidr: { berlin in offices => load_balancer(\"api\") in eu, default in offices => load_balancer(\"api\") in us } }",
        check: Check::Spec(check_members),
    },
    Rule {
        code: Code(361),
        severity: Severity::Warning,
        title: "no answer for other networks",
        rule: "Who asks from a network that no member names gets no answer, unless there is a default.",
        source: "Route 53 Developer Guide, routing-policy-ipbased",
        covers: &["R53-142"],
        fix: "add `default in` the collection",
        wrong: "zone shop: \"example.com\" {}\ncidr_collection offices { locations: { berlin: \"8.8.8.0/24\", paris: \"9.9.9.0/24\" } }\nrecord api: A in shop { «cidr»: { berlin in offices => load_balancer(\"api\") in eu, paris in offices => load_balancer(\"api\") in us } }",
        right: "zone shop: \"example.com\" {}\ncidr_collection offices { locations: { berlin: \"8.8.8.0/24\" } }\nrecord api: A in shop { cidr: { berlin in offices => load_balancer(\"api\") in eu, default in offices => load_balancer(\"api\") in us } }",
        check: Check::Spec(check_default),
    },
    Rule {
        code: Code(362),
        severity: Severity::Error,
        title: "bad CIDR collection",
        rule: "Names have letters, digits, hyphens and underscores: of collections 1 to 64, of locations 1 to 16. A collection has 1 to 1000 blocks.",
        source: "Route 53 API, CollectionName and CidrLocationNameDefaultNotAllowed; quotas of Route 53",
        covers: &["R53-143"],
        fix: "use another name, or fewer blocks",
        wrong: "cidr_collection offices { locations: { «\"*\"»: \"8.8.8.0/24\" } }",
        right: "cidr_collection offices { locations: { berlin: \"8.8.8.0/24\" } }",
        check: Check::Spec(check_collections),
    },
    Rule {
        code: Code(363),
        severity: Severity::Error,
        title: "bad block of addresses",
        rule: "Blocks are IPv4 from /1 to /24 or IPv6 from /1 to /48, with nothing behind the prefix, each once in its collection.",
        source: "Route 53 API, Cidr; AWS answers InvalidInput or CidrBlockInUseException",
        covers: &["R53-144"],
        fix: "write a block as in \"203.0.113.0/24\"",
        wrong: "cidr_collection offices { locations: { berlin: «\"203.0.113.7/24\"» } }",
        right: "cidr_collection offices { locations: { berlin: \"203.0.113.0/24\" } }",
        check: Check::Spec(check_blocks),
    },
    Rule {
        code: Code(364),
        severity: Severity::Warning,
        title: "more collections than the quota",
        rule: "An account has 5 CIDR collections unless AWS raises the quota.",
        source: "quotas of Route 53",
        covers: &["R53-143", "X-103"],
        fix: "ask AWS for more before the deploy, or use fewer",
        wrong: "cidr_collection a { locations: { x: \"8.8.8.0/24\" } }\ncidr_collection b { locations: { x: \"8.8.8.0/24\" } }\ncidr_collection c { locations: { x: \"8.8.8.0/24\" } }\ncidr_collection d { locations: { x: \"8.8.8.0/24\" } }\ncidr_collection e { locations: { x: \"8.8.8.0/24\" } }\ncidr_collection «f» { locations: { x: \"8.8.8.0/24\" } }",
        right: "cidr_collection offices { locations: { berlin: \"203.0.113.0/24\" } }",
        check: Check::Spec(check_quota),
    },
];

/// The networks of each group that goes by them.
fn groups<'a>(context: &Context<'a>) -> Vec<(&'a GroupSpec, Vec<&'a NetworkSpec>)> {
    let mut found = Vec::new();
    for (_, group) in super::routing::groups(context) {
        if group.policy != GroupPolicy::Cidr {
            continue;
        }
        let mut networks = Vec::new();
        for member in &group.members {
            if let SelectorSpec::Network(network) = &member.selector {
                networks.push(network);
            }
        }
        found.push((group, networks));
    }
    found
}

/// Members are of one collection, and in it.
fn check_members(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, networks) in groups(context) {
        let mut first: Option<&Node<String>> = None;
        for NetworkSpec { location, collection } in networks {
            let Some(known) = context.collection(collection.as_str()) else {
                if !context.is_unread(Kind::CidrCollection, collection.as_str()) {
                    report
                        .at(collection.id, format!("no cidr_collection `{}` is declared", collection.value));
                }
                continue;
            };
            let mut names = Vec::new();
            for (name, _) in &known.locations {
                names.push(name.as_str());
            }
            if let Some(first) = first.filter(|first| first.value != collection.value) {
                report.related(
                    collection.id,
                    "a group goes by one collection",
                    (first.id, "the first collection"),
                );
            } else if location.value != DEFAULT && !names.contains(&location.as_str()) {
                let hint = did_you_mean(location.as_str(), &names);
                report.at(
                    location.id,
                    format!("`{}` has no location `{}`{hint}", collection.value, location.value),
                );
            }
            first.get_or_insert(collection);
        }
    }
}

/// There is an answer for everybody.
fn check_default(context: &Context<'_>, report: &mut Report<'_>) {
    for (group, networks) in groups(context) {
        if !networks.iter().any(|network| network.location.value == DEFAULT) {
            report.at(group.id, "networks that no member names get no answer");
        }
    }
}

fn collections<'a>(context: &Context<'a>) -> Vec<&'a CidrCollectionSpec> {
    let mut collections = Vec::new();
    for item in &context.spec.items {
        if let Item::CidrCollection(collection) = item {
            collections.push(collection);
        }
    }
    collections
}

fn is_name(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && every(name, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
}

/// Names and numbers are possible.
fn check_collections(context: &Context<'_>, report: &mut Report<'_>) {
    for collection in collections(context) {
        let node = collection.name.as_ref().unwrap_or(&collection.label);
        let name = collection
            .name
            .as_ref()
            .map_or_else(|| dashed(collection.label.as_str()), |name| name.value.clone());
        if !is_name(&name, MAX_COLLECTION) {
            report.at(node.id, format!("`{name}` can't be the name of a collection"));
        }
        for (location, _) in &collection.locations {
            if !is_name(location.as_str(), MAX_LOCATION) || location.value == DEFAULT {
                report.at(location.id, format!("`{}` can't be the name of a location", location.value));
            }
        }
        let blocks: usize = collection.locations.iter().map(|(_, blocks)| blocks.len()).sum();
        if !(1..=MAX_BLOCKS).contains(&blocks) {
            report.at(collection.label.id, format!("{blocks} blocks where 1 to {MAX_BLOCKS} are possible"));
        }
    }
}

/// What is wrong with a block, if something is.
fn refuse(block: &str) -> Option<&'static str> {
    let Some((address, length)) = block.split_once('/') else { return Some("it has no `/` with a length") };
    let (Ok(address), Some(length)) = (address.parse::<IpAddr>(), number(length, 128)) else {
        return Some("it is not an address with a length");
    };
    let (longest, bits, width) = match address {
        IpAddr::V4(address) => (LONGEST_V4, u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (LONGEST_V6, u128::from(address), 128),
    };
    if !(1..=longest).contains(&length) {
        return Some("its length is from 1 to 24 for IPv4 and to 48 for IPv6");
    }
    let rest = width - u32::try_from(length).unwrap_or(width);
    (bits.trailing_zeros() < rest && bits != 0).then_some("there is something behind its prefix")
}

/// Blocks are ones that Route 53 takes, each once.
fn check_blocks(context: &Context<'_>, report: &mut Report<'_>) {
    for collection in collections(context) {
        let mut first = Seen::default();
        let mut blocks = Vec::new();
        for (_, of_location) in &collection.locations {
            blocks.extend(of_location);
        }
        for block in blocks {
            if let Some(reason) = refuse(block.as_str()) {
                report.at(block.id, format!("`{}` is not a block of addresses: {reason}", block.value));
            } else if let Some(earlier) = first.first(block.value.clone(), block.id) {
                report.related(
                    block.id,
                    format!("`{}` is there already", block.value),
                    (earlier, "first written here"),
                );
            }
        }
    }
}

/// No more collections than an account is given without asking.
fn check_quota(context: &Context<'_>, report: &mut Report<'_>) {
    if let Some(collection) = collections(context).get(MAX_COLLECTIONS) {
        report.at(collection.label.id, format!("more than {MAX_COLLECTIONS} collections"));
    }
}
