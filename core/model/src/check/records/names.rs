//! Rules about the names of records and what may share one. Not here: their answers.

use crate::check::{Context, RecordView};
use crate::diagnostic::Severity;
use crate::name::{check_domain, normalise_domain};
use crate::node::NodeId;
use crate::rule::{Check, Code, Report, Rule};
use crate::seen::{ByText, Seen, joined};
use crate::spec::{GroupPolicy, RecordSpec, RecordType, RoutingSpec};

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(301),
        severity: Severity::Error,
        title: "bad record name",
        rule: "A name is relative to its zone; labels have 1 to 63 printable ASCII characters; a wildcard is the whole leftmost label.",
        source: "Route 53 Developer Guide, DomainNameFormat",
        covers: &["R53-002", "R53-003", "R53-004", "R53-005", "R53-006"],
        fix: "write the name relative to the zone, or leave it out to use the label",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { name: «\"www.example.com\"», simple: values(\"192.0.2.1\") }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { name: \"www\", simple: values(\"192.0.2.1\") }",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(302),
        severity: Severity::Error,
        title: "CNAME at the apex",
        rule: "The apex has SOA and NS records, and a CNAME tolerates no neighbour.",
        source: "Route 53 API, AliasTarget; AWS answers InvalidChangeBatch: not permitted at apex",
        covers: &["R53-016"],
        fix: "use an alias of type A at the apex, or give the record a name",
        wrong: "zone shop: \"example.com\" {}\nrecord root: «CNAME» in shop { name: apex, simple: values(\"www.example.com\") }",
        right: "zone shop: \"example.com\" {}\nrecord www: CNAME in shop { simple: values(\"web.example.com\") }",
        check: Check::Spec(check_apex_cname),
    },
    Rule {
        code: Code(303),
        severity: Severity::Error,
        title: "CNAME conflict",
        rule: "A name with a CNAME has no record of any other type.",
        source: "RFC 1034 3.6.2; AWS answers InvalidChangeBatch",
        covers: &["R53-017"],
        fix: "give one of them another name",
        wrong: "zone shop: \"example.com\" {}\nrecord www: «CNAME» in shop { simple: values(\"web.example.com\") }\nrecord v: TXT in shop { name: \"www\", simple: values(\"\\\"v=1\\\"\") }",
        right: "zone shop: \"example.com\" {}\nrecord www: CNAME in shop { simple: values(\"web.example.com\") }\nrecord v: TXT in shop { simple: values(\"\\\"v=1\\\"\") }",
        check: Check::Spec(check_cname_neighbours),
    },
    Rule {
        code: Code(308),
        severity: Severity::Error,
        title: "duplicate record",
        rule: "One name and type is one record item; its routing holds all its answers.",
        source: "Route 53 API, ResourceRecordSet",
        covers: &["R53-019", "R53-036", "R53-064", "R53-065"],
        fix: "merge the two into one record",
        wrong: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: values(\"192.0.2.1\") }\nrecord «web»: A in shop { name: \"www\", simple: values(\"192.0.2.2\") }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { simple: values(\"192.0.2.1\", \"192.0.2.2\") }",
        check: Check::Spec(check_duplicates),
    },
    Rule {
        code: Code(321),
        severity: Severity::Error,
        title: "NS and SOA records of the zone itself",
        rule: "Route 53 makes them with the zone, and a zone without them, or with others, answers nobody.",
        source: "Route 53 Developer Guide, SOA-NSrecords; AWS answers InvalidChangeBatch",
        covers: &["R53-018"],
        fix: "give the record the name of the subdomain that it delegates",
        wrong: "zone shop: \"example.com\" {}\nrecord root: «NS» in shop { name: apex, simple: values(\"ns1.example.net\") }",
        right: "zone shop: \"example.com\" {}\nrecord dev: NS in shop { simple: values(\"ns1.example.net\") }",
        check: Check::Spec(check_apex_name_servers),
    },
    Rule {
        code: Code(325),
        severity: Severity::Error,
        title: "DS record at the apex",
        rule: "A DS record belongs to the parent's zone, at the name that it delegates.",
        source: "Route 53 Developer Guide, DS record type; RFC 4035 2.4",
        covers: &["R53-041"],
        fix: "put it into the parent's zone",
        wrong: "zone shop: \"example.com\" {}\nrecord signer: «DS» in shop { name: apex, simple: values(\"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\") }",
        right: "zone shop: \"example.com\" {}\nrecord dev: NS in shop { simple: values(\"ns1.example.net\") }\nrecord signer: DS in shop { name: \"dev\", simple: values(\"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\") }",
        check: Check::Spec(check_apex_signers),
    },
    Rule {
        code: Code(326),
        severity: Severity::Warning,
        title: "DS record without delegation",
        rule: "A DS record says how the zone that is delegated at its name is signed; without NS records there is none.",
        source: "RFC 4035 2.4",
        covers: &["R53-041"],
        fix: "declare the NS record of the same name",
        wrong: "zone shop: \"example.com\" {}\nrecord signer: «DS» in shop { name: \"dev\", simple: values(\"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\") }",
        right: "zone shop: \"example.com\" {}\nrecord dev: NS in shop { simple: values(\"ns1.example.net\") }\nrecord signer: DS in shop { name: \"dev\", simple: values(\"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118\") }",
        check: Check::Spec(check_signers),
    },
    Rule {
        code: Code(327),
        severity: Severity::Warning,
        title: "SPF record",
        rule: "The type SPF is obsolete and asked for by nobody; the same text in a TXT record is what receivers look for.",
        source: "RFC 7208 3.1; Route 53 Developer Guide, SPF record type",
        covers: &["R53-020"],
        fix: "use type TXT",
        wrong: "zone shop: \"example.com\" {}\nrecord spf: «SPF» in shop { name: apex, simple: values(\"\\\"v=spf1 -all\\\"\") }",
        right: "zone shop: \"example.com\" {}\nrecord spf: TXT in shop { name: apex, simple: values(\"\\\"v=spf1 -all\\\"\") }",
        check: Check::Spec(check_spf),
    },
    Rule {
        code: Code(329),
        severity: Severity::Warning,
        title: "IPv4 and IPv6 go different ways",
        rule: "Users of IPv4 and of IPv6 are sent to other places, or by another policy.",
        source: "the purpose of the library",
        covers: &["R53-071", "X-029"],
        fix: "give both records the same policy and members",
        wrong: "zone shop: \"example.com\" {}\nhealth_check up { https: \"up.example.com/\" }\nrecord www: A in shop { latency: each region => load_balancer(\"api\") }\nrecord six: «AAAA» in shop { name: \"www\", simple: load_balancer(\"api\") in us }",
        right: "zone shop: \"example.com\" {}\nrecord www: A in shop { latency: each region => load_balancer(\"api\") }\nrecord six: AAAA in shop { name: \"www\", latency: each region => load_balancer(\"api\") }",
        check: Check::Spec(check_families),
    },
];

