//! The tables: agents, and their types.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{Cell, CellView, Column, OnTableState, PageTime, SortKey, Table, TableRow, TableState};
use wire::{Agent, AgentKind, AgentState, Unit};

use super::list::{Shown, Wanted};
use super::words::{address, badge, dollars, kind, score};
use crate::address::Address;

fn columns() -> Vec<Column> {
    vec![
        Column::new("agent", "Agent").width(170),
        Column::new("state", "State"),
        Column::new("type", "Type").width(110).optional(),
        Column::new("score", "Score").width(70).number(),
        Column::new("past", "Last hour").width(100).optional(),
        Column::new("queries", "Queries")
            .width(85)
            .number()
            .second(),
        Column::new("cpu", "CPU").width(70).number().optional(),
        Column::new("memory", "Memory")
            .width(85)
            .number()
            .optional(),
        Column::new("share", "Of its limit")
            .width(100)
            .number()
            .optional(),
        Column::new("gpu", "GPU").width(70).number().optional(),
        Column::new("queue", "Queue").width(75).number().second(),
        Column::new("done", "Done").width(75).number().optional(),
        Column::new("failed", "Failed")
            .width(75)
            .number()
            .optional(),
        Column::new("prediction", "Prediction")
            .width(100)
            .number()
            .optional(),
        Column::new("heard", "Heard").width(90).second(),
        Column::new("source", "Source").width(120).optional(),
        chosen("running", "Works on"),
        chosen("completion", "Completion"),
        chosen("recovery", "Recoveries"),
        chosen("parallel", "Parallel"),
        chosen("efficiency", "Memory score"),
        chosen("patterns", "Patterns"),
        chosen("gain", "Gain"),
        chosen("tokens", "Tokens"),
        chosen("cost", "Cost"),
    ]
}

/// A column of numbers that is shown when it is chosen.
fn chosen(id: &'static str, name: &'static str) -> Column {
    Column::new(id, name)
        .width(105)
        .number()
        .optional()
        .hidden()
}

/// A badge for each state, made once: a row that changes keeps what has not.
#[derive(Clone)]
struct Badges(Vec<CellView>);

impl Badges {
    fn new() -> Self {
        let view = |state: &AgentState| -> CellView {
            let state = *state;
            Arc::new(move || badge(state, state.as_str().to_owned()))
        };
        Self(AgentState::ALL.iter().map(view).collect())
    }

    fn cell(&self, state: AgentState) -> Cell {
        let place = AgentState::ALL.iter().position(|it| *it == state);
        let view = place.and_then(|place| self.0.get(place).cloned());
        let word = state.as_str();
        view.map_or_else(
            || Cell::text(word),
            |view| Cell::View(SortKey::text(word), word.to_owned(), view),
        )
    }
}

