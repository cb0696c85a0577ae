//! The state of a table, and what keys and clicks do to it.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use leptos::html::Tag;
use leptos::prelude::*;

use super::order::{Sort, haystacks, order};
use super::window::{Measures, moved, scroll_to, window};
use super::{Column, Elsewhere, TableRow, TableState};
use crate::{Act, Changing};

/// All rows. What has not changed is the same row as before.
#[derive(Clone, Default)]
pub(super) struct Rows(Vec<Arc<TableRow>>);

impl Rows {
    fn of(new: Vec<TableRow>, before: Option<&Self>) -> Self {
        let before = before.map_or(&[][..], |before| &before.0);
        let known: HashMap<&str, &Arc<TableRow>> =
            before.iter().map(|row| (row.key.as_str(), row)).collect();
        let keep = |row: TableRow| match known.get(row.key.as_str()) {
            Some(known) if ***known == row => Arc::clone(known),
            _ => Arc::new(row),
        };
        Self(new.into_iter().map(keep).collect())
    }
}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<TableRow>, &Arc<TableRow>)| Arc::ptr_eq(a, b);
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

/// A row in the page, and its place among those that are found.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) place: usize,
    pub(super) row: Arc<TableRow>,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place && Arc::ptr_eq(&self.row, &other.row)
    }
}

/// The state of one table.
#[derive(Clone, Copy)]
pub(super) struct Model {
    pub(super) id: StoredValue<String>,
    pub(super) columns: StoredValue<Vec<Column>>,
    pub(super) rows: Memo<Rows>,
    /// The places of the rows that are found, as they are sorted.
    pub(super) order: Memo<Vec<u32>>,
    pub(super) sort: RwSignal<Option<Sort>>,
    pub(super) filter: RwSignal<String>,
    /// Columns that are not shown.
    pub(super) hidden: RwSignal<Vec<&'static str>>,
    /// The row that keys are about, by its key: it stays the same while others come and go.
    pub(super) active: RwSignal<Option<String>>,
    /// Where a stretch of chosen rows began.
    anchor: StoredValue<Option<String>>,
    /// The rows that are chosen.
    pub(super) chosen: RwSignal<BTreeSet<String>>,
    pub(super) scrolled: RwSignal<f64>,
    pub(super) measures: RwSignal<Option<Measures>>,
    /// Which of the found rows are in the page.
    pub(super) window: Memo<Range<usize>>,
    pub(super) shown: Memo<Vec<Shown>>,
    /// What is scrolled.
    pub(super) room: NodeRef<Tag>,
    pub(super) can_choose: bool,
    /// Where more rows are.
    pub(super) elsewhere: StoredValue<Option<Elsewhere>>,
    /// Whether rows are found and sorted there.
    pub(super) is_elsewhere: Memo<bool>,
}

impl Model {
    pub(super) fn new(
        id: String,
        columns: Vec<Column>,
        source: Changing<Vec<TableRow>>,
        start: &TableState,
        can_choose: bool,
        elsewhere: Option<Elsewhere>,
    ) -> Self {
        let elsewhere = StoredValue::new(elsewhere);
        let is_elsewhere = Memo::new(move |_| {
            elsewhere.with_value(|it| it.as_ref().is_some_and(|it| it.is_on.get()))
        });
        let sort = RwSignal::new(start.sort(&columns));
        let filter = RwSignal::new(start.filter.clone());
        let rows = Memo::new(move |before: Option<&Rows>| Rows::of(source.get(), before));
        let has_filter =
            Memo::new(move |_| !is_elsewhere.get() && filter.with(|text| !text.trim().is_empty()));
        let haystacks = Memo::new(move |_| match has_filter.get() {
            true => rows.with(|rows| haystacks(&rows.0)),
            false => Vec::new(),
        });
        let order = Memo::new(move |_| {
            if is_elsewhere.get() {
                return (0..rows.with(|rows| rows.0.len()) as u32).collect();
            }
            let (rows, filter) = (rows.read(), filter.read());
            haystacks.with(|haystacks| order(&rows.0, haystacks, &filter, sort.get()))
        });
        let (scrolled, measures) = (RwSignal::new(0.0), RwSignal::new(None));
        let window =
            Memo::new(move |_| window(measures.get(), scrolled.get(), order.with(Vec::len)));
        let shown = Memo::new(move |_| {
            let (rows, order) = (rows.read(), order.read());
            let row = |place: usize| {
                let row = rows.0.get(*order.get(place)? as usize)?;
                Some(Shown {
                    place,
                    row: Arc::clone(row),
                })
            };
            window.get().filter_map(row).collect()
        });
        let is_hidden = columns.iter().filter(|column| column.is_hidden);
        Self {
            id: StoredValue::new(id),
            hidden: RwSignal::new(is_hidden.map(|column| column.id).collect()),
            columns: StoredValue::new(columns),
            rows,
            order,
            sort,
            filter,
            active: RwSignal::new(None),
            anchor: StoredValue::new(None),
            chosen: RwSignal::new(BTreeSet::new()),
            scrolled,
            measures,
            window,
            shown,
            room: NodeRef::new(),
            can_choose,
            elsewhere,
            is_elsewhere,
        }
    }

