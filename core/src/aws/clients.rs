//! The clients of the services, per region. Not here: where their configuration comes from (`config`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_sdk_sts::config::SharedIdentityCache;
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};
use aws_types::service_config::ServiceConfigKey;
use polyregion_model::{Address, Partition, Region, Replica, Resource, Table, Topology, name};

use super::config::{CREDENTIALS_TIMEOUT, timeouts};
use super::guard::{Fence, Guard, Watch};
use super::patience::retries;
use super::turn::Turns;
use crate::journal::Journal;

/// AWS, as one topology's account sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    /// Credentials are asked for once, not by each client.
    credentials: SharedIdentityCache,
    /// The SDK's own allowance of retries would be used up by a hundred throttled calls: `patience` has its own.
    retries: RetryPartition,
    /// The topology as declared, for looking again at one of its resources.
    declared: Arc<Topology>,
    /// The topology's name, which ownership tags carry.
    pub(super) topology: String,
    pub(super) account: String,
    pub(super) partition: Partition,
    /// Makes caller references of what is created now differ from those of what was deleted before.
    token: String,
    watch: Arc<Watch>,
    housekeeping: bool,
    pace: f64,
}

/// The services that are called, as the SDK's configuration names them.
const SERVICES: [&str; 7] = ["DynamoDB", "Elastic Load Balancing v2", "IAM", "RDS", "Route 53", "S3", "STS"];

