//! The journal: a file to which a run writes what it is about to do before it does it, and how it ended. Every line is on
//! disk before the call it speaks of is sent. Not here: recorded state (`state`), which the next run brings up to date with
//! it, and who calls it (`aws::guard`, `engine`).
//!
//! One journal serves one topology on one machine. Whoever has it open holds a lock on its file, which ends with the
//! process: a run that gets the lock knows that the journal's former writer is dead.

mod medium;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyregion_model::{Address, name};
use serde::{Deserialize, Serialize};

pub use medium::{FileMedium, Medium};

/// The format of the entries. Raised when an older version could misread them.
const FORMAT: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// A run began. What stands before belongs to runs whose outcome is in the recorded state.
    Begin {
        /// The format of what follows.
        format: u32,
        /// The state that the run belongs to.
        lineage: String,
        /// The run.
        run: String,
        /// The hash of its plan.
        plan: String,
    },
    /// A call that changes AWS is about to be sent, or to wait for its turn.
    Intent {
        /// What it is for; nothing for what serves the tool itself.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        addresses: BTreeSet<Address>,
        /// The call.
        call: String,
    },
    /// How that call ended.
    Outcome {
        /// The call.
        call: String,
        /// Whether AWS refused it or did not answer; nothing if it succeeded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A change was made and seen to be made.
    Done {
        /// Of what.
        address: Address,
        /// What AWS calls it now; nothing if it is gone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        physical_id: Option<String>,
    },
    /// The run is over and its outcome is in the recorded state.
    End,
}

/// Why a journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It can't be read or written.
    #[error("can't use the journal {place}: {source}")]
    Io {
        /// Where it is.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// Another run on this machine has it open.
    #[error("another run on this machine is at work: it holds the journal {place}")]
    InUse {
        /// Where it is.
        place: String,
    },
    /// It tells of a run that did not end, on a state that is not this one.
    #[error(
        "the journal {place} tells of run {run}, which did not end and belongs to another recorded state"
    )]
    Foreign {
        /// Where it is.
        place: String,
        /// The run.
        run: String,
    },
    /// It is damaged before its last line, or a newer version wrote it.
    #[error("the journal {place} can't be used: line {line}: {why}")]
    Unusable {
        /// Where it is.
        place: String,
        /// The line.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// A journal that is open for writing. Cheap to clone; clones write the same file.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Mutex<Inner>>,
    id: String,
    place: String,
}

#[derive(Debug)]
struct Inner {
    medium: Box<dyn Medium>,
    /// Whether the last run told of has not ended.
    is_open: bool,
}

impl Journal {
    /// Opens the journal of a topology in a folder, which is made if needed, and reads what the last run left.
    ///
    /// # Errors
    /// When it is in use, damaged, or can't be read or written.
    pub fn open(folder: &std::path::Path, topology: &str) -> Result<(Self, Vec<Entry>), JournalError> {
        let path: PathBuf = folder.join(format!("{topology}.journal"));
        let place = path.display().to_string();
        let medium = FileMedium::open(&path).map_err(|source| {
            let place = place.clone();
            if source.kind() == io::ErrorKind::WouldBlock {
                JournalError::InUse { place }
            } else {
                JournalError::Io { place, source }
            }
        })?;
        Self::on(Box::new(medium), place)
    }

    /// A journal on any medium; for tests of what happens when a disk fails or a process dies.
    ///
    /// # Errors
    /// When it is damaged or can't be read.
    pub fn on(mut medium: Box<dyn Medium>, place: String) -> Result<(Self, Vec<Entry>), JournalError> {
        let failed = |source| JournalError::Io { place: place.clone(), source };
        let text = medium.read().map_err(failed)?;
        let (entries, kept) =
            parse(&text).map_err(|(line, why)| JournalError::Unusable { place: place.clone(), line, why })?;
        // A line that was not written to its end speaks of a call that was not sent.
        if kept < text.len() {
            medium.truncate(kept).map_err(failed)?;
        }
        let id = medium.id().map_err(failed)?;
        let is_open = entries.last().is_some_and(|last| *last != Entry::End);
        Ok((Self { inner: Arc::new(Mutex::new(Inner { medium, is_open })), id, place }, entries))
    }

