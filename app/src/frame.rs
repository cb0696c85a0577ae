//! The frame around every page: navigation, connection, theme.

use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use ui::{Changing, Glyph, Icon, Link, LiveState, ThemeToggle, Toasts, effect, format, when};
use wire::Level;

use crate::api::provide_snapshot;
use crate::seeded::seeded;

/// Navigation beside (on a phone: below) the page.
#[component]
pub(crate) fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    provide_snapshot();
    let live = expect_context::<LiveState>();
    // The last element of the page: when it has been taken over, everything has.
    let end = NodeRef::<Div>::new();
    effect(move || {
        if end.get().is_some() {
            live.connect();
        }
    });
    let not_healthy = seeded(|live| count(move || failing(live), "not healthy"));
    let open = seeded(|live| count(move || open_alerts(live), "open"));
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="frame">
            <nav class="rail" aria-label="Pages">
                <a href="/" class="brand">
                    <Icon glyph=Glyph::Observatory />
                    <span>"Observatory"</span>
                </a>
                <h2>"Watch"</h2>
                {link("/", Glyph::Overview, "Overview", None)}
                {link("/servers", Glyph::Server, "Servers", Some(not_healthy))}
                {link("/alerts", Glyph::Alert, "Alerts", Some(open))}
            </nav>
            <div class="page">
                <header class="top">
                    <Connection />
                    <span class="actions">
                        {seeded(sign_out)} <ThemeToggle />
                    </span>
                </header>
                <main id="main" tabindex="-1">
                    {children()}
                </main>
            </div>
        </div>
        <div node_ref=end>
            <Toasts />
        </div>
    }
}

/// A page in the navigation; the one that is shown, or a page below it, is marked.
fn link(href: &'static str, glyph: Glyph, word: &'static str, count: Option<AnyView>) -> AnyView {
    let path = use_location().pathname;
    let current = move || {
        let rest = path.with(|path| path.strip_prefix(href).map(str::to_owned));
        let is_shown = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_shown.then_some("page")
    };
    view! {
        <a href=href aria-current=move || current()>
            <Icon glyph=glyph />
            <span>{word}</span>
            {count}
        </a>
    }
    .into_any()
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
fn count(number: impl Fn() -> usize + Send + Sync + 'static, what: &'static str) -> AnyView {
    let number = Changing::from(number);
    let some = number.clone();
    when(
        move || some.get() > 0,
        move || {
            let (in_title, number) = (number.clone(), number.clone());
            view! {
                <b class="count" title=move || format!("{} {what}", in_title.get())>
                    {move || number.get().to_string()}
                </b>
            }
        },
    )
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
        <p class="connection" data-link=move || state() role="status">
            <i aria-hidden="true"></i>
            {move || words()}
        </p>
    }
}
