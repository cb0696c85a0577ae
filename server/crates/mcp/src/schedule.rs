//! When which check is due, and how the canaries among them are.
//!
//! Checks and probes take turns on one session, so a call that takes long would hold up the next
//! probe. A check therefore begins only if it is over before the next probe is due, even if it
//! takes all the time it may; one that does not fit waits until right after that probe.

use std::time::Duration;

use tokio::time::Instant;

use crate::check::Check;
use crate::observation::Failure;

/// All checks of one server.
pub(crate) struct Schedule {
    slots: Vec<Slot>,
}

struct Slot {
    check: Check,
    due: Instant,
    /// Why the newest call of a canary failed.
    failed: Option<Failure>,
}

impl Schedule {
    /// All are due at once.
    pub(crate) fn new(checks: Vec<Check>) -> Self {
        let due = Instant::now();
        let slot = |check| Slot {
            check,
            due,
            failed: None,
        };
        Self {
            slots: checks.into_iter().map(slot).collect(),
        }
    }

    /// Which check begins next and when, if one may before the probe at `probe_at`. With
    /// `right_after` nothing has run since the last probe, so what is due may begin in any case.
    pub(crate) fn next(&self, probe_at: Instant, right_after: bool) -> Option<(usize, Instant)> {
        let now = Instant::now();
        let begins = |(place, slot): (usize, &Slot)| {
            let at = slot.due.max(now);
            let fits = at + slot.check.timeout <= probe_at;
            (fits || (right_after && at == now)).then_some((place, at, slot.due))
        };
        let soonest = self.slots.iter().enumerate().filter_map(begins);
        soonest
            .min_by_key(|(_, at, due)| (*at, *due))
            .map(|(place, at, _)| (place, at))
    }

    pub(crate) fn check(&self, place: usize) -> Option<&Check> {
        self.slots.get(place).map(|slot| &slot.check)
    }

    /// Takes note of a call that began at `began`; how long from now to the next one.
    pub(crate) fn done(
        &mut self,
        place: usize,
        began: Instant,
        failed: Option<Failure>,
    ) -> Duration {
        let Some(slot) = self.slots.get_mut(place) else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        slot.due = (began + slot.check.every).max(now);
        slot.failed = failed.filter(|_| slot.check.canary);
        slot.due - now
    }

    /// A new session: whether the canaries sing over it is asked at once.
    pub(crate) fn wake(&mut self) {
        let now = Instant::now();
        for slot in self.slots.iter_mut().filter(|slot| slot.check.canary) {
            slot.due = now;
        }
    }

    /// Why the newest calls of the canaries failed, each with the name of the check.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, &Failure)> {
        let failed = |slot: &'_ Slot| slot.failed.is_some();
        self.slots
            .iter()
            .filter(move |slot| failed(slot))
            .filter_map(|slot| Some((slot.check.name.as_str(), slot.failed.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Arguments, Expect};

    fn check(name: &str, every: u64, timeout: u64) -> Check {
        Check {
            name: name.to_owned(),
            tool: "t".to_owned(),
            arguments: Arguments::default(),
            every: Duration::from_secs(every),
            timeout: Duration::from_secs(timeout),
            expect: Expect::default(),
            record: None,
            canary: false,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_begins_only_where_it_cannot_hold_up_a_probe() {
        let seconds = Duration::from_secs;
        let mut schedule = Schedule::new(vec![check("short", 10, 3), check("long", 60, 40)]);
        let begun = Instant::now();
        let probe_at = begun + seconds(30);
        // The long one fits nowhere, but right after a probe.
        assert_eq!(schedule.next(probe_at, false), Some((0, begun)));
        assert_eq!(schedule.done(0, begun, None), seconds(10));
        assert_eq!(schedule.next(probe_at, true), Some((1, begun)));
        assert_eq!(
            schedule.next(probe_at, false),
            Some((0, begun + seconds(10)))
        );
        // Due two seconds before the probe, it would need three.
        tokio::time::advance(seconds(18)).await;
        schedule.done(0, Instant::now(), None);
        assert_eq!(schedule.next(probe_at, false), None);
        // A call that took longer than its interval is due again at once, not twice.
        tokio::time::advance(seconds(25)).await;
        assert_eq!(schedule.done(0, begun, None), Duration::ZERO);
    }
}
