//! Panels over metrics, as data: what an entry of the catalogue says, and what a board of them is.
//!
//! An entry can be stored and sent, so boards that people compose are made of the same entries as
//! those that are shipped (`server/packs/panels.yml`).

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::{Faults, Read, case, record};
use crate::tree::Tree;
use crate::words::words;
use crate::{Caller, Event, Level, Problem, Span, TimeRange};

words! {
    /// What values are, and so how they are written.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Unit {
        /// A number without a unit: `12.4 k`.
        #[default]
        Number = "number",
        /// 0 to 100: `38 %`.
        Percent = "percent",
        /// 0 to 1, shown in per cent: `99.93 %`.
        Ratio = "ratio",
        /// A duration: `1.24 s`.
        Seconds = "seconds",
        /// A size: `38.2 MB`.
        Bytes = "bytes",
        /// How often: `12.4 k/s`.
        PerSecond = "per_second",
    }
}

words! {
    /// How a panel shows what its queries yield.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum Kind {
        /// Lines over time.
        #[default]
        Line = "line",
        /// Areas over time, one on another.
        Area = "area",
        /// Bars over time, one on another.
        Bars = "bars",
        /// How often which value: the last value of each series of a classic histogram (label `le`).
        Histogram = "histogram",
        /// A classic histogram (label `le`) over time, darker where more is.
        Heatmap = "heatmap",
        /// What is left, with the pace that lasts: from the first value to zero at the end of the range.
        BurnDown = "burn_down",
        /// A small chart a series, on one scale.
        Multiples = "multiples",
        /// The newest value, large, with its course.
        Stat = "stat",
        /// The newest values against a maximum.
        Gauge = "gauge",
        /// What is left of a budget (0 to 1), one bar a series.
        Budget = "budget",
        /// The newest values as bars, the largest first.
        BarList = "bar_list",
        /// A strip a series: 1 is healthy, 0 unhealthy, between them degraded.
        States = "states",
    }
}

record! {
    /// A question of a panel.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PanelQuery {
        /// PromQL. `$server` stands for a regular expression of servers (of agents where the board is about them), `$step` for the distance of two
        /// points, `$window` for a stretch that is long enough for `rate`, `$range` for all that is shown.
        pub expr: String,
        /// What its series are called: `{{label}}` stands for the value of a label. Where it is empty, the
        /// labels themselves are shown.
        #[serde(default)]
        pub legend: String,
    }
}

record! {
    /// A value from which on a thing is not well.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Threshold {
        /// In the panel's unit.
        pub value: f64,
        /// What it is beyond the value.
        pub level: Level,
        /// What is written at the line; empty for the value alone.
        #[serde(default)]
        pub label: String,
        /// Whether values below it are the bad ones.
        #[serde(default)]
        pub below: bool,
    }
}

impl Threshold {
    /// Whether a value is beyond it.
    pub fn is_crossed(&self, value: f64) -> bool {
        match self.below {
            true => value < self.value,
            false => value >= self.value,
        }
    }
}

record! {
    /// A panel over metrics: an entry of the catalogue.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct MetricPanel {
        /// Its id in pages and addresses.
        pub id: String,
        /// A noun or a statement.
        pub title: String,
        /// One line beside the title.
        #[serde(default)]
        pub summary: String,
        /// How it is shown.
        #[serde(default)]
        pub kind: Kind,
        /// What its values are.
        #[serde(default)]
        pub unit: Unit,
        /// What it asks.
        pub queries: Vec<PanelQuery>,
        /// Where it is not well.
        #[serde(default)]
        pub thresholds: Vec<Threshold>,
        /// The end of the scale, where it has one.
        #[serde(default)]
        pub max: Option<f64>,
        /// How many series its queries come to at most, where they cut the rest.
        #[serde(default)]
        pub most: Option<u32>,
        /// Whether what happened (restarts, changed definitions, alerts) is marked on its time axis.
        #[serde(default)]
        pub marks: bool,
        /// What would fill it, and how, where there is nothing to show.
        pub empty: String,
    }
}

