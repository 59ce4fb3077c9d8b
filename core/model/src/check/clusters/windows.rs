//! Rules about when clusters are backed up and maintained. Not here: for how long backups are kept (the parent's).

use crate::check::{Context, each_cluster};
use crate::diagnostic::Severity;
use crate::node::Node;
use crate::read::{own, written};
use crate::rule::{Check, Code, Report, Rule};
use crate::spec::ClusterSpec;
use crate::text::number;

/// The least length of a window (RDS API, PreferredBackupWindow).
const LEAST_MINUTES: u64 = 30;
const DAY: u64 = 24 * 60;
const WEEK: u64 = 7 * DAY;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(in crate::check) static RULES: &[Rule] = &[
    Rule {
        code: Code(623),
        severity: Severity::Error,
        title: "bad window",
        rule: "A backup window is `hh:mm-hh:mm`, a maintenance window `ddd:hh:mm-ddd:hh:mm`, both UTC and at least 30 minutes long, and the two don't overlap.",
        source: "RDS API, PreferredBackupWindow and PreferredMaintenanceWindow; AWS answers InvalidParameterValue",
        covers: &["RDS-062"],
        fix: "write windows as in \"03:00-04:00\" and \"sun:05:00-sun:06:00\"",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, backup_window: «\"03:00-03:10\"» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, backup_window: \"03:00-04:00\" }",
        check: Check::Spec(check_windows),
    },
    Rule {
        code: Code(624),
        severity: Severity::Warning,
        title: "maintenance everywhere at once",
        rule: "What is maintained in two regions at the same time has nowhere to fail over to.",
        source: "the purpose of the library; Aurora User Guide, maintenance",
        covers: &["RDS-063", "X-088"],
        fix: "give each region a window of its own in `overrides`",
        wrong: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, maintenance_window: «\"sun:05:00-sun:06:00\"» }",
        right: "cluster orders: aurora_postgresql(\"16.11\") { primary: us, secondaries: each other region, instances: 2 * db_r6g_large, maintenance_window: \"sun:05:00-sun:06:00\", overrides: { eu => { maintenance_window: \"tue:05:00-tue:06:00\" } } }",
        check: Check::Spec(check_overlap),
    },
];

/// A span of time: its first minute of the week and its length.
#[derive(Clone, Copy)]
struct Window {
    start: u64,
    length: u64,
}

fn minute_of_day(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    Some(number(hours, 23)? * 60 + number(minutes, 59)?)
}

fn minute_of_week(text: &str) -> Option<u64> {
    let (day, time) = text.split_once(':')?;
    let day = DAYS.iter().position(|known| known.eq_ignore_ascii_case(day))?;
    Some(u64::try_from(day).ok()? * DAY + minute_of_day(time)?)
}

/// A window whose ends are read by `minute`, in a cycle.
fn window(text: &str, cycle: u64, minute: fn(&str) -> Option<u64>) -> Option<Window> {
    let (start, end) = text.split_once('-')?;
    let (start, end) = (minute(start)?, minute(end)?);
    Some(Window { start, length: (end + cycle - start) % cycle })
}

fn backup_window(text: &str) -> Option<Window> {
    window(text, DAY, minute_of_day)
}

fn maintenance_window(text: &str) -> Option<Window> {
    window(text, WEEK, minute_of_week)
}

/// Whether two windows share a minute, in a cycle.
fn overlap(one: Window, other: Window, cycle: u64) -> bool {
    let begins_within =
        |one: Window, other: Window| (other.start % cycle + cycle - one.start % cycle) % cycle < one.length;
    begins_within(one, other) || begins_within(other, one)
}

/// The windows of a member: its own, or the cluster's.
struct Windows<'a> {
    label: &'a str,
    backup: Option<&'a Node<String>>,
    maintenance: Option<&'a Node<String>>,
}

fn of_members<'a>(context: &Context<'a>, cluster: &'a ClusterSpec) -> Vec<Windows<'a>> {
    let mut windows = Vec::new();
    for (label, _) in super::members(context, cluster) {
        let own = own(&cluster.overrides, label);
        let backup = own.and_then(|own| own.backup_window.as_ref());
        let maintenance = own.and_then(|own| own.maintenance_window.as_ref());
        windows.push(Windows {
            label,
            backup: backup.or(cluster.backup_window.as_ref()),
            maintenance: maintenance.or(cluster.maintenance_window.as_ref()),
        });
    }
    windows
}

/// Windows are readable, long enough, and apart.
fn check_windows(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let mut windows = Vec::new();
        for node in written(&cluster.backup_window, &cluster.overrides, |own| &own.backup_window) {
            windows.push((node, backup_window(node.as_str()), "hh:mm-hh:mm"));
        }
        for node in written(&cluster.maintenance_window, &cluster.overrides, |own| &own.maintenance_window) {
            windows.push((node, maintenance_window(node.as_str()), "ddd:hh:mm-ddd:hh:mm"));
        }
        for (node, window, form) in windows {
            match window {
                None => report.at(node.id, format!("`{}` is not `{form}`", node.value)),
                Some(window) if window.length < LEAST_MINUTES => {
                    report.at(node.id, format!("the window is {} minutes long", window.length));
                }
                Some(_) => {}
            }
        }
        let mut reported = Vec::new();
        for Windows { label: _, backup, maintenance } in of_members(context, cluster) {
            let (Some(backup), Some(maintenance)) = (backup, maintenance) else { continue };
            if let (Some(one), Some(other)) =
                (backup_window(backup.as_str()), maintenance_window(maintenance.as_str()))
                && overlap(one, other, DAY)
                && !reported.contains(&maintenance.id)
            {
                reported.push(maintenance.id);
                report.related(maintenance.id, "the two windows overlap", (backup.id, "the backup window"));
            }
        }
    }
}

/// No two members are maintained at the same time.
fn check_overlap(context: &Context<'_>, report: &mut Report<'_>) {
    for cluster in each_cluster(context.spec) {
        let mut seen: Vec<(&str, Window)> = Vec::new();
        let mut reported = Vec::new();
        for Windows { label, backup: _, maintenance } in of_members(context, cluster) {
            let Some(node) = maintenance else { continue };
            let Some(window) = maintenance_window(node.as_str()) else { continue };
            if let Some((earlier, _)) = seen.iter().find(|(_, earlier)| overlap(*earlier, window, WEEK))
                && !reported.contains(&node.id)
            {
                reported.push(node.id);
                report.at(node.id, format!("`{label}` is maintained at the same time as `{earlier}`"));
            }
            seen.push((label, window));
        }
    }
}
