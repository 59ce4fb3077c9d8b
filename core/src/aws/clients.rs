//! The clients of the services, per region. Not here: where their configuration comes from (`config`).

use aws_config::SdkConfig;
use polyregion_model::{Address, Partition, Region, Topology, name};

/// AWS, as one topology's account sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    /// The topology's name, which ownership tags carry.
    pub(super) topology: String,
    pub(super) account: String,
    pub(super) partition: Partition,
    /// Makes caller references of this run differ from those of any other.
    run: String,
}

/// Makes a client of a service in a region.
macro_rules! client {
    ($(#[$attribute:meta])* $name:ident, $service:ident) => {
        $(#[$attribute])*
        pub(super) fn $name(&self, region: Region) -> $service::Client {
            let config = $service::config::Builder::from(&self.sdk)
                .region(aws_config::Region::from_static(region.code()))
                .build();
            $service::Client::from_conf(config)
        }
    };
}

impl Aws {
    /// AWS for a topology. `run` tells this run from all others: retries of one run are recognised by AWS, and a name that
    /// was deleted can be made again.
    pub fn new(sdk: SdkConfig, topology: &Topology, run: impl Into<String>) -> Self {
        Self {
            sdk,
            topology: topology.name().to_owned(),
            account: topology.account().to_owned(),
            partition: topology.partition(),
            run: run.into(),
        }
    }

    client!(dynamodb, aws_sdk_dynamodb);
    client!(rds, aws_sdk_rds);
    client!(s3, aws_sdk_s3);
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

    /// The caller reference of a resource in this run.
    pub(super) fn reference(&self, address: &Address) -> String {
        format!("{}{}", self.reference_prefix(address), self.run)
    }
}
