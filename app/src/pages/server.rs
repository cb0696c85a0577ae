//! How is this server, why, and what can it do?

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::api::provide_detail;
use crate::panels::{self, Scope, show, verdict::Verdict};
use crate::seeded::seeded;

/// One server.
#[component]
pub(crate) fn Server() -> impl IntoView {
    let params = use_params_map();
    // Another server under the same route is another page; leaving the route is not.
    let name = Memo::new(move |before: Option<&String>| {
        let named = params.with(|params| params.get("name"));
        named.or_else(|| before.cloned()).unwrap_or_default()
    });
    let page = move || {
        let name = name.get();
        provide_detail(name.clone());
        let scope = Scope {
            server: Some(name.clone()),
        };
        let heading = name.clone();
        view! {
            <Title text=name.clone() />
            <h1>{heading}</h1>
            {seeded(move |live| view! { <Verdict live=live name=name.clone() /> }.into_any())}
            <div class="columns">
                <div class="wide">{show(&panels::SERVER_LATENCY, &scope)} {show(&panels::TOOLS, &scope)}</div>
                <div>{show(&panels::PERCENTILES, &scope)} {show(&panels::HISTORY, &scope)} {show(&panels::SERVER_EVENTS, &scope)}</div>
            </div>
        }
        .into_any()
    };
    view! { {move || page()} }
}
