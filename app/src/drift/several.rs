//! Several changes are decided about at once: boxes on their cards, and one form for all of them.

use std::collections::BTreeSet;

use leptos::prelude::*;
use ui::{PageTime, all, effect, format, notify, when};
use wire::{ChangeDecision, DefinitionChange, Note, SeveralDecided};

use super::api::decide_changes;
use super::card::{Picture, page_address};
use super::words::{is_found, subject};
use crate::labelled::input;

/// The form's place in the page: boxes elsewhere belong to it.
const FORM: &str = "decide-several";

/// The numbers of the changes that are chosen.
pub(crate) type Chosen = RwSignal<BTreeSet<i64>>;

/// The box on a card.
pub(super) fn choice(chosen: Chosen, change: &DefinitionChange) -> AnyView {
    let id = change.id;
    let label = format!("Select: {} of {}", subject(change), change.server);
    view! {
        <input
            type="checkbox"
            form=FORM
            name="id"
            value=id
            aria-label=label
            prop:checked=move || chosen.with(|ids| ids.contains(&id))
            on:change:target=move |event| {
                let is_chosen = event.target().checked();
                chosen.update(|ids| _ = if is_chosen { ids.insert(id) } else { ids.remove(&id) });
            }
        />
        " "
    }
    .into_any()
}

/// The form. Without a script it is sent as it is, and leads back to the page.
pub(crate) fn form(
    picture: Picture,
    filter: RwSignal<String>,
    chosen: Chosen,
    of: super::Of,
) -> AnyView {
    let time = expect_context::<PageTime>();
    let text = || RwSignal::new(String::new());
    let (by, comment) = (text(), text());
    let can_choose_all = RwSignal::new(false);
    effect(move || can_choose_all.set(true));
    // What is decided about is what is seen: others decide too, and the filter is another one later.
    let shown = Memo::new(move |_| {
        let filter = filter.get();
        picture.with(|it| {
            let can_be = |it: &&DefinitionChange| it.is_open && it.is_newest;
            let shown = it.open.iter().filter(can_be);
            let shown = shown.filter(|it| is_found(it, &filter));
            shown.map(|it| it.id).collect::<BTreeSet<_>>()
        })
    });
    let meant = Memo::new(move |_| {
        let both = |ids: &BTreeSet<i64>| shown.with(|shown| ids & shown);
        chosen.with(both)
    });
    let choose_all = move |_| {
        let shown = shown.get_untracked();
        chosen.update(|ids| {
            *ids = if *ids == shown {
                BTreeSet::new()
            } else {
                shown
            }
        });
    };
    let buttons = [
        (ChangeDecision::Approve, "Approve selected", Some("primary")),
        (ChangeDecision::Reject, "Reject selected", None),
    ];
    let buttons = all(buttons.into_iter().map(|(decision, word, class)| {
        let act = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            let note = Note {
                by: by.get_untracked(),
                comment: comment.get_untracked(),
            };
            let ids = meant.get_untracked().into_iter().collect();
            decide(picture, chosen, ids, decision, note);
        };
        view! {
            <button
                class=class
                type="submit"
                name="decision"
                value=decision.as_str()
                prop:disabled=move || meant.with(BTreeSet::is_empty)
                on:click=act
            >
                {word}
            </button>
        }
    }));
    let count = move || meant.with(|ids| format::count(ids.len(), "change"));
    view! {
        <form id=FORM class="actions" method="post" action="/observability/definitions/decisions">
            <input type="hidden" name="page" value=move || page_address(time, of.as_deref()) />
            {when(move || can_choose_all.get(), move || view! {
                <button type="button" on:click=choose_all>"Select all shown"</button>
                <span role="status">{count} " selected"</span>
            })}
            {input("by-several".to_owned(), "by", "Name for all", by)}
            {input("comment-several".to_owned(), "comment", "Comment for all", comment)}
            {buttons}
        </form>
    }
    .into_any()
}

/// Asks for it, and shows what became of each.
fn decide(picture: Picture, chosen: Chosen, ids: Vec<i64>, decision: ChangeDecision, note: Note) {
    leptos::task::spawn_local(async move {
        let asked = decide_changes(ids, decision, note).await;
        let answer = asked.map_err(|failure| failure.0);
        match answer.and_then(|answer| answer.read()) {
            Ok(done) => show(picture, chosen, done),
            Err(problem) => notify(problem.to_string(), true),
        }
    });
}

fn show(picture: Picture, chosen: Chosen, done: SeveralDecided) {
    let SeveralDecided { decided, refused } = done;
    // The page may have been left.
    chosen.try_update(|ids| decided.iter().for_each(|it| _ = ids.remove(&it.id)));
    picture.try_update(|picture| {
        for mut change in decided {
            if let Some(place) = picture.open.iter_mut().find(|it| it.id == change.id) {
                // What differs is told with the page only.
                std::mem::swap(&mut change.fields, &mut place.fields);
                std::mem::swap(&mut change.missing, &mut place.missing);
                *place = change;
            }
        }
    });
    if let Some(first) = refused.first() {
        let others = refused.len() - 1;
        let more = match others {
            0 => String::new(),
            others => format!(" The same goes for {}.", format::count(others, "other")),
        };
        notify(
            format!(
                "Nothing was decided about change {}: {}.{more}",
                first.id, first.why
            ),
            true,
        );
    }
}
