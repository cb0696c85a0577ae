//! One agent: how it stands and why, its score, how it stood, what it did and with what, what it says besides.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{
    Ago, Cell, CellView, Column, Empty, PageTime, PanelFrame, Question, SortKey, Table, TableRow,
    all, ask, format, when, worded_badge,
};
use wire::{Agent, AgentDetail, AgentEvent, AgentState, AgentUse, Level, Unit};

use super::api::forget_agent;
use super::factors::factors;
use super::parts::of_kind;
use super::past::timeline;
use super::words::{badge, dollars, kind, score, sentence};
use crate::address::Address;
use crate::facts::facts;

type Shown = RwSignal<AgentDetail>;

/// The page, with `charts` of its series.
pub(crate) fn detail(shown: Shown, charts: AnyView) -> AnyView {
    let agent = Memo::new(move |_| shown.with(|it| it.agent.clone()));
    let part = move |part: fn(&Agent) -> AnyView| view! { {move || agent.with(part)} }.into_any();
    let notes = Memo::new(move |_| shown.with(|it| it.notes.clone()));
    let said_besides = Memo::new(move |_| shown.with(|it| it.facts.clone()));
    let method = move || shown.with(|it| it.method.clone());
    let has_uses = move || shown.with(|it| !it.uses.is_empty());
    let has_notes = move || notes.with(|notes| !notes.is_empty());
    let untaken = move || {
        let lines = notes.get();
        let lines = all(lines.into_iter().map(|note| view! { <li>{note}</li> }));
        view! {
            <PanelFrame id="agent-notes" title="What was not taken of its last report">
                <ul class="lines">{lines}</ul>
            </PanelFrame>
        }
    };
    let besides = move || {
        said_besides.with(|said| match said.is_empty() {
            true => {
                view! { <Empty>"Nothing: all that it says has its place on this page."</Empty> }
                    .into_any()
            }
            false => facts(said.iter().map(|it| (it.name.clone(), it.value.clone()))),
        })
    };
    view! {
        <h1>{move || agent.with(called)}</h1>
        <p class="lead">{part(lead)}</p>
        {forget(agent)}
        <div class="columns">
            <div class="wide">
                <PanelFrame id="agent-past" title="How it stood">{timeline(shown)}</PanelFrame>
                <PanelFrame id="agent-figures" title="What it measures">{part(figures)}</PanelFrame>
                <PanelFrame id="agent-events" title="What it did">{events(shown)}</PanelFrame>
                {when(has_uses, move || view! {
                    <PanelFrame id="agent-uses" title="With what">{uses(shown)}</PanelFrame>
                })}
                <PanelFrame id="agent-facts" title="What it says besides">{move || besides()}</PanelFrame>
            </div>
            <div>
                <PanelFrame id="agent-score" title="Health score">
                    {part(scored)}
                    <p class="explained">{move || method()}</p>
                </PanelFrame>
                {when(has_notes, untaken)}
                <PanelFrame id="agent-about" title="Agent">{part(about)}</PanelFrame>
            </div>
        </div>
        {charts}
    }
    .into_any()
}

/// What it is and how it stands, in a few words.
fn called(agent: &Agent) -> String {
    let id = &agent.id;
    match agent.state {
        AgentState::Failed => format!("{id} has failed"),
        AgentState::Stopped => format!("{id} has stopped"),
        AgentState::Unknown => format!("{id}, of which nobody knows how it stands"),
        state => format!("{id} is {}", state.as_str()),
    }
}

fn lead(agent: &Agent) -> AnyView {
    let time = expect_context::<PageTime>();
    let of_type = match agent.kind.as_str() {
        "" => "the agents without a type".to_owned(),
        name => format!("all agents of type {name}"),
    };
    let href = time.href(&of_kind(&agent.kind));
    let why = format!(" {} ", sentence(&agent.why));
    view! {
        {badge(agent.state, agent.state.as_str().to_owned())} {why} "Heard of " <Ago at_ms=agent.last_ms /> ". See "
        <a href=href>{of_type}</a> "."
    }
    .into_any()
}

/// Forgets it, where it is gone.
fn forget(agent: Memo<Agent>) -> AnyView {
    let here = StoredValue::new_local(Address::here());
    let is_gone =
        move || agent.with(|it| matches!(it.state, AgentState::Dead | AgentState::Stopped));
    let run = move |_| {
        let id = agent.with_untracked(|it| it.id.clone());
        let forgotten = id.clone();
        ask(Question {
            sentence: format!(
                "Forget {id}, with its timeline and what it did? What charts have of it stays. It comes back with its next report."
            ),
            action: format!("Forget {id}"),
            run: Arc::new(move || {
                let id = forgotten.clone();
                leptos::task::spawn_local(async move {
                    match forget_agent(id.clone()).await {
                        Ok(_) => {
                            ui::notify(format!("{id} is forgotten"), false);
                            here.try_with_value(|here| here.go("/synthex", false));
                        }
                        Err(failure) => ui::notify(failure.to_string(), true),
                    }
                });
            }),
        });
    };
    let button = move || {
        view! { <p class="actions" data-needs-script><button class="danger" on:click=run>"Forget it"</button></p> }
    };
    when(is_gone, button).into_any()
}

