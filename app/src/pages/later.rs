//! The pages. In a split build the code of those that are not the first is fetched when one of them is visited.
//!
//! Pages that are visited together are fetched together: each piece of code that is fetched on its own
//! is cut once more for every other piece that shares something with it.

use leptos::prelude::*;
use leptos_router::ChooseView;

use super::{
    AgentPage, Agents, AgentsBoard, AlertHistory, AlertPage, AlertReceivers, AlertRoutes, Alerts,
    AlertsSent, BenchChart, BenchmarkPage, Benchmarks, BoardPage, Boards, BuildPage, Builds, Call,
    DependencyPage, Drift, Events, Explore, Gallery, Launcher, ObjectivePage, Objectives, OnCall,
    Overview, ReportPage, Rules, ServerPage, Servers, Targets, Traffic, Windows,
};

/// A page. All are of one type, because the router's code is compiled anew for every type of page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Later {
    /// The first, whose code is there.
    Overview,
    /// All servers.
    Servers,
    /// One server.
    Server,
    /// Alerts.
    Alerts,
    /// One alert.
    Alert,
    /// What has happened to alerts.
    AlertHistory,
    /// When alerts are held back.
    Windows,
    /// What makes alerts.
    Rules,
    /// Who is told of which alert.
    AlertRoutes,
    /// Who can be told.
    AlertReceivers,
    /// What was sent.
    AlertsSent,
    /// Who is on call.
    OnCall,
    /// What is promised, and whether it is kept.
    Objectives,
    /// One objective, a new one, or the list of reports.
    Objective,
    /// A report to hand on.
    Report,
    /// What tools measured.
    Benchmarks,
    /// One benchmark.
    Benchmark,
    /// Fleets of agents.
    Agents,
    /// What is measured of them.
    AgentsBoard,
    /// One agent.
    Agent,
    /// What hangs on what, and checks.
    Dependencies,
    /// The list of boards.
    Boards,
    /// One board.
    Board,
    /// Builds of Rust programs.
    Builds,
    /// One build.
    Build,
    /// Servers that are started, and processes.
    Launcher,
    /// What is scraped.
    Targets,
    /// Calls as they happen.
    Traffic,
    /// One call.
    Call,
    /// What servers list about themselves.
    Drift,
    /// What changed.
    Events,
    /// PromQL, written and answered.
    Explore,
    /// Every piece in every state.
    Gallery,
    /// A chart that a measurement feeds.
    BenchChart,
}

impl ChooseView for Later {
    async fn choose(self) -> AnyView {
        if self == Self::Overview {
            return view! { <Overview /> }.into_any();
        }
        let styled = ui::more_style();
        let page = match self {
            Self::Explore => explore().await,
            Self::Gallery | Self::BenchChart => pieces(self).await,
            _ => watching(self).await,
        };
        styled.await;
        page
    }

    async fn preload(&self) {}
}

#[cfg_attr(feature = "split", lazy)]
async fn watching(page: Later) -> AnyView {
    match page {
        Later::Server => view! { <ServerPage /> }.into_any(),
        Later::Alerts => view! { <Alerts /> }.into_any(),
        Later::Alert => view! { <AlertPage /> }.into_any(),
        Later::AlertHistory => view! { <AlertHistory /> }.into_any(),
        Later::Windows => view! { <Windows /> }.into_any(),
        Later::Rules => view! { <Rules /> }.into_any(),
        Later::AlertRoutes => view! { <AlertRoutes /> }.into_any(),
        Later::AlertReceivers => view! { <AlertReceivers /> }.into_any(),
        Later::AlertsSent => view! { <AlertsSent /> }.into_any(),
        Later::OnCall => view! { <OnCall /> }.into_any(),
        Later::Objectives => view! { <Objectives /> }.into_any(),
        Later::Objective => view! { <ObjectivePage /> }.into_any(),
        Later::Report => view! { <ReportPage /> }.into_any(),
        Later::Benchmarks => view! { <Benchmarks /> }.into_any(),
        Later::Benchmark => view! { <BenchmarkPage /> }.into_any(),
        Later::Agents => view! { <Agents /> }.into_any(),
        Later::AgentsBoard => view! { <AgentsBoard /> }.into_any(),
        Later::Agent => view! { <AgentPage /> }.into_any(),
        Later::Dependencies => view! { <DependencyPage /> }.into_any(),
        Later::Boards => view! { <Boards /> }.into_any(),
        Later::Builds => view! { <Builds /> }.into_any(),
        Later::Build => view! { <BuildPage /> }.into_any(),
        Later::Launcher => view! { <Launcher /> }.into_any(),
        Later::Targets => view! { <Targets /> }.into_any(),
        Later::Traffic => view! { <Traffic /> }.into_any(),
        Later::Call => view! { <Call /> }.into_any(),
        Later::Drift => view! { <Drift /> }.into_any(),
        Later::Events => view! { <Events /> }.into_any(),
        Later::Board => view! { <BoardPage /> }.into_any(),
        _ => view! { <Servers /> }.into_any(),
    }
}

#[cfg_attr(feature = "split", lazy)]
async fn explore() -> AnyView {
    view! { <Explore /> }.into_any()
}

#[cfg_attr(feature = "split", lazy)]
async fn pieces(page: Later) -> AnyView {
    match page {
        Later::BenchChart => view! { <BenchChart /> }.into_any(),
        _ => view! { <Gallery /> }.into_any(),
    }
}