impl MetricPanel {
    /// How a value is, by the worst threshold that it has crossed; `Unknown` without thresholds.
    pub fn level(&self, value: f64) -> Level {
        if self.thresholds.is_empty() || !value.is_finite() {
            return Level::Unknown;
        }
        let crossed = |level: Level| {
            let of_level = |t: &&Threshold| t.level == level;
            let mut ours = self.thresholds.iter().filter(of_level);
            ours.any(|threshold| threshold.is_crossed(value))
        };
        match (crossed(Level::Unhealthy), crossed(Level::Degraded)) {
            (true, _) => Level::Unhealthy,
            (_, true) => Level::Degraded,
            _ => Level::Healthy,
        }
    }

    /// The expression of a query, its variables replaced.
    pub fn expression(query: &PanelQuery, server: Option<&str>, span: Span) -> String {
        let server = server.map_or_else(|| ".*".to_owned(), escaped);
        let mut expr = query.expr.clone();
        for (name, value) in [
            ("$server", server),
            ("$step", duration(span.step_ms)),
            ("$window", duration(span.window_ms)),
            ("$range", duration(span.to_ms - span.from_ms)),
        ] {
            expr = expr.replace(name, &value);
        }
        expr
    }
}

/// A name as a regular expression inside a quoted string of PromQL that matches only it.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\\' => out.push_str("\\\\\\\\"),
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                out.push_str("\\\\");
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A duration as PromQL writes it.
fn duration(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    match (ms % 1000, ms % DAY_MS) {
        // Numbers in durations are small ones: seconds of ten thousand years are too many.
        (_, 0) if ms > 0 => format!("{}d", ms / DAY_MS),
        (0, _) => format!("{}s", ms / 1000),
        _ => format!("{ms}ms"),
    }
}

record! {
    /// A panel's place on a board.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Placed {
        /// How wide it is, in twelfths of the page.
        pub width: u8,
        /// The panel.
        pub panel: MetricPanel,
    }
}

record! {
    /// Panels that stand together.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Section {
        /// By which a page finds it.
        pub name: String,
        /// In the order of reading.
        pub panels: Vec<Placed>,
    }
}

record! {
    /// A page of panels.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Board {
        /// Its name in addresses.
        pub name: String,
        /// What it is called.
        pub title: String,
        /// The question that it answers.
        pub question: String,
        /// Its panels.
        pub sections: Vec<Section>,
    }
}

impl Board {
    /// All panels, in the order of reading.
    pub fn panels(&self) -> impl Iterator<Item = &MetricPanel> {
        let placed = self.sections.iter().flat_map(|section| &section.panels);
        placed.map(|placed| &placed.panel)
    }
}

record! {
    /// Where a board is found.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct BoardLink {
        /// Its name in addresses.
        pub name: String,
        /// What it is called.
        pub title: String,
        /// The question that it answers.
        pub question: String,
    }
}

record! {
    /// What a query yields over a grid of times.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Matrix {
        /// The time of the first value of each row.
        pub from_ms: i64,
        /// The distance of two values.
        pub step_ms: i64,
        /// One row a series.
        pub rows: Vec<Row>,
    }
}

impl Matrix {
    /// The time of its newest column, where it has one.
    pub fn newest_ms(&self) -> Option<i64> {
        let columns = self.rows.iter().map(|row| row.values.len()).max()?;
        let last = i64::try_from(columns.checked_sub(1)?).ok()?;
        Some(
            self.from_ms
                .saturating_add(last.saturating_mul(self.step_ms)),
        )
    }
}

record! {
    /// One series over the grid.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Row {
        /// Its labels, the metric's name among them where it has one.
        pub labels: Vec<(String, String)>,
        /// Its values; `None` where there is no point or no number. What is infinite is the largest
        /// number of its sign.
        pub values: Vec<Option<f64>>,
    }
}

