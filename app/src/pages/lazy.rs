//! Pages whose code is fetched when they are first visited; only in split builds.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The page of one server.
pub(crate) struct ServerRoute;

#[lazy_route]
impl LazyRoute for ServerRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::ServerPage /> }.into_any()
    }
}

/// The page of alerts.
pub(crate) struct AlertsRoute;

#[lazy_route]
impl LazyRoute for AlertsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::Alerts /> }.into_any()
    }
}
