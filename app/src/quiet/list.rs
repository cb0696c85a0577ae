//! The windows: when each is, which alerts it is about, who said so, and what can be done with it.

use leptos::prelude::*;
use ui::{Clocked, Empty, PageTime, Zone, all, notify};
use wire::{MaintenanceWindow, WindowEnd, WindowPhase};

use super::Picture;
use super::api::{delete_window, end_window};
use super::words::{day_name, stretch};

/// What is done with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Leave,
    End,
    Delete,
}

impl Act {
    fn word(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::End => "end",
            Self::Delete => "delete",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Leave => "End this time",
            Self::End => "End for good",
            Self::Delete => "Delete",
        }
    }
}

/// What can be done with a window as it is.
fn acts(window: &MaintenanceWindow) -> Vec<Act> {
    let is_often = window.starts_ms.is_none();
    match window.phase {
        WindowPhase::Running if is_often => vec![Act::Leave, Act::End, Act::Delete],
        WindowPhase::Running | WindowPhase::Waiting => vec![Act::End, Act::Delete],
        WindowPhase::Over => vec![Act::Delete],
    }
}

/// All windows.
pub(crate) fn list(picture: Picture) -> AnyView {
    let time = expect_context::<PageTime>();
    // One name for all, which stays when a window changes.
    let by = RwSignal::new(String::new());
    let windows = Memo::new(move |_| picture.with(|it| it.windows.clone()));
    let cards = move || {
        let zone = time.zone.get();
        windows.with(|windows| match windows.is_empty() {
            true => view! {
                <Empty>
                    "No maintenance window is known. Alerts that one is about go on through their states and are seen; nobody is called for them, and what still fires when it ends comes back at once."
                </Empty>
            }
            .into_any(),
            false => {
                let cards = all(windows.iter().map(|it| card(picture, it, zone, time, by)));
                view! { <ul class="windows">{cards}</ul> }.into_any()
            }
        })
    };
    view! { {move || cards()} }.into_any()
}

fn card(
    picture: Picture,
    window: &MaintenanceWindow,
    zone: Zone,
    time: PageTime,
    by: RwSignal<String>,
) -> AnyView {
    let id = window.id.clone();
    let next = all(window
        .next
        .iter()
        .map(|span| view! { <li>{stretch(span, zone)}</li> }));
    let left_out = all(window.left_out.iter().map(|hole| {
        let span = wire::QuietSpan {
            from_ms: hole.from_ms,
            to_ms: hole.to_ms,
        };
        let said = format!("Ended early by {}: {}", hole.by, stretch(&span, zone));
        view! { <li>{said}</li> }
    }));
    let about = format!(
        "{} · {}",
        window.matchers,
        ui::format::count(
            usize::try_from(window.alerts).unwrap_or(usize::MAX),
            "open alert"
        )
    );
    view! {
        <li id=format!("window-{id}") data-phase=window.phase.as_str()>
            <header>
                <h3>{window.name.clone()}</h3>
                <span class="phase">{window.phase.as_str()}</span>
            </header>
            <p><code>{about}</code></p>
            <p>{window.rule.clone()}</p>
            <p>{window.comment.clone()}</p>
            <ol class="next">{next}{left_out}</ol>
            <p class="taken">{deeds(window, zone)}</p>
            {actions(picture, window, time, by)}
        </li>
    }
    .into_any()
}

/// Who has done what with it.
fn deeds(window: &MaintenanceWindow, zone: Zone) -> AnyView {
    let changed = window.changed_by.clone().zip(window.changed_ms);
    let ended = window.ended_by.clone().zip(window.ended_ms);
    let made = (window.by.clone(), window.created_ms);
    let deeds = [
        ("made by ", Some(made)),
        ("changed by ", changed),
        ("ended by ", ended),
    ];
    let deeds = deeds.into_iter().filter_map(|(what, deed)| {
        let (by, at_ms) = deed?;
        let day = day_name(zone.shift(at_ms));
        Some(view! { <span>{what} <b>{by}</b> " " {day} " " <Clocked at_ms=at_ms />" "</span> })
    });
    all(deeds)
}

fn actions(
    picture: Picture,
    window: &MaintenanceWindow,
    time: PageTime,
    by: RwSignal<String>,
) -> AnyView {
    let id = window.id.clone();
    let edit = format!("/alerts/windows?edit={id}#window-form");
    let field = format!("by-{id}");
    let buttons = all(acts(window).into_iter().map(|act| {
        let id = id.clone();
        let run = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            run(picture, id.clone(), act, by.get_untracked());
        };
        view! {
            <button type="submit" name="action" value=act.word() on:click=run>{act.title()}</button>
        }
    }));
    view! {
        <form class="actions" method="post" action="/observability/windows/form">
            <input type="hidden" name="id" value=window.id.clone() />
            <label class="hidden-label" for=field.clone()>"Your name"</label>
            <input
                id=field
                name="by"
                placeholder="Your name"
                autocomplete="off"
                prop:value=by
                on:input:target=move |ev| by.set(ev.target().value())
            />
            <a href=move || time.href(&edit)>"Edit"</a>
            {buttons}
        </form>
    }
    .into_any()
}

fn run(picture: Picture, id: String, act: Act, by: String) {
    leptos::task::spawn_local(async move {
        let how = |occurrence| WindowEnd {
            by: by.clone(),
            occurrence,
        };
        let answer = match act {
            Act::Leave => end_window(id.clone(), how(true)).await,
            Act::End => end_window(id.clone(), how(false)).await,
            Act::Delete => delete_window(id.clone(), by.clone()).await,
        };
        let answer = answer.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(window) => {
                picture.try_update(|picture| match act {
                    Act::Delete => picture.windows.retain(|it| it.id != id),
                    _ => {
                        let mine = picture.windows.iter_mut().find(|it| it.id == id);
                        if let Some(mine) = mine {
                            *mine = window;
                        }
                    }
                });
            }
            Err(problem) => notify(problem.to_string(), true),
        }
    });
}
