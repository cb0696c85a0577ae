//! Which servers work?

use leptos::prelude::*;

use super::overview::FleetVerdict;
use crate::panels::{self, Scope, show};
use crate::seeded::seeded;
use crate::title::name_page;

/// The status table and the latencies.
#[component]
pub(crate) fn Servers() -> impl IntoView {
    let scope = Scope::default();
    name_page("Servers");
    view! {
        {seeded(|live| view! { <FleetVerdict live=live /> }.into_any())}
        {show(&panels::SERVERS, &scope)}
        {show(&panels::LATENCY, &scope)}
    }
}
