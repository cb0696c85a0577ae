//! The rows that are in the page.

use leptos::prelude::*;

use super::cell::{Cell, Column};
use super::model::{Model, Shown};
use super::{TableRow, head};
use crate::{Ago, LevelBadge, Spark, Sparkline, all, each, when};

/// What is scrolled: head, rows, and the room of those that are not in the page.
pub(super) fn room(model: Model, title: String, is_tall: bool) -> AnyView {
    let keys = move |ev: leptos::ev::KeyboardEvent| {
        // Keys in a field or on a button within are theirs.
        let is_own = ev.target() == ev.current_target();
        let has_command = ev.ctrl_key() || ev.meta_key();
        if is_own && !ev.alt_key() && model.press(&ev.key(), ev.shift_key(), has_command) {
            ev.prevent_default();
        }
    };
    let active = move || {
        let active = model.active.get()?;
        let shown = model.shown.read();
        let place = shown.iter().find(|shown| shown.row.key == active)?.place;
        Some(row_id(model, place))
    };
    let gap = |rows: Changing| {
        let rows = Memo::new(move |_| rows());
        let height = move || {
            let row = model.measures.get().map_or(0.0, |measures| measures.row);
            (rows.get() as f64 * row).round().to_string()
        };
        when(
            move || rows.get() > 0,
            move || view! { <tbody class="gap" aria-hidden="true"><tr><td><svg width="1" height=height></svg></td></tr></tbody> },
        )
    };
    let above = gap(Box::new(move || model.window.get().start));
    let below = gap(Box::new(move || match model.measures.get() {
        Some(_) => model
            .order
            .with(Vec::len)
            .saturating_sub(model.window.get().end),
        None => 0,
    }));
    view! {
        <div
            class="table-room"
            class:is-tall=is_tall
            node_ref=model.room
            role="grid"
            tabindex="0"
            aria-label=title
            aria-rowcount=move || (model.order.with(Vec::len) + 1).to_string()
            aria-multiselectable=model.can_choose.then_some("true")
            aria-activedescendant=move || active()
            on:keydown=keys
            on:scroll:target=move |ev| model.scrolled.set(f64::from(ev.target().scroll_top()))
        >
            <table role="presentation" data-room=move || head::room(model)>
                {head::columns(model)}
                {head::heads(model)}
                {above}
                <tbody role="rowgroup">
                    {each(
                        move || model.shown.get(),
                        |shown| shown.row.key.clone(),
                        move |shown| row(model, shown),
                    )}
                </tbody>
                {below}
            </table>
        </div>
    }
    .into_any()
}

type Changing = Box<dyn Fn() -> usize + Send + Sync>;

fn row_id(model: Model, place: usize) -> String {
    model.id.with_value(|id| format!("{id}-row-{place}"))
}

fn row(model: Model, first: Shown) -> AnyView {
    let key = StoredValue::new(first.row.key.clone());
    // A row that is being taken out stays as it was.
    let now = Memo::new(move |before: Option<&Shown>| {
        let is_it = |shown: &&Shown| key.with_value(|key| shown.row.key == *key);
        let now = model.shown.with(|shown| shown.iter().find(is_it).cloned());
        now.unwrap_or_else(|| before.unwrap_or(&first).clone())
    });
    let place = Memo::new(move |_| now.with(|now| now.place));
    let is_chosen = Memo::new(move |_| {
        model
            .chosen
            .with(|chosen| key.with_value(|key| chosen.contains(key)))
    });
    let is_active = move || {
        model
            .active
            .with(|active| key.with_value(|key| active.as_ref() == Some(key)))
    };
    let pick = model.can_choose.then(|| {
        view! {
            <td role="gridcell" class="pick">
                <input
                    type="checkbox"
                    tabindex="-1"
                    aria-label=key.with_value(|key| format!("Select {key}"))
                    prop:checked=move || is_chosen.get()
                    on:click:target=move |ev| {
                        ev.stop_propagation();
                        model.choose(place.get_untracked(), ev.shift_key());
                        // With shift what is chosen stays so, whatever the browser has drawn.
                        ev.target().set_checked(is_chosen.get_untracked());
                    }
                />
            </td>
        }
        .into_any()
    });
    // Drawn anew when the row is another one, not when it has moved.
    let content = Memo::new(move |_| Same(now.with(|now| now.row.clone())));
    view! {
        <tr
            role="row"
            id=move || row_id(model, place.get())
            aria-rowindex=move || (place.get() + 2).to_string()
            aria-selected=move || model.can_choose.then(|| is_chosen.get().to_string())
            data-active=move || is_active().then_some("")
            on:click=move |_| model.active.set(Some(key.get_value()))
        >
            {pick}
            {move || content.with(|row| cells(model, &row.0))}
        </tr>
    }
    .into_any()
}

#[derive(Clone)]
struct Same(std::sync::Arc<TableRow>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&self.0, &other.0)
    }
}

fn cells(model: Model, row: &TableRow) -> AnyView {
    model.columns.with_value(|columns| {
        let cells = columns.iter().enumerate().filter_map(|(place, column)| {
            let is_shown = model.hidden.with(|hidden| !hidden.contains(&column.id));
            let cell = row.cells.get(place).unwrap_or(&Cell::Nothing);
            is_shown.then(|| one(model, place, column, cell))
        });
        all(cells)
    })
}

fn one(model: Model, place: usize, column: &Column, cell: &Cell) -> AnyView {
    let (class, content) = (head::class(column), content(model, cell));
    match place {
        0 => view! { <th role="rowheader" class=class>{content}</th> }.into_any(),
        _ => {
            let name = column.is_second.then(|| column.name.clone());
            view! { <td role="gridcell" class=class data-name=name>{content}</td> }.into_any()
        }
    }
}

fn content(model: Model, cell: &Cell) -> AnyView {
    match cell {
        Cell::Nothing => "–".into_any(),
        Cell::Text(text) => {
            let text = text.clone();
            view! { <span title=text.clone()>{text.clone()}</span> }.into_any()
        }
        Cell::Number(_, text) => text.clone().into_any(),
        Cell::Link(text, href) => {
            let (text, href) = (text.clone(), href.clone());
            // Keys go from row to row; Enter follows the link. Without a script Tab reaches it.
            let stop = move || model.measures.with(Option::is_some).then_some("-1");
            view! { <a href=href title=text.clone() tabindex=move || stop()>{text.clone()}</a> }
                .into_any()
        }
        Cell::Level(level) => {
            let level = *level;
            view! { <LevelBadge level=move || level /> }.into_any()
        }
        Cell::Spark(values) => {
            let spark = Spark::from(values.clone());
            view! { <Sparkline spark=move || spark.clone() /> }.into_any()
        }
        Cell::Time(at_ms) => view! { <Ago at_ms=*at_ms /> }.into_any(),
        Cell::View(_, _, view) => view(),
        Cell::Noted(cell, note) => {
            let note = note.clone();
            view! {
                {content(model, cell)}
                <small title=note.clone()>{note.clone()}</small>
            }
            .into_any()
        }
    }
}
