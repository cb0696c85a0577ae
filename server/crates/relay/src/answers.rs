//! What comes back for one request: notifications that belong to it, and the answer.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;

use crate::Relay;

/// Notifications that may wait for a client that reads slowly; more are left out.
pub(crate) const NOTICES: usize = 64;

/// Something that is said to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The message, on one line.
    pub text: String,
    /// Whether it is the answer, after which nothing comes.
    pub is_answer: bool,
    /// The code of an answer that is an error.
    pub code: Option<i64>,
}

/// Everything that is said to a client because of one request.
#[derive(Debug)]
pub struct Answers {
    receiver: mpsc::Receiver<Said>,
    /// Where the request is looked for when nobody waits for it any more.
    pub(crate) open: Option<(Arc<Relay>, u64)>,
    /// Whether who leaves does not want it any more; in sessions, that has to be said.
    pub(crate) ends_with_client: bool,
    /// Whether the child has been asked.
    pub(crate) is_sent: bool,
}

impl Answers {
    pub(crate) fn new(
        receiver: mpsc::Receiver<Said>,
        relay: Arc<Relay>,
        number: u64,
        ends_with_client: bool,
    ) -> Self {
        Self {
            receiver,
            open: Some((relay, number)),
            ends_with_client,
            is_sent: false,
        }
    }

    /// An answer that need not be asked for.
    pub(crate) fn known(text: String) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        let said = Said {
            text,
            is_answer: true,
            code: None,
        };
        // There is room for one.
        let _ = sender.try_send(said);
        Self {
            receiver,
            open: None,
            ends_with_client: false,
            is_sent: true,
        }
    }

    /// What is said next; `None` after the answer, or when the request was cancelled.
    pub async fn next(&mut self) -> Option<Said> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The same for streams.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Said>> {
        let said = ready!(self.receiver.poll_recv(context));
        if said.as_ref().is_none_or(|said| said.is_answer) {
            self.open = None;
        }
        Poll::Ready(said)
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        let Some((relay, number)) = self.open.take() else {
            return;
        };
        if !self.is_sent {
            relay.state().open.remove(&number);
        } else if self.ends_with_client {
            relay.state().cancel(number, "the client has gone");
        }
    }
}
