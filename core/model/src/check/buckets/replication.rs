//! Rules about what is copied between buckets, and how. Not here: names (the parent's).

use crate::check::{Context, bucket_places, each_bucket};
use crate::diagnostic::Severity;
use crate::node::{Node, NodeId};
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{BucketSpec, CopiesSpec, RuleKeys, StorageClass, all, is_on};

/// Most rules of one configuration (S3 API, ReplicationConfiguration).
const MAX_RULES: usize = 1000;
/// Longest prefix in bytes (S3 API, Prefix).
const MAX_PREFIX: usize = 1024;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(704),
        severity: Severity::Error,
        title: "copying needs versions",
        rule: "S3 copies only between buckets that keep versions, and locks only what has versions.",
        source: "S3 User Guide, replication requirements; AWS answers InvalidRequest",
        covers: &["S3-020", "S3-023", "S3-052", "S3-053"],
        fix: "leave versioning on, or write `separate` and no lock",
        wrong: "bucket media { mirror: each region, versioning: «false» }",
        right: "bucket media { mirror: each region, versioning: true }",
        check: Check::Spec(check_versioning),
    },
    Rule {
        code: Code(705),
        severity: Severity::Error,
        title: "bad copying rule",
        rule: "Rules have 1 to 1000 in all, prefixes of at most 1024 bytes, and of a single direction exactly one source; a rule with tags can't copy delete markers.",
        source: "S3 API, ReplicationRule; AWS answers InvalidRequest",
        covers: &["S3-050", "S3-057", "S3-058", "S3-063"],
        fix: "write `delete_markers: false` in a rule with tags, and shorter prefixes",
        wrong: "bucket media { mirror: each region, rules: [{ tagged: { public: \"yes\" }, delete_markers: «true» }] }",
        right: "bucket media { mirror: each region, rules: [{ prefix: \"images/\" }] }",
        check: Check::Spec(check_rules),
    },
    Rule {
        code: Code(706),
        severity: Severity::Warning,
        title: "rule that is never used",
        rule: "Where two rules fit an object the first counts, so one behind another that fits everything it fits is never used.",
        source: "S3 API, Priority",
        covers: &["S3-061"],
        fix: "put the narrower prefix first, or remove it",
        wrong: "bucket media { mirror: each region, rules: [{ prefix: \"a/\" }, «{» prefix: \"a/b/\" }] }",
        right: "bucket media { mirror: each region, rules: [{ prefix: \"a/b/\" }, { prefix: \"a/\" }] }",
        check: Check::Spec(check_shadowed),
    },
    Rule {
        code: Code(707),
        severity: Severity::Warning,
        title: "prefix that seldom fits",
        rule: "Keys of objects seldom begin with a slash, and characters that XML can't hold match nothing.",
        source: "S3 User Guide, object-keys",
        covers: &["S3-102"],
        fix: "leave the slash out",
        wrong: "bucket media { mirror: each region, rules: [{ prefix: «\"/images/\"» }] }",
        right: "bucket media { mirror: each region, rules: [{ prefix: \"images/\" }] }",
        check: Check::Spec(check_prefixes),
    },
    Rule {
        code: Code(708),
        severity: Severity::Warning,
        title: "copied by tag",
        rule: "S3 copies an object by the tags that it is written with; a tag that is added later starts nothing, and delete markers have no tags.",
        source: "S3 User Guide, replication-add-config",
        covers: &["S3-103"],
        fix: "choose by prefix, or write objects with their tags",
        wrong: "bucket media { mirror: each region, rules: [«{» tagged: { public: \"yes\" }, delete_markers: false }] }",
        right: "bucket media { mirror: each region, rules: [{ prefix: \"images/\" }] }",
        check: Check::Spec(check_tagged),
    },
    Rule {
        code: Code(709),
        severity: Severity::Warning,
        title: "deletions stay",
        rule: "Without delete markers, what is deleted in one region comes back from the others after a failover.",
        source: "S3 User Guide, delete-marker-replication",
        covers: &["S3-092", "S3-093", "X-008"],
        fix: "leave delete markers on between mirrors",
        wrong: "bucket media { mirror: each region, delete_markers: «false» }",
        right: "bucket media { copy: us => [eu], delete_markers: false }",
        check: Check::Spec(check_deletions),
    },
    Rule {
        code: Code(710),
        severity: Severity::Warning,
        title: "changes stay",
        rule: "Between mirrors, a change of a copy's tags, locks or access flows back only with modification sync in both directions.",
        source: "S3 User Guide, replication-for-metadata-changes",
        covers: &["S3-088", "S3-089", "X-008"],
        fix: "leave modification sync on between mirrors",
        wrong: "bucket media { mirror: each region, modification_sync: «false» }",
        right: "bucket media { mirror: each region, modification_sync: true }",
        check: Check::Spec(check_sync),
    },
    Rule {
        code: Code(711),
        severity: Severity::Warning,
        title: "archived copies",
        rule: "What is in GLACIER or DEEP_ARCHIVE must be restored for minutes or hours before a region can serve it.",
        source: "S3 User Guide, storage-class-intro",
        covers: &["S3-072"],
        fix: "use a class that answers at once, as in `storage_class: standard_ia`",
        wrong: "bucket media { mirror: each region, storage_class: «glacier» }",
        right: "bucket media { mirror: each region, storage_class: glacier_ir }",
        check: Check::Spec(check_archived),
    },
    Rule {
        code: Code(712),
        severity: Severity::Error,
        title: "copying that isn't",
        rule: "Settings of copying need buckets that are copied, and what goes one way has no way back.",
        source: "the language",
        covers: &["S3-066", "S3-068", "S3-091"],
        fix: "write `mirror` or `copy`, or leave the setting out",
        wrong: "bucket media { separate: each region, delete_markers: «true» }",
        right: "bucket media { separate: each region }",
        check: Check::Spec(check_settings),
    },
];

