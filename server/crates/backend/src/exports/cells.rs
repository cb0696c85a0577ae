//! What stands in the cells of files, and files of what is asked for in pages.

use wire::Cell;

/// The most rows of a file.
const MOST: usize = 100_000;
/// Rows that are asked for at a time.
pub(super) const PAGE: u32 = 1000;

pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub(super) fn whole(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A time; empty where nothing has happened.
pub(super) fn time(at_ms: Option<i64>) -> Cell {
    at_ms.map_or(Cell::Empty, Cell::Integer)
}

/// Rows that come page by page.
#[derive(Default)]
pub(super) struct Paged(Vec<Vec<Cell>>);

impl Paged {
    /// Takes a page, which says where the next begins; whether that is asked for.
    pub(super) fn take(&mut self, rows: impl Iterator<Item = Vec<Cell>>, next: &str) -> bool {
        self.0.extend(rows);
        !next.is_empty() && self.0.len() < MOST
    }

    pub(super) fn rows(mut self) -> Vec<Vec<Cell>> {
        self.0.truncate(MOST);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_ends_with_the_last_page_or_when_it_is_full() {
        let page = |count: usize| std::iter::repeat_n(vec![whole(1)], count);
        let mut paged = Paged::default();
        assert!(paged.take(page(2), "3"));
        assert!(!paged.take(page(1), ""));
        assert_eq!(paged.rows().len(), 3);
        let mut paged = Paged::default();
        assert!(paged.take(page(MOST - 1), "next"));
        assert!(!paged.take(page(2), "next"));
        assert_eq!(paged.rows().len(), MOST);
    }
}
