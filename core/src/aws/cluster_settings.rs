//! Settings of member clusters: how each is sent when a cluster is made or changed, and read back. Not here: when that is done
//! (`execute`), and comparing (`diff`).

use std::collections::BTreeSet;

use aws_sdk_rds::operation::create_db_cluster::builders::CreateDBClusterFluentBuilder as Create;
use aws_sdk_rds::operation::modify_db_cluster::builders::ModifyDBClusterFluentBuilder as Modify;
use aws_sdk_rds::types::{
    CloudwatchLogsExportConfiguration, DbCluster, ServerlessV2ScalingConfiguration, WriteForwardingStatus,
};
use polyregion_model::Cluster;
use polyregion_model::spec::{ClusterStorage, Network};

use crate::attribute::{Attributes, Field, Value, collect};

/// Our word and AWS's of each kind of storage, the default first.
fn storage() -> impl Iterator<Item = (&'static str, &'static str)> {
    ClusterStorage::ALL.iter().map(|kind| (kind.word(), kind.id()))
}

/// The same of the network.
fn network() -> impl Iterator<Item = (&'static str, &'static str)> {
    Network::ALL.iter().map(|kind| (kind.word(), kind.id()))
}

/// AWS's word for one of ours, the default if there is none.
fn id(mut kinds: impl Iterator<Item = (&'static str, &'static str)>, wanted: Option<&str>) -> Option<String> {
    let default = kinds.next();
    let known = kinds.find(|(word, _)| Some(*word) == wanted);
    known.or(default).map(|(_, id)| id.to_owned())
}

/// Our word for one of AWS's, if it is not the default, which AWS may leave out. What we have no word for is shown as it is.
fn word(mut kinds: impl Iterator<Item = (&'static str, &'static str)>, found: Option<&str>) -> Option<Value> {
    let found = found?;
    let is_default = kinds.next().is_some_and(|(_, id)| id == found);
    let known = kinds.find(|(_, id)| *id == found);
    (!is_default).then(|| Value::text(known.map_or(found, |(word, _)| word)))
}

const SUPPORTED: &str = "open-source-rds-extended-support";
const NOT_SUPPORTED: &str = "open-source-rds-extended-support-disabled";

/// AWS's words for support after the community's (RDS API, `EngineLifecycleSupport`).
pub(super) fn support(is_extended: bool) -> &'static str {
    if is_extended { SUPPORTED } else { NOT_SUPPORTED }
}

/// Sets what both calls name alike. What is not among the fields is not sent, so that it stays as it is; what is, and isn't set, gets
/// AWS's default.
macro_rules! with_settings {
    ($call:expr, $cluster:expr, $is_sent:expr) => {{
        let (cluster, is_sent): (&Cluster, &dyn Fn(Field) -> bool) = ($cluster, $is_sent);
        let value = |field: Field| cluster.settings.get(&field).filter(|_| is_sent(field));
        let has = |field: Field| cluster.settings.contains_key(&field);
        let text = |field: Field| value(field).and_then(Value::as_text).map(str::to_owned);
        let flag =
            |field: Field| is_sent(field).then(|| value(field).and_then(Value::as_flag).unwrap_or_default());
        let number = |field: Field| {
            value(field).and_then(Value::as_number).and_then(|number| i32::try_from(number).ok())
        };
        let port = number(Field::Port).unwrap_or_else(|| i32::from(cluster.engine.port()));
        let capacity = value(Field::ServerlessCapacity).and_then(Value::as_list);
        $call
            .set_enable_iam_database_authentication(flag(Field::IamAuthentication))
            .set_enable_global_write_forwarding(flag(Field::WriteForwarding))
            .set_preferred_backup_window(text(Field::BackupWindow))
            .set_preferred_maintenance_window(text(Field::MaintenanceWindow))
            .set_storage_type(
                is_sent(Field::Storage).then(|| id(storage(), text(Field::Storage).as_deref())).flatten(),
            )
            .set_network_type(
                is_sent(Field::Network).then(|| id(network(), text(Field::Network).as_deref())).flatten(),
            )
            .set_port(is_sent(Field::Port).then_some(port))
            .set_enable_performance_insights(
                is_sent(Field::PerformanceInsights).then(|| number(Field::PerformanceInsights).is_some()),
            )
            .set_performance_insights_retention_period(number(Field::PerformanceInsights))
            .set_serverless_v2_scaling_configuration(capacity.map(scaling))
            .set_db_cluster_parameter_group_name(text(Field::ParameterGroup))
            .set_vpc_security_group_ids(
                value(Field::SecurityGroups).and_then(Value::as_list).map(<[String]>::to_vec),
            )
            .set_engine_lifecycle_support(
                is_sent(Field::ExtendedSupport).then(|| support(!has(Field::ExtendedSupport)).to_owned()),
            )
    }};
}

