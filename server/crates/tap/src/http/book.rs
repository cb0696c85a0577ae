//! Which session an exchange belongs to, and what is seen of it there.
//!
//! Sessions are told apart by the name that the server gives them (`Mcp-Session-Id`), or by the endpoint that it names
//! for them. Without either, what comes from one address with one `User-Agent` and one `Authorization` is called a
//! session, and another one begins with each `initialize`.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;

use traffic::{Outcome, Payloads, Place, Record, Session, Side, Told, What, is_hello};
use uuid::Uuid;

use super::cut::{Cut, Part};
use super::exchange::{Exchange, Name, place};
use super::news::{Answered, Asked, Happened, Method, News, Over};
use crate::seen::{self, See};

/// The most sessions at a time; the one that was silent for longest goes.
const MOST: usize = 10_000;
/// The most that may be held of frames and bodies that are not over, in bytes; beyond it, what grows is not looked at.
const MOST_HELD: usize = 64 << 20;
/// When a session is over in which nothing is open and nothing is said: few clients say that they go.
const SILENT_US: i64 = 30 * 60 * 1_000_000;

/// The session that frames belong to of which nobody says so.
struct Known {
    session: Session,
    name: Option<Name>,
    /// Exchanges that are not over.
    open: usize,
    heard_us: i64,
    is_news: bool,
}

/// All that goes on.
pub(super) struct Book {
    /// Where messages go to, unless an endpoint is named.
    path: String,
    payloads: Option<Arc<Payloads>>,
    /// Which lists were told, in whatever session.
    told: Arc<Told>,
    sessions: HashMap<u64, Known>,
    names: HashMap<Name, u64>,
    exchanges: HashMap<u64, Exchange>,
    begun: u64,
    /// What all exchanges hold, and the most that they may, in bytes.
    held: usize,
    most_held: usize,
    /// Bytes that there was no room for.
    lost: u64,
}

/// Where and when something was said.
#[derive(Clone, Copy)]
struct Said {
    exchange: u64,
    from: Side,
    at_us: i64,
}

impl See<News> for Book {
    fn bytes(&mut self, said: &seen::Said, out: &mut Vec<Record>) {
        let from = (said.way.from, said.way.exchange);
        let about = (said.has_gap, said.is_last);
        Book::bytes(self, from, said.at_us, &said.bytes, about, out);
    }

    fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    fn news(&mut self, news: News, out: &mut Vec<Record>) {
        self.hear(news, out);
    }

    fn report(&mut self, at_us: i64, all: bool, out: &mut Vec<Record>) {
        Book::report(self, at_us, all, out);
    }

    fn end(&mut self, at_us: i64, out: &mut Vec<Record>) {
        Book::end(self, at_us, out);
    }
}

impl Book {
    /// For a server whose messages go to this path, of which may be told what is said.
    pub(super) fn new(path: &str, payloads: Option<Payloads>) -> Self {
        Self {
            path: plain(path).to_owned(),
            payloads: payloads.map(Arc::new),
            told: Arc::default(),
            sessions: HashMap::new(),
            names: HashMap::new(),
            exchanges: HashMap::new(),
            begun: 0,
            held: 0,
            most_held: MOST_HELD,
            lost: 0,
        }
    }

    /// Something happened to an exchange.
    pub(super) fn hear(&mut self, news: News, out: &mut Vec<Record>) {
        let News {
            exchange,
            at_us,
            what,
        } = news;
        match what {
            Happened::Asked(asked) => self.asked(exchange, at_us, asked),
            Happened::Answered(answered) => self.answered(exchange, at_us, answered, out),
            Happened::Over(over) => self.over(exchange, at_us, over, out),
        }
    }

    /// Bytes passed by; before them, some may be missing.
    pub(super) fn bytes(
        &mut self,
        (from, exchange): (Side, u64),
        at_us: i64,
        bytes: &[u8],
        (has_gap, is_last): (bool, bool),
        out: &mut Vec<Record>,
    ) {
        let said = Said {
            exchange,
            from,
            at_us,
        };
        if has_gap {
            self.blind(said);
        }
        let mut lost = 0;
        self.with_cut(
            said,
            |cut, each| {
                if has_gap {
                    cut.gap();
                }
                lost += cut.push(bytes, &mut *each);
                if is_last {
                    cut.finish(each);
                }
            },
            out,
        );
        self.lost += lost;
    }

