//! The rules about what was read, and what they look at. Not here: what a rule is ([`crate::Rule`]) and what a valid spec stands
//! for (`resolve`).

mod buckets;
pub(crate) mod clusters;
#[cfg(test)]
pub(crate) mod fixture;
mod health_checks;
mod keys;
pub(crate) mod objectives;
mod records;
pub(crate) mod services;
mod tables;
mod tags;
mod topology;
mod zones;

pub(crate) use buckets::{bucket_name, places as bucket_places};
pub(crate) use clusters::forwards;
pub use health_checks::HealthProtocol;
#[cfg(feature = "runtime")]
pub(crate) use health_checks::{CHECKERS, parse_endpoint};
pub(crate) use records::routing::has_health_signal;
#[cfg(feature = "runtime")]
pub(crate) use tables::key_type;
pub(crate) use tables::replicas::is_strong;
pub(crate) use tables::table_name;

use std::sync::LazyLock;

use crate::diagnostic::Diagnostics;
use crate::kind::Kind;
use crate::location;
use crate::name::normalise_domain;
use crate::node::Node;
use crate::region::Region;
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::{ByText, Seen, joined};
use crate::spec::*;
use crate::template::{self, Placeholders};

/// Every rule about what was read, by code.
pub(crate) fn rules() -> &'static [&'static Rule] {
    static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
        let modules = [
            topology::RULES,
            topology::mentions::RULES,
            topology::templates::RULES,
            zones::RULES,
            zones::private::RULES,
            records::names::RULES,
            records::values::RULES,
            records::aliases::RULES,
            records::routing::RULES,
            records::policies::RULES,
            records::trees::RULES,
            records::cidr::RULES,
            records::habits::RULES,
            health_checks::RULES,
            health_checks::derived::RULES,
            tables::RULES,
            tables::replicas::RULES,
            tables::capacity::RULES,
            tables::indexes::RULES,
            tables::settings::RULES,
            tags::RULES,
            keys::RULES,
            clusters::RULES,
            clusters::serverless::RULES,
            clusters::windows::RULES,
            clusters::settings::RULES,
            clusters::versions::RULES,
            buckets::RULES,
            buckets::replication::RULES,
            buckets::settings::RULES,
            buckets::lifecycle::RULES,
            services::RULES,
            objectives::RULES,
            objectives::survival::RULES,
        ];
        let mut rules: Vec<&Rule> = Vec::new();
        for of_module in modules {
            for rule in of_module {
                rules.insert(rules.partition_point(|known| known.code < rule.code), rule);
            }
        }
        rules
    });
    &RULES
}

/// Adds all findings about a spec.
pub(crate) fn run(spec: &Spec, diagnostics: &mut Diagnostics) {
    run_some(spec, &|_| true, diagnostics);
}

/// Adds the findings of some rules.
pub(crate) fn run_some(spec: &Spec, is_asked: &dyn Fn(Code) -> bool, diagnostics: &mut Diagnostics) {
    let context = Context::new(spec);
    for rule in rules() {
        match rule.check {
            Check::Spec(check) if is_asked(rule.code) => check(&context, &mut diagnostics.of(rule)),
            Check::Spec(_) | Check::Reading => {}
        }
    }
}

/// A region of the topology: its label with what it stands for.
pub(crate) type Place<'a> = (&'a str, Region);

/// A spec with its names looked up. What is unknown or misspelt is simply missing, so that one mistake does not
/// make a second diagnostic somewhere else.
pub(crate) struct Context<'a> {
    pub(crate) spec: &'a Spec,
    /// The known regions in the order declared.
    pub(crate) places: Vec<Place<'a>>,
    /// The records with what they mention looked up.
    pub(crate) records: Vec<RecordView<'a>>,
    /// The items by kind and label; of two with one label the first.
    items: ByText<&'a Item>,
}

