//! What of it is the browser's: the tone, the message, the lock, and what it refuses.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wire::{Alert, Severity};

use super::chosen;
use super::news::Known;
use crate::LiveState;
use crate::live::mark;
use crate::socket::browser_ms;
use web_sys::{
    AudioContext, AudioContextState, Notification, NotificationOptions, NotificationPermission,
};

/// Alerts that come within this time of the first are told with it.
const BURST_MS: i64 = 5_000;
/// The name of the lock, of the message that takes an earlier one's place, and of what tabs without locks say to each other.
const NAME: &str = "observatory-alarm";

const NO_MESSAGES: &str =
    "This browser shows no messages of this page: it wants HTTPS, or a page of this machine. ";
const DENIED: &str = "This browser was told to show no messages of this page; its settings for the page can allow them. ";
const NOT_ASKED: &str =
    "Messages are not allowed yet: choose a severity once more and allow them. ";
const SILENT: &str =
    "There is no sound until you click somewhere on the page: the browser wants that first. ";
const NO_SOUND: &str = "This browser makes no sound. ";

/// What rings.
pub(super) struct Bell {
    audio: Option<AudioContext>,
    has_locks: bool,
    is_leading: Rc<Cell<bool>>,
    known: RefCell<Known>,
    /// When a burst began, and how many alerts it has.
    burst: Cell<(i64, usize)>,
}

/// What is wanted of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To go on listening.
    GoOn,
    /// To begin: somebody has just clicked, so the browser is asked what it lets through.
    Begin,
    /// To ring once, in a click.
    Test,
}

/// Listens from the first wish on.
#[cfg_attr(feature = "split", leptos::prelude::lazy)]
pub(super) async fn alarm(live: LiveState, wish: Wish) {
    let bell = bell(live);
    if let Some(audio) = bell.audio.as_ref().filter(|_| wish != Wish::GoOn) {
        // It says later whether it does.
        let _ = audio.resume();
    }
    match wish {
        Wish::GoOn => say_trouble(live, &bell),
        Wish::Begin => ask_for_messages(live, bell),
        Wish::Test => {
            bell.sound(Severity::Critical);
            let text = "So it looks when an alert begins to fire.";
            bell.show("This is a test", text);
            say_trouble(live, &bell);
        }
    }
}

/// The page's bell, made when it is needed first.
fn bell(live: LiveState) -> Rc<Bell> {
    if let Some(bell) = live.alarm.bell.get_value() {
        return bell;
    }
    let mut known = Known::default();
    let now_ms = live.now_ms.get_untracked();
    // What fires already is no news.
    live.alerts.with_untracked(|alerts| {
        for alert in alerts {
            known.take(alert, Severity::Info, now_ms);
        }
    });
    let is_leading = Rc::new(Cell::new(false));
    let has_locks = lead(live, Rc::clone(&is_leading));
    let bell = Rc::new(Bell {
        audio: AudioContext::new().ok(),
        has_locks,
        is_leading,
        known: RefCell::new(known),
        burst: Cell::new((0, 0)),
    });
    live.alarm.bell.set_value(Some(Rc::clone(&bell)));
    if !has_locks {
        live.alarm.keeps_awake.set(true);
    }
    let kept = live.alarm.bell;
    live.on_alerts(move |alerts| {
        if let Some(bell) = kept.try_get_value().flatten() {
            bell.hear(live, alerts);
        }
    });
    wake_at_gestures(live, &bell);
    bell
}

impl Bell {
    fn hear(&self, live: LiveState, alerts: &[Alert]) {
        // Another tab may have changed it.
        let Some(from) = chosen() else {
            return live.alarm.from.set(None);
        };
        let now_ms = live.now_ms.get_untracked();
        let mut known = self.known.borrow_mut();
        let is_news = |alert: &&Alert| known.take(alert, from, now_ms);
        let news: Vec<&Alert> = alerts.iter().filter(is_news).collect();
        let worst = news.iter().map(|alert| alert.severity).max();
        let Some(worst) = worst.filter(|_| self.leads()) else {
            return;
        };
        let (begun_ms, told) = self.burst.get();
        let is_new = !(0..BURST_MS).contains(&(browser_ms() - begun_ms));
        let count = if is_new { 0 } else { told } + news.len();
        self.burst
            .set((if is_new { browser_ms() } else { begun_ms }, count));
        if is_new {
            self.sound(worst);
        }
        let first = news.iter().find(|alert| alert.severity == worst);
        let summary = first.map_or("", |alert| alert.summary.as_str());
        let title = match count {
            1 => format!("{}: {summary}", worst.as_str()),
            count => format!("{count} alerts fire"),
        };
        let text = match count {
            1 => first.map_or("", |alert| alert.description.as_str()),
            _ => summary,
        };
        self.show(&title, text);
        say_trouble(live, self);
    }

    /// Whether it is this tab that rings.
    fn leads(&self) -> bool {
        if self.has_locks {
            return self.is_leading.get();
        }
        // Without locks the first that says so does.
        let Ok(Some(storage)) = window().local_storage() else {
            return true;
        };
        let last = storage.get_item(NAME).ok().flatten();
        let last_ms: i64 = last.and_then(|text| text.parse().ok()).unwrap_or(0);
        let (begun_ms, _) = self.burst.get();
        let is_theirs = (0..BURST_MS).contains(&(browser_ms() - last_ms)) && last_ms != begun_ms;
        if !is_theirs {
            let _ = storage.set_item(NAME, &browser_ms().to_string());
        }
        !is_theirs
    }

