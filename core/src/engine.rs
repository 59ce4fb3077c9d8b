//! A run from its first call to its last: read the recorded state, observe, plan, take the lock, apply, record. Not here:
//! each of these (`state`, `aws`, `plan`, `apply`, `journal`), and showing anything (`report`, `cli`).

mod custody;
mod error;
mod lease;
mod record;
mod settle;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use polyregion_model::{Address, Kind, NodeId, Region, Resource, Topology};

pub use self::error::EngineError;
pub use self::lease::{HEARTBEAT, LEASE};
use self::lease::{Lease, Progress};
use self::record::Recording;
use crate::apply::{EventSink, Outcome, Stop, apply};
use crate::aws::{Aws, Executor, observe, probe};
use crate::journal::{Entry, Journal};
use crate::observed::Sought;
use crate::plan::{self, Goal, Input, Plan, Reason, Surroundings};
use crate::state::{Debt, Ledger, LedgerError, Lock, Reading, State};

/// What a run is told besides the topology.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Regions that are treated as down.
    pub without: BTreeSet<Region>,
    /// What may lose its data or its place in its group.
    pub consents: BTreeSet<Address>,
    /// The hash of the plan that the user has seen. A run whose plan has another stops before it changes anything.
    pub plan_hash: Option<String>,
    /// Where it runs, for people who meet its lock.
    pub holder: String,
    /// Asks for an end before everything is applied.
    pub stop: Stop,
    /// Most steps under way at once. Default: what each service bears.
    pub parallelism: Option<NonZeroUsize>,
}

/// Runs the commands of one topology.
#[derive(Debug)]
pub struct Engine<'a> {
    topology: &'a Topology,
    aws: Aws,
    ledger: Ledger,
    options: Options,
}

/// A plan with all that it was made from.
#[derive(Debug)]
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// Its hash, which no consent changes.
    pub hash: String,
    /// The recorded state, brought up to date with what was observed.
    pub state: State,
    /// What is worth saying about the copies of the state.
    pub remarks: Vec<String>,
    /// Where it would be applied, and to what state.
    pub surroundings: Surroundings,
    /// Whether there may be a recorded state that was not seen.
    pub is_uncertain: bool,
    /// Who holds the lock, if somebody does.
    pub held_by: Option<Lock>,
    reading: Reading,
}

/// How a run ended.
#[derive(Debug)]
pub struct Applied {
    /// What became of the steps.
    pub outcome: Outcome,
    /// What is worth saying about the copies of the state.
    pub remarks: Vec<String>,
}

