//! The past of a rule: when it would have fired, by the answers to its expression over time; and what it finds now.
//!
//! The answers go through the same book as in the product. A series that is gone ends its alert, as in Prometheus.
//! Labels whose templates ask queries say so, because what they would have been told is not asked.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use model::{ReadSamples, TimestampMs};
use promql::{Limits, Query, Value, evaluate_range};
use rules::{Alert, Answer, Base, Book, Entry, Found, Judgement, Known, NoData, Rule, Told};

use super::Judging;
use crate::condition::{Condition, found};

/// Times at which a rule is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from_ms: TimestampMs,
    pub(crate) to_ms: TimestampMs,
    pub(crate) step: Duration,
}

impl Span {
    /// How far times are apart; a millisecond at the least.
    pub(crate) fn step_ms(&self) -> i64 {
        i64::try_from(self.step.as_millis())
            .unwrap_or(i64::MAX)
            .max(1)
    }
}

/// The series for which a condition holds, by time.
pub(crate) type Held = BTreeMap<TimestampMs, Vec<Found>>;

/// What became of a rule.
#[derive(Debug)]
pub(crate) struct Lived {
    /// In the order in which they began.
    pub(crate) alerts: Vec<Alert>,
    /// The last time that was looked at: the end, or an earlier one where there was no time left.
    pub(crate) until_ms: TimestampMs,
}

/// Asks what a rule asks over a span.
///
/// # Errors
/// Why there is no answer, or that it has more than `most` points.
pub(crate) fn held(
    expr: &str,
    samples: &dyn ReadSamples,
    span: Span,
    limits: &Limits,
    most: usize,
) -> Result<Held, String> {
    let query = Query::parse(expr).map_err(|error| error.to_string())?;
    let (from, to) = (span.from_ms, span.to_ms);
    let answer = evaluate_range(&query, samples, from, to, span.step_ms(), limits);
    let answer = answer.map_err(|error| error.to_string())?;
    let mut held = Held::new();
    let Value::Matrix(series) = answer.value else {
        return Ok(held);
    };
    let points: usize = series.iter().map(|it| it.points.len()).sum();
    if points > most {
        return Err(format!(
            "it holds {points} times in all for {} series, which is more than can be followed ({most})",
            series.len()
        ));
    }
    for series in series {
        if !series.histograms.is_empty() {
            return Err("the answer holds native histograms; take a number from them".to_owned());
        }
        for (at_ms, value) in series.points {
            let labels = series.labels.clone();
            held.entry(at_ms).or_default().push(Found { labels, value });
        }
    }
    Ok(held)
}

/// Takes answers through the lives of alerts, until the deadline.
///
/// # Errors
/// That two series make the same alert.
pub(crate) async fn lived(
    rule: &Rule,
    span: Span,
    held: &mut Held,
    deadline: Option<Instant>,
) -> Result<Lived, String> {
    let nothing = BTreeMap::new();
    // Nobody reads them here.
    let rule = Rule {
        annotations: BTreeMap::new(),
        ..rule.clone()
    };
    let mut book = Book::in_memory();
    let mut lived = Lived {
        alerts: Vec::new(),
        until_ms: span.from_ms,
    };
    let mut places = HashMap::new();
    let judgement = Judgement {
        no_data: NoData::Ok,
        limit: 0,
        asks_anew: false,
    };
    let mut at_ms = span.from_ms;
    while at_ms <= span.to_ms && deadline.is_none_or(|deadline| Instant::now() < deadline) {
        let found = held.remove(&at_ms).unwrap_or_default();
        let base = Base {
            external_labels: &nothing,
            external_url: "",
            now_ms: at_ms,
            ask: &|_| Err("a replay asks no queries in templates".to_owned()),
        };
        let holds = rule.tell(&found, &base, &mut Vec::new())?;
        let answer = Answer {
            holds,
            known: Known::All,
        };
        let changed = book.evaluate(&rule, &answer, judgement, at_ms).await;
        for alert in changed.map_err(|error| error.to_string())? {
            let place = *places.entry(alert.id).or_insert(lived.alerts.len());
            match lived.alerts.get_mut(place) {
                Some(known) => *known = alert,
                None => lived.alerts.push(alert),
            }
        }
        lived.until_ms = at_ms;
        at_ms += span.step_ms();
    }
    Ok(lived)
}

