//! Recorded state as text and JSON. Not here: plans.

use std::fmt::Write as _;

use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Value, json};

use crate::state::{Copied, CopyStatus, Reading, State};

/// The copies and what they hold, as text.
pub fn state_text(reading: &Reading) -> String {
    let mut out = String::new();
    for copy in &reading.copies {
        let _ = writeln!(out, "copy {}: {}", copy.place, copy_text(copy, reading.state.as_ref()));
    }
    let Some(state) = &reading.state else {
        let is_known = reading.copies.iter().all(|copy| copy.found == Copied::Nothing);
        out.push_str(if is_known { "nothing is recorded\n" } else { "what is recorded is not known\n" });
        return out;
    };
    let State {
        topology,
        account,
        lineage,
        epoch,
        serial,
        writer: _,
        lock,
        token: _,
        intents,
        resources,
        debts,
    } = state;
    let _ = writeln!(
        out,
        "\nstate of topology {topology} in account {account}: lineage {lineage}, epoch {epoch}, serial {serial}"
    );
    match lock {
        Some(lock) => {
            let _ = writeln!(out, "locked by run {} ({}) since {}", lock.run, lock.holder, time(lock.since));
        }
        None => out.push_str("not locked\n"),
    }
    let _ = writeln!(out, "\n{} resources", resources.len());
    for (address, recorded) in resources {
        let disarmed = if recorded.disarmed { ", disarmed: the next destroy deletes it" } else { "" };
        let noun = recorded.resource.kind.noun();
        let _ = writeln!(out, "  {address} ({noun} {}{disarmed})", recorded.physical_id);
    }
    if !intents.is_empty() {
        let _ = writeln!(
            out,
            "\n{} in doubt: a run set out to change them and is not known to have done so",
            intents.len()
        );
        for address in intents.keys() {
            let _ = writeln!(out, "  {address}");
        }
    }
    if !debts.is_empty() {
        let _ = writeln!(out, "\n{} owed: the next run does them when it can", debts.len());
        for (address, debt) in debts {
            let region = debt.region.map(|region| format!(", waiting for {region}")).unwrap_or_default();
            let _ = writeln!(out, "  {address} since {}{region}\n    why: {}", time(debt.since), debt.why);
        }
    }
    out
}

fn copy_text(copy: &CopyStatus, newest: Option<&State>) -> String {
    match &copy.found {
        Copied::State(state) => {
            let age = if newest.map(State::age) == Some(state.age()) { "current" } else { "behind" };
            format!("{age}, epoch {}, serial {}", state.epoch, state.serial)
        }
        Copied::Nothing => "nothing".to_owned(),
        Copied::Unusable(why) => format!("unusable: {why}"),
        Copied::Unreachable(why) => format!("unreachable: {why}"),
    }
}

/// The copies and what they hold, as one JSON object.
pub fn state_json(reading: &Reading) -> Value {
    let copies: Vec<Value> = reading
        .copies
        .iter()
        .map(|copy| {
            json!({
                "place": copy.place,
                "region": copy.region,
                "status": copy_text(copy, reading.state.as_ref()),
            })
        })
        .collect();
    json!({ "version": 1, "copies": copies, "state": reading.state })
}

/// Seconds since the epoch in ISO 8601.
pub(crate) fn time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or_default();
    DateTime::from_secs(seconds).fmt(Format::DateTime).unwrap_or_else(|_| seconds.to_string())
}
