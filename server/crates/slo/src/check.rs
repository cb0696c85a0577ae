//! What is wrong with an objective.

use std::collections::BTreeSet;

use crate::query::{check_condition, has_window, is_label, over, selector};
use crate::{Indicator, Objective, Window};

/// The longest window: what a ledger keeps.
const LONGEST_DAYS: u32 = 400;
/// The oldest a sample may be that is young enough.
const LONGEST_AGE: f64 = 7.0 * 86_400.0;

/// The longest query.
const LONGEST_QUERY: usize = 10_000;

/// Fields of drafts and what is wrong with each.
type Wrong = Vec<(&'static str, String)>;

impl Objective {
    /// What is wrong with it: the field as drafts of it name it, and a sentence that says what to write instead.
    /// Whether a text is a query is told by a function, of which the error is a sentence.
    pub fn check(&self, is_query: &dyn Fn(&str) -> Result<(), String>) -> Wrong {
        let mut wrong = Wrong::new();
        for (field, name) in [("service", &self.service), ("name", &self.name)] {
            if let Some(why) = name_is_wrong(name) {
                wrong.push((field, why));
            }
        }
        if let Some(why) = target_is_wrong(self.target) {
            wrong.push(("target_percent", why));
        }
        if let Window::Rolling(days) = self.window
            && !(1..=LONGEST_DAYS).contains(&days)
        {
            let why = format!(
                "a window has 1 to {LONGEST_DAYS} days, which is what is kept; {days} is none"
            );
            wrong.push(("days", why));
        }
        if let Err(why) = crate::zone(&self.zone) {
            wrong.push(("zone", why));
        }
        let mut known = BTreeSet::new();
        for part in &self.parts {
            if !is_label(part) {
                let why = format!("{part:?} is no name of a label; use letters, digits and _");
                wrong.push(("parts", why));
            } else if !known.insert(part) {
                wrong.push(("parts", format!("{part} is named twice")));
            }
        }
        let alerts = [("pages", &self.page), ("tickets", &self.ticket)];
        let alerts = alerts
            .into_iter()
            .filter_map(|(field, labels)| Some((field, labels.as_ref()?)));
        let all = [("labels", &self.labels), ("annotations", &self.annotations)];
        for (field, texts) in all.into_iter().chain(alerts) {
            for name in texts
                .keys()
                .filter(|name| !is_label(name) || *name == "__name__")
            {
                let why =
                    format!("{name:?} is no name that Prometheus takes; use letters, digits and _");
                wrong.push((field, why));
            }
        }
        self.indicator.check(is_query, &mut wrong);
        wrong
    }
}

/// What is wrong with a service's or an objective's name: both are part of ids, addresses and labels.
fn name_is_wrong(name: &str) -> Option<String> {
    let is_usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = |c: char| c.is_ascii_alphanumeric();
    match name {
        "" => Some("it needs a name, for instance api-latency".to_owned()),
        _ if name.len() > 100 => Some("a name has at most 100 characters".to_owned()),
        _ if !name.chars().all(is_usual) || !name.starts_with(ends) || !name.ends_with(ends) => {
            Some(format!(
                "{name:?} is no name: it begins and ends with a letter or digit, and has letters, digits, -, _ and . \
                 only"
            ))
        }
        _ => None,
    }
}

/// What is wrong with a target.
fn target_is_wrong(target: f64) -> Option<String> {
    match target {
        1.0 => Some(
            "100 % leaves no budget: the first bad event would miss it for good; write for instance 99.9"
                .to_owned(),
        ),
        0.0 => Some("0 % is kept whatever happens; write for instance 99.9".to_owned()),
        _ if !(target > 0.0 && target < 1.0) => {
            Some("a target is between 0 and 100 %; write for instance 99.9".to_owned())
        }
        _ if target > 0.999_999_9 => Some(
            "a target has at most 99.99999 %: what is allowed to be bad is too little to be measured".to_owned(),
        ),
        _ => None,
    }
}

impl Indicator {
    fn check(&self, is_query: &dyn Fn(&str) -> Result<(), String>, wrong: &mut Wrong) {
        let mut ranged = |field: &'static str, query: &str| {
            let why = match query.trim() {
                "" => Some("a query is needed, for instance sum(rate(requests_total[{{.window}}]))".to_owned()),
                _ if query.len() > LONGEST_QUERY => Some(too_long()),
                _ if !has_window(query) => Some(
                    "it has no {{.window}}, so it cannot be asked over minutes and days alike; write it where the range \
                     is, for instance rate(requests_total[{{.window}}])"
                        .to_owned(),
                ),
                _ => {
                    let query = over(query, "5m");
                    let alone = is_query(&query);
                    alone.and_then(|()| is_query(&format!("sum({query})"))).err()
                }
            };
            wrong.extend(why.map(|why| (field, why)));
        };
        match self {
            Self::Events {
                counted,
                query,
                total,
            } => {
                ranged(
                    match counted {
                        crate::Counted::Good => "good",
                        crate::Counted::Bad => "bad",
                    },
                    query,
                );
                ranged("total", total);
            }
            Self::Raw { error_ratio } => ranged("bad", error_ratio),
            Self::Latency {
                histogram,
                threshold,
            } => {
                selected(histogram, "mcp_request_duration_seconds", is_query, wrong);
                if !(threshold.is_finite() && *threshold > 0.0) {
                    let why = "the threshold is a number of seconds above 0, for instance 0.2";
                    wrong.push(("threshold_seconds", why.to_owned()));
                }
            }
            Self::Slices { condition } => {
                let why = match condition.trim() {
                    "" => Some(
                        "a condition is needed, for instance max(mcp_queue_length) < 10".to_owned(),
                    ),
                    _ if condition.len() > LONGEST_QUERY => Some(too_long()),
                    _ => check_condition(condition)
                        .and_then(|()| is_query(&over(condition, "5m")))
                        .and_then(|()| self.check_asks(is_query))
                        .err(),
                };
                wrong.extend(why.map(|why| ("good", why)));
            }
            Self::Availability { metric } => selected(metric, "mcp_server_up", is_query, wrong),
            Self::Freshness { metric, max_age } => {
                selected(metric, "mcp_server_up", is_query, wrong);
                if !(0.001..=LONGEST_AGE).contains(max_age) {
                    let why =
                        "the age is a number of seconds above 0 and up to 7 days, for instance 60";
                    wrong.push(("threshold_seconds", why.to_owned()));
                }
            }
            Self::Measured => {}
        }
    }

    /// Whether a condition's operands can be asked for: what is compared has to be of metrics.
    fn check_asks(&self, is_query: &dyn Fn(&str) -> Result<(), String>) -> Result<(), String> {
        let wrong = self
            .minute()
            .iter()
            .find_map(|ask| is_query(&ask.query).err());
        wrong.map_or(Ok(()), |why| {
            Err(format!(
                "whether there is data cannot be asked: {why}; write a metric on the left and a plain number on the right"
            ))
        })
    }
}

fn too_long() -> String {
    format!("a query has at most {LONGEST_QUERY} characters; make a recording rule of a part of it")
}

fn selected(
    text: &str,
    example: &str,
    is_query: &dyn Fn(&str) -> Result<(), String>,
    wrong: &mut Wrong,
) {
    let why = match selector(text) {
        _ if text.len() > LONGEST_QUERY => Some(too_long()),
        None => Some(format!(
            "{:?} is no name of a metric with labels; write for instance {example} or {example}{{server=\"files\"}}",
            text.trim()
        )),
        Some(_) => is_query(text).err(),
    };
    wrong.extend(why.map(|why| ("metric", why)));
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