/// A name is relative to its zone, a legal domain name, and a wildcard only as its whole leftmost label.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for RecordView { spec: record, zone } in &context.records {
        // A bad name of a zone is reported there.
        let Some(zone) = zone.as_ref().filter(|zone| check_domain(&zone.zone).is_ok()) else { continue };
        let node = record.name.as_ref().unwrap_or(&record.label);
        let relative = normalise_domain(node.as_str());
        let in_full = relative == zone.zone
            || relative.strip_suffix(zone.zone.as_str()).is_some_and(|rest| rest.ends_with('.'));
        let first_label = zone.name.split('.').next().unwrap_or_default();
        let reason = if record.name.is_some() && in_full {
            Some("names are relative to their zone, so leave the zone's name out")
        } else if relative == "@" {
            Some("Route 53 takes `@` literally; the zone itself is written `name: apex`")
        } else if first_label.contains('*') && first_label != "*" {
            Some("a wildcard is the whole leftmost label")
        } else if first_label == "*" && record.record_type.value == RecordType::NS {
            Some("NS records have no wildcards")
        } else {
            check_domain(&zone.name).err()
        };
        if let Some(reason) = reason {
            report.at(node.id, format!("`{}` is not a record's name: {reason}", node.value));
        }
    }
}

/// The records of a type at the apex of their zone, with its name.
fn at_apex<'a>(context: &'a Context<'_>, wanted: RecordType) -> impl Iterator<Item = (NodeId, &'a str)> {
    context.records.iter().filter_map(move |RecordView { spec, zone }| {
        let zone = zone.as_ref()?;
        let is_it = spec.record_type.value == wanted && zone.name == zone.zone;
        is_it.then_some((spec.record_type.id, zone.zone.as_str()))
    })
}

/// A CNAME is never at the apex.
fn check_apex_cname(context: &Context<'_>, report: &mut Report<'_>) {
    for (id, zone) in at_apex(context, RecordType::CNAME) {
        report.at(id, format!("a CNAME is not permitted at the apex of {zone}"));
    }
}

