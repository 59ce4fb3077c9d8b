//! A disk in memory for the journal, which can lose power. Not here: when it does (`hazard`).

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyregion::journal::Medium;

use crate::hazard::{Effect, Hazard, Verdict};

/// A machine's disk. Cheap to clone; clones are the same disk.
#[derive(Clone, Debug)]
pub struct Disk {
    inner: Arc<Mutex<Inner>>,
    hazard: Option<Hazard>,
}

#[derive(Debug, Default)]
struct Inner {
    id: String,
    written: Vec<u8>,
    synced: usize,
}

/// Makes the id of every disk different.
static NEXT: AtomicUsize = AtomicUsize::new(1);

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Self {
        let id = format!("disk-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self { inner: Arc::new(Mutex::new(Inner { id, ..Inner::default() })), hazard: None }
    }

    /// The same disk, whose writes are effects that a hazard may strike.
    #[must_use]
    pub fn with_hazard(&self, hazard: &Hazard) -> Self {
        Self { inner: Arc::clone(&self.inner), hazard: Some(hazard.clone()) }
    }

    /// What a loss of power leaves: what was synced, and some of what was not.
    pub fn lose_power(&self) {
        let mut inner = self.lock();
        let kept = inner.synced + (inner.written.len() - inner.synced) / 2;
        inner.written.truncate(kept);
        inner.synced = kept;
    }

    /// Everything on it, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().written).into_owned()
    }

    /// A copy of the disk with the same id, as a fork of the whole machine.
    #[must_use]
    pub fn fork(&self) -> Self {
        let inner = self.lock();
        let copy = Inner { id: inner.id.clone(), written: inner.written.clone(), synced: inner.synced };
        Self { inner: Arc::new(Mutex::new(copy)), hazard: None }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike(&self, effect: &Effect) -> Verdict {
        self.hazard.as_ref().map_or(Verdict::Pass, |hazard| hazard.strike(effect))
    }
}

fn dead() -> io::Error {
    io::Error::other("the process is dead")
}

impl Medium for Disk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.lock().written.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.strike(&Effect::Append) {
            Verdict::Pass => {
                self.lock().written.extend_from_slice(bytes);
                Ok(())
            }
            Verdict::Torn => {
                self.lock().written.extend_from_slice(&bytes[..bytes.len() / 2]);
                Err(dead())
            }
            Verdict::Dead => Err(dead()),
            Verdict::Full => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        match self.strike(&Effect::Sync) {
            Verdict::Pass => {
                let mut inner = self.lock();
                inner.synced = inner.written.len();
                Ok(())
            }
            Verdict::Torn | Verdict::Dead => Err(dead()),
            Verdict::Full => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn truncate(&mut self, bytes: usize) -> io::Result<()> {
        match self.strike(&Effect::Append) {
            Verdict::Pass => {
                let mut inner = self.lock();
                inner.written.truncate(bytes);
                inner.synced = inner.written.len();
                Ok(())
            }
            Verdict::Torn | Verdict::Dead => Err(dead()),
            Verdict::Full => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn id(&mut self) -> io::Result<String> {
        Ok(self.lock().id.clone())
    }
}