/// Seconds since the Unix epoch, for people: nothing is decided by it.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl<'a> Engine<'a> {
    /// An engine on an AWS, with the copies of the recorded state.
    pub fn new(topology: &'a Topology, aws: Aws, ledger: Ledger, options: Options) -> Self {
        Self { topology, aws, ledger, options }
    }

    /// The copies of the recorded state.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Plans, without a lock: somebody may be at work meanwhile.
    ///
    /// # Errors
    /// When the account is not the topology's or can't be asked, or when the recorded state can't be used.
    pub async fn plan(&self, goal: Goal) -> Result<Prepared, EngineError> {
        self.refuse_pending(goal)?;
        self.probe().await?;
        let reading = self.ledger.read(self.topology).await?;
        self.prepare(goal, reading, &[]).await
    }

    /// Plans to apply: the journal says what a run that died here had done, and a lock that somebody holds is waited for
    /// until it is given back or given up.
    ///
    /// # Errors
    /// Besides those of [`Self::plan`]: when somebody holds the lock and is alive, or when a copy of the state that can't be
    /// reached may be the only one.
    pub async fn prepare_to_apply(
        &self,
        goal: Goal,
        journal: &Journal,
        left: &[Entry],
    ) -> Result<Prepared, EngineError> {
        self.refuse_pending(goal)?;
        self.probe().await?;
        let reading = lease::wait(&self.ledger, self.topology, journal.id()).await?;
        if reading.is_uncertain() && self.options.without.is_empty() {
            return Err(EngineError::Uncertain { remarks: reading.remarks() });
        }
        journal.refuse_foreign(left, reading.state.as_ref().map(|state| state.lineage.as_str()))?;
        let prepared = self.prepare(goal, reading, left).await?;
        match &self.options.plan_hash {
            Some(expected) if *expected != prepared.hash => {
                Err(EngineError::OtherPlan { expected: expected.clone(), actual: prepared.hash.clone() })
            }
            None if !self.options.consents.is_empty() => {
                Err(EngineError::UnboundConsent { hash: prepared.hash.clone() })
            }
            Some(_) | None => Ok(prepared),
        }
    }

    /// A deploy that would leave out what is declared is none.
    fn refuse_pending(&self, goal: Goal) -> Result<(), EngineError> {
        let pending = self.topology.pending().iter().map(|(address, pending)| {
            let position = self.topology.pending_position(pending).map(|position| format!(" ({position})"));
            format!("{address} {}{}", pending.what, position.unwrap_or_default())
        });
        let pending: Vec<String> = pending.collect();
        if goal == Goal::Destroy || pending.is_empty() {
            Ok(())
        } else {
            Err(EngineError::NotYet { pending })
        }
    }

    async fn probe(&self) -> Result<(), EngineError> {
        self.aws.forget_health();
        let mut regions: BTreeSet<Region> =
            self.topology.regions().iter().map(|place| place.region).collect();
        regions.insert(self.topology.partition().control_region());
        Ok(probe(&self.aws, self.topology.account(), &regions, &self.options.without).await?)
    }

    async fn prepare(&self, goal: Goal, reading: Reading, left: &[Entry]) -> Result<Prepared, EngineError> {
        let mut state = match &reading.state {
            Some(state) => state.clone(),
            None => State::begin(self.topology, crate::random::id().map_err(EngineError::Random)?),
        };
        settle::replay(&mut state, left);
        settle::set_aside(&mut state, self.topology);
        settle::hand_over(&mut state, self.topology);
        let whole = self.topology.with_recorded(state.undeclared(self.topology));
        // A region that was taken out is asked whether it is there, too.
        let regions = whole.resources().iter().filter_map(|resource| resource.kind.region()).collect();
        probe(&self.aws, self.topology.account(), &regions, &self.options.without).await?;
        let made = state.resources.values().map(|recorded| &recorded.resource).chain(state.intents.values());
        let sought = Sought::of(made);
        let aws = self.aws.with_token(state.token.as_deref().unwrap_or_default());
        let world = observe(&aws, &whole, &sought).await;
        let emptied = settle::emptied_zones(&state, &world);
        settle::settle(&mut state, goal, self.topology, &whole, &world, &emptied);
        if goal == Goal::Deploy {
            settle::arm(&mut state, self.topology);
        }
        let removed: Vec<Resource> = whole
            .resources()
            .iter()
            .filter(|resource| self.topology.resource(&resource.address).is_none())
            .cloned()
            .collect();
        let plan_with = |consents: &BTreeSet<Address>| match goal {
            Goal::Deploy => plan::deploy(&Input {
                topology: self.topology,
                removed: &removed,
                world: &world,
                state: &state,
                emptied: &emptied,
                consents,
            }),
            Goal::Destroy => plan::destroy(&Input {
                topology: &whole,
                removed: &[],
                world: &world,
                state: &state,
                emptied: &emptied,
                consents,
            }),
        };
        let plain = plan_with(&BTreeSet::new());
        let surroundings = Surroundings {
            endpoints: self.aws.endpoints(),
            lineage: reading.state.as_ref().map(|state| state.lineage.clone()).unwrap_or_default(),
            serial: reading.state.as_ref().map(|state| state.serial).unwrap_or_default(),
        };
        let everything: BTreeSet<Address> =
            whole.resources().iter().map(|resource| resource.address.clone()).collect();
        let hash = plan::hash(&plain, &plan_with(&everything), &world, &surroundings);
        let plain_answers = answerable(&plain);
        let plan = if self.options.consents.is_empty() { plain } else { plan_with(&self.options.consents) };
        self.check_consents(&whole, &plain_answers)?;
        // What is as it should be is in doubt no longer, and recorded as it is declared now.
        let open: BTreeSet<Address> = open_addresses(&plan);
        state.intents.retain(|address, _| open.contains(address));
        for (address, recorded) in &mut state.resources {
            let settled = self.topology.resource(address).filter(|_| !open.contains(address));
            if let Some(resource) = settled {
                recorded.resource = Resource { node: NodeId::none(), ..resource.clone() };
            }
        }
        Ok(Prepared {
            plan,
            hash,
            surroundings,
            remarks: remarks(&reading, &state),
            is_uncertain: reading.is_uncertain(),
            held_by: reading.state.as_ref().and_then(|state| state.lock.clone()),
            state,
            reading,
        })
    }

    /// Consent to what is not there, or to what the plan asks no consent for, is a mistake that must not pass silently.
    fn check_consents(&self, whole: &Topology, asked: &BTreeSet<Address>) -> Result<(), EngineError> {
        for address in &self.options.consents {
            let address = address.clone();
            if whole.resource(&address).is_none() {
                return Err(EngineError::UnknownConsent { address });
            }
            if !asked.contains(&address) {
                return Err(EngineError::NeedlessConsent { address });
            }
        }
        Ok(())
    }

    /// Asks for an end before everything is applied.
    pub fn stop(&self) -> &Stop {
        &self.options.stop
    }

    /// Takes the lock, applies, records, and gives the lock back. The journal knows what happened if that can't be written.
    ///
    /// # Errors
    /// When another run has written since the plan was made, or the state or the journal can't be written. What was done
    /// until then is in the journal, and the next run knows it.
    pub async fn apply(
        &self,
        prepared: Prepared,
        journal: &Journal,
        events: EventSink,
    ) -> Result<Applied, EngineError> {
        let run = crate::random::id().map_err(EngineError::Random)?;
        let token = prepared.state.token.clone().unwrap_or_else(|| run.clone());
        let Prepared {
            plan,
            hash,
            surroundings: _,
            mut state,
            remarks,
            is_uncertain: _,
            held_by: _,
            mut reading,
        } = prepared;
        if plan.steps.is_empty() {
            // Nothing to do on AWS; what was learnt is recorded, if anything was.
            state.debts = debts(&state, &plan, &Outcome::default());
            state.lock = None;
            let is_known = reading.state.as_ref() == Some(&state) && remarks.is_empty();
            let is_nothing = reading.state.is_none() && state.resources.is_empty();
            if !is_known && !is_nothing {
                state.serial += 1;
                state.writer.clone_from(&run);
                // One epoch has one writer, so that copies by two can be told apart.
                state.epoch += 1;
                self.ledger.write(&mut reading, &state).await?;
            }
            // The run that a journal tells of may have died after its last change.
            journal.end()?;
            return Ok(Applied { outcome: Outcome::default(), remarks });
        }
        state.epoch += 1;
        state.serial += 1;
        state.writer.clone_from(&run);
        state.lock = Some(Lock {
            run: run.clone(),
            holder: self.options.holder.clone(),
            journal: journal.id().to_owned(),
            since: now(),
        });
        state.token = Some(token.clone());
        let in_doubt: BTreeSet<Address> = state.intents.keys().cloned().collect();
        state.intents.extend(record::intents(&plan, self.topology, &state));
        let missed = self.ledger.write(&mut reading, &state).await?;
        journal.begin(&state.lineage, &run, &hash)?;

        let progress = Progress::new(state, reading);
        let executor = Executor::new(self.aws.with_token(&token));
        let lease = Lease::start(self.ledger.clone(), progress.clone());
        self.aws.arm(journal.clone(), lease.fence());
        let recording = Recording::new(executor, progress.clone(), journal.clone(), self.topology.clone());
        let Options { stop, parallelism, .. } = &self.options;
        let outcome = apply(&plan, Arc::new(recording), events, stop, *parallelism).await;
        self.aws.disarm();
        let lost = lease.stop();

        let (mut state, mut reading) = progress.take().await;
        // What was never begun is not in doubt.
        for step in &plan.steps {
            if !outcome.done.contains(&step.id) && !outcome.failed.contains_key(&step.id) {
                let addresses = step.operation.addresses();
                state.intents.retain(|address, _| !addresses.contains(address) || in_doubt.contains(address));
            }
        }
        if let Some(why) = lost {
            return Err(EngineError::Fenced { why, outcome: Box::new(outcome) });
        }
        state.debts = debts(&state, &plan, &outcome);
        state.lock = None;
        if outcome.is_success() && state.intents.is_empty() {
            state.token = None;
        }
        state.serial += 1;
        let mut remarks = unwritten(missed);
        match self.write_at_last(&mut reading, &state).await {
            Ok(missed) => {
                remarks.extend(unwritten(missed));
                remarks.sort();
                remarks.dedup();
            }
            Err(error) => return Err(EngineError::Unrecorded { error, outcome: Box::new(outcome) }),
        }
        journal.end()?;
        Ok(Applied { outcome, remarks })
    }

    /// The last write of a run, which also gives back the lock.
    async fn write_at_last(&self, reading: &mut Reading, state: &State) -> Result<Vec<String>, LedgerError> {
        let mut tried = 1;
        loop {
            match self.ledger.write(reading, state).await {
                Err(LedgerError::Unwritten { .. }) if tried < LAST_WRITES => {
                    tried += 1;
                    tokio::time::sleep(BETWEEN_LAST_WRITES).await;
                }
                result => return result,
            }
        }
    }
}

