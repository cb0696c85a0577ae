//! One evaluation of a group: its rules are asked one after the other, each seeing what those before it have made.
//!
//! What rules say of alerts is written for the whole group at once, because a write has to reach the disk before anybody
//! sees it; earlier only where a rule asks for the alerts themselves.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use model::{ReadSamples, Sample, TimestampMs};
use rules::{Entry, Judgement, NoData, Recording, Rule};

use tokio_util::sync::CancellationToken;

use super::ask::{Question, Said};
use super::series::{ALERTS, ALERTS_FOR_STATE, ended, of_alerts, recorded};
use super::{Health, Judged, JudgedGroup, Judging};
use crate::alerts::AlertService;

/// How often a question is asked anew because alerts were ended meanwhile.
const MOST_TRIES: usize = 3;

/// What a rule came to: its series and errors of its templates, or why there is nothing.
type Outcome = Result<(Vec<Sample>, Vec<String>), String>;

/// An alerting rule that has been asked.
struct Asked<'g> {
    judged: &'g Judged,
    rule: &'g Arc<Rule>,
    said: Said,
    /// How often alerts had been ended before.
    ended: u64,
    seconds: f64,
}

/// What an evaluation has come to so far.
#[derive(Default)]
struct Turn<'g> {
    made: Vec<Sample>,
    failures: u64,
    /// Of whose alerts nothing is written yet.
    asked: Vec<Asked<'g>>,
}

impl Turn<'_> {
    /// Notes what a rule came to.
    fn note(&mut self, judged: &Judged, outcome: Outcome, at_ms: TimestampMs, seconds: f64) {
        let (health, last_error) = match outcome {
            Ok((samples, errors)) => {
                let mut ends = Vec::new();
                judged.update(|standing| ends = ended(&mut standing.series, &samples, at_ms));
                self.made.extend(samples);
                self.made.extend(ends);
                (Health::Ok, errors.join("; "))
            }
            Err(error) => {
                self.failures += 1;
                tracing::error!(
                    error,
                    rule = judged.entry.name(),
                    "a rule could not be evaluated"
                );
                (Health::Err, error)
            }
        };
        judged.update(|standing| {
            (standing.health, standing.last_error) = (health, last_error);
            standing.evaluated_ms = Some(at_ms);
            standing.seconds = seconds;
        });
    }
}

impl AlertService {
    /// Evaluates the rules of a group, until it is not wanted any more.
    pub(super) async fn evaluate_group(
        &self,
        judging: &Judging,
        group: &JudgedGroup,
        at_ms: TimestampMs,
        stop: &CancellationToken,
    ) {
        let _turn = group.turn.lock().await;
        let begun = Instant::now();
        let at_ms = group.looks_at(at_ms);
        let store = self.samples.fresh().await;
        let mut turn = Turn::default();
        for judged in &group.rules {
            if stop.is_cancelled() {
                break;
            }
            let since = Instant::now();
            if [ALERTS, ALERTS_FOR_STATE]
                .iter()
                .any(|name| judged.condition.reads(name))
            {
                self.settle(judging, group, &mut turn, &store, at_ms).await;
            }
            let reads_made = turn
                .made
                .iter()
                .any(|sample: &Sample| judged.condition.reads(&sample.name));
            let samples = match reads_made {
                true => self.samples.seen_with(&store, &turn.made),
                false => Arc::clone(&store),
            };
            let failed = match &judged.entry {
                Entry::Alerting(rule) => {
                    let asked = self.ask(judging, judged, rule, samples, at_ms).await;
                    asked.map(|(said, ended)| {
                        let seconds = since.elapsed().as_secs_f64();
                        turn.asked.push(Asked {
                            judged,
                            rule,
                            said,
                            ended,
                            seconds,
                        });
                    })
                }
                Entry::Recording(rule) => {
                    let found = recording(judging, group, judged, rule, samples, at_ms).await;
                    let seconds = since.elapsed().as_secs_f64();
                    turn.note(judged, found, at_ms, seconds);
                    Ok(())
                }
            };
            if let Err(error) = failed {
                turn.note(judged, Err(error), at_ms, since.elapsed().as_secs_f64());
            }
        }
        self.settle(judging, group, &mut turn, &store, at_ms).await;
        let all = turn.made.iter();
        let samples = all.filter(|sample| !model::is_stale(sample.value)).count();
        self.samples.push(turn.made);
        let seconds = begun.elapsed().as_secs_f64();
        group.update(|standing| {
            standing.evaluated_ms = Some(at_ms);
            standing.seconds = seconds;
            standing.total_seconds += seconds;
            standing.samples = samples;
            standing.evaluations += group.rules.len() as u64;
            standing.failures += turn.failures;
        });
    }

