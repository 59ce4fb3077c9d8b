//! The lock as a lease: waiting for it, renewing it, and noticing that it is lost. Not here: writing the state under its
//! condition (`state::ledger`), which is what makes a former holder fail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use polyregion_model::Topology;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::EngineError;
use crate::aws::{ATTEMPT_TIMEOUT, Fence, LONGEST_SILENCE_OF_HOUSEKEEPING};
use crate::state::{Ledger, LedgerError, Reading, State};

/// A holder that has not renewed its lock for so long has lost it. Long enough that a holder whose copies are all in a region
/// which restarts its S3 front ends does not lose it; short enough to wait for.
pub const LEASE: Duration = Duration::from_secs(300);
/// A holder renews so often: one renewal may fail before it has to stop, and a second that is soon mended.
pub const HEARTBEAT: Duration = Duration::from_secs(90);
/// Renewals begin at that rate whatever they take, and two copies out of reach leave the rest of a lease to a third.
const _: () = assert!(
    HEARTBEAT.as_secs() + 2 * LONGEST_SILENCE_OF_HOUSEKEEPING.as_secs() < LEASE.as_secs() - MARGIN.as_secs(),
    "a renewal may take longer than the lock holds"
);
/// A holder stops to change things so long before others may take its lock: what it has sent has begun to be answered by then. Each
/// attempt of a call is asked about, so it is attempts that count, and that AWS may still be at work on one whose answer is late.
const MARGIN: Duration = Duration::from_secs(90);
const _: () = assert!(MARGIN.as_secs() > 2 * ATTEMPT_TIMEOUT.as_secs(), "an attempt may outlive the lease");
/// How often somebody who waits for a lock looks at it.
const LOOK: Duration = Duration::from_secs(10);

/// Reads the state when nobody else holds its lock. The clocks of two machines are never compared: a lock is given up when
/// the state has not changed for the length of a lease on our own clock, or when the journal that its holder writes is ours,
/// as then the holder is dead. A holder that renews is alive, and not waited for any longer.
pub(super) async fn wait(
    ledger: &Ledger,
    topology: &Topology,
    journal: &str,
) -> Result<Reading, EngineError> {
    let mut reading = ledger.read(topology).await?;
    let mut since = Instant::now();
    loop {
        let Some(lock) = reading.state.as_ref().and_then(|state| state.lock.clone()) else {
            return Ok(reading);
        };
        if lock.journal == journal || since.elapsed() >= LEASE {
            return Ok(reading);
        }
        sleep(LOOK).await;
        let again = ledger.read(topology).await?;
        let holder = again.state.as_ref().and_then(|state| state.lock.as_ref());
        let renewed = again.versions() != reading.versions();
        match holder {
            Some(holder) if renewed && holder.run == lock.run => return Err(EngineError::Held(lock)),
            Some(_) | None => {}
        }
        if renewed {
            since = Instant::now();
        }
        reading = again;
    }
}

/// The state as the run goes, with the copies as they were last written.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    inner: Arc<tokio::sync::Mutex<(State, Reading)>>,
}

impl Progress {
    pub(super) fn new(state: State, reading: Reading) -> Self {
        Self { inner: Arc::new(tokio::sync::Mutex::new((state, reading))) }
    }

    /// Changes the state; it is written with the next renewal.
    pub(super) async fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.inner.lock().await.0);
    }

    /// The state and its copies, at the end.
    pub(super) async fn take(self) -> (State, Reading) {
        self.inner.lock().await.clone()
    }

    async fn renew(&self, ledger: &Ledger) -> Result<Vec<String>, LedgerError> {
        let mut inner = self.inner.lock().await;
        let (state, reading) = &mut *inner;
        state.serial += 1;
        ledger.write(reading, state).await
    }
}

/// What the holder knows of its lock.
#[derive(Debug)]
struct Held {
    renewed: Instant,
    /// The same by the wall clock, which goes on while the machine sleeps.
    renewed_at: SystemTime,
    lost: Option<String>,
}

impl Held {
    /// How long ago it was renewed, by the clock that says more.
    fn age(&self) -> Duration {
        self.renewed.elapsed().max(self.renewed_at.elapsed().unwrap_or_default())
    }
}

/// A lock that is being renewed, until it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    held: Arc<Mutex<Held>>,
    task: AbortHandle,
}

impl Lease {
    /// Renews the lock from now on; it was just written.
    pub(super) fn start(ledger: Ledger, progress: Progress) -> Self {
        let held =
            Arc::new(Mutex::new(Held { renewed: Instant::now(), renewed_at: SystemTime::now(), lost: None }));
        let shared = Arc::clone(&held);
        let task = tokio::spawn(async move {
            let mut next = Instant::now();
            loop {
                next = Instant::now().max(next + HEARTBEAT);
                sleep_until(next).await;
                let (asked, asked_at) = (Instant::now(), SystemTime::now());
                let renewal = progress.renew(&ledger).await;
                let mut held = shared.lock().unwrap_or_else(PoisonError::into_inner);
                match renewal {
                    Ok(_) => (held.renewed, held.renewed_at) = (asked, asked_at),
                    Err(LedgerError::Fenced { by, .. }) => {
                        let by = by.map_or_else(|| "another run".to_owned(), |run| format!("run {run}"));
                        held.lost = Some(format!("{by} has taken it over"));
                        break;
                    }
                    // The next renewal may succeed; if none does, time ends the lease.
                    Err(_) => {}
                }
            }
        });
        Self { held, task: task.abort_handle() }
    }

    /// Says whether the lock is still ours. A run that was asleep for longer than a lease must ask before it acts.
    pub(super) fn fence(&self) -> Fence {
        let held = Arc::clone(&self.held);
        Arc::new(move || {
            let held = held.lock().unwrap_or_else(PoisonError::into_inner);
            match &held.lost {
                Some(why) => Err(why.clone()),
                None if held.age() + MARGIN > LEASE => {
                    Err(format!("it could not be renewed for {} s", held.age().as_secs()))
                }
                None => Ok(()),
            }
        })
    }

    /// Stops renewing; why the lock is lost, if it is.
    pub(super) fn stop(&self) -> Option<String> {
        self.task.abort();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).lost.clone()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.task.abort();
    }
}
