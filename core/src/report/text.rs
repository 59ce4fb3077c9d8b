//! A plan as text: readable without colour. Not here: JSON.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::state::time;
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;
use crate::plan::{Action, Change, DataLoss, Goal, Kept, Plan};

/// The plan with its hash as text, with ANSI colours; strip them with `anstream` where they are not wanted.
pub fn plan_text(plan: &Plan, hash: &str) -> String {
    let mut out = String::new();
    let goal = match plan.goal {
        Goal::Deploy => "plan",
        Goal::Destroy => "plan to destroy",
    };
    let _ = writeln!(out, "{goal} of topology {} in account {}", plan.topology, plan.account);
    for change in &plan.changes {
        out.push('\n');
        write_change(&mut out, change);
    }
    for deferred in &plan.deferred {
        let style = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        let _ =
            writeln!(out, "\n{style}?{style:#} {} is deferred\n    why: {}", deferred.address, deferred.why);
        if let Some(since) = deferred.since {
            let _ = writeln!(out, "    owed since: {}", time(since));
        }
    }
    for kept in &plan.kept {
        let Kept { address, noun, why, with_consent } = kept;
        let _ = writeln!(
            out,
            "\n= {address} ({noun}) stays\n    why: {why}\n    with consent (--consent {address}): it {with_consent}"
        );
    }
    for conflict in &plan.conflicts {
        let style = Style::new().fg_color(Some(AnsiColor::Red.into()));
        let position = conflict.position.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        let _ = writeln!(out, "\n{style}!{style:#} {}{position} is in conflict", conflict.address);
        let _ = writeln!(out, "    what: {}\n    help: {}", conflict.what, conflict.help);
    }
    for note in &plan.notes {
        let _ = writeln!(out, "\nnote: {}: {}", note.address, note.text);
    }
    let _ = writeln!(out, "\n{}", summary(plan));
    if !plan.is_converged() || !plan.kept.is_empty() {
        let _ = writeln!(out, "hash of this plan, for --plan-hash: {hash}");
    }
    out
}

fn write_change(out: &mut String, change: &Change) {
    let Change {
        address,
        noun,
        position,
        action,
        reason,
        fields,
        region,
        control_plane,
        data_loss,
        estimate: _,
    } = change;
    let style = match action {
        Action::Create => Style::new().fg_color(Some(AnsiColor::Green.into())),
        Action::Adopt | Action::Update | Action::Await | Action::Detach => {
            Style::new().fg_color(Some(AnsiColor::Yellow.into()))
        }
        Action::Delete => Style::new().fg_color(Some(AnsiColor::Red.into())),
    };
    let place = region.map(|region| format!(" in {region}")).unwrap_or_default();
    let position = position.as_ref().map(|at| format!(", {at}")).unwrap_or_default();
    let symbol = action.symbol();
    let _ = writeln!(out, "{style}{symbol} {address}{style:#} ({noun}{place}{position})");
    if *action != Action::Create {
        let _ = writeln!(out, "    why: it {reason}");
    }
    for field in fields {
        let _ = writeln!(out, "    {}", field_text(field));
    }
    match data_loss {
        DataLoss::None => {}
        DataLoss::Service => {
            let _ = writeln!(out, "    loses: service while it is gone");
        }
        DataLoss::Data => {
            let _ = writeln!(out, "    loses: its data");
        }
    }
    if region.is_some_and(|region| region != *control_plane) {
        let _ = writeln!(out, "    needs: the control plane in {control_plane}");
    }
}

fn field_text(change: &FieldChange) -> String {
    let FieldChange { field, old, new } = change;
    if matches!(field, Field::Policy | Field::TrustPolicy) {
        return format!("{field}: {}", document_text(old.as_ref(), new.as_ref()));
    }
    match (old, new) {
        (None, Some(new)) => format!("{field}: {new}"),
        (Some(old), Some(new)) => format!("{field}: {old} -> {new}"),
        (Some(old), None) if field.has_default() => format!("{field}: {old} -> AWS's default"),
        (Some(old), None) => format!("{field}: {old} -> nothing"),
        (None, None) => field.to_string(),
    }
}

/// A JSON document: as a change its lines that differ, else just what it is, as `--json` shows all of it.
fn document_text(old: Option<&Value>, new: Option<&Value>) -> String {
    let pretty = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => {
            let parsed = serde_json::from_str::<serde_json::Value>(text);
            parsed.map_or_else(|_| text.clone(), |document| format!("{document:#}"))
        }
        Some(
            Value::Number(_) | Value::Flag(_) | Value::List(_) | Value::Map(_) | Value::KnownAfterApply(_),
        )
        | None => String::new(),
    };
    let (old, new) = (pretty(old), pretty(new));
    if old.is_empty() {
        return format!("a document of {} lines (--json shows it)", new.lines().count());
    }
    let mut lines = String::from("a document, of which these lines differ");
    for change in TextDiff::from_lines(&old, &new).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        let _ = write!(lines, "\n      {sign} {}", change.value().trim());
    }
    lines
}

/// The line that says it all.
fn summary(plan: &Plan) -> String {
    if plan.is_converged() {
        return match plan.goal {
            Goal::Deploy if !plan.kept.is_empty() => format!(
                "nothing to do: all {} resources are as declared, and {} that are not stay",
                plan.unchanged,
                plan.kept.len()
            ),
            Goal::Deploy => format!("nothing to do: all {} resources are as declared", plan.unchanged),
            Goal::Destroy => "nothing to do: nothing of this topology exists".to_owned(),
        };
    }
    let counts = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Adopt, "to take over"),
        (Action::Await, "to wait for"),
        (Action::Detach, "to detach"),
        (Action::Delete, "to delete"),
    ];
    let mut parts: Vec<String> = counts
        .into_iter()
        .filter(|(action, _)| plan.count(*action) > 0)
        .map(|(action, words)| format!("{} {words}", plan.count(action)))
        .collect();
    let others =
        [(plan.deferred.len(), "deferred"), (plan.conflicts.len(), "in conflict"), (plan.kept.len(), "kept")];
    for (count, words) in others {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    if plan.goal == Goal::Deploy {
        parts.push(format!("{} unchanged", plan.unchanged));
    }
    let (path, time) = plan.critical_path();
    let mut line = parts.join(", ");
    if !path.is_empty() {
        let names: Vec<String> = path
            .iter()
            .filter_map(|step| step.changes.first().and_then(|index| plan.changes.get(*index)))
            .map(|change| change.address.to_string())
            .collect();
        let _ = write!(line, "\ntypically takes {}: {}", duration(time), names.join(" -> "));
    }
    line
}

/// A duration for people: `45 s`, `12 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