/// A record with its zone and its whole name, if its zone is declared.
pub(crate) struct RecordView<'a> {
    pub(crate) spec: &'a RecordSpec,
    pub(crate) zone: Option<ZoneView>,
}

/// What a record's zone tells about it.
pub(crate) struct ZoneView {
    /// The zone's name.
    pub(crate) zone: String,
    /// The record's whole name.
    pub(crate) name: String,
}

/// One answer of a record, after `each region` is spread out and overridden.
pub(crate) struct Member<'a> {
    /// The region that it is for, if it is for one.
    pub(crate) place: Option<Place<'a>>,
    /// The region that its whole group is for, if it is for one.
    pub(crate) home: Option<Place<'a>>,
    /// Who else gets it; nothing for a region, and under simple routing.
    pub(crate) who: Option<&'a SelectorSpec>,
    #[cfg_attr(not(feature = "runtime"), expect(dead_code, reason = "only resources have it"))]
    pub(crate) weight: Option<u64>,
    pub(crate) target: &'a RecordTarget,
}

impl<'a> Member<'a> {
    /// The region that it is for, or that its whole group is for.
    pub(crate) fn own_place(&self) -> Option<Place<'a>> {
        self.place.or(self.home)
    }

    /// What tells it from the other answers of its group.
    pub(crate) fn key(&self) -> Option<String> {
        if let Some((_, region)) = self.place {
            return Some(region.code().to_owned());
        }
        Some(match self.who? {
            SelectorSpec::Regions(_) => return None,
            SelectorSpec::Named(label) => label.value.clone(),
            SelectorSpec::Location(location) => location::slug(&location.value),
            SelectorSpec::Coordinates(_, latitude, longitude) => format!("{latitude},{longitude}"),
            SelectorSpec::Network(network) => network.location.value.clone(),
        })
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(spec: &'a Spec) -> Self {
        let mut context = Self { spec, places: Vec::new(), records: Vec::new(), items: ByText::default() };
        for RegionDecl { label, code } in &spec.regions {
            context.places.extend(Region::from_code(code.as_str()).map(|region| (label.as_str(), region)));
        }
        for item in &spec.items {
            context.items.first(joined(item.kind().keyword(), item.label().as_str()), item);
        }
        for record in each_record(spec) {
            let zone = context.zone_view(record);
            context.records.push(RecordView { spec: record, zone });
        }
        context
    }

    /// What a record's zone tells about it, if it is declared.
    pub(crate) fn zone_view(&self, record: &RecordSpec) -> Option<ZoneView> {
        let zone = normalise_domain(self.zone(record.zone.as_str())?.name.as_str());
        let name = whole_name(record, &zone);
        Some(ZoneView { zone, name })
    }

    /// Whether an item is declared, be it that it could not be read.
    pub(crate) fn is_unread(&self, kind: Kind, label: &str) -> bool {
        self.spec.unread.iter().any(|(known, name)| *known == kind && name == label)
    }

    /// The region with this label.
    pub(crate) fn place(&self, label: &str) -> Option<Place<'a>> {
        self.places.iter().find(|(known, _)| *known == label).copied()
    }

    /// The regions of a set; `except` is the one that the item already names.
    pub(crate) fn set(&self, set: &RegionSet, except: Option<&str>) -> Vec<Place<'a>> {
        match set {
            RegionSet::Each(_) => self.places.clone(),
            RegionSet::EachOther(_) => {
                let mut places = self.places.clone();
                places.retain(|(label, _)| Some(*label) != except);
                places
            }
            RegionSet::Listed(_, labels) => {
                let mut places = Vec::new();
                for place in self.listed(labels) {
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
                places
            }
        }
    }

    /// The regions with these labels.
    pub(crate) fn listed(&self, labels: &[Node<String>]) -> Vec<Place<'a>> {
        let mut places = Vec::new();
        for label in labels {
            places.extend(self.place(label.as_str()));
        }
        places
    }

    /// The zone of a record.
    pub(crate) fn zone(&self, label: &str) -> Option<&'a ZoneSpec> {
        if let Item::Zone(zone) = self.item(Kind::Zone, label)? { Some(zone) } else { None }
    }

    /// The health check with this label.
    pub(crate) fn health_check(&self, label: &str) -> Option<&'a HealthCheckSpec> {
        if let Item::HealthCheck(check) = self.item(Kind::HealthCheck, label)? { Some(check) } else { None }
    }

    /// The record with this label.
    pub(crate) fn record(&self, label: &str) -> Option<&'a RecordSpec> {
        if let Item::Record(record) = self.item(Kind::Record, label)? { Some(record) } else { None }
    }

    /// The CIDR collection with this label.
    pub(crate) fn collection(&self, label: &str) -> Option<&'a CidrCollectionSpec> {
        if let Item::CidrCollection(found) = self.item(Kind::CidrCollection, label)? {
            Some(found)
        } else {
            None
        }
    }

    /// The item of a kind with this label.
    pub(crate) fn item(&self, kind: Kind, label: &str) -> Option<&'a Item> {
        self.items.get(&joined(kind.keyword(), label)).copied()
    }

    /// The labels of all items of a kind.
    pub(crate) fn labels(&self, kind: Kind) -> Vec<&'a str> {
        let mut labels = Vec::new();
        for item in &self.spec.items {
            if item.kind() == kind {
                labels.push(item.label().as_str());
            }
        }
        labels
    }

    /// The records of a type.
    pub(crate) fn of_type(&self, record_type: RecordType) -> Vec<&RecordView<'a>> {
        let mut found = Vec::new();
        for record in &self.records {
            if record.spec.record_type.value == record_type {
                found.push(record);
            }
        }
        found
    }

    /// A template's text in a region, or nothing if the template is broken (`check_templates` says so).
    pub(crate) fn expand(&self, template: &str, region: Option<Place<'_>>) -> Option<String> {
        template::expand(template, Placeholders { account: self.spec.account.as_str(), region }).ok()
    }

    /// Whether a member of a group is for the region with this label by name.
    fn names_region(&self, policy: GroupPolicy, member: &MemberSpec, label: &str) -> bool {
        match &member.selector {
            SelectorSpec::Regions(RegionSet::Listed(_, labels)) => {
                labels.iter().any(|listed| listed.value == label)
            }
            SelectorSpec::Named(name) => policy != GroupPolicy::Failover && name.value == label,
            SelectorSpec::Regions(RegionSet::Each(_) | RegionSet::EachOther(_))
            | SelectorSpec::Location(_)
            | SelectorSpec::Coordinates(..)
            | SelectorSpec::Network(_) => false,
        }
    }

    /// The answers of a record: those for regions in the order declared, then others in the order written. A region named on
    /// its own beats `each region`; of two that name the same region, the first counts.
    pub(crate) fn members(&self, record: &'a RecordSpec) -> Vec<Member<'a>> {
        let group = match &record.routing {
            RoutingSpec::Simple(target) => {
                return vec![Member { place: None, home: None, who: None, weight: None, target }];
            }
            RoutingSpec::Group(group) => group,
        };
        let home = group.home.as_ref().and_then(|label| self.place(label));
        let member = |spec: &'a MemberSpec, place| Member {
            place,
            home,
            who: Some(&spec.selector).filter(|_| place.is_none()),
            weight: spec.weight.as_ref().map(|weight| weight.value),
            target: &spec.target,
        };
        let is_each = |spec: &&MemberSpec| {
            matches!(spec.selector, SelectorSpec::Regions(RegionSet::Each(_) | RegionSet::EachOther(_)))
        };
        let mut members = Vec::new();
        for place in &self.places {
            let named = group.members.iter().find(|spec| self.names_region(group.policy, spec, place.0));
            if let Some(spec) = named.or_else(|| group.members.iter().find(is_each)) {
                members.push(member(spec, Some(*place)));
            }
        }
        let is_for_regions = |spec: &MemberSpec| match &spec.selector {
            SelectorSpec::Regions(_) => true,
            SelectorSpec::Named(label) => {
                group.policy != GroupPolicy::Failover && self.place(label.as_str()).is_some()
            }
            SelectorSpec::Location(_) | SelectorSpec::Coordinates(..) | SelectorSpec::Network(_) => false,
        };
        for spec in &group.members {
            if !is_for_regions(spec) {
                members.push(member(spec, None));
            }
        }
        members
    }

    /// The region of the health check that an answer uses: the one that it names, or the answer's own.
    pub(crate) fn health_check_place(
        &self,
        used: &HealthCheckRef,
        place: Option<Place<'a>>,
    ) -> Option<Place<'a>> {
        match &used.region {
            Some(label) => self.place(label.as_str()),
            None => place,
        }
    }
}

