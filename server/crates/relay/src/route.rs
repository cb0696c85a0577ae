//! From the child to whom it concerns.

use serde_json::value::RawValue;

use crate::Relay;
use crate::answers::Said;
use crate::hello::{self, Hello};
use crate::level::Level;
use crate::message::{failure, meta};
use crate::object::Object;
use crate::relay::{Child, FIRST, Open, State};

/// Code of JSON-RPC for what there is not.
const NO_METHOD: i32 = -32601;
/// Code of JSON-RPC for what went wrong inside.
const INTERNAL: i32 = -32603;

/// Methods that servers of the older era ask clients with. What the host answers otherwise (`ping`) is its own.
const OF_CLIENTS: [&str; 3] = ["sampling/createMessage", "elicitation/create", "roots/list"];

impl Relay {
    /// Takes a line of the child; whether it is for the host (too).
    pub(crate) fn child_says(&self, run: u64, line: &[u8]) -> bool {
        let Ok(mut message) = serde_json::from_slice::<Object>(line) else {
            return true;
        };
        let mut state = self.state();
        if state.child(run).is_none() {
            return true;
        }
        let method: Option<String> = message.read("method");
        match (method, message.get("id")) {
            (Some(method), None) => state.notified(&method, message),
            (Some(method), Some(id)) => {
                let is_for_clients = OF_CLIENTS.contains(&method.as_str());
                if is_for_clients {
                    let words = format!(
                        "{method} is not supported: several clients share this server, and none was promised to it"
                    );
                    state.mention(failure(Some(id), NO_METHOD, &words));
                }
                !is_for_clients
            }
            (None, Some(id)) => match id.get().parse::<u64>() {
                Ok(number) if number >= FIRST => {
                    if let Some(open) = state.open.remove(&number) {
                        state.failed += u64::from(answer(open, &mut message));
                    }
                    false
                }
                _ => {
                    if let Some(child) = state.child(run) {
                        child.answered(&message);
                    }
                    true
                }
            },
            (None, None) => true,
        }
    }

    /// Takes note of a line of the host, which the child gets as it is.
    pub(crate) fn host_says(&self, run: u64, line: &[u8]) {
        let Ok(message) = serde_json::from_slice::<Object>(line) else {
            return;
        };
        let mut state = self.state();
        let Some(child) = state.child(run) else {
            return;
        };
        match (
            message.read::<String>("method").as_deref(),
            message.get("id"),
        ) {
            (Some("initialize" | "server/discover"), Some(id)) => {
                // Each is answered before the next; what is left over was never answered.
                child.asked.truncate(8);
                child.asked.insert(0, id.get().to_owned());
            }
            (Some("notifications/initialized"), _) => child.is_ready = child.hello.is_some(),
            _ => {}
        }
    }
}

impl Child {
    /// The host got an answer, perhaps to the question who the child is.
    fn answered(&mut self, message: &Object) {
        let id = message.get("id").map(RawValue::get);
        let Some(place) = self
            .asked
            .iter()
            .position(|asked| Some(asked.as_str()) == id)
        else {
            return;
        };
        self.asked.remove(place);
        let Some(result) = message.get("result").and_then(Object::of) else {
            return;
        };
        if result.get("supportedVersions").is_some() {
            self.hello = Some(Hello::Modern(result));
            self.is_ready = true;
        } else if result.get("protocolVersion").is_some() {
            self.hello = Some(Hello::Legacy(result));
        }
    }
}

impl State {
    /// Passes a notification on; whether it is for the host as well.
    fn notified(&self, method: &str, mut message: Object) -> bool {
        let mut params = message.object("params");
        let mut about = params.object("_meta");
        let of_request = |key: &str, object: &Object| {
            let number = object.read::<u64>(key).filter(|number| *number >= FIRST);
            number.map(|number| self.open.get(&number))
        };
        if method == "notifications/progress"
            && let Some(open) = of_request("progressToken", &params)
        {
            if let Some((open, token)) = open.and_then(|open| Some((open, open.token.as_ref()?))) {
                params.put("progressToken", token.to_owned());
                message.set("params", &params);
                open.notify(&message);
            }
            return false;
        }
        if let Some(open) = of_request(meta::SUBSCRIPTION, &about) {
            if let Some(open) = open {
                about.put(meta::SUBSCRIPTION, open.id.clone());
                params.set("_meta", &about);
                message.set("params", &params);
                open.notify(&message);
            }
            return false;
        }
        let line = message.line();
        match method {
            "notifications/message" => {
                let level: Option<String> = params.read("level");
                let level = level.and_then(|word| Level::of(&word));
                self.logged(level.unwrap_or(Level::Emergency), &message, &line);
            }
            "notifications/resources/updated" => self.updated(&params, &line),
            // Requests of the child reach no client, so there is nothing to cancel.
            "notifications/cancelled" | "notifications/progress" => {}
            _ => self.guests.values().for_each(|guest| guest.notify(&line)),
        }
        true
    }

    /// A log message is for the sessions whose level it reaches, and for requests that wanted such.
    fn logged(&self, level: Level, message: &Object, line: &str) {
        let wanting = self.guests.values();
        let wanting = wanting.filter(|guest| guest.level.unwrap_or(Level::USUAL) <= level);
        wanting.for_each(|guest| guest.notify(line));
        let open = self.open.values().filter(|open| !open.is_bridged);
        let open = open.filter(|open| open.level.is_some_and(|wanted| wanted <= level));
        open.for_each(|open| open.notify(message));
    }
}

impl Open {
    fn notify(&self, message: &Object) {
        // A client that reads so slowly misses some.
        let _ = self.notices.try_send(Said {
            text: message.line(),
            is_answer: false,
            code: None,
        });
    }
}

/// Gives a client its answer; whether that is an error.
fn answer(open: Open, message: &mut Object) -> bool {
    message.put("id", open.id.clone());
    if open.method == "subscriptions/listen" {
        let mut result = message.object("result");
        let mut about = result.object("_meta");
        if about.get(meta::SUBSCRIPTION).is_some() {
            about.put(meta::SUBSCRIPTION, open.id.clone());
            result.set("_meta", &about);
            message.set("result", &result);
        }
    }
    let unsaid = match open.is_bridged {
        true => hello::simplified(message).err(),
        false => None,
    };
    let code = match unsaid {
        Some(_) => Some(i64::from(INTERNAL)),
        None => message.get("error").map(|error| {
            let code = Object::of(error).and_then(|error| error.read("code"));
            code.unwrap_or(i64::from(INTERNAL))
        }),
    };
    let text = match unsaid {
        Some(words) => failure(Some(&open.id), INTERNAL, words),
        None => message.line(),
    };
    open.room.send(Said {
        text,
        is_answer: true,
        code,
    });
    code.is_some()
}
