//! Settings: what travels to AWS as it is declared. What AWS does unasked is left out, so that leaving a key out again is seen as a
//! difference. Not here: what makes a resource what it is (`tables`, `clusters`, `buckets`).

use crate::attribute::{Attributes, Field, Value};
use crate::check::clusters::forwards;
use crate::check::{Context, Place};
use crate::read::own;
use crate::spec::*;

/// The settings of a hosted zone.
pub(super) fn zone(context: &Context<'_>, zone: &ZoneSpec) -> Attributes {
    let mut settings = Attributes::new();
    if let Some(vpcs) = &zone.vpcs {
        let of_region = |(label, ids): &(crate::Node<String>, Vec<crate::Node<String>>)| {
            let (_, region) = context.place(label.as_str())?;
            Some(ids.iter().map(|id| (id.value.clone(), region.code().to_owned())).collect::<Vec<_>>())
        };
        let vpcs = vpcs.iter().filter_map(of_region).flatten().collect();
        settings.insert(Field::Vpcs, Value::Map(vpcs));
    }
    if is_on(&zone.accelerated_recovery) {
        settings.insert(Field::AcceleratedRecovery, Value::Flag(true));
    }
    settings
}

/// The settings of a table with replicas at these places, its home first; nothing when a template can't be filled in.
pub(super) fn table(context: &Context<'_>, table: &TableSpec, places: &[Place<'_>]) -> Option<Attributes> {
    let mut settings = replica(table, places.first()?.0);
    match &table.encryption {
        None | Some(EncryptionSpec::Service(_)) => {}
        Some(EncryptionSpec::Managed(_) | EncryptionSpec::DualLayer(..)) => {
            settings.insert(Field::Encryption, Value::text("kms"));
        }
        // Each region has a key of its own, and the key of one is changed with those of all (DDB-059).
        Some(EncryptionSpec::Customer(key)) => {
            let of_region = |place: &Place<'_>| {
                let key = context.expand(key.as_str(), Some(*place))?;
                Some((place.1.code().to_owned(), customer_key(&key)))
            };
            let keys = places.iter().map(of_region).collect::<Option<_>>()?;
            settings.insert(Field::Encryption, Value::Map(keys));
        }
    }
    if let Some(CapacitySpec::OnDemand(keys)) = &table.capacity {
        settings.extend(number(Field::MaxWrites, &keys.max_writes));
    }
    if let Some(stream) = table.stream.as_ref().filter(|stream| stream.value != StreamView::NewAndOldImages) {
        settings.insert(Field::StreamViewType, Value::text(stream.value.id()));
    }
    if let Some(WarmKeys { id: _, reads, writes }) = &table.warm_throughput {
        settings.extend(number(Field::WarmReads, reads));
        settings.extend(number(Field::WarmWrites, writes));
    }
    Some(settings)
}

/// A customer's key as encryption.
fn customer_key(key: &str) -> String {
    format!("kms({key:?})")
}

/// How much is read from and written to a global index.
pub(super) fn index(keys: &GlobalIndexKeys) -> Attributes {
    let limits = [number(Field::MaxReads, &keys.max_reads), number(Field::MaxWrites, &keys.max_writes)];
    limits.into_iter().flatten().collect()
}

fn number(field: Field, amount: &Option<crate::Node<u64>>) -> Option<(Field, Value)> {
    amount.as_ref().map(|amount| (field, Value::Number(amount.value)))
}

/// The settings of a replica, which are its own: what is declared for its region, or else for the table (DDB-053, DDB-054).
pub(super) fn replica(table: &TableSpec, label: &str) -> Attributes {
    let own = own(&table.overrides, label);
    let mut settings = Attributes::new();
    let mut set = |field: Field, value: Option<Value>| settings.extend(value.map(|value| (field, value)));
    let class = own.and_then(|own| own.class.as_ref()).or(table.class.as_ref());
    let class = class.filter(|class| class.value == TableClass::StandardInfrequentAccess);
    set(Field::TableClass, class.map(|class| Value::text(class.value.word())));
    let recovery = own.and_then(|own| own.point_in_time_recovery.as_ref());
    let recovery = recovery.or(table.point_in_time_recovery.as_ref());
    let days =
        recovery.map(|recovery| recovery.days.unwrap_or(MOST_DAYS_OF_RECOVERY)).filter(|days| *days > 0);
    set(Field::PointInTimeRecovery, days.map(Value::Number));
    let insights =
        own.and_then(|own| own.contributor_insights.as_ref()).or(table.contributor_insights.as_ref());
    set(Field::ContributorInsights, insights.filter(|on| on.value).map(|_| Value::Flag(true)));
    let reads = match &table.capacity {
        Some(CapacitySpec::OnDemand(keys)) => keys.max_reads.as_ref(),
        Some(CapacitySpec::Provisioned(_)) | None => None,
    };
    let reads = own.and_then(|own| own.max_reads.as_ref()).or(reads);
    set(Field::MaxReads, reads.map(|most| Value::Number(most.value)));
    settings
}

