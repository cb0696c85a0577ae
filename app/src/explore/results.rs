//! What has come: in a sentence, and as a graph, a table, or text.

mod raw;
mod rows;

use std::sync::Arc;

use leptos::prelude::*;
use ui::chart::{Chart, ChartHandle, Picture, png};
use ui::{
    Changing, Empty, PageTime, PanelFrame, PanelMenu, Partial, Tab, Tabs, Trouble, effect, format,
    time, when,
};
use wire::{TimeRange, path_segment};

use super::session::Session;
use super::state::View;

/// Series that a graph shows: more cannot be told apart.
const MOST_DRAWN: usize = 100;

/// The page's heading: what is asked, and what it comes to.
pub(crate) fn heading(session: Session) -> AnyView {
    let page_time = expect_context::<PageTime>();
    let series = series(session);
    let sentence = move || {
        let shown = session.shown.get();
        let queries = shown.panel.queries.len();
        let failed = shown
            .troubles
            .with(|all| all.iter().filter(|trouble| trouble.is_some()).count());
        let zone = page_time.zone.get();
        let range = page_time.range.get();
        let words = within(range, &time::describe(range, |at| zone.shift(at)));
        headline(queries, failed, series.get(), &words)
    };
    let is_nothing_asked = move || session.shown.with(|shown| shown.panel.queries.is_empty());
    view! {
        <h1>{move || sentence()}</h1>
        {when(
            is_nothing_asked,
            || view! { <p class="lead">"Write a query in PromQL: names of metrics, labels and functions are suggested as you type."</p> },
        )}
    }
    .into_any()
}

fn headline(queries: usize, failed: usize, series: usize, range: &str) -> String {
    if queries == 0 {
        return "Nothing is asked yet".to_owned();
    }
    let asked = match queries {
        1 => "1 query".to_owned(),
        count => format!("{count} queries"),
    };
    let found = match series {
        0 => "no series".to_owned(),
        1 => "1 series".to_owned(),
        count => format!("{count} series"),
    };
    match failed {
        0 => format!("{asked}, {found} {range}"),
        _ if failed == queries && queries == 1 => "The query failed".to_owned(),
        _ if failed == queries => format!("All {asked} failed"),
        _ => format!("{failed} of {asked} failed, {found} {range}"),
    }
}

/// `in the last hour`, `from … to …`.
fn within(range: TimeRange, words: &str) -> String {
    match range {
        TimeRange::Last(_) => format!("in the {}", words.replacen('L', "l", 1)),
        TimeRange::Between(..) => format!("from {words}"),
    }
}

/// How many series there are.
fn series(session: Session) -> Memo<usize> {
    Memo::new(move |_| session.picture.with(|picture| picture.sheet.rows.len()))
}

/// The answers; nothing while nothing is asked.
pub(crate) fn results(session: Session) -> AnyView {
    let is_asked = move || session.shown.with(|shown| !shown.panel.queries.is_empty());
    let trouble = move || session.trouble.get();
    let failed = when(
        move || trouble().is_some(),
        move || {
            let retry: Arc<dyn Fn() + Send + Sync> = Arc::new(move || session.run());
            view! { <Trouble message=trouble().unwrap_or_default() retry=Some(retry) /> }
        },
    );
    view! {
        {failed}
        {when(is_asked, move || panel(session))}
    }
    .into_any()
}

fn panel(session: Session) -> AnyView {
    let handle = ChartHandle::default();
    let range = expect_context::<PageTime>().range;
    let exports = move || {
        let queries = session
            .shown
            .with(|shown| shown.expressions(shown.span.get()));
        let queries = queries
            .iter()
            .map(|expr| format!("query={}", path_segment(expr)));
        let queries: Vec<String> = queries.collect();
        format!("{}&{}", queries.join("&"), time::to_query(range.get()))
    };
    let queries = move || {
        let shown = session.shown.get();
        shown.expressions(shown.span.get()).join("\n")
    };
    let menu = PanelMenu {
        exports: Some(Changing::from(exports)),
        query: Some(Changing::from(queries)),
        png: Some(Arc::new(move || png(handle))),
        ..PanelMenu::default()
    };
    let step = move || {
        let span = session.shown.with(|shown| shown.span.get());
        let mut text = format!("a point every {}", format::duration(span.step_ms));
        session.notes.with(|notes| {
            for note in notes {
                text.push_str(" · ");
                text.push_str(note);
            }
        });
        text
    };
    let summary = view! { {move || step()} }.into_any();
    view! {
        <div class="results" aria-busy=move || session.is_loading.get().to_string()>
            <PanelFrame id="answer" title="Answer" summary=Some(summary) menu=menu>
                {views(session, handle)}
            </PanelFrame>
        </div>
    }
    .into_any()
}

