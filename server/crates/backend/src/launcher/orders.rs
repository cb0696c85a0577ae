//! Orders on their way from a service to the watches, which carry them out.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// What was ordered and not carried out yet. Who is stopped, the fleet knows.
#[derive(Default)]
pub(crate) struct Orders {
    /// Whose watch is to end, whatever is wanted of them by then.
    ends: Mutex<BTreeSet<String>>,
    given: Notify,
}

impl Orders {
    /// Has what runs of a server ended. It begins again unless the fleet says that it is stopped: so a stop
    /// that a start follows at once is carried out as well.
    pub(super) fn end(&self, name: &str) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.insert(name.to_owned());
        drop(ends);
        self.begin();
    }

    /// Says that somebody is stopped no more.
    pub(super) fn begin(&self) {
        self.given.notify_one();
    }

    /// Whom to end.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns when something was ordered since it returned last.
    pub(crate) async fn given(&self) {
        self.given.notified().await;
    }
}
