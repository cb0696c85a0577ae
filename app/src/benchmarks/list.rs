//! All benchmarks: what changed first; two ways to do the same beside each other; speed-ups by day; files.

use leptos::prelude::*;
use ui::{
    Cell, Changing, Column, Empty, LiveState, PageTime, PanelFrame, PanelMenu, Table, TableRow,
    all, when, worded_badge,
};
use wire::{Benchmark, BenchmarkPicture, BenchmarkRun, ModuleCompared, Rival, TableName, Unit};

use super::api::load_benchmarks;
use super::words::{called, change, commit, headline, level, value};
use super::{bars, days};
use crate::address::Address;
use crate::kept::kept_new;
use crate::searched;

/// What of it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// Every benchmark.
    #[default]
    All,
    /// Speed-ups by day.
    Days,
    /// Rust beside Python over seven days.
    Modules,
    /// What was imported.
    Runs,
}

impl View {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::All, "", "All"),
        (Self::Days, "days", "Speed-up by day"),
        (Self::Modules, "modules", "Rust beside Python, 7 days"),
        (Self::Runs, "runs", "Imports"),
    ];

    /// What the address of the page asks for.
    pub(crate) fn of(here: Address) -> Self {
        let asked = here
            .query
            .with(|query| query.get("view"))
            .unwrap_or_default();
        let known = Self::ALL.iter().find(|(_, word, _)| *word == asked);
        known.map_or(Self::All, |(view, ..)| *view)
    }
}

type Shown = RwSignal<BenchmarkPicture>;

/// The page.
pub(crate) fn list(live: LiveState, first: BenchmarkPicture, view: Memo<View>) -> AnyView {
    let shown = kept_new(live, first, || true, load_benchmarks);
    view! {
        <h1>{move || shown.with(|picture| headline(picture, view.get()))}</h1>
        {move || parts(view.get())}
        {move || match view.get() {
            View::All => whole(shown),
            View::Days => by_day(shown),
            View::Modules => by_module(shown),
            View::Runs => runs(shown),
        }}
    }
    .into_any()
}

/// What can be asked, as links in a row.
fn parts(chosen: View) -> AnyView {
    let time = expect_context::<PageTime>();
    let links = View::ALL.iter().map(|(view, word, name)| {
        let path = searched::address("/benchmarks", &[("view", word)]);
        let current = (*view == chosen).then_some("page");
        view! { <a href=move || time.href(&path) aria-current=current>{*name}</a> }.into_any()
    });
    view! { <nav class="parts" aria-label="Benchmarks">{all(links)}</nav> }.into_any()
}

fn exported(table: TableName) -> PanelMenu {
    PanelMenu {
        exports: Some(Changing::from(move || format!("table={}", table.as_str()))),
        ..PanelMenu::default()
    }
}

fn whole(shown: Shown) -> AnyView {
    let time = expect_context::<PageTime>();
    let rivals = Memo::new(move |_| shown.with(|it| it.rivals.clone()));
    view! {
        <PanelFrame id="benchmarks" title="Benchmarks" menu=exported(TableName::Benchmarks)>
            <Table
                id="benchmarks"
                title="benchmarks"
                columns=columns()
                rows=move || shown.with(|it| it.rows.iter().map(|it| row(it, time)).collect())
                is_tall=true
                empty="Import what Criterion, hyperfine, pytest-benchmark, k6 or Locust wrote: mcp-observatory bench import PATH"
            />
        </PanelFrame>
        {when(move || rivals.with(|it| !it.is_empty()), move || beside(rivals))}
        <PanelFrame id="bench-method" title="How runs are compared">
            <p class="explained">{move || shown.with(|it| it.method.clone())}</p>
        </PanelFrame>
    }
    .into_any()
}

fn beside(rivals: Memo<Vec<Rival>>) -> AnyView {
    view! {
        <PanelFrame id="speed-ups" title="Two ways to do the same" menu=exported(TableName::SpeedUps)>
            {move || rivals.with(|rivals| bars::rivals(rivals))}
        </PanelFrame>
    }
    .into_any()
}

fn by_day(shown: Shown) -> AnyView {
    view! {
        <PanelFrame id="speed-up-days" title="Speed-up by day (UTC)" menu=exported(TableName::SpeedUpDays)>
            {days::days(shown)}
            <p class="explained">
                "The average is the geometric mean of the factors of a day; the peak is the largest. The reference for SYNTHEX is 9.5."
            </p>
        </PanelFrame>
    }
    .into_any()
}

