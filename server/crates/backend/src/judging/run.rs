//! When rules are evaluated: each group at its interval, at a place within it that its name gives.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use model::TimestampMs;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::series::{ALERTS_FOR_STATE, end};
use super::{JudgedGroup, Judging};
use crate::alerts::AlertService;
use crate::error::alert_problem;

/// How often it is looked what is held, where no group says how often.
const LONGEST_REFRESH: Duration = Duration::from_secs(15);
/// A little before its time is in time: clocks of waiting are coarse.
const EARLY_MS: i64 = 20;
/// How long nobody may have looked for a pending alert to go on where it was, as in Prometheus
/// (`--rules.alert.for-outage-tolerance`).
const OUTAGE_MS: i64 = 3_600_000;

/// The time of the first evaluation after a time: multiples of the interval, moved by what the key gives.
fn next_after(now: TimestampMs, interval: Duration, key: &str) -> TimestampMs {
    let interval = i64::try_from(interval.as_millis())
        .unwrap_or(i64::MAX)
        .max(1);
    // FNV-1a, which is the same in every run.
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    key.hash(&mut hash);
    let offset = i64::try_from(hash.finish() % u64::try_from(interval).unwrap_or(1)).unwrap_or(0);
    let begun = (now - offset).div_euclid(interval);
    (begun + 1) * interval + offset
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl AlertService {
    /// Evaluates the groups at their intervals; those built in at once as well, when `nudge` says that something
    /// changed.
    pub(crate) async fn run(self: Arc<Self>, nudge: Arc<Notify>, stop: CancellationToken) {
        let mut judging = self.judging.subscribe();
        while !stop.is_cancelled() {
            let current = judging.borrow_and_update().clone();
            // What was being judged by rules that are no more is over now.
            self.end_of_former_rules().await;
            let prompt = current.groups.iter().filter(|group| group.is_prompt);
            let often = prompt.map(|group| group.interval).min();
            let mut turns = tokio::time::interval(often.unwrap_or(LONGEST_REFRESH));
            // A rule that is being asked is finished, and what its group has said is written.
            let replaced = CancellationToken::new();
            let mut groups = JoinSet::new();
            for group in &current.groups {
                let (service, group) = (Arc::clone(&self), Arc::clone(group));
                groups.spawn(service.keep_evaluating(current.clone(), group, replaced.clone()));
            }
            self.evaluate_promptly(&current).await;
            loop {
                tokio::select! {
                    () = stop.cancelled() => break,
                    Ok(()) = judging.changed() => break,
                    () = nudge.notified() => self.evaluate_promptly(&current).await,
                    // Not all that something depends on says so at once.
                    _ = turns.tick() => {
                        self.let_pass().await;
                        self.find_held().await;
                    }
                    () = self.quiet.turn(&*self.clock) => self.requiet().await,
                }
            }
            replaced.cancel();
            while groups.join_next().await.is_some() {}
        }
    }

    async fn keep_evaluating(
        self: Arc<Self>,
        judging: Arc<Judging>,
        group: Arc<JudgedGroup>,
        stop: CancellationToken,
    ) {
        let key = group.key();
        let interval_ms = i64::try_from(group.interval.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        let mut due = next_after(self.clock.now_ms(), group.interval, &key);
        loop {
            let left = due.saturating_sub(self.clock.now_ms());
            let wait = Duration::from_millis(u64::try_from(left).unwrap_or(0));
            if stop
                .run_until_cancelled(tokio::time::sleep(wait))
                .await
                .is_none()
            {
                return;
            }
            let now = self.clock.now_ms();
            // A clock that was set back, or that a test holds, is believed.
            let at_ms = if due - now <= EARLY_MS { due } else { now };
            let missed = u64::try_from(now.saturating_sub(due) / interval_ms).unwrap_or(0);
            group.update(|standing| {
                standing.iterations += 1 + missed;
                standing.missed += missed;
            });
            self.evaluate_group(&judging, &group, at_ms, &stop).await;
            due = next_after(
                at_ms.max(self.clock.now_ms() - interval_ms),
                group.interval,
                &key,
            );
        }
    }

    /// Finds out anew what is held by what it depends on.
    async fn find_held(&self) {
        if !self.dependencies.refresh().is_empty() {
            self.requiet().await;
        }
    }

    /// Evaluates the groups that are not to wait, once.
    async fn evaluate_promptly(&self, judging: &Judging) {
        // Before rules are judged, so that who is called knows what is at the root of it.
        self.find_held().await;
        let whole = CancellationToken::new();
        for group in judging.groups.iter().filter(|group| group.is_prompt) {
            self.evaluate_group(judging, group, self.clock.now_ms(), &whole)
                .await;
        }
    }

    /// Judges by other rules from now on. Rules that are the same go on where they were; alerts of rules that are no
    /// more end.
    pub(crate) async fn judge_by(&self, mut judging: Judging) {
        let before = self.judging.borrow().clone();
        let gone = judging.take_over(&before);
        let judging = Arc::new(judging);
        self.judging.send_replace(Arc::clone(&judging));
        let now = self.clock.now_ms();
        let mut ends = Vec::new();
        for standing in gone {
            let mut standing = standing.lock().unwrap_or_else(PoisonError::into_inner);
            ends.extend(standing.series.drain().map(|series| end(&series, now)));
        }
        self.samples.push(ends);
        self.end_of_former_rules().await;
    }

    /// Ends alerts whose rules are no more.
    pub(crate) async fn end_of_former_rules(&self) {
        let judging = self.judging.borrow().clone();
        let why = "its rule is configured no more";
        self.retire_alerts(|alert| !judging.has_rule_of(alert), why)
            .await;
    }

    /// Goes on where an earlier run has ended.
    pub(crate) async fn go_on(&self) {
        self.begin_quiet().await;
        self.await_senders().await;
        self.end_of_former_rules().await;
        if let Err(problem) = self.resume().await {
            tracing::warn!(%problem, "pending alerts go on as if somebody had looked all the time");
        }
    }

    /// Pending alerts of an earlier run go on where they were: nobody has looked since the last sample of theirs.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn resume(&self) -> Result<(), wire::Problem> {
        let now = self.clock.now_ms();
        let all = std::collections::BTreeMap::new();
        let series = self
            .samples
            .select(ALERTS_FOR_STATE, &all, now - OUTAGE_MS, now)
            .await?;
        let last: std::collections::HashMap<_, _> = series
            .into_iter()
            .filter_map(|series| {
                let labels = series.labels.keep(|name| name != model::METRIC_NAME);
                let at = series.at_ms.iter().zip(&series.values).rev();
                let at = at.clone().find(|(_, value)| !model::is_stale(**value));
                Some((labels, *at?.0))
            })
            .collect();
        let mut book = self.book.lock().await;
        // After a longer time the clock begins anew.
        let seen = |alert: &rules::Alert| {
            Some(last.get(&alert.labels).copied().unwrap_or(alert.pending_ms))
        };
        let resumed = book.resume(seen, now).await;
        resumed.map_err(|error| alert_problem(&error))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn times_are_steady() {
        let minute = Duration::from_secs(60);
        let first = next_after(1_000_000, minute, "a;b");
        assert!((1_000_001..=1_060_000).contains(&first));
        assert_eq!(next_after(first, minute, "a;b"), first + 60_000);
        assert_eq!(next_after(first - 1, minute, "a;b"), first);
        assert_eq!(next_after(first + 59_999, minute, "a;b"), first + 60_000);
        let others: HashSet<_> = ["a;c", "a;d", "x;b"]
            .map(|key| next_after(1_000_000, minute, key))
            .into();
        assert!(others.len() > 1, "groups are spread");
        assert_eq!(next_after(5, Duration::ZERO, "a"), 6);
    }
}