/// What is declared of the encryption of a bucket in a region.
pub(super) fn encryption<'a>(bucket: &'a BucketSpec, place: Place<'_>) -> Option<&'a EncryptionSpec> {
    let own = own(&bucket.overrides, place.0).and_then(|own| own.encryption.as_ref());
    own.or(bucket.encryption.as_ref())
}

/// The settings of a bucket; nothing when a template can't be filled in.
pub(super) fn bucket(context: &Context<'_>, bucket: &BucketSpec, place: Place<'_>) -> Option<Attributes> {
    let mut settings = Attributes::new();
    let mut set = |field: Field, value: Option<Value>| settings.extend(value.map(|value| (field, value)));
    let access = bucket.public_access.as_ref().filter(|access| access.value == PublicAccess::Allowed);
    set(Field::PublicAccess, access.map(|access| Value::text(access.value.word())));
    let ownership = bucket.ownership.as_ref().filter(|word| word.value != Ownership::BucketOwnerEnforced);
    set(Field::Ownership, ownership.map(|word| Value::text(word.value.word())));
    let key = |key: &crate::Node<String>| context.expand(key.as_str(), Some(place));
    let encryption = match encryption(bucket, place) {
        None | Some(EncryptionSpec::Service(_)) => None,
        Some(EncryptionSpec::Managed(_)) => Some("kms".to_owned()),
        Some(EncryptionSpec::Customer(node)) => Some(customer_key(&key(node)?)),
        Some(EncryptionSpec::DualLayer(_, None)) => Some("dual_layer_kms".to_owned()),
        Some(EncryptionSpec::DualLayer(_, Some(node))) => Some(format!("dual_layer_kms({:?})", key(node)?)),
    };
    set(Field::Encryption, encryption.map(Value::Text));
    set(Field::BucketKey, is_on(&bucket.bucket_key).then_some(Value::Flag(true)));
    let versioning = bucket.versioning.as_ref().filter(|versioning| !versioning.value);
    set(Field::Versioning, versioning.map(|_| Value::Flag(false)));
    set(Field::ObjectLock, bucket.object_lock.as_ref().filter(|lock| lock.is_on).map(lock));
    set(Field::Website, bucket.website.as_ref().map(website));
    Some(settings)
}

/// `on`, or what versions are locked with if nothing else is said.
fn lock(lock: &LockSpec) -> Value {
    let Some(RetentionSpec { is_compliance, amount, is_years }) = &lock.retention else {
        return Value::text("on");
    };
    let (mode, unit) =
        (if *is_compliance { "compliance" } else { "governance" }, if *is_years { "y" } else { "d" });
    Value::Text(format!("{mode}({}{unit})", amount.value))
}

fn website(keys: &WebsiteKeys) -> Value {
    let WebsiteKeys { id: _, index, error, redirect } = keys;
    let parts = [("index", index), ("error", error), ("redirect", redirect)];
    let part = |(name, text): (&str, &Option<crate::Node<String>>)| {
        text.as_ref().map(|text| (name.to_owned(), text.value.clone()))
    };
    Value::Map(parts.into_iter().filter_map(part).collect())
}

