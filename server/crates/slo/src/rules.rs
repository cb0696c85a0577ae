//! The rules of objectives, as Prometheus rule files.
//!
//! Names and labels of series are Sloth's (`slo:sli_error:ratio_rate5m`, `sloth_id`, …), so dashboards that are
//! made for Sloth show them, and so are the groups: ratios, what is known of the objective, alerts. What is
//! different from Sloth's: minutes without any event have no ratio (Sloth's is `NaN`, which the ratio of the whole
//! window then is for as long as it has such a minute), an alert keeps its identity whichever of its windows
//! fires, and fires only where at least half of its long window is known.

use std::collections::BTreeMap;

use crate::emit::Lines;
use crate::query::{self, over};
use crate::words::percent_of_target;
use crate::{AlertWindow, Counted, Indicator, Objective, Severity, alert_windows};

/// The shortest window; others are made of it where asking anew would cost more.
const BASE: &str = "5m";

/// How often they are evaluated: budgets are of minutes, and three days of samples are not read more often for it.
const INTERVAL: &str = "1m";

/// The rules of one objective, as a Prometheus rule file.
pub fn rules(objective: &Objective) -> String {
    rules_of(std::slice::from_ref(objective))
}

/// The rules of several, in one file.
pub fn rules_of(objectives: &[Objective]) -> String {
    let mut lines = Lines::default();
    match objectives {
        [] => lines.line(0, "groups: []"),
        objectives => {
            lines.line(0, "groups:");
            for objective in objectives {
                Writer::new(objective).groups(&mut lines);
            }
        }
    }
    lines.finish()
}

struct Writer<'a> {
    objective: &'a Objective,
    /// Matchers of its series.
    matchers: String,
    /// Labels of its series.
    labels: BTreeMap<String, String>,
    /// The pairs of windows that its alerts have.
    pairs: Vec<AlertWindow>,
    /// All of its window: `30d`.
    whole: String,
}

impl<'a> Writer<'a> {
    fn new(objective: &'a Objective) -> Self {
        let own = [
            ("sloth_id", objective.id()),
            ("sloth_service", objective.service.clone()),
            ("sloth_slo", objective.name.clone()),
        ];
        let matchers: Vec<_> = own
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        let mut labels = objective.labels.clone();
        if !objective.owner.is_empty() {
            let owner = objective.owner.clone();
            labels.entry("owner".to_owned()).or_insert(owner);
        }
        labels.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Self {
            objective,
            matchers: format!("{{{}}}", matchers.join(", ")),
            labels,
            pairs: alert_windows(&objective.window),
            whole: format!("{}d", objective.window.days()),
        }
    }

    fn groups(&self, lines: &mut Lines) {
        let id = self.objective.id();
        let group = |lines: &mut Lines, what: &str| {
            lines.text(0, "- name", &format!("sloth-slo-{what}-{id}"));
            lines.line(2, &format!("interval: {INTERVAL}"));
            lines.line(2, "rules:");
        };
        if self.objective.indicator != Indicator::Measured {
            group(lines, "sli-recordings");
            self.ratios(lines);
        }
        group(lines, "meta-recordings");
        self.known(lines);
        let alerts = self.alerts();
        if !alerts.is_empty() && self.objective.indicator != Indicator::Measured {
            group(lines, "alerts");
            for alert in alerts {
                alert.write(lines);
            }
        }
    }

    fn record(&self, lines: &mut Lines, name: &str, expr: &str, more: &[(&str, &str)]) {
        lines.text(2, "- record", name);
        lines.text(4, "expr", expr);
        let mut labels = self.labels.clone();
        labels.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        lines.map(4, "labels", &labels);
    }

    fn ratios(&self, lines: &mut Lines) {
        let mut windows = vec![BASE];
        for pair in &self.pairs {
            windows.extend([pair.short, pair.long]);
        }
        windows.sort_by_key(|window| seconds(window));
        windows.dedup();
        for window in windows {
            let expr = match window {
                BASE => error_ratio(&self.objective.indicator, BASE),
                window if has_ranges(&self.objective.indicator) => {
                    error_ratio(&self.objective.indicator, window)
                }
                window => self.of_base(window),
            };
            let name = format!("slo:sli_error:ratio_rate{window}");
            self.record(lines, &name, &expr, &[("sloth_window", window)]);
        }
        let (whole, name) = (
            &self.whole,
            format!("slo:sli_error:ratio_rate{}", self.whole),
        );
        self.record(
            lines,
            &name,
            &self.of_base(whole),
            &[("sloth_window", whole)],
        );
    }

