//! The frame around every page: navigation, connection, theme.

use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use ui::{Glyph, Icon, Link, LiveState, ThemeToggle, Toasts, Trouble, format};
use wire::Level;

use crate::api::First;

/// Navigation beside (on a phone: below) the page.
#[component]
pub(crate) fn Frame() -> impl IntoView {
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="frame">
            <nav class="rail" aria-label="Pages">
                <A href="/" attr:class="brand">
                    <Icon glyph=Glyph::Observatory />
                    <span>"Observatory"</span>
                </A>
                <h2>"Watch"</h2>
                <A href="/" exact=true>
                    <Icon glyph=Glyph::Overview />
                    <span>"Overview"</span>
                </A>
                <A href="/servers">
                    <Icon glyph=Glyph::Server />
                    <span>"Servers"</span>
                    <Seeded view=|live| view! { <Count number=move || failing(live) what="not healthy" /> } />
                </A>
                <A href="/alerts">
                    <Icon glyph=Glyph::Alert />
                    <span>"Alerts"</span>
                    <Seeded view=|live| view! { <Count number=move || open_alerts(live) what="open" /> } />
                </A>
            </nav>
            <div class="page">
                <header class="top">
                    <Connection />
                    <ThemeToggle />
                </header>
                <main id="main" tabindex="-1">
                    <Outlet />
                </main>
            </div>
        </div>
        <Toasts />
    }
}

fn failing(live: LiveState) -> usize {
    let is_failing = |level: Level| matches!(level, Level::Unhealthy | Level::Degraded);
    live.servers.with(|servers| {
        servers
            .iter()
            .filter(|s| is_failing(s.with(|s| s.verdict.level)))
            .count()
    })
}

fn open_alerts(live: LiveState) -> usize {
    live.alerts
        .with(|alerts| alerts.iter().filter(|alert| alert.is_open()).count())
}

/// A number beside a page's name; nothing when it is zero.
#[component]
fn Count(
    number: impl Fn() -> usize + Send + Sync + Copy + 'static,
    what: &'static str,
) -> impl IntoView {
    view! {
        <Show when=move || { number() > 0 }>
            <b class="count" title=move || format!("{} {what}", number())>{number}</b>
        </Show>
    }
}

/// Whether what is shown is what is.
#[component]
fn Connection() -> impl IntoView {
    let live = expect_context::<LiveState>();
    let state = move || match live.link.get() {
        Link::Connecting => "connecting",
        Link::Live => "live",
        Link::Lost(_) => "lost",
    };
    let words = move || match live.link.get() {
        Link::Connecting => "As of loading".to_owned(),
        Link::Live => "Live".to_owned(),
        Link::Lost(since) => format!(
            "Connection lost {}; trying again",
            format::ago(since, live.now_ms.get())
        ),
    };
    view! {
        <p class="connection" data-link=state role="status">
            <i aria-hidden="true"></i>
            {words}
        </p>
    }
}

/// What needs the live state, shown once the first picture is there.
#[component]
pub(crate) fn Seeded<V, F>(
    /// Makes the view.
    view: F,
) -> impl IntoView
where
    V: IntoView + 'static,
    F: Fn(LiveState) -> V + Clone + Send + Sync + 'static,
{
    let live = expect_context::<LiveState>();
    let first = expect_context::<First>();
    view! {
        <Suspense fallback=|| {
            view! { <p class="skeleton" aria-busy="true">"Loading …"</p> }
        }>
            {move || {
                let view = view.clone();
                Suspend::new(async move {
                    match first.seed(live).await {
                        Ok(()) => leptos::either::Either::Left(view(live)),
                        Err(problem) => {
                            leptos::either::Either::Right(view! { <Trouble message=problem.message /> })
                        }
                    }
                })
            }}
        </Suspense>
    }
}
