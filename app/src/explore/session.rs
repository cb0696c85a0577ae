//! What somebody does on the page: queries that are written, what is asked, what has come.
//!
//! What is asked stands in the address. Running writes the texts into it; a change of the address, from
//! wherever it comes, changes the texts and asks.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use ui::chart::Picture;
use ui::{LiveState, PageTime, effect};
use wire::{
    Evaluation, MOST_QUERIES, MetricPanel, Mistake, Outcome, PanelQuery, Placed, TimeRange,
};

use super::api::{check_query, evaluate_queries, format_query};
use super::state::{Asked, Query};
use super::vocabulary::Vocabulary;
use crate::address::Address;
use crate::board::Shown;
use crate::loaded::Loaded;

/// Most points of a series: no chart is much wider.
const POINTS: u32 = 400;
/// A text is checked when nothing has been typed for so long.
const CHECKED_AFTER: std::time::Duration = std::time::Duration::from_millis(300);
/// The page's path.
const PATH: &str = "/explore";

/// A query that is written.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) id: u32,
    /// PromQL.
    pub(crate) expr: RwSignal<String>,
    /// How its series are called.
    pub(crate) legend: RwSignal<String>,
    /// Whether it stands aside.
    pub(crate) is_hidden: RwSignal<bool>,
    /// What is wrong with a text that was checked.
    pub(crate) mistake: RwSignal<Option<(String, Mistake)>>,
    /// Its number among the queries that were asked.
    place: RwSignal<Option<usize>>,
    /// Counts what has been typed, so that the newest check wins.
    turn: StoredValue<u32>,
}

/// What the page begins with.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    asked: Memo<Asked>,
    address: Address,
    /// What is made for the page lives as long as it.
    owner: StoredValue<Owner>,
    /// The answers to what stands in the address.
    pub(crate) answers: Loaded<Evaluation>,
}

impl Opening {
    /// Reads the address and asks for what stands there; once, in the page.
    pub(crate) fn load() -> Self {
        let location = use_location();
        let (path, search) = (location.pathname, location.search);
        // Leaving the page is no change of what it asks.
        let asked = Memo::new(move |before: Option<&Asked>| {
            let is_here = path.with(|path| path == PATH);
            match before {
                Some(before) if !is_here => before.clone(),
                _ => search.with(|search| Asked::read(search)),
            }
        });
        let range = expect_context::<PageTime>().range;
        let answers = Loaded::once(move || {
            let exprs = asked.with_untracked(|asked| expressions(&shown_of(asked)));
            let (range_ms, until_ms) = range.get_untracked().parts();
            evaluate_queries(exprs, range_ms, until_ms, POINTS)
        });
        Self {
            asked,
            address: Address::here(),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            answers,
        }
    }

    /// Whether the address asks for nothing.
    pub(crate) fn is_empty(self) -> bool {
        self.asked.with(|asked| {
            asked
                .queries
                .iter()
                .all(|query| query.expr.trim().is_empty())
        })
    }
}

/// The page's state.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    /// What the address says.
    pub(crate) asked: Memo<Asked>,
    /// What is written.
    pub(crate) rows: RwSignal<Vec<Row>>,
    /// What was asked and what of it failed; another one with every answer.
    pub(crate) shown: RwSignal<Shown>,
    /// What has come; the same for as long as the page is there.
    pub(crate) picture: RwSignal<Picture>,
    /// Why nothing has come, where all of it failed.
    pub(crate) trouble: RwSignal<Option<String>>,
    /// Whether an answer is under way.
    pub(crate) is_loading: RwSignal<bool>,
    /// What is said about the answers.
    pub(crate) notes: RwSignal<Vec<String>>,
    pub(crate) words: Vocabulary,
    /// What was asked for last, and how often something was.
    loaded: StoredValue<(Vec<Query>, TimeRange, u32)>,
    address: Address,
    range: Memo<TimeRange>,
    /// Rows live as long as the page.
    owner: StoredValue<Owner>,
    next: StoredValue<u32>,
}

impl Session {
    /// Begins with what the page has loaded.
    pub(crate) fn begin(opening: Opening, evaluation: Evaluation, live: LiveState) -> Self {
        let owner = opening.owner.get_value();
        owner.with(|| Self::new(opening, evaluation, live))
    }

    fn new(opening: Opening, evaluation: Evaluation, live: LiveState) -> Self {
        let Opening {
            asked,
            address,
            owner,
            ..
        } = opening;
        let range = expect_context::<PageTime>().range;
        let now = asked.get_untracked();
        let visible = shown_of(&now);
        let placed = Placed {
            width: 12,
            panel: panel(&now, &visible),
        };
        let Evaluation {
            span,
            outcomes,
            notes,
        } = evaluation;
        let failed = failures(&outcomes);
        let shown = Shown::new(placed, &None, span, outcomes);
        let session = Self {
            asked,
            rows: RwSignal::new(Vec::new()),
            picture: shown.picture,
            shown: RwSignal::new(shown),
            trouble: RwSignal::new(None),
            notes: RwSignal::new(notes),
            is_loading: RwSignal::new(false),
            words: Vocabulary::new(),
            loaded: StoredValue::new((visible.clone(), range.get_untracked(), 0)),
            address,
            range,
            owner,
            next: StoredValue::new(0),
        };
        session.write(&now.queries);
        session.place(&visible, &failed);
        session.keep_current(live);
        session
    }

