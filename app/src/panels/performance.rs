//! How one server has done in the page's time: what to make of it first, then the figures.

use leptos::prelude::*;
use ui::{Empty, all, format};
use wire::{Direction, HealthFactor, Performance, StepPerformance, TableName};

use super::{Panel, Scope};
use crate::api::Analysis;
use crate::seeded::{Room, seeded_with};

pub(crate) const HEALTH: Panel = Panel {
    id: "health-score",
    title: "Health score",
    export: None,
    view: |_: &Scope| {
        // It is made anew with each look at the server.
        let is_open = StoredValue::new(false);
        loaded(move |found| health(found, is_open))
    },
};

pub(crate) const PERFORMANCE: Panel = Panel {
    id: "performance",
    title: "Performance",
    export: Some(TableName::Performance),
    view: |_: &Scope| loaded(performance),
};

fn loaded(show: impl Fn(&Performance) -> AnyView + Send + Sync + 'static) -> AnyView {
    let Analysis(analysis) = expect_context();
    seeded_with(Room::Tall, analysis, move |_, found| show(&found))
}

fn health(found: &Performance, is_open: StoredValue<bool>) -> AnyView {
    let health = &found.health;
    let Some(score) = health.score else {
        return view! { <Empty>"Nothing was observed in this time, so there is no score."</Empty> }
            .into_any();
    };
    let up = found
        .availability
        .map_or_else(|| "not observed".to_owned(), format::ratio);
    view! {
        <p>
            <b>{format::fixed(score, 0)}</b>
            {format!(" of 100, from {}. Up in this time: {up}.", health.source)}
        </p>
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Factor"</th>
                        <th scope="col" class="number">"Points"</th>
                        <th scope="col" class="number">"of"</th>
                    </tr>
                </thead>
                <tbody>{all(health.factors.iter().map(factor))}</tbody>
            </table>
        </div>
        <details open=is_open.get_value()>
            <summary on:click={move |_| is_open.update_value(|open| *open = !*open)}>
                "How is this computed?"
            </summary>
            <p>{health.formula.clone()}</p>
        </details>
    }
    .into_any()
}

fn factor(factor: &HealthFactor) -> AnyView {
    let points = match factor.value {
        Some(_) => format::fixed(factor.points, 0),
        None => "–".to_owned(),
    };
    view! {
        <tr>
            <th scope="row">{factor.name.replace('_', " ")} " " <small>{factor.evidence.clone()}</small></th>
            <td class="number">{points}</td>
            <td class="number">{format::fixed(factor.weight * 100.0, 0)}</td>
        </tr>
    }
    .into_any()
}

fn performance(found: &Performance) -> AnyView {
    let pattern = found.pattern.as_str().replace('_', " ");
    let words = view! {
        <p>{found.recommendation.clone()}</p>
        <p>{format!("Pattern: {pattern} ({}).", found.pattern_evidence.trim_end_matches('.'))}</p>
        <p>{format!("Throughput: {}.", found.throughput)}</p>
        {found.slowest_tool.is_none().then(|| format!("Slowest tool: {}.", found.tool_evidence))}
    }
    .into_any();
    if found.steps.is_empty() {
        return view! {
            {words}
            <Empty>"No probe has got through in this time."</Empty>
        }
        .into_any();
    }
    view! {
        {words}
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col" class="number">"p50"</th>
                        <th scope="col" class="number">"p95"</th>
                        <th scope="col" class="number">"p99"</th>
                        <th scope="col" class="number">"max"</th>
                    </tr>
                </thead>
                <tbody>{all(found.steps.iter().map(step))}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn step(step: &StepPerformance) -> AnyView {
    let probes = format::count(step.count as usize, "probe");
    // The samples that are too few are counted beside it.
    let trend = match step.trend.direction {
        Direction::Unknown => "too few for a trend".to_owned(),
        direction => format!("{}: {}", direction.as_str(), step.trend.evidence),
    };
    view! {
        <tr>
            <th scope="row">
                {step.step.replace('_', " ")} " " <small>{format!("{probes}, {trend}")}</small>
            </th>
            <td class="number">{format::seconds(step.p50_seconds)}</td>
            <td class="number">{format::seconds(step.p95_seconds)}</td>
            <td class="number">{format::seconds(step.p99_seconds)}</td>
            <td class="number">{format::seconds(step.max_seconds)}</td>
        </tr>
    }
    .into_any()
}
