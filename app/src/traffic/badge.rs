//! What came of a call, as colour, sign and its own word: `healthy` is said of servers.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use ui::{Cell, CellView, worded_badge};
use wire::SeenCall;

use super::words;

/// The most outcomes that are remembered: codes are chosen by others.
const MOST: usize = 100;

/// The badge of a call.
pub(super) fn badge(call: &SeenCall) -> AnyView {
    worded_badge(words::level(call), words::outcome(call))
}

/// Badges as cells: of the same outcome, the same, so that a row that stays is not drawn anew.
#[derive(Clone, Copy)]
pub(super) struct Badges(StoredValue<HashMap<String, CellView>>);

impl Badges {
    pub(super) fn new() -> Self {
        Self(StoredValue::default())
    }

    /// The cell of a call.
    pub(super) fn cell(self, call: &SeenCall) -> Cell {
        let (level, word) = (words::level(call), words::outcome(call));
        let key = format!("{} {word}", level.as_str());
        let found = self.0.try_update_value(|known| {
            if known.len() > MOST {
                known.clear();
            }
            let view = || {
                let word = word.clone();
                Arc::new(move || worded_badge(level, word.clone())) as CellView
            };
            Arc::clone(known.entry(key).or_insert_with(view))
        });
        let rank = Cell::Level(level).sort_key();
        match found {
            Some(view) => Cell::View(rank, word, view),
            // The page has been left.
            None => Cell::text(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use ui::SortKey;

    use super::*;
    use crate::traffic::list::tests::call;

    #[test]
    fn a_row_that_stays_is_the_same() {
        Owner::new().with(|| {
            let badges = Badges::new();
            let (one, other) = (badges.cell(&call(1)), badges.cell(&call(2)));
            assert!(one == other);
            let Cell::View(key, word, _) = one else {
                panic!("no view");
            };
            assert_eq!((key, word.as_str()), (SortKey::number(0.0), "ok"));
            let failed = SeenCall {
                outcome: wire::CallOutcome::JsonrpcError,
                code: Some(-32602),
                ..call(3)
            };
            let Cell::View(key, word, _) = badges.cell(&failed) else {
                panic!("no view");
            };
            assert_eq!((key, word.as_str()), (SortKey::number(3.0), "error -32602"));
        });
    }
}
