//! Settings of clusters that RDS takes when a cluster is made and when it is changed, and describes as they are. Not here: what
//! makes a cluster what it is (`clusters`).

use std::collections::BTreeMap;

use super::DbCluster;
use crate::fault::ApiError;
use crate::query::Params;
use crate::world::World;
use crate::xml::Element;

/// Parameter, element that describes it, and what it is when nobody says (RDS API, `CreateDBCluster` and `DBCluster`; windows are
/// AWS's choice; `StorageType` is not returned when it is `aurora`).
const SETTINGS: [(&str, &str, Option<&str>); 14] = [
    ("DBClusterParameterGroupName", "DBClusterParameterGroup", None),
    ("EnableGlobalWriteForwarding", "GlobalWriteForwardingRequested", Some("false")),
    ("EnableIAMDatabaseAuthentication", "IAMDatabaseAuthenticationEnabled", Some("false")),
    ("EnablePerformanceInsights", "PerformanceInsightsEnabled", Some("false")),
    ("EngineLifecycleSupport", "EngineLifecycleSupport", Some("open-source-rds-extended-support")),
    ("NetworkType", "NetworkType", Some("IPV4")),
    ("PerformanceInsightsRetentionPeriod", "PerformanceInsightsRetentionPeriod", None),
    ("Port", "Port", None),
    ("PreferredBackupWindow", "PreferredBackupWindow", Some("06:10-06:40")),
    ("PreferredMaintenanceWindow", "PreferredMaintenanceWindow", Some("sat:04:10-sat:04:40")),
    ("ServerlessV2ScalingConfiguration.MaxCapacity", "MaxCapacity", None),
    ("ServerlessV2ScalingConfiguration.MinCapacity", "MinCapacity", None),
    ("ServerlessV2ScalingConfiguration.SecondsUntilAutoPause", "SecondsUntilAutoPause", None),
    ("StorageType", "StorageType", None),
];

/// The elements of `ServerlessV2ScalingConfiguration`.
const CAPACITY: [&str; 3] = ["MinCapacity", "MaxCapacity", "SecondsUntilAutoPause"];

/// Kept together, told one by one.
const SECURITY_GROUPS: &str = "VpcSecurityGroups";
/// The group that a VPC begins with.
const DEFAULT_GROUP: &str = "sg-00000000000000000";

type Settings = BTreeMap<String, String>;

/// What a request sets.
pub(super) fn read(world: &World, region: &str, params: &mut Params) -> Result<Settings, ApiError> {
    let mut settings = Settings::new();
    for (parameter, element, _) in SETTINGS {
        let Some(value) = params.get(parameter) else { continue };
        check(world, region, parameter, &value)?;
        settings.insert(element.to_owned(), value);
    }
    let groups = params.list("VpcSecurityGroupIds.VpcSecurityGroupId");
    if let Some(odd) = groups.iter().find(|group| !group.starts_with("sg-")) {
        return Err(ApiError::new(
            "InvalidParameterValue",
            400,
            format!("Invalid security group , groupId= {odd}, groupName=."),
        ));
    }
    if !groups.is_empty() {
        settings.insert(SECURITY_GROUPS.to_owned(), groups.join(" "));
    }
    Ok(settings)
}

/// What a request to make a cluster sets, with what AWS sets unasked.
pub(super) fn create(world: &World, region: &str, params: &mut Params) -> Result<Settings, ApiError> {
    let mut settings = read(world, region, params)?;
    for (_, element, default) in SETTINGS {
        if let Some(default) = default {
            settings.entry(element.to_owned()).or_insert_with(|| default.to_owned());
        }
    }
    Ok(settings)
}

/// The logs that a request turns on and off.
pub(super) fn logs(params: &mut Params) -> (Vec<String>, Vec<String>) {
    let mut list = |which: &str| params.list(&format!("CloudwatchLogsExportConfiguration.{which}.member"));
    (list("EnableLogTypes"), list("DisableLogTypes"))
}

