//! The newest value of each series, every label in a column of its own.

use leptos::prelude::*;
use ui::chart::Picture;
use ui::{Cell, Column, Table, TableRow, format};

use super::{Session, nothing};
use crate::explore::state::letter;

/// Columns of labels that a table has.
const MOST_LABELS: usize = 24;
/// Their ids.
const IDS: [&str; MOST_LABELS] = [
    "l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12", "l13", "l14",
    "l15", "l16", "l17", "l18", "l19", "l20", "l21", "l22", "l23",
];

/// The table.
pub(super) fn table(session: Session) -> AnyView {
    // Other labels make another table.
    let labels = Memo::new(move |_| session.picture.with(labels));
    let are_many = Memo::new(move |_| session.shown.with(|shown| shown.panel.queries.len() > 1));
    let is_empty = Memo::new(move |_| {
        let picture = session.picture;
        picture.with(|picture| picture.sheet.rows.is_empty())
    });
    let whole = move || {
        let (labels, picture) = (labels.get(), session.picture);
        if is_empty.get() {
            return nothing();
        }
        let are_many = are_many.get();
        let columns = columns(&labels, are_many);
        let id = format!("answer-{}", labels.join("-"));
        let rows = move || picture.with(|picture| rows(picture, &labels, are_many));
        view! {
            <Table
                id=id
                title="Newest values"
                columns=columns
                rows=rows
                empty="No series has a value here."
            />
        }
        .into_any()
    };
    view! { {move || whole()} }.into_any()
}

/// The names of all labels, the metric's first.
fn labels(picture: &Picture) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in &picture.sheet.rows {
        for (name, _) in row.labels() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names.sort_by_key(|name| (name != "__name__", name.clone()));
    names.truncate(MOST_LABELS);
    names
}

fn columns(labels: &[String], are_many: bool) -> Vec<Column> {
    let query = are_many.then(|| Column::new("query", "Query").width(72));
    let mut columns: Vec<Column> = query.into_iter().collect();
    for (id, name) in IDS.into_iter().zip(labels) {
        columns.push(match name.as_str() {
            "__name__" => Column::new(id, "Metric").width(260),
            name => Column::new(id, name).second(),
        });
    }
    columns.push(Column::new("value", "Newest value").number().width(120));
    columns.push(Column::new("at", "Measured").width(110).optional());
    columns
}

fn rows(picture: &Picture, labels: &[String], are_many: bool) -> Vec<TableRow> {
    let sheet = &picture.sheet;
    let rows = sheet.rows.iter().filter_map(|row| {
        let place = row.values.iter().rposition(|value| !value.is_nan())?;
        let value = row.values[place];
        let query = are_many.then(|| Cell::text(letter(row.query())));
        let mut cells: Vec<Cell> = query.into_iter().collect();
        cells.extend(labels.iter().map(|name| match row.label(name) {
            "" => Cell::Nothing,
            value => Cell::text(value),
        }));
        cells.push(Cell::Number(value, format::value(picture.unit, value)));
        cells.push(Cell::Time(*sheet.at_ms.get(place)? as i64));
        Some(TableRow {
            key: row.key.clone(),
            href: None,
            cells,
        })
    });
    rows.collect()
}
