//! What several things did over one time axis, in words of their own: each stretch has a colour, and its word in it.

use leptos::prelude::*;
use wire::Level;

use crate::axis::Axis;
use crate::lanes::{Bar, Lane, Paint, lanes};
use crate::{Changing, PageTime, format};

/// A stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Its begin, in milliseconds UTC.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// Its colour.
    pub level: Level,
    /// Its word.
    pub word: &'static str,
    /// More about it: why it began.
    pub why: String,
}

/// One of the things.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StretchRow {
    /// What it is called.
    pub name: String,
    /// Where it leads.
    pub href: Option<String>,
    /// Its stretches, oldest first; where there is none, nothing is known.
    pub stretches: Vec<Stretch>,
}

/// A strip for each thing, above one time axis. At its end stands the word of now.
#[component]
pub fn Stretches(
    /// What it shows, for who does not see it.
    #[prop(into)]
    title: String,
    /// The things, in this order.
    #[prop(into)]
    rows: Changing<Vec<StretchRow>>,
    /// From when to when.
    #[prop(into)]
    range: Changing<(i64, i64)>,
) -> impl IntoView {
    let zone = use_context::<PageTime>().map(|time| time.zone);
    let picture = move || {
        let (from_ms, to_ms) = range.get();
        let shift = |at_ms: i64| zone.map_or(at_ms, |zone| zone.get().shift(at_ms)) as f64;
        let axis = Axis {
            from_ms: shift(from_ms),
            to_ms: shift(to_ms),
            is_elapsed: false,
        };
        let rows: Vec<_> = rows.get().iter().map(|row| lane(row, shift)).collect();
        lanes("stretches", &title, axis, &rows)
    };
    view! { {move || picture()} }
}

fn lane(row: &StretchRow, shift: impl Fn(i64) -> f64) -> Lane {
    let bars = row.stretches.iter().map(|stretch| {
        let long = format::duration(stretch.to_ms - stretch.from_ms);
        let since = format::exact(stretch.from_ms);
        let why = match stretch.why.as_str() {
            "" => String::new(),
            why => format!(": {why}"),
        };
        Bar {
            from_ms: shift(stretch.from_ms),
            to_ms: shift(stretch.to_ms),
            paint: Paint::Level(stretch.level),
            words: format!("{} for {long} from {since}{why}", stretch.word),
            label: stretch.word,
        }
    });
    let last = row.stretches.last();
    Lane {
        name: row.name.clone(),
        href: row.href.clone(),
        bars: bars.collect(),
        note: last.map_or("nothing known", |last| last.word).to_owned(),
        words: format!("{}: {}", row.name, described(&row.stretches)),
        level: last.map_or(Level::Unknown, |last| last.level),
        ..Lane::default()
    }
}

/// What a strip shows, in words: how long each, in the order they came.
fn described(stretches: &[Stretch]) -> String {
    let mut all: Vec<(&str, i64)> = Vec::new();
    for stretch in stretches {
        let long_ms = stretch.to_ms - stretch.from_ms;
        match all.iter_mut().find(|(word, _)| *word == stretch.word) {
            Some((_, ms)) => *ms += long_ms,
            None => all.push((stretch.word, long_ms)),
        }
    }
    let words = all.iter();
    let words = words.map(|(word, ms)| format!("{word} for {}", format::duration(*ms)));
    match all.is_empty() {
        true => "nothing is known of this time".to_owned(),
        false => words.collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_have_words() {
        let stretch = |from_s: i64, to_s: i64, word, level, why: &str| Stretch {
            from_ms: from_s * 1000,
            to_ms: to_s * 1000,
            level,
            word,
            why: why.to_owned(),
        };
        let row = StretchRow {
            name: "fs".to_owned(),
            href: None,
            stretches: vec![
                stretch(0, 60, "running", Level::Healthy, ""),
                stretch(60, 90, "backing off", Level::Degraded, "exit code 3"),
                stretch(90, 210, "running", Level::Healthy, ""),
            ],
        };
        let lane = lane(&row, |at_ms| at_ms as f64);
        assert_eq!(lane.words, "fs: running for 3 min, backing off for 30 s");
        assert_eq!(
            (lane.note.as_str(), lane.level),
            ("running", Level::Healthy)
        );
        assert_eq!(
            lane.bars[1].words,
            "backing off for 30 s from 1970-01-01 00:01:00 UTC: exit code 3"
        );
        assert_eq!(lane.bars[1].label, "backing off");
        assert_eq!(described(&[]), "nothing is known of this time");
    }
}