/// Refuses what RDS has no such value of. The words are typical.
fn check(world: &World, region: &str, parameter: &str, value: &str) -> Result<(), ApiError> {
    let is_known = match parameter {
        "EngineLifecycleSupport" => {
            ["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"].contains(&value)
        }
        "StorageType" => ["aurora", "aurora-iopt1"].contains(&value),
        "NetworkType" => ["IPV4", "DUAL"].contains(&value),
        "Port" => value.parse().is_ok_and(|port: u32| (1150..=65_535).contains(&port)),
        "DBClusterParameterGroupName" => {
            let groups = world.parameter_groups.get(region);
            if !value.starts_with("default.") && !groups.is_some_and(|groups| groups.contains(value)) {
                let message = format!("DBClusterParameterGroup not found: {value}");
                return Err(ApiError::new("DBClusterParameterGroupNotFound", 404, message));
            }
            true
        }
        _ => true,
    };
    if is_known {
        return Ok(());
    }
    Err(ApiError::new("InvalidParameterValue", 400, format!("Invalid value {value} for {parameter}")))
}

/// Changes a cluster; true if that takes a while.
pub(super) fn change(
    cluster: &mut DbCluster,
    changed: Settings,
    on: &[String],
    off: &[String],
) -> Result<bool, ApiError> {
    if let Some(log) = on.iter().find(|log| cluster.logs.contains(*log)) {
        let message = format!("You cannot enable the log type {log}, as it is enabled");
        return Err(super::combination(message));
    }
    if let Some(log) = off.iter().find(|log| !cluster.logs.contains(*log)) {
        let message = format!("You cannot disable the log type {log}, as it is not enabled");
        return Err(super::combination(message));
    }
    let before = (cluster.settings.clone(), cluster.logs.clone());
    cluster.settings.extend(changed);
    cluster.logs.extend(on.iter().cloned());
    cluster.logs.retain(|log| !off.contains(log));
    if cluster.settings.get("PerformanceInsightsEnabled").is_some_and(|enabled| enabled == "false") {
        cluster.settings.remove("PerformanceInsightsRetentionPeriod");
    }
    Ok(before != (cluster.settings.clone(), cluster.logs.clone()))
}

/// How a cluster is described.
pub(super) fn elements(cluster: &DbCluster) -> Vec<Element> {
    let is_mysql = cluster.engine == "aurora-mysql";
    let major = cluster.engine_version.split('.').next().unwrap_or_default();
    let family = if is_mysql { "aurora-mysql8.0".to_owned() } else { format!("aurora-postgresql{major}") };
    let unasked = [
        ("DBClusterParameterGroup", format!("default.{family}")),
        ("Port", if is_mysql { "3306" } else { "5432" }.to_owned()),
    ];
    let element = |name: &str, value: &str| Element { text: value.to_owned(), ..Element::new(name) };
    let mut elements = Vec::new();
    for (name, value) in &cluster.settings {
        let is_told = (name.as_str(), value.as_str()) != ("StorageType", "aurora");
        if is_told && name != SECURITY_GROUPS && !CAPACITY.contains(&name.as_str()) {
            elements.push(element(name, value));
        }
    }
    for (name, value) in unasked {
        if !cluster.settings.contains_key(name) {
            elements.push(element(name, &value));
        }
    }
    let capacity: Vec<Element> =
        CAPACITY.iter().filter_map(|name| Some(element(name, cluster.settings.get(*name)?))).collect();
    if !capacity.is_empty() {
        elements.push(Element::new("ServerlessV2ScalingConfiguration").children(capacity));
    }
    let groups = cluster.settings.get(SECURITY_GROUPS).map_or(DEFAULT_GROUP, String::as_str).split(' ');
    let membership = |group: &str| {
        let membership = Element::new("VpcSecurityGroupMembership");
        membership.with("VpcSecurityGroupId", group).with("Status", "active")
    };
    elements.push(Element::new(SECURITY_GROUPS).children(groups.map(membership)));
    let logs = cluster.logs.iter().map(|log| element("member", log));
    elements.push(Element::new("EnabledCloudwatchLogsExports").children(logs));
    elements
}