/// Makes a client of a service in a region.
macro_rules! client {
    ($(#[$attribute:meta])* $name:ident, $service:ident) => {
        $(#[$attribute])*
        pub(super) fn $name(&self, region: Region) -> $service::Client {
            let config = $service::config::Builder::from(&self.sdk)
                .region(aws_config::Region::from_static(region.code()))
                .interceptor(self.guard(region))
                .identity_cache(self.turns(region))
                .retry_config(retries())
                .retry_partition(self.retries.clone())
                .timeout_config(timeouts())
                .build();
            $service::Client::from_conf(config)
        }
    };
}

impl Aws {
    /// AWS for a topology. How often and how long a call is tried is the engine's own; the rest is as configured.
    pub fn new(sdk: SdkConfig, topology: &Topology) -> Self {
        let unlimited = RetryPartition::custom("polyregion").token_bucket(TokenBucket::unlimited());
        Self {
            // Without a timeout of its own it would take that of a call, which has none.
            credentials: IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build(),
            retries: unlimited.build(),
            sdk,
            declared: Arc::new(topology.clone()),
            topology: topology.name().to_owned(),
            account: topology.account().to_owned(),
            partition: topology.partition(),
            token: "0".to_owned(),
            watch: Arc::default(),
            housekeeping: false,
            pace: 1.0,
        }
    }

    /// The same with another token. Retries that have the same token are recognised by AWS; with another, a name that was
    /// deleted can be made again.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same with other waits: times a factor. AWS takes the time it takes; an emulator that is done at once needs no
    /// waiting for, and none for the turns of calls.
    #[must_use]
    pub fn with_pace(&self, pace: f64) -> Self {
        Self { pace, ..self.clone() }
    }

    pub(super) fn pace(&self) -> f64 {
        self.pace
    }

    /// The same for the tool's own housekeeping: neither journaled nor fenced.
    pub(crate) fn for_housekeeping(&self) -> Self {
        Self { housekeeping: true, ..self.clone() }
    }

    /// Regions that are not asked any more, with why (`is down: …`).
    pub(crate) fn set_down(&self, down: BTreeMap<Region, String>) {
        self.watch.set_down(down);
    }

    /// Forgets which regions answer.
    pub(crate) fn forget_health(&self) {
        self.watch.forget();
    }

    /// The regions that have answered.
    pub(super) fn asked(&self) -> BTreeSet<Region> {
        self.watch.answered()
    }

    pub(super) fn note_answer(&self, region: Region) {
        self.watch.note_answer(region);
    }

    /// The regions that are not asked, with why.
    pub(crate) fn down(&self) -> BTreeMap<Region, String> {
        self.watch.down()
    }

    /// From now on every call that changes AWS is journaled before it is sent, and sent only while the fence is open.
    pub(crate) fn arm(&self, journal: Journal, fence: Fence) {
        self.watch.arm(journal, fence);
    }

    /// The end of that.
    pub(crate) fn disarm(&self) {
        self.watch.disarm();
    }

    fn guard(&self, region: Region) -> Guard {
        let watch = Arc::clone(&self.watch);
        Guard { watch, region, housekeeping: self.housekeeping, waits: self.waits() }
    }

    /// Whether calls wait for their turns.
    fn waits(&self) -> bool {
        !self.housekeeping && self.pace >= 1.0
    }

    fn turns(&self, region: Region) -> Turns {
        let (credentials, watch) = (self.credentials.clone(), Arc::clone(&self.watch));
        Turns { credentials, watch, region, waits: self.waits() }
    }

    /// The declared table of a name.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        let mut tables = self.declared.resources().iter().filter_map(|resource| resource.kind.as_table());
        tables.find(|table| table.name == name)
    }

    /// The ARN of a table in a region.
    pub(super) fn table_arn(&self, region: Region, table: &str) -> String {
        format!("arn:{}:dynamodb:{region}:{}:table/{table}", self.partition, self.account)
    }

    /// The declared replicas of a table.
    pub(super) fn replicas(&self, table: &str) -> impl Iterator<Item = &Replica> {
        let replicas = self.declared.resources().iter().filter_map(|resource| resource.kind.as_replica());
        replicas.filter(move |replica| replica.name == table)
    }

    /// The declared resource of an address.
    pub(super) fn declared(&self, address: &Address) -> Option<&Resource> {
        self.declared.resource(address)
    }

    /// The topology with just this resource in it, if it is declared.
    pub(super) fn only(&self, address: &Address) -> Option<Topology> {
        self.declared.resource(address).map(|resource| self.declared.with_only(resource))
    }

    /// The endpoints that calls go to instead of AWS's own, by service: from the arguments, the environment or the profile,
    /// as the SDK itself finds them.
    pub fn endpoints(&self) -> BTreeMap<String, String> {
        let configured = |service: &str| {
            let key = ServiceConfigKey::builder()
                .service_id(service)
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build();
            let found = key.ok().and_then(|key| self.sdk.service_config()?.load_config(key));
            let given = self.sdk.endpoint_url().map(str::to_owned);
            if self.sdk.get_origin("endpoint_url").is_client_config() { given } else { found.or(given) }
        };
        SERVICES.iter().filter_map(|service| Some(((*service).to_owned(), configured(service)?))).collect()
    }

    client!(dynamodb, aws_sdk_dynamodb);
    client!(rds, aws_sdk_rds);

    /// S3 in a region. At an endpoint that is none of AWS's, buckets are no host names.
    pub(super) fn s3(&self, region: Region) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk)
            .region(aws_config::Region::from_static(region.code()))
            .interceptor(self.guard(region))
            .identity_cache(self.turns(region))
            .retry_config(retries())
            .retry_partition(self.retries.clone())
            .timeout_config(timeouts())
            .force_path_style(self.sdk.endpoint_url().is_some())
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    client!(
        #[cfg(feature = "elb")]
        load_balancers,
        aws_sdk_elasticloadbalancingv2
    );
    client!(sts, aws_sdk_sts);
    client!(route53_in, aws_sdk_route53);
    client!(iam_in, aws_sdk_iam);

    /// Route 53 has one endpoint per partition.
    pub(super) fn route53(&self) -> aws_sdk_route53::Client {
        self.route53_in(self.partition.control_region())
    }

    /// IAM has one endpoint per partition.
    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        self.iam_in(self.partition.control_region())
    }

    /// What caller references of a resource begin with, whatever the run. Zones and health checks are recognised by it
    /// without asking for their tags.
    pub(super) fn reference_prefix(&self, address: &Address) -> String {
        // References have at most 64 characters (Route 53 API, HealthCheckNonce), which a long address would not leave room
        // for.
        let hash = name::checksum(&format!("{}\0{address}", self.topology));
        format!("polyregion-{hash:016x}-")
    }

    /// The caller references that a resource which is created now may have, one after another: Route 53 refuses that of a
    /// deleted check for days, and the token is the same until a run has succeeded.
    pub(super) fn references(&self, address: &Address) -> impl Iterator<Item = String> {
        const MOST: usize = 8;
        let first = format!("{}{}", self.reference_prefix(address), self.token);
        let others = (2..=MOST).map({
            let first = first.clone();
            move |number| format!("{first}-{number}")
        });
        std::iter::once(first).chain(others)
    }
}