/// How often the last write of a run is tried, and how long apart: what it says is not easily found out again.
const LAST_WRITES: u32 = 4;
const BETWEEN_LAST_WRITES: Duration = Duration::from_secs(30);

/// What is worth saying about copies that a write did not reach.
fn unwritten(missed: Vec<String>) -> Vec<String> {
    missed.into_iter().map(|place| format!("the state could not be written to {place}")).collect()
}

/// What is worth saying about the copies, and about a state that is not there although something of ours is.
fn remarks(reading: &Reading, state: &State) -> Vec<String> {
    let mut remarks = reading.remarks();
    if reading.state.is_none() && !state.resources.is_empty() {
        remarks.push(format!(
            "no state is recorded, though {} resources of this topology exist: what was declared before and is no longer \
             declared is not known; on AWS it has the tag polyregion:topology",
            state.resources.len()
        ));
    }
    remarks
}

/// What a plan asks consent for: what is kept or disarmed for its data, and zones of which much would be deleted.
fn answerable(plan: &Plan) -> BTreeSet<Address> {
    let kept = plan.kept.iter().map(|kept| &kept.address);
    let disarmed = plan.changes.iter().filter(|change| change.reason == Reason::Disarmed);
    let conflicts = plan.conflicts.iter().map(|conflict| &conflict.address);
    let zones = conflicts.filter(|address| address.kind == Kind::Zone);
    kept.chain(disarmed.map(|change| &change.address)).chain(zones).cloned().collect()
}

