//! The copies of recorded state: which of them is the truth, and writing them so that nobody overwrites what he has not
//! read. Not here: where a copy is kept (`folder`, `aws::bucket_copy`), and when state is written (`engine`).
//!
//! Copies are written one after another, always in the same order, each under the condition that it is still what was read.
//! Of two runs that want the lock, the first copy decides: the loser has written nothing. A former holder fails at the
//! first copy that its successor wrote. With three copies or more a majority must take a write; with two, one is enough
//! while the other can't be reached, so two runs that each reach only one of them both go on: that needs a third region.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use polyregion_model::{Region, Topology};

use super::{DocumentError, State, decode, encode};

/// What a copy answers with.
pub type CopyFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, CopyError>> + Send + 'a>>;

/// One place that holds a copy of the state.
pub trait StateCopy: Send + Sync + fmt::Debug {
    /// Where it is, for people: `s3://…` or a folder.
    fn place(&self) -> String;
    /// The region whose outage takes it away.
    fn region(&self) -> Option<Region>;
    /// What it holds; nothing if nothing was ever written.
    fn read(&self) -> CopyFuture<'_, Option<Stored>>;
    /// Replaces what it holds, if that is what is expected, and makes the place if needed. Returns the new version.
    fn write(&self, bytes: Vec<u8>, expected: Expected) -> CopyFuture<'_, String>;
}

/// What a copy holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The document.
    pub bytes: Vec<u8>,
    /// What tells this version from any other: S3's ETag.
    pub version: String,
}

/// What a copy must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Nothing,
    /// This version.
    Version(String),
}

/// Why a copy could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// It is not what was expected.
    #[error("somebody else has written it")]
    Changed,
    /// The place can't be reached, or its answer did not come.
    #[error("{0}")]
    Unreachable(String),
    /// The place refuses.
    #[error("{0}")]
    Refused(String),
}

/// What was found in one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// A state.
    State(Box<State>),
    /// Nothing.
    Nothing,
    /// Something that is no state of this version.
    Unusable(DocumentError),
    /// Nobody knows.
    Unreachable(String),
}

/// A copy as it was read.
#[derive(Clone, Debug)]
pub struct CopyStatus {
    /// Where it is.
    pub place: String,
    /// The region that it is in.
    pub region: Option<Region>,
    /// What was found.
    pub found: Copied,
    version: Option<String>,
    was_read: bool,
}

/// All copies as they were read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Each copy, in the order in which they are written.
    pub copies: Vec<CopyStatus>,
    /// The newest state, if any copy has one.
    pub state: Option<State>,
}

impl Reading {
    /// Whether there may be a state that was not seen: no copy that was read has one, and another can't be reached.
    pub fn is_uncertain(&self) -> bool {
        self.state.is_none() && self.copies.iter().any(|copy| matches!(copy.found, Copied::Unreachable(_)))
    }

    /// What tells this reading from a later one: the versions of all copies.
    pub(crate) fn versions(&self) -> Vec<Option<String>> {
        self.copies.iter().map(|copy| copy.version.clone()).collect()
    }

    /// Copies that are behind, damaged or away, in words.
    pub fn remarks(&self) -> Vec<String> {
        let newest = self.state.as_ref().map(State::age);
        let remark = |copy: &CopyStatus| match &copy.found {
            Copied::State(state) if Some(state.age()) == newest => None,
            Copied::State(_) => Some(format!("the copy of the state in {} is behind", copy.place)),
            Copied::Nothing if newest.is_none() => None,
            Copied::Nothing => Some(format!("there is no copy of the state in {}", copy.place)),
            Copied::Unusable(why) => {
                Some(format!("the copy of the state in {} can't be used: {why}", copy.place))
            }
            Copied::Unreachable(why) => {
                Some(format!("the copy of the state in {} can't be reached: {why}", copy.place))
            }
        };
        self.copies.iter().filter_map(remark).collect()
    }
}

