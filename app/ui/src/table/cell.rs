//! What stands in a table: columns, rows and cells as data, and what they are sorted and found by.

use std::cmp::Ordering;
use std::sync::Arc;

use leptos::prelude::AnyView;
use wire::{Level, natural};

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub(super) id: &'static str,
    pub(super) name: String,
    pub(super) width: Option<u16>,
    pub(super) is_number: bool,
    pub(super) is_sortable: bool,
    pub(super) is_optional: bool,
    pub(super) is_second: bool,
    pub(super) is_hidden: bool,
}

impl Column {
    /// A column of texts that takes the room that others leave. Its id stands in addresses.
    pub fn new(id: &'static str, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            width: None,
            is_number: false,
            is_sortable: true,
            is_optional: false,
            is_second: false,
            is_hidden: false,
        }
    }

    /// As wide as this, in pixels.
    pub fn width(self, width: u16) -> Self {
        let width = Some(width);
        Self { width, ..self }
    }

    /// Numbers stand at the right.
    pub fn number(self) -> Self {
        let is_number = true;
        Self { is_number, ..self }
    }

    /// On a phone it stands in the second line of the row.
    pub fn second(self) -> Self {
        let is_second = true;
        Self { is_second, ..self }
    }

    /// On a phone it is not shown.
    pub fn optional(self) -> Self {
        let is_optional = true;
        Self {
            is_optional,
            ..self
        }
    }

    /// Its order means nothing.
    pub fn unsorted(self) -> Self {
        let is_sortable = false;
        Self {
            is_sortable,
            ..self
        }
    }

    /// Shown only when it is chosen.
    pub fn hidden(self) -> Self {
        let is_hidden = true;
        Self { is_hidden, ..self }
    }
}

/// What is drawn where the other cells are not enough.
pub type CellView = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// A cell.
#[derive(Clone, Default)]
pub enum Cell {
    /// Nothing is known; last, whichever way it is sorted.
    #[default]
    Nothing,
    /// A text.
    Text(String),
    /// A number, and how it is written.
    Number(f64, String),
    /// A text that leads somewhere.
    Link(String, String),
    /// A level, as its badge.
    Level(Level),
    /// A course, sorted by its last value.
    Spark(Vec<f64>),
    /// How long ago something was.
    Time(i64),
    /// Anything: what it is sorted by, what it is found by, and the view.
    View(SortKey, String, CellView),
    /// A cell with a smaller line below; for tables of tall rows.
    Noted(Box<Cell>, String),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number as its unit is written; nothing where there is none.
    pub fn value(unit: wire::Unit, value: Option<f64>) -> Self {
        value.map_or(Self::Nothing, |value| {
            Self::Number(value, crate::format::value(unit, value))
        })
    }

    /// With a smaller line below.
    pub fn note(self, note: impl Into<String>) -> Self {
        Self::Noted(Box::new(self), note.into())
    }

    /// What it is sorted by.
    pub fn sort_key(&self) -> SortKey {
        match self {
            Self::Nothing => SortKey::Nothing,
            Self::Text(text) | Self::Link(text, _) => SortKey::text(text),
            Self::Number(value, _) => SortKey::number(*value),
            Self::Level(level) => SortKey::number(match level {
                Level::Healthy => 0.0,
                Level::Unknown => 1.0,
                Level::Degraded => 2.0,
                Level::Unhealthy => 3.0,
            }),
            Self::Spark(values) => SortKey::number(values.last().copied().unwrap_or(f64::NAN)),
            Self::Time(at_ms) => SortKey::number(*at_ms as f64),
            Self::View(key, ..) => key.clone(),
            Self::Noted(cell, _) => cell.sort_key(),
        }
    }