/// Whether anything is copied.
fn is_copied(bucket: &BucketSpec) -> bool {
    !matches!(bucket.copies, CopiesSpec::Separate(_))
}

/// What is switched off, where it was.
fn off(flag: &Option<Node<bool>>) -> Option<NodeId> {
    flag.as_ref().filter(|flag| !flag.value).map(|flag| flag.id)
}

/// What is copied or locked has versions.
fn check_versioning(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(id) = off(&bucket.versioning) else { continue };
        if is_copied(bucket) {
            report.at(id, "buckets that are copied keep versions");
        } else if bucket.object_lock.as_ref().is_some_and(|lock| lock.is_on) {
            report.at(id, "buckets with locks keep versions");
        }
    }
}

/// Rules are few, short, and copy no delete markers by tag.
fn check_rules(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(rules) = &bucket.rules else { continue };
        // Each is one for each destination.
        let count = rules.len() * bucket_places(context, bucket).len().saturating_sub(1).max(1);
        if !(1..=MAX_RULES).contains(&count) {
            report.at(bucket.label.id, format!("{count} rules where 1 to {MAX_RULES} are possible"));
        }
        for RuleKeys { id, prefix, tagged, delete_markers, storage_class: _, enabled: _ } in rules {
            if let Some(prefix) = prefix.as_ref().filter(|prefix| prefix.value.len() > MAX_PREFIX) {
                report.at(prefix.id, format!("a prefix of {} bytes", prefix.value.len()));
            }
            let markers = delete_markers.as_ref().map(|flag| (flag.id, flag.value));
            // Absent means as the bucket, and that means on.
            let (at, is_on) = markers.unwrap_or((*id, off(&bucket.delete_markers).is_none()));
            if tagged.is_some() && is_on {
                report.at(at, "a rule that chooses by tags can't copy delete markers");
            }
        }
    }
}