/// Why the state can't be used or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No copy can be used.
    #[error("the recorded state in {place} can't be used: {why}")]
    Unusable {
        /// Where.
        place: String,
        /// Why.
        why: DocumentError,
    },
    /// It belongs to something else.
    #[error("the recorded state in {place} belongs to topology `{topology}` in account {account}")]
    Foreign {
        /// Where.
        place: String,
        /// Whose it is.
        topology: String,
        /// Whose it is.
        account: String,
    },
    /// Two copies tell different stories.
    #[error("the copies of the recorded state in {one} and {other} contradict each other")]
    Split {
        /// One place.
        one: String,
        /// Another.
        other: String,
    },
    /// Another run has written since we read.
    #[error("another run has taken over the recorded state in {place}{}", by.as_ref().map(|run| format!(": {run}")).unwrap_or_default())]
    Fenced {
        /// Where.
        place: String,
        /// The run.
        by: Option<String>,
    },
    /// Too few copies could be written.
    #[error("the recorded state could not be written: {}", why.join("; "))]
    Unwritten {
        /// What each copy said.
        why: Vec<String>,
    },
}

/// The copies of one topology's state.
#[derive(Clone, Debug)]
pub struct Ledger {
    copies: Vec<Arc<dyn StateCopy>>,
}

impl Ledger {
    /// A ledger with these copies, in the order in which they are written.
    pub fn new(copies: Vec<Arc<dyn StateCopy>>) -> Self {
        Self { copies }
    }

    /// Reads all copies.
    ///
    /// # Errors
    /// When what was read is not this topology's, is of a newer version, or contradicts itself, or when every copy that
    /// could be read is damaged.
    pub async fn read(&self, topology: &Topology) -> Result<Reading, LedgerError> {
        let reading = self.look().await;
        for copy in &reading.copies {
            match &copy.found {
                Copied::State(state) if !state.is_of(topology) => {
                    return Err(LedgerError::Foreign {
                        place: copy.place.clone(),
                        topology: state.topology.clone(),
                        account: state.account.clone(),
                    });
                }
                Copied::Unusable(why @ DocumentError::Future { .. }) => {
                    return Err(LedgerError::Unusable { place: copy.place.clone(), why: why.clone() });
                }
                Copied::Unusable(why) if reading.state.is_none() => {
                    return Err(LedgerError::Unusable { place: copy.place.clone(), why: why.clone() });
                }
                Copied::State(_) | Copied::Unusable(_) | Copied::Nothing | Copied::Unreachable(_) => {}
            }
        }
        let states = || {
            reading.copies.iter().filter_map(|copy| match &copy.found {
                Copied::State(state) => Some((&copy.place, state)),
                Copied::Nothing | Copied::Unusable(_) | Copied::Unreachable(_) => None,
            })
        };
        for (one, state) in states() {
            // Within one epoch there is one writer, whose later writes are newer. Two that could not see each other each raised
            // the epoch that they knew.
            let contradicts = |other: &State| {
                let same_turn = other.epoch == state.epoch;
                let is_another =
                    other.writer != state.writer || (other.serial == state.serial && *other != **state);
                other.lineage != state.lineage || (same_turn && is_another)
            };
            if let Some((other, _)) = states().find(|(_, other)| contradicts(other)) {
                return Err(LedgerError::Split { one: one.clone(), other: other.clone() });
            }
        }
        Ok(reading)
    }

    /// Reads all copies and judges nothing: for showing, and for mending what `read` refuses.
    pub async fn look(&self) -> Reading {
        let mut tasks = tokio::task::JoinSet::new();
        for (number, copy) in self.copies.iter().enumerate() {
            let copy = Arc::clone(copy);
            tasks.spawn(async move { (number, look_at(copy.as_ref()).await) });
        }
        let mut copies = tasks.join_all().await;
        copies.sort_by_key(|(number, _)| *number);
        let copies: Vec<CopyStatus> = copies.into_iter().map(|(_, copy)| copy).collect();
        let newest = copies
            .iter()
            .filter_map(|copy| match &copy.found {
                Copied::State(state) => Some(state.as_ref()),
                Copied::Nothing | Copied::Unusable(_) | Copied::Unreachable(_) => None,
            })
            .max_by_key(|state| state.age());
        Reading { state: newest.cloned(), copies }
    }

