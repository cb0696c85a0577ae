//! A table of any length: sorted, filtered and chosen from by mouse, keyboard and thumb.
//!
//! Columns and rows are data. Only the rows in sight are in the page; the server renders the first of
//! them, so that they are there without JavaScript. Rows are changed by their keys: place, focus and
//! choice stay.

mod body;
mod cell;
mod elsewhere;
mod head;
#[cfg(feature = "hydrate")]
mod measure;
mod model;
mod order;
mod state;
mod window;

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;

pub use cell::{Cell, CellView, Column, SortKey, TableRow};
pub use elsewhere::{Elsewhere, TakeKeys};
use model::Model;
pub use state::TableState;

use crate::{Changing, Empty, Glyph, Icon, all, effect, format, when, when_else};

/// Something that can be done with all rows that are chosen.
#[derive(Clone)]
pub struct TableAction {
    label: String,
    is_dangerous: bool,
    run: Arc<dyn Fn(Vec<String>) + Send + Sync>,
}

impl TableAction {
    /// Something that can be done with the rows of these keys.
    pub fn new(
        label: impl Into<String>,
        run: impl Fn(Vec<String>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            label: label.into(),
            is_dangerous: false,
            run: Arc::new(run),
        }
    }

    /// Something that cannot be taken back.
    pub fn dangerous(self) -> Self {
        let is_dangerous = true;
        Self {
            is_dangerous,
            ..self
        }
    }
}

/// Called when a table is looked at differently, to put it into the address.
pub type OnTableState = Arc<dyn Fn(TableState) + Send + Sync>;

/// A table.
#[component]
pub fn Table(
    /// Its id, once on the page and the same every time: under it the browser remembers its columns.
    #[prop(into)]
    id: String,
    /// What its rows are, for who does not see it.
    #[prop(into)]
    title: String,
    /// The columns; the first says what a row is called.
    columns: Vec<Column>,
    /// The rows.
    #[prop(into)]
    rows: Changing<Vec<TableRow>>,
    /// What can be done with chosen rows; without any, rows cannot be chosen.
    #[prop(optional)]
    actions: Vec<TableAction>,
    /// What it says when there is no row: what would fill it, and how.
    #[prop(into)]
    empty: String,
    /// How it is looked at first.
    #[prop(optional)]
    start: TableState,
    /// Told when it is looked at differently.
    #[prop(optional_no_strip)]
    on_state: Option<OnTableState>,
    /// Whether cells have a second line.
    #[prop(optional)]
    is_tall: bool,
    /// Where more rows are than it is given.
    #[prop(optional_no_strip)]
    elsewhere: Option<Elsewhere>,
    /// Further controls beside the filter.
    #[prop(optional_no_strip)]
    tools: Option<AnyView>,
) -> impl IntoView {
    drop(crate::more_style());
    let model = Model::new(id, columns, rows, &start, !actions.is_empty(), elsewhere);
    elsewhere::keep_fetched(model);
    #[cfg(feature = "hydrate")]
    effect(move || measure::keep_measured(model));
    effect(move || model.forget_gone());
    if let Some(on_state) = on_state {
        let told = StoredValue::new(start);
        effect(move || {
            let state = model.state();
            if told.get_value() != state {
                told.set_value(state.clone());
                on_state(state);
            }
        });
    }
    // Another order or another filter begins at the top.
    effect(move || {
        let _ = (model.sort.get(), model.filter.read());
        if let Some(room) = model.room.get_untracked() {
            room.set_scroll_top(0);
        }
    });
    // Rows that are new are no reason to make it anew: somebody may be about to click.
    let has_none = Memo::new(move |_| model.count() == 0);
    let nothing = move || {
        let empty = empty.clone();
        match has_none.get() {
            true => view! { <Empty>{empty}</Empty> }.into_any(),
            false => nothing_found(model),
        }
    };
    let rest = move || {
        let count = model
            .order
            .with(Vec::len)
            .saturating_sub(window::FIRST_ROWS);
        (count > 0).then(|| format!("{} more rows are in the export.", format::grouped(count)))
    };
    view! {
        <div class="table">
            <div class="table-tools">
                {filter_field(model, &title)}
                {tools}
                <span class="said">
                    {when_else(
                        move || model.chosen.with(|chosen| chosen.is_empty()),
                        move || counted(model),
                        move || chosen_bar(model, &actions),
                    )}
                </span>
                {head::sort_field(model)}
                {head::choice(model)}
            </div>
            {when_else(
                move || model.order.with(|order| !order.is_empty()),
                move || body::room(model, title.clone(), is_tall),
                nothing,
            )}
            <p class="without-script">{move || rest()}</p>
        </div>
    }
}

