//! When a rule would have fired, and what it finds now: bounded in time, steps and points.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::ReadSamples;
use promql::Limits;
use rules::{Entry, Rule, State};
use wire::{Level, Problem, RuleDraft, RuleFiring, RuleMatch, RulePreview, StateSpan};

use super::RuleService;
use super::change::entry_of;
use super::draft::tidy;
use super::shown::label_text;
use crate::error::fault;
use crate::judging::{Finds, Judging, Span, held, lived};

const DAY_MS: i64 = 24 * 3_600_000;
/// The longest stretch that is looked at.
const LONGEST_MS: i64 = 31 * DAY_MS;
/// Times that are looked at; a rule that is evaluated more often is looked at less often.
const MOST_STEPS: i64 = 6_000;
/// Series times steps.
const MOST_POINTS: usize = 1_000_000;
/// How long all of it may take.
const BUDGET: Duration = Duration::from_secs(10);
/// Lines of the answer.
const MOST_FIRINGS: usize = 200;
const MOST_MATCHES: usize = 20;

impl RuleService {
    /// Works out what a draft would have done.
    pub(super) async fn look_back(
        &self,
        draft: RuleDraft,
        last_ms: Option<i64>,
    ) -> Result<RulePreview, Problem> {
        let draft = tidy(draft);
        let last_ms = last_ms.unwrap_or(DAY_MS).clamp(60_000, LONGEST_MS);
        let interval = model::parse_duration(&draft.interval).ok();
        let interval = interval.filter(|interval| !interval.is_zero());
        let default = self.configuration.config.borrow().alerts.interval;
        let now_ms = self.alerts.clock.now_ms();
        let (span, coarse) = span(now_ms, last_ms, interval.unwrap_or(default));
        let mut preview = nothing(span);
        let entry = match entry_of(&draft) {
            Ok(entry) => entry,
            Err(mistakes) => {
                preview.mistakes = mistakes;
                return Ok(preview);
            }
        };
        preview.trouble = coarse;
        let turn = Arc::clone(&self.previews).acquire_owned().await;
        let turn = turn.map_err(|error| fault("waiting for a preview", &error))?;
        let look = Look {
            entry,
            span,
            samples: self.alerts.samples.fresh().await,
            judging: self.alerts.judged(),
        };
        let runtime = tokio::runtime::Handle::current();
        let looked = tokio::task::spawn_blocking(move || {
            // For as long as it is worked out, also when nobody waits for it any more.
            let _turn = turn;
            look.look(&runtime, preview)
        });
        looked
            .await
            .map_err(|error| fault("working out a preview", &error))
    }
}

