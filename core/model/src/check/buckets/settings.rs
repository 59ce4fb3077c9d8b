//! Rules about the settings of buckets. Not here: what is copied between them (`replication`), lifecycles.

use super::{names_of, node};
use crate::check::{Context, each_bucket};
use crate::diagnostic::Severity;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{EncryptionSpec, LockSpec, Namespace, PublicAccess, RetentionSpec, WebsiteKeys, all};

/// The most days of a lock (S3 User Guide, object-lock).
const MAX_DAYS: u64 = 36_500;
/// The most years of a lock (S3 User Guide, object-lock).
const MAX_YEARS: u64 = 100;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(713),
        severity: Severity::Error,
        title: "bad retention of versions",
        rule: "Versions are locked for 1 to 36,500 days or 1 to 100 years.",
        source: "S3 API, DefaultRetention; S3 User Guide, object-lock",
        covers: &["S3-024", "S3-025", "S3-091", "S3-096", "X-091"],
        fix: "write days up to 36500d or years up to 100y",
        wrong: "bucket media { mirror: each region, object_lock: governance(«0d») }",
        right: "bucket media { mirror: each region, object_lock: governance(30d) }",
        check: Check::Spec(check_lock),
    },
    Rule {
        code: Code(714),
        severity: Severity::Warning,
        title: "lock that nobody can undo",
        rule: "In compliance mode nobody, not even the account's root, can shorten a lock or delete what is locked: destroying the bucket has to wait.",
        source: "S3 User Guide, object-lock",
        covers: &["S3-026"],
        fix: "use governance unless a regulator asks for compliance",
        wrong: "bucket media { mirror: each region, object_lock: «compliance»(1y) }",
        right: "bucket media { mirror: each region, object_lock: governance(30d) }",
        check: Check::Spec(check_compliance),
    },
    Rule {
        code: Code(715),
        severity: Severity::Error,
        title: "bucket key without kms",
        rule: "A bucket key saves calls to KMS, so it goes with `kms` and neither with S3's own key nor with the dual layer.",
        source: "S3 API, BucketKeyEnabled",
        covers: &["S3-028"],
        fix: "write `encryption: kms(\"alias/media\")`, or leave the bucket key out",
        wrong: "bucket media { mirror: each region, bucket_key: «true» }",
        right: "bucket media { mirror: each region, encryption: kms(\"alias/media\"), bucket_key: true }",
        check: Check::Spec(check_bucket_key),
    },
    Rule {
        code: Code(716),
        severity: Severity::Warning,
        title: "public access",
        rule: "What is public can be read by everybody; a website can be served by CloudFront from buckets that are not.",
        source: "S3 User Guide, access-control-block-public-access",
        covers: &["S3-032"],
        fix: "leave public access blocked",
        wrong: "bucket media { mirror: each region, public_access: «allowed» }",
        right: "bucket media { mirror: each region, public_access: blocked }",
        check: Check::Spec(check_public),
    },
    Rule {
        code: Code(717),
        severity: Severity::Error,
        title: "bad website",
        rule: "A website has an index document, which is no path, or sends every request to another host, and then nothing else; its objects must be public.",
        source: "S3 API, WebsiteConfiguration",
        covers: &["S3-031"],
        fix: "write `website: { index: \"index.html\" }` and `public_access: allowed`",
        wrong: "bucket media { mirror: each region, website: «{» index: \"index.html\" } }",
        right: "bucket media { mirror: each region, website: { redirect: \"www.example.com\" } }",
        check: Check::Spec(check_website),
    },
    Rule {
        code: Code(718),
        severity: Severity::Error,
        title: "name of another namespace",
        rule: "A bucket in the account's own namespace ends in `-{account}-{region}-an`, and no other bucket does.",
        source: "S3 User Guide, bucketnamingrules; AWS answers InvalidNamespaceHeader",
        covers: &["S3-008"],
        fix: "write `namespace: account` exactly with such a name",
        wrong: "bucket media { mirror: each region, namespace: account, name: «\"media-{region}\"» }",
        right: "bucket media { mirror: each region, namespace: account, name: \"media-{account}-{region}-an\" }",
        check: Check::Spec(check_namespace),
    },
    Rule {
        code: Code(719),
        severity: Severity::Error,
        title: "override of no bucket",
        rule: "Settings of a bucket's own are for a region that has one.",
        source: "the language",
        covers: &[],
        fix: "name a region of the item",
        wrong: "bucket media { copy: us => [eu], overrides: { «ap» => { name: \"media-ap\" } } }\nregions { us: us_east_1, eu: eu_west_1, ap: ap_south_1 }",
        right: "bucket media { mirror: each region, overrides: { eu => { name: \"media-eu\" } } }",
        check: Check::Spec(check_overrides),
    },
    Rule {
        code: Code(720),
        severity: Severity::Warning,
        title: "dash beside a dot",
        rule: "A dash next to a dot is refused by some tools, as AWS once did.",
        source: "S3 User Guide, bucketnamingrules of 2023",
        covers: &["S3-004"],
        fix: "use hyphens alone",
        wrong: "#[allow(polyregion::p0703)]\nbucket media { mirror: each region, name: «\"media-.{region}\"» }",
        right: "bucket media { mirror: each region, name: \"media-{region}\" }",
        check: Check::Spec(check_dashes),
    },
];

