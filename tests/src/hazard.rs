//! A hazard: strikes one of a run's external effects, and if it kills, lets nothing happen after it. Not here: what must hold
//! afterwards.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyregion_sim::{Attempt, Fault, Faults};
use tokio::sync::Notify;

/// Something that a run does to the world outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A call that only reads.
    Read(String),
    /// A call that changes something.
    Write(String),
    /// A line written to the journal.
    Append,
    /// The journal made durable.
    Sync,
}

/// How an effect is struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The process dies before it happens.
    Before,
    /// The call is carried out, and the process dies before the answer arrives.
    ReplyLost,
    /// The answer arrives, and the process dies before it is journaled: at the next append.
    Unjournaled,
    /// Half of a line is written when the process and the power die.
    Torn,
    /// The call is carried out and answered with an internal error; nobody dies.
    FailAfter,
    /// The call is carried out and its answer lost, so that the SDK sends it again; nobody dies.
    Resent,
    /// As `ReplyLost`, and the machine with its journal is gone: another one goes on.
    MachineLost,
}

impl Mode {
    /// All modes.
    pub const ALL: [Mode; 7] = [
        Mode::Before,
        Mode::ReplyLost,
        Mode::Unjournaled,
        Mode::Torn,
        Mode::FailAfter,
        Mode::Resent,
        Mode::MachineLost,
    ];

    /// Whether an effect can be struck so. A call that only reads leaves nothing behind that could be lost.
    pub fn applies(self, effect: &Effect) -> bool {
        match (self, effect) {
            (Mode::Before, _) => true,
            (Mode::ReplyLost | Mode::FailAfter | Mode::Resent | Mode::MachineLost, Effect::Write(_)) => true,
            (Mode::Unjournaled | Mode::Torn, Effect::Append) => true,
            (Mode::ReplyLost | Mode::FailAfter | Mode::Resent | Mode::MachineLost, _)
            | (Mode::Unjournaled | Mode::Torn, _) => false,
        }
    }
}

/// What the disk is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Pass,
    /// Write half, then die.
    Torn,
    /// Write nothing.
    Dead,
    /// There is no room.
    Full,
}

/// Where it strikes, and what it has seen.
#[derive(Clone)]
pub struct Hazard {
    inner: Arc<Mutex<Inner>>,
    killed: Arc<Notify>,
}

impl fmt::Debug for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hazard")
    }
}

#[derive(Default)]
struct Inner {
    strikes: Vec<(usize, Mode)>,
    seen: Vec<Effect>,
    dead: bool,
    struck: bool,
    full_after: Option<usize>,
}

impl Hazard {
    /// A hazard that strikes effects by their number, counted from 0.
    pub fn at(strikes: &[(usize, Mode)]) -> Self {
        let inner = Inner { strikes: strikes.to_vec(), ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), killed: Arc::new(Notify::new()) }
    }

    /// A disk that is full after so many effects; nobody dies.
    pub fn full_after(effects: usize) -> Self {
        let hazard = Self::at(&[]);
        hazard.lock().full_after = Some(effects);
        hazard
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every effect so far.
    pub fn seen(&self) -> Vec<Effect> {
        self.lock().seen.clone()
    }

    /// Whether it has struck.
    pub fn has_struck(&self) -> bool {
        self.lock().struck
    }

    /// Returns when the process is dead.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    /// The mode that strikes this effect, if one does; counts it.
    fn next(&self, effect: &Effect) -> Result<Option<Mode>, ()> {
        let mut inner = self.lock();
        if inner.dead {
            return Err(());
        }
        let number = inner.seen.len();
        inner.seen.push(effect.clone());
        let struck = inner.strikes.iter().find(|(at, _)| *at == number).map(|(_, mode)| *mode);
        let mode = struck.filter(|mode| mode.applies(effect));
        inner.struck |= mode.is_some();
        let kills = matches!(
            mode,
            Some(Mode::Before | Mode::ReplyLost | Mode::Unjournaled | Mode::Torn | Mode::MachineLost)
        );
        if kills {
            inner.dead = true;
            self.killed.notify_one();
        }
        Ok(mode)
    }

    /// What becomes of a write to the disk.
    pub fn strike(&self, effect: &Effect) -> Verdict {
        let is_full = {
            let inner = self.lock();
            inner.full_after.is_some_and(|effects| inner.seen.len() >= effects)
        };
        if is_full {
            return Verdict::Full;
        }
        match self.next(effect) {
            Err(()) => Verdict::Dead,
            Ok(Some(Mode::Torn)) => Verdict::Torn,
            Ok(Some(_)) => Verdict::Dead,
            Ok(None) => Verdict::Pass,
        }
    }

    /// The hazard as faults of the simulated AWS.
    pub fn faults(&self) -> Faults {
        let hazard = self.clone();
        Arc::new(move |attempt: &Attempt| {
            let call = format!("{}:{} in {}", attempt.service, attempt.operation, attempt.region);
            let effect = if attempt.mutates { Effect::Write(call) } else { Effect::Read(call) };
            match hazard.next(&effect) {
                Err(()) => Fault::Hang,
                Ok(None) => Fault::Pass,
                Ok(Some(Mode::Before | Mode::Unjournaled | Mode::Torn)) => Fault::Hang,
                Ok(Some(Mode::ReplyLost | Mode::MachineLost)) => Fault::HangAfter,
                Ok(Some(Mode::FailAfter)) => Fault::FailAfter,
                Ok(Some(Mode::Resent)) => Fault::LoseReply,
            }
        })
    }
}