    /// Something of an exchange passed by unread: an answer perhaps.
    fn blind(&mut self, said: Said) {
        let Some(exchange) = self.exchanges.get_mut(&said.exchange) else {
            return;
        };
        exchange.is_blind = true;
        let session = exchange.session.and_then(|it| self.sessions.get_mut(&it));
        let Some(Known { session, name, .. }) = session else {
            return;
        };
        // A stream to listen to has answers to what came with other exchanges.
        let is_stream = exchange.method == Method::Get && said.from == Side::Server;
        match name.as_ref().filter(|_| is_stream) {
            Some(Name::Place(_)) => session.lose(said.from, said.at_us, |_| true),
            // There it is those whose own streams are over.
            Some(Name::Given(_)) => {
                let exchanges = &self.exchanges;
                let is_over = |exchange| !exchanges.contains_key(&exchange);
                session.lose(said.from, said.at_us, is_over);
            }
            // No other call's answer, but perhaps a page of a list.
            Some(Name::Peer(_)) | None => session.lose(said.from, said.at_us, |_| false),
        }
    }

    /// Tells how sessions stand: all, or those in which something was said.
    pub(super) fn report(&mut self, at_us: i64, all: bool, out: &mut Vec<Record>) {
        let is_over =
            |known: &Known| known.open == 0 && at_us.saturating_sub(known.heard_us) > SILENT_US;
        let over = self.sessions.iter().filter(|(_, known)| is_over(known));
        let over: Vec<u64> = over.map(|(number, _)| *number).collect();
        for number in over {
            self.close(number, at_us, out);
        }
        for known in self.sessions.values_mut() {
            if std::mem::take(&mut known.is_news) || all {
                known.session.report(at_us, out);
            }
        }
    }

    /// Everything is over.
    pub(super) fn end(&mut self, at_us: i64, out: &mut Vec<Record>) {
        for (_, mut known) in self.sessions.drain() {
            known.session.close(at_us, out);
        }
        self.names.clear();
        self.exchanges.clear();
        self.held = 0;
    }

    fn asked(&mut self, exchange: u64, at_us: i64, asked: Asked) {
        let at_place = Name::Place(asked.path.clone());
        let name = match &asked.session {
            Some(name) => Some(Name::Given(name.clone())),
            None if self.names.contains_key(&at_place) => Some(at_place),
            // A question for something else, such as who may sign in.
            None if plain(&asked.path) != self.path => return,
            None => None,
        };
        let known = name.as_ref().and_then(|name| self.names.get(name)).copied();
        let new = Exchange::new(asked, name);
        self.held += new.asked.as_ref().map_or(0, Cut::held);
        self.exchanges.insert(exchange, new);
        if let Some(known) = known {
            self.join(exchange, known, at_us);
        }
    }

    fn answered(&mut self, number: u64, at_us: i64, answered: Answered, out: &mut Vec<Record>) {
        if answered.status < 400 {
            // Whoever answers has read what was asked, whether we have seen its end or not.
            self.finish((Side::Client, number), at_us, out);
        }
        let Some(exchange) = self.exchanges.get_mut(&number) else {
            return;
        };
        exchange.answered(answered.status, answered.form, answered.coding);
        self.held += exchange.answer.as_ref().map_or(0, Cut::held);
        if exchange.is_refused() {
            return;
        }
        let (method, peer) = (exchange.method, exchange.peer);
        let (session, name) = (exchange.session, exchange.name.clone());
        let given = answered.session.map(Name::Given);
        match (session, given) {
            // A session that has begun with this exchange.
            (Some(session), given) if self.is_nameless(session) => {
                self.call(session, given.unwrap_or(Name::Peer(peer)), at_us, out);
            }
            // A stream to listen to.
            (None, given) if method == Method::Get => {
                if let Some(name) = name.or(given) {
                    let session = self.find(name, at_us, out);
                    self.join(number, session, at_us);
                }
            }
            _ => {}
        }
    }