fn filter_field(model: Model, title: &str) -> AnyView {
    let field = NodeRef::<Input>::new();
    let keys = move |ev: leptos::ev::KeyboardEvent| match ev.key().as_str() {
        // From the filter into what it found.
        "ArrowDown" | "Enter" => {
            ev.prevent_default();
            if let Some(room) = model.room.get_untracked() {
                let _ = room.focus();
                model.activate(0);
            }
        }
        "Escape" => model.filter.set(String::new()),
        _ => {}
    };
    view! {
        <span class="filter" data-needs-script>
            <Icon glyph=Glyph::Filter />
            <input
                node_ref=field
                type="search"
                data-filter
                placeholder="Filter"
                aria-label=format!("Filter {title}")
                aria-keyshortcuts="/"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || model.filter.get()
                on:keydown=keys
                on:input:target=move |ev| model.filter.set(ev.target().value())
            />
        </span>
    }
    .into_any()
}

fn counted(model: Model) -> AnyView {
    let words = move || {
        let (found, count) = (model.order.with(Vec::len), model.count());
        match found == count {
            true => format::count(count, "row"),
            false => format!(
                "{} of {}",
                format::grouped(found),
                format::count(count, "row")
            ),
        }
    };
    view! { <span role="status">{move || words()}</span> }.into_any()
}

/// What can be done with the rows that are chosen.
fn chosen_bar(model: Model, actions: &[TableAction]) -> AnyView {
    let words = move || {
        let (count, found) = (
            model.chosen.with(|chosen| chosen.len()),
            model.chosen_found(),
        );
        match count - found.min(count) {
            0 => format!("{} selected", format::grouped(count)),
            beyond => format!(
                "{} selected, {beyond} of them not shown",
                format::grouped(count)
            ),
        }
    };
    let has_more = move || model.chosen_found() < model.order.with(Vec::len);
    let buttons = all(actions.iter().cloned().map(|action| {
        let run = move |_| {
            let keys = model.chosen.get_untracked();
            model.choose_all(false);
            (action.run)(keys.into_iter().collect());
        };
        let class = if action.is_dangerous {
            "danger"
        } else {
            "primary"
        };
        view! { <button class=class on:click=run>{action.label}</button> }
    }));
    view! {
        <span class="chosen" role="toolbar" aria-label="With the selected rows">
            <span role="status">{move || words()}</span>
            {buttons}
            {when(has_more, move || view! { <button class="quiet" on:click=move |_| model.choose_all(true)>"Select all shown"</button> })}
            <button class="quiet" on:click=move |_| model.choose_all(false)>"Clear"</button>
        </span>
    }
    .into_any()
}

fn nothing_found(model: Model) -> AnyView {
    let words = move || {
        let filter = model.filter.get();
        let shown: String = filter.chars().take(60).collect();
        let more = if shown.len() < filter.len() {
            "…"
        } else {
            ""
        };
        format!("No row contains “{shown}{more}”. ")
    };
    let clear = move || view! { <button on:click=move |_| model.filter.set(String::new())>"Show all"</button> };
    view! {
        <div class="empty">
            <span>{move || words()}</span>
            {when(|| true, clear)}
        </div>
    }
    .into_any()
}
