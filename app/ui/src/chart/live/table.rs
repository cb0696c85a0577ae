//! The values as a table in place of the picture.

use web_sys::{Element, HtmlElement};
use wire::Kind;

use super::dom;
use super::overlay::path;
use super::stage::Stage;
use crate::chart::Picture;
use crate::chart::plan::buckets::{buckets, own, sum, words};
use crate::format;

/// Times that are shown, the newest first.
const MOST: usize = 200;

/// A table of texts, ready to be shown.
struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Shows the values as they are now; where the reader has scrolled to stays in sight.
pub(super) fn show(stage: &Stage, picture: &Picture) {
    let values = &stage.values;
    let scrolled = values
        .first_element_child()
        .map_or(0, |room| room.scroll_top());
    values.set_text_content(None);
    let table = match picture.kind {
        Kind::Histogram => of_buckets(picture),
        _ => over_time(stage, picture),
    };
    if let Some(room) = build(values, &stage.parts.title, &table) {
        room.set_scroll_top(scrolled);
    }
    marks(stage, picture);
}

fn over_time(stage: &Stage, picture: &Picture) -> Table {
    let sheet = &picture.sheet;
    let said = |value: f64| match value.is_nan() {
        true => String::new(),
        false => format::value(picture.unit, value),
    };
    let names = sheet.rows.iter().map(|row| row.name.clone());
    let range = sheet.range(picture.from_ms, picture.to_ms);
    let has_value = |place: &usize| sheet.rows.iter().any(|row| !row.values[*place].is_nan());
    let line = |place: usize| {
        let values = sheet.rows.iter().map(|row| said(row.values[place]));
        let at = std::iter::once(stage.exact(sheet.at_ms[place]));
        at.chain(values).collect()
    };
    Table {
        head: std::iter::once("Time".to_owned()).chain(names).collect(),
        rows: range.rev().filter(has_value).take(MOST).map(line).collect(),
    }
}

fn of_buckets(picture: &Picture) -> Table {
    let sheet = &picture.sheet;
    let range = sheet.range(picture.from_ms, picture.to_ms);
    let last = |row: usize| {
        let summary = sheet.rows[row].summary(range.clone());
        summary.map_or(f64::NAN, |summary| summary.last)
    };
    let buckets = buckets(sheet.rows.iter().map(|row| row.label("le")));
    let counts = own(buckets
        .iter()
        .map(|b| sum(b.rows.iter().map(|row| last(*row)))));
    let line =
        |(n, count): (usize, f64)| vec![words(&buckets, n, picture.unit), format::number(count)];
    Table {
        head: ["Value", "How often"].map(str::to_owned).to_vec(),
        rows: counts.into_iter().enumerate().map(line).collect(),
    }
}

fn build(values: &Element, title: &str, table: &Table) -> Option<HtmlElement> {
    let room = dom::append(values, "div", "scroll")?;
    dom::set(&room, "tabindex", "0");
    dom::set(&room, "role", "region");
    dom::set(&room, "aria-label", &format!("Values of {title}"));
    let element = dom::append(&room, "table", "")?;
    let head = dom::append(&element, "thead", "")?;
    let head = dom::append(&head, "tr", "")?;
    for (n, name) in table.head.iter().enumerate() {
        let cell = dom::append(&head, "th", if n == 0 { "" } else { "number" })?;
        dom::set(&cell, "scope", "col");
        let shown = dom::append(&cell, "bdi", "")?;
        dom::write(&shown, name);
    }
    let body = dom::append(&element, "tbody", "")?;
    for texts in &table.rows {
        let row = dom::append(&body, "tr", "")?;
        for (n, text) in texts.iter().enumerate() {
            let cell = match n {
                0 => dom::append(&row, "th", "")?,
                _ => dom::append(&row, "td", "number")?,
            };
            if n == 0 {
                dom::set(&cell, "scope", "row");
            }
            cell.set_text_content(Some(text));
        }
    }
    if table.rows.is_empty() {
        let none = dom::append(values, "p", "empty")?;
        dom::write(&none, "There is no value in this range.");
    }
    Some(room)
}

/// What happened meanwhile, as links.
fn marks(stage: &Stage, picture: &Picture) -> Option<()> {
    if picture.marks.is_empty() {
        return None;
    }
    let list = dom::append(&stage.values, "ul", "marks")?;
    dom::set(&list, "aria-label", "Marks on the time axis");
    for mark in &picture.marks {
        let row = dom::append(&list, "li", "")?;
        let at = dom::append(&row, "span", "")?;
        dom::write(&at, &stage.exact(mark.at_ms as f64));
        let link = dom::append(&row, "a", "")?;
        if let Some(path) = path(&mark.link) {
            dom::set(&link, "href", &stage.href(path));
        }
        dom::write(&link, &mark.title);
    }
    Some(())
}