/// A record's whole name.
pub(crate) fn whole_name(record: &RecordSpec, zone: &str) -> String {
    let relative = match &record.name {
        Some(name) => normalise_domain(name.as_str()),
        None => dashed(record.label.as_str()),
    };
    if relative.is_empty() { zone.to_owned() } else { format!("{relative}.{zone}") }
}

/// The zones among the items.
pub(crate) fn each_zone(spec: &Spec) -> impl Iterator<Item = &ZoneSpec> {
    spec.items.iter().filter_map(|item| if let Item::Zone(zone) = item { Some(zone) } else { None })
}

/// The records among the items.
pub(crate) fn each_record(spec: &Spec) -> impl Iterator<Item = &RecordSpec> {
    spec.items.iter().filter_map(|item| if let Item::Record(record) = item { Some(record) } else { None })
}

/// The tables among the items.
pub(crate) fn each_table(spec: &Spec) -> impl Iterator<Item = &TableSpec> {
    spec.items.iter().filter_map(|item| if let Item::Table(table) = item { Some(table) } else { None })
}

/// The clusters among the items.
pub(crate) fn each_cluster(spec: &Spec) -> impl Iterator<Item = &ClusterSpec> {
    spec.items.iter().filter_map(|item| if let Item::Cluster(cluster) = item { Some(cluster) } else { None })
}

