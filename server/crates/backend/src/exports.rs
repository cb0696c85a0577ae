//! Tables for export: what tables and charts of the UI show, as columns and rows.

mod agents;
mod alert_history;
mod benchmarks;
mod builds;
mod cells;
mod checks;
mod csv;
mod definitions;
mod notify;
mod rules;
mod series;
mod signs;
mod silences;
mod slo;
mod targets;
mod windows;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use model::Clock;
use wire::{
    Agents, Alerts, Benchmarks, Builds, Caller, Cell, Checks, Column, Definitions, Dependencies,
    Events, MarkQuery, Metrics, Notifier, OpenQuery, Performances, Problem, RangeQuery, Rules,
    SeriesQuery, Servers, ServiceLevels, Silences, Table, TableName, TableQuery, Targets,
    TimeRange, Traffic, Windows,
};

use cells::time;

pub(crate) use csv::csv;
pub(crate) use series::range;
pub(crate) use slo::report_table;

const HOUR_MS: i64 = 3_600_000;
/// Rows of a table of marks.
const MOST_EVENTS: u32 = 5000;

/// Answers from the same services that the pages ask.
pub(crate) struct ExportService {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) servers: Arc<dyn Servers>,
    pub(crate) alerts: Arc<dyn Alerts>,
    pub(crate) checks: Arc<dyn Checks>,
    pub(crate) dependencies: Arc<dyn Dependencies>,
    pub(crate) definitions: Arc<dyn Definitions>,
    pub(crate) metrics: Arc<dyn Metrics>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) performances: Arc<dyn Performances>,
    pub(crate) silences: Arc<dyn Silences>,
    pub(crate) windows: Arc<dyn Windows>,
    pub(crate) rules: Arc<dyn Rules>,
    pub(crate) targets: Arc<dyn Targets>,
    pub(crate) traffic: Arc<dyn Traffic>,
    pub(crate) builds: Arc<dyn Builds>,
    pub(crate) agents: Arc<dyn Agents>,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) levels: Arc<dyn ServiceLevels>,
    pub(crate) benchmarks: Arc<dyn Benchmarks>,
}

#[async_trait]
impl wire::Exports for ExportService {
    async fn table(&self, caller: &Caller, query: TableQuery) -> Result<Table, Problem> {
        match query.table {
            TableName::Servers => Ok(servers(&self.servers.list(caller).await?)),
            TableName::Alerts => Ok(alerts(&self.alerts.list(caller, false).await?)),
            TableName::OpenAlerts => self.open_alerts(caller, query).await,
            TableName::Checks if query.server.is_some() => self.checks(caller, &query).await,
            TableName::Checks => checks::table(self, caller).await,
            TableName::Events => self.events_table(caller, &query).await,
            TableName::Tools => self.tools(caller, &query).await,
            TableName::History => self.history(caller, &query).await,
            TableName::Performance => self.performance(caller, &query).await,
            TableName::Targets => Ok(targets::active(&self.targets.picture(caller).await?)),
            TableName::DefinitionChanges => definitions::changes(self, caller, &query).await,
            TableName::Signs => signs::table(self, caller, &query).await,
            TableName::Rules => rules::table(self, caller).await,
            TableName::Silences => silences::table(self, caller).await,
            TableName::AlertHistory => alert_history::table(self, caller, &query).await,
            TableName::Windows => windows::table(self, caller).await,
            TableName::Notifications => notify::sent(self, caller, &query).await,
            TableName::Receivers => notify::receivers(self, caller).await,
            TableName::OnCall => notify::on_call(self, caller, &query).await,
            TableName::Objectives => slo::objectives(self, caller).await,
            TableName::Benchmarks => benchmarks::newest(self, caller).await,
            TableName::SpeedUps => benchmarks::speed_ups(self, caller).await,
            TableName::SpeedUpDays => benchmarks::days(self, caller).await,
            TableName::Modules => benchmarks::modules(self, caller).await,
            TableName::BenchmarkRuns => benchmarks::runs(self, caller).await,
            TableName::Agents => agents::agents(self, caller).await,
            TableName::AgentKinds => agents::kinds(self, caller).await,
            TableName::Budgets => slo::budgets(self, caller).await,
            TableName::Builds => builds::builds(self, caller, &query).await,
            TableName::BuildCrates => builds::crates(self, caller, &query).await,
            TableName::Refusals => Ok(targets::refused(&self.targets.picture(caller).await?)),
        }
    }

