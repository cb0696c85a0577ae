//! Times as people read them: relative, with the exact one on hover.

use leptos::prelude::*;

use crate::LiveState;
use crate::format;

/// `5 min ago`, kept true by the live clock.
#[component]
pub fn Ago(
    /// When.
    at_ms: i64,
) -> impl IntoView {
    let now = expect_context::<LiveState>().now_ms;
    view! {
        <time datetime=format::machine(at_ms) title=format::exact(at_ms)>
            {move || format::ago(at_ms, now.get())}
        </time>
    }
}

/// `04:05:06`, in UTC.
#[component]
pub fn Clocked(
    /// When.
    at_ms: i64,
) -> impl IntoView {
    view! {
        <time datetime=format::machine(at_ms) title=format::exact(at_ms)>
            {format::clock(at_ms, true)}
        </time>
    }
}
