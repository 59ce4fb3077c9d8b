//! Settings of buckets: how each is put and read back. Not here: when that is done (`execute`), versioning, lifecycles, replication and
//! tags.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types::{
    DefaultRetention, ErrorDocument, IndexDocument, ObjectLockConfiguration, ObjectLockEnabled,
    ObjectLockRetentionMode, ObjectLockRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, RedirectAllRequestsTo, RoutingRule, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    WebsiteConfiguration,
};
use polyregion_model::spec::{Ownership, PublicAccess};
use polyregion_model::{Bucket, Region};

use super::clients::Aws;
use super::encryption::{self, KMS};
use super::error::{AwsError, failed};
use super::lifecycle;
use crate::attribute::{Attributes, Field, Value};

/// What is set of a bucket, but for what AWS does unasked: only what is sought, a call each.
pub(super) async fn read(
    aws: &Aws,
    region: Region,
    bucket: &str,
    sought: &BTreeSet<Field>,
) -> Result<Attributes, AwsError> {
    let client = aws.s3(region);
    let mut found = Attributes::new();
    if sought.contains(&Field::PublicAccess) {
        let call = client.get_public_access_block().bucket(bucket).send().await;
        let block = match call.map_err(failed("s3:GetPublicAccessBlock", region)) {
            Ok(answer) => answer.public_access_block_configuration,
            Err(error) if error.is(&["NoSuchPublicAccessBlockConfiguration"]) => None,
            Err(error) => return Err(error),
        };
        found.extend(public_access(block.as_ref()).map(|access| (Field::PublicAccess, Value::text(access))));
    }
    if sought.contains(&Field::Ownership) {
        let call = client.get_bucket_ownership_controls().bucket(bucket).send().await;
        let controls = match call.map_err(failed("s3:GetBucketOwnershipControls", region)) {
            Ok(answer) => answer.ownership_controls,
            Err(error) if error.is(&["OwnershipControlsNotFoundError"]) => None,
            Err(error) => return Err(error),
        };
        let rule = controls.as_ref().and_then(|controls| controls.rules().first());
        // Without controls, access control lists are in force (S3 User Guide, about-object-ownership).
        let id = rule.map_or(Ownership::ObjectWriter.id(), |rule| rule.object_ownership().as_str());
        let known = Ownership::ALL.iter().find(|known| known.id() == id).map_or(id, |known| known.word());
        if known != Ownership::BucketOwnerEnforced.word() {
            found.insert(Field::Ownership, Value::text(known));
        }
    }
    if sought.contains(&Field::Encryption) || sought.contains(&Field::BucketKey) {
        let call = client.get_bucket_encryption().bucket(bucket).send().await;
        let answer = call.map_err(failed("s3:GetBucketEncryption", region))?;
        let rules = answer.server_side_encryption_configuration.map(|found| found.rules).unwrap_or_default();
        if let Some(rule) = rules.first() {
            let default = rule.apply_server_side_encryption_by_default();
            let encryption = default.and_then(encryption_text).map(Value::Text);
            found.extend(encryption.map(|text| (Field::Encryption, text)));
            let key = rule.bucket_key_enabled().filter(|on| *on).map(Value::Flag);
            found.extend(key.map(|on| (Field::BucketKey, on)));
        }
    }
    if sought.contains(&Field::Lifecycle) {
        found.extend(lifecycle::read(aws, region, bucket).await?.map(|rules| (Field::Lifecycle, rules)));
    }
    if sought.contains(&Field::ObjectLock) {
        let call = client.get_object_lock_configuration().bucket(bucket).send().await;
        let lock = match call.map_err(failed("s3:GetObjectLockConfiguration", region)) {
            Ok(answer) => answer.object_lock_configuration,
            Err(error) if error.is(&["ObjectLockConfigurationNotFoundError"]) => None,
            Err(error) => return Err(error),
        };
        found.extend(lock.map(|lock| (Field::ObjectLock, Value::Text(lock_text(&lock)))));
    }
    if sought.contains(&Field::Website) {
        let website = find_website(aws, region, bucket).await?;
        found.extend(website.map(|website| (Field::Website, Value::Map(website_parts(&website)))));
    }
    Ok(found)
}

