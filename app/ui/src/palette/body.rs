//! The opened palette: a field and what it finds, as a combobox with a list.

use std::sync::Arc;

use leptos::html::{Dialog, Input, Tag};
use leptos::prelude::*;

use super::PaletteEntry;
use super::matching::{Match, rank};
use crate::modal::{as_modal, close_modal};
use crate::overlay::Close;
use crate::{Act, Glyph, Icon, all};

/// More are not looked through; a letter more finds what is not among them.
const MOST: usize = 50;

/// What is shown of the palette, and what is chosen in it.
pub(crate) fn show(entries: Vec<PaletteEntry>, close: Close) -> AnyView {
    view! { <Body entries=Arc::new(entries) close=close /> }.into_any()
}

#[component]
fn Body(entries: Arc<Vec<PaletteEntry>>, close: Close) -> impl IntoView {
    let (dialog, list) = (NodeRef::<Dialog>::new(), NodeRef::<Tag>::new());
    let field = NodeRef::<Input>::new();
    let (query, chosen) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let found = {
        let entries = entries.clone();
        Memo::new(move |_| query.with(|query| rank(query, &entries, MOST)))
    };
    as_modal(dialog);
    let perform = {
        let entries = entries.clone();
        move |place: usize| {
            let act = found.with_untracked(|found| {
                let (at, _) = found.get(place)?;
                Some(entries[*at].act.clone())
            });
            if let Some(act) = act {
                close_modal(dialog);
                act.perform();
            }
        }
    };
    let enter = perform.clone();
    let keys = move |ev: leptos::ev::KeyboardEvent| {
        let count = found.with_untracked(Vec::len);
        let at = chosen.get_untracked();
        let next = match ev.key().as_str() {
            "ArrowDown" => (at + 1) % count.max(1),
            "ArrowUp" => (at + count.max(1) - 1) % count.max(1),
            "PageDown" => (at + 8).min(count.saturating_sub(1)),
            "PageUp" => at.saturating_sub(8),
            "Enter" => {
                ev.prevent_default();
                return enter(at);
            }
            _ => return,
        };
        ev.prevent_default();
        chosen.set(next);
        scroll_to(list, next);
    };
    let active = move || (found.with(Vec::len) > 0).then(|| format!("palette-{}", chosen.get()));
    let options = move || {
        let perform = perform.clone();
        found.with(|found| options(found, &entries, chosen, perform))
    };
    let count = move || match found.with(Vec::len) {
        0 => "Nothing is called that.".to_owned(),
        MOST => format!("The first {MOST}"),
        count => crate::format::count(count, "result"),
    };
    view! {
        <dialog
            class="palette"
            node_ref=dialog
            aria-label="Go to a page, a server, an alert, or do something"
            closedby="any"
            on:close=move |_| close()
        >
            <div class="field-row">
                <Icon glyph=Glyph::Search />
                <input
                    node_ref=field
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-autocomplete="list"
                    aria-activedescendant=move || active()
                    aria-label="Search"
                    placeholder="Page, server, alert, action …"
                    autocomplete="off"
                    spellcheck="false"
                    autofocus
                    on:keydown=keys
                    on:input:target=move |ev| {
                        query.set(ev.target().value());
                        chosen.set(0);
                    }
                />
            </div>
            <ul id="palette-list" node_ref=list role="listbox" aria-label="Found">
                {move || options()}
            </ul>
            <p class="foot">
                <span role="status">{move || count()}</span>
                <span aria-hidden="true"><kbd>"↑"</kbd><kbd>"↓"</kbd>" choose "<kbd>"Enter"</kbd>" open "<kbd>"Esc"</kbd>" close"</span>
            </p>
        </dialog>
    }
}

/// The options; a group's name stands where it begins.
fn options(
    found: &[(usize, Match)],
    entries: &[PaletteEntry],
    chosen: RwSignal<usize>,
    perform: impl Fn(usize) + Clone + Send + Sync + 'static,
) -> AnyView {
    let mut group = None;
    all(found.iter().enumerate().map(move |(place, (at, found))| {
        let entry = &entries[*at];
        let begins = group.replace(&entry.group) != Some(&entry.group);
        let perform = perform.clone();
        let is_chosen = move || chosen.get() == place;
        let marked = marked(&entry.title, &found.places);
        let glyph = match &entry.act {
            Act::Run(_) => Glyph::Play,
            _ => Glyph::Right,
        };
        view! {
            {begins.then(|| view! { <li class="group" role="presentation">{entry.group.clone()}</li> }.into_any())}
            <li
                id=format!("palette-{place}")
                role="option"
                aria-selected=move || is_chosen().to_string()
                on:click=move |_| perform(place)
                on:pointermove=move |_| chosen.set(place)
            >
                <Icon glyph=glyph />
                <span class="title">{marked}</span>
                <small>{entry.hint.clone()}</small>
            </li>
        }
    }))
}

/// The title with the letters that matched.
fn marked(title: &str, places: &[usize]) -> AnyView {
    let letters: Vec<(bool, char)> = title
        .chars()
        .enumerate()
        .map(|(place, letter)| (places.contains(&place), letter))
        .collect();
    all(letters.chunk_by(|a, b| a.0 == b.0).map(|part| {
        let text: String = part.iter().map(|(_, letter)| letter).collect();
        match part[0].0 {
            true => view! { <mark>{text}</mark> }.into_any(),
            false => text.into_any(),
        }
    }))
}

/// What is chosen is in sight.
fn scroll_to(list: NodeRef<Tag>, place: usize) {
    #[cfg(feature = "hydrate")]
    if let Some(list) = list.get_untracked() {
        let option = list.query_selector(&format!("#palette-{place}"));
        if let Ok(Some(option)) = option {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (list, place);
}
