//! Looking up the load balancers that aliases point to: one call per region. Not here: making them; they are the user's.

use std::collections::BTreeMap;

use polyregion_model::{LoadBalancerRef, Topology};

use super::super::clients::Aws;
#[cfg(not(feature = "elb"))]
use crate::observed::Doubt;
use crate::observed::Lookup;

#[cfg(feature = "elb")]
pub(super) async fn observe(aws: &Aws, topology: &Topology) -> BTreeMap<LoadBalancerRef, Lookup> {
    let mut by_region: BTreeMap<_, Vec<LoadBalancerRef>> = BTreeMap::new();
    for reference in topology.load_balancers() {
        by_region.entry(reference.region).or_default().push(reference);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for references in by_region.into_values() {
        let aws = aws.clone();
        tasks.spawn(async move { look_up(&aws, references).await });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

/// Without the feature nothing can be looked up, which is said where it is needed.
#[cfg(not(feature = "elb"))]
pub(super) async fn observe(_aws: &Aws, topology: &Topology) -> BTreeMap<LoadBalancerRef, Lookup> {
    let why = "polyregion was built without the feature `elb`, which looks load balancers up";
    topology
        .load_balancers()
        .into_iter()
        .map(|reference| (reference, Lookup::Unknown(Doubt::new(why))))
        .collect()
}

/// Looks up the load balancers of one region. AWS refuses the whole call when one name is unknown, so each is asked for
/// alone then.
#[cfg(feature = "elb")]
async fn look_up(aws: &Aws, references: Vec<LoadBalancerRef>) -> Vec<(LoadBalancerRef, Lookup)> {
    use super::super::error::failed;
    use crate::observed::LoadBalancer;

    let Some(region) = references.first().map(|reference| reference.region) else { return Vec::new() };
    let names = references.iter().map(|reference| reference.name.clone()).collect();
    let call = aws.load_balancers(region).describe_load_balancers().set_names(Some(names)).send().await;
    match call.map_err(failed("elasticloadbalancing:DescribeLoadBalancers", region)) {
        Ok(output) => references
            .into_iter()
            .map(|reference| {
                let found = output
                    .load_balancers()
                    .iter()
                    .find(|found| found.load_balancer_name() == Some(reference.name.as_str()));
                let lookup =
                    match found.and_then(|found| found.dns_name().zip(found.canonical_hosted_zone_id())) {
                        Some((name, zone)) => Lookup::Found(LoadBalancer {
                            dns_name: name.to_ascii_lowercase(),
                            hosted_zone_id: zone.to_owned(),
                        }),
                        None => Lookup::Missing,
                    };
                (reference, lookup)
            })
            .collect(),
        Err(error) if error.is(&["LoadBalancerNotFound"]) && references.len() == 1 => {
            references.into_iter().map(|reference| (reference, Lookup::Missing)).collect()
        }
        Err(error) if error.is(&["LoadBalancerNotFound"]) => {
            let mut found = Vec::new();
            for reference in references {
                found.extend(Box::pin(look_up(aws, vec![reference])).await);
            }
            found
        }
        Err(error) => {
            let unknown = Lookup::Unknown(super::doubt(&error));
            references.into_iter().map(|reference| (reference, unknown.clone())).collect()
        }
    }
}
