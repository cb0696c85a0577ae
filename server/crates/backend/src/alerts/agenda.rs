//! What comes next of the maintenance windows, worked out for a while ahead: who is held is asked for every alert.

use model::{Labels, TimestampMs};
use notifier::{Span, Window};

const DAY_MS: i64 = 86_400_000;
/// How long what is worked out is good for.
const GOOD_MS: i64 = DAY_MS;
/// How far ahead begins are known: beyond the time for which it is good.
const AHEAD_MS: i64 = 2 * DAY_MS;
/// The most times of a window that are known ahead.
const MOST: usize = 500;

/// The windows, and their times from a moment on.
#[derive(Debug)]
pub(crate) struct Agenda {
    at_ms: TimestampMs,
    windows: Vec<(Window, Vec<Span>)>,
}

impl Agenda {
    /// That of some windows. At a time before all times nothing is known of theirs.
    pub(super) fn of(windows: &[Window], at_ms: TimestampMs) -> Self {
        let with_times = |window: &Window| {
            let spans = match at_ms {
                TimestampMs::MIN => Vec::new(),
                at_ms => {
                    let mut spans = window.spans(at_ms, at_ms + AHEAD_MS, MOST);
                    // What goes on beyond that ends when it ends.
                    if let Some(last) = spans.last_mut()
                        && last.to_ms >= at_ms + AHEAD_MS
                        && let Some(whole) = window.runs(last.from_ms.max(at_ms))
                    {
                        last.to_ms = whole.to_ms;
                    }
                    spans
                }
            };
            (window.clone(), spans)
        };
        let windows = windows.iter().map(with_times).collect();
        Self { at_ms, windows }
    }

    /// The same windows at another time.
    pub(super) fn at(&self, at_ms: TimestampMs) -> Self {
        let windows: Vec<_> = self.windows().cloned().collect();
        Self::of(&windows, at_ms)
    }

    /// Whether it is known what holds at a time; a clock may have been set back.
    pub(super) fn is_good_at(&self, now_ms: TimestampMs) -> bool {
        self.at_ms <= now_ms && now_ms < self.at_ms.saturating_add(GOOD_MS)
    }

    /// All windows, the oldest first.
    pub(super) fn windows(&self) -> impl DoubleEndedIterator<Item = &Window> {
        self.windows.iter().map(|(window, _)| window)
    }

    /// What of a window runs at a time.
    pub(super) fn runs(&self, now_ms: TimestampMs) -> impl Iterator<Item = (&Window, Span)> {
        self.windows.iter().filter_map(move |(window, spans)| {
            let running = spans.iter().find(|span| span.holds(now_ms))?;
            Some((window, *running))
        })
    }

    /// The window that holds an alert with these labels; of several that which ends last.
    pub(super) fn holding(&self, labels: &Labels, now_ms: TimestampMs) -> Option<(&Window, Span)> {
        let about = self
            .runs(now_ms)
            .filter(|(window, _)| window.is_about(labels));
        about.max_by_key(|(_, span)| span.to_ms)
    }

    /// When something begins or ends next after a time.
    pub(super) fn next_change(&self, after_ms: TimestampMs) -> Option<TimestampMs> {
        let spans = self.windows.iter().flat_map(|(_, spans)| spans);
        let times = spans.flat_map(|span| [span.from_ms, span.to_ms]);
        times.filter(|at| *at > after_ms).min()
    }
}

#[cfg(test)]
mod tests {
    use notifier::{Plan, When, Written, parse_matchers};

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn window(matchers: &str, times: &str) -> Window {
        window_on("", matchers, times)
    }

    fn window_on(weekdays: &str, matchers: &str, times: &str) -> Window {
        let written = Written {
            weekdays: weekdays.to_owned(),
            times: times.to_owned(),
            ..Written::default()
        };
        let plan = Plan {
            name: format!("{weekdays}{times}"),
            matchers: parse_matchers(matchers).unwrap(),
            when: When::Calendar(Box::new(written.read().unwrap())),
            comment: String::new(),
            by: "ann".to_owned(),
        };
        plan.made(0).unwrap()
    }

    #[test]
    fn what_holds_and_when_that_changes() {
        let windows = [
            window("server=a", "01:00-03:00"),
            window("server=~a|b", "02:00-04:00"),
        ];
        let agenda = Agenda::of(&windows, 0);
        let holds = |server: &str, hour: i64| {
            let labels = Labels::new().with("server", server);
            let holding = agenda.holding(&labels, hour * HOUR_MS);
            holding.map(|(window, _)| window.name.clone())
        };
        for (server, hour, expected) in [
            ("a", 0, None),
            ("a", 1, Some("01:00-03:00")),
            ("a", 2, Some("02:00-04:00")),
            ("b", 1, None),
            ("b", 3, Some("02:00-04:00")),
            ("b", 4, None),
            ("b", 26, Some("02:00-04:00")),
        ] {
            assert_eq!(holds(server, hour).as_deref(), expected, "{server} {hour}");
        }
        for (after, next) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 25)] {
            assert_eq!(agenda.next_change(after * HOUR_MS), Some(next * HOUR_MS));
        }
        // What goes on for longer than is looked ahead ends when it ends.
        let week = [window_on("mon:fri", "server=a", "")];
        let labels = Labels::new().with("server", "a");
        // The first Monday and Saturday of 1970.
        let (monday, saturday) = (4 * DAY_MS, 9 * DAY_MS);
        for at_ms in [monday, monday + HOUR_MS, saturday - 1] {
            let agenda = Agenda::of(&week, at_ms);
            assert_eq!(agenda.holding(&labels, at_ms).unwrap().1.to_ms, saturday);
        }
        assert!(agenda.is_good_at(0) && agenda.is_good_at(DAY_MS - 1));
        assert!(!agenda.is_good_at(-1) && !agenda.is_good_at(DAY_MS));
        assert!(agenda.at(DAY_MS).is_good_at(DAY_MS));
    }
}
