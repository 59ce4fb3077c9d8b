//! Stopping: whoever applies may be asked to begin nothing more and to leave what waits. Not here: who asks.

use std::sync::Arc;

use tokio::sync::watch;

/// Asks for an end. Cheap to clone; clones are one.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks for it. Steps that are not begun are not begun any more; those that wait for AWS are left, as AWS goes on with what it was
    /// asked for; calls that are under way are answered first. The next run goes on from there.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for.
    pub(crate) async fn asked(&self) {
        // The sender lives as long as this does.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}
