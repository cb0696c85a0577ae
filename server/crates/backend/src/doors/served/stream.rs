//! Streams of events: an answer with what comes before it, and what belongs to no request.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use relay::{Answers, Listener, Said};
use tokio_util::sync::CancellationToken;

/// How often something is sent on a stream on which nothing is said, so that nobody between takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The rest of an answer.
pub(super) fn answers(
    first: Option<Said>,
    mut rest: Answers,
    stop: &CancellationToken,
) -> Response {
    let rest = futures::stream::poll_fn(move |context| rest.poll_next(context));
    let all = futures::stream::iter(first).chain(rest);
    events(all.map(|said| said.text), stop)
}

/// What is said in a session to nobody's request.
pub(super) fn notices(mut listener: Listener, stop: &CancellationToken) -> Response {
    let all = futures::stream::poll_fn(move |context| listener.poll_next(context));
    events(all, stop)
}

fn events(
    texts: impl Stream<Item = String> + Send + 'static,
    stop: &CancellationToken,
) -> Response {
    let texts = texts.take_until(stop.clone().cancelled_owned());
    let events = texts.map(|text| Ok::<_, Infallible>(Event::default().data(text)));
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}