/// The views as tabs; the one that is shown stands in the address.
fn views(session: Session, handle: ChartHandle) -> AnyView {
    let view = Memo::new(move |_| session.asked.with(|asked| asked.view));
    let chosen = RwSignal::new(view.get_untracked().word().to_owned());
    effect(move || {
        let word = view.get().word();
        if chosen.with_untracked(|chosen| chosen != word) {
            chosen.set(word.to_owned());
        }
    });
    effect(move || {
        let word = chosen.get();
        let found = View::ALL.into_iter().find(|view| view.word() == word);
        if let Some(found) = found.filter(|found| *found != view.get_untracked()) {
            session.look(|asked| asked.view = found);
        }
    });
    let tabs = vec![
        Tab::new("graph", View::Graph.title(), move || graph(session, handle)),
        Tab::new("table", View::Table.title(), move || rows::table(session)),
        Tab::new("raw", View::Raw.title(), move || raw::text(session)),
    ];
    view! { <Tabs title="Views of the answer" tabs=tabs chosen=chosen /> }.into_any()
}

fn graph(session: Session, handle: ChartHandle) -> AnyView {
    let count = series(session);
    let is_much = Memo::new(move |_| count.get() > MOST_DRAWN);
    // A chart of another kind is another chart.
    let kind = Memo::new(move |_| session.picture.with(|picture| picture.kind));
    // It is there also while there is nothing: the room stays the same.
    let chart = move || {
        kind.track();
        let picture = match is_much.get() {
            true => largest(session.picture),
            false => session.picture,
        };
        view! { <Chart title="Answer".to_owned() picture=picture handle=handle /> }.into_any()
    };
    let note = move || {
        let count = count.get();
        let missing = format!(
            "{MOST_DRAWN} of {count} series are drawn, those with the largest newest values. The table and the export have all."
        );
        view! { <Partial missing=missing /> }
    };
    view! {
        {when(move || is_much.get(), note)}
        {when(move || count.get() == 0, || nothing())}
        {move || chart()}
    }
    .into_any()
}

/// What stands where nothing was found.
fn nothing() -> AnyView {
    view! {
        <Empty>
            "No series has a value here. Look at names and labels, or at a longer stretch of time."
        </Empty>
    }
    .into_any()
}

/// The same picture with those series only whose newest values are the largest.
fn largest(all: RwSignal<Picture>) -> RwSignal<Picture> {
    let cut = RwSignal::new(all.with_untracked(cut));
    effect(move || cut.set(all.with(self::cut)));
    cut
}

fn cut(picture: &Picture) -> Picture {
    let newest = |values: &[f64]| {
        let found = values.iter().rev().find(|value| !value.is_nan());
        found.copied().unwrap_or(f64::NEG_INFINITY)
    };
    let mut picture = picture.clone();
    let rows = &mut picture.sheet.rows;
    let mut order: Vec<(f64, usize)> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (newest(&row.values), place))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut is_kept = vec![false; rows.len()];
    for (_, place) in order.into_iter().take(MOST_DRAWN) {
        is_kept[place] = true;
    }
    let mut is_kept = is_kept.into_iter();
    rows.retain(|_| is_kept.next().unwrap_or_default());
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use ui::chart::Sheet;

    #[test]
    fn sentences() {
        for (queries, failed, series, expected) in [
            (0, 0, 0, "Nothing is asked yet"),
            (3, 0, 14, "3 queries, 14 series in the last hour"),
            (1, 0, 1, "1 query, 1 series in the last hour"),
            (1, 0, 0, "1 query, no series in the last hour"),
            (1, 1, 0, "The query failed"),
            (2, 2, 0, "All 2 queries failed"),
            (2, 1, 4, "1 of 2 queries failed, 4 series in the last hour"),
        ] {
            let range = within(TimeRange::Last(3_600_000), "Last hour");
            assert_eq!(headline(queries, failed, series, &range), expected);
        }
        let between = within(TimeRange::Between(0, 1), "2026-11-20 14:00 to 15:30");
        assert_eq!(between, "from 2026-11-20 14:00 to 15:30");
    }

    #[test]
    fn the_largest_are_drawn() {
        let rows = (0..300).map(|n| (format!("row {n}"), vec![0.0, f64::from(n), f64::NAN]));
        let picture = Picture {
            sheet: Sheet::of_rows(vec![0.0, 1.0, 2.0], rows.collect()),
            ..Picture::default()
        };
        let cut = cut(&picture);
        assert_eq!(cut.sheet.rows.len(), MOST_DRAWN);
        assert_eq!(cut.sheet.rows[0].name, "row 200", "in their order");
    }
}
