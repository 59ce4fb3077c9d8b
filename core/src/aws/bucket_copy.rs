//! A copy of the state in an S3 bucket: made by the tool, versioned, encrypted, not public. Not here: which copy is the
//! truth (`state::ledger`).

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag,
    VersioningConfiguration,
};
use polyregion_model::{Region, Topology};
use tokio::time::sleep;

use super::ErrorKind;
use super::clients::Aws;
use super::error::{AwsError, failed};
use super::execute::create_configuration;
use super::tags;
use crate::state::{CopyError, CopyFuture, Expected, StateCopy, Stored};

/// The copies of a topology's state: one in each of its regions. The region that the partition is controlled from is
/// written last, so that it is never the one that decides.
pub fn copies(aws: &Aws, topology: &Topology) -> Vec<Arc<dyn StateCopy>> {
    let control = topology.partition().control_region();
    let mut regions: Vec<Region> = topology.regions().iter().map(|place| place.region).collect();
    regions.sort_by_key(|region| *region == control);
    let copy = |region| Arc::new(BucketCopy::new(aws, topology, region)) as Arc<dyn StateCopy>;
    regions.into_iter().map(copy).collect()
}

/// The bucket that holds the state of all topologies of an account in a region.
pub fn state_bucket(account: &str, region: Region) -> String {
    format!("polyregion-state-{account}-{region}")
}

/// A copy of the state of one topology in one region.
#[derive(Debug)]
pub struct BucketCopy {
    aws: Aws,
    region: Region,
    bucket: String,
    key: String,
}

impl BucketCopy {
    /// The copy in a region.
    pub fn new(aws: &Aws, topology: &Topology, region: Region) -> Self {
        Self {
            aws: aws.for_housekeeping(),
            region,
            bucket: state_bucket(topology.account(), region),
            key: format!("{}.state.json", topology.name()),
        }
    }

    fn client(&self) -> aws_sdk_s3::Client {
        self.aws.s3(self.region)
    }

    async fn get(&self) -> Result<Option<Stored>, AwsError> {
        const CALL: &str = "s3:GetObject";
        // A bucket of this name that is somebody else's must not be taken for ours.
        let call = self.client().get_object().bucket(&self.bucket).key(&self.key);
        let call = call.expected_bucket_owner(&self.aws.account).send().await;
        let output = match call.map_err(failed(CALL, self.region)) {
            Ok(output) => output,
            Err(error) if error.is(&["NoSuchKey", "NoSuchBucket"]) => return Ok(None),
            Err(error) => return Err(error),
        };
        let version = output.e_tag().unwrap_or_default().to_owned();
        let body = output.body.collect().await.map_err(|error| AwsError {
            call: format!("{CALL} in {}", self.region),
            kind: ErrorKind::Unreachable,
            region: Some(self.region),
            code: None,
            message: format!("the answer broke off: {error}"),
        })?;
        Ok(Some(Stored { bytes: body.to_vec(), version }))
    }

    async fn put(&self, bytes: Vec<u8>, expected: &Expected) -> Result<String, AwsError> {
        let call = self.client().put_object().bucket(&self.bucket).key(&self.key);
        let call = match expected {
            Expected::Nothing => call.if_none_match("*"),
            Expected::Version(version) => call.if_match(version),
        };
        let call = call
            .expected_bucket_owner(&self.aws.account)
            .content_type("application/json")
            .server_side_encryption(ServerSideEncryption::Aes256)
            .body(ByteStream::from(bytes));
        let output = call.send().await.map_err(failed("s3:PutObject", self.region))?;
        Ok(output.e_tag().unwrap_or_default().to_owned())
    }

