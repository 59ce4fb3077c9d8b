//! Somebody wants an end: Ctrl-C, or a termination. Not here: ending in order (`apply::Stop`).

use tokio::task::JoinHandle;

use super::commands::say;
use super::exit::ERROR;
use crate::apply::Stop;

/// Listens until it is dropped. The first that wants an end gets an orderly one, the second ends the program.
pub(super) struct Listening(JoinHandle<()>);

impl Listening {
    /// Listens from now on, before anybody else runs.
    pub(super) fn begin(stop: &Stop) -> Self {
        let (mut ends, stop) = (Ends::new(), stop.clone());
        Self(tokio::spawn(async move {
            ends.next().await;
            say(
                "stopping: calls are answered, what waits for AWS is left, nothing more is begun; again to end at once",
            );
            stop.ask();
            ends.next().await;
            // What was done is in the journal, as after any crash.
            std::process::exit(i32::from(ERROR));
        }))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The signals that ask for an end. Where one can't be listened for, the system's own way of ending a program is left.
#[cfg(unix)]
struct Ends([Option<tokio::signal::unix::Signal>; 2]);

#[cfg(unix)]
impl Ends {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    async fn next(&mut self) {
        async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }
        let [interrupt, terminate] = &mut self.0;
        tokio::select! {
            () = received(interrupt) => {}
            () = received(terminate) => {}
        }
    }
}

#[cfg(not(unix))]
struct Ends;

#[cfg(not(unix))]
impl Ends {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
