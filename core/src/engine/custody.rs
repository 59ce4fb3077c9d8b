//! Mending the recorded state by hand: making it anew from AWS, choosing between copies, taking a lock away. Not here: what
//! runs do with it.

use std::collections::BTreeMap;

use polyregion_model::{Region, Topology};

use super::{Engine, EngineError, settle};
use crate::aws::observe;
use crate::observed::{Observation, Sought, World};
use crate::plan::Goal;
use crate::state::{Copied, DocumentError, LedgerError, Reading, State};

impl Engine<'_> {
    /// The copies of the recorded state, whatever they are.
    pub async fn look(&self) -> Reading {
        self.ledger().look().await
    }

    /// Makes the recorded state anew from what AWS tells. What a copy that can be used knows of what is declared no longer, or
    /// of records in existing zones, is kept as far as it is still there; without any, that is lost. Returns what could not
    /// be found out.
    ///
    /// # Errors
    /// When a run is at work, when a newer version wrote a copy, or when no copy can be written.
    pub async fn rebuild(&self) -> Result<(State, Vec<String>), EngineError> {
        self.probe().await?;
        let mut reading = self.ledger().look().await;
        refuse_newer(&reading)?;
        if let Some(lock) = reading.state.as_ref().and_then(|state| state.lock.clone()) {
            return Err(EngineError::Held(lock));
        }
        let known = reading.state.as_ref().filter(|state| state.is_of(self.topology)).cloned();
        let mut state = match &known {
            Some(known) => known.clone(),
            None => State::begin(self.topology, crate::random::id().map_err(EngineError::Random)?),
        };
        let whole = self.topology.with_recorded(state.undeclared(self.topology));
        let world = observe(&self.aws, &whole, &Sought::default()).await;
        // Of what is gone nothing is kept, whatever was recorded. What is declared with another name now was not looked for.
        state.resources.retain(|address, recorded| {
            let declared = whole.resource(address);
            declared.is_some_and(|declared| settle::is_another(&recorded.resource, declared))
                || !matches!(world.get(address), Observation::Absent)
        });
        state.debts.clear();
        settle::settle(&mut state, Goal::Deploy, self.topology, &whole, &world, &BTreeMap::new());
        let mut doubts = doubts(self.topology, &state, &world);
        if known.is_none() {
            doubts.push(
                "what was declared before and is no longer declared is not known; on AWS it has the tag polyregion:topology"
                    .to_owned(),
            );
        }
        let missed = self.overrule(&mut reading, &mut state).await?;
        Ok((state, doubts.into_iter().chain(missed).collect()))
    }

    /// Makes the copy in a region the truth, and writes it over the others.
    ///
    /// # Errors
    /// When that copy is no state of this topology, or when no copy can be written.
    pub async fn promote(&self, region: Region) -> Result<State, EngineError> {
        let mut reading = self.ledger().look().await;
        refuse_newer(&reading)?;
        let chosen = reading.copies.iter().find(|copy| copy.region == Some(region));
        let mut state = match chosen.map(|copy| &copy.found) {
            Some(Copied::State(state)) if state.is_of(self.topology) => state.as_ref().clone(),
            Some(Copied::State(_) | Copied::Nothing | Copied::Unusable(_) | Copied::Unreachable(_))
            | None => {
                return Err(EngineError::NoCopy { region });
            }
        };
        state.lock = None;
        self.overrule(&mut reading, &mut state).await?;
        Ok(state)
    }

    /// Takes the lock from a run. What that run still tries to write is refused.
    ///
    /// # Errors
    /// When another run, or none, holds it.
    pub async fn unlock(&self, run: &str) -> Result<State, EngineError> {
        let mut reading = self.ledger().read(self.topology).await?;
        let mut state = match &reading.state {
            Some(state) if state.lock.as_ref().is_some_and(|lock| lock.run == run) => state.clone(),
            Some(_) | None => return Err(EngineError::NotHeld { run: run.to_owned() }),
        };
        state.lock = None;
        self.overrule(&mut reading, &mut state).await?;
        Ok(state)
    }

    /// Writes a state so that it is newer than any copy, and former holders are too old.
    async fn overrule(&self, reading: &mut Reading, state: &mut State) -> Result<Vec<String>, EngineError> {
        let states = || {
            reading.copies.iter().filter_map(|copy| match &copy.found {
                Copied::State(state) => Some(state),
                Copied::Nothing | Copied::Unusable(_) | Copied::Unreachable(_) => None,
            })
        };
        state.writer = crate::random::id().map_err(EngineError::Random)?;
        state.epoch = states().map(|state| state.epoch).max().unwrap_or_default() + 1;
        state.serial = states().map(|state| state.serial).max().unwrap_or_default() + 1;
        let missed = self.ledger().write(reading, state).await?;
        Ok(super::unwritten(missed))
    }
}

fn refuse_newer(reading: &Reading) -> Result<(), EngineError> {
    for copy in &reading.copies {
        if let Copied::Unusable(why @ DocumentError::Future { .. }) = &copy.found {
            let (place, why) = (copy.place.clone(), why.clone());
            return Err(LedgerError::Unusable { place, why }.into());
        }
    }
    Ok(())
}

/// What AWS does not tell.
fn doubts(topology: &Topology, state: &State, world: &World) -> Vec<String> {
    let mut doubts = Vec::new();
    for resource in topology.resources() {
        match world.get(&resource.address) {
            Observation::Unknown(doubt) => {
                doubts.push(format!(
                    "{} is not recorded, as it could not be observed: {}",
                    resource.address, doubt.why
                ));
            }
            Observation::Present(_)
                if topology.is_in_existing_zone(resource)
                    && !state.resources.contains_key(&resource.address) =>
            {
                doubts.push(format!(
                    "{} is not recorded: nothing on AWS tells whether polyregion made a record in an existing zone",
                    resource.address
                ));
            }
            Observation::Present(_) | Observation::Absent => {}
        }
    }
    doubts
}
