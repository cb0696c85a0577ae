//! The live socket: topics and queries in, frames out.

use std::pin::pin;

use axum::Extension;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use wire::{Caller, Frame, Services, Subscribe, Subscription, Topic};

use super::Context;
use crate::telemetry::Present;

/// Longest message that a client may send, in bytes: as long as a form with queries may be.
const LONGEST_MESSAGE: usize = 1 << 21;
/// What is read at once, in bytes. Each socket keeps as much, and clients say little.
const READ_BUFFER: usize = 1 << 12;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route(
            "/ws",
            get(|upgrade, context, caller| open(upgrade, context, caller, &[])),
        )
        .route(
            "/observability/live",
            get(|upgrade, context, caller| open(upgrade, context, caller, &[Topic::Servers])),
        )
}

async fn open(
    upgrade: WebSocketUpgrade,
    State(context): State<Context>,
    Extension(caller): Extension<Caller>,
    topics: &'static [Topic],
) -> Response {
    let Context {
        services,
        sessions,
        stop,
        counts,
        ..
    } = context;
    // As it was when this caller was let in.
    let changed = sessions.changed();
    upgrade
        .max_message_size(LONGEST_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(move |socket| async move {
            let _open = Present::of(&counts.sockets);
            let closing = async {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = changed => {}
                }
            };
            talk(socket, services, caller, topics, closing).await;
        })
}

async fn talk(
    mut socket: WebSocket,
    services: Services,
    caller: Caller,
    topics: &[Topic],
    closing: impl Future<Output = ()>,
) {
    let mut closing = pin!(closing);
    let mut subscription = services.live.subscribe(&caller);
    subscription.want(Subscribe {
        subscribe: topics.to_vec(),
        queries: Vec::new(),
    });
    loop {
        tokio::select! {
            () = &mut closing => break,
            message = socket.recv() => match message {
                Some(Ok(message)) => {
                    if let Err(complaint) = listen(&message, subscription.as_mut()) {
                        tracing::debug!(complaint, "a live client was not understood");
                        break;
                    }
                }
                Some(Err(_)) | None => return,
            },
            frame = subscription.next() => match frame {
                Some(frame) => {
                    if send(&mut socket, &frame).await.is_err() {
                        return;
                    }
                }
                None => break,
            },
        }
    }
    // A client that is gone already needs no farewell.
    let _ = socket.send(Message::Close(None)).await;
}

fn listen(message: &Message, subscription: &mut dyn Subscription) -> Result<(), String> {
    let Message::Text(text) = message else {
        return Ok(());
    };
    let wanted: Subscribe = serde_json::from_str(text).map_err(|error| error.to_string())?;
    subscription.want(wanted);
    Ok(())
}

async fn send(socket: &mut WebSocket, frame: &Frame) -> Result<(), axum::Error> {
    let text = serde_json::to_string(frame).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}
