//! Rules about mirrored buckets. Not here: the replication rules that the engine always writes.

use super::{Context, Place, dashed, each_bucket, report_duplicates};
use crate::diagnostic::Diagnostics;
use crate::name::check_bucket;
use crate::problem::Problem;
use crate::spec::{BucketSpec, RegionSet};

/// A bucket's name in a region. The account in the default name makes it unlikely that somebody else has it.
pub(crate) fn bucket_name(context: &Context<'_>, bucket: &BucketSpec, place: Place<'_>) -> Option<String> {
    match &bucket.name {
        Some(name) => context.expand(name.as_str(), Some(place)),
        None => {
            let account = context.spec.account.as_str();
            Some(format!("{}-{account}-{}", dashed(bucket.label.as_str()), place.1.code()))
        }
    }
}

/// Names are legal (S3-001 to S3-008), without dots (S3-009), and unique over the whole topology (S3-010).
pub(super) fn check_names(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let mut names = Vec::new();
    for bucket in each_bucket(context.spec) {
        let node = bucket.name.as_ref().unwrap_or(&bucket.label);
        let in_regions: Vec<String> = context
            .set(&bucket.mirror, None)
            .into_iter()
            .filter_map(|place| bucket_name(context, bucket, place))
            .collect();
        let bad = in_regions.iter().find_map(|name| check_bucket(name).err().map(|reason| (name, reason)));
        if let Some((name, reason)) = bad {
            diagnostics
                .push(node.id, Problem::BadBucketName { name: name.clone(), reason: reason.to_owned() });
            continue;
        }
        if let Some(name) = in_regions.iter().find(|name| name.contains('.')) {
            diagnostics.push(node.id, Problem::DottedBucket { name: name.clone() });
        }
        names.extend(in_regions.into_iter().map(|name| (name, node)));
    }
    report_duplicates("buckets", names, diagnostics);
}

/// A mirror has two ends at least.
pub(super) fn check_mirrors(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for bucket in each_bucket(context.spec) {
        if let RegionSet::Listed(id, labels) = &bucket.mirror
            && labels.len() < 2
        {
            diagnostics.push(*id, Problem::LonelyMirror);
        }
    }
}
