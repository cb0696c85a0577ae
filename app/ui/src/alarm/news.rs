//! Which alerts are news: pure.

use std::collections::{BTreeMap, BTreeSet};

use wire::{Alert, AlertState, Severity};

/// What began to fire longer ago is no news.
const FRESH_MS: i64 = 120_000;

/// What has been said.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Since when each alert fires that was told.
    told: BTreeMap<String, i64>,
    /// Alerts that are held.
    held: BTreeSet<String>,
}

/// Since when an alert fires: what is said of it meanwhile is no step into that.
fn fires_since(alert: &Alert) -> Option<i64> {
    if alert.state != AlertState::Firing {
        return None;
    }
    let mut changes = alert.changes.iter().rev().peekable();
    while let Some(change) = changes.next() {
        let before = changes.peek().map(|before| before.state);
        if before != Some(AlertState::Firing) {
            return Some(change.at_ms);
        }
    }
    alert.firing_ms
}

impl Known {
    /// Takes an alert as it is now; whether it is news for who wants to hear of those from a severity on.
    pub(super) fn take(&mut self, alert: &Alert, from: Severity, now_ms: i64) -> bool {
        let was_held = match alert.is_open() && alert.is_held() {
            true => !self.held.insert(alert.id.clone()),
            false => self.held.remove(&alert.id),
        };
        let Some(since_ms) = fires_since(alert) else {
            self.told.remove(&alert.id);
            return false;
        };
        if alert.is_held() || alert.severity < from {
            return false;
        }
        let is_told = self.told.insert(alert.id.clone(), since_ms) == Some(since_ms);
        let is_fresh = now_ms - since_ms < FRESH_MS;
        was_held || (!is_told && is_fresh)
    }
}

#[cfg(test)]
mod tests {
    use wire::AlertChange;

    use super::*;

    /// `p` pending, `f` firing, `a` acknowledged, `r` resolved: a step a second; `!` at the end where it is held.
    fn alert(steps: &str, severity: Severity) -> Alert {
        let state = |letter: char| match letter {
            'p' => AlertState::Pending,
            'f' => AlertState::Firing,
            'a' => AlertState::Acknowledged,
            _ => AlertState::Resolved,
        };
        let letters = steps.trim_end_matches('!');
        let changes = letters.chars().enumerate().map(|(n, letter)| AlertChange {
            at_ms: n as i64 * 1000,
            state: state(letter),
            by: "rule".to_owned(),
            comment: String::new(),
        });
        let changes: Vec<_> = changes.collect();
        Alert {
            id: "1".to_owned(),
            fingerprint: String::new(),
            rule: String::new(),
            server: String::new(),
            severity,
            state: changes.last().map_or(AlertState::Pending, |it| it.state),
            summary: String::new(),
            description: String::new(),
            labels: BTreeMap::new(),
            pending_ms: 0,
            firing_ms: None,
            acknowledged: None,
            resolved: None,
            changes,
            held: if steps.ends_with('!') {
                "a silence"
            } else {
                ""
            }
            .to_owned(),
            owner: String::new(),
            held_link: String::new(),
            link: String::new(),
            source: String::new(),
        }
    }

    #[test]
    fn what_is_news() {
        for (course, expected) in [
            ("p pf", "01"),
            // What is said of it, and once more the same.
            ("pf pff pff", "100"),
            ("pf pfa pfaf", "101"),
            ("pf pfr", "10"),
            ("pfr pfrf", "01"),
            // Held, and then no longer.
            ("pf! pf! pf pf", "0010"),
            ("p! pfr!", "00"),
        ] {
            let mut known = Known::default();
            let news = course.split(' ').map(|steps| {
                let alert = alert(steps, Severity::Critical);
                u8::from(known.take(&alert, Severity::Critical, 10_000)).to_string()
            });
            assert_eq!(news.collect::<String>(), expected, "{course}");
        }
    }

    #[test]
    fn what_is_old_or_not_bad_enough_is_none() {
        for (severity, now_ms, expected) in [
            (Severity::Error, 5_000, false),
            (Severity::Critical, 5_000, true),
            (Severity::Emergency, 5_000, true),
            (Severity::Emergency, 1_000_000, false),
        ] {
            let alert = alert("pf", severity);
            let news = Known::default().take(&alert, Severity::Critical, now_ms);
            assert_eq!(news, expected, "{severity:?} {now_ms}");
        }
    }
}
