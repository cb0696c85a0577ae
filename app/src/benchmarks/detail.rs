//! One benchmark: from run to run, beside what does the same otherwise, and every run as a row.

use leptos::prelude::*;
use ui::{
    Cell, Changing, Column, LiveState, PageTime, PanelFrame, PanelMenu, Table, TableRow, all,
    format, when, worded_badge,
};
use wire::{Benchmark, BenchmarkDetail, BenchmarkPoint, Unit, path_segment};

use super::api::load_benchmark;
use super::trend::trend;
use super::words::{called, change, commit, level, value};
use crate::kept::kept_new;

type Shown = RwSignal<BenchmarkDetail>;

/// The page.
pub(crate) fn detail(live: LiveState, first: BenchmarkDetail) -> AnyView {
    let id = first.benchmark.id;
    let shown = kept_new(live, first, || true, move || load_benchmark(id));
    let has_rivals = move || shown.with(|it| !it.rivals.is_empty());
    view! {
        <h1>{move || shown.with(|it| called(&it.benchmark))}</h1>
        {move || shown.with(said)}
        <PanelFrame id="trend" title="From run to run" menu=explored(shown)>
            {move || shown.with(|it| trend(&it.points, &it.benchmark.unit))}
            <p class="explained">
                "A point is the median of a run, the band the 95 % interval of its mean. Large points are runs that became worse or better."
            </p>
        </PanelFrame>
        {when(has_rivals, move || rivals(shown))}
        <PanelFrame id="bench-points" title="Runs">
            <Table
                id="bench-points"
                title="runs"
                columns=columns()
                rows=move || shown.with(rows)
                is_tall=true
                empty="There is no run of it."
            />
        </PanelFrame>
        <PanelFrame id="bench-method" title="How runs are compared">
            <p class="explained">{move || shown.with(|it| it.method.clone())}</p>
        </PanelFrame>
    }
    .into_any()
}

/// Its newest value, and what is said of it.
fn said(it: &BenchmarkDetail) -> AnyView {
    let (of, newest) = (&it.benchmark, &it.benchmark.newest);
    let better = if of.more_is_better {
        "more is better"
    } else {
        "less is better"
    };
    let facts = format!(
        "{} by {} in {}, {better}",
        value(&of.unit, newest.value),
        of.tool,
        format::count(of.runs as usize, "run")
    );
    view! {
        <p class="lead">
            {worded_badge(level(newest.verdict), newest.verdict.as_str())} " " {facts}
        </p>
        <p class="sentence">{newest.sentence.clone()}</p>
    }
    .into_any()
}

/// The same over time, where it can be laid over other series.
fn explored(shown: Shown) -> PanelMenu {
    let query = shown.with_untracked(|it| {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        format!(
            "benchmark_value{{suite=\"{}\",benchmark=\"{}\"}}",
            quoted(&it.benchmark.suite),
            quoted(&it.benchmark.key)
        )
    });
    PanelMenu {
        explore: Some(Changing::from(move || {
            format!("/explore?q={}", path_segment(&query))
        })),
        ..PanelMenu::default()
    }
}

fn rivals(shown: Shown) -> AnyView {
    let rows = move || {
        shown.with(|it| {
            let time = expect_context::<PageTime>();
            all(it.rivals.iter().map(|rival| other(rival, time)))
        })
    };
    view! {
        <PanelFrame id="bench-rivals" title="The same, done otherwise">
            <ul class="findings">{rows}</ul>
        </PanelFrame>
    }
    .into_any()
}

fn other(it: &Benchmark, time: PageTime) -> AnyView {
    let path = format!("/benchmarks/{}", it.id);
    let value = value(&it.unit, it.newest.value);
    view! {
        <li><p><a href=move || time.href(&path)>{called(it)}</a> ": " {value}</p></li>
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("commit", "Commit"),
        Column::new("verdict", "Verdict").width(150).second(),
        Column::new("value", "Value").width(90).number(),
        Column::new("interval", "95 % of the mean")
            .width(190)
            .second(),
        Column::new("change", "Change").width(85).number().second(),
        Column::new("p95", "p95").width(85).number().optional(),
        Column::new("p99", "p99").width(85).number().optional(),
        Column::new("n", "Values").width(75).number().optional(),
        Column::new("when", "Measured").width(100).second(),
        Column::new("host", "Machine")
            .width(120)
            .optional()
            .hidden(),
    ]
}

/// The newest first.
fn rows(it: &BenchmarkDetail) -> Vec<TableRow> {
    let unit = it.benchmark.unit.as_str();
    it.points
        .iter()
        .rev()
        .map(|point| row(point, unit))
        .collect()
}

fn row(it: &BenchmarkPoint, unit: &str) -> TableRow {
    let number =
        |number: Option<f64>| number.map_or(Cell::Nothing, |n| Cell::Number(n, value(unit, n)));
    let name = match it.commit.as_str() {
        "" => format::date(it.at_ms),
        id => commit(id),
    };
    let interval = it.low.zip(it.high);
    let interval =
        interval.map(|(low, high)| format!("{} – {}", value(unit, low), value(unit, high)));
    let verdict = it.verdict;
    let badge = move || worded_badge(level(verdict), verdict.as_str());
    TableRow {
        key: it.run.to_string(),
        href: None,
        cells: vec![
            Cell::text(name).note(it.sentence.as_str()),
            Cell::View(
                Cell::text(verdict.as_str()).sort_key(),
                verdict.as_str().to_owned(),
                std::sync::Arc::new(badge),
            ),
            number(Some(it.value)),
            interval.map_or(Cell::Nothing, Cell::Text),
            it.change
                .map_or(Cell::Nothing, |part| Cell::Number(part, change(part))),
            number(it.p95),
            number(it.p99),
            Cell::value(Unit::Number, Some(it.n as f64)),
            Cell::Time(it.at_ms),
            Cell::text(it.host.clone()),
        ],
    }
}
