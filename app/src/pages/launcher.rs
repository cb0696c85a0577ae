//! Which started servers run, which do not stay up, and what else runs on this machine?

use leptos::prelude::*;
use ui::PanelFrame;
use wire::Launched;

use crate::board::Board;
use crate::launcher::{
    Lines, courses, headline, launched, load_launched, processes, served, start_ups,
};
use crate::loaded::Loaded;
use crate::panels::{self, Scope, metric, show};
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// The launcher, and the processes of the machine.
#[component]
pub(crate) fn Launcher() -> impl IntoView {
    name_page("Launcher");
    let loaded = Loaded::<Vec<Launched>>::once(load_launched);
    let board = Board::load("launcher", None);
    view! {
        {seeded_with(Room::Tall, loaded, |live, first| {
            let lines = Lines::new(first);
            lines.follow(live);
            view! {
                <h1>{move || lines.all.with(|all| headline(all))}</h1>
                <PanelFrame id="launched" title="Started servers">{launched(lines)}</PanelFrame>
                <PanelFrame id="start-ups" title="Last starts">{start_ups(lines)}</PanelFrame>
                <PanelFrame id="served" title="Reached over HTTP">{served(lines)}</PanelFrame>
            }
            .into_any()
        })}
        <PanelFrame id="launch-courses" title="How they stood" summary=Some("in the time that is chosen above, also before the product was started anew".into_any())>
            {courses()}
        </PanelFrame>
        <PanelFrame id="processes" title="MCP servers among the processes of this machine">
            {processes()}
        </PanelFrame>
        {show(&panels::CONFIGURATION, &Scope::default())}
        {board.section("charts", metric::any)}
    }
}
