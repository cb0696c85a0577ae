//! The pages, a file each; a page answers one question in words and composes panels.

mod alert;
mod alert_parts;
mod alerts;
mod bench_chart;
mod benchmarks;
mod boards;
mod builds;
mod dependencies;
mod drift;
mod events;
mod explore;
mod gallery;
mod gallery_charts;
mod later;
mod launcher;
mod not_found;
mod notify;
mod overview;
mod rules;
mod server;
mod servers;
#[cfg(feature = "ssr")]
mod sign_in;
mod slo;
mod synthex;
mod targets;
mod traffic;
mod windows;

use alert::{AlertHistory, AlertPage};
use alerts::Alerts;
use bench_chart::BenchChart;
use benchmarks::{BenchmarkPage, Benchmarks};
use boards::{BoardPage, Boards};
use builds::{BuildPage, Builds};
use dependencies::DependencyPage;
use drift::Drift;
use events::Events;
use explore::Explore;
use gallery::Gallery;
use launcher::Launcher;
use notify::{AlertReceivers, AlertRoutes, AlertsSent, OnCall};
use overview::Overview;
use rules::Rules;
use server::ServerPage;
use servers::Servers;
use slo::{ObjectivePage, Objectives, ReportPage};
use synthex::{AgentPage, Agents, AgentsBoard};
use targets::Targets;
use traffic::{Call, Traffic};
use windows::Windows;

pub(crate) use dependencies::Picture;
pub(crate) use later::Later;
pub(crate) use not_found::NotFound;
#[cfg(feature = "ssr")]
pub use sign_in::sign_in_page;