/// What a rule finds at a time.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    /// How many series.
    pub(crate) found: usize,
    /// What it says of the first of them; of a recording rule there are no texts.
    pub(crate) told: Vec<Told>,
    /// What failed in templates.
    pub(crate) errors: Vec<String>,
}

impl Judging {
    /// What a rule finds at a time, and what it says of the first `most` series.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) fn finds(
        &self,
        entry: &Entry,
        samples: &dyn ReadSamples,
        at_ms: TimestampMs,
        limits: &Limits,
        most: usize,
    ) -> Result<Finds, String> {
        let condition = Condition::parse(entry.expr())?;
        let failed = |error: promql::QueryError| error.to_string();
        let holds = condition.found(samples, at_ms, limits).map_err(failed)?;
        let mut finds = Finds {
            found: holds.len(),
            ..Finds::default()
        };
        let first = &holds[..holds.len().min(most)];
        let rule = match entry {
            Entry::Alerting(rule) => rule,
            Entry::Recording(rule) => {
                finds.told = first
                    .iter()
                    .map(|one| Told {
                        series: one.labels.clone(),
                        labels: rule.series_labels(&one.labels),
                        annotations: BTreeMap::new(),
                        value: one.value,
                    })
                    .collect();
                return Ok(finds);
            }
        };
        let ask = |expr: &str| {
            let query = Query::parse(expr).map_err(failed)?;
            found(&query, samples, at_ms, limits).map_err(failed)
        };
        let base = Base {
            external_labels: &self.external.labels,
            external_url: &self.external.url,
            now_ms: at_ms,
            ask: &ask,
        };
        finds.told = rule.tell(first, &base, &mut finds.errors)?;
        finds.errors.sort();
        finds.errors.dedup();
        Ok(finds)
    }
}

#[cfg(test)]
mod tests {
    use model::Labels;

    use super::*;

    #[tokio::test]
    async fn lives_of_the_past() {
        let text = "groups: [{ name: g, rules: [{ alert: A, expr: up == 0, for: 30s }] }]";
        let (groups, mistakes) = rules::read("r.yml", text, &|_| Ok(()));
        assert_eq!(mistakes, []);
        let Entry::Alerting(rule) = &groups[0].rules[0] else {
            panic!("{groups:?}")
        };
        let labels = Labels::new().with("job", "a");
        let found = |_| {
            vec![Found {
                labels: labels.clone(),
                value: 0.0,
            }]
        };
        let mut held: Held = [15_000, 30_000, 45_000, 75_000]
            .map(|at| (at, found(at)))
            .into();
        let span = Span {
            from_ms: 0,
            to_ms: 90_000,
            step: Duration::from_secs(15),
        };
        let mut unread = held.clone();
        let after = lived(rule, span, &mut unread, Some(Instant::now()))
            .await
            .unwrap();
        assert_eq!((after.alerts.len(), after.until_ms), (0, 0));
        let lived = lived(rule, span, &mut held, None).await.unwrap();
        assert_eq!(lived.until_ms, 90_000);
        let lives: Vec<_> = lived
            .alerts
            .iter()
            .map(|alert| {
                let changes = alert.changes.iter();
                let changes = changes
                    .map(|change| format!("{}@{}", change.state.as_str(), change.at_ms / 1000));
                changes.collect::<Vec<_>>().join(" ")
            })
            .collect();
        assert_eq!(
            lives,
            ["pending@15 firing@45 resolved@60", "pending@75 resolved@90"]
        );
    }
}
