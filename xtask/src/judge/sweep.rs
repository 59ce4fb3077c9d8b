//! Runs with a fault in one call, and what must be true afterwards: running again repairs it, planning is empty, and
//! everything exists once. Not here: the faults (`fault`).

use super::Bench;
use super::cloud::expected;
use super::fault::{Call, Fault};

/// What is done while something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    /// Deploying the storefront from nothing.
    Deploy,
    /// Deploying the edited storefront over the storefront.
    Edit,
    /// Destroying the storefront.
    Destroy,
}

impl Scenario {
    pub(super) fn name(self) -> &'static str {
        match self {
            Scenario::Deploy => "deploy",
            Scenario::Edit => "edit",
            Scenario::Destroy => "destroy",
        }
    }

    fn command(self) -> [&'static str; 2] {
        match self {
            Scenario::Deploy | Scenario::Edit => ["deploy", "--yes"],
            Scenario::Destroy => ["destroy", "--yes"],
        }
    }

    /// Faults before anything is done are the same everywhere; they are tried once.
    fn faults(self) -> &'static [Fault] {
        match self {
            Scenario::Deploy => &Fault::ALL,
            Scenario::Edit | Scenario::Destroy => &[Fault::Lost, Fault::Killed],
        }
    }
}

/// How the run with the fault ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It got over it.
    Done,
    /// The next run repaired it.
    Repaired,
    /// The fault does not happen to this call.
    Inapplicable,
}

/// Tries all faults of a scenario in one call; returns which, with a star where it took a second run.
pub(super) fn sweep(bench: &Bench, scenario: Scenario, call: &Call) -> Result<String, String> {
    let mut tried = Vec::new();
    for &fault in scenario.faults() {
        let name = format!("{}-{}-{}", scenario.name(), call.operation, fault.name());
        let outcome = one(bench, scenario, call, fault, &name);
        match outcome.map_err(|error| format!("{}: {error}", fault.name()))? {
            Outcome::Done => tried.push(fault.name().to_owned()),
            Outcome::Repaired => tried.push(format!("{}*", fault.name())),
            Outcome::Inapplicable => {}
        }
    }
    Ok(tried.join(", "))
}

fn one(bench: &Bench, scenario: Scenario, call: &Call, fault: Fault, name: &str) -> Result<Outcome, String> {
    // All through the proxy: another endpoint would be another world, with another journal.
    let proxy = bench.microburst.port;
    let program = match scenario {
        Scenario::Deploy | Scenario::Destroy => &bench.storefront,
        Scenario::Edit => &bench.edited,
    };
    bench.cloud.furnish(bench.widest)?;
    if scenario != Scenario::Deploy {
        bench.storefront.run(&format!("{name}-before"), &["deploy", "--yes"], proxy)?.expect(0)?;
    }
    if !bench.rules.set(fault, call)? {
        return Ok(Outcome::Inapplicable);
    }
    let is_fatal = || if fault == Fault::Killed { bench.rules.have_applied() } else { Ok(false) };
    let mut ended = program.run_until(name, &scenario.command(), proxy, is_fatal);
    let mut applied = bench.rules.have_applied();
    if scenario == Scenario::Destroy && applied == Ok(false) {
        // The first run of a destroy only disarms what holds data.
        let second = format!("{name}-second");
        ended = program.run_until(&second, &scenario.command(), proxy, is_fatal);
        applied = bench.rules.have_applied();
    }
    bench.rules.clear()?;
    let ended = ended?;
    if !applied? {
        return Err(format!("{} was not called: {}", call.operation, ended.describe()));
    }
    let halfway = scenario == Scenario::Destroy && ended.code == Some(3);
    let outcome = if ended.code == Some(0) || halfway { Outcome::Done } else { Outcome::Repaired };
    if fault.is_survivable(call) && !halfway {
        ended.expect(0)?;
    }
    let again = program.run(&format!("{name}-again"), &scenario.command(), proxy)?;
    // A first run of a destroy that did not come to its end is begun again.
    if scenario == Scenario::Destroy && again.code == Some(3) {
        program.run(&format!("{name}-last"), &scenario.command(), proxy)?.expect(0)?;
    } else {
        again.expect(0)?;
    }
    let wanted = match scenario {
        Scenario::Deploy => expected(bench.topology),
        Scenario::Edit => expected(bench.widest),
        Scenario::Destroy => Vec::new(),
    };
    bench.compare(&wanted)?;
    if scenario != Scenario::Destroy {
        program.run(&format!("{name}-plan"), &["plan"], proxy)?.expect(0)?;
    }
    Ok(outcome)
}
