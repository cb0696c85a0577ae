//! One session of a client with a server: requests and answers find each other.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::contents::{Answered, Asked, Page, agreed, cancelled, code, progress};
use crate::listed::{Lists, Read, Told};
use crate::message::{Id, Message, messages};
use crate::odd::Odd;
use crate::open::{Key, Open, Waiting};
use crate::payload::Payloads;
use crate::record::{
    Call, DefinitionList, Listed, Outcome, Passed, Pulse, Record, Side, ToolList, What,
};

/// From when on a request that is not answered is called hung, in microseconds; one whose answer may have passed by
/// unread is waited for as long.
const HUNG_US: i64 = 60_000_000;
/// The most tools that are remembered as advertised; with more, none is called unadvertised.
const MOST_ADVERTISED: usize = 20_000;

/// Where something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who said it.
    pub from: Side,
    /// The exchange of HTTP it belongs to; 0 over pipes.
    pub exchange: u64,
    /// Whether ids count within that exchange only: without a session, clients do not know of each other.
    pub is_alone: bool,
}

/// One session. Times are microseconds since 1970 UTC and go up.
pub struct Session {
    label: String,
    hashes: RandomState,
    payloads: Arc<Payloads>,
    began_us: i64,
    is_closed: bool,
    client: Option<String>,
    protocol: Option<String>,
    open: Open,
    odd: Odd,
    /// Hashes of the names of the tools in the list that was given last, whole.
    advertised: Option<HashSet<u64>>,
    /// The pages of the list that is being given.
    listing: HashSet<u64>,
    /// Lists of definitions.
    lists: Lists,
}

impl Session {
    /// A session that begins, under a name that is said with all its records. `hashes` has the key with which ids
    /// are hashed.
    pub fn new(label: impl Into<String>, hashes: RandomState, at_us: i64) -> Self {
        Self {
            label: label.into(),
            hashes,
            payloads: Arc::default(),
            began_us: at_us,
            is_closed: false,
            client: None,
            protocol: None,
            open: Open::default(),
            odd: Odd::default(),
            advertised: None,
            listing: HashSet::new(),
            lists: Lists::default(),
        }
    }

    /// It tells what is said as well, or hides more of what it tells.
    #[must_use]
    pub fn with_payloads(mut self, payloads: Option<Arc<Payloads>>) -> Self {
        self.payloads = payloads.unwrap_or_default();
        self
    }

    /// It tells a list only if no other session that shares `told` has just told the same.
    #[must_use]
    pub fn with_told(mut self, told: Arc<Told>) -> Self {
        self.lists = Lists::new(told);
        self
    }

    /// A frame passed by.
    pub fn frame(&mut self, place: Place, at_us: i64, frame: &[u8], out: &mut Vec<Record>) {
        let frame = frame.trim_ascii();
        if frame.is_empty() {
            return;
        }
        let Ok(text) = std::str::from_utf8(frame) else {
            self.odd.add(place.from, What::Stray, 1);
            return;
        };
        let (messages, odd) = messages(text);
        self.odd.add(place.from, What::Stray, odd);
        for message in messages {
            self.message(place, at_us, message, out);
        }
    }

    /// Something that is no message was seen.
    pub fn note(&mut self, from: Side, what: What) {
        self.odd.add(from, what, 1);
        self.lists.break_off();
    }

    /// What came with this exchange is not answered any more.
    pub fn abandon(
        &mut self,
        exchange: u64,
        at_us: i64,
        (outcome, code): (Outcome, Option<i64>),
        out: &mut Vec<Record>,
    ) {
        let is_meant = |_: &Key, waiting: &Waiting| waiting.exchange == exchange;
        for (key, waiting) in self.open.end_all(is_meant) {
            self.unanswered(&key, waiting, at_us, (outcome, code), out);
        }
    }

    /// Something of what a side says passed by unread: it may have been an answer to any open request of an exchange
    /// that `may_be` says, and nobody knows to which, or whether it was one. Those end as unknown that are not answered
    /// a minute later.
    pub fn lose(&mut self, from: Side, at_us: i64, may_be: impl Fn(u64) -> bool) {
        let is_meant =
            |key: &Key, waiting: &Waiting| key.0 == from.other() && may_be(waiting.exchange);
        self.open.doubt(at_us, is_meant);
        self.lists.break_off();
    }

    /// Of those that are meant, those end whose answer may have passed by.
    fn end_doubted(&mut self, is_meant: impl Fn(&Key, &Waiting) -> bool, out: &mut Vec<Record>) {
        let is_doubted =
            |key: &Key, waiting: &Waiting| waiting.doubted_us.is_some() && is_meant(key, waiting);
        for (key, waiting) in self.open.end_all(is_doubted) {
            let at_us = waiting.doubted_us.unwrap_or(waiting.at_us);
            self.unanswered(&key, waiting, at_us, (Outcome::Unknown, None), out);
        }
    }

    /// The session is over.
    pub fn close(&mut self, at_us: i64, out: &mut Vec<Record>) {
        self.end_doubted(|_, _| true, out);
        for (key, waiting) in self.open.end_all(|_, _| true) {
            self.unanswered(&key, waiting, at_us, (Outcome::Transport, None), out);
        }
        self.is_closed = true;
        self.report(at_us, out);
    }

