//! How a table is looked at, as it stands in addresses.

use super::cell::Column;
use super::order::Sort;

/// How a table is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    /// The column's id, and a minus before it when the largest comes first; empty as it comes.
    pub sort: String,
    /// What is typed.
    pub filter: String,
}

impl TableState {
    pub(super) fn of(sort: Option<Sort>, filter: &str, columns: &[Column]) -> Self {
        let sort = sort.and_then(|sort| {
            let sign = if sort.is_descending { "-" } else { "" };
            Some(format!("{sign}{}", columns.get(sort.column)?.id))
        });
        Self {
            sort: sort.unwrap_or_default(),
            filter: filter.to_owned(),
        }
    }

    /// What is sorted by, if there is such a column.
    pub(super) fn sort(&self, columns: &[Column]) -> Option<Sort> {
        let (id, is_descending) = match self.sort.strip_prefix('-') {
            Some(id) => (id, true),
            None => (self.sort.as_str(), false),
        };
        let is_it = |column: &Column| column.id == id && column.is_sortable;
        columns.iter().position(is_it).map(|column| Sort {
            column,
            is_descending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let columns = [
            Column::new("name", "Name"),
            Column::new("calls", "Calls").number(),
            Column::new("course", "Course").unsorted(),
        ];
        for (text, column, is_descending) in [("name", 0, false), ("-calls", 1, true)] {
            let state = TableState {
                sort: text.to_owned(),
                filter: "x".to_owned(),
            };
            let sort = state.sort(&columns);
            assert_eq!(
                sort,
                Some(Sort {
                    column,
                    is_descending
                })
            );
            assert_eq!(TableState::of(sort, "x", &columns), state);
        }
        for wrong in ["", "-", "nothing", "course", "--calls"] {
            let state = TableState {
                sort: wrong.to_owned(),
                ..TableState::default()
            };
            assert_eq!(state.sort(&columns), None, "{wrong}");
        }
        assert_eq!(TableState::of(None, "", &columns), TableState::default());
    }
}