    /// Two tones, three times where it is bad.
    fn sound(&self, severity: Severity) {
        let times = if severity >= Severity::Critical { 3 } else { 1 };
        let rung = self.audio.as_ref().map(|audio| ring(audio, times));
        if matches!(rung, Some(Ok(()))) {
            mark("alarm:sound");
        }
    }

    fn show(&self, title: &str, text: &str) {
        if may_show() != Some(NotificationPermission::Granted) {
            return;
        }
        let options = NotificationOptions::new();
        options.set_body(text);
        options.set_tag(NAME);
        options.set_icon("/favicon.svg");
        // Some browsers of phones show messages in another way only; the tone is heard there all the same.
        let Ok(message) = Notification::new_with_options(title, &options) else {
            return;
        };
        let closed = message.clone();
        let look = Closure::once_into_js(move || {
            let _ = window().focus();
            let _ = window().location().set_href("/alerts");
            closed.close();
        });
        message.set_onclick(Some(look.unchecked_ref()));
        mark("alarm:message");
    }
}

fn ring(audio: &AudioContext, times: u32) -> Result<(), JsValue> {
    for n in 0..times {
        for (later, pitch) in [(0.0, 880.0), (0.16, 660.0)] {
            let at = audio.current_time() + 0.02 + f64::from(n) * 0.45 + later;
            let (tone, loudness) = (audio.create_oscillator()?, audio.create_gain()?);
            tone.frequency().set_value(pitch);
            // Swelling and fading, so that it does not crack.
            let gain = loudness.gain();
            gain.set_value_at_time(0.0, at)?;
            gain.linear_ramp_to_value_at_time(0.25, at + 0.02)?;
            gain.linear_ramp_to_value_at_time(0.0, at + 0.14)?;
            tone.connect_with_audio_node(&loudness)?;
            loudness.connect_with_audio_node(&audio.destination())?;
            tone.start_with_when(at)?;
            tone.stop_with_when(at + 0.15)?;
        }
    }
    Ok(())
}

/// What the browser lets through; nothing where it has no messages.
fn may_show() -> Option<NotificationPermission> {
    let has = Reflect::has(&window(), &"Notification".into()).unwrap_or(false);
    has.then(Notification::permission)
}

fn ask_for_messages(live: LiveState, bell: Rc<Bell>) {
    say_trouble(live, &bell);
    if may_show() != Some(NotificationPermission::Default) {
        return;
    }
    if let Ok(answer) = Notification::request_permission() {
        let answered = Closure::once(move |_: JsValue| say_trouble(live, &bell));
        let _ = answer.then(&answered);
        answered.forget();
    }
}

/// Says what the browser keeps back.
fn say_trouble(live: LiveState, bell: &Bell) {
    let messages = match may_show() {
        None => NO_MESSAGES,
        Some(NotificationPermission::Granted) => "",
        Some(NotificationPermission::Denied) => DENIED,
        Some(_) => NOT_ASKED,
    };
    let sound = match bell.audio.as_ref().map(AudioContext::state) {
        None => NO_SOUND,
        Some(AudioContextState::Running) => "",
        Some(_) => SILENT,
    };
    let trouble = match live.alarm.from.get_untracked() {
        Some(_) => format!("{messages}{sound}"),
        None => String::new(),
    };
    live.alarm.trouble.set(trouble);
}

/// The sound begins with the first gesture, where the browser wants one.
fn wake_at_gestures(live: LiveState, bell: &Rc<Bell>) {
    let Some(audio) = bell.audio.clone() else {
        return;
    };
    let of_state = Rc::clone(bell);
    let changed = Closure::<dyn FnMut()>::new(move || say_trouble(live, &of_state));
    audio.set_onstatechange(Some(changed.into_js_value().unchecked_ref()));
    let wake = Closure::<dyn FnMut()>::new(move || {
        if audio.state() == AudioContextState::Suspended {
            let _ = audio.resume();
        }
    });
    let wake = wake.into_js_value();
    for gesture in ["pointerdown", "keydown"] {
        // Without it there is no sound, which is said.
        let _ = document().add_event_listener_with_callback(gesture, wake.unchecked_ref());
    }
}

/// Asks for the lock that one tab has at a time, and listens on while hidden once it is had. Whether there are locks.
fn lead(live: LiveState, is_leading: Rc<Cell<bool>>) -> bool {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let locks = get(&window().navigator(), "locks").filter(JsValue::is_object);
    let Some(locks) = locks else {
        return false;
    };
    let request = get(&locks, "request").and_then(|it| it.dyn_into::<Function>().ok());
    let Some(request) = request else {
        return false;
    };
    let held = Closure::once_into_js(move |_: JsValue| -> Promise {
        is_leading.set(true);
        live.alarm.keeps_awake.set(true);
        live.feeds.changed();
        // It is had until the tab is closed.
        Promise::new(&mut |_, _| {})
    });
    request.call2(&locks, &NAME.into(), &held).is_ok()
}