fn scored(agent: &Agent) -> AnyView {
    let said = match (agent.score, agent.is_own_score) {
        (Some(number), true) => format!("{} of 100, as it says itself.", score(number)),
        (Some(number), false) => format!("{} of 100, computed of what it measures.", score(number)),
        (None, _) => "No score: it has not said enough.".to_owned(),
    };
    view! { <p>{said}</p> {factors(&agent.factors)} }.into_any()
}

/// Names and values of what it measures; what it has not said is not there.
fn measured(agent: &Agent) -> Vec<(&'static str, String)> {
    let it = &agent.figures;
    let known = [
        ("Queries", Unit::PerSecond, it.queries_per_second),
        ("CPU, of one processor", Unit::Percent, it.cpu_percent),
        ("Memory", Unit::Bytes, it.memory_bytes),
        ("Memory, of its limit", Unit::Percent, it.memory_percent),
        (
            "Memory efficiency, of 100",
            Unit::Number,
            it.memory_efficiency,
        ),
        ("GPU", Unit::Percent, it.gpu_percent),
        ("Tasks that wait", Unit::Number, it.queue_depth),
        ("Tasks it works on", Unit::Number, it.tasks_running),
        ("Tasks done", Unit::Number, it.tasks_completed),
        ("Tasks failed", Unit::Number, it.tasks_failed),
        ("Completion", Unit::Ratio, it.completion_ratio),
        ("Recoveries", Unit::Number, it.recoveries),
        ("Recoveries that failed", Unit::Number, it.recoveries_failed),
        ("Recoveries that succeed", Unit::Ratio, it.recovery_ratio),
        ("Parallel efficiency", Unit::Ratio, it.parallel_efficiency),
        (
            "Predictions that are right",
            Unit::Ratio,
            it.prediction_accuracy,
        ),
        ("Patterns recognised", Unit::Ratio, it.pattern_accuracy),
        ("Gain by learning", Unit::Percent, it.optimization_percent),
        ("Tokens", Unit::Number, it.tokens),
    ];
    let known = known.into_iter();
    let mut said: Vec<_> = known
        .filter_map(|(name, unit, value)| Some((name, format::value(unit, value?))))
        .collect();
    said.extend(
        it.cost_usd
            .map(|usd| ("Cost, as it estimates", dollars(usd))),
    );
    said
}

fn figures(agent: &Agent) -> AnyView {
    let said = measured(agent);
    match said.is_empty() {
        true => view! { <Empty>"It has said no figure: health_metrics of a report, or metrics that are called synthex_…, have them."</Empty> }
            .into_any(),
        false => facts(said),
    }
}

/// How its clock is against the product's.
fn clock(ahead_ms: i64) -> String {
    let long = format::duration(ahead_ms.abs());
    match ahead_ms {
        0 => "as this product's".to_owned(),
        ms if ms > 0 => format!("{long} ahead of this product's"),
        _ => format!("{long} behind this product's"),
    }
}

fn about(agent: &Agent) -> AnyView {
    let time = expect_context::<PageTime>();
    let given = |text: &str| match text {
        "" => "not said".to_owned(),
        text => text.to_owned(),
    };
    let exact = |at_ms: i64| time.zone.get().exact(at_ms);
    let interval = agent.interval_ms;
    facts([
        ("Type", kind(&agent.kind).to_owned()),
        ("State, as it says", given(&agent.said_state)),
        (
            "Source",
            format!("{}: {}", agent.source.as_str(), agent.source_name),
        ),
        ("Machine", given(&agent.host)),
        ("Version", given(&agent.version)),
        ("Heard of first", exact(agent.first_ms)),
        ("Heard of last", exact(agent.last_ms)),
        (
            "Between two reports",
            interval.map_or_else(
                || "not known yet".to_owned(),
                |ms| format::seconds(ms as f64 / 1000.0),
            ),
        ),
        ("Its clock", clock(agent.ahead_ms)),
    ])
}

fn event_columns() -> Vec<Column> {
    vec![
        Column::new("what", "What"),
        Column::new("when", "When").width(95).second(),
        Column::new("subject", "About").width(160),
        Column::new("good", "Outcome").width(110).second(),
        Column::new("took", "Took").width(80).number().optional(),
    ]
}