    async fn series(&self, caller: &Caller, query: SeriesQuery) -> Result<Table, Problem> {
        let span = series::span(&query, self.clock.now_ms())?;
        let mut found = Vec::new();
        for expr in &query.queries {
            let range = RangeQuery {
                expr: expr.clone(),
                from_ms: span.from_ms,
                to_ms: span.to_ms,
                step_ms: span.step_ms,
            };
            found.push((expr.as_str(), self.metrics.range(caller, range).await?));
            series::check(&found)?;
        }
        Ok(series::table(&found))
    }
}

impl ExportService {
    fn range(&self, query: &TableQuery) -> (i64, i64) {
        let to_ms = query.to_ms.unwrap_or_else(|| self.clock.now_ms());
        let length_ms = query.last_ms.unwrap_or(HOUR_MS);
        let from_ms = query.from_ms.unwrap_or(to_ms.saturating_sub(length_ms));
        (from_ms, to_ms)
    }

    async fn open_alerts(&self, caller: &Caller, query: TableQuery) -> Result<Table, Problem> {
        let asked = OpenQuery {
            text: query.text.unwrap_or_default(),
            ..OpenQuery::default()
        };
        let ids = self.alerts.open_ids(caller, asked).await?;
        let open = self.alerts.list(caller, true).await?;
        let mut open: HashMap<String, wire::Alert> =
            open.into_iter().map(|it| (it.id.clone(), it)).collect();
        let found: Vec<_> = ids.iter().filter_map(|id| open.remove(id)).collect();
        Ok(alerts(&found))
    }

    async fn events_table(&self, caller: &Caller, query: &TableQuery) -> Result<Table, Problem> {
        let (from_ms, to_ms) = self.range(query);
        let asked = MarkQuery {
            server: query.server.clone().unwrap_or_default(),
            kinds: query.kinds.clone().unwrap_or_default(),
            from_ms,
            to_ms,
            limit: MOST_EVENTS,
            ..MarkQuery::default()
        };
        let rows = self.events.marks(caller, asked).await?.into_iter();
        let rows = rows.map(|mark| {
            vec![
                Cell::Integer(mark.at_ms),
                Cell::Text(mark.kind.as_str().to_owned()),
                Cell::Text(mark.server),
                Cell::Text(mark.title),
                Cell::Text(mark.text),
                Cell::Text(mark.tags.join(", ")),
                Cell::Text(mark.by),
                Cell::Text(mark.link),
            ]
        });
        let columns = [
            "at_ms", "kind", "server", "title", "text", "tags", "by", "link",
        ];
        Ok(table(&columns, rows.collect()))
    }

    async fn tools(&self, caller: &Caller, query: &TableQuery) -> Result<Table, Problem> {
        let detail = self.servers.detail(caller, server_of(query)?).await?;
        let rows = detail.tools.into_iter().map(|tool| {
            vec![
                Cell::Text(tool.name),
                Cell::Text(tool.title),
                Cell::Text(tool.description),
                Cell::Integer(tool.since_ms),
                Cell::Text(tool.input_schema),
            ]
        });
        Ok(table(
            &["name", "title", "description", "since_ms", "input_schema"],
            rows.collect(),
        ))
    }

    async fn checks(&self, caller: &Caller, query: &TableQuery) -> Result<Table, Problem> {
        let detail = self.servers.detail(caller, server_of(query)?).await?;
        let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
        let word = |ok: Option<bool>| match ok {
            Some(true) => Cell::Text("passes".to_owned()),
            Some(false) => Cell::Text("fails".to_owned()),
            None => Cell::Empty,
        };
        let rows = detail.checks.into_iter().map(|check| {
            vec![
                Cell::Text(check.name),
                Cell::Text(check.kind),
                word(check.ok),
                Cell::Text(check.summary),
                Cell::Text(check.action),
                number(check.seconds),
                number(check.value),
                Cell::Integer(check.since_ms),
                time(check.updated_ms),
                time(check.next_ms),
            ]
        });
        Ok(table(
            &[
                "name",
                "kind",
                "state",
                "summary",
                "action",
                "seconds",
                "value",
                "since_ms",
                "updated_ms",
                "next_ms",
            ],
            rows.collect(),
        ))
    }

    async fn history(&self, caller: &Caller, query: &TableQuery) -> Result<Table, Problem> {
        let detail = self.servers.detail(caller, server_of(query)?).await?;
        let rows = detail.history.into_iter().map(|entry| {
            vec![
                Cell::Integer(entry.at_ms),
                Cell::Text(entry.level.as_str().to_owned()),
                Cell::Text(entry.reason),
                Cell::Text(entry.summary),
            ]
        });
        Ok(table(
            &["at_ms", "level", "reason", "summary"],
            rows.collect(),
        ))
    }

