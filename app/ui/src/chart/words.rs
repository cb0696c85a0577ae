//! A chart in words: its text alternative and the entries of its legend.

use wire::Kind;

use super::{Picture, Summary};
use crate::format;

/// Series that a legend or a sentence names before it says how many more there are.
pub(super) const FIRST: usize = 12;
/// Series that a text alternative names: it is heard, not looked over.
const SAID: usize = 8;

/// A series in the legend.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its row in the sheet.
    pub(super) row: usize,
    /// What its values come to in the range that is shown.
    pub(super) summary: Option<Summary>,
}

/// What each series of a picture comes to in the range that is shown.
pub(super) fn summaries(picture: &Picture) -> Vec<Option<Summary>> {
    let range = picture.sheet.range(picture.from_ms, picture.to_ms);
    let rows = picture.sheet.rows.iter();
    rows.map(|row| row.summary(range.clone())).collect()
}

/// The series of a picture, in the order in which they are shown: at most `most`, those with the largest
/// last values.
pub(super) fn entries(summaries: &[Option<Summary>], most: usize) -> Vec<Entry> {
    let all = summaries.iter().enumerate();
    let mut entries: Vec<Entry> = all
        .map(|(row, summary)| Entry {
            row,
            summary: *summary,
        })
        .collect();
    let last = |entry: &Entry| entry.summary.map_or(f64::NEG_INFINITY, |s| s.last);
    // The smallest go one by one: there are few to keep, and a sort is code that every browser loads.
    if entries.len() > most {
        let mut kept = vec![false; entries.len()];
        for _ in 0..most {
            let mut best: Option<usize> = None;
            for (n, entry) in entries.iter().enumerate() {
                if !kept[n] && best.is_none_or(|best| last(entry) > last(&entries[best])) {
                    best = Some(n);
                }
            }
            if let Some(best) = best {
                kept[best] = true;
            }
        }
        let mut kept = kept.iter();
        entries.retain(|_| kept.next().copied().unwrap_or_default());
    }
    entries
}

/// Whether a picture's rows are series with names, and not the buckets of one thing.
pub(super) fn has_legend(kind: Kind) -> bool {
    !matches!(kind, Kind::Histogram | Kind::Heatmap)
}

/// What a picture shows, in a sentence.
pub(super) fn describe(title: &str, picture: &Picture, summaries: &[Option<Summary>]) -> String {
    let range = format::duration(picture.to_ms.saturating_sub(picture.from_ms));
    let said = |value: f64| format::value(picture.unit, value);
    let count = picture.sheet.rows.len();
    if count == 0 {
        return format!("{title}, over {range}: no data.");
    }
    if !has_legend(picture.kind) {
        let most = summaries.iter().flatten().map(|s| s.last);
        let most = most.fold(0.0, f64::max);
        let buckets = format::count(count, "bucket");
        return format!(
            "{title}, over {range}: how often which value, in {buckets}; {} in the end.",
            format::number(most)
        );
    }
    let mut parts = Vec::new();
    for Entry { row, summary } in entries(summaries, SAID) {
        let name = &picture.sheet.rows[row].name;
        parts.push(match summary {
            None => format!("{name} has no value"),
            Some(Summary { last, max, .. }) => {
                format!("{name} last {}, largest {}", said(last), said(max))
            }
        });
    }
    if count > SAID {
        parts.push(format!("{} more", count - SAID));
    }
    let mut text = format!("{title}, over {range}: {}.", parts.join("; "));
    if let [first, ..] = picture.thresholds.as_slice() {
        let name = match first.label.as_str() {
            "" => "Threshold",
            label => label,
        };
        text.push_str(&format!(" {name} at {}.", said(first.value)));
    }
    if !picture.marks.is_empty() {
        let marks = format::count(picture.marks.len(), "mark");
        text.push_str(&format!(" {marks} on the time axis."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Sheet;
    use wire::{Level, Threshold, Unit};

    fn picture(rows: &[(&str, &[f64])]) -> Picture {
        let rows = rows
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.to_vec()));
        Picture {
            unit: Unit::Seconds,
            sheet: Sheet::of_rows(vec![0.0, 1000.0, 2000.0], rows.collect()),
            to_ms: 3_600_000,
            ..Picture::default()
        }
    }

    fn said(title: &str, picture: &Picture) -> String {
        describe(title, picture, &summaries(picture))
    }

    #[test]
    fn sentences() {
        let none = picture(&[]);
        assert_eq!(said("Ping", &none), "Ping, over 1 h: no data.");
        let mut some = picture(&[("fs", &[1.5, 0.5, f64::NAN]), ("db", &[f64::NAN; 3])]);
        assert_eq!(
            said("Ping", &some),
            "Ping, over 1 h: fs last 500 ms, largest 1.50 s; db has no value."
        );
        some.thresholds.push(Threshold {
            value: 0.2,
            level: Level::Degraded,
            label: "objective".to_owned(),
            below: false,
        });
        some.sheet.rows.pop();
        assert_eq!(
            said("Ping", &some),
            "Ping, over 1 h: fs last 500 ms, largest 1.50 s. objective at 200 ms."
        );
        // What lies outside the range does not count.
        some.from_ms = 1000;
        assert!(said("Ping", &some).contains("largest 500 ms"));
        some.kind = Kind::Histogram;
        assert_eq!(
            said("Ping", &some),
            "Ping, over 59 min: how often which value, in 1 bucket; 0.5 in the end."
        );
        (some.from_ms, some.to_ms, some.kind) = (i64::MAX, i64::MIN, Kind::Line);
        assert!(said("Ping", &some).contains("fs has no value"));
    }

    #[test]
    fn the_largest_stand_in_the_legend() {
        let names: Vec<String> = (0..30).map(|n| format!("s{n}")).collect();
        let values: Vec<[f64; 3]> = (0..30).map(|n| [0.0, 0.0, f64::from(n * 7 % 30)]).collect();
        let rows: Vec<(&str, &[f64])> = names
            .iter()
            .zip(&values)
            .map(|(name, values)| (name.as_str(), values.as_slice()))
            .collect();
        let many = picture(&rows);
        let shown = entries(&summaries(&many), FIRST);
        assert_eq!(shown.len(), 12);
        assert!(shown.is_sorted_by_key(|entry| entry.row));
        let least = shown.iter().filter_map(|e| Some(e.summary?.last));
        assert_eq!(least.fold(f64::INFINITY, f64::min), 18.0);
        assert_eq!(entries(&summaries(&many), 100).len(), 30);
        assert!(said("X", &many).ends_with("22 more."));
    }
}
