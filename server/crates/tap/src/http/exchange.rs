//! One request over HTTP and its answer, while they pass by.

use super::cut::Cut;
use super::news::{Asked, Coding, Form, Method, Over};

/// How a session is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// By the name that the server gave it.
    Given(Box<str>),
    /// By where its messages go to: HTTP with server-sent events, as it was before.
    Place(Box<str>),
    /// By who asks: there are no sessions, and what one client says is called one.
    Peer(u64),
}

/// What is known of an exchange.
pub(super) struct Exchange {
    pub(super) method: Method,
    pub(super) path: Box<str>,
    pub(super) peer: u64,
    /// What the request says of its session.
    pub(super) name: Option<Name>,
    /// The session it was found to belong to.
    pub(super) session: Option<u64>,
    /// Whether ids count within this exchange only.
    pub(super) is_alone: bool,
    pub(super) asked: Option<Cut>,
    pub(super) answer: Option<Cut>,
    pub(super) status: u16,
    /// Something of it could not be read.
    pub(super) is_blind: bool,
}

impl Exchange {
    pub(super) fn new(asked: Asked, name: Option<Name>) -> Self {
        let is_post = asked.method == Method::Post;
        Self {
            method: asked.method,
            path: asked.path,
            peer: asked.peer,
            name,
            session: None,
            is_alone: false,
            asked: is_post.then(|| Cut::new(Form::Json, asked.coding)),
            answer: None,
            status: 0,
            is_blind: false,
        }
    }

    pub(super) fn answered(&mut self, status: u16, form: Form, coding: Coding) {
        self.status = status;
        self.answer = (form != Form::Other).then(|| Cut::new(form, coding));
    }

    /// Whether an answer may have passed by that could not be read: of a body that is one frame, only when it is whole.
    pub(super) fn may_be_answered(&self, over: Over) -> bool {
        let has_events = self.answer.as_ref().is_some_and(Cut::has_events);
        self.is_blind && (over == Over::Whole || has_events)
    }

    pub(super) fn is_refused(&self) -> bool {
        self.status >= 400
    }
}

/// Where an endpoint is, as path and query, when it was named on a stream of this path.
pub(super) fn place(on: &str, named: &str) -> Box<str> {
    let named = named.trim();
    let path = match named.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => named,
    };
    if path.starts_with('/') {
        return path.into();
    }
    let on = on.split('?').next().unwrap_or_default();
    let folder = on.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{path}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_found_from_where_they_are_named() {
        for (on, named, expected) in [
            ("/sse", "/messages/?session_id=1", "/messages/?session_id=1"),
            ("/a/sse?x=/y", "messages?s=1", "/a/messages?s=1"),
            ("/sse", " http://host:1/m?s=1 ", "/m?s=1"),
            ("/sse", "http://host", "/"),
        ] {
            assert_eq!(&*place(on, named), expected, "{named}");
        }
    }
}
