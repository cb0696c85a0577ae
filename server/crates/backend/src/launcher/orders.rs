//! Orders on their way from a service to the watches, which carry them out.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// What was ordered and not carried out yet. Who is stopped, the fleet knows.
#[derive(Default)]
pub(crate) struct Orders {
    again: Mutex<BTreeSet<String>>,
    given: Notify,
}

impl Orders {
    /// Has a server ended and begun again.
    pub(super) fn restart(&self, name: &str) {
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        again.insert(name.to_owned());
        drop(again);
        self.changed();
    }

    /// Says that who is stopped has changed.
    pub(super) fn changed(&self) {
        self.given.notify_one();
    }

    /// Whom to begin again.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.again.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns when something was ordered since it returned last.
    pub(crate) async fn given(&self) {
        self.given.notified().await;
    }
}
