//! The simulated AWS as the engine's AWS: for `--local`, demos and tests. Not here: the simulation (`polyregion-sim`).

use std::collections::BTreeMap;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::TimeSource;
use polyregion_model::{ResourceKind, Topology, Zone};
use polyregion_sim::{FurnishError, Sim};

use crate::attribute::{Field, Value};

/// The clock of the simulation, by which requests to it are signed.
#[derive(Debug)]
struct SimTime(Sim);

impl TimeSource for SimTime {
    fn now(&self) -> std::time::SystemTime {
        self.0.now()
    }
}

/// An SDK configuration whose every request goes to the simulation. Its credentials are fixed and worth nothing.
pub fn sdk_config(sim: &Sim) -> SdkConfig {
    let credentials = Credentials::new("AKIDLOCAL", "local", None, None, "polyregion local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(aws_config::Region::from_static("us-east-1"))
        .http_client(sim.http_client())
        .time_source(SimTime(sim.clone()))
        // Nothing is streamed in process, so that a slow answer would be taken for an upload that stalls.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}

/// The VPCs that a zone is declared with, by id, with their regions.
fn vpcs(zone: &Zone) -> BTreeMap<String, String> {
    zone.settings.get(&Field::Vpcs).and_then(Value::as_map).cloned().unwrap_or_default()
}

/// Gives the simulated AWS what a topology expects to find: load balancers, DB subnet groups, parameter groups and existing zones. Returns
/// what was added, in words.
///
/// # Errors
/// When a load balancer is expected in a region where none can be.
pub fn furnish(sim: &Sim, topology: &Topology) -> Result<Vec<String>, FurnishError> {
    let mut added = Vec::new();
    for reference in topology.load_balancers() {
        if sim.furnish_load_balancer(reference.region, &reference.name)? {
            added.push(format!("load balancer {} in {}", reference.name, reference.region));
        }
    }
    for resource in topology.resources() {
        if let ResourceKind::Cluster(cluster) = &resource.kind
            && let Some(group) = &cluster.subnet_group
            && sim.furnish_subnet_group(cluster.region, group)
        {
            added.push(format!("DB subnet group {group} in {}", cluster.region));
        }
        if let ResourceKind::Cluster(cluster) = &resource.kind
            && let Some(group) = cluster.settings.get(&Field::ParameterGroup).and_then(Value::as_text)
            && sim.furnish_parameter_group(cluster.region, group)
        {
            added.push(format!("DB cluster parameter group {group} in {}", cluster.region));
        }
        if let ResourceKind::Instance(instance) = &resource.kind
            && let Some(group) = instance.settings.get(&Field::ParameterGroup).and_then(Value::as_text)
            && sim.furnish_instance_parameter_group(instance.region, group)
        {
            added.push(format!("DB parameter group {group} in {}", instance.region));
        }
        if let ResourceKind::Zone(zone) = &resource.kind
            && zone.existing
            && sim.furnish_zone(&zone.name, vpcs(zone))
        {
            added.push(format!("hosted zone {}", zone.name));
        }
    }
    Ok(added)
}
