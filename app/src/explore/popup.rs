//! What is offered below a field: a list, moved through with the arrows while the field keeps the focus.

use leptos::html::Tag;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, HtmlTextAreaElement};
use ui::{all, format, when};

use super::choices::Choice;
use super::context::{Place, place};
use super::field::cursor_of;
use super::session::Row;
use super::vocabulary::Vocabulary;

/// How far the keys for pages go.
const PAGE: usize = 8;

/// What is offered in a row's field.
#[derive(Clone, Copy)]
pub(crate) struct Popup {
    row: Row,
    words: Vocabulary,
    /// What is wanted, where something is offered.
    place: RwSignal<Option<Place>>,
    found: Memo<Vec<Choice>>,
    /// Which one is chosen.
    pub(crate) chosen: RwSignal<usize>,
    /// Whether somebody has chosen it.
    is_meant: StoredValue<bool>,
    list: NodeRef<Tag>,
}

/// The id of an option on the page.
pub(crate) fn choice_id(row: Row, at: usize) -> String {
    format!("query-{}-choice-{at}", row.id)
}

impl Popup {
    /// Of a row; nothing is offered yet.
    pub(crate) fn of(row: Row, words: Vocabulary) -> Self {
        let place = RwSignal::new(None::<Place>);
        let found = Memo::new(move |_| {
            place.with(|place| match place {
                None => Vec::new(),
                Some(place) => row.expr.with(|text| words.offered(text, place)),
            })
        });
        Self {
            row,
            words,
            place,
            found,
            chosen: RwSignal::new(0),
            is_meant: StoredValue::new(false),
            list: NodeRef::new(),
        }
    }

    /// Whether something is offered.
    pub(crate) fn is_open(self) -> bool {
        self.place.with(Option::is_some) && self.found.with(|found| !found.is_empty())
    }

    /// Offers what is wanted where the cursor is: where that can be said by itself, or it is asked for.
    pub(crate) fn look_at(self, area: &HtmlTextAreaElement, is_asked: bool) {
        let text = area.value();
        let place = place(&text, cursor_of(area, &text));
        if !is_asked && !place.offers_itself() {
            return self.close();
        }
        self.words.need(&place);
        self.chosen.set(0);
        self.is_meant.set_value(is_asked);
        self.place.set(Some(place));
    }

    /// Offers nothing.
    pub(crate) fn close(self) {
        if self.place.with_untracked(Option::is_some) {
            self.place.set(None);
        }
    }

    /// Something that is offered, and the place for it.
    pub(crate) fn choice(self, at: usize) -> Option<(Place, Choice)> {
        let choice = self.found.with_untracked(|found| found.get(at).cloned())?;
        Some((self.place.get_untracked()?, choice))
    }

    /// Whether Enter is meant for what is chosen, and not for the query as it is written: it changes the
    /// text, and somebody has chosen it or typed a part of it.
    pub(crate) fn takes_enter(self) -> bool {
        let chosen = self.choice(self.chosen.get_untracked());
        chosen.is_some_and(|(place, choice)| {
            let is_there = self
                .row
                .expr
                .with_untracked(|text| choice.stands_in(text, &place));
            !is_there && (self.is_meant.get_value() || choice.holds(&place.typed))
        })
    }

    /// Moves the choice; whether the key is one that does.
    pub(crate) fn step(self, key: &str) -> bool {
        let count = self.found.with_untracked(Vec::len).max(1);
        let at = self.chosen.get_untracked();
        let next = match key {
            "ArrowDown" => (at + 1) % count,
            "ArrowUp" => (at + count - 1) % count,
            "PageDown" => (at + PAGE).min(count - 1),
            "PageUp" => at.saturating_sub(PAGE),
            _ => return false,
        };
        self.chosen.set(next);
        self.is_meant.set_value(true);
        self.show(next);
        true
    }

    /// What is chosen is in sight.
    fn show(self, at: usize) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let option = list.children().item(at as u32);
        let option = option.and_then(|option| option.dyn_into::<HtmlElement>().ok());
        if let Some(option) = option {
            // Both are measured from what hangs below the field.
            let top = option.offset_top() - list.offset_top();
            let bottom = top + option.offset_height() - list.client_height();
            let within = list.scroll_top().min(top).max(bottom);
            list.set_scroll_top(within);
        }
    }

    /// The list, below the field.
    pub(crate) fn view(
        self,
        row: Row,
        take: impl Fn(usize) + Copy + Send + Sync + 'static,
    ) -> AnyView {
        let options = move || {
            self.found.with(|found| {
                let options = found.iter().enumerate();
                all(options.map(|(at, choice)| self.option(row, at, choice, take)))
            })
        };
        let help = move || {
            let chosen = self.chosen.get();
            let help = self
                .found
                .with(|found| found.get(chosen).map(|choice| choice.help.clone()));
            help.unwrap_or_default()
        };
        let list = move || {
            view! {
                <div class="choices" on:pointerdown=move |event| event.prevent_default()>
                    <ul id=format!("query-{}-choices", row.id) node_ref=self.list role="listbox" aria-label="Suggestions">
                        {move || options()}
                    </ul>
                    <p class="help">{move || help()}</p>
                </div>
            }
        };
        let said = move || match self.is_open() {
            true => format::count(self.found.with(Vec::len), "suggestion"),
            false => String::new(),
        };
        view! {
            {when(move || self.is_open(), list)}
            <span class="hidden-label" role="status">{move || said()}</span>
        }
        .into_any()
    }

    fn option(
        self,
        row: Row,
        at: usize,
        choice: &Choice,
        take: impl Fn(usize) + Send + Sync + 'static,
    ) -> AnyView {
        let is_chosen = move || self.chosen.get() == at;
        view! {
            <li
                id=choice_id(row, at)
                role="option"
                aria-selected=move || is_chosen().to_string()
                on:click=move |_| take(at)
                on:pointermove=move |_| {
                    if self.chosen.get_untracked() != at {
                        self.chosen.set(at);
                    }
                }
            >
                <code>{choice.name.clone()}</code>
                <small>{choice.note.clone()}</small>
            </li>
        }
        .into_any()
    }
}
