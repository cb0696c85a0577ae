//! The user interface: pages, panels, server functions. It knows the host through `wire` alone.

#![allow(
    clippy::redundant_closure,
    reason = "only a closure that is written in place is boxed by the view macro"
)]
#![recursion_limit = "256"]

mod address;
mod alerts;
mod answer;
mod api;
mod benchmarks;
mod board;
mod builds;
mod drift;
mod events;
mod explore;
mod facts;
mod frame;
mod glance;
mod kept;
mod labelled;
mod launcher;
mod loaded;
#[cfg(feature = "ssr")]
mod more_style;
mod notify;
mod pages;
mod panels;
mod quiet;
mod routes;
mod rules;
mod searched;
mod seeded;
mod shortcuts;
mod slo;
mod synthex;
mod title;
mod top;
mod traffic;

use leptos::children::ToChildren;
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_router::components::{FlatRoutes, RouteChildren, Router};
use ui::{provide_live, provide_questions, provide_theme, provide_toasts};

use frame::Frame;
use routes::Routes;

#[cfg(feature = "ssr")]
pub use api::theme;
#[cfg(feature = "ssr")]
pub use more_style::{MORE_STYLE, MORE_STYLE_PATH};
#[cfg(feature = "ssr")]
pub use pages::sign_in_page;

/// Says that the page has stopped, and offers to load it again: WebAssembly that has failed, as it does where a piece of code
/// cannot be fetched, cannot say so itself.
#[cfg(feature = "ssr")]
const STOPPED: &str = include_str!("stopped.js");

/// The HTML around the application; the host renders it, the browser never does.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let request = use_context::<http::request::Parts>();
    let theme = request.as_ref().and_then(|parts| theme(&parts.headers));
    let is_first_page = request.is_some_and(|parts| parts.uri.path() == "/");
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <Head options=options.clone() />
                {more_style::link(is_first_page)}
                <AutoReload options=options.clone() />
                <HydrationScripts options=options.clone() />
                <script nonce=leptos::nonce::use_nonce() inner_html=STOPPED></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// What stands in the head of every page.
#[cfg(feature = "ssr")]
#[component]
fn Head(options: LeptosOptions) -> impl IntoView {
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
        <leptos_meta::HashedStylesheet options=options id="leptos" />
    }
}

/// The router and the few contexts that every page needs.
#[component]
pub fn App() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos_meta::provide_meta_context();
    provide_toasts();
    provide_theme();
    provide_live();
    provide_questions();
    let routes = RouteChildren::to_children(Routes::new);
    view! {
        <Router>
            <Frame>
                <FlatRoutes fallback=pages::NotFound children=routes />
            </Frame>
        </Router>
    }
}