/// The settings of a member cluster; nothing when a template can't be filled in.
pub(super) fn cluster(
    context: &Context<'_>,
    cluster: &ClusterSpec,
    engine: Engine,
    place: Place<'_>,
) -> Option<Attributes> {
    let mut settings = Attributes::new();
    let mut set = |field: Field, value: Option<Value>| settings.extend(value.map(|value| (field, value)));
    let on = |flag: bool| flag.then_some(Value::Flag(true));
    // RDS stores days of the week and names of groups in lower case.
    let lower = |text: &str| Value::text(text.to_ascii_lowercase());
    let is_on = |flag: &Option<crate::Node<bool>>| flag.as_ref().map(|flag| flag.value);
    // The administrator's password is kept nowhere, so that somebody has to be let in.
    set(Field::IamAuthentication, on(is_on(&cluster.iam_authentication).unwrap_or(true)));
    let own = own(&cluster.overrides, place.0);
    set(Field::WriteForwarding, on(forwards(cluster, place.0)));
    let window = own.and_then(|own| own.backup_window.as_ref()).or(cluster.backup_window.as_ref());
    set(Field::BackupWindow, window.map(|window| lower(window.as_str())));
    let window = own.and_then(|own| own.maintenance_window.as_ref()).or(cluster.maintenance_window.as_ref());
    set(Field::MaintenanceWindow, window.map(|window| lower(window.as_str())));
    if let Some(groups) = own.and_then(|own| own.security_groups.as_ref()) {
        let mut ids: Vec<String> = groups.iter().map(|group| group.value.clone()).collect();
        ids.sort();
        set(Field::SecurityGroups, Some(Value::List(ids)));
    }
    let support = is_on(&cluster.extended_support).filter(|on| !on);
    set(Field::ExtendedSupport, support.map(Value::Flag));
    let storage = cluster.storage.as_ref().filter(|storage| storage.value == ClusterStorage::IoOptimized);
    set(Field::Storage, storage.map(|_| Value::text(ClusterStorage::IoOptimized.word())));
    let network = cluster.network.as_ref().filter(|network| network.value == Network::Dual);
    set(Field::Network, network.map(|_| Value::text(Network::Dual.word())));
    let port = cluster.port.as_ref().filter(|port| port.value != u64::from(engine.port()));
    set(Field::Port, port.map(|port| Value::Number(port.value)));
    set(
        Field::PerformanceInsights,
        cluster.performance_insights.as_ref().map(|days| Value::Number(days.value)),
    );
    set(Field::ServerlessCapacity, cluster.serverless_capacity.as_ref().map(capacity));
    if let Some(logs) = &cluster.log_exports {
        let mut names: Vec<String> = logs.iter().map(|log| log.value.id()).collect();
        names.sort();
        names.dedup();
        set(Field::LogExports, (!names.is_empty()).then_some(Value::List(names)));
    }
    let group = own.and_then(|own| own.parameter_group.as_ref()).or(cluster.parameter_group.as_ref());
    if let Some(template) = group {
        set(Field::ParameterGroup, Some(lower(&context.expand(template.as_str(), Some(place))?)));
    }
    Some(settings)
}

/// The settings of a member's instances; nothing when a template can't be filled in.
pub(super) fn instance(context: &Context<'_>, cluster: &ClusterSpec, place: Place<'_>) -> Option<Attributes> {
    let mut settings = Attributes::new();
    if let Some(template) = &cluster.instance_parameter_group {
        let group = context.expand(template.as_str(), Some(place))?.to_ascii_lowercase();
        settings.insert(Field::ParameterGroup, Value::Text(group));
    }
    if let Some(MonitoringKeys { id: _, interval, role }) = &cluster.monitoring {
        let parts = [("interval", format!("{} s", interval.value)), ("role", role.value.clone())];
        let parts = parts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        settings.insert(Field::Monitoring, Value::Map(parts));
    }
    Some(settings)
}

/// Least, most, and the seconds after which instances that may shrink to nothing pause: 300 unless declared (RDS API,
/// `ServerlessV2ScalingConfiguration`).
fn capacity(keys: &ServerlessKeys) -> Value {
    let units = |halves: u64| match halves % 2 {
        0 => (halves / 2).to_string(),
        _ => format!("{}.5", halves / 2),
    };
    let mut capacity = vec![units(keys.min.value), units(keys.max.value)];
    if keys.min.value == 0 {
        let seconds = keys.pause_after.as_ref().map_or(300, |seconds| seconds.value);
        capacity.push(format!("{seconds} s"));
    }
    Value::List(capacity)
}