/// The agents that are wanted. What is typed and sorted by stands in the address as well.
pub(super) fn agents(shown: Shown, wanted: Memo<Wanted>) -> AnyView {
    let time = expect_context::<PageTime>();
    let here = Address::here();
    let (sort, filter) = wanted.with_untracked(|it| (it.sort.clone(), it.filter.clone()));
    let which = Memo::new(move |_| wanted.with(|it| (it.state.clone(), it.kind.clone())));
    let on_state: OnTableState = Arc::new(move |state: TableState| {
        here.set(&[("sort", state.sort), ("filter", state.filter)], true);
    });
    let badges = Badges::new();
    let rows = move || {
        let (state, kind) = which.get();
        shown.with(|all| {
            let is_wanted = |agent: &&Agent| is_wanted(agent, &state, kind.as_deref());
            let agents = all.agents.iter().filter(is_wanted);
            let rows = agents.map(|agent| row(agent, time, &badges));
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        <Table
            id="agents-table"
            title="agents"
            columns=columns()
            rows=rows
            empty="No agent is like this: choose another state or type above."
            start=TableState { sort, filter }
            on_state=Some(on_state)
            is_tall=true
        />
    }
    .into_any()
}

fn is_wanted(agent: &Agent, state: &str, kind: Option<&str>) -> bool {
    let is_state = state.is_empty() || agent.state.as_str() == state;
    is_state && kind.is_none_or(|kind| agent.kind == kind)
}

fn row(agent: &Agent, time: PageTime, badges: &Badges) -> TableRow {
    let href = time.href(&address(&agent.id));
    let figures = &agent.figures;
    let percent = |value| Cell::value(Unit::Percent, value);
    let number = |value| Cell::value(Unit::Number, value);
    let ratio = |value| Cell::value(Unit::Ratio, value);
    TableRow {
        key: agent.id.clone(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(agent.id.clone(), href).note(agent.host.clone()),
            badges.cell(agent.state).note(agent.why.clone()),
            Cell::text(agent.kind.clone()),
            agent
                .score
                .map_or(Cell::Nothing, |value| Cell::Number(value, score(value))),
            Cell::Spark(agent.past.clone()),
            Cell::value(Unit::PerSecond, figures.queries_per_second),
            percent(figures.cpu_percent),
            Cell::value(Unit::Bytes, figures.memory_bytes),
            percent(figures.memory_percent),
            percent(figures.gpu_percent),
            number(figures.queue_depth),
            number(figures.tasks_completed),
            number(figures.tasks_failed),
            ratio(figures.prediction_accuracy),
            Cell::Time(agent.last_ms),
            Cell::text(agent.source.as_str()).note(agent.source_name.clone()),
            number(figures.tasks_running),
            ratio(figures.completion_ratio),
            ratio(figures.recovery_ratio),
            ratio(figures.parallel_efficiency),
            number(figures.memory_efficiency),
            ratio(figures.pattern_accuracy),
            percent(figures.optimization_percent),
            number(figures.tokens),
            figures
                .cost_usd
                .map_or(Cell::Nothing, |usd| Cell::Number(usd, dollars(usd))),
        ],
    }
}

fn kind_columns() -> Vec<Column> {
    vec![
        Column::new("type", "Type"),
        Column::new("agents", "Agents").width(80).number(),
        Column::new("active", "Active").width(80).number().second(),
        Column::new("score", "Score").width(75).number(),
        Column::new("queries", "Queries")
            .width(90)
            .number()
            .second(),
        Column::new("done", "Done").width(80).number().optional(),
        Column::new("queue", "Queue").width(80).number().second(),
    ]
}

/// How types do; each leads to its agents.
pub(super) fn kinds(shown: Shown, wanted: Memo<Wanted>) -> AnyView {
    let time = expect_context::<PageTime>();
    let rows = move || {
        let wanted = wanted.get();
        shown.with(|all| {
            let rows = all.kinds.iter().map(|it| kind_row(it, time, &wanted));
            rows.collect::<Vec<_>>()
        })
    };
    view! {
        <Table
            id="agent-types-table"
            title="types"
            columns=kind_columns()
            rows=rows
            empty="No agent has said of which type it is: the field type of a report says so."
        />
    }
    .into_any()
}

fn kind_row(it: &AgentKind, time: PageTime, wanted: &Wanted) -> TableRow {
    let wanted = Wanted {
        kind: Some(it.name.clone()),
        state: String::new(),
        ..wanted.clone()
    };
    let href = time.href(&wanted.href());
    let count = |count: u32| Cell::value(Unit::Number, Some(f64::from(count)));
    TableRow {
        key: it.name.clone(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(kind(&it.name).to_owned(), href),
            count(it.agents),
            count(it.active),
            it.score
                .map_or(Cell::Nothing, |value| Cell::Number(value, score(value))),
            Cell::value(Unit::PerSecond, it.queries_per_second),
            Cell::value(Unit::Number, it.tasks_completed),
            Cell::value(Unit::Number, it.queue_depth),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::tests::agent;
    use super::*;

    #[test]
    fn rows_have_a_cell_a_column() {
        Owner::new().with(|| {
            let time = ui::provide_page_time(wire::TimeRange::default, |_| ());
            let row = row(&agent("a/b", AgentState::Idle), time, &Badges::new());
            assert_eq!(row.cells.len(), columns().len());
            assert_eq!(row.href.as_deref(), Some("/synthex/a%2Fb"));
            let kind = AgentKind {
                name: String::new(),
                agents: 1,
                active: 0,
                score: None,
                queries_per_second: None,
                tasks_completed: None,
                queue_depth: None,
            };
            let row = kind_row(&kind, time, &Wanted::default());
            assert_eq!(row.cells.len(), kind_columns().len());
            assert_eq!(row.href.as_deref(), Some("/synthex?type="));
        });
    }

    #[test]
    fn who_is_wanted() {
        let stale = agent("a", AgentState::Stale);
        for (state, kind, expected) in [
            ("", None, true),
            ("stale", None, true),
            ("dead", None, false),
            ("stale", Some("parser"), true),
            ("", Some(""), false),
            ("party", None, false),
        ] {
            assert_eq!(is_wanted(&stale, state, kind), expected, "{state} {kind:?}");
        }
    }
}