    fn over(&mut self, number: u64, at_us: i64, over: Over, out: &mut Vec<Record>) {
        if over != Over::Left {
            self.finish((Side::Client, number), at_us, out);
        }
        if over == Over::Whole {
            self.finish((Side::Server, number), at_us, out);
        }
        let Some(exchange) = self.exchanges.remove(&number) else {
            return;
        };
        let cuts = [&exchange.asked, &exchange.answer].into_iter();
        self.held -= cuts.flatten().map(Cut::held).sum::<usize>();
        let Some(session) = exchange.session else {
            return;
        };
        let Some(known) = self.sessions.get_mut(&session) else {
            return;
        };
        known.open -= 1;
        known.is_news = true;
        known.heard_us = at_us;
        if let Some(left) = left(&exchange, known.name.as_ref(), over) {
            known.session.abandon(number, at_us, left, out);
        }
        if is_end(&exchange, known.name.as_ref(), over) {
            self.close(session, at_us, out);
        }
    }

    /// A side of an exchange says nothing more.
    fn finish(&mut self, (from, exchange): (Side, u64), at_us: i64, out: &mut Vec<Record>) {
        let said = Said {
            exchange,
            from,
            at_us,
        };
        self.with_cut(said, |cut, each| cut.finish(each), out);
    }

