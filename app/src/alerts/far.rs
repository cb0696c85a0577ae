//! Open alerts that are not on the page, because there are too many: fetched as they are scrolled to, found and sorted by the
//! server.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use ui::{Changing, Elsewhere, LiveState, TableState};
use wire::{Alert, AlertRow, OpenPage, OpenQuery};

use super::api::{load_open, load_open_ids};

/// Rows that are asked for at a time.
const PAGE: usize = 100;
/// How long somebody may go on typing before it is asked, and how long what has changed may wait until it is asked anew.
const TYPING: Duration = Duration::from_millis(120);
const STALE: Duration = Duration::from_millis(1500);

/// What has been fetched.
#[derive(Clone, Copy)]
pub(super) struct Far {
    live: LiveState,
    /// Pages of rows by their numbers, of what was asked last.
    pages: RwSignal<BTreeMap<usize, Vec<AlertRow>>>,
    /// How many are found.
    found: RwSignal<usize>,
    /// What is asked, and which pages are being asked for.
    asked: StoredValue<TableState>,
    coming: StoredValue<BTreeSet<usize>>,
    /// A number that is another when something else is asked, or the same anew.
    turn: StoredValue<u32>,
    /// What the pages are of, and from which turn the newest of them is.
    taken: StoredValue<(TableState, u32)>,
    /// What is in sight.
    sight: StoredValue<Range<usize>>,
    is_stale: StoredValue<bool>,
}

impl Far {
    pub(super) fn new(live: LiveState) -> Self {
        let far = Self {
            live,
            pages: RwSignal::new(BTreeMap::new()),
            found: RwSignal::new(0),
            asked: StoredValue::new(TableState::default()),
            coming: StoredValue::new(BTreeSet::new()),
            turn: StoredValue::new(0),
            taken: StoredValue::new((TableState::default(), 0)),
            sight: StoredValue::new(0..0),
            is_stale: StoredValue::new(false),
        };
        live.on_alerts(move |alerts| far.hear(alerts));
        far
    }

    /// The rows of all that are found, in their places; of one that has not been fetched, nothing.
    pub(super) fn rows(self) -> Vec<Option<AlertRow>> {
        if self.pages.with(BTreeMap::is_empty) {
            // The page has the first of them by itself.
            let mut rows: Vec<_> = self.live.alerts.with(|alerts| {
                let open = alerts.iter().filter(|alert| alert.is_open());
                open.map(|alert| Some(AlertRow::from(alert))).collect()
            });
            let open = self.live.alert_totals().open as usize;
            rows.resize(open.max(rows.len()), None);
            return rows;
        }
        let mut rows = vec![None; self.found.get()];
        self.pages.with(|pages| {
            for (number, page) in pages {
                let places = rows.iter_mut().skip(number * PAGE);
                for (place, row) in places.zip(page) {
                    *place = Some(row.clone());
                }
            }
        });
        rows
    }

    /// What a table needs of it.
    pub(super) fn elsewhere(self) -> Elsewhere {
        let live = self.live;
        let keys = move |state, take: ui::TakeKeys| {
            leptos::task::spawn_local(async move {
                let answer = load_open_ids(query(&state, 0)).await;
                match answer.map_err(|it| it.0).and_then(|answer| answer.read()) {
                    Ok(ids) => take(ids),
                    Err(problem) => ui::notify(problem.to_string(), true),
                }
            });
        };
        Elsewhere {
            is_on: Changing::from(move || !live.has_all_alerts()),
            count: Changing::from(move || live.alert_totals().open as usize),
            need: Arc::new(move |state, sight| self.need(state, sight)),
            keys: Arc::new(keys),
        }
    }

    fn need(self, state: TableState, sight: Range<usize>) {
        self.sight.set_value(sight);
        if self.asked.get_value() == state {
            return self.fetch();
        }
        let is_typed = self.asked.with_value(|asked| asked.filter != state.filter);
        self.asked.set_value(state.clone());
        let turn = self.next_turn();
        let ask = move || {
            if self.turn.try_get_value() == Some(turn) {
                self.fetch_page(0);
            }
        };
        match is_typed {
            true => set_timeout(ask, TYPING),
            false => ask(),
        }
    }

