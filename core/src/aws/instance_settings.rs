//! Settings of instances: how each is sent and read back. Not here: when that is done (`execute`), and comparing (`diff`).

use std::collections::BTreeMap;

use aws_sdk_rds::types::DbInstance;

use crate::attribute::{Attributes, Field, Value, collect};

const INTERVAL: &str = "interval";
const ROLE: &str = "role";

/// The DB parameter group that is declared.
pub(super) fn parameter_group(settings: &Attributes) -> Option<String> {
    settings.get(&Field::ParameterGroup).and_then(Value::as_text).map(str::to_owned)
}

fn monitoring<'a>(settings: &'a Attributes, part: &str) -> Option<&'a String> {
    settings.get(&Field::Monitoring).and_then(Value::as_map)?.get(part)
}

/// The seconds that are declared between two reports.
pub(super) fn interval(settings: &Attributes) -> Option<i32> {
    monitoring(settings, INTERVAL).and_then(|text| text.trim_end_matches(" s").parse().ok())
}

/// The ARN of the role that is declared.
pub(super) fn role(settings: &Attributes) -> Option<String> {
    monitoring(settings, ROLE).cloned()
}

/// What an instance has set, but for what AWS does unasked. A parameter group it has whether anybody asked for it or not.
pub(super) fn read(found: &DbInstance) -> Attributes {
    let group = found.db_parameter_groups().first().and_then(|group| group.db_parameter_group_name());
    let monitoring = found.monitoring_interval().filter(|seconds| *seconds > 0).map(|seconds| {
        let role = found.monitoring_role_arn().map(|role| (ROLE.to_owned(), role.to_owned()));
        let interval = (INTERVAL.to_owned(), format!("{seconds} s"));
        Value::Map([interval].into_iter().chain(role).collect::<BTreeMap<_, _>>())
    });
    collect([
        (Field::ParameterGroup, group.map(|group| Value::text(group.to_ascii_lowercase()))),
        (Field::Monitoring, monitoring),
    ])
}
