//! Two weeks of quiet times: a line a day, with windows above and silences below, and in words.

use leptos::prelude::*;
use ui::{LiveState, PageTime, Zone, all, format};
use wire::{QuietKind, QuietTime};

use super::Picture;
use super::words::{DAY_MS, day_name};

/// Days that are shown.
const DAYS: i64 = 14;
const MINUTE_MS: i64 = 60_000;

/// A stretch within one day.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    kind: QuietKind,
    name: String,
    /// Minutes of the day.
    from: i64,
    to: i64,
}

/// What of some times lies within the day that begins at a time of the zone.
fn bars(times: &[QuietTime], begin_ms: i64, zone: Zone) -> Vec<Bar> {
    let bars = times.iter().filter_map(|time| {
        let from = (zone.shift(time.from_ms) - begin_ms).clamp(0, DAY_MS);
        let to = (zone.shift(time.to_ms) - begin_ms).clamp(0, DAY_MS);
        (from < to).then(|| Bar {
            kind: time.kind,
            name: time.name.clone(),
            from: from / MINUTE_MS,
            to: (to + MINUTE_MS - 1) / MINUTE_MS,
        })
    });
    bars.collect()
}

fn clock(minute: i64) -> String {
    match minute {
        1440 => "24:00".to_owned(),
        minute => format::clock(minute * MINUTE_MS, false),
    }
}

fn said(bar: &Bar) -> String {
    let when = match (bar.from, bar.to) {
        (0, 1440) => "all day".to_owned(),
        (from, to) => format!("{}–{}", clock(from), clock(to)),
    };
    match bar.kind {
        QuietKind::Window => format!("{} {when}", bar.name),
        QuietKind::Silence => format!("Silence {} {when}", bar.name),
    }
}

/// The days from one on, or from today; links lead to those before and after.
pub(crate) fn days(live: LiveState, picture: Picture, day: Option<String>) -> AnyView {
    let time = expect_context::<PageTime>();
    let chosen_ms = day.as_deref().and_then(format::parse_date);
    let today = Memo::new(move |_| {
        let now_ms = time.zone.get().shift(live.now_ms.get());
        now_ms - now_ms.rem_euclid(DAY_MS)
    });
    let first = move || chosen_ms.unwrap_or_else(|| today.get());
    let to = move |days: i64| {
        let day = format::date(first() + days * DAY_MS);
        time.href(&format!("/alerts/windows?day={day}"))
    };
    let rows = move || {
        let (zone, today, first) = (time.zone.get(), today.get(), first());
        picture.with(|picture| {
            all((0..DAYS).map(|n| {
                let begin_ms = first + n * DAY_MS;
                let bars = bars(&picture.times, begin_ms, zone);
                line(begin_ms, &bars, begin_ms == today)
            }))
        })
    };
    let zone = move || match time.zone.get() {
        Zone::Utc => "Hours in UTC.",
        Zone::Local => "Hours as this device's clock shows them.",
    };
    view! {
        <nav class="actions" aria-label="Days">
            <a href=move || to(-DAYS)>"Earlier"</a>
            <a href=move || time.href("/alerts/windows")>"Today"</a>
            <a href=move || to(DAYS)>"Later"</a>
        </nav>
        <ol class="quiet-days">{move || rows()}</ol>
        <p class="legend">
            <span data-colour="0"><i></i>"Maintenance window"</span>
            <span data-colour="1"><i></i>"Silence"</span>
            <span>{move || zone()}</span>
        </p>
    }
    .into_any()
}

fn line(begin_ms: i64, bars: &[Bar], is_today: bool) -> AnyView {
    let name = day_name(begin_ms);
    let words: Vec<_> = bars.iter().map(said).collect();
    let words = words.join("; ");
    let label = match words.as_str() {
        "" => format!("{name}: nothing is quiet"),
        words => format!("{name}: {words}"),
    };
    let grid = all([360, 720, 1080].into_iter().map(|minute: i32| {
        let x = minute.to_string();
        view! { <line x1=x.clone() x2=x y1="0" y2="14"></line> }
    }));
    let drawn = all(bars.iter().map(|bar| {
        let (y, colour) = match bar.kind {
            QuietKind::Window => ("1", "0"),
            QuietKind::Silence => ("8", "1"),
        };
        view! {
            <rect
                x=bar.from.to_string()
                width=(bar.to - bar.from).max(4).to_string()
                y=y
                height="5"
                data-colour=colour
            >
                <title>{said(bar)}</title>
            </rect>
        }
    }));
    let current = is_today.then_some("date");
    view! {
        <li aria-current=current>
            <span class="day">{name}</span>
            <svg viewBox="0 0 1440 14" preserveAspectRatio="none" role="img" aria-label=label>
                {grid}
                {drawn}
            </svg>
            <small>{words}</small>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_on_two_days() {
        let hour = 60 * MINUTE_MS;
        let night = QuietTime {
            kind: QuietKind::Window,
            id: String::new(),
            name: "Backup".to_owned(),
            from_ms: 22 * hour,
            to_ms: 30 * hour,
        };
        let silence = QuietTime {
            kind: QuietKind::Silence,
            name: "server=\"a\"".to_owned(),
            from_ms: -hour,
            to_ms: 48 * hour,
            ..night.clone()
        };
        let times = [silence, night];
        let said_of = |day: i64| {
            let bars = bars(&times, day * DAY_MS, Zone::Utc);
            bars.iter().map(said).collect::<Vec<_>>().join("; ")
        };
        for (day, expected) in [
            (-1, "Silence server=\"a\" 23:00–24:00"),
            (0, "Silence server=\"a\" all day; Backup 22:00–24:00"),
            (1, "Silence server=\"a\" all day; Backup 00:00–06:00"),
            (2, ""),
        ] {
            assert_eq!(said_of(day), expected, "{day}");
        }
    }
}
