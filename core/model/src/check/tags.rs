//! Rules about tags, which are alike for every item. Not here: the tags of the library itself (the engine's).

use super::Context;
use crate::diagnostic::Severity;
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::{BucketSpec, CopiesSpec, Item, Tag};

/// Tags of a resource (AWS General Reference, tagging), less the three that the library sets.
const MAX_TAGS: usize = 47;
/// The same of Route 53 (Route 53 API, ChangeTagsForResource: ten keys in a call), less the three.
const MAX_ROUTE53_TAGS: usize = 7;
/// Longest key in characters.
const MAX_KEY: usize = 128;
/// Longest value in characters.
const MAX_VALUE: usize = 256;

pub(super) static RULES: &[Rule] = &[Rule {
    code: Code(115),
    severity: Severity::Error,
    title: "bad tag",
    rule: "A resource has at most 50 tags (a hosted zone or a health check 10), keys of 1 to 128 and values of at most 256 characters, and no key that begins with `aws:`. Both are letters, digits, spaces and `_.:/=+-@`. Those of the library itself count: they mark what is whose. To the role of a bucket upper and lower case are the same.",
    source: "AWS General Reference, tagging; Route 53 API, ChangeTagsForResource",
    covers: &["DDB-022", "RDS-010", "S3-017", "HC-029", "HZ-022", "IAM-010"],
    fix: "use fewer and shorter tags, of letters, digits, spaces and `_.:/=+-@`",
    wrong: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), tags: { «\"aws:team\"»: \"checkout\" } }",
    right: "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins), tags: { team: \"checkout\" } }",
    check: Check::Spec(check_tags),
}];

/// Tags are few and short, and nobody else's.
fn check_tags(context: &Context<'_>, report: &mut Report<'_>) {
    let of_all = &context.spec.tags;
    of_all.iter().for_each(|tag| check_tag(tag, report));
    // Zones and health checks take the fewest.
    let has_route53 =
        context.spec.items.iter().any(|item| matches!(item, Item::Zone(_) | Item::HealthCheck(_)));
    let most = if has_route53 { MAX_ROUTE53_TAGS } else { MAX_TAGS };
    if let Some((key, _)) = of_all.get(most) {
        report.at(key.id, format!("{} tags of everything where {most} are possible", of_all.len()));
    }
    for item in &context.spec.items {
        let most = if item.kind().is_route53() { MAX_ROUTE53_TAGS } else { MAX_TAGS };
        let (of_item, of_regions) = item.tags();
        of_item.iter().for_each(|tag| check_tag(tag, report));
        check_together(item, &[of_all, of_item], most, report);
        for own in of_regions {
            own.iter().for_each(|tag| check_tag(tag, report));
            check_together(item, &[of_all, of_item, own], most, report);
        }
    }
}

/// What one resource has is not too much; the last list is the one that is to blame.
fn check_together(item: &Item, lists: &[&[Tag]], most: usize, report: &mut Report<'_>) {
    let Some((key, _)) = lists.last().and_then(|last| last.last()) else { return };
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in lists.iter().copied().flatten() {
        if !keys.contains(&key.as_str()) {
            keys.push(key.as_str());
        }
    }
    if keys.len() > most {
        report.at(key.id, format!("{} tags where {most} are possible", keys.len()));
    }
    // The role of a bucket has its tags, and to IAM upper and lower case are the same (IAM API, `Tag`).
    if let Item::Bucket(BucketSpec { copies: CopiesSpec::Mirror(_) | CopiesSpec::OneWay(..), .. }) = item {
        for (at, (key, _)) in lists.iter().copied().flatten().enumerate() {
            let alike = |known: &&&str| known.eq_ignore_ascii_case(key.as_str()) && **known != key.as_str();
            if let Some(known) = keys.iter().take(at).find(alike) {
                report.at(key.id, format!("`{}` is the same as `{known}` to IAM", key.value));
            }
        }
    }
}

fn check_tag((key, value): &Tag, report: &mut Report<'_>) {
    let length = key.value.chars().count();
    let is_ours = key.value.starts_with("polyregion:");
    let reason = if !(1..=MAX_KEY).contains(&length) {
        format!("its key has {length} characters")
    } else if key.value.to_ascii_lowercase().starts_with("aws:") || is_ours {
        format!("keys that begin with `{}` are taken", if is_ours { "polyregion:" } else { "aws:" })
    } else if let Some(odd) = key.value.chars().chain(value.value.chars()).find(|sign| !is_possible(*sign)) {
        format!("it has `{odd}`")
    } else if value.value.chars().count() > MAX_VALUE {
        format!("its value has {} characters", value.value.chars().count())
    } else {
        return;
    };
    report.at(key.id, format!("`{}` can't be a tag: {reason}", key.value));
}

/// What keys and values are made of (AWS General Reference, tagging).
fn is_possible(sign: char) -> bool {
    sign.is_alphanumeric() || sign == ' ' || "_.:/=+-@".contains(sign)
}
