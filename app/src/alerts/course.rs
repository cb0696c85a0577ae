//! The course of what an alert's rule looks at, before the alert, while it was there and after it, with what happened to it
//! on the time axis.

use leptos::prelude::*;
use ui::chart::{Chart, ChartHandle, Picture, Sheet, png};
use ui::{Changing, Empty, LiveState, PanelFrame, PanelMenu, effect, provide_page_time, when_else};
use wire::{
    AlertDetail, Evaluation, Event, EventKind, Matrix, Outcome, Problem, TimeRange, Unit,
    path_segment,
};

use super::api::load_course;
use super::detail::{around, told};
use super::form::Shown;
use crate::answer::read;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_outcome, trouble};

/// Series that are drawn where it is not known which one the alert is about.
const MOST_DRAWN: usize = 20;
/// How often the picture of an open alert is made anew, in milliseconds.
const REFRESH_MS: i64 = 15_000;

/// The panel; nothing for an alert without an expression.
pub(super) fn course(live: LiveState, shown: Shown) -> AnyView {
    let (expr, is_open) = shown.with_untracked(|it| (it.watched.clone(), it.alert.is_open()));
    if expr.is_empty() {
        return ().into_any();
    }
    let ends = move || {
        let now_ms = live.now_ms.get_untracked();
        shown.with_untracked(|detail| around(detail, now_ms))
    };
    let asked = expr.clone();
    let load = move || {
        let (from_ms, to_ms) = ends();
        load_course(asked.clone(), from_ms, to_ms)
    };
    let loaded = Loaded::<Evaluation>::once(load.clone());
    let (as_table, handle) = (RwSignal::new(false), ChartHandle::default());
    let picture = RwSignal::new(Picture::default());
    // Looking closer changes this chart and not the address: its time is its own.
    // It lives as long as the page, because on the server a part is shown after it was made.
    let scope = StoredValue::new(Owner::new());
    let content = seeded_outcome(Room::Tall, loaded.text(), move |_, outcome| {
        let answer = outcome.and_then(|text| read::<Evaluation>(&text));
        match answer.and_then(|answer| drawn(shown, &answer)) {
            Ok(first) => {
                picture.set(first);
                scope.with_value(|scope| scope.with(|| chart(picture, as_table, handle)))
            }
            Err(problem) => trouble(problem),
        }
    });
    if is_open {
        keep_new(live, shown, picture, load);
    }
    let exported = expr.clone();
    let exports = move || {
        let (from_ms, to_ms) = ends();
        format!(
            "query={}&from={from_ms}&to={to_ms}",
            path_segment(&exported)
        )
    };
    let closer = expr.clone();
    let explore = move || {
        let (from_ms, to_ms) = ends();
        format!(
            "/explore?q={}&from={from_ms}&to={to_ms}",
            path_segment(&closer)
        )
    };
    let menu = PanelMenu {
        exports: Some(Changing::from(exports)),
        query: Some(Changing::from(move || expr.clone())),
        explore: Some(Changing::from(explore)),
        as_table: Some(as_table),
        png: Some(std::sync::Arc::new(move || png(handle))),
    };
    view! {
        <PanelFrame id="course" title="What its rule looks at" menu=menu>
            {content}
        </PanelFrame>
    }
    .into_any()
}

fn chart(picture: RwSignal<Picture>, as_table: RwSignal<bool>, handle: ChartHandle) -> AnyView {
    let whole = picture.with_untracked(|picture| (picture.from_ms, picture.to_ms));
    let chosen = RwSignal::new(TimeRange::Between(whole.0, whole.1));
    let time = provide_page_time(move || chosen.get(), move |range| chosen.set(range));
    effect(move || {
        if let TimeRange::Between(from_ms, to_ms) = time.range.get() {
            picture.update(|picture| (picture.from_ms, picture.to_ms) = (from_ms, to_ms));
        }
    });
    let has_some = move || picture.with(|picture| !picture.sheet.rows.is_empty());
    let title = "What its rule looks at".to_owned();
    when_else(
        has_some,
        move || view! { <Chart title=title.clone() picture=picture as_table=as_table handle=handle /> },
        || view! { <Empty>"Nothing is stored of what its rule looks at in that time: it has only begun, or is older than what is kept."</Empty> },
    )
}

/// Asks anew now and then, as long as the alert goes on.
fn keep_new<F>(
    live: LiveState,
    shown: Shown,
    picture: RwSignal<Picture>,
    load: impl Fn() -> F + 'static,
) where
    F: Future<Output = Result<crate::answer::Answer<Evaluation>, crate::answer::Failure>> + 'static,
{
    let last = StoredValue::new(None);
    effect(move || {
        let turn = live.now_ms.get() / REFRESH_MS;
        let steps = shown.with(|detail| detail.steps.len());
        let before = last.get_value();
        if before == Some((turn, steps)) || live.is_paused.get() {
            return;
        }
        last.set_value(Some((turn, steps)));
        if before.is_none() {
            return;
        }
        let answer = load();
        leptos::task::spawn_local(async move {
            // What is shown stays where nothing newer can be had.
            if let Ok(answer) = answer.await
                && let Ok(answer) = answer.read()
                && let Ok(next) = drawn(shown, &answer)
            {
                picture.try_update(|picture| {
                    picture.marks = next.marks;
                    picture.sheet = next.sheet;
                    picture.to_ms = picture.to_ms.max(next.to_ms);
                });
            }
        });
    });
}

/// The picture of an answer.
fn drawn(shown: Shown, answer: &Evaluation) -> Result<Picture, Problem> {
    let matrix = match answer.outcomes.first() {
        Some(Outcome::Ok(matrix)) => matrix,
        Some(Outcome::Failed(problem)) => return Err(problem.clone()),
        None => return Ok(Picture::default()),
    };
    Ok(shown.with_untracked(|detail| Picture {
        unit: Unit::Number,
        sheet: Sheet::of(&[("", &its_own(matrix, detail))]),
        from_ms: answer.span.from_ms,
        to_ms: answer.span.to_ms,
        thresholds: detail.limit.iter().cloned().collect(),
        marks: marks(detail),
        ..Picture::default()
    }))
}

/// The series that the alert is about; some, where that is not among them.
fn its_own(matrix: &Matrix, detail: &AlertDetail) -> Matrix {
    let is_own = |row: &&wire::Row| {
        let mut labels = row.labels.iter().filter(|(name, _)| name != "__name__");
        !detail.series.is_empty()
            && labels.all(|(name, value)| detail.series.get(name) == Some(value))
    };
    let mut own = matrix.clone();
    own.rows = matrix.rows.iter().filter(is_own).cloned().collect();
    if own.rows.is_empty() {
        own.rows = matrix.rows.iter().take(MOST_DRAWN).cloned().collect();
    }
    own
}

/// What happened to the alert, but for what was only said.
fn marks(detail: &AlertDetail) -> Vec<Event> {
    let steps = detail.steps.iter().enumerate();
    let steps = steps.filter(|(_, step)| step.was != Some(step.state));
    let mark = |(place, step): (usize, &wire::AlertStep)| Event {
        id: place as i64,
        at_ms: step.at_ms,
        kind: EventKind::Alert,
        server: detail.alert.server.clone(),
        title: told(step),
        link: format!("/alerts/{}#steps", detail.alert.id),
    };
    // The newest first, as marks are.
    steps.map(mark).rev().collect()
}