    /// Reads on in one direction of an exchange.
    fn with_cut(
        &mut self,
        said: Said,
        read: impl FnOnce(&mut Cut, &mut dyn FnMut(Part<'_>)),
        out: &mut Vec<Record>,
    ) {
        let side = |exchange: &mut Exchange, cut: Option<Cut>| match said.from {
            Side::Client => std::mem::replace(&mut exchange.asked, cut),
            Side::Server => std::mem::replace(&mut exchange.answer, cut),
        };
        let exchange = self.exchanges.get_mut(&said.exchange);
        let Some(mut cut) = exchange.and_then(|exchange| side(exchange, None)) else {
            return;
        };
        let before = cut.held();
        read(&mut cut, &mut |part| self.part(said, part, out));
        let others = self.held - before;
        if cut.held() > before && others + cut.held() > self.most_held {
            self.lost += cut.crowd_out();
            self.blind(said);
        }
        self.held = others + cut.held();
        if let Some(exchange) = self.exchanges.get_mut(&said.exchange) {
            side(exchange, Some(cut));
        }
    }

    fn part(&mut self, said: Said, part: Part<'_>, out: &mut Vec<Record>) {
        if let Part::Endpoint(named) = part {
            return self.named(said, named, out);
        }
        let begins = match part {
            Part::Frame(frame) => said.from == Side::Client && is_hello(frame),
            _ => false,
        };
        let Some(number) = self.session_of(said, begins, out) else {
            return;
        };
        let Some(exchange) = self.exchanges.get_mut(&said.exchange) else {
            return;
        };
        let Some(known) = self.sessions.get_mut(&number) else {
            return;
        };
        (known.heard_us, known.is_news) = (said.at_us, true);
        let place = Place {
            from: said.from,
            exchange: said.exchange,
            is_alone: exchange.is_alone,
        };
        match part {
            Part::Frame(frame) => known.session.frame(place, said.at_us, frame, out),
            Part::Oversized => {
                known.session.note(said.from, What::Oversized);
                self.blind(said);
            }
            Part::Unreadable => {
                known.session.note(said.from, What::Unreadable);
                self.blind(said);
            }
            Part::Endpoint(_) => {}
        }
    }

    /// The session that an exchange belongs to, when something is said in it.
    fn session_of(&mut self, said: Said, begins: bool, out: &mut Vec<Record>) -> Option<u64> {
        let exchange = self.exchanges.get(&said.exchange)?;
        if exchange.session.is_some() {
            return exchange.session;
        }
        let (name, peer) = (exchange.name.clone(), exchange.peer);
        let number = match name {
            Some(name) => self.find(name, said.at_us, out),
            None if begins => self.begin(None, said.at_us, out),
            None => self.find(Name::Peer(peer), said.at_us, out),
        };
        self.join(said.exchange, number, said.at_us);
        Some(number)
    }

    /// A server names an endpoint: a session has begun.
    fn named(&mut self, said: Said, named: &[u8], out: &mut Vec<Record>) {
        let Some(exchange) = self.exchanges.get(&said.exchange) else {
            return;
        };
        if exchange.method != Method::Get || exchange.session.is_some() {
            return;
        }
        let name = Name::Place(place(&exchange.path, &String::from_utf8_lossy(named)));
        let number = self.begin(Some(name), said.at_us, out);
        self.join(said.exchange, number, said.at_us);
    }

    fn is_nameless(&self, session: u64) -> bool {
        let known = self.sessions.get(&session);
        known.is_some_and(|known| known.name.is_none())
    }

    /// The session of a name.
    fn find(&mut self, name: Name, at_us: i64, out: &mut Vec<Record>) -> u64 {
        match self.names.get(&name) {
            Some(number) => *number,
            None => self.begin(Some(name), at_us, out),
        }
    }

    fn begin(&mut self, name: Option<Name>, at_us: i64, out: &mut Vec<Record>) -> u64 {
        if self.sessions.len() >= MOST {
            let oldest = self.sessions.iter();
            let oldest = oldest.min_by_key(|(_, known)| (known.open > 0, known.heard_us));
            if let Some(number) = oldest.map(|(number, _)| *number) {
                self.close(number, at_us, out);
            }
        }
        self.begun += 1;
        let label = Uuid::now_v7().to_string();
        let session = Session::new(label, RandomState::new(), at_us);
        let known = Known {
            session: session
                .with_payloads(self.payloads.clone())
                .with_told(self.told.clone()),
            name: None,
            open: 0,
            heard_us: at_us,
            is_news: true,
        };
        self.sessions.insert(self.begun, known);
        if let Some(name) = name {
            self.call(self.begun, name, at_us, out);
        }
        self.begun
    }

    /// Gives a session a name. Another one of that name is over.
    fn call(&mut self, session: u64, name: Name, at_us: i64, out: &mut Vec<Record>) {
        if let Some(before) = self.names.get(&name).copied() {
            self.close(before, at_us, out);
        }
        if let Some(known) = self.sessions.get_mut(&session) {
            known.name = Some(name.clone());
            self.names.insert(name, session);
        }
    }

    /// An exchange belongs to a session.
    fn join(&mut self, exchange: u64, session: u64, at_us: i64) {
        let exchange = self.exchanges.get_mut(&exchange);
        let known = self.sessions.get_mut(&session);
        if let (Some(exchange), Some(known)) = (exchange, known) {
            exchange.session = Some(session);
            exchange.is_alone = matches!(known.name, Some(Name::Peer(_)));
            known.open += 1;
            (known.heard_us, known.is_news) = (at_us, true);
        }
    }

    fn close(&mut self, session: u64, at_us: i64, out: &mut Vec<Record>) {
        let Some(mut known) = self.sessions.remove(&session) else {
            return;
        };
        if let Some(name) = &known.name {
            self.names.remove(name);
        }
        // It ended when it was heard last, not when that was noticed.
        known.session.close(known.heard_us.min(at_us), out);
    }
}

/// What became of requests of an exchange that is over, if they are not answered: with the status, where that says it.
/// Nothing if an answer may still come.
fn left(exchange: &Exchange, name: Option<&Name>, over: Over) -> Option<(Outcome, Option<i64>)> {
    let may_go_on = matches!(name, Some(Name::Given(_)))
        && exchange.answer.as_ref().is_some_and(Cut::is_resumable);
    match over {
        Over::Failed(status) => Some((Outcome::Transport, Some(i64::from(status)))),
        _ if exchange.is_refused() => Some((Outcome::Transport, Some(i64::from(exchange.status)))),
        _ if exchange.method != Method::Post => None,
        // Answers come on a stream of their own.
        _ if matches!(name, Some(Name::Place(_))) => None,
        _ if exchange.may_be_answered(over) => Some((Outcome::Unknown, None)),
        _ if may_go_on => None,
        // Without sessions that is how it is said.
        Over::Left if exchange.is_alone => Some((Outcome::Cancelled, None)),
        Over::Whole | Over::Left | Over::Broken => Some((Outcome::Transport, None)),
    }
}

/// Whether its session is over with an exchange.
fn is_end(exchange: &Exchange, name: Option<&Name>, over: Over) -> bool {
    match name {
        // It has begun with this exchange, and was not accepted.
        None => true,
        Some(Name::Given(_)) => match exchange.method {
            Method::Delete => over == Over::Whole && (200..300).contains(&exchange.status),
            _ => exchange.status == 404,
        },
        Some(Name::Place(_)) => exchange.method == Method::Get,
        Some(Name::Peer(_)) => false,
    }
}

/// A path without its query and a slash at its end.
fn plain(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests;
