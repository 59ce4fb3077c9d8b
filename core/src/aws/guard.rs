//! What stands before every call of the SDK: a region that is down is not asked again, a call that changes AWS is in the
//! journal before it is sent, and a run that lost the lock changes nothing more. Not here: finding out that a region is
//! down (`health`), and when the lock is lost (`engine`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use polyregion_model::{Address, Region};
use tokio::time::Instant;

use crate::journal::{Entry, Journal, JournalError};

tokio::task_local! {
    /// What the current step is about.
    pub(super) static SUBJECT: Subject;
}

/// What a step is about, and what became of its calls.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) addresses: BTreeSet<Address>,
    /// How much of the time that AWS takes is waited for.
    pace: f64,
    /// Whether the fate of a call that changes something is not known: a later refusal may come from what it did.
    resent: Arc<AtomicBool>,
}

impl Subject {
    pub(super) fn new(addresses: BTreeSet<Address>, pace: f64) -> Self {
        Self { addresses, pace, resent: Arc::default() }
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
    /// The lock is lost.
    Fenced(String),
    /// What it would do, or what it did, can't be written down.
    Unjournaled(JournalError),
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Withheld::Down(why) => write!(f, "not sent: {why}"),
            Withheld::Fenced(why) => write!(f, "not sent, as this run has lost the lock: {why}"),
            Withheld::Unjournaled(error) => error.fmt(f),
        }
    }
}

impl Error for Withheld {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Withheld::Unjournaled(error) => Some(error),
            Withheld::Down(_) | Withheld::Fenced(_) => None,
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
}

/// The call, as in `dynamodb:CreateTable in us-east-1`, and whether it changes anything.
fn call_of(cfg: &ConfigBag, region: Region) -> (String, String, bool) {
    let (service, operation) = match cfg.load::<Metadata>() {
        Some(metadata) => (metadata.service().to_owned(), metadata.name().to_owned()),
        None => ("aws".to_owned(), "unknown".to_owned()),
    };
    // What only reads begins so in every service at hand (service models).
    let reads = ["Get", "List", "Describe", "Head"].iter().any(|word| operation.starts_with(word));
    (format!("{service}:{operation} in {region}"), service, !reads)
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
        let (call, service, changes) = call_of(cfg, self.region);
        if let Some(why) = locked(&self.watch.down).get(&self.region) {
            return Err(Withheld::Down(format!("{} {why}", self.region)).into());
        }
        let silent = locked(&self.watch.silent).get(&(self.region, service.clone())).copied();
        if let Some(since) = silent.filter(|since| since.elapsed() < SILENCE) {
            let seconds = since.elapsed().as_secs();
            let why = format!("{service} in {} did not answer {seconds} s ago", self.region);
            return Err(Withheld::Down(why).into());
        }
        if !changes || self.housekeeping {
            return Ok(());
        }
        let fence = locked(&self.watch.fence).clone();
        if let Some(fence) = fence {
            fence().map_err(Withheld::Fenced)?;
        }
        let journal = locked(&self.watch.journal).clone();
        if let Some(journal) = journal {
            let addresses = SUBJECT.try_with(|subject| subject.addresses.clone()).unwrap_or_default();
            journal.append(&Entry::Intent { addresses, call }).map_err(Withheld::Unjournaled)?;
        }
        Ok(())
    }

    /// An attempt whose fate is not known: what a later one is refused for, it may have done.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (_, _, changes) = call_of(cfg, self.region);
        let has_trouble = context.response().is_some_and(|response| response.status().is_server_error());
        let is_unanswered = match context.output_or_error() {
            Some(Err(error)) => !error.is_operation_error() && !error.is_interceptor_error(),
            Some(Ok(_)) | None => false,
        };
        if changes && !self.housekeeping && (has_trouble || is_unanswered) {
            // Outside a step nobody asks.
            let _ = SUBJECT.try_with(|subject| subject.resent.store(true, Ordering::Relaxed));
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (call, service, changes) = call_of(cfg, self.region);
        let error = match context.output_or_error() {
            Some(Err(error)) => Some(error),
            Some(Ok(_)) | None => None,
        };
        // The first call of all is sent once only, so it proves nothing about its service.
        if let Some(error) = error
            && (error.is_connector_error() || error.is_timeout_error())
            && service != PROBED
        {
            locked(&self.watch.silent).insert((self.region, service), Instant::now());
        }
        // What was withheld has no intent, so it has no outcome.
        let withheld = error.is_some_and(|error| error.is_interceptor_error());
        let journal =
            locked(&self.watch.journal).clone().filter(|_| changes && !self.housekeeping && !withheld);
        if let Some(journal) = journal {
            let error = error.map(|error| match error.as_operation_error() {
                Some(_) => "refused".to_owned(),
                None => "not answered".to_owned(),
            });
            journal.append(&Entry::Outcome { call, error }).map_err(Withheld::Unjournaled)?;
        }
        Ok(())
    }
}