    /// Tells what was counted, and how the session stands.
    pub fn report(&mut self, at_us: i64, out: &mut Vec<Record>) {
        let at_ms = at_us / 1_000;
        self.odd.tell(&self.label, at_ms, out);
        let hung_us = at_us.saturating_sub(HUNG_US);
        self.end_doubted(
            |_, waiting| waiting.doubted_us.is_some_and(|at_us| at_us < hung_us),
            out,
        );
        let (in_flight, hung) = self.open.counts(hung_us);
        out.push(Record::Pulse(Pulse {
            at_ms,
            session: self.label.clone(),
            began_ms: self.began_us / 1_000,
            is_open: !self.is_closed,
            in_flight,
            hung,
        }));
    }

    fn message(&mut self, place: Place, at_us: i64, message: Message<'_>, out: &mut Vec<Record>) {
        match message {
            Message::Request {
                id,
                method,
                params,
                text,
            } => {
                if place.from == Side::Server {
                    self.between(place, at_us, &method, (text, true), None);
                }
                let asked = Asked::of(&method, params, &self.payloads.redaction);
                self.request(place, at_us, (id, method, asked, text), out);
            }
            Message::Notification {
                method,
                params,
                text,
            } => {
                if method == "notifications/cancelled" {
                    let (id, outcome) = cancelled(params);
                    self.cancel(place, at_us, id, outcome, out);
                } else {
                    let token = (method == "notifications/progress").then(|| progress(params));
                    self.between(place, at_us, &method, (text, false), token);
                }
                Listed::changed(&method).for_each(|of| self.lists.forget(of));
                self.odd.notification(place.from, method);
            }
            // Over HTTP it is about what this exchange came with, which then is abandoned.
            Message::Answer {
                id: None,
                body: Err(_),
                ..
            } if place.exchange != 0 && self.open.has(place.exchange) => {}
            Message::Answer { id, body, text } => {
                let answered = id.and_then(|id| {
                    let key = (place.from.other(), id);
                    let waiting = self.open.end(scope(place), &key)?;
                    Some((key, waiting))
                });
                match answered {
                    Some((key, waiting)) => self.answer(at_us, (key, waiting), body, text, out),
                    None => self.odd.add(place.from, What::UnmatchedAnswer, 1),
                }
            }
        }
    }

    /// Something that may belong to an open call: progress says to which; what else the server says belongs to the
    /// only one there is.
    fn between(
        &mut self,
        place: Place,
        at_us: i64,
        method: &str,
        (text, is_request): (&str, bool),
        token: Option<Option<Id>>,
    ) {
        let has_room = self.open.has_room_for_text();
        let payloads = &self.payloads;
        let meant = match token {
            Some(Some(token)) => self
                .open
                .of_progress(scope(place), place.from.other(), token),
            None if place.from == Side::Server => self.open.only_one(place.exchange),
            _ => None,
        };
        if let Some(waiting) = meant {
            let passed = Passed {
                after_seconds: seconds(at_us, waiting.at_us),
                from: place.from,
                method: method.to_owned(),
                is_request,
                bytes: text.len() as u64,
                text: None,
            };
            waiting.note(passed, || has_room.then(|| payloads.text(text))?);
        }
    }

    /// What was said, as it is told.
    fn told(&self, text: &str) -> Option<String> {
        let has_room = self.open.has_room_for_text();
        has_room.then(|| self.payloads.text(text))?
    }

    fn request(
        &mut self,
        place: Place,
        at_us: i64,
        (id, method, asked, text): (Id, String, Asked, &str),
        out: &mut Vec<Record>,
    ) {
        if method == "initialize" && place.from == Side::Client {
            self.client.clone_from(&asked.client);
            self.protocol.clone_from(&asked.protocol);
        }
        let is_unadvertised = match (&self.advertised, &asked.tool) {
            (Some(known), Some(tool)) => !known.contains(&self.hashes.hash_one(tool)),
            _ => false,
        };
        let waiting = Waiting {
            number: 0,
            exchange: place.exchange,
            at_us,
            doubted_us: None,
            method,
            tool: asked.tool,
            client: asked.client,
            protocol: asked.protocol,
            bytes: text.len() as u64,
            cursor: asked.cursor.map(|cursor| self.hashes.hash_one(cursor)),
            is_unadvertised,
            target: asked.target,
            progress: asked.progress,
            signs: asked.signs,
            text: self.told(text),
            between: Vec::new(),
            between_more: 0,
        };
        let given = self.open.begin(scope(place), (place.from, id), waiting);
        if given.same.is_some() {
            self.odd.add(place.from, What::DuplicateId, 1);
        }
        for (key, waiting) in given.same.into_iter().chain(given.surplus) {
            self.unanswered(&key, waiting, at_us, (Outcome::Unknown, None), out);
        }
    }