    /// The ratio of a window, of those of its five minutes: Sloth's optimised rule.
    fn of_base(&self, window: &str) -> String {
        let base = format!("slo:sli_error:ratio_rate{BASE}{}[{window}]", self.matchers);
        format!("sum(sum_over_time({base}))\n/\nsum(count_over_time({base}))")
    }

    fn known(&self, lines: &mut Lines) {
        let matchers = &self.matchers;
        let target = number(self.objective.target);
        self.record(
            lines,
            "slo:objective:ratio",
            &format!("vector({target})"),
            &[],
        );
        self.record(
            lines,
            "slo:error_budget:ratio",
            &format!("vector(1-{target})"),
            &[],
        );
        let days = self.objective.window.days();
        self.record(
            lines,
            "slo:time_period:days",
            &format!("vector({days})"),
            &[],
        );
        if self.objective.indicator != Indicator::Measured {
            let rate = |window: &str| {
                format!(
                    "slo:sli_error:ratio_rate{window}{matchers}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\n\
                     slo:error_budget:ratio{matchers}"
                )
            };
            self.record(lines, "slo:current_burn_rate:ratio", &rate(BASE), &[]);
            self.record(lines, "slo:period_burn_rate:ratio", &rate(&self.whole), &[]);
            let left = format!("1 - slo:period_burn_rate:ratio{matchers}");
            self.record(lines, "slo:period_error_budget_remaining:ratio", &left, &[]);
        }
        let info = [
            ("sloth_mode", "mcp-observatory"),
            ("sloth_spec", "prometheus/v1"),
            ("sloth_version", env!("CARGO_PKG_VERSION")),
            (
                "sloth_objective",
                &percent_of_target(self.objective.target).replace(" %", ""),
            ),
        ];
        self.record(lines, "sloth_slo_info", "vector(1)", &info);
    }

    fn alerts(&self) -> Vec<Alert> {
        let both = [
            (Severity::Page, &self.objective.page),
            (Severity::Ticket, &self.objective.ticket),
        ];
        let alerts = both.into_iter().filter_map(|(severity, labels)| {
            let pairs = self.pairs.iter().filter(|pair| pair.severity == severity);
            let pairs: Vec<_> = pairs.collect();
            let labels = labels.as_ref().filter(|_| !pairs.is_empty())?;
            Some(self.alert(severity, &pairs, labels))
        });
        alerts.collect()
    }

    fn alert(
        &self,
        severity: Severity,
        pairs: &[&AlertWindow],
        more: &BTreeMap<String, String>,
    ) -> Alert {
        let objective = self.objective;
        let may = number(1.0 - objective.target);
        let one = |window: &str, factor: f64| {
            let matchers = &self.matchers;
            format!("(slo:sli_error:ratio_rate{window}{matchers} > ({factor} * {may}))")
        };
        let pair = |pair: &&AlertWindow| {
            let (short, long) = (one(pair.short, pair.factor), one(pair.long, pair.factor));
            // A part of a minute of an hour of which nothing more is known is no burning budget.
            let known = format!(
                "(sum by (sloth_id) (count_over_time(slo:objective:ratio{}[{}])) >= {})",
                self.matchers, pair.long, pair.known_minutes
            );
            format!(
                "  (\n    {short}\n    and ignoring (sloth_window)\n    {long}\n    and on (sloth_id)\n    {known}\n  )"
            )
        };
        let pairs_text: Vec<_> = pairs.iter().map(pair).collect();
        let expr = format!(
            "max without (sloth_window) (\n{}\n)",
            pairs_text.join("\n  or ignoring (sloth_window)\n")
        );
        let (burns, sloth, usual, verb) = match severity {
            Severity::Page => ("BurnsFast", "page", "critical", "is burning fast"),
            Severity::Ticket => ("BurnsSlowly", "ticket", "warning", "is burning"),
        };
        let mut labels = BTreeMap::from([
            ("severity".to_owned(), usual.to_owned()),
            ("slo".to_owned(), objective.id()),
        ]);
        labels.extend(more.clone());
        labels.extend([
            ("sloth_severity".to_owned(), sloth.to_owned()),
            ("sloth_id".to_owned(), objective.id()),
        ]);
        let windows: Vec<_> = pairs
            .iter()
            .map(|pair| format!("{} or more over {}", pair.factor, pair.long))
            .collect();
        let mut description = format!(
            "{{{{ $value | humanizePercentage }}}} is bad, where {} of {} may be: the budget burns at a rate of {}.",
            percent_of_target(1.0 - objective.target),
            objective.window.name(),
            windows.join(", or ")
        );
        for text in [&objective.description, &objective.consequence] {
            if !text.is_empty() {
                description.push(' ');
                description.push_str(&literal(text));
            }
        }
        let mut annotations = BTreeMap::from([
            (
                "summary".to_owned(),
                format!(
                    "The error budget of {} {} {verb}.",
                    objective.service, objective.name
                ),
            ),
            ("description".to_owned(), description),
            ("link".to_owned(), format!("/slo/{}", objective.id())),
        ]);
        annotations.extend(objective.annotations.clone());
        Alert {
            name: match objective.alert_name.as_str() {
                "" => format!("{}{burns}", camel(&objective.id())),
                name => name.to_owned(),
            },
            expr,
            labels,
            annotations,
        }
    }
}

