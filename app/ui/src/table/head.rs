//! The heads of the columns, their widths, and which of them are shown.

use leptos::attr as attribute;
use leptos::prelude::*;

use super::cell::Column;
use super::model::Model;
use super::order::Sort;
use crate::{Glyph, Icon, all, effect};

/// What a column's cells are, for the style.
pub(super) fn class(column: &Column) -> String {
    let marks = [
        (column.is_number, "number"),
        (column.is_optional, "optional"),
        (column.is_second, "second"),
    ];
    let marks: Vec<_> = marks
        .iter()
        .filter(|mark| mark.0)
        .map(|mark| mark.1)
        .collect();
    marks.join(" ")
}

/// The columns that are shown, with their places.
fn shown(model: Model) -> Vec<(usize, Column)> {
    let columns = model.columns.get_value().into_iter().enumerate();
    let hidden = model.hidden.get();
    columns
        .filter(|(_, column)| !hidden.contains(&column.id))
        .collect()
}

/// What a column of texts keeps where others leave no room, and what the boxes take, in pixels.
const LEAST: (u16, u16) = (110, 32);

/// The room that the columns need, in hundreds of pixels: `table_room.css` has a rule for each.
pub(super) fn room(model: Model) -> String {
    let boxes = if model.can_choose { LEAST.1 } else { 0 };
    let shown = shown(model).into_iter();
    let needed: u16 = shown
        .map(|(_, column)| column.width.unwrap_or(LEAST.0))
        .sum();
    (needed + boxes).div_ceil(100).clamp(6, 16).to_string()
}

/// Their widths: the rows that are in the page must not decide.
pub(super) fn columns(model: Model) -> AnyView {
    let columns = move || {
        all(shown(model).into_iter().map(|(_, column)| {
            let width = column.width.map(|width| width.to_string());
            view! { <col class=class(&column) {..attribute::width(width)} /> }
        }))
    };
    let pick = model
        .can_choose
        .then(|| view! { <col {..attribute::width("32")} /> });
    view! { <colgroup>{pick} {move || columns()}</colgroup> }.into_any()
}

pub(super) fn heads(model: Model) -> AnyView {
    let heads = move || {
        all(shown(model)
            .into_iter()
            .map(|(place, column)| one(model, place, column)))
    };
    let pick = model.can_choose.then(|| {
        let count = move || model.order.with(Vec::len);
        let is_all = move || count() > 0 && model.chosen_found() == count();
        let is_some = move || !is_all() && model.chosen_found() > 0;
        view! {
            <th role="columnheader" class="pick">
                <input
                    type="checkbox"
                    aria-label="Select all shown"
                    prop:checked=move || is_all()
                    prop:indeterminate=move || is_some()
                    on:change:target=move |ev| model.choose_all(ev.target().checked())
                />
            </th>
        }
    });
    view! {
        <thead role="rowgroup">
            <tr role="row" aria-rowindex="1">{pick} {move || heads()}</tr>
        </thead>
    }
    .into_any()
}

fn one(model: Model, place: usize, column: Column) -> AnyView {
    let class = class(&column);
    if !column.is_sortable {
        return view! { <th role="columnheader" class=class>{column.name}</th> }.into_any();
    }
    let sorted = move || model.sort.get().filter(|sort| sort.column == place);
    let said = move || {
        Some(match sorted()?.is_descending {
            true => "descending",
            false => "ascending",
        })
    };
    let glyph = move || {
        let glyph = match sorted().map(|sort| sort.is_descending) {
            Some(true) => Glyph::Descending,
            Some(false) => Glyph::Ascending,
            None => Glyph::Sortable,
        };
        view! { <Icon glyph=glyph /> }.into_any()
    };
    view! {
        <th role="columnheader" class=class aria-sort=move || said()>
            <button
                on:click=move |_| model.sort.update(|sort| *sort = Sort::next(*sort, place))
            >
                <span>{column.name}</span>
                {move || glyph()}
            </button>
        </th>
    }
    .into_any()
}