    /// Asks an alerting rule; returns as well how often alerts had been ended before.
    async fn ask(
        &self,
        judging: &Judging,
        judged: &Judged,
        rule: &Arc<Rule>,
        samples: Arc<dyn ReadSamples>,
        at_ms: TimestampMs,
    ) -> Result<(Said, u64), String> {
        let (looked_at, series, ended) = {
            let book = self.book.lock().await;
            (book.looked_at(rule), book.series_of(rule), self.ended())
        };
        // What was missed before a restart is missed on.
        let of_alerts_before = || series.into_iter().map(|series| (series, at_ms)).collect();
        let standing = judged.standing();
        let (seen, no_data) = match standing.asks_anew {
            true => (standing.seen.unwrap_or_default(), NoData::Ok),
            false => (
                standing.seen.unwrap_or_else(of_alerts_before),
                rule.no_data.unwrap_or(judging.no_data),
            ),
        };
        let question = question(judging, judged, samples, at_ms);
        let said = question
            .alerts(Arc::clone(rule), no_data, looked_at, seen)
            .await?;
        Ok((said, ended))
    }

    /// Writes what rules said of their alerts, and tells it.
    async fn settle(
        &self,
        judging: &Judging,
        group: &JudgedGroup,
        turn: &mut Turn<'_>,
        store: &Arc<dyn ReadSamples>,
        at_ms: TimestampMs,
    ) {
        let mut asked = std::mem::take(&mut turn.asked);
        for _ in 0..MOST_TRIES {
            if asked.is_empty() {
                return;
            }
            let mut book = self.book.lock().await;
            let now = self.ended();
            // Who is retired meanwhile must not come back by an answer from before.
            let (late, fit): (Vec<_>, Vec<_>) = asked.into_iter().partition(|one| one.ended != now);
            let all: Vec<_> = fit
                .iter()
                .map(|one| {
                    let how = judgement(judging, group, one.judged, one.rule);
                    (&**one.rule, &one.said.answer, how)
                })
                .collect();
            let written = book.evaluate_all(&all, at_ms).await;
            let made: Vec<_> = fit
                .iter()
                .map(|one| of_alerts(&book.open_of(one.rule), at_ms))
                .collect();
            drop(book);
            let (changed, mut refused) = match written {
                Ok(taken) => (taken.changed, taken.refused),
                Err(error) => {
                    let why = error.to_string();
                    (
                        Vec::new(),
                        (0..fit.len()).map(|place| (place, why.clone())).collect(),
                    )
                }
            };
            self.tell(&changed).await;
            for (place, (one, made)) in fit.into_iter().zip(made).enumerate() {
                let (judged, seconds) = (one.judged, one.seconds);
                let outcome = match refused.remove(&place) {
                    Some(why) => Err(why),
                    None => Ok((made, taken(judged, one.rule, one.said))),
                };
                turn.note(judged, outcome, at_ms, seconds);
            }
            asked = Vec::new();
            for one in late {
                let since = Instant::now();
                let samples = self.samples.seen_with(store, &turn.made);
                match self
                    .ask(judging, one.judged, one.rule, samples, at_ms)
                    .await
                {
                    Ok((said, ended)) => {
                        let seconds = since.elapsed().as_secs_f64();
                        asked.push(Asked {
                            said,
                            ended,
                            seconds,
                            ..one
                        });
                    }
                    Err(error) => turn.note(one.judged, Err(error), at_ms, one.seconds),
                }
            }
        }
        let why = "servers came and went during the evaluation; it is tried again";
        for one in asked {
            turn.note(one.judged, Err(why.to_owned()), at_ms, one.seconds);
        }
    }
}

/// Notes what was learnt of a rule whose answer was taken; returns the errors of its templates.
fn taken(judged: &Judged, rule: &Rule, said: Said) -> Vec<String> {
    judged.update(|standing| {
        (standing.seen, standing.asks_anew) = (Some(said.seen), false);
    });
    for error in &said.errors {
        tracing::warn!(error, rule = rule.name, "a template of a rule failed");
    }
    let errors: HashSet<String> = said.errors.into_iter().collect();
    let errors = errors
        .into_iter()
        .map(|error| format!("error expanding template: {error}"));
    errors.collect()
}

fn judgement(judging: &Judging, group: &JudgedGroup, judged: &Judged, rule: &Rule) -> Judgement {
    Judgement {
        no_data: rule.no_data.unwrap_or(judging.no_data),
        limit: group.group.limit,
        asks_anew: judged.standing().asks_anew,
    }
}

async fn recording(
    judging: &Judging,
    group: &JudgedGroup,
    judged: &Judged,
    rule: &Recording,
    samples: Arc<dyn ReadSamples>,
    at_ms: TimestampMs,
) -> Outcome {
    let found = question(judging, judged, samples, at_ms).series().await?;
    let samples = recorded(rule, group.group.limit, &found, at_ms)?;
    Ok((samples, Vec::new()))
}

fn question(
    judging: &Judging,
    judged: &Judged,
    samples: Arc<dyn ReadSamples>,
    at_ms: TimestampMs,
) -> Question {
    Question {
        condition: Arc::clone(&judged.condition),
        samples,
        at_ms,
        external: judging.external.clone(),
    }
}