fn by_module(shown: Shown) -> AnyView {
    let modules = Memo::new(move |_| shown.with(|it| it.modules.clone()));
    let shown_bars = move || {
        modules.with(|modules: &Vec<ModuleCompared>| match modules.is_empty() {
            true => view! {
                <Empty>
                    "Import results of the same operation in Rust (Criterion) and in Python (pytest-benchmark): an operation is the name with the values of its parameters, such as json/parse/10."
                </Empty>
            }
            .into_any(),
            false => bars::modules(modules),
        })
    };
    view! {
        <PanelFrame id="modules" title="Rust beside Python, the mean of seven days" menu=exported(TableName::Modules)>
            {shown_bars}
        </PanelFrame>
    }
    .into_any()
}

fn runs(shown: Shown) -> AnyView {
    view! {
        <PanelFrame id="bench-runs" title="What was imported" menu=exported(TableName::BenchmarkRuns)>
            <Table
                id="bench-runs"
                title="files"
                columns=run_columns()
                rows=move || shown.with(|it| it.runs.iter().map(run_row).collect())
                is_tall=true
                empty="No file was imported yet: mcp-observatory bench import PATH"
            />
        </PanelFrame>
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("name", "Benchmark"),
        Column::new("verdict", "Last run").width(150).second(),
        Column::new("value", "Value").width(90).number(),
        Column::new("change", "Change").width(85).number().second(),
        Column::new("past", "Runs").width(110).optional(),
        Column::new("p99", "p99").width(85).number().optional(),
        Column::new("commit", "Commit").width(95).optional(),
        Column::new("when", "Measured").width(100).second(),
        Column::new("tool", "Tool").width(130).optional(),
        Column::new("suite", "Suite").width(140).optional().hidden(),
    ]
}

fn row(it: &Benchmark, time: PageTime) -> TableRow {
    let href = time.href(&format!("/benchmarks/{}", it.id));
    let newest = &it.newest;
    let number = |number: Option<f64>| {
        number.map_or(Cell::Nothing, |number| {
            Cell::Number(number, value(&it.unit, number))
        })
    };
    let verdict = newest.verdict;
    let badge = move || worded_badge(level(verdict), verdict.as_str());
    TableRow {
        key: it.id.to_string(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(called(it), href).note(newest.sentence.as_str()),
            Cell::View(
                Cell::text(verdict.as_str()).sort_key(),
                verdict.as_str().to_owned(),
                std::sync::Arc::new(badge),
            ),
            number(Some(newest.value)),
            newest
                .change
                .map_or(Cell::Nothing, |part| Cell::Number(part, change(part))),
            Cell::Spark(it.past.clone()),
            number(newest.p99),
            Cell::text(commit(&newest.commit)),
            Cell::Time(newest.at_ms),
            Cell::text(it.tool.clone()),
            Cell::text(it.suite.clone()),
        ],
    }
}

fn run_columns() -> Vec<Column> {
    vec![
        Column::new("suite", "Suite"),
        Column::new("tool", "Tool").width(140).second(),
        Column::new("when", "Measured").width(110),
        Column::new("results", "Results").width(90).number(),
        Column::new("worse", "Worse").width(80).number(),
        Column::new("better", "Better").width(80).number(),
        Column::new("commit", "Commit").width(110).optional(),
        Column::new("branch", "Branch").width(120).optional(),
        Column::new("host", "Machine").width(120).optional(),
        Column::new("by", "Who").width(110).optional(),
    ]
}

fn run_row(run: &BenchmarkRun) -> TableRow {
    let count = |count: u32| Cell::value(Unit::Number, Some(f64::from(count)));
    TableRow {
        key: run.id.to_string(),
        href: None,
        cells: vec![
            Cell::text(run.suite.clone()).note(run.notes.join("; ")),
            Cell::text(run.tool.clone()),
            Cell::Time(run.at_ms),
            count(run.results),
            count(run.worse),
            count(run.better),
            Cell::text(commit(&run.commit)),
            Cell::text(run.branch.clone()),
            Cell::text(run.host.clone()),
            Cell::text(run.by.clone()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_a_cell_a_column() {
        let run = BenchmarkRun {
            id: 1,
            at_ms: 0,
            taken_ms: 0,
            suite: "s".to_owned(),
            tool: "k6".to_owned(),
            host: String::new(),
            commit: String::new(),
            branch: String::new(),
            by: String::new(),
            results: 1,
            worse: 0,
            better: 0,
            notes: Vec::new(),
        };
        assert_eq!(run_row(&run).cells.len(), run_columns().len());
    }
}