/// Locks last as long as they can.
fn check_lock(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(lock) = &bucket.object_lock else { continue };
        let LockSpec { id: _, is_on: _, retention } = lock;
        let Some(RetentionSpec { is_compliance: _, amount, is_years }) = retention else { continue };
        let most = if *is_years { MAX_YEARS } else { MAX_DAYS };
        if !(1..=most).contains(&amount.value) {
            report.at(amount.id, format!("versions can be locked for 1 to {most}"));
        }
    }
}

/// What can't be undone is pointed out.
fn check_compliance(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(lock) = &bucket.object_lock else { continue };
        if lock.retention.as_ref().is_some_and(|retention| retention.is_compliance) {
            report.at(lock.id, "nobody can delete what is locked in compliance mode");
        }
    }
}

/// Bucket keys go with KMS.
fn check_bucket_key(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(flag) = bucket.bucket_key.as_ref().filter(|flag| flag.value) else { continue };
        let reason = match &bucket.encryption {
            None | Some(EncryptionSpec::Service(_)) => "objects are encrypted with S3's own key",
            Some(EncryptionSpec::DualLayer(..)) => "the dual layer takes none",
            Some(EncryptionSpec::Managed(_) | EncryptionSpec::Customer(_)) => continue,
        };
        report.at(flag.id, format!("a bucket key means nothing here: {reason}"));
    }
}

/// What is public is pointed out.
fn check_public(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(access) = &bucket.public_access else { continue };
        if access.value == PublicAccess::Allowed {
            report.at(access.id, "objects of these buckets can be made public");
        }
    }
}

/// Websites have an index that everybody can read, or another host.
fn check_website(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(WebsiteKeys { id, index, error, redirect }) = &bucket.website else { continue };
        if let Some(redirect) = redirect {
            for surplus in index.iter().chain(error) {
                report.at(surplus.id, "a website that sends every request elsewhere has no documents");
            }
            if let Err(reason) = crate::name::check_host(redirect.as_str()) {
                report.at(redirect.id, format!("`{}` is not a host: {reason}", redirect.value));
            }
            continue;
        }
        match index {
            None => report.at(*id, "a website needs an index document"),
            Some(index) if index.value.is_empty() || index.value.contains('/') => {
                report.at(index.id, format!("`{}` can't be an index document", index.value));
            }
            Some(_) => {}
        }
        let is_public =
            bucket.public_access.as_ref().is_some_and(|access| access.value == PublicAccess::Allowed);
        if !is_public {
            report.at(*id, "a website whose objects nobody can read");
        }
    }
}

/// Names are of their namespace.
fn check_namespace(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let is_own = bucket.namespace.as_ref().is_some_and(|namespace| namespace.value == Namespace::Account);
        for (place, name) in super::named(context, bucket) {
            let suffix = format!("-{}-{}-an", context.spec.account.value, place.1.code());
            if is_own && !name.ends_with(&suffix) {
                report.at(node(bucket).id, format!("`{name}` does not end in `{suffix}`"));
                break;
            }
            if !is_own && name.ends_with("-an") {
                report.at(
                    node(bucket).id,
                    format!("`{name}` ends in `-an`, which is for the account's own namespace"),
                );
                break;
            }
        }
    }
}

/// Overrides are for regions that have a bucket.
fn check_overrides(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let places = super::places(context, bucket);
        let mut labels = Vec::new();
        for other in all(&bucket.overrides) {
            labels.extend(&other.regions);
        }
        for label in labels {
            if context.place(label.as_str()).is_some_and(|place| !places.contains(&place)) {
                report.at(label.id, format!("region `{}` has no bucket of this item", label.value));
            }
        }
    }
}

/// Dots have no dashes beside them.
fn check_dashes(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let names = names_of(context, bucket);
        if let Some(name) = names.iter().find(|name| name.contains(".-") || name.contains("-.")) {
            report.at(node(bucket).id, format!("`{name}` has a dash beside a dot"));
        }
    }
}
