//! Do we keep what we promised, what spent the budget, and what can be handed to somebody?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::{PageTime, all};
use wire::{ObjectiveDetail, Report, Reports};

use crate::address::Address;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded, seeded_page, seeded_with};
use crate::slo::{
    ReportAsked, asked, change, detail, list, load_objective, load_objectives, load_reports, make,
    report, reports,
};
use crate::title::name_page;

/// Address and name of each part.
const PARTS: [(&str, &str); 2] = [("/slo", "Objectives"), ("/slo/reports", "Reports")];

/// The parts as links in a row; the one at `path` is shown.
fn parts(path: &'static str) -> AnyView {
    let time = expect_context::<PageTime>();
    let links = PARTS.iter().map(move |&(to, name)| {
        let current = (to == path).then_some("page");
        view! { <a href=move || time.href(to) aria-current=current>{name}</a> }
    });
    view! { <nav class="parts" aria-label="Service levels">{all(links)}</nav> }.into_any()
}

/// All objectives.
#[component]
pub(crate) fn Objectives() -> impl IntoView {
    name_page("Service levels");
    let here = Address::here();
    let loaded = Loaded::<wire::Objectives>::once(load_objectives);
    view! {
        {parts("/slo")}
        {seeded_with(Room::Tall, loaded, move |live, first| list(live, first, here))}
    }
}

/// What the address asks for.
#[derive(Clone, PartialEq)]
enum Which {
    New,
    Reports,
    One(String),
    Change(String),
}

/// One objective, or a form for it or for a new one, or the list of reports.
#[component]
pub(crate) fn ObjectivePage() -> impl IntoView {
    let (params, here) = (use_params_map(), Address::here());
    // Leaving the route is not another objective.
    let which = Memo::new(move |before: Option<&Which>| {
        let id = params.with(|params| params.get("id"));
        let is_edited = here.query.with(|query| query.get("edit").is_some());
        match (id.as_deref(), is_edited) {
            (None, _) => before.cloned().unwrap_or(Which::New),
            (Some("new"), _) => Which::New,
            (Some("reports"), _) => Which::Reports,
            (Some(id), true) => Which::Change(id.to_owned()),
            (Some(id), false) => Which::One(id.to_owned()),
        }
    });
    view! { {move || page(which.get(), here)} }
}

fn page(which: Which, here: Address) -> AnyView {
    match which {
        Which::New => {
            name_page("New objective");
            view! {
                {parts("")}
                {seeded(move |_| make(here))}
            }
            .into_any()
        }
        Which::Reports => {
            name_page("Reports");
            let loaded = Loaded::<Reports>::once(load_reports);
            view! {
                {parts("/slo/reports")}
                {seeded_with(Room::Tall, loaded, move |live, first| reports(live, first, here))}
            }
            .into_any()
        }
        Which::Change(id) => {
            name_page("Change an objective");
            let loaded =
                Loaded::<ObjectiveDetail>::once(move || load_objective(id.clone(), 0, None));
            view! {
                {parts("")}
                {seeded_with(Room::Tall, loaded, move |_, first| change(first, here))}
            }
            .into_any()
        }
        Which::One(id) => {
            name_page(&id);
            let range = expect_context::<PageTime>().range;
            let version = move || {
                let (range_ms, until_ms) = asked(range.get());
                // Any number will do that differs for another time.
                range_ms
                    .wrapping_mul(31)
                    .wrapping_add(until_ms.unwrap_or(0)) as u32
            };
            let load = move || {
                let (range_ms, until_ms) = asked(range.get_untracked());
                load_objective(id.clone(), range_ms, until_ms)
            };
            let loaded = Loaded::<ObjectiveDetail>::while_at(version, load);
            view! {
                {parts("")}
                {seeded_page("Objective", loaded, detail)}
            }
            .into_any()
        }
    }
}

/// A report: one that is kept, or one that is made of what the address says and not kept.
#[component]
pub(crate) fn ReportPage() -> impl IntoView {
    name_page("Report");
    let (params, here) = (use_params_map(), Address::here());
    let time = expect_context::<PageTime>();
    let asked = Memo::new(move |before: Option<&ReportAsked>| {
        let id = params.with(|params| params.get("id"));
        match id {
            Some(id) => here.query.with(|query| ReportAsked::of(&id, query, time)),
            None => before.cloned().unwrap_or_default(),
        }
    });
    let page = move || {
        let shown = asked.get();
        let wanted = shown.clone();
        let loaded = Loaded::<Report>::once(move || wanted.clone().load());
        seeded_page("Report", loaded, move |_, first| {
            report(first, &shown, here)
        })
    };
    view! {
        {parts("")}
        {move || page()}
    }
}