/// What is sorted by, where the heads have no room.
pub(super) fn sort_field(model: Model) -> AnyView {
    let options = move || {
        let columns = shown(model)
            .into_iter()
            .filter(|(_, column)| column.is_sortable);
        all(columns.flat_map(|(place, column)| {
            [false, true].map(|is_descending| {
                let sign = if is_descending { "↓" } else { "↑" };
                let sort = Some(Sort {
                    column: place,
                    is_descending,
                });
                view! {
                    <option value=value(sort) selected=move || model.sort.get() == sort>
                        {format!("{} {sign}", column.name)}
                    </option>
                }
            })
        }))
    };
    view! {
        <select
            class="sort-field"
            aria-label="Sort by"
            data-needs-script
            on:change:target=move |ev| model.sort.set(read(&ev.target().value()))
        >
            <option value="">"As it comes"</option>
            {move || options()}
        </select>
    }
    .into_any()
}

fn value(sort: Option<Sort>) -> String {
    sort.map_or_else(String::new, |sort| {
        format!("{} {}", sort.column, sort.is_descending)
    })
}

fn read(value: &str) -> Option<Sort> {
    let (column, is_descending) = value.split_once(' ')?;
    Some(Sort {
        column: column.parse().ok()?,
        is_descending: is_descending == "true",
    })
}

/// Which columns are shown: a button and what it opens. What is chosen is remembered by the browser.
pub(super) fn choice(model: Model) -> AnyView {
    let name = model.id.with_value(|id| format!("columns:{id}"));
    let kept = name.clone();
    effect(move || {
        if let Some(kept) = remembered(&kept) {
            let is_hidden = |column: &&Column| kept.split(',').any(|id| id == column.id);
            let hidden = model
                .columns
                .with_value(|columns| columns.iter().filter(is_hidden).map(|c| c.id).collect());
            model.hidden.set(hidden);
        }
    });
    let columns = model.columns.get_value();
    let boxes = all(columns.into_iter().enumerate().map(|(place, column)| {
        let (id, name) = (column.id, name.clone());
        let turn = move |_| {
            model.hidden.update(|hidden| match hidden.contains(&id) {
                true => hidden.retain(|other| *other != id),
                false => hidden.push(id),
            });
            remember(&name, &model.hidden.get_untracked().join(","));
        };
        view! {
            <li>
                <label class="check">
                    <input
                        type="checkbox"
                        // A table without what its rows are called is none.
                        disabled=place == 0
                        prop:checked=move || model.hidden.with(|hidden| !hidden.contains(&id))
                        on:change=turn
                    />
                    {column.name}
                </label>
            </li>
        }
    }));
    let id = model.id.with_value(|id| format!("{id}-columns"));
    view! {
        <span class="menu" data-needs-script>
            <button class="quiet" popovertarget=id.clone() aria-label="Columns" title="Columns">
                <Icon glyph=Glyph::Columns />
            </button>
            <ul id=id.clone() popover="auto" data-rove="vertical">{boxes}</ul>
        </span>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
fn remembered(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

#[cfg(feature = "hydrate")]
fn remember(name: &str, text: &str) {
    // A browser that keeps nothing shows the columns as they are at first.
    let _ = window()
        .local_storage()
        .map(|kept| kept.map(|kept| kept.set_item(name, text)));
}

#[cfg(not(feature = "hydrate"))]
fn remembered(_: &str) -> Option<String> {
    None
}

#[cfg(not(feature = "hydrate"))]
fn remember(_: &str, _: &str) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_in_a_field() {
        for sort in [None, Some((3, true)), Some((0, false))] {
            let sort = sort.map(|(column, is_descending)| Sort {
                column,
                is_descending,
            });
            assert_eq!(read(&value(sort)), sort);
        }
        assert_eq!(read("x true"), None);
    }
}
