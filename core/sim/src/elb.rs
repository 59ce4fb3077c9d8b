//! Elastic Load Balancing: load balancers to look up. Not here: making them; they are furnished.

use crate::fault::ApiError;
use crate::query::Params;
use crate::request::Request;
use crate::response::Response;
use crate::world::World;
use crate::xml::Element;

pub(crate) fn handle(world: &World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    let mut params = Params::parse(request.text());
    match operation {
        "DescribeLoadBalancers" => describe(world, &request.region, &mut params),
        other => Err(ApiError::unsimulated(format!("elasticloadbalancing:{other}"))),
    }
}

fn describe(world: &World, region: &str, params: &mut Params) -> Result<Response, ApiError> {
    let names = params.list("Names.member");
    params.finish()?;
    let balancers = world.load_balancers.get(region);
    let known = |name: &String| balancers.is_some_and(|balancers| balancers.contains_key(name));
    let missing: Vec<&str> = names.iter().filter(|name| !known(name)).map(String::as_str).collect();
    if !missing.is_empty() {
        let message = format!("Load balancers '[{}]' not found", missing.join(", "));
        return Err(ApiError::new("LoadBalancerNotFound", 400, message));
    }
    let listed = balancers.into_iter().flatten().filter(|(name, _)| names.is_empty() || names.contains(name));
    let members = listed.map(|(name, balancer)| {
        let account = &world.account;
        Element::new("member")
            .with(
                "LoadBalancerArn",
                format!(
                    "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/0123456789abcdef"
                ),
            )
            .with("DNSName", &balancer.dns_name)
            .with("CanonicalHostedZoneId", &balancer.hosted_zone_id)
            .with("LoadBalancerName", name)
            .with("Scheme", "internet-facing")
            .child(Element::new("State").with("Code", "active"))
            .with("Type", "application")
    });
    let result = Element::default().child(Element::new("LoadBalancers").children(members));
    Ok(Response::query("DescribeLoadBalancers", result))
}
