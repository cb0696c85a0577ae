//! Which servers work?

use leptos::prelude::*;
use leptos_meta::Title;

use super::overview::FleetVerdict;
use crate::panels::{self, Scope, show};
use crate::seeded::seeded;

/// The status table and the latencies.
#[component]
pub(crate) fn Servers() -> impl IntoView {
    let scope = Scope::default();
    view! {
        <Title text="Servers" />
        {seeded(|live| view! { <FleetVerdict live=live /> }.into_any())}
        {show(&panels::SERVERS, &scope)}
        {show(&panels::LATENCY, &scope)}
    }
}
