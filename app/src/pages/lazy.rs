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

/// The page of all servers.
pub(crate) struct ServersRoute;

#[lazy_route]
impl LazyRoute for ServersRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::Servers /> }.into_any()
    }
}

/// The list of boards.
pub(crate) struct BoardsRoute;

#[lazy_route]
impl LazyRoute for BoardsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::Boards /> }.into_any()
    }
}

/// A board.
pub(crate) struct BoardRoute;

#[lazy_route]
impl LazyRoute for BoardRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::BoardPage /> }.into_any()
    }
}

/// A chart that a measurement feeds.
pub(crate) struct BenchChartRoute;

#[lazy_route]
impl LazyRoute for BenchChartRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::BenchChart /> }.into_any()
    }
}

/// Every piece in every state.
pub(crate) struct GalleryRoute;

#[lazy_route]
impl LazyRoute for GalleryRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::Gallery /> }.into_any()
    }
}

/// PromQL, written and answered.
pub(crate) struct ExploreRoute;

#[lazy_route]
impl LazyRoute for ExploreRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <super::Explore /> }.into_any()
    }
}
