//! Which servers work?

use leptos::prelude::*;

use super::overview::FleetVerdict;
use crate::board::Board;
use crate::panels::{self, Scope, metric, show};
use crate::seeded::seeded;
use crate::title::name_page;

/// The status table and the latencies.
#[component]
pub(crate) fn Servers() -> impl IntoView {
    let scope = Scope::default();
    name_page("Servers");
    let board = Board::load("servers", None);
    view! {
        {seeded(|live| view! { <FleetVerdict live=live /> }.into_any())}
        {show(&panels::FLEET, &scope)}
        {board.section("charts", metric::any)}
    }
}
