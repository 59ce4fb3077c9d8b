//! What stands before every call of the SDK: a region that is down is not asked again, a call that changes AWS is in the
//! journal before it is sent, and a run that lost the lock changes nothing more. Not here: finding out that a region is
//! down (`health`), when the lock is lost (`engine`), waiting for a turn (`turn`), and how long a call is tried (`patience`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use polyregion_model::{Address, Region};
use tokio::time::Instant;

use super::limit::Limits;
use super::patience::{Attempted, Patience, longest_silence};
use crate::apply::StatusSink;
use crate::journal::{Entry, Journal, JournalError};

tokio::task_local! {
    /// What the current step is about.
    pub(super) static SUBJECT: Subject;
}

/// What a step is about, and what became of its calls.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) addresses: BTreeSet<Address>,
    /// How much of the time that AWS takes is waited for.
    pace: f64,
    /// Whether the fate of a call that changes something is not known: a later refusal may come from what it did.
    resent: Arc<AtomicBool>,
    status: StatusSink,
}

impl Subject {
    pub(super) fn new(addresses: BTreeSet<Address>, pace: f64, status: StatusSink) -> Self {
        Self { addresses, pace, resent: Arc::default(), status }
    }

    /// Whether the step is to be left.
    pub(super) fn is_stopped(&self) -> bool {
        self.status.stop().is_asked()
    }

    /// Says what the step waits for.
    pub(super) fn report(&self, status: &str) {
        self.status.report(status);
    }
}

/// A time that a step waits for AWS: shorter where an emulator needs none.
pub(super) fn paced(time: Duration) -> Duration {
    time.mul_f64(SUBJECT.try_with(|subject| subject.pace).unwrap_or(1.0))
}

/// Whether the fate of a call of this step that changes something is not known.
pub(super) fn was_resent() -> bool {
    SUBJECT.try_with(|subject| subject.resent.load(Ordering::Relaxed)).unwrap_or_default()
}

/// A service that did not answer is not asked again for so long: what would wait for it fails at once, and what comes much
/// later finds out anew.
const SILENCE: Duration = Duration::from_secs(60);

/// The service of the first call, as its metadata names it.
const PROBED: &str = "STS";

/// What all clients of one run share.
#[derive(Default)]
pub(super) struct Watch {
    /// Regions that are not asked at all, with why.
    down: Mutex<BTreeMap<Region, String>>,
    /// Regions that have answered.
    answered: Mutex<BTreeSet<Region>>,
    /// Services that did not answer in a region, and when: for a while, the next call there fails at once.
    silent: Mutex<BTreeMap<(Region, String), Instant>>,
    journal: Mutex<Option<Journal>>,
    fence: Mutex<Option<Fence>>,
    /// How often AWS lets itself be asked.
    pub(super) limits: Limits,
}

/// Says whether the run still holds the lock; why not, if it doesn't.
pub(crate) type Fence = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    pub(super) fn set_down(&self, down: BTreeMap<Region, String>) {
        *locked(&self.down) = down;
    }

    pub(super) fn down(&self) -> BTreeMap<Region, String> {
        locked(&self.down).clone()
    }

    pub(super) fn forget(&self) {
        locked(&self.down).clear();
        locked(&self.answered).clear();
        locked(&self.silent).clear();
    }

    pub(super) fn answered(&self) -> BTreeSet<Region> {
        locked(&self.answered).clone()
    }

    pub(super) fn note_answer(&self, region: Region) {
        locked(&self.answered).insert(region);
    }

    pub(super) fn arm(&self, journal: Journal, fence: Fence) {
        *locked(&self.journal) = Some(journal);
        *locked(&self.fence) = Some(fence);
    }

    /// Why a service is not asked in a region, if it isn't.
    pub(super) fn withholds(&self, region: Region, service: &str) -> Option<String> {
        if let Some(why) = locked(&self.down).get(&region) {
            return Some(format!("{region} {why}"));
        }
        let since = locked(&self.silent).get(&(region, service.to_owned())).copied()?;
        let silence = since.elapsed();
        (silence < SILENCE)
            .then(|| format!("{service} in {region} did not answer {} s ago", silence.as_secs()))
    }

    pub(super) fn disarm(&self) {
        *locked(&self.journal) = None;
        *locked(&self.fence) = None;
    }
}

/// A call that was not sent.
#[derive(Debug)]
pub(super) enum Withheld {
    /// Its region, or its service there, is down.
    Down(String),
    /// The run was asked to stop.
    Stopped,
    /// The lock is lost.
    Fenced(String),
    /// What it would do, or what it did, can't be written down.
    Unjournaled(JournalError),
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Withheld::Down(why) => write!(f, "not sent: {why}"),
            Withheld::Stopped => f.write_str("not sent, as the run was stopped"),
            Withheld::Fenced(why) => write!(f, "not sent, as this run has lost the lock: {why}"),
            Withheld::Unjournaled(error) => error.fmt(f),
        }
    }
}

impl Error for Withheld {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Withheld::Unjournaled(error) => Some(error),
            Withheld::Down(_) | Withheld::Stopped | Withheld::Fenced(_) => None,
        }
    }
}

