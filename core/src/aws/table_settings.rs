//! Settings of tables and replicas: how each is sent when one is made or changed, and read back. Not here: when that is done
//! (`execute`), indexes (`table_indexes`), and comparing (`diff`).

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{
    ContributorInsightsAction, ContributorInsightsStatus, OnDemandThroughput,
    PointInTimeRecoverySpecification, PointInTimeRecoveryStatus, TableClass, TableDescription, TableStatus,
    WarmThroughput,
};
use polyregion_model::Region;
use polyregion_model::spec::{self, MOST_DAYS_OF_RECOVERY};

use super::clients::Aws;
use super::error::{AwsError, failed};
use super::wait::{VISIBLE, while_busy};
use crate::apply::{Failure, StatusSink};
use crate::attribute::{Attributes, Field, Value, collect};

/// What takes the place of a limit that is taken away (DynamoDB API, `OnDemandThroughput`).
const NO_LIMIT: i64 = -1;

fn number(settings: &Attributes, field: Field) -> Option<u64> {
    settings.get(&field).and_then(Value::as_number)
}

/// The class that is declared, or the default.
pub(super) fn class(settings: &Attributes) -> TableClass {
    let word = settings.get(&Field::TableClass).and_then(Value::as_text);
    let known = spec::TableClass::ALL.iter().find(|known| Some(known.word()) == word);
    TableClass::from(known.map_or(spec::TableClass::Standard.id(), |known| known.id()))
}

/// The limit of one kind that is declared, or none.
pub(super) fn limit(settings: &Attributes, field: Field) -> i64 {
    number(settings, field).and_then(|most| i64::try_from(most).ok()).unwrap_or(NO_LIMIT)
}

/// The limits of a table that has these fields sent.
pub(super) fn limits(settings: &Attributes, is_sent: impl Fn(Field) -> bool) -> Option<OnDemandThroughput> {
    let one = |field: Field| is_sent(field).then(|| limit(settings, field));
    let (reads, writes) = (one(Field::MaxReads), one(Field::MaxWrites));
    (reads.is_some() || writes.is_some()).then(|| {
        OnDemandThroughput::builder()
            .set_max_read_request_units(reads)
            .set_max_write_request_units(writes)
            .build()
    })
}

/// The warm throughput of a table that has these fields sent: what is not, stays.
pub(super) fn warm(settings: &Attributes, is_sent: impl Fn(Field) -> bool) -> Option<WarmThroughput> {
    let one = |field: Field| number(settings, field).filter(|_| is_sent(field));
    let one = |field: Field| one(field).and_then(|least| i64::try_from(least).ok());
    let (reads, writes) = (one(Field::WarmReads), one(Field::WarmWrites));
    (reads.is_some() || writes.is_some()).then(|| {
        let warm = WarmThroughput::builder().set_read_units_per_second(reads);
        warm.set_write_units_per_second(writes).build()
    })
}

/// Limits as attributes. Without one DynamoDB answers with -1, or with nothing.
pub(super) fn read_limits(limits: Option<&OnDemandThroughput>) -> Attributes {
    let limit = |most: Option<i64>| most.and_then(|most| u64::try_from(most).ok()).map(Value::Number);
    collect([
        (Field::MaxReads, limit(limits.and_then(OnDemandThroughput::max_read_request_units))),
        (Field::MaxWrites, limit(limits.and_then(OnDemandThroughput::max_write_request_units))),
    ])
}

/// Whether warm throughput is being raised. The table takes other changes meanwhile, and tells what it had before.
pub(super) fn is_warming(found: &TableDescription) -> bool {
    let status = found.warm_throughput().and_then(|warm| warm.status());
    status.is_some_and(|status| *status != TableStatus::Active)
}