/// The buckets among the items.
pub(crate) fn each_bucket(spec: &Spec) -> impl Iterator<Item = &BucketSpec> {
    spec.items.iter().filter_map(|item| if let Item::Bucket(bucket) = item { Some(bucket) } else { None })
}

/// The health checks among the items.
pub(crate) fn each_health_check(spec: &Spec) -> impl Iterator<Item = &HealthCheckSpec> {
    spec.items.iter().filter_map(|item| if let Item::HealthCheck(check) = item { Some(check) } else { None })
}

/// Every target of a record with the region it is for, if it is for one.
pub(crate) fn targets<'a>(
    context: &Context<'a>,
    record: &'a RecordSpec,
) -> Vec<(Option<Place<'a>>, &'a RecordTarget)> {
    let mut targets = Vec::new();
    for member in context.members(record) {
        targets.push((member.own_place(), member.target));
    }
    targets
}

/// A label as AWS names like it: underscores become hyphens.
pub(crate) fn dashed(label: &str) -> String {
    label.replace('_', "-").to_ascii_lowercase()
}

/// Reports each name that occurs twice, at its second place.
pub(crate) fn report_duplicates<'a>(
    what: &str,
    names: impl IntoIterator<Item = (String, &'a Node<String>)>,
    report: &mut Report<'_>,
) {
    let mut first = Seen::default();
    for (name, label) in names {
        if let Some(earlier) = first.first(name.clone(), label.id) {
            let message = format!("two {what} would be named `{name}`");
            report.related(label.id, message, (earlier, "first used here"));
        }
    }
}
