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
mod board;
mod builds;
mod drift;
mod explore;
mod facts;
mod frame;
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
mod rules;
mod searched;
mod seeded;
mod shortcuts;
mod slo;
mod title;
mod top;
mod traffic;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};
use ui::{provide_live, provide_questions, provide_theme, provide_toasts};

use frame::Frame;
use pages::Later;

#[cfg(feature = "ssr")]
pub use api::theme;
#[cfg(feature = "ssr")]
pub use more_style::{MORE_STYLE, MORE_STYLE_PATH};
#[cfg(feature = "ssr")]
pub use pages::sign_in_page;

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
    view! {
        <Router>
            <Frame>
                <FlatRoutes fallback=pages::NotFound>
                    <Route path=path!("/") view=pages::Overview ssr=SsrMode::Async />
                    <Route path=path!("/servers") view=Later::Servers ssr=SsrMode::Async />
                    <Route path=path!("/servers/:name") view=Later::Server ssr=SsrMode::Async />
                    <Route path=path!("/alerts") view=Later::Alerts ssr=SsrMode::Async />
                    <Route path=path!("/alerts/history") view=Later::AlertHistory ssr=SsrMode::Async />
                    <Route path=path!("/alerts/windows") view=Later::Windows ssr=SsrMode::Async />
                    <Route path=path!("/alerts/rules") view=Later::Rules ssr=SsrMode::Async />
                    <Route path=path!("/alerts/routes") view=Later::AlertRoutes ssr=SsrMode::Async />
                    <Route path=path!("/alerts/receivers") view=Later::AlertReceivers ssr=SsrMode::Async />
                    <Route path=path!("/alerts/sent") view=Later::AlertsSent ssr=SsrMode::Async />
                    <Route path=path!("/alerts/on-call") view=Later::OnCall ssr=SsrMode::Async />
                    <Route path=path!("/alerts/:id") view=Later::Alert ssr=SsrMode::Async />
                    <Route path=path!("/slo") view=Later::Objectives ssr=SsrMode::Async />
                    <Route path=path!("/slo/:id") view=Later::Objective ssr=SsrMode::Async />
                    <Route path=path!("/slo/reports/:id") view=Later::Report ssr=SsrMode::Async />
                    <Route path=path!("/dependencies") view=Later::Dependencies ssr=SsrMode::Async />
                    <Route path=path!("/launcher") view=Later::Launcher ssr=SsrMode::Async />
                    <Route path=path!("/d/mcp-launcher") view=Later::Launcher ssr=SsrMode::Async />
                    <Route path=path!("/builds") view=Later::Builds ssr=SsrMode::Async />
                    <Route path=path!("/builds/:id") view=Later::Build ssr=SsrMode::Async />
                    <Route path=path!("/d/rust-compilation") view=Later::Builds ssr=SsrMode::Async />
                    <Route path=path!("/dashboards") view=Later::Boards ssr=SsrMode::Async />
                    <Route path=path!("/dashboards/:name") view=Later::Board ssr=SsrMode::Async />
                    <Route path=path!("/bench/chart") view=Later::BenchChart ssr=SsrMode::Async />
                    <Route path=path!("/settings/gallery") view=Later::Gallery ssr=SsrMode::Async />
                    <Route path=path!("/targets") view=Later::Targets ssr=SsrMode::Async />
                    <Route path=path!("/traffic") view=Later::Traffic ssr=SsrMode::Async />
                    <Route path=path!("/traffic/calls/:id") view=Later::Call ssr=SsrMode::Async />
                    <Route path=path!("/drift") view=Later::Drift ssr=SsrMode::Async />
                    <Route path=path!("/explore") view=Later::Explore ssr=SsrMode::Async />
                </FlatRoutes>
            </Frame>
        </Router>
    }
}