/// What a plan has something to say about.
fn open_addresses(plan: &Plan) -> BTreeSet<Address> {
    let changes = plan.changes.iter().map(|change| &change.address);
    let deferred = plan.deferred.iter().map(|deferred| &deferred.address);
    let conflicts = plan.conflicts.iter().map(|conflict| &conflict.address);
    changes.chain(deferred).chain(conflicts).cloned().collect()
}

/// What is owed after a run: what the plan deferred, and what failed because AWS was not reached, with what waits for it.
fn debts(state: &State, plan: &Plan, outcome: &Outcome) -> BTreeMap<Address, Debt> {
    let since = |address: &Address| state.debts.get(address).map_or_else(now, |debt| debt.since);
    let mut debts: BTreeMap<Address, Debt> = plan
        .deferred
        .iter()
        .map(|deferred| {
            let address = deferred.address.clone();
            let debt = Debt { why: deferred.why.clone(), region: deferred.region, since: since(&address) };
            (address, debt)
        })
        .collect();
    let addresses = |step: &plan::StepId| {
        plan.steps.get(step.0).map(|step| step.operation.addresses()).unwrap_or_default()
    };
    for (step, failure) in outcome.failed.iter().filter(|(_, failure)| failure.unreachable) {
        for address in addresses(step) {
            let debt = Debt { why: failure.to_string(), region: failure.region, since: since(&address) };
            debts.insert(address, debt);
        }
    }
    for step in &outcome.left {
        for address in addresses(step) {
            let debt = Debt {
                why: "it was not begun, as the run was stopped".to_owned(),
                region: None,
                since: since(&address),
            };
            debts.insert(address, debt);
        }
    }
    for (step, by) in &outcome.blocked {
        let Some(cause) = root(outcome, *by).filter(|failure| failure.unreachable) else { continue };
        for address in addresses(step) {
            let why = format!("it waits for what could not be done: {cause}");
            let debt = Debt { why, region: cause.region, since: since(&address) };
            debts.insert(address, debt);
        }
    }
    debts
}

/// The failure that a step is blocked by in the end.
fn root(outcome: &Outcome, mut step: plan::StepId) -> Option<&crate::apply::Failure> {
    while let Some(by) = outcome.blocked.get(&step) {
        step = *by;
    }
    outcome.failed.get(&step)
}