    /// How many rows there are, found or not.
    pub(super) fn count(self) -> usize {
        if self.is_elsewhere.get() {
            return self
                .elsewhere
                .with_value(|it| it.as_ref().map_or(0, |it| it.count.get()));
        }
        self.rows.with(|rows| rows.0.len())
    }

    pub(super) fn state(self) -> TableState {
        let (sort, filter) = (self.sort.get(), self.filter.get());
        self.columns
            .with_value(|columns| TableState::of(sort, &filter, columns))
    }

    /// The same, untracked; nothing when the table is gone.
    pub(super) fn try_state(self) -> Option<TableState> {
        let (sort, filter) = (
            self.sort.try_get_untracked()?,
            self.filter.try_get_untracked()?,
        );
        self.columns
            .try_with_value(|columns| TableState::of(sort, &filter, columns))
    }

    /// Something about a row that is found, by its place.
    fn at<T>(self, place: usize, of: impl FnOnce(&TableRow) -> T) -> Option<T> {
        let (rows, order) = (self.rows.read_untracked(), self.order.read_untracked());
        let row = rows.0.get(*order.get(place)? as usize)?;
        Some(of(row))
    }

    fn place_of(self, key: &str) -> Option<usize> {
        let (rows, order) = (self.rows.read_untracked(), self.order.read_untracked());
        order.iter().position(|at| rows.0[*at as usize].key == key)
    }

    /// Where the row that keys are about is now.
    pub(super) fn active_place(self) -> Option<usize> {
        self.active
            .with_untracked(|key| self.place_of(key.as_deref()?))
    }

    /// What a key does; whether it was one of the table's.
    pub(super) fn press(self, key: &str, has_shift: bool, has_command: bool) -> bool {
        let at = self.active_place();
        let count = self.order.with_untracked(Vec::len);
        match (key, at) {
            ("a" | "A", _) if has_command && self.can_choose => self.choose_all(true),
            _ if has_command => return false,
            ("Enter", Some(at)) => match self.at(at, |row| row.href.clone()).flatten() {
                Some(href) => Act::Go(href).perform(),
                None => return false,
            },
            (" ", Some(at)) if self.can_choose => self.choose(at, has_shift),
            ("Escape", _) if self.chosen.with_untracked(|chosen| !chosen.is_empty()) => {
                self.choose_all(false);
            }
            _ => {
                let page = self.measures.get_untracked();
                let page = page.map_or(10, |m| (m.room / m.row) as usize - 1);
                let Some(place) = moved(key, at, count, page) else {
                    return false;
                };
                self.activate(place);
                if has_shift && self.can_choose {
                    self.extend(at, place);
                } else {
                    self.anchor.set_value(None);
                }
            }
        }
        true
    }

    /// Makes a row the one that keys are about, and brings it into sight.
    pub(super) fn activate(self, place: usize) {
        self.active.set(self.at(place, |row| row.key.clone()));
        if let (Some(measures), Some(room)) =
            (self.measures.get_untracked(), self.room.get_untracked())
        {
            let to = scroll_to(measures, self.scrolled.get_untracked(), place);
            room.set_scroll_top(to.round() as i32);
        }
    }

    /// Chooses a row, or no longer; with shift all from where the stretch began.
    pub(super) fn choose(self, place: usize, has_shift: bool) {
        if has_shift {
            return self.extend(self.active_place(), place);
        }
        let Some(key) = self.at(place, chosen_as).flatten() else {
            return;
        };
        self.anchor.set_value(Some(key.clone()));
        self.chosen.update(|chosen| {
            if !chosen.remove(&key) {
                chosen.insert(key);
            }
        });
    }

    /// Chooses all rows from where the stretch began; where none has, from a row.
    fn extend(self, from: Option<usize>, place: usize) {
        let anchor = self.anchor.get_value();
        let anchor = anchor.and_then(|key| self.place_of(&key));
        let from = anchor.or(from).unwrap_or(place);
        self.anchor.set_value(self.at(from, |row| row.key.clone()));
        let stretch = from.min(place)..=from.max(place);
        let keys = stretch.filter_map(|place| self.at(place, chosen_as).flatten());
        self.chosen.update(|chosen| chosen.extend(keys));
    }