    /// Adds what it is found by.
    pub(super) fn words(&self, to: &mut String) {
        let mut put = |text: &str| {
            to.push('\n');
            to.push_str(text);
        };
        match self {
            Self::Text(text)
            | Self::Link(text, _)
            | Self::Number(_, text)
            | Self::View(_, text, _) => {
                put(text);
            }
            Self::Level(level) => put(level.as_str()),
            Self::Noted(cell, note) => {
                put(note);
                cell.words(to);
            }
            Self::Nothing | Self::Spark(_) | Self::Time(_) => {}
        }
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number(a, said), Self::Number(b, written)) => {
                a.to_bits() == b.to_bits() && said == written
            }
            (Self::Link(a, to), Self::Link(b, there)) => a == b && to == there,
            (Self::Level(a), Self::Level(b)) => a == b,
            (Self::Spark(a), Self::Spark(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a == b,
            // Two closures are the same when they are one.
            (Self::View(.., a), Self::View(.., b)) => Arc::ptr_eq(a, b),
            (Self::Noted(a, below), Self::Noted(b, under)) => a == b && below == under,
            _ => false,
        }
    }
}

/// A row.
#[derive(Clone, Default, PartialEq)]
pub struct TableRow {
    /// What makes it the same row when it has changed; once in the table.
    pub key: String,
    /// Where Enter leads.
    pub href: Option<String>,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// What a cell is sorted by: numbers before texts, and nothing last.
#[derive(Clone, Debug, PartialEq)]
pub enum SortKey {
    /// A number.
    Number(f64),
    /// A text in small letters.
    Text(String),
    /// Nothing to compare.
    Nothing,
}

impl SortKey {
    /// A text: large and small letters are alike.
    pub fn text(text: &str) -> Self {
        match text {
            "" => Self::Nothing,
            text => Self::Text(text.to_lowercase()),
        }
    }

    /// A number; what is none is nothing.
    pub fn number(value: f64) -> Self {
        if value.is_nan() {
            Self::Nothing
        } else {
            Self::Number(value)
        }
    }

    /// Which comes first. Nothing stays last when the order is turned round.
    pub(super) fn compare(&self, other: &Self, is_descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Nothing, Self::Nothing) => return Ordering::Equal,
            (Self::Nothing, _) => return Ordering::Greater,
            (_, Self::Nothing) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => natural(a, b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if is_descending {
            order.reverse()
        } else {
            order
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_keys() {
        let text = |text: &str| SortKey::text(text);
        let number = SortKey::number;
        let sorted = [
            number(f64::NEG_INFINITY),
            number(-1.0),
            number(0.0),
            number(f64::INFINITY),
            text("9 tools"),
            text("10 tools"),
            text("<b>"),
            text("Alpha"),
            text("beta"),
            text("node-9"),
            text("node-10"),
            text("node-10a"),
            text("ärger"),
            text("שרת"),
            text(""),
            number(f64::NAN),
        ];
        for (at, key) in sorted.iter().enumerate() {
            for later in &sorted[at + 1..] {
                assert_ne!(
                    key.compare(later, false),
                    Ordering::Greater,
                    "{key:?} {later:?}"
                );
                let is_nothing = *later == SortKey::Nothing;
                let turned = key.compare(later, true);
                assert_eq!(
                    turned == Ordering::Less,
                    is_nothing && *key != SortKey::Nothing
                );
            }
        }
    }

    #[test]
    fn what_is_the_same_is_not_drawn_again() {
        let view: CellView = Arc::new(|| leptos::prelude::IntoAny::into_any(()));
        let cell = Cell::View(SortKey::Nothing, String::new(), view);
        for (a, b, same) in [
            (Cell::Nothing, Cell::Nothing, true),
            (Cell::text("a"), Cell::text("b"), false),
            (
                Cell::Number(f64::NAN, "–".into()),
                Cell::Number(f64::NAN, "–".into()),
                true,
            ),
            (
                Cell::Number(1.0, "1".into()),
                Cell::Number(1.0, "1 s".into()),
                false,
            ),
            (cell.clone(), cell, true),
            (Cell::text("a").note("x"), Cell::text("a").note("y"), false),
        ] {
            assert_eq!(a == b, same);
        }
    }
}
