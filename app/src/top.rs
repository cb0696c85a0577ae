//! The bar above every page: what is looked at, whether it is live and how old, search, theme.

use leptos::html::{Input, Tag};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use ui::{
    Glyph, Icon, Link, LiveState, PageTime, PaletteButton, ThemeToggle, Zone, all, format, in_turn,
    provide_page_time, time, when,
};
use wire::TimeRange;

use crate::address::Address;
use crate::seeded::seeded;

/// Parts of an address that say what is looked at.
const KEYS: [&str; 3] = ["range", "from", "to"];

/// Makes the page's time known: it stands in the address.
pub(crate) fn provide_time() -> PageTime {
    let address = Address::here();
    let range = move || address.query.with(range_of);
    let choose = move |range: TimeRange| {
        let text = match range == TimeRange::default() {
            true => String::new(),
            false => time::to_query(range),
        };
        let value = |key: &str| {
            let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(name, _)| *name == key);
            found.map_or_else(String::new, |(_, value)| value.to_owned())
        };
        address.set(&KEYS.map(|key| (key, value(key))), false);
    };
    provide_page_time(range, choose)
}

/// What an address looks at; the last hour where it does not say so, or nothing that is understood.
fn range_of(query: &ParamsMap) -> TimeRange {
    let [range, from, to] = KEYS.map(|key| query.get(key));
    time::from_query(range.as_deref(), from.as_deref(), to.as_deref(), now_ms()).unwrap_or_default()
}

/// The time of this machine, for words such as "yesterday"; what is measured has the server's.
fn now_ms() -> i64 {
    #[cfg(feature = "hydrate")]
    return ui::browser_ms();
    #[cfg(not(feature = "hydrate"))]
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// The bar.
#[component]
pub(crate) fn TopBar() -> impl IntoView {
    view! {
        <header class="top">
            {in_turn(|| view! { <RangePicker /> }.into_any())}
            {seeded(|live| view! { <Liveness live=live /> }.into_any())}
            <span class="actions">
                <PaletteButton />
                <ZoneToggle />
                {seeded(sign_out)}
                <ThemeToggle />
            </span>
        </header>
    }
}

/// A way out for who came in with a password.
fn sign_out(live: LiveState) -> AnyView {
    let is_signed_in = move || live.caller.with(|name| name != "local");
    when(is_signed_in, || {
        view! {
            <form method="post" action="/sign-out">
                <button class="quiet" type="submit">"Sign out"</button>
            </form>
        }
    })
}

/// What is looked at: presets are links and the field is a form, so that it works without scripts.
#[component]
fn RangePicker() -> impl IntoView {
    let page_time = expect_context::<PageTime>();
    let (picker, field) = (NodeRef::<Tag>::new(), NodeRef::<Input>::new());
    let mistake = RwSignal::new(String::new());
    let words = move || {
        let zone = page_time.zone.get();
        time::describe(page_time.range.get(), |at| zone.shift(at))
    };
    let close = move || {
        #[cfg(feature = "hydrate")]
        if let Some(picker) = picker.get_untracked() {
            // It is open, because something in it was used.
            let _ = picker.hide_popover();
        }
    };
    let choose = move |range| {
        close();
        page_time.choose(range);
    };
    let typed = move |text: String| {
        let now_ms = now_ms();
        let shift_ms = page_time.zone.get_untracked().shift(now_ms) - now_ms;
        match time::read(&text, now_ms, shift_ms) {
            Ok(range) => {
                mistake.set(String::new());
                choose(range);
            }
            Err(message) => mistake.set(message),
        }
    };
    let presets = time::PRESETS.map(|(text, words)| {
        let range = time::from_query(Some(text), None, None, 0).unwrap_or_default();
        let is_shown = move || page_time.range.get() == range;
        view! {
            <li>
                <a
                    href=format!("?range={text}")
                    aria-current=move || is_shown().then_some("true")
                    on:click=move |event| {
                        event.prevent_default();
                        choose(range);
                    }
                >
                    {words}
                </a>
            </li>
        }
    });
    view! {
        <button class="range" popovertarget="range" data-range-button title="What is looked at (t)">
            <Icon glyph=Glyph::Clock />
            {move || words()}
            <Icon glyph=Glyph::Down />
        </button>
        <div id="range" class="popover" popover="auto" node_ref=picker>
            <form
                method="get"
                on:submit=move |event| {
                    event.prevent_default();
                    if let Some(field) = field.get_untracked() {
                        typed(field.value());
                    }
                }
            >
                <label for="range-text">"Any range"</label>
                <input
                    id="range-text"
                    node_ref=field
                    name="range"
                    autofocus
                    placeholder="last 6h · yesterday · 2026-11-20 to now"
                    autocomplete="off"
                    aria-describedby="range-mistake"
                    aria-invalid=move || mistake.with(|text| !text.is_empty()).to_string()
                />
                <p id="range-mistake" class="mistake" role="alert">{move || mistake.get()}</p>
            </form>
            <ul>{all(presets.into_iter())}</ul>
        </div>
    }
}

/// Whether times are written in UTC or in the browser's zone.
#[component]
fn ZoneToggle() -> impl IntoView {
    let time = expect_context::<PageTime>();
    let zone = time.zone;
    let word = move || match zone.get() {
        Zone::Utc => "UTC",
        Zone::Local => "Local",
    };
    view! {
        <button
            class="quiet optional"
            on:click=move |_| time.switch_zone()
            title="Times in UTC or in this browser's zone"
            aria-label=move || format!("Times are in {}; switch", if zone.get() == Zone::Utc { "UTC" } else { "this browser's zone" })
        >
            {move || word().to_owned()}
        </button>
    }
}

/// Whether what is shown is what is, and how old it is; a click makes it stand still.
#[component]
fn Liveness(live: LiveState) -> impl IntoView {
    let state = move || match (live.is_paused.get(), live.link.get()) {
        (true, _) => "paused",
        (_, Link::Connecting) => "connecting",
        (_, Link::Live) => "live",
        (_, Link::Lost(_)) => "lost",
    };
    let word = move || match state() {
        "paused" => "Paused".to_owned(),
        "live" => "Live".to_owned(),
        "connecting" => format!("As of {}", format::clock(live.fresh_ms.get(), true)),
        _ => "Connection lost; trying again".to_owned(),
    };
    let age = move || {
        let ago = format::ago(live.fresh_ms.get(), live.now_ms.get());
        match (state(), live.held.get()) {
            ("connecting", _) => String::new(),
            ("paused", 0) => format!("as of {ago}"),
            ("paused", new) => format!("as of {ago}, {new} new"),
            _ => format!("updated {ago}"),
        }
    };
    let announced = move || match live.link.get() {
        Link::Lost(_) => "Connection lost; trying again",
        Link::Live | Link::Connecting => "",
    };
    view! {
        <button
            class="connection"
            data-link=move || state()
            aria-pressed=move || live.is_paused.get().to_string()
            title="Stand still, or go on (p)"
            data-pause
            on:click=move |_| live.pause(!live.is_paused.get_untracked())
        >
            <i aria-hidden="true"></i>
            {move || word()}
            " "
            <small>{move || age()}</small>
        </button>
        <p class="hidden-label" role="status">{move || announced().to_owned()}</p>
    }
}
