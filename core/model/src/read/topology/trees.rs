//! Routing trees: a group in the place of an answer becomes a record of its own, and the answer an alias of that. Not here: rules
//! about either.

use crate::name::{MAX_LABEL_OF_ITEM, shortened};
use crate::node::Node;
use crate::spec::{
    GroupPolicy, GroupSpec, Item, MemberSpec, Pending, RecordSpec, RecordTarget, RegionDecl, RegionSet,
    RoutingSpec, SelectorSpec, TargetKind,
};

/// The items with every nested group as a record of its own, behind the one that it stood in.
pub(super) fn flatten(items: Vec<Item>, regions: &[RegionDecl]) -> Vec<Item> {
    let mut flat = Vec::new();
    for item in items {
        match item {
            Item::Record(record) => flatten_record(record, regions, &mut flat),
            other @ (Item::Zone(_)
            | Item::HealthCheck(_)
            | Item::CidrCollection(_)
            | Item::Table(_)
            | Item::Cluster(_)
            | Item::Bucket(_)
            | Item::Service(_)) => flat.push(other),
        }
    }
    flat
}

fn is_nested(member: &MemberSpec) -> bool {
    matches!(member.target.kind, TargetKind::Group(_))
}

fn flatten_record(mut record: RecordSpec, regions: &[RegionDecl], flat: &mut Vec<Item>) {
    let mut nested = Vec::new();
    let parent = record.clone();
    match &mut record.routing {
        RoutingSpec::Simple(target) => {
            // One group for everybody is the record's own.
            if let TargetKind::Group(group) = &target.kind {
                record.routing = RoutingSpec::Group((**group).clone());
                return flatten_record(record, regions, flat);
            }
        }
        RoutingSpec::Group(group) => {
            let (policy, home) = (group.policy, group.home.clone());
            spread(group, regions);
            for member in &mut group.members {
                if let TargetKind::Group(inner) = &member.target.kind {
                    let key = as_label(&key(member));
                    let home = region(policy, member, regions).or_else(|| home.clone());
                    let inner = GroupSpec { home, ..(**inner).clone() };
                    let child = child(&parent, &key, inner, &member.target);
                    member.target.kind = TargetKind::Record(child.label.clone());
                    nested.push(child);
                }
            }
        }
    }
    flat.push(Item::Record(record));
    for child in nested {
        flatten_record(child, regions, flat);
    }
}

/// A member with a nested group that stands for several regions becomes one for each of them: each has a record of its own.
fn spread(group: &mut GroupSpec, regions: &[RegionDecl]) {
    let is_named = |label: &str| {
        group.members.iter().any(|member| match &member.selector {
            SelectorSpec::Regions(RegionSet::Listed(_, labels)) => {
                labels.iter().any(|named| named.value == label)
            }
            SelectorSpec::Named(named) => named.value == label,
            SelectorSpec::Regions(RegionSet::Each(_) | RegionSet::EachOther(_))
            | SelectorSpec::Location(_)
            | SelectorSpec::Coordinates(..)
            | SelectorSpec::Network(_) => false,
        })
    };
    let of = |member: &MemberSpec| -> Option<Vec<Node<String>>> {
        let SelectorSpec::Regions(set) = &member.selector else { return None };
        Some(match set {
            RegionSet::Each(id) | RegionSet::EachOther(id) => {
                let mut others = Vec::new();
                for decl in regions {
                    if !is_named(decl.label.as_str()) {
                        others.push(Node::new(*id, decl.label.value.clone()));
                    }
                }
                others
            }
            RegionSet::Listed(_, labels) => labels.clone(),
        })
    };
    let mut members = Vec::new();
    for member in &group.members {
        match of(member).filter(|_| is_nested(member)) {
            None => members.push(member.clone()),
            Some(labels) => {
                for label in labels {
                    let selector = SelectorSpec::Regions(RegionSet::Listed(label.id, vec![label]));
                    members.push(MemberSpec { selector, ..member.clone() });
                }
            }
        }
    }
    group.members = members;
}

/// What tells a member from the others, as a part of a label.
fn key(member: &MemberSpec) -> String {
    match &member.selector {
        SelectorSpec::Regions(RegionSet::Listed(_, labels)) => {
            let mut key = String::new();
            for label in labels {
                if !key.is_empty() {
                    key.push('_');
                }
                key.push_str(label.as_str());
            }
            key
        }
        SelectorSpec::Regions(RegionSet::Each(_) | RegionSet::EachOther(_)) => "each".to_owned(),
        SelectorSpec::Named(label) => label.value.clone(),
        SelectorSpec::Location(location) => crate::location::slug(&location.value).replace('-', "_"),
        SelectorSpec::Coordinates(_, latitude, longitude) => format!("at_{latitude}_{longitude}"),
        SelectorSpec::Network(network) => network.location.value.clone(),
    }
}

/// A key in the letters of labels: a minus sign is an `m`, everything else that has no place there an underscore.
fn as_label(key: &str) -> String {
    let mut label = String::new();
    for c in key.chars() {
        label.push(match c.to_ascii_lowercase() {
            '-' => 'm',
            c if c.is_ascii_alphanumeric() => c,
            _ => '_',
        });
    }
    label
}

/// The label of the region that a member is for.
fn region(policy: GroupPolicy, member: &MemberSpec, regions: &[RegionDecl]) -> Option<String> {
    match &member.selector {
        SelectorSpec::Regions(RegionSet::Listed(_, labels)) => Some(labels.first()?.value.clone()),
        SelectorSpec::Named(label) => {
            let is_region = regions.iter().any(|decl| decl.label.value == label.value);
            (is_region && policy != GroupPolicy::Failover).then(|| label.value.clone())
        }
        SelectorSpec::Regions(RegionSet::Each(_) | RegionSet::EachOther(_))
        | SelectorSpec::Location(_)
        | SelectorSpec::Coordinates(..)
        | SelectorSpec::Network(_) => None,
    }
}

/// Whether an answer, or one below it, is literal values.
fn has_values(target: &RecordTarget) -> bool {
    match &target.kind {
        TargetKind::Values(_) => true,
        TargetKind::Group(group) => group.members.iter().any(|member| has_values(&member.target)),
        TargetKind::Alias(_) | TargetKind::Record(_) | TargetKind::LoadBalancer { .. } => false,
    }
}

/// The record of a nested group: `api` for `us` is `api_us`, and asked as `us.api`.
fn child(parent: &RecordSpec, key: &str, group: GroupSpec, target: &RecordTarget) -> RecordSpec {
    let name = match &parent.name {
        Some(name) => name.value.clone(),
        None => crate::check::dashed(parent.label.as_str()),
    };
    let first = crate::check::dashed(key);
    let name = if name.is_empty() { first } else { format!("{first}.{name}") };
    // What it can't be deployed for is its own; and only values have a TTL.
    let is_pending = group.policy == GroupPolicy::Cidr;
    let pending = is_pending.then(|| Pending { id: group.id, what: "cidr: { .. }".to_owned() });
    let label = format!("{}_{key}", parent.label.value);
    let has_values = group.members.iter().any(|member| has_values(&member.target));
    RecordSpec {
        pending: pending.into_iter().collect(),
        ttl: parent.ttl.clone().filter(|_| has_values),
        label: Node::new(target.id, shortened(label, MAX_LABEL_OF_ITEM, '_')),
        name: Some(Node::new(target.id, name)),
        routing: RoutingSpec::Group(group),
        docs: String::new(),
        ..parent.clone()
    }
}
