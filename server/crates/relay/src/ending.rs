//! How requests, sessions and children end.

use serde_json::json;

use crate::Relay;
use crate::answers::Said;
use crate::message::{failure, notice};
use crate::relay::{OURS, State};

impl State {
    /// A request is not wanted any more: the child is told, and what it answers all the same is dropped.
    pub(crate) fn cancel(&mut self, number: u64, why: &str) {
        if self.open.remove(&number).is_some() {
            self.failed += 1;
            let params = json!({ "requestId": number, "reason": why });
            self.mention(notice("notifications/cancelled", &params));
        }
    }

    /// Ends a session, its requests and what only it wanted.
    pub(crate) fn end_session(&mut self, session: &str) {
        let Some(guest) = self.guests.remove(session) else {
            return;
        };
        let open = self.open.iter();
        let of_it = open.filter(|(_, open)| open.session.as_deref() == Some(session));
        let of_it: Vec<u64> = of_it.map(|(number, _)| *number).collect();
        for number in of_it {
            self.cancel(number, "the session has ended");
        }
        for uri in guest.subscribed {
            if !self.is_subscribed(&uri) {
                // Nobody waits for this answer.
                let id = self.number();
                let request = json!({
                    "jsonrpc": "2.0",
                    "id": id,
                    "method": "resources/unsubscribe",
                    "params": { "uri": uri },
                });
                self.mention(request.to_string());
            }
        }
    }

    /// Whether a session wants to know of changes of just this resource.
    pub(crate) fn is_subscribed(&self, uri: &str) -> bool {
        let mut guests = self.guests.values();
        guests.any(|guest| guest.subscribed.contains(uri))
    }
}

impl Relay {
    /// A child is over, or whoever started it has let it go: nobody is left waiting.
    pub(crate) fn ended(&self, run: u64) {
        let mut state = self.state();
        if state.child(run).is_none() {
            return;
        }
        state.child = None;
        for (_, open) in std::mem::take(&mut state.open) {
            state.failed += 1;
            let words = "the server ended, or was ended, before it answered; whether it has done what was asked is unknown";
            open.room.send(Said {
                text: failure(Some(&open.id), OURS, words),
                is_answer: true,
                code: Some(OURS.into()),
            });
        }
        state.guests.clear();
    }
}
