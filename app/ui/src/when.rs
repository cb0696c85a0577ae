//! Times as people read them: relative, with the exact one on hover.

use leptos::prelude::*;

use crate::format;
use crate::{LiveState, PageTime, Zone};

/// In which zone times are written here.
fn zone() -> impl Fn() -> Zone + Copy + Send + Sync {
    let time = use_context::<PageTime>();
    move || time.map_or(Zone::Utc, |time| time.zone.get())
}

/// `5 min ago`, kept true by the live clock.
#[component]
pub fn Ago(
    /// When.
    at_ms: i64,
) -> impl IntoView {
    let now = expect_context::<LiveState>().now_ms;
    let zone = zone();
    view! {
        <time datetime=format::machine(at_ms) title=move || zone().exact(at_ms)>
            {move || format::ago(at_ms, now.get())}
        </time>
    }
}

/// `04:05:06`, in the page's zone.
#[component]
pub fn Clocked(
    /// When.
    at_ms: i64,
) -> impl IntoView {
    let zone = zone();
    view! {
        <time datetime=format::machine(at_ms) title=move || zone().exact(at_ms)>
            {move || format::clock(zone().shift(at_ms), true)}
        </time>
    }
}
