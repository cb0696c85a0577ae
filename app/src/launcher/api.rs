//! The server functions of the page, like those of `crate::api`.

use leptos::prelude::*;
use wire::{EndedProcess, HostProcesses, LaunchCourses, LaunchOrder, Launched};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// The servers that the product starts.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_launched() -> Result<Answer<Vec<Launched>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.launcher.list(&caller).await?)
}

/// How they stood over the stretch that is `range_ms` long and ends at `until_ms`, or now.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn load_courses(
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<LaunchCourses>, Failure> {
    let (services, caller) = services()?;
    let range = wire::TimeRange::of(range_ms, until_ms);
    Answer::of(&services.launcher.courses(&caller, range).await?)
}

/// Starts, stops or restarts one.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn order_launch(
    name: String,
    order: LaunchOrder,
) -> Result<Answer<Launched>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.launcher.order(&caller, &name, order).await?)
}

/// The MCP servers among the processes of the machine.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_processes() -> Result<Answer<HostProcesses>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.processes.list(&caller).await?)
}

/// Ends one, if it is still the one that started then.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn end_process(
    pid: u32,
    start_ticks: u64,
) -> Result<Answer<EndedProcess>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.processes.end(&caller, pid, start_ticks).await?)
}
