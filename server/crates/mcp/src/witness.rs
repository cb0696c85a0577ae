//! What was seen of an endpoint over HTTP: the protocol library forgets on some paths why a request
//! failed, and asks nobody who could say so later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::classify::{Place, Refusal};
use crate::session::Trouble;

/// Keeps in mind how requests went; all clones are one.
#[derive(Clone)]
pub(crate) struct Witness {
    place: Arc<Place>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// When the first HTTP answer came.
    answered: Option<Instant>,
    /// Why the last request failed.
    refusal: Option<Refusal>,
    /// How the server says that one signs in.
    challenge: Option<String>,
}

impl Witness {
    pub(crate) fn new(place: Arc<Place>) -> Self {
        Self {
            place,
            seen: Arc::default(),
        }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Takes note of how a request went.
    pub(crate) fn note(&self, refusal: Option<Refusal>) {
        let mut seen = self.seen();
        if refusal.as_ref().is_none_or(Refusal::answered) {
            seen.answered.get_or_insert_with(Instant::now);
        }
        seen.refusal = refusal;
    }

    /// Takes note of a `WWW-Authenticate` header.
    pub(crate) fn challenged(&self, challenge: &str) {
        self.seen().challenge = Some(challenge.to_owned());
    }

    /// When the first HTTP answer came, and why the last request failed.
    pub(crate) fn witnessed(&self) -> (Option<Instant>, Option<Refusal>) {
        let seen = self.seen();
        (seen.answered, seen.refusal.clone())
    }

    /// The last `WWW-Authenticate` header.
    pub(crate) fn challenge(&self) -> Option<String> {
        self.seen().challenge.clone()
    }

    /// What a request means that could not be sent or got no answer.
    pub(crate) fn trouble(&self) -> Trouble {
        let refusal = self.seen().refusal.clone();
        let words = "the answer ended before it was complete";
        let refusal = refusal.unwrap_or_else(|| Refusal::Broken(words.to_owned()));
        // While a gateway or the server itself is in trouble, the session may well survive.
        let survives = matches!(
            refusal,
            Refusal::Timeout
                | Refusal::Status {
                    code: 429 | 500..=599,
                    ..
                }
                | Refusal::TooLarge
                | Refusal::NoToken(_)
        );
        Trouble {
            failure: refusal.explain(&self.place),
            lost: !survives,
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