    /// In the browser: what the address says is written and asked, and new points are appended.
    fn keep_current(self, live: LiveState) {
        let queries = Memo::new(move |_| self.asked.with(|asked| asked.queries.clone()));
        effect(move || {
            let queries = queries.get();
            let is_written = written(&self.rows.get_untracked()) == queries;
            if !is_written {
                self.write(&queries);
            }
        });
        effect(move || {
            let visible = queries.with(|queries| visible(queries));
            let range = self.range.get();
            let is_new = self
                .loaded
                .with_value(|(known, of, _)| *known != visible || *of != range);
            if is_new {
                self.ask(visible, range);
            }
        });
        let look = Memo::new(move |_| self.asked.with(|asked| (asked.kind, asked.unit())));
        effect(move || {
            let (kind, unit) = look.get();
            let is_new = self
                .picture
                .with_untracked(|now| (now.kind, now.unit) != (kind, unit));
            if is_new {
                self.picture
                    .update(|picture| (picture.kind, picture.unit) = (kind, unit));
            }
        });
        effect(move || {
            let shown = self.shown.get();
            let span = shown.span.get_untracked();
            shown.follow(live, self.range.get_untracked(), span);
        });
        effect(move || {
            let now_ms = live.now_ms.get();
            if self.range.get_untracked().slides() && !live.is_paused.get_untracked() {
                self.shown.with_untracked(|shown| shown.slide(now_ms));
            }
        });
    }

    /// Writes queries into the rows; those that are there are kept, so that the focus stays.
    fn write(self, queries: &[Query]) {
        let mut rows = self.rows.get_untracked();
        let count = queries.len().max(1);
        rows.truncate(count);
        while rows.len() < count {
            rows.push(self.row(&Query::default()));
        }
        for (row, query) in rows.iter().zip(queries) {
            row.fill(query);
        }
        if queries.is_empty() {
            rows[0].fill(&Query::default());
        }
        self.rows.set(rows);
    }

    fn row(self, query: &Query) -> Row {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let owner = self.owner.get_value();
        owner.with(|| Row {
            id,
            expr: RwSignal::new(query.expr.clone()),
            legend: RwSignal::new(query.legend.clone()),
            is_hidden: RwSignal::new(query.is_hidden),
            mistake: RwSignal::new(None),
            place: RwSignal::new(None),
            turn: StoredValue::new(0),
        })
    }

    /// Asks for what is written: it goes into the address. What stands there already is asked again.
    pub(crate) fn run(self) {
        let queries = written(&self.rows.get_untracked());
        let mut asked = self.asked.get_untracked();
        if asked.queries == queries {
            return self.ask(visible(&queries), self.range.get_untracked());
        }
        asked.queries = queries;
        self.address.go(&asked.address(), false);
    }

    /// Looks at the same answers differently.
    pub(crate) fn look(self, change: impl FnOnce(&mut Asked)) {
        let before = self.asked.get_untracked();
        let mut asked = before.clone();
        change(&mut asked);
        if asked != before {
            self.address.go(&asked.address(), true);
        }
    }

    fn ask(self, visible: Vec<Query>, range: TimeRange) {
        let turn = self.loaded.with_value(|(.., turn)| turn + 1);
        self.loaded.set_value((visible.clone(), range, turn));
        self.is_loading.set(true);
        spawn_local(async move {
            let (range_ms, until_ms) = range.parts();
            let asked = evaluate_queries(expressions(&visible), range_ms, until_ms, POINTS).await;
            let answer = asked.map_err(|failure| failure.0);
            let answer = answer.and_then(|answer| answer.read());
            // The page may have been left, or ask for something else by now.
            if self.loaded.try_with_value(|(.., newest)| *newest) != Some(turn) {
                return;
            }
            self.is_loading.set(false);
            match answer {
                Ok(Evaluation {
                    span,
                    outcomes,
                    notes,
                }) => {
                    self.notes.set(notes);
                    let failed = failures(&outcomes);
                    let panel = panel(&self.asked.get_untracked(), &visible);
                    let shown = self.shown.get_untracked();
                    self.shown.set(shown.asking(panel, span, outcomes));
                    self.trouble.set(None);
                    self.place(&visible, &failed);
                }
                Err(problem) => self.trouble.set(Some(problem.message)),
            }
        });
    }

    /// Notes which row each answer belongs to, and looks for the places of mistakes.
    fn place(self, visible: &[Query], failed: &[bool]) {
        let mut left = visible.iter().zip(failed).enumerate().peekable();
        for row in self.rows.get_untracked() {
            let text = row.expr.get_untracked();
            let is_it = |(_, (query, _)): &(usize, (&Query, &bool))| query.expr == text;
            let found = left.next_if(is_it);
            row.place.set(found.map(|(place, _)| place));
            if found.is_some_and(|(_, (_, failed))| *failed) {
                #[cfg(feature = "hydrate")]
                row.check();
            }
        }
    }