    /// Writes a state to every copy that could be read, under the condition that it has not changed since. On success the
    /// reading is what the copies hold now; copies that could not be written are unreachable in it. Returns what was
    /// missed, in words.
    ///
    /// # Errors
    /// When another run has written since, or when too few copies took it.
    pub async fn write(&self, reading: &mut Reading, state: &State) -> Result<Vec<String>, LedgerError> {
        let bytes = encode(state);
        let mut missed = Vec::new();
        let mut taken = 0;
        for (copy, status) in self.copies.iter().zip(&mut reading.copies) {
            // One that was never read may hold anything. One that a write missed is tried again.
            if let Copied::Unreachable(why) = &status.found
                && !status.was_read
            {
                missed.push(format!("{}: {why}", status.place));
                continue;
            }
            match write_one(copy.as_ref(), &bytes, state, status.version.clone()).await {
                Ok(version) => {
                    taken += 1;
                    status.version = Some(version);
                    status.found = Copied::State(Box::new(state.clone()));
                }
                Err(WriteError::Fenced(by)) => {
                    return Err(LedgerError::Fenced { place: status.place.clone(), by });
                }
                Err(WriteError::Missed(why)) => {
                    missed.push(format!("{}: {why}", status.place));
                    status.found = Copied::Unreachable(why);
                }
            }
        }
        let needed = if self.copies.len() > 2 { self.copies.len() / 2 + 1 } else { 1 };
        if taken < needed {
            return Err(LedgerError::Unwritten { why: missed });
        }
        reading.state = Some(state.clone());
        Ok(missed)
    }
}

async fn look_at(copy: &dyn StateCopy) -> CopyStatus {
    let (found, version, was_read) = match copy.read().await {
        Ok(None) => (Copied::Nothing, None, true),
        Ok(Some(stored)) => {
            let found = match decode(&stored.bytes) {
                Ok(state) => Copied::State(Box::new(state)),
                Err(error) => Copied::Unusable(error),
            };
            (found, Some(stored.version), true)
        }
        Err(error) => (Copied::Unreachable(error.to_string()), None, false),
    };
    CopyStatus { place: copy.place(), region: copy.region(), found, version, was_read }
}

enum WriteError {
    Fenced(Option<String>),
    Missed(String),
}

/// Whether what is found is older by its epoch, or our own.
fn is_overruled(found: &State, by: &State) -> bool {
    found.epoch < by.epoch || (found.epoch == by.epoch && found.writer == by.writer)
}

/// Most times that one copy is written: a former holder may still write what it has read.
const WRITE_ATTEMPTS: usize = 3;

/// Writes one copy. When it is not what was read, it is looked at again: our own write may have arrived although its answer
/// did not, and what a run of an older epoch wrote meanwhile is overwritten.
async fn write_one(
    copy: &dyn StateCopy,
    bytes: &[u8],
    state: &State,
    version: Option<String>,
) -> Result<String, WriteError> {
    let mut expected = version.map_or(Expected::Nothing, Expected::Version);
    for _ in 0..WRITE_ATTEMPTS {
        match copy.write(bytes.to_vec(), expected).await {
            Ok(version) => return Ok(version),
            Err(CopyError::Changed) => {}
            Err(error) => return Err(WriteError::Missed(error.to_string())),
        }
        let stored = match copy.read().await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Err(WriteError::Missed("it vanished while it was written".to_owned())),
            Err(error) => return Err(WriteError::Missed(error.to_string())),
        };
        if stored.bytes == bytes {
            return Ok(stored.version);
        }
        match decode(&stored.bytes) {
            Ok(found) if found.lineage == state.lineage && is_overruled(&found, state) => {}
            Ok(found) => return Err(WriteError::Fenced(found.lock.map(|lock| lock.run))),
            Err(error) => return Err(WriteError::Missed(error.to_string())),
        }
        expected = Expected::Version(stored.version);
    }
    Err(WriteError::Fenced(None))
}
