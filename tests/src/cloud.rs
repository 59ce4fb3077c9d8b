//! A simulated AWS with the engine on it, and a machine that the engine runs on. Not here: what can go wrong (`hazard`).

use std::sync::{Arc, Mutex, PoisonError};

use polyregion::apply::{Event, EventSink, Outcome};
use polyregion::aws::{Aws, copies};
use polyregion::engine::{Applied, Engine, EngineError, Options, Prepared};
use polyregion::journal::Journal;
use polyregion::plan::{Goal, Plan};
use polyregion::report::{event_json, event_line, plan_json, plan_text};
use polyregion::state::{Ledger, Reading};
use polyregion::{Topology, local};
use polyregion_sim::Sim;

use crate::disk::Disk;

/// A simulated AWS and a machine.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// The AWS.
    pub sim: Sim,
    /// The machine's disk.
    pub disk: Disk,
}

/// A run that was applied.
#[derive(Debug)]
pub struct Run {
    /// Its plan.
    pub plan: Plan,
    /// How it ended.
    pub outcome: Outcome,
    /// Its events.
    pub events: Vec<Event>,
    /// The same, one line each.
    pub log: String,
    /// What was said about the state.
    pub remarks: Vec<String>,
    /// Everything that was shown to anybody, in every form.
    pub shown: String,
}

impl Cloud {
    /// An AWS that has what a topology expects to exist, and a new machine.
    ///
    /// # Errors
    /// When the simulation can't have it.
    pub fn new(topology: &Topology) -> Result<Self, String> {
        let cloud = Self { sim: Sim::new(topology.account()), disk: Disk::new() };
        local::furnish(&cloud.sim, topology).map_err(|error| error.to_string())?;
        Ok(cloud)
    }

    /// An independent copy of both.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { sim: self.sim.fork(), disk: self.disk.fork() }
    }

    /// The same AWS, and a machine that knows nothing.
    #[must_use]
    pub fn on_another_machine(&self) -> Self {
        Self { sim: self.sim.clone(), disk: Disk::new() }
    }

    /// The engine.
    pub fn engine<'a>(&self, topology: &'a Topology, options: Options) -> Engine<'a> {
        let aws = Aws::new(local::sdk_config(&self.sim), topology);
        let ledger = Ledger::new(copies(&aws, topology));
        Engine::new(topology, aws, ledger, options)
    }

    /// Plans.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn plan(&self, topology: &Topology, goal: Goal) -> Result<Prepared, EngineError> {
        self.engine(topology, Options::default()).plan(goal).await
    }

    /// The copies of the recorded state.
    pub async fn look(&self, topology: &Topology) -> Reading {
        self.engine(topology, Options::default()).look().await
    }

    /// Plans and applies.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn run(&self, topology: &Topology, goal: Goal, options: Options) -> Result<Run, EngineError> {
        let engine = self.engine(topology, options);
        let (journal, left) = Journal::on(Box::new(self.disk.clone()), "the journal".to_owned())?;
        let prepared = engine.prepare_to_apply(goal, &journal, &left).await?;
        apply(&engine, prepared, &journal).await
    }

    /// Plans, applies, and takes nothing but success.
    ///
    /// # Errors
    /// What failed.
    pub async fn deploy(&self, topology: &Topology) -> Result<Run, String> {
        let run = self.run(topology, Goal::Deploy, Options::default()).await;
        let run = run.map_err(|error| error.to_string())?;
        if run.outcome.is_success() {
            Ok(run)
        } else {
            Err(format!("the deploy failed: {:?}", run.outcome.failed))
        }
    }

    /// Applies a plan that was made before.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn apply(&self, topology: &Topology, prepared: Prepared) -> Result<Run, EngineError> {
        let engine = self.engine(topology, Options::default());
        let (journal, _) = Journal::on(Box::new(self.disk.clone()), "the journal".to_owned())?;
        apply(&engine, prepared, &journal).await
    }

    /// Destroys at once, with consent for everything that holds data.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn destroy(&self, topology: &Topology) -> Result<Run, EngineError> {
        let options = self.consent_to_all(topology, Goal::Destroy).await?;
        self.run(topology, Goal::Destroy, options).await
    }

    /// Consent for everything that a plan would keep for its data.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn consent_to_all(&self, topology: &Topology, goal: Goal) -> Result<Options, EngineError> {
        let Prepared { plan, hash, .. } = self.plan(topology, goal).await?;
        let disarmed =
            plan.changes.iter().filter(|change| change.reason == polyregion::plan::Reason::Disarmed);
        let kept = plan.kept.iter().map(|kept| &kept.address);
        let conflicts = plan.conflicts.iter().map(|conflict| &conflict.address);
        let zones = conflicts.filter(|address| address.to_string().starts_with("zone."));
        let consents = disarmed.map(|change| &change.address).chain(kept).chain(zones).cloned().collect();
        Ok(Options { consents, plan_hash: Some(hash), ..Options::default() })
    }

    /// What exists, but for the buckets that hold the recorded state, in the order of the lines.
    pub fn inventory(&self) -> Vec<String> {
        let mut lines = self.sim.inventory();
        lines.sort();
        lines.retain(|line| !line.contains("polyregion-state-"));
        lines
    }
}

async fn apply(engine: &Engine<'_>, prepared: Prepared, journal: &Journal) -> Result<Run, EngineError> {
    let plan = prepared.plan.clone();
    let mut shown = format!("{}\n{}\n", plan_text(&plan, &prepared.hash), plan_json(&plan, &prepared.hash));
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let events = Arc::clone(&events);
        EventSink::new(move |event| events.lock().unwrap_or_else(PoisonError::into_inner).push(event))
    };
    let Applied { outcome, remarks } = engine.apply(prepared, journal, sink).await?;
    let events = events.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let lines: Vec<String> = events.iter().map(|event| event_line(&plan, event)).collect();
    for (event, line) in events.iter().zip(&lines) {
        shown.push_str(line);
        shown.push_str(&event_json(&plan, event).to_string());
    }
    Ok(Run { plan, outcome, events, log: lines.join("\n"), remarks, shown })
}
