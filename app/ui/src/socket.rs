//! The page's one socket: topics out, frames in, and healed by itself when it breaks.

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{Either, select};
use futures::{SinkExt, StreamExt};
use gloo_net::websocket::Message;
use gloo_net::websocket::futures::WebSocket;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wire::{Subscribe, Topic};

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
        if document().hidden() {
            continue;
        }
        let shown = state.now_ms.get_untracked();
        if shown != last_set {
            offset_ms = shown - browser_ms();
        }
        last_set = browser_ms() + offset_ms;
        state.now_ms.set(last_set);
    }
}

/// The time of the browser's machine, in milliseconds since 1970.
pub fn browser_ms() -> i64 {
    js_sys::Date::now() as i64
}

async fn keep_connected(state: LiveState) {
    let (wake, mut woken) = unbounded();
    watch_visibility(wake.clone());
    // Nobody hears it when the page is gone.
    state.feeds.on_change(move || drop(wake.unbounded_send(())));
    let mut wait_ms = FIRST_WAIT_MS;
    loop {
        // A tab that nobody sees asks for nothing.
        while sleeps(state) {
            woken.next().await;
        }
        let was_live = listen(state, &mut woken).await;
        if sleeps(state) {
            continue;
        }
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

/// Whether nobody sees the tab, and nobody listens to it.
fn sleeps(state: LiveState) -> bool {
    document().hidden() && !state.alarm.keeps_awake.get_untracked()
}

/// What the page wants to hear of; where nobody sees it, of alerts alone.
fn wanted(state: LiveState) -> Subscribe {
    match document().hidden() {
        true => Subscribe {
            subscribe: vec![Topic::Alerts],
            queries: Vec::new(),
        },
        false => state.wanted(),
    }
}

/// Wakes the socket when the tab is hidden or seen again.
fn watch_visibility(wake: UnboundedSender<()>) {
    let changed = Closure::<dyn FnMut()>::new(move || drop(wake.unbounded_send(())));
    let listener = changed.into_js_value();
    // Without the event the socket stays open while the tab is hidden: it costs, nothing breaks.
    let _ =
        document().add_event_listener_with_callback("visibilitychange", listener.unchecked_ref());
}

/// What happens next.
enum Next {
    Said(String),
    Wanted,
    Broken,
}

/// Reads until the socket breaks or nobody looks; whether it was ever live.
async fn listen(state: LiveState, woken: &mut UnboundedReceiver<()>) -> bool {
    let Ok(mut socket) = WebSocket::open(&address()) else {
        return false;
    };
    let mut asked = Subscribe::default();
    let mut was_live = false;
    let mut was_paused = state.is_paused.get_untracked();
    let mut next = Next::Wanted;
    loop {
        match next {
            Next::Broken => return was_live,
            Next::Wanted if sleeps(state) => return was_live,
            Next::Wanted => {
                let is_paused = state.is_paused.get_untracked();
                // Who goes on wants snapshots: what came in between was counted, not kept.
                if was_paused && !is_paused && !say(&mut socket, &Subscribe::default()).await {
                    return was_live;
                }
                let goes_on = was_paused && !is_paused;
                was_paused = is_paused;
                let wanted = wanted(state);
                if goes_on || !same(&asked, &wanted) {
                    if !say(&mut socket, &wanted).await {
                        return was_live;
                    }
                    asked = wanted;
                }
            }
            Next::Said(text) => match wire::read(&text) {
                Ok(frame) => {
                    if !was_live {
                        was_live = true;
                        state.link.set(Link::Live);
                    }
                    state.hear(frame);
                }
                // Another version of the product has been started: its pages are not these.
                Err(error) => {
                    leptos::logging::error!("the live socket speaks another version: {error}");
                    return was_live;
                }
            },
        }
        next = turn(&mut socket, woken).await;
    }
}

async fn turn(socket: &mut WebSocket, woken: &mut UnboundedReceiver<()>) -> Next {
    let silence = TimeoutFuture::new(SILENCE_MS);
    match select(woken.next(), select(socket.next(), silence)).await {
        Either::Left(_) => Next::Wanted,
        Either::Right((Either::Left((Some(Ok(Message::Text(text))), _)), _)) => Next::Said(text),
        Either::Right((Either::Left((Some(Ok(Message::Bytes(_))), _)), _)) => Next::Wanted,
        Either::Right(_) => Next::Broken,
    }
}

/// Whether the same is asked for, whatever has been answered meanwhile.
fn same(asked: &Subscribe, wanted: &Subscribe) -> bool {
    let ids = |subscribe: &Subscribe| -> Vec<u32> {
        subscribe.queries.iter().map(|query| query.id).collect()
    };
    asked.subscribe == wanted.subscribe && ids(asked) == ids(wanted)
}

async fn say(socket: &mut WebSocket, wanted: &Subscribe) -> bool {
    let text = Message::Text(wanted.to_json());
    socket.send(text).await.is_ok()
}

fn address() -> String {
    let location = window().location();
    let scheme = match location.protocol().as_deref() {
        Ok("https:") => "wss",
        _ => "ws",
    };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
