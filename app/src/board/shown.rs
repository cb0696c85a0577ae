//! A panel over metrics as it is shown now.

use std::sync::Arc;

use leptos::prelude::*;
use ui::LiveState;
use ui::chart::{Picture, Sheet};
use wire::{Event, EventKind, Matrix, MetricPanel, Outcome, Placed, Points, Span, TimeRange};

/// The cookie that names kinds of marks which this browser does not show on charts, with points between.
pub(crate) const HIDDEN_MARKS: &str = "hidden-marks";
/// The picture slides when it is so many parts of its range behind: less is not seen.
const SLIDES: i64 = 600;
/// A newest value counts as now for so long, or five steps.
const NEWEST_MS: i64 = 120_000;

/// A panel with its picture.
#[derive(Clone)]
pub(crate) struct Shown {
    /// The entry of the catalogue.
    pub(crate) panel: Arc<MetricPanel>,
    /// How wide it is, in twelfths.
    pub(crate) width: u8,
    /// What it shows.
    pub(crate) picture: RwSignal<Picture>,
    /// Which of its queries fail, and why; one entry a query.
    pub(crate) troubles: RwSignal<Vec<Option<String>>>,
    /// What was asked for.
    pub(crate) span: RwSignal<Span>,
    server: Arc<Option<String>>,
}

impl Shown {
    pub(crate) fn new(
        placed: Placed,
        server: &Option<String>,
        span: Span,
        outcomes: Vec<Outcome>,
    ) -> Self {
        let panel = placed.panel;
        let picture = Picture {
            kind: panel.kind,
            unit: panel.unit,
            thresholds: panel.thresholds.clone(),
            max: panel.max,
            ..Picture::default()
        };
        let shown = Self {
            panel: Arc::new(panel),
            width: placed.width,
            picture: RwSignal::new(picture),
            troubles: RwSignal::new(Vec::new()),
            span: RwSignal::new(span),
            server: Arc::new(server.clone()),
        };
        shown.replace(span, &mut outcomes.into_iter());
        shown
    }

    /// Whether there is something to show: a picture, or why there is none.
    pub(crate) fn has_some(&self) -> bool {
        self.picture.with(|picture| !picture.sheet.rows.is_empty())
            || self.troubles.with(|all| all.iter().any(Option::is_some))
    }

    /// The same picture for other queries, and what they came to.
    pub(crate) fn asking(&self, panel: MetricPanel, span: Span, outcomes: Vec<Outcome>) -> Self {
        let shown = Self {
            panel: Arc::new(panel),
            ..self.clone()
        };
        shown.replace(span, &mut outcomes.into_iter());
        shown
    }

    /// Its queries over a stretch of time, in PromQL.
    pub(crate) fn expressions(&self, span: Span) -> Vec<String> {
        let server = self.server.as_deref();
        let queries = self.panel.queries.iter();
        queries
            .map(|query| MetricPanel::expression(query, server, span))
            .collect()
    }

    /// Shows what was asked for another stretch of time.
    pub(crate) fn replace(&self, span: Span, outcomes: &mut dyn Iterator<Item = Outcome>) {
        let mut troubles = Vec::new();
        let mut parts = Vec::new();
        for (query, outcome) in self.panel.queries.iter().zip(outcomes) {
            let (matrix, trouble) = match outcome {
                Outcome::Ok(matrix) => (matrix, None),
                Outcome::Failed(problem) => (Matrix::default(), Some(problem.message)),
            };
            parts.push((query.legend.as_str(), matrix));
            troubles.push(trouble);
        }
        let parts: Vec<_> = parts
            .iter()
            .map(|(legend, matrix)| (*legend, matrix))
            .collect();
        let sheet = Sheet::of(&parts);
        self.picture.update(|picture| {
            picture.sheet = sheet;
            (picture.from_ms, picture.to_ms) = (span.from_ms, span.to_ms);
        });
        self.troubles.set(troubles);
        self.span.set(span);
    }

