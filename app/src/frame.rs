//! The frame around every page: navigation, connection, theme.

use std::pin::Pin;
use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::components::A;
use serde::de::DeserializeOwned;
use ui::{Changing, Glyph, Icon, Link, LiveState, ThemeToggle, Toasts, Trouble, format, when};
use wire::Level;

use crate::answer::Loaded;
use crate::api::{First, provide_snapshot};

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
    Effect::new(move |_| {
        if end.get().is_some() {
            live.connect();
        }
    });
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
                    {seeded(|live| count(move || failing(live), "not healthy"))}
                </A>
                <A href="/alerts">
                    <Icon glyph=Glyph::Alert />
                    <span>"Alerts"</span>
                    {seeded(|live| count(move || open_alerts(live), "open"))}
                </A>
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

/// Makes a part of a page from the live state.
type Part = Arc<dyn Fn(LiveState) -> AnyView + Send + Sync>;

/// What needs the live state, shown once the first picture is there.
pub(crate) fn seeded(part: impl Fn(LiveState) -> AnyView + Send + Sync + 'static) -> AnyView {
    seeded_part(Arc::new(part))
}

fn seeded_part(part: Part) -> AnyView {
    let live = expect_context::<LiveState>();
    let first = expect_context::<First>();
    deferred(Room::Small, move || {
        let part = part.clone();
        async move {
            match first.seed(live).await {
                Ok(()) => part(live),
                Err(problem) => view! { <Trouble message=problem.message /> }.into_any(),
            }
        }
    })
}

/// What needs the live state and something loaded besides.
pub(crate) fn seeded_with<T>(
    room: Room,
    loaded: Loaded<T>,
    part: impl Fn(LiveState, T) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: DeserializeOwned + Send + 'static,
{
    let live = expect_context::<LiveState>();
    let first = expect_context::<First>();
    let part = Arc::new(part);
    deferred(room, move || {
        let part = part.clone();
        async move {
            let seed = first.seed(live).await;
            match (seed, loaded.get().await) {
                (Ok(()), Ok(loaded)) => part(live, loaded),
                (Err(problem), _) | (_, Err(problem)) => {
                    view! { <Trouble message=problem.message /> }.into_any()
                }
            }
        }
    })
}

/// How much room is kept for what is still loading, so that nothing jumps.
#[derive(Clone, Copy)]
pub(crate) enum Room {
    /// A line or two.
    Small,
    /// A chart or a list.
    Tall,
}

type Loading = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// What has to be waited for. One piece of code for all parts: it is large, and every browser loads it.
pub(crate) fn deferred<F>(room: Room, part: impl Fn() -> F + Send + Sync + 'static) -> AnyView
where
    F: Future<Output = AnyView> + Send + 'static,
{
    deferred_part(room, Arc::new(move || Box::pin(part())))
}

fn deferred_part(room: Room, part: Arc<dyn Fn() -> Loading + Send + Sync>) -> AnyView {
    let class = match room {
        Room::Small => "skeleton",
        Room::Tall => "skeleton tall",
    };
    // In the browser a part is made anew when what it waited for is loaded again. On the server it is
    // made once: of two makings in one rendering the first would lose its values while it is read.
    #[cfg(feature = "ssr")]
    let content = Suspend::new(part());
    #[cfg(not(feature = "ssr"))]
    let content = move || Suspend::new(part());
    view! {
        <Suspense fallback=move || {
            view! { <p class=class aria-busy="true">"Loading …"</p> }
        }>
            {content}
        </Suspense>
    }
    .into_any()
}