    async fn performance(&self, caller: &Caller, query: &TableQuery) -> Result<Table, Problem> {
        let (server, (from_ms, to_ms)) = (server_of(query)?, self.range(query));
        let range = TimeRange::Between(from_ms, to_ms);
        let found = self.performances.performance(caller, server, range).await?;
        let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
        let rows = found.steps.into_iter().map(|step| {
            vec![
                Cell::Text(step.step),
                Cell::Integer(i64::try_from(step.count).unwrap_or(i64::MAX)),
                Cell::Number(step.p50_seconds),
                Cell::Number(step.p90_seconds),
                Cell::Number(step.p95_seconds),
                Cell::Number(step.p99_seconds),
                Cell::Number(step.max_seconds),
                Cell::Text(step.trend.direction.as_str().to_owned()),
                number(step.trend.change_percent),
                number(step.trend.scatter_percent),
            ]
        });
        Ok(table(
            &[
                "step",
                "count",
                "p50_seconds",
                "p90_seconds",
                "p95_seconds",
                "p99_seconds",
                "max_seconds",
                "trend",
                "change_percent",
                "scatter_percent",
            ],
            rows.collect(),
        ))
    }
}

fn server_of(query: &TableQuery) -> Result<&str, Problem> {
    query.server.as_deref().ok_or_else(|| {
        Problem::invalid(format!(
            "the table {} is one server's; add ?server=NAME",
            query.table.as_str()
        ))
    })
}

fn servers(servers: &[wire::Server]) -> Table {
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    let rows = servers.iter().map(|server| {
        vec![
            Cell::Text(server.name.clone()),
            Cell::Text(server.transport.as_str().to_owned()),
            Cell::Text(server.endpoint.clone()),
            Cell::Text(server.verdict.level.as_str().to_owned()),
            Cell::Text(server.verdict.reason.clone()),
            Cell::Text(server.verdict.summary.clone()),
            Cell::Integer(server.verdict.since_ms),
            time(server.verdict.last_success_ms),
            server
                .tools
                .map_or(Cell::Empty, |n| Cell::Integer(i64::from(n))),
            number(
                server
                    .step_seconds("ping")
                    .or_else(|| server.step_seconds("discover")),
            ),
            number(server.step_seconds("list_tools")),
            number(server.availability),
            time(server.updated_ms),
        ]
    });
    table(
        &[
            "name",
            "transport",
            "endpoint",
            "level",
            "reason",
            "summary",
            "since_ms",
            "last_success_ms",
            "tools",
            "ping_seconds",
            "list_tools_seconds",
            "availability_24h",
            "updated_ms",
        ],
        rows.collect(),
    )
}

fn alerts(alerts: &[wire::Alert]) -> Table {
    let text = |value: Option<&str>| value.map_or(Cell::Empty, |v| Cell::Text(v.to_owned()));
    let rows = alerts.iter().map(|alert| {
        let taken = alert.acknowledged.as_ref();
        let end = alert.resolved.as_ref();
        vec![
            Cell::Text(alert.id.clone()),
            Cell::Text(alert.rule.clone()),
            Cell::Text(alert.server.clone()),
            Cell::Text(alert.severity.as_str().to_owned()),
            Cell::Text(alert.state.as_str().to_owned()),
            Cell::Text(alert.summary.clone()),
            Cell::Integer(alert.pending_ms),
            time(alert.firing_ms),
            text(taken.map(|t| t.by.as_str())),
            time(taken.map(|t| t.at_ms)),
            text(taken.map(|t| t.comment.as_str())),
            text(end.and_then(|e| e.by.as_deref())),
            time(end.map(|e| e.at_ms)),
            text(end.map(|e| e.comment.as_str())),
            Cell::Text(alert.owner.clone()),
        ]
    });
    table(
        &[
            "id",
            "rule",
            "server",
            "severity",
            "state",
            "summary",
            "pending_ms",
            "firing_ms",
            "acknowledged_by",
            "acknowledged_ms",
            "acknowledged_comment",
            "resolved_by",
            "resolved_ms",
            "resolved_comment",
            "owner",
        ],
        rows.collect(),
    )
}

fn table(columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    let columns = columns.iter().map(|name| Column {
        name: (*name).to_owned(),
    });
    Table {
        columns: columns.collect(),
        rows,
    }
}

/// A table of one row, for tests of formats.
#[cfg(test)]
pub(crate) fn one_row(cells: Vec<Cell>) -> Table {
    table(&vec!["c"; cells.len()], vec![cells])
}