fn events(shown: Shown) -> AnyView {
    let outcomes = Outcomes::new();
    let rows = move || {
        shown.with(|it| {
            let rows = it.events.iter().enumerate();
            rows.map(|(place, event)| event_row(place, event, &outcomes))
                .collect::<Vec<_>>()
        })
    };
    view! {
        <Table
            id="agent-events-table"
            title="events"
            columns=event_columns()
            rows=rows
            is_tall=true
            empty="Nothing was told of what it did. Claude Code tells of prompts, tools and requests with OTEL_LOGS_EXPORTER=otlp."
        />
    }
    .into_any()
}

/// How things went, as badges that are made once.
#[derive(Clone)]
struct Outcomes([CellView; 2]);

impl Outcomes {
    fn new() -> Self {
        Self([
            Arc::new(|| worded_badge(Level::Unhealthy, "failed")),
            Arc::new(|| worded_badge(Level::Healthy, "went well")),
        ])
    }

    fn cell(&self, is_good: Option<bool>) -> Cell {
        let [bad, good] = &self.0;
        let shown = |word: &str, view: &CellView| {
            Cell::View(SortKey::text(word), word.to_owned(), view.clone())
        };
        match is_good {
            None => Cell::Nothing,
            Some(true) => shown("went well", good),
            Some(false) => shown("failed", bad),
        }
    }
}

fn event_row(place: usize, event: &AgentEvent, outcomes: &Outcomes) -> TableRow {
    TableRow {
        key: format!("{} {place} {}", event.at_ms, event.name),
        href: None,
        cells: vec![
            Cell::text(event.name.clone()).note(event.text.clone()),
            Cell::Time(event.at_ms),
            Cell::text(event.subject.clone()),
            outcomes.cell(event.is_good),
            Cell::value(
                Unit::Seconds,
                event.duration_ms.map(|ms| ms as f64 / 1000.0),
            ),
        ],
    }
}

fn use_columns() -> Vec<Column> {
    vec![
        Column::new("name", "Name"),
        Column::new("kind", "Kind").width(80).second(),
        Column::new("count", "Times").width(75).number(),
        Column::new("failed", "Failed").width(75).number().second(),
        Column::new("took", "Mean").width(85).number().optional(),
        Column::new("cost", "Cost").width(80).number().optional(),
    ]
}

fn uses(shown: Shown) -> AnyView {
    let rows = move || shown.with(|it| it.uses.iter().map(use_row).collect::<Vec<_>>());
    view! {
        <Table
            id="agent-uses-table"
            title="tools and models"
            columns=use_columns()
            rows=rows
            empty="Nothing was told of tools or models."
        />
    }
    .into_any()
}

fn use_row(it: &AgentUse) -> TableRow {
    let count = |count: u64| Cell::value(Unit::Number, Some(count as f64));
    TableRow {
        key: format!("{} {}", it.kind, it.name),
        href: None,
        cells: vec![
            Cell::text(it.name.clone()),
            Cell::text(it.kind.clone()),
            count(it.count),
            count(it.failed),
            Cell::value(Unit::Seconds, it.mean_ms.map(|ms| ms / 1000.0)),
            it.cost_usd
                .map_or(Cell::Nothing, |usd| Cell::Number(usd, dollars(usd))),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::tests::agent;
    use super::*;

    #[test]
    fn what_it_is_called() {
        for (state, expected) in [
            (AgentState::Active, "p is active"),
            (AgentState::Failed, "p has failed"),
            (AgentState::Stopped, "p has stopped"),
            (
                AgentState::Unknown,
                "p, of which nobody knows how it stands",
            ),
        ] {
            assert_eq!(called(&agent("p", state)), expected);
        }
    }

    #[test]
    fn what_is_measured_has_its_unit_and_the_rest_is_not_there() {
        let mut it = agent("p", AgentState::Active);
        assert_eq!(measured(&it), []);
        it.figures.cpu_percent = Some(38.0);
        it.figures.prediction_accuracy = Some(0.87);
        it.figures.cost_usd = Some(1.234);
        let said = measured(&it);
        let said: Vec<_> = said.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(said, ["38 %", "87.00 %", "$1.23"]);
    }

    #[test]
    fn clocks() {
        for (ahead_ms, expected) in [
            (0, "as this product's"),
            (125_000, "2 min 5 s ahead of this product's"),
            (-30_000, "30 s behind this product's"),
        ] {
            assert_eq!(clock(ahead_ms), expected);
        }
    }

    #[test]
    fn rows_have_a_cell_a_column() {
        let event = AgentEvent {
            at_ms: 0,
            name: "tool_result".to_owned(),
            subject: "Bash".to_owned(),
            is_good: Some(true),
            duration_ms: Some(5),
            text: String::new(),
        };
        let row = event_row(0, &event, &Outcomes::new());
        assert_eq!(row.cells.len(), event_columns().len());
        let it = AgentUse {
            kind: "tool".to_owned(),
            name: "Bash".to_owned(),
            count: 1,
            failed: 0,
            mean_ms: None,
            cost_usd: None,
        };
        assert_eq!(use_row(&it).cells.len(), use_columns().len());
    }
}