/// The times, and what to say where they are fewer than those of the rule.
fn span(now_ms: i64, last_ms: i64, interval: Duration) -> (Span, String) {
    let wanted_ms = i64::try_from(interval.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    let least_ms = (last_ms / MOST_STEPS).max(1);
    let step_ms = match wanted_ms < least_ms {
        // Whole seconds.
        true => (least_ms + 999) / 1000 * 1000,
        false => wanted_ms.min(last_ms),
    };
    let coarse = match step_ms > wanted_ms {
        true => format!(
            "Looked every {} s; the rule will be evaluated more often.",
            step_ms / 1000
        ),
        false => String::new(),
    };
    let span = Span {
        from_ms: now_ms - last_ms / step_ms * step_ms,
        to_ms: now_ms,
        step: Duration::from_millis(step_ms.unsigned_abs()),
    };
    (span, coarse)
}

fn nothing(span: Span) -> RulePreview {
    RulePreview {
        mistakes: Vec::new(),
        trouble: String::new(),
        from_ms: span.from_ms,
        to_ms: span.to_ms,
        step_ms: span.step_ms(),
        fired: 0,
        only_pending: 0,
        timeline: Vec::new(),
        firings: Vec::new(),
        found: 0,
        matches: Vec::new(),
        errors: Vec::new(),
    }
}

/// What is looked at.
struct Look {
    entry: Entry,
    span: Span,
    samples: Arc<dyn ReadSamples>,
    judging: Arc<Judging>,
}

impl Look {
    fn look(&self, runtime: &tokio::runtime::Handle, mut preview: RulePreview) -> RulePreview {
        let deadline = Instant::now() + BUDGET;
        let limits = Limits {
            deadline: Some(deadline),
            ..Limits::default()
        };
        let (samples, now_ms) = (&*self.samples, self.span.to_ms);
        let finds = self
            .judging
            .finds(&self.entry, samples, now_ms, &limits, MOST_MATCHES);
        match finds {
            Ok(finds) => now(&mut preview, finds),
            Err(why) => {
                trouble(&mut preview, &why);
                return preview;
            }
        }
        let Entry::Alerting(rule) = &self.entry else {
            return preview;
        };
        match self.past(rule, &limits, deadline, runtime) {
            Ok(lived) => past(&mut preview, &lived.alerts, lived.until_ms),
            Err(why) => trouble(
                &mut preview,
                &format!("What would have been is not known: {why}"),
            ),
        }
        preview
    }

    fn past(
        &self,
        rule: &Rule,
        limits: &Limits,
        deadline: Instant,
        runtime: &tokio::runtime::Handle,
    ) -> Result<crate::judging::Lived, String> {
        let mut held = held(&rule.expr, &*self.samples, self.span, limits, MOST_POINTS)?;
        runtime.block_on(lived(rule, self.span, &mut held, Some(deadline)))
    }
}

fn trouble(preview: &mut RulePreview, why: &str) {
    if !preview.trouble.is_empty() {
        preview.trouble.push(' ');
    }
    preview.trouble.push_str(why);
}

fn now(preview: &mut RulePreview, finds: Finds) {
    preview.found = finds.found as u64;
    preview.errors = finds.errors;
    let matches = finds.told.into_iter().map(|told| RuleMatch {
        labels: label_text(&told.labels),
        value: told.value.to_string(),
        annotations: told.annotations,
    });
    preview.matches = matches.collect();
}

fn past(preview: &mut RulePreview, alerts: &[rules::Alert], until_ms: i64) {
    if until_ms < preview.to_ms {
        let until = jiff::Timestamp::from_millisecond(until_ms).unwrap_or_default();
        let why = format!(
            "There was time for what was until {}; what came then is not counted.",
            until.strftime("%Y-%m-%d %H:%M UTC")
        );
        trouble(preview, &why);
        preview.to_ms = until_ms;
    }
    let mut firings: Vec<_> = alerts.iter().map(firing).collect();
    preview.fired = firings.iter().filter(|it| it.firing_ms.is_some()).count() as u64;
    preview.only_pending = firings.len() as u64 - preview.fired;
    preview.timeline = timeline(preview, &firings);
    firings.sort_by_key(|it| std::cmp::Reverse(it.firing_ms.unwrap_or(it.pending_ms)));
    firings.truncate(MOST_FIRINGS);
    preview.firings = firings;
}

fn firing(alert: &rules::Alert) -> RuleFiring {
    let labels = alert.labels.keep(|name| name != "alertname");
    let end = alert.changes.iter().rev();
    let end = end.clone().find(|change| change.state == State::Resolved);
    RuleFiring {
        labels: label_text(&labels),
        pending_ms: alert.pending_ms,
        firing_ms: alert.firing_ms,
        ended_ms: end.map(|change| change.at_ms),
    }
}

/// What was the worst of all alerts, over time.
fn timeline(preview: &RulePreview, firings: &[RuleFiring]) -> Vec<StateSpan> {
    let (from_ms, step_ms) = (preview.from_ms, preview.step_ms.max(1));
    let steps = usize::try_from((preview.to_ms - from_ms) / step_ms).unwrap_or(0) + 1;
    let place = |ms: i64| {
        usize::try_from((ms - from_ms) / step_ms)
            .unwrap_or(0)
            .min(steps)
    };
    // How many more there are from a step on: of those that wait, and of those that fire.
    let mut more = vec![(0_i64, 0_i64); steps + 1];
    for it in firings {
        let end = it.ended_ms.map_or(steps, place);
        let fires = it.firing_ms.map_or(end, place);
        more[place(it.pending_ms)].0 += 1;
        more[fires].0 -= 1;
        more[fires].1 += 1;
        more[end].1 -= 1;
    }
    let mut spans: Vec<StateSpan> = Vec::new();
    let (mut waiting, mut firing) = (0, 0);
    for (step, (waits, fires)) in more.iter().take(steps).enumerate() {
        waiting += waits;
        firing += fires;
        let level = match (firing, waiting) {
            (0, 0) => Level::Healthy,
            (0, _) => Level::Degraded,
            _ => Level::Unhealthy,
        };
        let at_ms = from_ms + i64::try_from(step).unwrap_or(0) * step_ms;
        let to_ms = (at_ms + step_ms).min(preview.to_ms.max(at_ms));
        match spans.last_mut() {
            Some(last) if last.level == level => last.to_ms = to_ms,
            _ => spans.push(StateSpan {
                from_ms: at_ms,
                to_ms,
                level,
            }),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_bounds() {
        let (span_15s, said) = span(1_000_000_000, DAY_MS, Duration::from_secs(15));
        assert_eq!((span_15s.step_ms(), said.as_str()), (15_000, ""));
        assert_eq!(span_15s.from_ms, 1_000_000_000 - DAY_MS);
        let (span_1s, said) = span(1_000_000_000, DAY_MS, Duration::from_secs(1));
        assert_eq!(span_1s.step_ms(), 15_000);
        assert!(said.contains("every 15 s"), "{said}");
        let (short, said) = span(1_000_000_000, 60_000, Duration::from_millis(100));
        assert_eq!((short.step_ms(), said.as_str()), (100, ""));
    }

    #[test]
    fn the_worst_over_time() {
        let span = Span {
            from_ms: 0,
            to_ms: 100,
            step: Duration::from_millis(10),
        };
        let firing = |pending_ms, firing_ms, ended_ms| RuleFiring {
            labels: String::new(),
            pending_ms,
            firing_ms,
            ended_ms,
        };
        let shown = |firings: &[RuleFiring]| {
            let spans = timeline(&nothing(span), firings);
            let told = spans
                .iter()
                .map(|it| format!("{} {}-{}", it.level.as_str(), it.from_ms, it.to_ms));
            told.collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), ["healthy 0-100"]);
        assert_eq!(
            shown(&[
                firing(10, Some(30), Some(50)),
                firing(20, None, Some(60)),
                firing(90, Some(90), None),
            ]),
            [
                "healthy 0-10",
                "degraded 10-30",
                "unhealthy 30-50",
                "degraded 50-60",
                "healthy 60-90",
                "unhealthy 90-100"
            ]
        );
    }
}