/// No rule stands behind one that fits all that it fits.
fn check_shadowed(context: &Context<'_>, report: &mut Report<'_>) {
    let prefix = |rule: &RuleKeys| rule.prefix.as_ref().map_or(String::new(), |prefix| prefix.value.clone());
    for bucket in each_bucket(context.spec) {
        let rules = all(&bucket.rules);
        for (index, rule) in rules.iter().enumerate() {
            let shadow = rules[..index]
                .iter()
                .find(|earlier| earlier.tagged.is_none() && prefix(rule).starts_with(&prefix(earlier)));
            if let Some(earlier) = shadow {
                report.related(
                    rule.id,
                    "an earlier rule fits everything that this one fits",
                    (earlier.id, "the earlier rule"),
                );
            }
        }
    }
}

/// Prefixes look like the beginnings of keys.
fn check_prefixes(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let mut prefixes = Vec::new();
        for rule in all(&bucket.rules) {
            prefixes.extend(&rule.prefix);
        }
        for (_, rule) in all(&bucket.lifecycle) {
            prefixes.extend(&rule.prefix);
        }
        for prefix in prefixes {
            if prefix.value.starts_with('/') {
                report.at(prefix.id, format!("keys seldom begin with a slash, as `{}` does", prefix.value));
            } else if prefix.value.chars().any(|c| c.is_control()) {
                report.at(prefix.id, "a control character in a prefix matches nothing");
            }
        }
    }
}

/// Rules by tag are pointed out.
fn check_tagged(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        for rule in all(&bucket.rules) {
            if rule.tagged.is_some() {
                report.at(rule.id, "only objects that are written with these tags are copied");
            }
        }
    }
}

/// Mirrors copy deletions.
fn check_deletions(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let CopiesSpec::Mirror(_) = bucket.copies else { continue };
        let mut places = Vec::new();
        // Rules say it for themselves.
        places.extend(off(&bucket.delete_markers).filter(|_| bucket.rules.is_none()));
        for rule in all(&bucket.rules) {
            // Tags rule them out anyway, and `check_rules` asks for it to be said.
            places.extend(off(&rule.delete_markers).filter(|_| rule.tagged.is_none()));
        }
        for id in places {
            report.at(id, "what is deleted in one region stays in the others");
        }
    }
}

/// Mirrors copy changes back.
fn check_sync(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let CopiesSpec::Mirror(_) = bucket.copies else { continue };
        if let Some(id) = off(&bucket.modification_sync) {
            report.at(id, "changes of a copy's tags and locks stay where they are made");
        }
    }
}

/// Copies answer at once.
fn check_archived(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let mut classes = Vec::new();
        classes.extend(&bucket.storage_class);
        for rule in all(&bucket.rules) {
            classes.extend(&rule.storage_class);
        }
        for class in classes {
            if matches!(class.value, StorageClass::Glacier | StorageClass::DeepArchive) {
                report.at(
                    class.id,
                    format!("copies in {} can't be served before they are restored", class.value.word()),
                );
            }
        }
    }
}

/// Settings of copying are for what is copied.
fn check_settings(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        match &bucket.copies {
            CopiesSpec::Mirror(_) => {}
            CopiesSpec::OneWay(..) => {
                if let Some(sync) = bucket.modification_sync.as_ref().filter(|flag| flag.value) {
                    report.at(sync.id, "changes flow back only between mirrors");
                }
            }
            CopiesSpec::Separate(_) => {
                let flags =
                    [&bucket.replication_time_control, &bucket.delete_markers, &bucket.modification_sync];
                let mut settings = Vec::new();
                for flag in flags {
                    settings.extend(flag.as_ref().map(|flag| flag.id));
                }
                settings.extend(bucket.storage_class.as_ref().map(|class| class.id));
                for rule in all(&bucket.rules) {
                    settings.push(rule.id);
                }
                for id in settings {
                    report.at(id, "nothing is copied between these buckets");
                }
            }
        }
        if let CopiesSpec::OneWay(source, set) = &bucket.copies {
            let sources = context.set(set, Some(source.as_str()));
            if context.place(source.as_str()).is_some_and(|place| sources.contains(&place)) {
                report.at(source.id, format!("region `{}` can't be copied to itself", source.value));
            }
        }
        if is_on(&bucket.replication_time_control) && bucket.rules.as_ref().is_some_and(Vec::is_empty) {
            report.at(bucket.label.id, "there is no rule to control the time of");
        }
    }
}
