//! The page's one socket: topics out, frames in, and healed by itself when it breaks.

use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Frame, Subscribe, Topic};

use crate::{Link, LiveState};

/// The server sends a sign of life every 5 s; a socket that is silent for longer is dead.
const SILENCE_MS: u32 = 12_000;
const FIRST_WAIT_MS: f64 = 500.0;
const LONGEST_WAIT_MS: f64 = 15_000.0;

/// Starts socket and clock.
pub(crate) fn run(state: LiveState) {
    spawn_local(keep_connected(state));
    spawn_local(keep_time(state));
}

/// Counts on between the server's signs of life, with the server's clock and not this machine's.
async fn keep_time(state: LiveState) {
    let mut offset_ms = state.now_ms.get_untracked() - browser_ms();
    let mut last_set = state.now_ms.get_untracked();
    loop {
        TimeoutFuture::new(1000).await;
        let shown = state.now_ms.get_untracked();
        if shown != last_set {
            offset_ms = shown - browser_ms();
        }
        last_set = browser_ms() + offset_ms;
        state.now_ms.set(last_set);
    }
}

fn browser_ms() -> i64 {
    js_sys::Date::now() as i64
}

async fn keep_connected(state: LiveState) {
    let mut wait_ms = FIRST_WAIT_MS;
    loop {
        let was_live = listen(state).await;
        if was_live {
            wait_ms = FIRST_WAIT_MS;
        }
        if !matches!(state.link.get_untracked(), Link::Lost(_)) {
            state.link.set(Link::Lost(state.now_ms.get_untracked()));
        }
        // Half fixed, half random: a hundred pages do not come back in the same instant.
        let jittered = wait_ms * (0.5 + js_sys::Math::random() / 2.0);
        TimeoutFuture::new(jittered as u32).await;
        wait_ms = (wait_ms * 2.0).min(LONGEST_WAIT_MS);
    }
}

/// Reads until the socket breaks; whether it was ever live.
async fn listen(state: LiveState) -> bool {
    let Ok(mut socket) = WebSocket::open(&address()) else {
        return false;
    };
    let wanted = Subscribe {
        subscribe: vec![Topic::Servers, Topic::Alerts, Topic::Events, Topic::Samples],
    };
    let Ok(wanted) = serde_json::to_string(&wanted) else {
        return false;
    };
    if socket.send(Message::Text(wanted)).await.is_err() {
        return false;
    }
    let mut was_live = false;
    loop {
        let silence = TimeoutFuture::new(SILENCE_MS);
        let text = match select(socket.next(), silence).await {
            Either::Left((Some(Ok(Message::Text(text))), _)) => text,
            Either::Left((Some(Ok(Message::Bytes(_))), _)) => continue,
            Either::Left((Some(Err(_)) | None, _)) | Either::Right(_) => return was_live,
        };
        match serde_json::from_str::<Frame>(&text) {
            Ok(frame) => {
                if !was_live {
                    was_live = true;
                    state.link.set(Link::Live);
                }
                state.apply(frame);
            }
            // Another version of the product has been started: its pages are not these.
            Err(error) => {
                leptos::logging::error!("the live socket speaks another version: {error}");
                return was_live;
            }
        }
    }
}

fn address() -> String {
    let location = window().location();
    let scheme = match location.protocol().as_deref() {
        Ok("https:") => "wss",
        _ => "ws",
    };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
