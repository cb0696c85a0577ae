//! Which rows are shown, and in which order: pure.

use std::sync::Arc;

use super::TableRow;

/// By which column, and whether the largest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) column: usize,
    pub(super) is_descending: bool,
}

impl Sort {
    /// What pressing a column's head makes of it: ascending, descending, as it comes.
    pub(super) fn next(now: Option<Self>, column: usize) -> Option<Self> {
        match now {
            Some(now) if now.column == column && now.is_descending => None,
            now => Some(Self {
                column,
                is_descending: now.is_some_and(|now| now.column == column),
            }),
        }
    }
}

/// What rows are found by: all their words in small letters.
pub(super) fn haystacks(rows: &[Arc<TableRow>]) -> Vec<String> {
    let words = |row: &Arc<TableRow>| {
        let mut words = String::new();
        row.cells.iter().for_each(|cell| cell.words(&mut words));
        words.to_lowercase()
    };
    rows.iter().map(words).collect()
}

/// The places of the rows whose words contain all words of the filter, in the order that is wanted.
/// Rows that compare alike stay as they come. Without a filter no haystacks are needed.
pub(super) fn order(
    rows: &[Arc<TableRow>],
    haystacks: &[String],
    filter: &str,
    sort: Option<Sort>,
) -> Vec<u32> {
    let filter = filter.to_lowercase();
    let words: Vec<&str> = filter.split_whitespace().collect();
    let is_found = |place: &u32| {
        let haystack = haystacks.get(*place as usize);
        words.is_empty() || haystack.is_some_and(|hay| words.iter().all(|word| hay.contains(word)))
    };
    let mut places: Vec<u32> = (0..rows.len() as u32).filter(is_found).collect();
    if let Some(sort) = sort {
        // Keys are made once a row, not once a comparison.
        let cell = |place: u32| rows[place as usize].cells.get(sort.column);
        let key = |place: u32| cell(place).cloned().unwrap_or_default().sort_key();
        let mut keyed: Vec<_> = places.iter().map(|place| (key(*place), *place)).collect();
        keyed.sort_by(|a, b| a.0.compare(&b.0, sort.is_descending));
        places = keyed.into_iter().map(|(_, place)| place).collect();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    fn row(key: &str, value: f64) -> Arc<TableRow> {
        Arc::new(TableRow {
            key: key.to_owned(),
            href: None,
            cells: vec![Cell::text(key), Cell::Number(value, format!("{value} ms"))],
        })
    }

    fn keys(rows: &[Arc<TableRow>], filter: &str, sort: Option<Sort>) -> String {
        let order = order(rows, &haystacks(rows), filter, sort);
        let keys: Vec<_> = order
            .iter()
            .map(|at| rows[*at as usize].key.as_str())
            .collect();
        keys.join(",")
    }

    #[test]
    fn sorting() {
        let rows = [("b", 2.0), ("a", f64::NAN), ("c", 1.0), ("d", 2.0)].map(|(k, v)| row(k, v));
        let by = |column, is_descending| {
            Some(Sort {
                column,
                is_descending,
            })
        };
        for (sort, expected) in [
            (None, "b,a,c,d"),
            (by(0, false), "a,b,c,d"),
            (by(0, true), "d,c,b,a"),
            (by(1, false), "c,b,d,a"),
            (by(1, true), "b,d,c,a"),
            (by(7, false), "b,a,c,d"),
        ] {
            assert_eq!(keys(&rows, "", sort), expected, "{sort:?}");
        }
        assert_eq!(keys(&[], "x", by(0, false)), "");
        let mut sort = None;
        let cycle = [0, 0, 0, 0, 1, 0].map(|column| {
            sort = Sort::next(sort, column);
            sort.map(|sort| (sort.column, sort.is_descending))
        });
        let (up, down) = (Some((0, false)), Some((0, true)));
        assert_eq!(cycle, [up, down, None, up, Some((1, false)), up]);
    }

    #[test]
    fn filtering() {
        let long = format!("{}needle{}", "x".repeat(5000), "y".repeat(5000));
        let names = [
            "Filesystem",
            "s3-storage",
            "<script>alert(1)</script>",
            "שרת הקבצים",
            &long,
            "",
        ];
        let rows: Vec<_> = names.iter().map(|name| row(name, 5.0)).collect();
        for (filter, expected) in [
            ("FILE", "Filesystem"),
            ("file 5 ms", "Filesystem"),
            ("storage s3", "s3-storage"),
            ("<script>", "<script>alert(1)</script>"),
            ("הקבצים", "שרת הקבצים"),
            ("xneedley", long.as_str()),
            ("nothing", ""),
        ] {
            assert_eq!(keys(&rows, filter, None), expected, "{filter}");
        }
        assert_eq!(order(&rows, &haystacks(&rows), " \t ", None).len(), 6);
        assert_eq!(
            order(&rows, &haystacks(&rows), &"z".repeat(5000), None).len(),
            0
        );
        assert!(
            order(&rows, &[], "x", None).is_empty(),
            "nothing is found in no words"
        );
    }

    #[test]
    fn ten_thousand_rows_are_quick() {
        let rows: Vec<_> = (0..10_000_u32)
            .map(|n| {
                row(
                    &format!("node-{}", n.wrapping_mul(2_654_435_761) % 10_000),
                    f64::from(n % 97),
                )
            })
            .collect();
        let begun = std::time::Instant::now();
        let sort = Some(Sort {
            column: 0,
            is_descending: true,
        });
        let found = order(&rows, &haystacks(&rows), "node 5", sort);
        let took = begun.elapsed();
        assert!(found.len() > 1000);
        // Unoptimised and on a busy machine; optimised it takes a tenth.
        assert!(took.as_millis() < 1000, "{took:?}");
    }
}
