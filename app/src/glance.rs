//! Areas at a glance, for the page that somebody leaves open on a wall: a sentence, and what to look at first.
//!
//! The first load has one such panel and one way to ask, whatever the area is; the server puts it into words.

#[cfg(feature = "ssr")]
mod agents;
#[cfg(feature = "ssr")]
mod benchmarks;
#[cfg(feature = "ssr")]
mod budgets;
#[cfg(feature = "ssr")]
mod builds;
#[cfg(feature = "ssr")]
mod changes;

use leptos::prelude::*;
use ui::{Empty, LiveState, PageTime, all, worded_badge};
use wire::Glance;

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

/// An area.
pub(crate) struct Area {
    /// What is asked for.
    pub(crate) name: &'static str,
    /// What its lines are, and what their figures say.
    pub(crate) columns: [&'static str; 2],
    /// Where all of it is, and what that is called.
    pub(crate) all: [&'static str; 2],
    /// How often it is asked for anew, in milliseconds, …
    pub(crate) every_ms: i64,
    /// … and how long after such a time.
    pub(crate) after_ms: i64,
}

/// An area at a glance.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_glance(area: String) -> Result<Answer<Glance>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&match area.as_str() {
        "budgets" => budgets::glance(&services, &caller).await?,
        "builds" => builds::glance(&services, &caller).await?,
        "benchmarks" => benchmarks::glance(&services, &caller).await?,
        "agents" => agents::glance(&services, &caller).await?,
        "changes" => changes::glance(&services, &caller).await?,
        other => {
            let areas = "budgets, builds, benchmarks, agents, changes";
            let why = format!("there is no area {other:?}; there are {areas}");
            return Err(Failure(wire::Problem::not_found(why)));
        }
    })
}

/// Asked for anew from time to time, unless the page stands still.
pub(crate) fn at_a_glance(area: &'static Area) -> AnyView {
    let live = expect_context::<LiveState>();
    let turn = Memo::new(move |before: Option<&i64>| match before {
        Some(before) if live.is_paused.get() => *before,
        _ => (live.now_ms.get() - area.after_ms).div_euclid(area.every_ms),
    });
    let loaded = Loaded::kept_at(
        move || turn.get() as u32,
        || load_glance(area.name.to_owned()),
    );
    seeded_with(Room::Small, loaded, move |_, glance| shown(area, glance))
}

fn shown(area: &'static Area, glance: Glance) -> AnyView {
    let time = expect_context::<PageTime>();
    let Glance { words, lines } = glance;
    let words = match (words.is_empty(), lines.is_empty()) {
        (true, _) => ().into_any(),
        (false, true) => view! { <Empty>{words}</Empty> }.into_any(),
        (false, false) => view! { <p>{words}</p> }.into_any(),
    };
    let rows = lines.into_iter().map(|line| {
        let path = line.path;
        view! {
            <tr data-level=line.level.as_str()>
                <th scope="row">
                    <a href=move || time.href(&path)>{line.name}</a> <small>{line.about}</small>
                </th>
                <td>{worded_badge(line.level, line.state)}</td>
                <td class="number">{line.figure}</td>
            </tr>
        }
    });
    let has_rows = rows.len() > 0;
    let rows = all(rows);
    let [what, figure] = area.columns;
    let table = has_rows.then(|| {
        view! {
            <table class="status">
                <thead>
                    <tr><th scope="col">{what}</th><th scope="col">"State"</th><th scope="col" class="number">{figure}</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    });
    let [path, name] = area.all;
    view! {
        {words} {table}
        <p class="more"><a href=move || time.href(path)>{name}</a></p>
    }
    .into_any()
}
