//! From a client to the child.

use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::Relay;
use crate::answers::{Answers, NOTICES};
use crate::hello::{self, Era, Hello};
use crate::level::Level;
use crate::message::{Kind, Message, meta, success};
use crate::object::Object;
use crate::relay::{Open, Refused, State};

/// A request on its way.
struct Way {
    line: String,
    input: mpsc::Sender<String>,
    answers: Answers,
}

/// What becomes of a request.
enum Turn {
    /// The child is asked.
    Child(Way),
    /// The answer is known.
    Known(Answers),
}

impl Relay {
    /// Asks the child on behalf of a client: one with a session, or one of the stateless era.
    ///
    /// # Errors
    /// When there is no child or session, or too much is asked at the same time.
    pub async fn ask(
        self: &Arc<Self>,
        caller: &str,
        session: Option<&str>,
        request: Message,
    ) -> Result<Answers, Refused> {
        match self.prepare(caller, session, request)? {
            Turn::Known(answers) => Ok(answers),
            Turn::Child(Way {
                line,
                input,
                mut answers,
            }) => {
                // A queue that is full empties, or ends with the child.
                input.send(line).await.map_err(|_| Refused::NotRunning)?;
                answers.is_sent = true;
                Ok(answers)
            }
        }
    }

    /// Takes what a client says without wanting an answer.
    ///
    /// # Errors
    /// When there is no such session, or it is the answer to something that nobody asked.
    pub fn tell(
        &self,
        caller: &str,
        session: Option<&str>,
        message: &Message,
    ) -> Result<(), Refused> {
        let mut state = self.state();
        state.ready()?;
        let Some(session) = session else {
            // Clients of the stateless era have nothing to say beside their requests.
            return Ok(());
        };
        state.guest(caller, session)?;
        if message.kind() == Kind::Answer {
            return Err(Refused::NotAsked);
        }
        match message.method() {
            "notifications/cancelled" => {
                let params = message.params();
                let id = params.get("requestId").map(RawValue::get);
                let why: Option<String> = params.read("reason");
                if let Some(number) = id.and_then(|id| state.find(session, id)) {
                    state.cancel(number, why.as_deref().unwrap_or("the client cancelled it"));
                }
            }
            // The child has heard from the host that the handshake is through, and asks clients for nothing.
            "notifications/initialized"
            | "notifications/progress"
            | "notifications/roots/list_changed" => {}
            _ => state.mention(message.object.line()),
        }
        Ok(())
    }

    fn prepare(
        self: &Arc<Self>,
        caller: &str,
        session: Option<&str>,
        mut request: Message,
    ) -> Result<Turn, Refused> {
        let mut state = self.state();
        let (child, hello) = state.ready()?;
        let (era, input) = (hello.era(), child.input.clone());
        let id = request.id().ok_or(Refused::Missing("id"))?.to_owned();
        if let Some(session) = session {
            state.guest(caller, session)?;
        } else if era == Era::Legacy {
            return Err(Refused::SessionFirst);
        }
        self.has_room(&state, session, &id)?;
        state.requests += 1;
        let is_bridged = session.is_some() && era == Era::Modern;
        if let Some(session) = session
            && let Some(result) = state.know(session, &mut request, is_bridged)?
        {
            return Ok(Turn::Known(Answers::known(success(&id, &result))));
        }
        if is_bridged {
            state.bridge(session, &mut request);
        }
        let number = state.number();
        let (token, level) = number_progress(&mut request, number);
        request.object.set("id", &number);
        let (notices, receiver) = mpsc::channel(NOTICES + 1);
        let room = notices.clone().try_reserve_owned();
        // A new queue has room.
        let room = room.map_err(|_| Refused::NotRunning)?;
        let open = Open {
            id,
            token,
            session: session.map(str::to_owned),
            method: request.method().to_owned(),
            level,
            is_bridged,
            notices,
            room,
        };
        state.open.insert(number, open);
        Ok(Turn::Child(Way {
            line: request.object.line(),
            input,
            answers: Answers::new(receiver, self.clone(), number, session.is_none()),
        }))
    }

    fn has_room(&self, state: &State, session: Option<&str>, id: &RawValue) -> Result<(), Refused> {
        if state.open.len() >= self.limits.requests {
            return Err(Refused::TooManyRequests(self.limits.requests));
        }
        let Some(session) = session else {
            return Ok(());
        };
        let open = state.open.values();
        let of_it = open.filter(|open| open.session.as_deref() == Some(session));
        if of_it.count() >= self.limits.requests_of_one {
            return Err(Refused::TooManyRequests(self.limits.requests_of_one));
        }
        match state.find(session, id.get()) {
            Some(_) => Err(Refused::SameId),
            None => Ok(()),
        }
    }
}

impl State {
    /// The number of the open request that a client calls so.
    fn find(&self, session: &str, id: &str) -> Option<u64> {
        let is_it = |open: &Open| open.session.as_deref() == Some(session) && open.id.get() == id;
        let found = self.open.iter().find(|(_, open)| is_it(open));
        found.map(|(number, _)| *number)
    }

    /// The result of a request that the child need not be asked, or takes note of what it says of the session.
    fn know(
        &mut self,
        session: &str,
        request: &mut Message,
        is_bridged: bool,
    ) -> Result<Option<Object>, Refused> {
        let Some(guest) = self.guests.get_mut(session) else {
            return Err(Refused::NoSession);
        };
        let mut params = request.params();
        match request.method() {
            // In the newer era there is none.
            "ping" => return Ok(is_bridged.then(Object::default)),
            "logging/setLevel" => {
                let level: Option<String> = params.read("level");
                let level = level.and_then(|word| Level::of(&word));
                guest.level = Some(level.ok_or(Refused::Missing("level"))?);
                if is_bridged {
                    return Ok(Some(Object::default()));
                }
                let lowest = self.lowest_level().unwrap_or(Level::USUAL);
                params.set("level", &lowest.word());
                request.object.set("params", &params);
            }
            "resources/subscribe" if !is_bridged => {
                let uri = params.read("uri").ok_or(Refused::Missing("uri"))?;
                guest.subscribed.insert(uri);
            }
            "resources/unsubscribe" if !is_bridged => {
                let uri: String = params.read("uri").ok_or(Refused::Missing("uri"))?;
                let was_there = guest.subscribed.remove(&uri);
                if was_there && self.is_subscribed(&uri) {
                    return Ok(Some(Object::default()));
                }
            }
            _ => {}
        }
        Ok(None)
    }

    /// Adds to a request of the older era what the newer one wants to hear.
    fn bridge(&self, session: Option<&str>, request: &mut Message) {
        let guest = session.and_then(|session| self.guests.get(session));
        if let Ok((_, Hello::Modern(discovered))) = self.ready() {
            let client = guest.and_then(|guest| guest.client.as_deref());
            let level = guest.and_then(|guest| guest.level).map(Level::word);
            hello::complete(request, discovered, client, level);
        }
    }
}

/// Lets the child call the progress of a request by its number. What the client calls it, and which log messages it
/// wants with it.
fn number_progress(request: &mut Message, number: u64) -> (Option<Box<RawValue>>, Option<Level>) {
    let mut params = request.params();
    let mut about = params.object("_meta");
    let level: Option<String> = about.read(meta::LEVEL);
    let token = about.get("progressToken").map(RawValue::to_owned);
    if token.is_some() {
        about.set("progressToken", &number);
        params.set("_meta", &about);
        request.object.set("params", &params);
    }
    (token, level.and_then(|word| Level::of(&word)))
}
