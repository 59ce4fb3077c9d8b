//! Rules about how long objects stay, and where. Not here: locks (`settings`).

use crate::check::{Context, each_bucket};
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{CopiesSpec, LifecycleKeys, StorageClass, TransitionSpec};

/// Most rules of a bucket (S3 API, LifecycleConfiguration).
const MAX_RULES: usize = 1000;
/// Longest name of a rule in bytes (S3 API, LifecycleRule ID).
const MAX_NAME: usize = 255;
/// Days before objects can go to an infrequent-access class (S3 User Guide, lifecycle transitions).
const LEAST_DAYS_BEFORE_IA: u64 = 30;
/// Most old versions that are kept whatever their age (S3 API, NewerNoncurrentVersions).
const MAX_KEPT: u64 = 100;

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(721),
        severity: Severity::Error,
        title: "bad lifecycle rule",
        rule: "A bucket has at most 1000 rules, with names of at most 255 bytes. A rule does at least one thing, after at least a day; objects go to the infrequent-access classes after 30 days at the earliest, from class to class in order, and expire after the last of it. Uploads are not chosen by tag, and at most 100 old versions are kept.",
        source: "S3 API, LifecycleRule; AWS answers InvalidArgument",
        covers: &["S3-037"],
        fix: "put later steps after earlier ones, at least 30 days before standard_ia and onezone_ia",
        wrong: "bucket media { mirror: each region, lifecycle: { old: { transitions: [«10d» => standard_ia], expire_old_versions: 90d } } }",
        right: "bucket media { mirror: each region, lifecycle: { old: { transitions: [30d => standard_ia], expire_old_versions: 90d } } }",
        check: Check::Spec(check_rules),
    },
    Rule {
        code: Code(722),
        severity: Severity::Warning,
        title: "versions for ever",
        rule: "Buckets that are copied keep every version of every object, and pay for it, unless a rule lets old ones expire.",
        source: "S3 User Guide, versioning workflows",
        covers: &["S3-039"],
        fix: "add `expire_old_versions` to a rule",
        wrong: "bucket media { mirror: each region, lifecycle: { old: «{» expire: 365d } } }",
        right: "bucket media { mirror: each region, lifecycle: { old: { expire: 365d, expire_old_versions: 90d } } }",
        check: Check::Spec(check_versions),
    },
];

/// Whether a step takes objects out of an infrequent-access class before S3 lets a rule do so (S3 User Guide, lifecycle transitions).
fn is_too_soon(earlier: &TransitionSpec, after: u64) -> bool {
    let is_infrequent = matches!(earlier.class.value, StorageClass::StandardIa | StorageClass::OnezoneIa);
    is_infrequent && (earlier.after.value + 1..earlier.after.value + LEAST_DAYS_BEFORE_IA).contains(&after)
}

/// What is wrong with the steps of a rule, and where.
fn check_steps(steps: &[TransitionSpec], expire: Option<&Node<u64>>, report: &mut Report<'_>) {
    let mut last: Option<&TransitionSpec> = None;
    for step in steps {
        let TransitionSpec { after, class } = step;
        let is_infrequent = matches!(class.value, StorageClass::StandardIa | StorageClass::OnezoneIa);
        if class.value == StorageClass::Standard {
            report.at(class.id, "objects can't go back to standard");
        } else if is_infrequent && after.value < LEAST_DAYS_BEFORE_IA {
            let message = format!(
                "objects go to {} after {LEAST_DAYS_BEFORE_IA} days at the earliest",
                class.value.word()
            );
            report.at(after.id, message);
        } else if let Some(earlier) = last.filter(|earlier| is_too_soon(earlier, after.value)) {
            let message = format!(
                "objects stay in {} for {LEAST_DAYS_BEFORE_IA} days at least",
                earlier.class.value.word()
            );
            report.related(after.id, message, (earlier.after.id, "the one before"));
        } else if let Some(earlier) = last.filter(|earlier| earlier.after.value >= after.value) {
            report.related(
                after.id,
                "a step that is not after the one before it",
                (earlier.after.id, "the one before"),
            );
        } else if let Some(earlier) = last.filter(|earlier| earlier.class.value as u8 >= class.value as u8) {
            let message =
                format!("objects can't go from {} to {}", earlier.class.value.word(), class.value.word());
            report.at(class.id, message);
        }
        last = Some(step);
    }
    if let (Some(last), Some(expire)) = (last, expire)
        && expire.value <= last.after.value
    {
        report.related(expire.id, "objects expire before their last step", (last.after.id, "the last step"));
    }
}

/// Rules are ones that S3 takes.
fn check_rules(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let Some(rules) = &bucket.lifecycle else { continue };
        if let Some((name, _)) = rules.get(MAX_RULES) {
            report.at(name.id, format!("more than {MAX_RULES} rules"));
        }
        for (name, rule) in rules {
            if name.value.len() > MAX_NAME {
                report.at(name.id, format!("a name of {} bytes", name.value.len()));
            }
            let LifecycleKeys {
                id,
                prefix: _,
                tagged,
                larger_than,
                transitions,
                expire,
                old_version_transitions,
                expire_old_versions,
                keep_old_versions,
                expire_delete_markers,
                abort_uploads,
                enabled: _,
            } = rule;
            let steps = transitions.as_deref().unwrap_or_default();
            let old_steps = old_version_transitions.as_deref().unwrap_or_default();
            let days = [expire, expire_old_versions, abort_uploads];
            let does_nothing = steps.is_empty()
                && old_steps.is_empty()
                && days.iter().all(|days| days.is_none())
                && !crate::spec::is_on(expire_delete_markers);
            if does_nothing {
                report.at(*id, format!("the rule `{}` does nothing", name.value));
            }
            for days in days {
                if let Some(Node { id, value: 0 }) = days {
                    report.at(*id, "nothing happens after no days at all");
                }
            }
            check_steps(steps, expire.as_ref(), report);
            check_steps(old_steps, expire_old_versions.as_ref(), report);
            if let Some(abort) = abort_uploads.as_ref().filter(|_| tagged.is_some() || larger_than.is_some())
            {
                report.at(abort.id, "uploads have no tags and no size to choose them by");
            }
            let markers = expire_delete_markers.as_ref().filter(|flag| flag.value);
            if let Some(markers) = markers.filter(|_| tagged.is_some() || larger_than.is_some()) {
                report.at(markers.id, "delete markers have no tags and no size to choose them by");
            }
            if let Some(markers) =
                expire_delete_markers.as_ref().filter(|flag| flag.value && expire.is_some())
            {
                report.at(markers.id, "objects that expire take their delete markers with them");
            }
            if let Some(kept) = keep_old_versions {
                if !(1..=MAX_KEPT).contains(&kept.value) {
                    report.at(kept.id, format!("1 to {MAX_KEPT} old versions can be kept"));
                } else if expire_old_versions.is_none() && old_steps.is_empty() {
                    report.at(kept.id, "old versions are kept anyway, as nothing lets them expire or move");
                }
            }
        }
    }
}

/// Old versions go one day.
fn check_versions(context: &Context<'_>, report: &mut Report<'_>) {
    for bucket in each_bucket(context.spec) {
        let keeps_versions = !matches!(bucket.copies, CopiesSpec::Separate(_))
            || bucket.versioning.as_ref().is_some_and(|flag| flag.value);
        let Some(rules) = bucket.lifecycle.as_ref().filter(|_| keeps_versions) else { continue };
        if let Some((_, first)) = rules.first()
            && rules.iter().all(|(_, rule)| rule.expire_old_versions.is_none())
        {
            report.at(first.id, "no rule lets old versions expire");
        }
    }
}