struct Alert {
    name: String,
    expr: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl Alert {
    fn write(&self, lines: &mut Lines) {
        lines.text(2, "- alert", &self.name);
        lines.text(4, "expr", &self.expr);
        lines.map(4, "labels", &self.labels);
        lines.map(4, "annotations", &self.annotations);
    }
}

/// Whether a query can be asked over any range; others are asked minute by minute.
fn has_ranges(indicator: &Indicator) -> bool {
    match indicator {
        Indicator::Events { .. } | Indicator::Raw { .. } | Indicator::Latency { .. } => true,
        Indicator::Slices { .. }
        | Indicator::Availability { .. }
        | Indicator::Freshness { .. }
        | Indicator::Measured => false,
    }
}

/// The part that is bad over a range, as PromQL; nothing where nothing was counted.
fn error_ratio(indicator: &Indicator, range: &str) -> String {
    let minutes = |good: &str, known: &str| {
        let known = format!("count_over_time({known}[{range}:1m])");
        format!("1 - (\n  (count_over_time({good}[{range}:1m]) or {known} * 0)\n  /\n  {known}\n)")
    };
    match indicator {
        Indicator::Events {
            counted: Counted::Bad,
            query,
            total,
        } => format!(
            "({})\n/\n(({}) > 0)",
            over(query, range),
            over(total, range)
        ),
        Indicator::Events {
            counted: Counted::Good,
            query,
            total,
        } => {
            let (good, total) = (over(query, range), over(total, range));
            format!("1 - (\n  (({good}) or ({total}) * 0)\n  /\n  (({total}) > 0)\n)")
        }
        Indicator::Raw { error_ratio } => format!("({}) >= 0", over(error_ratio, range)),
        Indicator::Latency {
            histogram,
            threshold,
        } => {
            let good = query::fast(histogram, *threshold, range, &[]);
            let total = query::requests(histogram, range, &[]);
            format!("1 - (\n  {good}\n  /\n  ({total} > 0)\n)")
        }
        Indicator::Availability { metric } => format!(
            "1 - (\n  sum(sum_over_time(({metric} == bool 1)[{range}:1m]))\n  /\n  \
             sum(count_over_time({metric}[{range}:1m]))\n)"
        ),
        Indicator::Slices { .. } | Indicator::Freshness { .. } => {
            match indicator.minute().as_slice() {
                [good, known] => minutes(&good.query, &known.query),
                _ => String::new(),
            }
        }
        Indicator::Measured => String::new(),
    }
}

/// A number without the dust of binary fractions.
fn number(number: f64) -> String {
    let scale = 1e12;
    format!("{}", (number * scale).round() / scale)
}

/// A window in seconds.
fn seconds(window: &str) -> u64 {
    let (count, unit) = window.split_at(window.len().saturating_sub(1));
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        _ => 86_400,
    };
    count.parse::<u64>().unwrap_or_default() * unit
}

/// A text that is no template.
fn literal(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}

/// `mcp-api.latency` as `McpApiLatency`.
fn camel(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    let name: String = words.collect();
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("Slo{name}"),
        false => name,
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
