//! Rules about buckets: names, and how many there are. Not here: copying, settings and lifecycles (their own modules).

pub(super) mod lifecycle;
pub(super) mod replication;
pub(super) mod settings;

use super::{Context, Place, dashed, each_bucket};
use crate::diagnostic::Severity;
use crate::name::check_bucket;
use crate::node::Node;
use crate::read::own;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{BucketSpec, CopiesSpec, Namespace, RegionSet};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: Code(701),
        severity: Severity::Error,
        title: "bad bucket name",
        rule: "Bucket names have 3 to 63 lower-case letters, digits, dots and hyphens, and avoid reserved prefixes and suffixes.",
        source: "S3 User Guide, bucketnamingrules; AWS answers InvalidBucketName",
        covers: &["S3-001", "S3-002", "S3-003", "S3-005", "S3-006", "S3-007", "S3-008"],
        fix: "give the bucket another `name`, as in \"assets-{account}-{region}\"",
        wrong: "bucket media { mirror: each region, name: «\"Media-{region}\"» }",
        right: "bucket media { mirror: each region, name: \"media-{region}\" }",
        check: Check::Spec(check_names),
    },
    Rule {
        code: Code(702),
        severity: Severity::Error,
        title: "lonely mirror",
        rule: "There is nowhere to replicate to.",
        source: "S3 User Guide, replication",
        covers: &[],
        fix: "mirror to at least two regions",
        wrong: "bucket media { mirror: «[us]» }",
        right: "bucket media { mirror: [us, eu] }",
        check: Check::Spec(check_mirrors),
    },
    Rule {
        code: Code(703),
        severity: Severity::Warning,
        title: "dotted bucket name",
        rule: "The wildcard certificate of S3 covers one label.",
        source: "S3 User Guide, bucketnamingrules",
        covers: &["S3-009"],
        fix: "use hyphens instead of dots",
        wrong: "bucket media { mirror: each region, name: «\"media.{region}\"» }",
        right: "bucket media { mirror: each region, name: \"media-{region}\" }",
        check: Check::Spec(check_dots),
    },
];

/// A bucket's name in a region. The account in the default name makes it unlikely that somebody else has it.
pub(crate) fn bucket_name(context: &Context<'_>, bucket: &BucketSpec, place: Place<'_>) -> Option<String> {
    let own = own(&bucket.overrides, place.0).and_then(|own| own.name.as_ref());
    match own.or(bucket.name.as_ref()) {
        Some(name) => context.expand(name.as_str(), Some(place)),
        None => {
            let account = context.spec.account.as_str();
            let namespace = bucket.namespace.as_ref();
            let suffix = namespace.filter(|namespace| namespace.value == Namespace::Account).map(|_| "-an");
            let label = dashed(bucket.label.as_str());
            Some(format!("{label}-{account}-{}{}", place.1.code(), suffix.unwrap_or_default()))
        }
    }
}

/// The regions of a bucket item, the source of what goes one way first.
pub(crate) fn places<'a>(context: &Context<'a>, bucket: &BucketSpec) -> Vec<Place<'a>> {
    let source = bucket.copies.source();
    let mut places = Vec::new();
    places.extend(source.and_then(|label| context.place(label.as_str())));
    for place in context.set(bucket.copies.set(), source.map(|label| label.as_str())) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The regions of a bucket item with the names of its buckets.
pub(super) fn named<'a>(context: &Context<'a>, bucket: &BucketSpec) -> Vec<(Place<'a>, String)> {
    let mut named = Vec::new();
    for place in places(context, bucket) {
        named.extend(bucket_name(context, bucket, place).map(|name| (place, name)));
    }
    named
}

/// The names of a bucket, in its regions.
fn names_of(context: &Context<'_>, bucket: &BucketSpec) -> Vec<String> {
    let mut names = Vec::new();
    for (_, name) in named(context, bucket) {
        names.push(name);
    }
    names
}

/// Where a bucket's name was written.
fn node(bucket: &BucketSpec) -> &Node<String> {
    bucket.name.as_ref().unwrap_or(&bucket.label)
}

/// All names, with where they were written.
pub(super) fn names<'a>(context: &Context<'a>) -> Vec<(String, &'a Node<String>)> {
    let mut names = Vec::new();
    for bucket in each_bucket(context.spec) {
        for name in names_of(context, bucket) {
            names.push((name, node(bucket)));
        }
    }
    names
}

/// Names are legal.
fn check_names(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let names = names_of(context, bucket);
        for name in &names {
            if let Err(reason) = check_bucket(name) {
                report.at(node(bucket).id, format!("`{name}` is not a bucket's name: {reason}"));
                break;
            }
        }
    }
}

/// Names have no dots.
fn check_dots(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        if let Some(name) = names_of(context, bucket).iter().find(|name| name.contains('.')) {
            let message = format!("the dots in `{name}` break TLS for virtual-hosted access");
            report.at(node(bucket).id, message);
        }
    }
}

/// A mirror has two ends at least.
fn check_mirrors(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        if let CopiesSpec::Mirror(RegionSet::Listed(id, labels)) = &bucket.copies
            && labels.len() < 2
        {
            report.at(*id, "a mirror needs at least two regions");
        }
    }
}
