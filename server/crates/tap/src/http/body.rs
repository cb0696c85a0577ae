//! A body that goes on piece by piece, and is copied on the way.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::endpoint::{Endpoint, Passed};
use super::news::{News, Over};
use super::watcher::Watch;
use crate::copies::{Clock, Copier};

/// A body on its way.
#[derive(Debug)]
pub struct Passing<B> {
    inner: B,
    clock: Clock,
    copier: Option<Copier<News>>,
    /// Of an answer.
    watch: Option<Watch>,
    endpoint: Option<Endpoint>,
}

impl<B> Passing<B> {
    /// A request's.
    pub(super) fn request(inner: B, clock: Clock, copier: Copier<News>) -> Self {
        Self {
            copier: Some(copier),
            ..Self::unseen(inner, clock)
        }
    }

    /// One that nobody watches.
    pub(super) fn unseen(inner: B, clock: Clock) -> Self {
        Self {
            inner,
            clock,
            copier: None,
            watch: None,
            endpoint: None,
        }
    }
}

impl<B: Body> Passing<B> {
    /// An answer's.
    pub(super) fn answer(
        inner: B,
        clock: Clock,
        copier: Option<Copier<News>>,
        mut watch: Option<Watch>,
        endpoint: Option<Endpoint>,
    ) -> Self {
        // Nobody asks for more of an answer that has nothing.
        if let (Some(watch), true) = (&mut watch, inner.is_end_stream()) {
            watch.note(Over::Whole);
        }
        Self {
            inner,
            clock,
            copier,
            watch,
            endpoint,
        }
    }

    fn note(&mut self, over: Over) {
        if let Some(watch) = &mut self.watch {
            watch.note(over);
        }
    }

    /// What goes on for a piece that came; nothing if it is kept back.
    fn passed(&mut self, data: Bytes) -> Option<Bytes> {
        let is_last = self.inner.is_end_stream();
        if let Some(copier) = &mut self.copier {
            // Before it is handed on: an answer must not be seen before what it answers.
            copier.share(self.clock.now_us(), &data, is_last);
        }
        if is_last {
            self.note(Over::Whole);
        }
        let Some(endpoint) = &mut self.endpoint else {
            return Some(data);
        };
        match endpoint.pass(&data) {
            Passed::Held => None,
            Passed::On(bytes) => {
                self.endpoint = None;
                Some(bytes)
            }
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Passing<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        loop {
            let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(context));
            match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        if let Some(data) = self.passed(data) {
                            return Poll::Ready(Some(Ok(Frame::data(data))));
                        }
                    }
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => {
                    self.note(Over::Broken);
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.note(Over::Whole);
                    let held = self.endpoint.take().map(|mut endpoint| endpoint.rest());
                    let held = held.filter(|held| !held.is_empty());
                    return Poll::Ready(held.map(|held| Ok(Frame::data(held))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.endpoint.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.endpoint {
            Some(_) => SizeHint::new(),
            None => self.inner.size_hint(),
        }
    }
}
