//! The question of a rule, asked where it may take its time.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use model::{Labels, METRIC_NAME, ReadSamples, TimestampMs};
use promql::{Limits, Query};
use rules::{Answer, Base, Found, Known, NoData, Rule};

use super::External;
use crate::condition::{Condition, LONGEST, found};

/// For how long a series that is gone is missed, where that is an alert.
const MISSED_MS: i64 = 24 * 3_600_000;

/// What is asked, and of whom.
pub(super) struct Question {
    pub(super) condition: Arc<Condition>,
    pub(super) samples: Arc<dyn ReadSamples>,
    pub(super) at_ms: TimestampMs,
    pub(super) external: External,
}

/// What a rule says, and what was learnt of it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) answer: Answer,
    /// Errors of templates.
    pub(super) errors: Vec<String>,
    pub(super) seen: BTreeMap<Labels, TimestampMs>,
}

impl Question {
    /// The series of a recording rule.
    pub(super) async fn series(self) -> Result<Vec<Found>, String> {
        let asked = tokio::task::spawn_blocking(move || {
            self.condition
                .found(&*self.samples, self.at_ms, &limits())
                .map_err(|error| error.to_string())
        });
        asked.await.map_err(|error| error.to_string())?
    }

    /// What an alerting rule says. Of the alerts that it has to look at, the labels are known; of missing series,
    /// those that were there before.
    pub(super) async fn alerts(
        self,
        rule: Arc<Rule>,
        no_data: NoData,
        looked_at: HashSet<Labels>,
        seen: BTreeMap<Labels, TimestampMs>,
    ) -> Result<Said, String> {
        let asked =
            tokio::task::spawn_blocking(move || self.said(&rule, no_data, &looked_at, seen));
        asked.await.map_err(|error| error.to_string())?
    }

    fn said(
        &self,
        rule: &Rule,
        no_data: NoData,
        looked_at: &HashSet<Labels>,
        mut seen: BTreeMap<Labels, TimestampMs>,
    ) -> Result<Said, String> {
        let limits = limits();
        let failed = |error: promql::QueryError| error.to_string();
        let (samples, at_ms) = (&*self.samples, self.at_ms);
        let mut holds = self
            .condition
            .found(samples, at_ms, &limits)
            .map_err(failed)?;
        let mut known = None;
        if no_data == NoData::Alert {
            let those = self
                .condition
                .known(samples, at_ms, &limits)
                .map_err(failed)?;
            // Where that a series is there, or is not, is what the rule is about, nothing is missing.
            if let Known::These(_) = those {
                holds.extend(missing(&those, &holds, &mut seen, at_ms));
            }
            known = Some(those);
        }
        let ask = |expr: &str| {
            let query = Query::parse(expr).map_err(failed)?;
            found(&query, samples, at_ms, &limits).map_err(failed)
        };
        let base = Base {
            external_labels: &self.external.labels,
            external_url: &self.external.url,
            now_ms: at_ms,
            ask: &ask,
        };
        let mut errors = Vec::new();
        let holds = rule.tell(&holds, &base, &mut errors)?;
        // Of the others something has to be known only where there are any.
        let told: HashSet<&Labels> = holds.iter().map(|told| &told.labels).collect();
        let has_others = looked_at.iter().any(|labels| !told.contains(labels));
        let known = match known {
            Some(known) => known,
            None if has_others => self
                .condition
                .known(samples, at_ms, &limits)
                .map_err(failed)?,
            None => Known::default(),
        };
        let answer = Answer { holds, known };
        Ok(Said {
            answer,
            errors,
            seen,
        })
    }
}

fn limits() -> Limits {
    Limits {
        deadline: Some(Instant::now() + LONGEST),
        ..Limits::default()
    }
}

/// Series that were there before and are not now; what is there now is noted.
fn missing(
    known: &Known,
    holds: &[Found],
    seen: &mut BTreeMap<Labels, TimestampMs>,
    at_ms: TimestampMs,
) -> Vec<Found> {
    let bare = |labels: &Labels| labels.keep(|name| name != METRIC_NAME);
    let mut now: HashSet<Labels> = holds.iter().map(|found| bare(&found.labels)).collect();
    if let Known::These(series) = known {
        now.extend(series.iter().cloned());
    }
    seen.retain(|labels, last| now.contains(labels) || at_ms.saturating_sub(*last) < MISSED_MS);
    let gone: Vec<_> = seen
        .keys()
        .filter(|labels| !now.contains(*labels))
        .cloned()
        .collect();
    seen.extend(now.into_iter().map(|labels| (labels, at_ms)));
    let nothing = |labels| Found {
        labels,
        value: f64::NAN,
    };
    gone.into_iter().map(nothing).collect()
}
