//! Quiet times in words.

use ui::{Zone, format};
use wire::{QuietKind, QuietPicture, QuietSpan, WindowPhase};

pub(super) const DAY_MS: i64 = 86_400_000;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What is quiet now.
pub(crate) fn headline(picture: &QuietPicture, now_ms: i64) -> String {
    let windows = picture
        .windows
        .iter()
        .filter(|it| it.phase == WindowPhase::Running)
        .count();
    let is_now = |at: &&wire::QuietTime| at.from_ms <= now_ms && now_ms < at.to_ms;
    let silences = picture
        .times
        .iter()
        .filter(|it| it.kind == QuietKind::Silence);
    let silences = silences.filter(is_now).count();
    let said = |count, what, one, more| match count {
        1 => format!("1 {what} {one}"),
        count => format!("{} {more}", format::count(count, what)),
    };
    match (windows, silences) {
        (0, 0) => "Nothing is quiet now".to_owned(),
        (windows, 0) => said(windows, "maintenance window", "runs", "run"),
        (0, silences) => said(silences, "silence", "holds", "hold"),
        (windows, silences) => format!(
            "{} and {} hold alerts back",
            format::count(windows, "maintenance window"),
            format::count(silences, "silence")
        ),
    }
}

/// `Tue 2026-12-01` of a day that is counted in a zone's own time.
pub(crate) fn day_name(shown_ms: i64) -> String {
    // The first of January 1970 was a Thursday.
    let place = (shown_ms.div_euclid(DAY_MS) + 3).rem_euclid(7);
    let weekday = WEEKDAYS[usize::try_from(place).unwrap_or(0)];
    format!("{weekday} {}", format::date(shown_ms))
}

/// `Tue 2026-12-01 22:00 – 06:00 UTC`, the second day only where it is not the same or the next morning.
pub(super) fn stretch(span: &QuietSpan, zone: Zone) -> String {
    let (from, to) = (zone.shift(span.from_ms), zone.shift(span.to_ms));
    let is_near = to - from < DAY_MS;
    let end = match is_near {
        true => format::clock(to, false),
        false => format!("{} {}", day_name(to), format::clock(to, false)),
    };
    let begin = format!("{} {}", day_name(from), format::clock(from, false));
    format!("{begin} – {end}{}", zone.suffix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches() {
        let hour = 3_600_000;
        for (from_ms, to_ms, expected) in [
            (0, hour, "Thu 1970-01-01 00:00 – 01:00 UTC"),
            (22 * hour, 30 * hour, "Thu 1970-01-01 22:00 – 06:00 UTC"),
            (
                0,
                48 * hour,
                "Thu 1970-01-01 00:00 – Sat 1970-01-03 00:00 UTC",
            ),
            (1_796_076_000_000, 1_796_083_200_000, "Tue 2026-11-30 22:00"),
        ] {
            let said = stretch(&QuietSpan { from_ms, to_ms }, Zone::Utc);
            match expected.contains("2026") {
                // Whatever the day is called, it is one of the week.
                true => assert!(WEEKDAYS.contains(&&said[..3]), "{said}"),
                false => assert_eq!(said, expected),
            }
        }
    }
}
