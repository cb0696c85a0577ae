//! Watches exchanges: how they begin, are answered and end, and what is said in them.

use std::hash::{BuildHasher, Hash, RandomState};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderValue, header, request, response};
use traffic::{Batch, Side, Transport};

use super::body::Passing;
use super::book::Book;
use super::endpoint::Endpoint;
use super::news::{self, Answered, Asked, Coding, Form, Happened, Method, News, Over};
use crate::copies::{self, Clock, Copier, Copies};
use crate::out::Out;
use crate::{seen, spawn};

/// Makes records of exchanges over HTTP. When the last of its handles and of what it watches is gone, it is over.
#[derive(Clone, Debug)]
pub struct Watcher {
    copies: Copies<News>,
    clock: Clock,
    hashes: RandomState,
    exchanges: Arc<AtomicU64>,
}

impl Watcher {
    /// For a server in this process, all of whose exchanges are watched under one path. Batches are given away, and
    /// given back where there is no room.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn begin(
        name: &str,
        path: &str,
        give: impl Fn(Batch) -> Result<(), Batch> + Send + 'static,
    ) -> io::Result<Self> {
        let clock = Clock::begin();
        let (copies, copied) = copies::queue();
        let (name, path) = (name.to_owned(), path.to_owned());
        spawn("seen", move || {
            let out = Out::new(&name, Transport::Http, &give);
            seen::run(&mut Book::new(&path, None), clock, &copied, out);
        })?;
        Ok(Self::new(copies, clock))
    }

    pub(super) fn new(copies: Copies<News>, clock: Clock) -> Self {
        Self {
            copies,
            clock,
            hashes: RandomState::new(),
            exchanges: Arc::new(AtomicU64::new(1)),
        }
    }

    /// Tells of a request to a path with its query, if it may be one to an MCP server. Where there is no room to tell,
    /// what passes by is counted as lost. `who` tells clients apart where there are no sessions, together with what they
    /// call themselves.
    pub fn request(&self, who: impl Hash, path: &str, parts: &request::Parts) -> Option<Watch> {
        let headers = &parts.headers;
        let named = [header::USER_AGENT, header::AUTHORIZATION];
        let named = named.map(|name| headers.get(name).map(HeaderValue::as_bytes));
        let asked = Asked {
            method: Method::of(&parts.method)?,
            path: path.into(),
            session: news::session(headers),
            peer: self.hashes.hash_one((who, named)),
            coding: Coding::of(headers),
        };
        let size = asked.path.len() + asked.session.as_ref().map_or(0, |name| name.len());
        let exchange = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let news = News {
            exchange,
            at_us: self.clock.now_us(),
            what: Happened::Asked(asked),
        };
        Some(Watch {
            is_told: self.copies.tell(news, size),
            copies: self.copies.clone(),
            exchange,
            clock: self.clock,
            over: None,
        })
    }
}

/// An exchange that is watched. Tells how it ends: what is noted, or, without that, that the client waits no longer.
#[derive(Debug)]
pub struct Watch {
    copies: Copies<News>,
    exchange: u64,
    clock: Clock,
    /// Otherwise nobody knows of it, and its bytes are only counted.
    is_told: bool,
    over: Option<Over>,
}

impl Watch {
    /// The body of the request, to be passed on.
    pub fn asked<B>(&self, body: B) -> Passing<B> {
        Passing::request(body, self.clock, self.way(Side::Client))
    }

    fn way(&self, from: Side) -> Copier<News> {
        match self.is_told {
            true => self.copies.way(from, self.exchange),
            false => self.copies.lost_way(),
        }
    }

    /// The body of the answer, to be passed on.
    pub fn answered<B: http_body::Body>(self, parts: &response::Parts, body: B) -> Passing<B> {
        self.answered_with(parts, body, None)
    }

    pub(super) fn answered_with<B: http_body::Body>(
        self,
        parts: &response::Parts,
        body: B,
        endpoint: Option<Endpoint>,
    ) -> Passing<B> {
        let form = Form::of(&parts.headers);
        self.tell(Happened::Answered(Answered {
            status: parts.status.as_u16(),
            form,
            session: news::session(&parts.headers),
            coding: Coding::of(&parts.headers),
        }));
        let copier = (form != Form::Other).then(|| self.way(Side::Server));
        Passing::answer(body, self.clock, copier, Some(self), endpoint)
    }

    /// Says how it ends, unless that is known.
    pub(super) fn note(&mut self, over: Over) {
        self.over.get_or_insert(over);
    }

    fn tell(&self, what: Happened) {
        if !self.is_told {
            return;
        }
        self.copies.tell_surely(News {
            exchange: self.exchange,
            at_us: self.clock.now_us(),
            what,
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell(Happened::Over(self.over.unwrap_or(Over::Left)));
    }
}
