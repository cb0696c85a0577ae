//! Rules tried out over samples in memory, at times that somebody sets: what unit tests of rules run.
//!
//! The same questions, the same book and the same series as in the product; only who calls is another.

use std::sync::Arc;

use model::{Sample, TimestampMs};
use rules::{Alert, Book, Entry, Group, Judgement, NoData};

use super::ask::Question;
use super::memory::Memory;
use super::series::{ended, of_alerts, recorded};
use super::{External, Judged, JudgedGroup, judged};
use crate::config::Config;

/// Rules, their alerts and the samples they see.
pub(crate) struct Trial {
    groups: Vec<Arc<JudgedGroup>>,
    book: Book,
    pub(crate) memory: Arc<Memory>,
    external: External,
}

impl Trial {
    /// Of these groups, over nothing yet.
    ///
    /// # Errors
    /// A sentence that names the rule.
    pub(crate) fn of(
        groups: &[Group],
        external_labels: std::collections::BTreeMap<String, String>,
        external_url: &str,
    ) -> Result<Self, String> {
        let config = Config::default();
        let groups = groups
            .iter()
            .map(|group| judged(group.clone(), &config, false));
        Ok(Self {
            groups: groups.collect::<Result<_, String>>()?,
            book: Book::in_memory(),
            memory: Arc::default(),
            external: External {
                labels: Arc::new(external_labels),
                url: external_url.into(),
            },
        })
    }

    /// Evaluates all groups in their order; returns the errors.
    pub(crate) async fn evaluate(&mut self, at_ms: TimestampMs) -> Vec<String> {
        let mut errors = Vec::new();
        for group in self.groups.clone() {
            let at_ms = group.looks_at(at_ms);
            for judged in &group.rules {
                match self.rule(&group, judged, at_ms).await {
                    Ok(samples) => {
                        let mut ends = Vec::new();
                        judged
                            .update(|standing| ends = ended(&mut standing.series, &samples, at_ms));
                        self.memory.push(samples);
                        self.memory.push(ends);
                    }
                    Err(error) => errors.push(format!("{}: {error}", judged.entry.name())),
                }
            }
        }
        errors
    }

    async fn rule(
        &mut self,
        group: &JudgedGroup,
        judged: &Judged,
        at_ms: TimestampMs,
    ) -> Result<Vec<Sample>, String> {
        let question = Question {
            condition: Arc::clone(&judged.condition),
            samples: self.memory.clone(),
            at_ms,
            external: self.external.clone(),
        };
        let limit = group.group.limit;
        match &judged.entry {
            Entry::Recording(rule) => recorded(rule, limit, &question.series().await?, at_ms),
            Entry::Alerting(rule) => {
                // As in Prometheus, unless the rule says otherwise.
                let no_data = rule.no_data.unwrap_or(NoData::Ok);
                let looked_at = self.book.looked_at(rule);
                let seen = judged.standing().seen.unwrap_or_default();
                let said = question
                    .alerts(Arc::clone(rule), no_data, looked_at, seen)
                    .await?;
                judged.update(|standing| standing.seen = Some(said.seen));
                let judgement = Judgement {
                    no_data,
                    limit,
                    asks_anew: false,
                };
                let evaluated = self
                    .book
                    .evaluate(rule, &said.answer, judgement, at_ms)
                    .await;
                evaluated.map_err(|error| error.to_string())?;
                Ok(of_alerts(&self.book.open_of(rule), at_ms))
            }
        }
    }

    /// The alerts that are pending or fire.
    pub(crate) fn open_alerts(&self) -> Vec<Alert> {
        self.book.open_alerts()
    }

    /// Whether there is an alerting rule of this name.
    pub(crate) fn has_alert(&self, name: &str) -> bool {
        let mut rules = self.groups.iter().flat_map(|group| &group.rules);
        rules.any(|judged| matches!(&judged.entry, Entry::Alerting(rule) if rule.name == name))
    }
}
