//! Speed-ups by day: average and peak.

use leptos::prelude::*;
use ui::{Cell, Column, Table, TableRow, format};
use wire::{BenchmarkPicture, SpeedUpDay, Unit};

use super::words::times;

/// A row a day.
pub(super) fn days(shown: RwSignal<BenchmarkPicture>) -> AnyView {
    view! {
        <Table
            id="speed-up-days"
            title="days"
            columns=columns()
            rows=move || shown.with(|it| it.days.iter().map(row).collect())
            empty="Nothing was measured in two ways in the last 90 days: import results of the same operation in Rust and in Python, or of the approaches synthex and traditional."
        />
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("day", "Day").width(120),
        Column::new("kind", "What"),
        Column::new("average", "Average").width(110).number(),
        Column::new("peak", "Peak").width(110).number(),
        Column::new("of", "Peak of").width(220).second(),
        Column::new("count", "Comparisons")
            .width(120)
            .number()
            .optional(),
    ]
}

fn row(day: &SpeedUpDay) -> TableRow {
    TableRow {
        key: format!("{} {}", day.at_ms, day.kind.as_str()),
        href: None,
        cells: vec![
            Cell::text(format::date(day.at_ms)),
            Cell::text(day.kind.as_str()),
            Cell::Number(day.average, times(day.average)),
            Cell::Number(day.peak, times(day.peak)),
            Cell::text(day.peak_of.clone()),
            Cell::value(Unit::Number, Some(f64::from(day.count))),
        ],
    }
}

#[cfg(test)]
mod tests {
    use wire::RivalKind;

    use super::*;

    #[test]
    fn rows_have_a_cell_a_column() {
        let day = SpeedUpDay {
            at_ms: 0,
            kind: RivalKind::Synthex,
            average: 9.5,
            peak: 11.0,
            peak_of: "search".to_owned(),
            count: 3,
        };
        assert_eq!(row(&day).cells.len(), columns().len());
    }
}
