//! Hosted-zone ids of alias targets, derived from the target's DNS name. Not here: rules about aliases.

mod table;

use crate::region::Region;

/// The AWS service that an alias target belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum AliasService {
    /// Application or Classic Load Balancer.
    ApplicationLoadBalancer,
    /// Network Load Balancer.
    NetworkLoadBalancer,
    /// CloudFront distribution.
    CloudFront,
    /// Global Accelerator.
    GlobalAccelerator,
    /// S3 website endpoint.
    S3Website,
    /// Regional API Gateway.
    ApiGateway,
    /// Elastic Beanstalk environment.
    ElasticBeanstalk,
    /// Interface VPC endpoint.
    VpcEndpoint,
}

/// One row of the table of canonical hosted zones.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct AliasZone {
    /// The service.
    pub service: AliasService,
    /// The region's code; empty for a global service.
    pub region: &'static str,
    /// What the target's DNS name ends in.
    pub suffix: &'static str,
    /// The id of the hosted zone that answers for it.
    pub zone_id: &'static str,
    /// Whether two public sources agree on the id.
    pub certain: bool,
}

/// A row, so that the generated table has one line each.
const fn zone(
    service: AliasService,
    region: &'static str,
    suffix: &'static str,
    zone_id: &'static str,
    certain: bool,
) -> AliasZone {
    AliasZone { service, region, suffix, zone_id, certain }
}

impl AliasZone {
    /// The region that the target lives in, if its name says so.
    pub fn region(&self) -> Option<Region> {
        Region::from_code(self.region)
    }
}

/// The canonical zone of an alias target, by its DNS name (case and a trailing dot do not matter).
///
/// Sources: AWS General Reference, endpoint tables; see `data/alias-zones.csv`.
pub fn zone_of(dns_name: &str) -> Option<&'static AliasZone> {
    let name = dns_name.trim_end_matches('.').to_ascii_lowercase();
    table::ALIAS_ZONES.iter().find(|zone| {
        // An S3 website target is the bare regional endpoint; every other target has a name of its own in front.
        let is_website = zone.service == AliasService::S3Website && name == zone.suffix;
        is_website || name.strip_suffix(zone.suffix).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    })
}

/// The canonical zone of an application load balancer of a region, for tests and the simulated AWS.
pub fn load_balancer_zone(region: Region) -> Option<&'static AliasZone> {
    table::ALIAS_ZONES
        .iter()
        .find(|zone| zone.service == AliasService::ApplicationLoadBalancer && zone.region == region.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_name() {
        let id = |name| zone_of(name).map(|zone| zone.zone_id);
        assert_eq!(id("my-lb-1.us-east-1.elb.amazonaws.com"), Some("Z35SXDOTRQ7X7K"));
        assert_eq!(id("dualstack.my-lb-1.us-east-1.ELB.amazonaws.com."), Some("Z35SXDOTRQ7X7K"));
        assert_eq!(id("d111111abcdef8.cloudfront.net"), Some("Z2FDTNDATAQYW2"));
        assert_eq!(id("s3-website-us-east-1.amazonaws.com"), Some("Z3AQBSTGFYJSTF"));
        assert_eq!(id("cloudfront.net"), None);
        assert_eq!(id("example.com"), None);
    }

    #[test]
    fn network_and_application_load_balancers_differ() {
        let nlb = zone_of("net.elb.us-east-1.amazonaws.com").unwrap();
        assert_eq!(nlb.service, AliasService::NetworkLoadBalancer);
        assert_ne!(nlb.zone_id, load_balancer_zone(nlb.region().unwrap()).unwrap().zone_id);
    }
}