/// Puts these settings as declared.
pub(super) async fn put(aws: &Aws, bucket: &Bucket, fields: &BTreeSet<Field>) -> Result<(), AwsError> {
    let Bucket { name, region, lifecycle: _, settings } = bucket;
    let (region, client) = (*region, aws.s3(*region));
    if fields.contains(&Field::Ownership) {
        let word = settings.get(&Field::Ownership).and_then(Value::as_text);
        let known = Ownership::ALL.iter().find(|known| Some(known.word()) == word);
        let id = known.map_or(Ownership::BucketOwnerEnforced.id(), |known| known.id());
        let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(id)).build()?;
        let controls = OwnershipControls::builder().rules(rule).build()?;
        let call = client.put_bucket_ownership_controls().bucket(name).ownership_controls(controls);
        call.send().await.map_err(failed("s3:PutBucketOwnershipControls", region))?;
    }
    if fields.contains(&Field::PublicAccess) {
        let blocked = !settings.contains_key(&Field::PublicAccess);
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(blocked)
            .ignore_public_acls(blocked)
            .block_public_policy(blocked)
            .restrict_public_buckets(blocked);
        let call = client.put_public_access_block().bucket(name);
        let call = call.public_access_block_configuration(block.build());
        call.send().await.map_err(failed("s3:PutPublicAccessBlock", region))?;
    }
    if fields.contains(&Field::Encryption) || fields.contains(&Field::BucketKey) {
        let text = settings.get(&Field::Encryption).and_then(Value::as_text);
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(by_default(text)?)
            .bucket_key_enabled(settings.contains_key(&Field::BucketKey))
            .build();
        let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build()?;
        let call = client.put_bucket_encryption().bucket(name);
        let call = call.server_side_encryption_configuration(configuration);
        call.send().await.map_err(failed("s3:PutBucketEncryption", region))?;
    }
    // Locks can't be taken away, and a plan says so.
    if let Some(text) = settings.get(&Field::ObjectLock).filter(|_| fields.contains(&Field::ObjectLock)) {
        let lock = lock(text.as_text().unwrap_or_default());
        let call = client.put_object_lock_configuration().bucket(name).object_lock_configuration(lock);
        call.send().await.map_err(failed("s3:PutObjectLockConfiguration", region))?;
    }
    if fields.contains(&Field::Website) {
        match settings.get(&Field::Website).and_then(Value::as_map) {
            Some(parts) => {
                let rules = find_website(aws, region, name).await?.and_then(|found| found.routing_rules);
                let call = client.put_bucket_website().bucket(name);
                let call = call.website_configuration(website(parts, rules)?);
                call.send().await.map_err(failed("s3:PutBucketWebsite", region))?;
            }
            None => {
                let call = client.delete_bucket_website().bucket(name).send().await;
                call.map_err(failed("s3:DeleteBucketWebsite", region))?;
            }
        }
    }
    Ok(())
}

/// As the model writes it.
fn lock_text(lock: &ObjectLockConfiguration) -> String {
    let retention = lock.rule().and_then(|rule| rule.default_retention());
    let Some(retention) = retention else { return "on".to_owned() };
    let mode = retention.mode().map_or(String::new(), |mode| mode.as_str().to_ascii_lowercase());
    match (retention.days(), retention.years()) {
        (Some(days), _) => format!("{mode}({days}d)"),
        (None, Some(years)) => format!("{mode}({years}y)"),
        (None, None) => mode,
    }
}

/// What the model's text for it is to AWS.
fn lock(text: &str) -> ObjectLockConfiguration {
    let lock = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled);
    let Some((mode, amount)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        return lock.build();
    };
    let number = |unit: char| amount.strip_suffix(unit).and_then(|number| number.parse::<i32>().ok());
    let retention = DefaultRetention::builder()
        .mode(ObjectLockRetentionMode::from(mode.to_ascii_uppercase().as_str()))
        .set_days(number('d'))
        .set_years(number('y'));
    lock.rule(ObjectLockRule::builder().default_retention(retention.build()).build()).build()
}