    /// Refuses what a run on another state left, if that run did not end: nobody else would know what it did.
    ///
    /// # Errors
    /// When there is such a run. `lineage` is that of the recorded state, if there is one.
    pub fn refuse_foreign(&self, left: &[Entry], lineage: Option<&str>) -> Result<(), JournalError> {
        let ended = left.contains(&Entry::End);
        let begun = left.iter().find_map(|entry| match entry {
            Entry::Begin { lineage, run, .. } => Some((lineage, run)),
            Entry::Intent { .. } | Entry::Outcome { .. } | Entry::Done { .. } | Entry::End => None,
        });
        match begun {
            Some((theirs, run)) if !ended && Some(theirs.as_str()) != lineage => {
                Err(JournalError::Foreign { place: self.place.clone(), run: run.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Tells this journal from any other.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes an entry; it is on disk when this returns.
    ///
    /// # Errors
    /// When it is not.
    pub fn append(&self, entry: &Entry) -> Result<(), JournalError> {
        let failed = |source| JournalError::Io { place: self.place.clone(), source };
        let line = line(entry).map_err(|error| failed(io::Error::other(error)))?;
        let mut inner = self.lock();
        inner.medium.append(line.as_bytes()).map_err(failed)?;
        inner.medium.sync().map_err(failed)?;
        inner.is_open = *entry != Entry::End;
        Ok(())
    }

    /// Notes that the outcome of the run that is told of here, if any, is in the recorded state.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn end(&self) -> Result<(), JournalError> {
        let is_open = self.lock().is_open;
        if is_open { self.append(&Entry::End) } else { Ok(()) }
    }

    /// Begins the journal of a run: what earlier runs wrote is in the recorded state and goes.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(&self, lineage: &str, run: &str, plan: &str) -> Result<(), JournalError> {
        let failed = |source| JournalError::Io { place: self.place.clone(), source };
        self.lock().medium.truncate(0).map_err(failed)?;
        let (lineage, run, plan) = (lineage.to_owned(), run.to_owned(), plan.to_owned());
        self.append(&Entry::Begin { format: FORMAT, lineage, run, plan })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(entry: &Entry) -> serde_json::Result<String> {
    let json = serde_json::to_string(entry)?;
    Ok(format!("{:016x} {json}\n", name::checksum(&json)))
}

/// The entries, and how many bytes of the text they are. The last line may be torn: it was being written when the process
/// died. A bad line before it is damage.
fn parse(text: &[u8]) -> Result<(Vec<Entry>, usize), (usize, String)> {
    let mut entries = Vec::new();
    let mut kept = 0;
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        match parse_line(line) {
            Ok(Entry::Begin { format, .. }) if format > FORMAT => {
                let why = format!("it has format {format}, and this version knows formats up to {FORMAT}");
                return Err((number + 1, why));
            }
            Ok(entry) => entries.push(entry),
            Err(Bad::Torn(_)) if lines.peek().is_none() => break,
            Err(Bad::Torn(why) | Bad::Unknown(why)) => return Err((number + 1, why)),
        }
        kept += line.len();
    }
    Ok((entries, kept))
}

/// Why a line is no entry.
enum Bad {
    /// It is not what was written.
    Torn(String),
    /// It is what was written, by a version that knows more.
    Unknown(String),
}

fn parse_line(line: &[u8]) -> Result<Entry, Bad> {
    let torn = |why: &str| Bad::Torn(why.to_owned());
    let text = std::str::from_utf8(line).map_err(|error| Bad::Torn(error.to_string()))?;
    let text = text.strip_suffix('\n').ok_or_else(|| torn("it has no end"))?;
    let (checksum, json) = text.split_once(' ').ok_or_else(|| torn("it has no checksum"))?;
    if checksum != format!("{:016x}", name::checksum(json)) {
        return Err(torn("its checksum does not fit"));
    }
    serde_json::from_str(json).map_err(|error| Bad::Unknown(error.to_string()))
}

#[cfg(test)]
mod tests;