    /// Chooses all rows that are found, or none.
    pub(super) fn choose_all(self, is_wanted: bool) {
        if is_wanted && self.is_elsewhere.get_untracked() {
            return super::elsewhere::choose_all(self);
        }
        let count = if is_wanted {
            self.order.with_untracked(Vec::len)
        } else {
            0
        };
        let keys = (0..count).filter_map(|place| self.at(place, |row| row.key.clone()));
        self.chosen.set(keys.collect());
    }

    /// Rows that are gone are not chosen.
    pub(super) fn forget_gone(self) {
        // What is chosen elsewhere need not be here.
        if self.is_elsewhere.get() {
            return;
        }
        let rows = self.rows.read();
        let count = self.chosen.with_untracked(BTreeSet::len);
        if count > 0 {
            let there: BTreeSet<&str> = rows.0.iter().map(|row| row.key.as_str()).collect();
            let is_there = |key: &String| there.contains(key.as_str());
            if !self
                .chosen
                .with_untracked(|chosen| chosen.iter().all(is_there))
            {
                self.chosen.update(|chosen| chosen.retain(is_there));
            }
        }
    }

    /// How many of the chosen rows are found.
    pub(super) fn chosen_found(self) -> usize {
        let (rows, order) = (self.rows.read(), self.order.read());
        if self.is_elsewhere.get() {
            return self.chosen.with(BTreeSet::len).min(order.len());
        }
        self.chosen.with(|chosen| match chosen.is_empty() {
            true => 0,
            false => {
                let is_chosen = |at: &&u32| chosen.contains(&rows.0[**at as usize].key);
                order.iter().filter(is_chosen).count()
            }
        })
    }
}

/// The key under which a row is chosen; nothing of one that has not been fetched yet.
fn chosen_as(row: &TableRow) -> Option<String> {
    (!row.cells.is_empty()).then(|| row.key.clone())
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    fn rows(keys: &str) -> Vec<TableRow> {
        let row = |key: &str| TableRow {
            key: key.to_owned(),
            href: None,
            cells: vec![Cell::text(key)],
        };
        keys.split(' ')
            .filter(|key| !key.is_empty())
            .map(row)
            .collect()
    }

    fn model(source: RwSignal<String>) -> Model {
        let source = Changing::from(move || source.with(|keys| rows(keys)));
        let columns = vec![Column::new("name", "Name")];
        Model::new(
            "test".into(),
            columns,
            source,
            &TableState::default(),
            true,
            None,
        )
    }

    /// The active row and those that are chosen.
    fn told(model: Model) -> String {
        let active = model.active.get_untracked().unwrap_or_default();
        let chosen: Vec<_> = model.chosen.get_untracked().into_iter().collect();
        format!("{active}: {}", chosen.join(" "))
    }

    #[test]
    fn keys_move_and_choose() {
        Owner::new().with(|| {
            for (keys, expected) in [
                ("", ": "),
                ("ArrowDown", "c: "),
                ("End", "d: "),
                ("ArrowDown ArrowDown Space", "a: a"),
                ("Home Space Shift+ArrowDown Shift+ArrowDown", "b: a b c"),
                ("Home Space ArrowDown ArrowDown Shift+Space", "b: b c"),
                ("Home Shift+End", "d: a b c d"),
                ("Home Space Space", "c: "),
                ("End Space Escape", "d: "),
                ("Ctrl+a", ": a b c d"),
                ("Ctrl+x Space Enter", ": "),
            ] {
                let model = model(RwSignal::new("c a b d".to_owned()));
                for key in keys.split(' ') {
                    let (has_shift, key) = match key.strip_prefix("Shift+") {
                        Some(key) => (true, key),
                        None => (false, key),
                    };
                    let (has_command, key) = match key.strip_prefix("Ctrl+") {
                        Some(key) => (true, key),
                        None => (false, key),
                    };
                    let key = if key == "Space" { " " } else { key };
                    model.press(key, has_shift, has_command);
                }
                assert_eq!(told(model), expected, "{keys}");
            }
        });
    }

    #[test]
    fn rows_come_and_go() {
        Owner::new().with(|| {
            let source = RwSignal::new("c a b d".to_owned());
            let model = model(source);
            for key in ["End", " ", "Home", " "] {
                model.press(key, false, false);
            }
            assert_eq!(told(model), "c: c d");
            let kept = model.rows.with(|rows| rows.0[3].clone());
            source.set("new d c".to_owned());
            model.forget_gone();
            assert_eq!(told(model), "c: c d", "by their keys");
            assert_eq!(model.active_place(), Some(2));
            let same = model.rows.with(|rows| Arc::ptr_eq(&rows.0[1], &kept));
            assert!(same, "what has not changed is not drawn again");
            model.filter.set("d".to_owned());
            assert_eq!((model.chosen_found(), model.active_place()), (1, None));
            source.set("new c".to_owned());
            model.forget_gone();
            assert_eq!(told(model), "c: c");
            assert_eq!(model.shown.with(Vec::len), 0);
        });
    }
}