/// Stands before the calls of one client.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) watch: Arc<Watch>,
    pub(super) region: Region,
    /// Whether its calls are the tool's own housekeeping, which is neither journaled nor fenced: the state's own condition
    /// guards it.
    pub(super) housekeeping: bool,
    /// Whether its calls wait for their turns.
    pub(super) waits: bool,
}

/// A call, as the SDK's metadata names it.
struct Call {
    service: String,
    operation: String,
    region: Region,
}

impl Call {
    fn of(cfg: &ConfigBag, region: Region) -> Self {
        let (service, operation) = match cfg.load::<Metadata>() {
            Some(metadata) => (metadata.service().to_owned(), metadata.name().to_owned()),
            None => ("aws".to_owned(), "unknown".to_owned()),
        };
        Self { service, operation, region }
    }

    /// Whether it changes anything: what only reads begins so in every service at hand (service models).
    fn changes(&self) -> bool {
        !["Get", "List", "Describe", "Head"].iter().any(|word| self.operation.starts_with(word))
    }
}

/// Marks a call whose intent is in the journal.
#[derive(Debug)]
struct Intended;

impl Storable for Intended {
    type Storer = StoreReplace<Self>;
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} in {}", self.service, self.operation, self.region)
    }
}

impl Guard {
    /// Whether a call is one that the journal and the fence are about.
    fn guards(&self, call: &Call) -> bool {
        call.changes() && !self.housekeeping
    }

    /// Refuses a call to what is down.
    fn ask_watch(&self, call: &Call) -> Result<(), Withheld> {
        self.watch.withholds(self.region, &call.service).map_or(Ok(()), |why| Err(Withheld::Down(why)))
    }

    /// Refuses a call when the run is to end, or the lock is lost.
    fn ask_fence(&self) -> Result<(), Withheld> {
        if SUBJECT.try_with(Subject::is_stopped).unwrap_or_default() {
            return Err(Withheld::Stopped);
        }
        let fence = locked(&self.watch.fence).clone();
        fence.map_or(Ok(()), |fence| fence()).map_err(Withheld::Fenced)
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "polyregion"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Patience::begin(cfg);
        let call = Call::of(cfg, self.region);
        self.ask_watch(&call)?;
        if !self.guards(&call) {
            return Ok(());
        }
        self.ask_fence()?;
        let journal = locked(&self.watch.journal).clone();
        if let Some(journal) = journal {
            let addresses = SUBJECT.try_with(|subject| subject.addresses.clone()).unwrap_or_default();
            let call = call.to_string();
            journal.append(&Entry::Intent { addresses, call }).map_err(Withheld::Unjournaled)?;
            cfg.interceptor_state().store_put(Intended);
        }
        Ok(())
    }

    /// Asks again before each attempt: it may have waited for its turn for minutes.
    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let call = Call::of(cfg, self.region);
        self.ask_watch(&call)?;
        if self.guards(&call) {
            self.ask_fence()?;
        }
        Patience::send(cfg);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let error = context.output_or_error().and_then(|outcome| outcome.err());
        if error.is_some_and(|error| error.is_interceptor_error()) {
            return Ok(());
        }
        // An answer that could not be read to its end is none.
        let is_broken = error.is_some_and(|error| !error.is_operation_error());
        let attempted = match context.response().map(Attempted::of) {
            Some(Attempted::Answered) | None if is_broken => Attempted::Unanswered,
            Some(attempted) => attempted,
            None => Attempted::Answered,
        };
        let call = Call::of(cfg, self.region);
        let limits = &self.watch.limits;
        match attempted {
            Attempted::Answered | Attempted::Busy => {
                limits.answered(&call.service, &call.operation, self.region)
            }
            Attempted::Throttled => limits.refused(&call.service, &call.operation, self.region),
            // An attempt whose fate is not known: what a later one is refused for, it may have done.
            Attempted::Unanswered if self.guards(&call) => {
                // Outside a step nobody asks.
                let _ = SUBJECT.try_with(|subject| subject.resent.store(true, Ordering::Relaxed));
            }
            Attempted::Unanswered => {}
        }
        Patience::settle(attempted, self.waits, longest_silence(self.housekeeping), cfg);
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let call = Call::of(cfg, self.region);
        let error = context.output_or_error().and_then(|outcome| outcome.err());
        // The first call of all is sent once only, so it proves nothing about its service.
        if let Some(error) = error
            && (error.is_connector_error() || error.is_timeout_error())
            && call.service != PROBED
        {
            locked(&self.watch.silent).insert((self.region, call.service.clone()), Instant::now());
        }
        let withheld = error.is_some_and(|error| error.is_interceptor_error());
        let has_sent = Patience::has_sent(cfg);
        // What is withheld after it was sent has no outcome that anybody knows.
        let is_known = cfg.load::<Intended>().is_some() && !(withheld && has_sent);
        let journal = locked(&self.watch.journal).clone().filter(|_| is_known);
        if let Some(journal) = journal {
            let error = error.map(|error| match error.as_operation_error() {
                _ if !has_sent => "not sent".to_owned(),
                Some(_) => "refused".to_owned(),
                None => "not answered".to_owned(),
            });
            journal
                .append(&Entry::Outcome { call: call.to_string(), error })
                .map_err(Withheld::Unjournaled)?;
        }
        Ok(())
    }
}
