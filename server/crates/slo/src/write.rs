//! Writing the own short form.

use std::collections::BTreeMap;

use crate::emit::Lines;
use crate::{Counted, Gaps, Indicator, Objective, Window};

/// Objectives as a file in the own short form; read again they are the same. What is as usual is not written.
pub fn write(objectives: &[Objective]) -> String {
    let mut lines = Lines::default();
    match objectives {
        [] => lines.line(0, "objectives: []"),
        objectives => {
            lines.line(0, "objectives:");
            for objective in objectives {
                one(objective, &mut lines);
            }
        }
    }
    lines.finish()
}

fn one(objective: &Objective, lines: &mut Lines) {
    lines.text(2, "- service", &objective.service);
    lines.text(4, "name", &objective.name);
    lines.some_text(4, "description", &objective.description);
    lines.some_text(4, "owner", &objective.owner);
    lines.some_text(4, "consequence", &objective.consequence);
    lines.map(4, "labels", &objective.labels);
    match &objective.indicator {
        Indicator::Events {
            counted,
            query,
            total,
        } => {
            let name = match counted {
                Counted::Good => "good",
                Counted::Bad => "bad",
            };
            lines.text(4, name, query);
            lines.text(4, "total", total);
        }
        Indicator::Raw { error_ratio } => lines.text(4, "error_ratio", error_ratio),
        Indicator::Latency {
            histogram,
            threshold,
        } => {
            lines.text(4, "latency", histogram);
            lines.line(4, &format!("threshold: {threshold}s"));
        }
        Indicator::Slices { condition } => lines.text(4, "good_minutes", condition),
        Indicator::Availability { metric } => lines.text(4, "availability", metric),
        Indicator::Freshness { metric, max_age } => {
            lines.text(4, "freshness", metric);
            lines.line(4, &format!("max_age: {max_age}s"));
        }
        Indicator::Measured => lines.line(4, "measured: true"),
    }
    lines.line(4, &format!("target: {} %", percent(objective.target)));
    let window = match objective.window {
        Window::Rolling(days) => format!("{days}d"),
        Window::Month => "month".to_owned(),
        Window::Quarter => "quarter".to_owned(),
    };
    lines.line(4, &format!("window: {window}"));
    if objective.zone != "UTC" {
        lines.text(4, "zone", &objective.zone);
    }
    match objective.gaps {
        Gaps::Ignored => {}
        Gaps::Good => lines.line(4, "gaps: good"),
        Gaps::Bad => lines.line(4, "gaps: bad"),
    }
    if objective.excludes_maintenance {
        lines.line(4, "exclude_maintenance: true");
    }
    if !objective.parts.is_empty() {
        lines.line(4, "parts:");
        for part in &objective.parts {
            lines.line(6, &format!("- {}", crate::emit::scalar(part)));
        }
    }
    if !objective.alert_name.is_empty() {
        lines.text(4, "alert_name", &objective.alert_name);
    }
    alert(lines, "page", objective.page.as_ref());
    alert(lines, "ticket", objective.ticket.as_ref());
    lines.map(4, "annotations", &objective.annotations);
    if !objective.enabled {
        lines.line(4, "enabled: false");
    }
}

fn alert(lines: &mut Lines, name: &str, labels: Option<&BTreeMap<String, String>>) {
    match labels {
        None => lines.line(4, &format!("{name}: false")),
        Some(labels) => lines.map(4, name, labels),
    }
}

/// A part in per cent: the point goes two places to the right, without rounding.
pub(crate) fn percent(part: f64) -> String {
    let text = format!("{part}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let (moved, left) = match rest.split_at_checked(2) {
        Some((moved, left)) => (moved.to_owned(), left),
        None => (format!("{rest:0<2}"), ""),
    };
    let whole = format!("{whole}{moved}");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    match left {
        "" => whole.to_owned(),
        left => format!("{whole}.{left}"),
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