/// The website that a bucket serves, if it does.
async fn find_website(
    aws: &Aws,
    region: Region,
    bucket: &str,
) -> Result<Option<GetBucketWebsiteOutput>, AwsError> {
    let call = aws.s3(region).get_bucket_website().bucket(bucket).send().await;
    match call.map_err(failed("s3:GetBucketWebsite", region)) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is(&["NoSuchWebsiteConfiguration"]) => Ok(None),
        Err(error) => Err(error),
    }
}

const INDEX: &str = "index";
const ERROR: &str = "error";
const REDIRECT: &str = "redirect";

/// As the model has it. Routing rules are others', and stay.
fn website_parts(found: &GetBucketWebsiteOutput) -> BTreeMap<String, String> {
    let host = found.redirect_all_requests_to().map(|redirect| redirect.host_name().to_owned());
    let parts = [
        (INDEX, found.index_document().map(|document| document.suffix().to_owned())),
        (ERROR, found.error_document().map(|document| document.key().to_owned())),
        (REDIRECT, host),
    ];
    parts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?))).collect()
}

fn website(
    parts: &BTreeMap<String, String>,
    rules: Option<Vec<RoutingRule>>,
) -> Result<WebsiteConfiguration, AwsError> {
    // A website that sends every request elsewhere has none (S3 API, `WebsiteConfiguration`).
    let rules = rules.filter(|_| !parts.contains_key(REDIRECT));
    let mut website = WebsiteConfiguration::builder().set_routing_rules(rules);
    if let Some(suffix) = parts.get(INDEX) {
        website = website.index_document(IndexDocument::builder().suffix(suffix).build()?);
    }
    if let Some(key) = parts.get(ERROR) {
        website = website.error_document(ErrorDocument::builder().key(key).build()?);
    }
    if let Some(host) = parts.get(REDIRECT) {
        website = website.redirect_all_requests_to(RedirectAllRequestsTo::builder().host_name(host).build()?);
    }
    Ok(website.build())
}

/// Whether objects can be made public; none if all of that is blocked, as it is on every new bucket.
fn public_access(block: Option<&PublicAccessBlockConfiguration>) -> Option<&'static str> {
    let block = block.map(|block| {
        [
            block.block_public_acls(),
            block.ignore_public_acls(),
            block.block_public_policy(),
            block.restrict_public_buckets(),
        ]
    });
    let on = block.map_or(0, |block| block.into_iter().filter(|on| *on == Some(true)).count());
    match on {
        4 => None,
        0 => Some(PublicAccess::Allowed.word()),
        // Somebody has set some of the four.
        _ => Some("blocked in part"),
    }
}

const DUAL_LAYER: &str = "dual_layer_kms";

/// As the model writes it; none for S3's own key.
fn encryption_text(found: &ServerSideEncryptionByDefault) -> Option<String> {
    let word = match found.sse_algorithm().as_str() {
        "AES256" => return None,
        "aws:kms" => KMS,
        "aws:kms:dsse" => DUAL_LAYER,
        other => other,
    };
    Some(encryption::text(word, found.kms_master_key_id()))
}

/// What the model's text for it is to AWS.
fn by_default(text: Option<&str>) -> Result<ServerSideEncryptionByDefault, AwsError> {
    let (word, key) = encryption::parts(text.unwrap_or_default());
    let algorithm = match word {
        KMS => ServerSideEncryption::AwsKms,
        DUAL_LAYER => ServerSideEncryption::AwsKmsDsse,
        _ => ServerSideEncryption::Aes256,
    };
    let default = ServerSideEncryptionByDefault::builder().sse_algorithm(algorithm);
    Ok(default.set_kms_master_key_id(key.map(str::to_owned)).build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encryption_is_read_as_it_is_written() {
        let texts = ["kms", "kms(\"alias/media\")", "dual_layer_kms", "dual_layer_kms(\"alias/media\")"];
        for text in texts {
            assert_eq!(encryption_text(&by_default(Some(text)).unwrap()).as_deref(), Some(text));
        }
        assert_eq!(encryption_text(&by_default(None).unwrap()), None);
    }

    #[test]
    fn locks_are_read_as_they_are_written() {
        for text in ["on", "governance(30d)", "compliance(2y)"] {
            assert_eq!(lock_text(&lock(text)), text);
        }
    }
}