    /// Makes the bucket, unless it is there, and makes sure that it is as it must be. Every call may be made again, so that
    /// a run that was killed between them does no harm.
    async fn prepare(&self) -> Result<(), AwsError> {
        let client = self.client();
        let owner = &self.aws.account;
        // Not HeadBucket, whose errors have no body to tell what is wrong.
        let found =
            client.get_bucket_versioning().bucket(&self.bucket).expected_bucket_owner(owner).send().await;
        match found.map_err(failed("s3:GetBucketVersioning", self.region)) {
            Ok(_) => {}
            Err(error) if error.is(&["NoSuchBucket"]) => self.create().await?,
            Err(error) => return Err(error),
        }
        let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        while_settling(|| async {
            let call = client.put_bucket_versioning().bucket(&self.bucket).expected_bucket_owner(owner);
            let call = call.versioning_configuration(versioning.clone()).send().await;
            call.map_err(failed("s3:PutBucketVersioning", self.region))
        })
        .await?;
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        while_settling(|| async {
            let call = client.put_public_access_block().bucket(&self.bucket).expected_bucket_owner(owner);
            let call = call.public_access_block_configuration(block.clone()).send().await;
            call.map_err(failed("s3:PutPublicAccessBlock", self.region))
        })
        .await?;
        let default =
            ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::Aes256).build()?;
        let rule =
            ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
        let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build()?;
        while_settling(|| async {
            let call = client.put_bucket_encryption().bucket(&self.bucket).expected_bucket_owner(owner);
            let call = call.server_side_encryption_configuration(encryption.clone()).send().await;
            call.map_err(failed("s3:PutBucketEncryption", self.region))
        })
        .await?;
        Ok(())
    }

    async fn create(&self) -> Result<(), AwsError> {
        let tag = Tag::builder().key(tags::PURPOSE).value("state").build()?;
        let configuration = create_configuration(self.region, vec![tag]);
        while_settling(|| async {
            let call = self.client().create_bucket().bucket(&self.bucket);
            let call = call.create_bucket_configuration(configuration.clone()).send().await;
            match call.map_err(failed("s3:CreateBucket", self.region)) {
                // Another run, or an attempt before, was faster.
                Err(error) if !error.is(&["BucketAlreadyOwnedByYou"]) => Err(error),
                Ok(_) | Err(_) => Ok(()),
            }
        })
        .await
    }

    async fn replace(&self, bytes: Vec<u8>, expected: Expected) -> Result<String, CopyError> {
        if expected == Expected::Nothing {
            self.prepare().await.map_err(copy_error)?;
        }
        self.put(bytes, &expected).await.map_err(copy_error)
    }
}

/// A bucket that was just made is not seen everywhere at once, and S3 takes one change of a bucket at a time: seconds,
/// rarely a minute.
const SETTLING: u32 = 20;
const BETWEEN: Duration = Duration::from_secs(3);

/// Makes a call again while a bucket settles.
async fn while_settling<T, F>(mut call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>> + Send,
{
    let mut tried = 1;
    loop {
        match call().await {
            Err(error) if tried < SETTLING && error.is(&["NoSuchBucket", "OperationAborted"]) => {
                tried += 1;
                sleep(BETWEEN).await;
            }
            result => return result,
        }
    }
}

/// 412 is a condition that does not hold, 409 a write at the same moment, and a missing key has no version (S3 API,
/// `PutObject`).
fn copy_error(error: AwsError) -> CopyError {
    if error.is(&["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"]) {
        CopyError::Changed
    } else if error.kind == ErrorKind::Unreachable {
        CopyError::Unreachable(error.to_string())
    } else {
        CopyError::Refused(error.to_string())
    }
}

impl StateCopy for BucketCopy {
    fn place(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    fn region(&self) -> Option<Region> {
        Some(self.region)
    }

    fn read(&self) -> CopyFuture<'_, Option<Stored>> {
        Box::pin(async move { self.get().await.map_err(copy_error) })
    }

    fn write(&self, bytes: Vec<u8>, expected: Expected) -> CopyFuture<'_, String> {
        Box::pin(self.replace(bytes, expected))
    }
}
