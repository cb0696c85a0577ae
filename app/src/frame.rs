//! The frame around every page: navigation, the bar above the page, messages.

use leptos::html::Tag;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use ui::{Changing, Glyph, Icon, LiveState, PageTime, Toasts, all, effect, in_turn, when};
use wire::Level;

use crate::api::provide_snapshot;
use crate::seeded::seeded;
use crate::shortcuts::provide_shortcuts;
use crate::top::{TopBar, provide_time};

/// A page in the navigation: its address, its picture, its name.
type Place = (&'static str, Glyph, &'static str);

/// Groups of pages. A phone's bar has the first group; the others are behind "More".
const GROUPS: [(&str, &[Place]); 4] = [
    (
        "Watch",
        &[
            ("/", Glyph::Overview, "Overview"),
            ("/servers", Glyph::Server, "Servers"),
            ("/alerts", Glyph::Alert, "Alerts"),
            ("/slo", Glyph::Target, "SLO"),
            ("/dependencies", Glyph::Link, "Map"),
        ],
    ),
    (
        "Look",
        &[
            ("/traffic", Glyph::Activity, "Live traffic"),
            ("/explore", Glyph::Explore, "Explore"),
            ("/dashboards", Glyph::Table, "Dashboards"),
            ("/targets", Glyph::Gauge, "Targets"),
        ],
    ),
    (
        "Work",
        &[
            ("/launcher", Glyph::Terminal, "Launcher"),
            ("/synthex", Glyph::Traces, "SYNTHEX"),
            ("/builds", Glyph::Box, "Builds"),
            ("/benchmarks", Glyph::Stopwatch, "Benchmarks"),
        ],
    ),
    ("Guard", &[("/drift", Glyph::Diamond, "Definitions")]),
];

/// Navigation beside (on a phone: below) the page.
#[component]
pub(crate) fn Frame(
    /// The page.
    children: Children,
) -> impl IntoView {
    provide_snapshot();
    let time = provide_time();
    provide_shortcuts();
    let live = expect_context::<LiveState>();
    // The last element of the page: when it has been taken over, everything has.
    let end = NodeRef::<Tag>::new();
    effect(move || {
        if end.get().is_some() {
            live.connect();
            time.restore_zone();
        }
    });
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the page"</a>
        <div class="frame">
            <nav class="rail" aria-label="Pages">{in_turn(move || rail(time))}</nav>
            <div class="page">
                <TopBar />
                <main id="main" tabindex="-1">{in_turn(children)}</main>
            </div>
        </div>
        <div node_ref=end>
            <Toasts />
        </div>
    }
}

fn rail(time: PageTime) -> AnyView {
    let more = NodeRef::<Tag>::new();
    let [first, others @ ..] = GROUPS;
    // It is closed anyway where all of it is in sight.
    let close = move |_| {
        #[cfg(feature = "hydrate")]
        if let Some(more) = more.get_untracked() {
            let _ = more.hide_popover();
        }
    };
    view! {
        <a href=move || time.href("/") class="brand">
            <Icon glyph=Glyph::Observatory />
            <span>"Observatory"</span>
        </a>
        {group(first)}
        <button class="quiet" popovertarget="places">
            <Icon glyph=Glyph::Lines />
            <span>"More"</span>
        </button>
        <div id="places" popover="auto" node_ref=more on:click=close>
            {all(others.into_iter().map(group))}
        </div>
    }
    .into_any()
}

fn group((name, pages): (&'static str, &'static [Place])) -> AnyView {
    let links = pages.iter().map(|&(path, glyph, word)| {
        let count = match path {
            "/servers" => Some(seeded(|live| count(move || failing(live), "not healthy"))),
            "/alerts" => Some(seeded(|live| count(move || firing(live), "firing"))),
            _ => None,
        };
        link(path, glyph, word, count)
    });
    view! { <h2>{name}</h2> {all(links)} }.into_any()
}

/// A page in the navigation; the one that is shown, or a page below it, is marked. It looks at the
/// same time as this page.
fn link(path: &'static str, glyph: Glyph, word: &'static str, count: Option<AnyView>) -> AnyView {
    let location = use_location().pathname;
    let time = expect_context::<PageTime>();
    let current = move || {
        let rest = location.with(|location| location.strip_prefix(path).map(str::to_owned));
        let is_shown = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_shown.then_some("page")
    };
    view! {
        <a href=move || time.href(path) aria-current=move || current()>
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

fn firing(live: LiveState) -> usize {
    live.alert_totals().firing as usize
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