    /// A request ends without an answer.
    fn unanswered(
        &mut self,
        key: &Key,
        waiting: Waiting,
        at_us: i64,
        (outcome, code): (Outcome, Option<i64>),
        out: &mut Vec<Record>,
    ) {
        if let Some(of) = Listed::by(&waiting.method) {
            self.lists.forget(of);
        }
        let mut call = self.call(key, waiting, at_us, outcome);
        call.code = code;
        out.push(Record::Call(call));
    }

    fn cancel(
        &mut self,
        place: Place,
        at_us: i64,
        id: Option<&RawValue>,
        outcome: Outcome,
        out: &mut Vec<Record>,
    ) {
        let Some(id) = Id::of(id) else {
            return;
        };
        // Over HTTP without a session it came with another exchange; there a closed stream says it.
        let key = (place.from, id);
        if let Some(waiting) = self.open.end(scope(place), &key) {
            self.unanswered(&key, waiting, at_us, (outcome, None), out);
        }
    }

    fn answer(
        &mut self,
        at_us: i64,
        (key, waiting): (Key, Waiting),
        body: Result<&RawValue, Option<&RawValue>>,
        text: &str,
        out: &mut Vec<Record>,
    ) {
        let is_list = waiting.method == "tools/list" && key.0 == Side::Client;
        if let Ok(result) = body {
            if waiting.method == "initialize" && key.0 == Side::Client {
                self.protocol = agreed(result).or(self.protocol.take());
            }
            if is_list && let Some(page) = Page::of(result) {
                self.listed(at_us, waiting.cursor.is_some(), page, out);
            }
        }
        if let Some(of) = Listed::by(&waiting.method).filter(|_| key.0 == Side::Client) {
            self.definitions(at_us, (of, waiting.cursor), body.ok(), out);
        }
        let mut call = self.call(&key, waiting, at_us, Outcome::JsonrpcError);
        call.response_bytes = text.len() as u64;
        call.response_text = self.told(text);
        match body {
            Ok(result) => {
                let answered = Answered::of(&call.method, result, &self.payloads.redaction);
                call.outcome = answered.outcome;
                call.is_empty = answered.is_empty;
                call.result_tokens = answered.tokens;
                call.signs.extend(answered.signs);
            }
            Err(error) => call.code = code(error),
        }
        out.push(Record::Call(call));
    }

    fn listed(&mut self, at_us: i64, is_later_page: bool, page: Page, out: &mut Vec<Record>) {
        if !is_later_page {
            self.listing.clear();
        }
        let hashes = page
            .tools
            .iter()
            .map(|tool| self.hashes.hash_one(&tool.name));
        let hashes: Vec<u64> = hashes.collect();
        if self.listing.len() + hashes.len() <= MOST_ADVERTISED {
            self.listing.extend(hashes);
        }
        let is_whole = page.rest == 0 && self.listing.len() < MOST_ADVERTISED;
        if !page.has_more {
            let listed = std::mem::take(&mut self.listing);
            self.advertised = is_whole.then_some(listed);
        }
        out.push(Record::Tools(ToolList {
            at_ms: at_us / 1_000,
            session: self.label.clone(),
            tools: page.tools,
        }));
    }

    /// A page of a list of definitions, or none where it could not be had.
    fn definitions(
        &mut self,
        at_us: i64,
        (of, cursor): (Listed, Option<u64>),
        page: Option<&RawValue>,
        out: &mut Vec<Record>,
    ) {
        let Some(page) = page else {
            return self.lists.forget(of);
        };
        let hash = |text: &str| self.hashes.hash_one(text);
        let redaction = &self.payloads.redaction;
        match self
            .lists
            .page((of, cursor), at_us, page, (redaction, &hash))
        {
            Read::Whole(definitions) => out.push(Record::Definitions(DefinitionList {
                at_ms: at_us / 1_000,
                session: self.label.clone(),
                of,
                definitions,
            })),
            Read::TooLarge => self.odd.add(Side::Server, What::Oversized, 1),
            Read::Nothing => {}
        }
    }

    fn call(&self, (from, id): &Key, waiting: Waiting, at_us: i64, outcome: Outcome) -> Call {
        Call {
            at_ms: waiting.at_us / 1_000,
            session: self.label.clone(),
            id: format!("{:016x}", self.hashes.hash_one(id)),
            from: *from,
            method: waiting.method,
            tool: waiting.tool,
            client: waiting.client.or_else(|| self.client.clone()),
            protocol: waiting.protocol.or_else(|| self.protocol.clone()),
            duration_seconds: seconds(at_us, waiting.at_us),
            request_bytes: waiting.bytes,
            response_bytes: 0,
            result_tokens: 0,
            outcome,
            code: None,
            is_empty: false,
            is_unadvertised: waiting.is_unadvertised,
            signs: waiting.signs,
            target: waiting.target,
            between: waiting.between,
            between_more: waiting.between_more,
            request_text: waiting.text,
            response_text: None,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "durations are far below 2^53 microseconds"
)]
fn seconds(at_us: i64, since_us: i64) -> f64 {
    at_us.saturating_sub(since_us).max(0) as f64 / 1e6
}

fn scope(place: Place) -> u64 {
    if place.is_alone { place.exchange } else { 0 }
}

#[cfg(test)]
mod tests;