/// Sets what is declared; AWS does the rest unasked.
pub(super) fn create(call: Create, cluster: &Cluster) -> Create {
    let logs = cluster.settings.get(&Field::LogExports).and_then(Value::as_list);
    with_settings!(call, cluster, &|field| cluster.settings.contains_key(&field))
        .set_enable_cloudwatch_logs_exports(logs.map(<[String]>::to_vec))
}

/// Changes these fields. `current` are the logs that go to CloudWatch now.
pub(super) fn modify(
    call: Modify,
    cluster: &Cluster,
    fields: &BTreeSet<Field>,
    current: &[String],
) -> Modify {
    let call = with_settings!(call, cluster, &|field| fields.contains(&field));
    if !fields.contains(&Field::LogExports) {
        return call;
    }
    // AWS refuses to turn on what is on, and off what is off (typical).
    let wanted = cluster.settings.get(&Field::LogExports).and_then(Value::as_list).unwrap_or_default();
    let without = |from: &[String], these: &[String]| -> Option<Vec<String>> {
        let rest: Vec<String> = from.iter().filter(|log| !these.contains(log)).cloned().collect();
        (!rest.is_empty()).then_some(rest)
    };
    let logs = CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types(without(wanted, current))
        .set_disable_log_types(without(current, wanted));
    call.cloudwatch_logs_export_configuration(logs.build())
}

/// What a cluster has set, but for what AWS does unasked.
pub(super) fn read(found: &DbCluster, default_port: u16) -> Attributes {
    let on = |flag: Option<bool>| flag.filter(|flag| *flag).map(Value::Flag);
    let number = |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok());
    // Windows and a parameter group it has whether anybody asked for them or not.
    let lower = |text: Option<&str>| text.map(|text| Value::text(text.to_ascii_lowercase()));
    let mut logs = found.enabled_cloudwatch_logs_exports().to_vec();
    logs.sort();
    let days = number(found.performance_insights_retention_period());
    let days = days.filter(|_| found.performance_insights_enabled() == Some(true));
    let groups = found.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id());
    let mut groups: Vec<String> = groups.map(str::to_owned).collect();
    groups.sort();
    let unsupported = found.engine_lifecycle_support() == Some(NOT_SUPPORTED);
    let port = number(found.port()).filter(|port| *port != u64::from(default_port));
    collect([
        (Field::IamAuthentication, on(found.iam_database_authentication_enabled())),
        (Field::WriteForwarding, on(found.global_write_forwarding_requested())),
        (Field::BackupWindow, lower(found.preferred_backup_window())),
        (Field::MaintenanceWindow, lower(found.preferred_maintenance_window())),
        (Field::Storage, word(storage(), found.storage_type())),
        (Field::Network, word(network(), found.network_type())),
        (Field::Port, port.map(Value::Number)),
        (Field::PerformanceInsights, days.map(Value::Number)),
        (Field::ServerlessCapacity, capacity(found)),
        (Field::LogExports, (!logs.is_empty()).then_some(Value::List(logs))),
        (Field::ParameterGroup, lower(found.db_cluster_parameter_group())),
        (Field::SecurityGroups, (!groups.is_empty()).then_some(Value::List(groups))),
        (Field::StorageEncrypted, found.storage_encrypted().filter(|on| !on).map(Value::Flag)),
        (Field::ExtendedSupport, unsupported.then_some(Value::Flag(false))),
    ])
}

/// Whether a setting is on its way (RDS API, `GlobalWriteForwardingStatus`).
pub(super) fn is_passing(found: &DbCluster) -> bool {
    let passing = [WriteForwardingStatus::Enabling, WriteForwardingStatus::Disabling];
    found.global_write_forwarding_status().is_some_and(|status| passing.contains(status))
}

/// Aurora capacity units as the model writes them.
fn units(units: f64) -> String {
    let text = format!("{units:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn capacity(found: &DbCluster) -> Option<Value> {
    let scaling = found.serverless_v2_scaling_configuration()?;
    let (least, most) = (scaling.min_capacity()?, scaling.max_capacity()?);
    let mut capacity = vec![units(least), units(most)];
    let pause = scaling.seconds_until_auto_pause().filter(|_| least == 0.0);
    capacity.extend(pause.map(|seconds| format!("{seconds} s")));
    Some(Value::List(capacity))
}

/// What the model's words for it are to AWS.
fn scaling(capacity: &[String]) -> ServerlessV2ScalingConfiguration {
    let mut words = capacity.iter().map(String::as_str);
    let mut units = || words.next().and_then(|word| word.parse().ok());
    let (least, most) = (units(), units());
    let pause = capacity.get(2).and_then(|word| word.trim_end_matches(" s").parse().ok());
    ServerlessV2ScalingConfiguration::builder()
        .set_min_capacity(least)
        .set_max_capacity(most)
        .set_seconds_until_auto_pause(pause)
        .build()
}
