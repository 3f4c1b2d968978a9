//! The wish to end: a run stops between two calls, and no wait outlasts it.

use tokio::sync::watch;

/// Asked for by a signal, heeded by every worker.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when it is requested, if ever.
    pub async fn requested(&self) {
        // The sender is `self`, so the channel can't close while this waits.
        let _ = self.0.subscribe().wait_for(|requested| *requested).await;
    }
}