    fn next_turn(self) -> u32 {
        let turn = self.turn.get_value().wrapping_add(1).max(1);
        self.turn.set_value(turn);
        self.coming.set_value(BTreeSet::new());
        turn
    }

    /// Asks for what is in sight and neither there nor coming.
    fn fetch(self) {
        let sight = self.sight.get_value();
        let is_open = |alerts: &Vec<Alert>| alerts.iter().filter(|it| it.is_open()).count();
        let here = self.live.alerts.with_untracked(is_open);
        let is_first = self.turn.get_value() == 0;
        if is_first && sight.end <= here {
            return;
        }
        if is_first {
            // From now on the pages are those that were fetched.
            self.next_turn();
        }
        for number in pages_of(&sight) {
            let is_here = self
                .pages
                .with_untracked(|pages| pages.contains_key(&number));
            if !is_here {
                self.fetch_page(number);
            }
        }
    }

    fn fetch_page(self, number: usize) {
        let is_new = self.coming.try_update_value(|coming| coming.insert(number));
        if is_new != Some(true) {
            return;
        }
        let (turn, state) = (self.turn.get_value(), self.asked.get_value());
        leptos::task::spawn_local(async move {
            let answer = load_open(query(&state, number * PAGE)).await;
            // Somebody may have left the page, or look for something else by now.
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            self.coming
                .update_value(|coming| _ = coming.remove(&number));
            match answer.map_err(|it| it.0).and_then(|answer| answer.read()) {
                Ok(page) => self.take(number, page, turn),
                Err(problem) => ui::notify(problem.to_string(), true),
            }
        });
    }

    fn take(self, number: usize, page: OpenPage, turn: u32) {
        let (asked, sight) = (self.asked.get_value(), self.sight.get_value());
        let (was, last_turn) = self.taken.get_value();
        self.found.set(page.found as usize);
        self.pages.update(|pages| {
            if was != asked {
                pages.clear();
            } else if last_turn != turn {
                // What is in sight stays until it is there anew.
                pages.retain(|number, _| pages_of(&sight).contains(number));
            }
            pages.insert(number, page.rows);
        });
        self.taken.set_value((asked, turn));
        self.fetch();
    }

    /// Shows what has become of rows that are there, and asks anew a little later: there may be others, in another order.
    fn hear(self, alerts: &[Alert]) {
        if self.turn.try_get_value().is_none_or(|turn| turn == 0) {
            return;
        }
        let is_known = |row: &AlertRow| alerts.iter().any(|alert| alert.id == row.id);
        let has_some =
            |pages: &BTreeMap<usize, Vec<AlertRow>>| pages.values().flatten().any(is_known);
        if alerts.len() <= PAGE && self.pages.with_untracked(has_some) {
            self.pages.update(|pages| {
                for row in pages.values_mut().flatten() {
                    if let Some(alert) = alerts.iter().find(|alert| alert.id == row.id) {
                        *row = AlertRow::from(alert);
                    }
                }
            });
        }
        if self.is_stale.get_value() {
            return;
        }
        self.is_stale.set_value(true);
        let renew = move || {
            if self.is_stale.try_get_value() != Some(true) {
                return;
            }
            self.is_stale.set_value(false);
            if self.live.is_paused.get_untracked() || self.live.has_all_alerts() {
                return;
            }
            self.next_turn();
            pages_of(&self.sight.get_value()).for_each(|number| self.fetch_page(number));
        };
        set_timeout(renew, STALE);
    }
}

/// The numbers of the pages that have some places.
fn pages_of(places: &Range<usize>) -> std::ops::RangeInclusive<usize> {
    places.start / PAGE..=places.end.saturating_sub(1) / PAGE
}

fn query(state: &TableState, from: usize) -> OpenQuery {
    OpenQuery {
        text: state.filter.clone(),
        sort: state.sort.clone(),
        from: from as u32,
        limit: PAGE as u32,
        ..OpenQuery::default()
    }
}