/// What a table's description tells of its settings, but for what AWS does unasked. That a replica's own region answers with what
/// holds there, its overrides included, is not documented.
pub(super) fn read(found: &TableDescription) -> Attributes {
    let class = found.table_class_summary().and_then(|summary| summary.table_class());
    let class = class.filter(|class| **class != TableClass::Standard).map(|class| {
        let known = spec::TableClass::ALL.iter().find(|known| known.id() == class.as_str());
        Value::text(known.map_or(class.as_str(), |known| known.word()))
    });
    let warm = found.warm_throughput();
    let least = |least: Option<i64>| least.and_then(|least| u64::try_from(least).ok()).map(Value::Number);
    let mut settings = collect([
        (Field::TableClass, class),
        (Field::WarmReads, least(warm.and_then(|warm| warm.read_units_per_second()))),
        (Field::WarmWrites, least(warm.and_then(|warm| warm.write_units_per_second()))),
    ]);
    settings.extend(read_limits(found.on_demand_throughput()));
    settings
}

/// What a description doesn't tell, a call each: only what is sought.
pub(super) async fn read_apart(
    aws: &Aws,
    region: Region,
    table: &str,
    sought: &BTreeSet<Field>,
) -> Result<Attributes, AwsError> {
    let client = aws.dynamodb(region);
    let mut found = Attributes::new();
    if sought.contains(&Field::PointInTimeRecovery) {
        let call = client.describe_continuous_backups().table_name(table).send().await;
        let backups = call.map_err(failed("dynamodb:DescribeContinuousBackups", region))?;
        let backups = backups.continuous_backups_description;
        let recovery = backups.and_then(|backups| backups.point_in_time_recovery_description);
        if let Some(recovery) = recovery
            && recovery.point_in_time_recovery_status() == Some(&PointInTimeRecoveryStatus::Enabled)
        {
            let days = recovery.recovery_period_in_days().and_then(|days| u64::try_from(days).ok());
            found.insert(Field::PointInTimeRecovery, Value::Number(days.unwrap_or(MOST_DAYS_OF_RECOVERY)));
        }
    }
    if sought.contains(&Field::ContributorInsights) {
        let call = client.describe_contributor_insights().table_name(table).send().await;
        let insights = call.map_err(failed("dynamodb:DescribeContributorInsights", region))?;
        let on = [ContributorInsightsStatus::Enabled, ContributorInsightsStatus::Enabling];
        if insights.contributor_insights_status().is_some_and(|status| on.contains(status)) {
            found.insert(Field::ContributorInsights, Value::Flag(true));
        }
    }
    Ok(found)
}

/// Sets, as declared, what has calls of its own.
pub(super) async fn set_apart(
    aws: &Aws,
    region: Region,
    table: &str,
    settings: &Attributes,
    fields: &BTreeSet<Field>,
    status: &StatusSink,
) -> Result<(), Failure> {
    let client = aws.dynamodb(region);
    if fields.contains(&Field::PointInTimeRecovery) {
        let days = number(settings, Field::PointInTimeRecovery).and_then(|days| i32::try_from(days).ok());
        let recovery = PointInTimeRecoverySpecification::builder()
            .point_in_time_recovery_enabled(days.is_some())
            .set_recovery_period_in_days(days)
            .build()
            .map_err(AwsError::from)?;
        // DynamoDB makes a new table ready for backups by itself, which it may not have done yet.
        let is_new = |error: &AwsError| error.is(&["ContinuousBackupsUnavailableException"]);
        while_busy(&VISIBLE, is_new, status, || async {
            let call = client.update_continuous_backups().table_name(table);
            let call = call.point_in_time_recovery_specification(recovery.clone()).send().await;
            call.map_err(failed("dynamodb:UpdateContinuousBackups", region))
        })
        .await?;
    }
    if fields.contains(&Field::ContributorInsights) {
        let is_on = settings.contains_key(&Field::ContributorInsights);
        let action =
            if is_on { ContributorInsightsAction::Enable } else { ContributorInsightsAction::Disable };
        let call = client.update_contributor_insights().table_name(table).contributor_insights_action(action);
        call.send().await.map_err(failed("dynamodb:UpdateContributorInsights", region))?;
    }
    Ok(())
}