    /// Says that nothing came, and keeps what is there.
    pub(crate) fn fail(&self, message: &str) {
        let every = self.panel.queries.iter().map(|_| Some(message.to_owned()));
        self.troubles.set(every.collect());
    }

    /// Asks for what comes from now on, for as long as the caller's scope is there.
    pub(crate) fn follow(&self, live: LiveState, range: TimeRange, span: Span) {
        if !range.slides() {
            return;
        }
        for (place, expr) in self.expressions(span).into_iter().enumerate() {
            let shown = self.clone();
            let hear = move |points| shown.hear(place, points, live.now_ms.get_untracked());
            live.feeds.follow(expr, span.step_ms, span.to_ms, hear);
        }
    }

    fn hear(&self, place: usize, points: Points, now_ms: i64) {
        let (matrix, trouble) = match points.outcome {
            Outcome::Ok(matrix) => (Some(matrix), None),
            Outcome::Failed(problem) => (None, Some(problem.message)),
        };
        if self
            .troubles
            .with_untracked(|known| known.get(place) != Some(&trouble))
        {
            self.troubles.update(|known| {
                if let Some(known) = known.get_mut(place) {
                    *known = trouble;
                }
            });
        }
        let (Some(matrix), Some(query)) = (matrix, self.panel.queries.get(place)) else {
            return;
        };
        let tip = points.tip.as_ref();
        // The page's clock may be behind what has just come, which is to be seen at once.
        let newest_ms = [Some(&matrix), tip]
            .into_iter()
            .filter_map(|points| points?.newest_ms());
        let now_ms = newest_ms.fold(now_ms, i64::max);
        self.picture.update(|picture| {
            let length_ms = picture.to_ms - picture.from_ms;
            picture.to_ms = picture.to_ms.max(now_ms);
            picture.from_ms = picture.to_ms - length_ms;
            let from_ms = picture.from_ms;
            picture
                .sheet
                .merge(place, &query.legend, &matrix, tip, from_ms);
        });
    }

    /// Moves the time axis on.
    pub(crate) fn slide(&self, now_ms: i64) {
        let (from_ms, to_ms) = self
            .picture
            .with_untracked(|picture| (picture.from_ms, picture.to_ms));
        let length_ms = to_ms - from_ms;
        if now_ms - to_ms >= (length_ms / SLIDES).max(1000) {
            self.picture.update(|picture| {
                picture.to_ms = now_ms;
                picture.from_ms = now_ms - length_ms;
            });
        }
    }

    /// Marks what happened, where the panel wants that.
    pub(super) fn mark(&self, events: &[Event]) {
        if !self.panel.marks {
            return;
        }
        // Which kinds somebody wants to see none of (`crate::events`).
        let hidden = ui::cookie(HIDDEN_MARKS).unwrap_or_default();
        let is_worth = |event: &&Event| {
            let ours = self
                .server
                .as_deref()
                .is_none_or(|server| event.server == server);
            // What concerns no server, may be why any curve goes another way.
            let ours = ours || event.server.is_empty() && event.kind != EventKind::Alert;
            let kind = event.kind.as_str();
            ours && event.kind.is_on_charts() && hidden.split('.').all(|it| it != kind)
        };
        let marks: Vec<Event> = events.iter().filter(is_worth).cloned().collect();
        if self
            .picture
            .with_untracked(|picture| picture.marks != marks)
        {
            self.picture.update(|picture| picture.marks = marks);
        }
    }

    /// The newest value of each series that still has one, with its place among the rows.
    pub(crate) fn newest(&self, picture: &Picture) -> Vec<(usize, f64)> {
        let step_ms = self.span.get_untracked().step_ms;
        let since_ms = (picture.to_ms - (5 * step_ms).max(NEWEST_MS)) as f64;
        let at_ms = &picture.sheet.at_ms;
        let rows = picture.sheet.rows.iter().enumerate();
        let newest = rows.filter_map(|(place, row)| {
            let mut points = at_ms.iter().zip(&row.values).rev();
            let (at, value) = points.find(|(_, value)| !value.is_nan())?;
            (*at >= since_ms).then_some((place, *value))
        });
        newest.collect()
    }
}