    /// Why the query of a row failed, where it did and has not been changed since.
    pub(crate) fn trouble_of(self, row: Row) -> Option<String> {
        let place = row.place.get()?;
        self.shown.with(|shown| {
            let asked = shown.panel.queries.get(place)?;
            let is_same = row.expr.with(|text| *text == asked.expr);
            let trouble = shown.troubles.with(|all| all.get(place).cloned().flatten());
            trouble.filter(|_| is_same)
        })
    }

    /// The number of a row among all.
    pub(crate) fn number(self, row: Row) -> usize {
        self.rows
            .with(|rows| rows.iter().position(|known| known.id == row.id))
            .unwrap_or(0)
    }

    /// Whether there is room for another query.
    pub(crate) fn has_room(self) -> bool {
        self.rows.with(Vec::len) < MOST_QUERIES
    }

    /// A new, empty row at the end.
    pub(crate) fn add(self) {
        let row = self.row(&Query::default());
        self.rows.update(|rows| rows.push(row));
    }

    /// The same query once more, below it.
    pub(crate) fn duplicate(self, row: Row) {
        let copy = self.row(&row.query());
        self.rows.update(|rows| {
            let place = rows.iter().position(|known| known.id == row.id);
            let place = place.map_or(rows.len(), |place| place + 1);
            rows.insert(place, copy);
        });
        self.run();
    }

    /// Takes a query away.
    pub(crate) fn remove(self, row: Row) {
        self.rows
            .update(|rows| rows.retain(|known| known.id != row.id));
        if self.rows.with_untracked(Vec::is_empty) {
            self.add();
        }
        self.run();
    }

    /// Puts a query aside, or shows it again.
    pub(crate) fn hide(self, row: Row) {
        row.is_hidden.update(|hidden| *hidden = !*hidden);
        self.run();
    }

    /// Lays a query out; what cannot be is marked.
    pub(crate) fn format(self, row: Row) {
        let text = row.expr.get_untracked();
        spawn_local(async move {
            let answer = format_query(text.clone()).await;
            let laid_out = answer.map_err(|failure| failure.0);
            let laid_out = laid_out.and_then(|answer| answer.read());
            // What has been typed meanwhile is newer.
            if row.expr.try_get_untracked() != Some(text) {
                return;
            }
            match laid_out {
                Ok(laid_out) => row.expr.set(laid_out),
                Err(_) => row.check(),
            }
        });
    }
}

impl Row {
    fn query(self) -> Query {
        Query {
            expr: self.expr.get_untracked(),
            legend: self.legend.get_untracked(),
            is_hidden: self.is_hidden.get_untracked(),
        }
    }

    fn fill(self, query: &Query) {
        if self.query() != *query {
            self.expr.set(query.expr.clone());
            self.legend.set(query.legend.clone());
            self.is_hidden.set(query.is_hidden);
            self.mistake.set(None);
        }
    }

    /// Checks the text once typing has paused.
    pub(crate) fn check_soon(self) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        let check = move || {
            if self.turn.try_get_value() == Some(turn) {
                self.check();
            }
        };
        set_timeout(check, CHECKED_AFTER);
    }

    /// Checks the text now; the newest answer counts.
    pub(crate) fn check(self) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        let text = self.expr.get_untracked();
        if text.trim().is_empty() {
            return self.mistake.set(None);
        }
        spawn_local(async move {
            let checked = check_query(text.clone()).await;
            let checked = checked.map(|answer| answer.read());
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            // A check that fails says nothing about the text.
            if let Ok(Ok(mistake)) = checked {
                self.mistake.set(mistake.map(|mistake| (text, mistake)));
            }
        });
    }
}

/// What stands in the rows; those without a text are not asked.
fn written(rows: &[Row]) -> Vec<Query> {
    let all = rows.iter().map(|row| row.query());
    all.filter(|query| !query.expr.trim().is_empty()).collect()
}

/// The queries that are asked.
fn visible(queries: &[Query]) -> Vec<Query> {
    let is_asked = |query: &&Query| !query.is_hidden && !query.expr.trim().is_empty();
    queries.iter().filter(is_asked).cloned().collect()
}

fn shown_of(asked: &Asked) -> Vec<Query> {
    visible(&asked.queries)
}

fn expressions(queries: &[Query]) -> Vec<String> {
    queries.iter().map(|query| query.expr.clone()).collect()
}

/// The panel that queries make.
fn panel(asked: &Asked, visible: &[Query]) -> MetricPanel {
    let queries = visible.iter().map(|query| PanelQuery {
        expr: query.expr.clone(),
        legend: query.legend.clone(),
    });
    MetricPanel {
        id: "answer".to_owned(),
        title: "Answer".to_owned(),
        kind: asked.kind,
        unit: asked.unit(),
        queries: queries.collect(),
        ..MetricPanel::default()
    }
}

fn failures(outcomes: &[Outcome]) -> Vec<bool> {
    let failed = outcomes.iter();
    failed
        .map(|outcome| matches!(outcome, Outcome::Failed(_)))
        .collect()
}