/// The NS records of the apex are not the user's.
fn check_apex_name_servers(context: &Context<'_>, report: &mut Report<'_>) {
    for (id, zone) in at_apex(context, RecordType::NS) {
        report.at(id, format!("the NS records of {zone} itself are Route 53's"));
    }
    for record in context.of_type(RecordType::SOA) {
        report.at(
            record.spec.record_type.id,
            "the SOA record of a zone is Route 53's, and no other name has one",
        );
    }
}

/// A CNAME has no neighbour of another type.
fn check_cname_neighbours(context: &Context<'_>, report: &mut Report<'_>) {
    let mut cnames = Seen::default();
    for RecordView { spec, zone } in &context.records {
        if let Some(zone) = zone
            && spec.record_type.value == RecordType::CNAME
        {
            cnames.first(joined(spec.zone.as_str(), &zone.name), spec.record_type.id);
        }
    }
    for RecordView { spec, zone } in &context.records {
        if let Some(zone) = zone
            && spec.record_type.value != RecordType::CNAME
            && let Some(cname) = cnames.get(&joined(spec.zone.as_str(), &zone.name))
        {
            let message = format!("{} has a CNAME and a record of another type", zone.name);
            report.related(*cname, message, (spec.record_type.id, "the record of another type"));
        }
    }
}

/// One name and type is one item.
fn check_duplicates(context: &Context<'_>, report: &mut Report<'_>) {
    let mut first = Seen::default();
    for RecordView { spec, zone } in &context.records {
        let Some(zone) = zone else { continue };
        let key = joined(&joined(spec.zone.as_str(), &zone.name), spec.record_type.value.name());
        if let Some(earlier) = first.first(key, spec.label.id) {
            let message =
                format!("{} of type {} is declared twice", zone.name, spec.record_type.value.name());
            report.related(spec.label.id, message, (earlier, "first declared here"));
        }
    }
}

/// A DS record is not at the apex.
fn check_apex_signers(context: &Context<'_>, report: &mut Report<'_>) {
    for (id, zone) in at_apex(context, RecordType::DS) {
        report.at(id, format!("the DS record of {zone} belongs to its parent's zone"));
    }
}

/// Where a DS record is, there is a delegation.
fn check_signers(context: &Context<'_>, report: &mut Report<'_>) {
    let place = |record: &RecordView<'_>| {
        record.zone.as_ref().map(|zone| joined(record.spec.zone.as_str(), &zone.name))
    };
    let mut delegated = Seen::default();
    for record in context.of_type(RecordType::NS) {
        if let Some(place) = place(record) {
            delegated.first(place, record.spec.label.id);
        }
    }
    for record in context.of_type(RecordType::DS) {
        let (Some(zone), Some(place)) = (&record.zone, place(record)) else { continue };
        if zone.name != zone.zone && !delegated.contains(&place) {
            report.at(record.spec.record_type.id, format!("{} has a DS record and no NS record", zone.name));
        }
    }
}

/// Nobody asks for SPF records.
fn check_spf(context: &Context<'_>, report: &mut Report<'_>) {
    for record in context.of_type(RecordType::SPF) {
        report.at(record.spec.record_type.id, "the record type SPF is obsolete");
    }
}

/// What tells how users of a record are sent: its policy, and who gets an answer.
fn ways(context: &Context<'_>, record: &RecordSpec) -> (Option<GroupPolicy>, Vec<Option<String>>) {
    let policy = match &record.routing {
        RoutingSpec::Simple(_) => None,
        RoutingSpec::Group(group) => Some(group.policy),
    };
    let mut keys: Vec<Option<String>> = Vec::new();
    for member in context.members(record) {
        let key = member.key();
        let (Ok(place) | Err(place)) = keys.binary_search(&key);
        keys.insert(place, key);
    }
    (policy, keys)
}

/// Users of IPv4 and IPv6 are sent the same ways.
fn check_families(context: &Context<'_>, report: &mut Report<'_>) {
    let mut fours: ByText<&RecordSpec> = ByText::default();
    for record in context.of_type(RecordType::A) {
        if let Some(zone) = &record.zone {
            fours.first(joined(record.spec.zone.as_str(), &zone.name), record.spec);
        }
    }
    for record in context.of_type(RecordType::AAAA) {
        let Some(zone) = &record.zone else { continue };
        let Some(four) = fours.get(&joined(record.spec.zone.as_str(), &zone.name)) else { continue };
        if ways(context, four) != ways(context, record.spec) {
            let message = format!("users of {} by IPv6 are sent other ways than by IPv4", zone.name);
            report.related(
                record.spec.record_type.id,
                message,
                (four.record_type.id, "the record of type A"),
            );
        }
    }
}