/// What a query came to: one that fails leaves the others standing.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What it yields.
    Ok(Matrix),
    /// Why it yields nothing.
    Failed(Problem),
}

impl Read for Outcome {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        let (case, tree) = case(tree, faults);
        match case.as_str() {
            "ok" => Self::Ok(Read::read(tree, faults)),
            "failed" => Self::Failed(Read::read(tree, faults)),
            _ => {
                faults.note("no outcome".to_owned());
                Self::Ok(Matrix::default())
            }
        }
    }
}

record! {
    /// A board with what its panels show first.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BoardData {
        /// The board.
        pub board: Board,
        /// What was asked for.
        pub span: Span,
        /// What came, for each query of each panel in the order of reading.
        pub outcomes: Vec<Outcome>,
        /// What charts mark in this time that is older than what the live picture holds.
        pub marks: Vec<Event>,
    }
}

/// The catalogue of panels and the boards made of them.
#[async_trait]
pub trait Boards: Send + Sync {
    /// All boards, by title.
    async fn list(&self, caller: &Caller) -> Result<Vec<BoardLink>, Problem>;
    /// A board with its data, of one server where one is named; at most `points` points a series.
    async fn board(
        &self,
        caller: &Caller,
        name: &str,
        server: Option<&str>,
        range: TimeRange,
        points: u32,
    ) -> Result<BoardData, Problem>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let span = Span::new(0, 3_600_000, 15_000);
        for (expr, server, expected) in [
            ("up{server=~\"$server\"}", None, "up{server=~\".*\"}"),
            (
                "up{server=~\"$server\"}",
                Some("a.b\"c"),
                "up{server=~\"a\\\\.b\\\"c\"}",
            ),
            (
                "rate(x[$window]) + max_over_time(y[$step])",
                None,
                "rate(x[60s]) + max_over_time(y[15s])",
            ),
            ("x[$range]", None, "x[3600s]"),
        ] {
            let query = PanelQuery {
                expr: expr.to_owned(),
                legend: String::new(),
            };
            assert_eq!(MetricPanel::expression(&query, server, span), expected);
        }
    }

    #[test]
    fn durations_are_ones_that_promql_knows() {
        for (ms, expected) in [
            (15_000, "15s"),
            (1_500, "1500ms"),
            (90_000_000, "90000s"),
            (172_800_000, "2d"),
            (252_460_800_000_000, "2922000d"),
        ] {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn the_newest_column_is_that_of_the_longest_row() {
        let row = |values: &[Option<f64>]| Row {
            labels: Vec::new(),
            values: values.to_vec(),
        };
        for (rows, expected) in [
            (vec![], None),
            (vec![row(&[])], None),
            (vec![row(&[None])], Some(10)),
            (vec![row(&[Some(1.0)]), row(&[None, Some(2.0)])], Some(15)),
        ] {
            let matrix = Matrix {
                from_ms: 10,
                step_ms: 5,
                rows,
            };
            assert_eq!(matrix.newest_ms(), expected, "{matrix:?}");
        }
    }

    #[test]
    fn the_worst_threshold_counts() {
        let threshold = |value, level, below| Threshold {
            value,
            level,
            label: String::new(),
            below,
        };
        let panel = MetricPanel {
            thresholds: vec![
                threshold(85.0, Level::Degraded, false),
                threshold(95.0, Level::Unhealthy, false),
                threshold(1.0, Level::Degraded, true),
            ],
            ..MetricPanel::default()
        };
        for (value, expected) in [
            (50.0, Level::Healthy),
            (85.0, Level::Degraded),
            (99.0, Level::Unhealthy),
            (0.5, Level::Degraded),
            (f64::NAN, Level::Unknown),
        ] {
            assert_eq!(panel.level(value), expected, "{value}");
        }
        assert_eq!(MetricPanel::default().level(1.0), Level::Unknown);
    }
}
