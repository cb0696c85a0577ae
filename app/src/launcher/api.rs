//! The server functions of the page, like those of `crate::api`.

use leptos::prelude::*;
use wire::{EndedProcess, HostProcesses, LaunchOrder, Launched};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// The servers that the product starts.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_launched() -> Result<Answer<Vec<Launched>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.launcher.list(&caller).await?)
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
