//! Rows that are elsewhere: the table has a place for each that is found, and says which it needs.

use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;

use super::TableState;
use super::model::Model;
use crate::{Changing, effect};

/// Takes keys when they are there.
pub type TakeKeys = Box<dyn FnOnce(Vec<String>)>;

/// Where more rows are than the table is given. While it is on, its rows are all that are found there, in their order; those
/// that have not been fetched have a key and no cells.
#[derive(Clone)]
pub struct Elsewhere {
    /// Whether it is: else the table finds and sorts the rows that it is given.
    pub is_on: Changing<bool>,
    /// How many rows there are, found or not.
    pub count: Changing<usize>,
    /// Told which places are in sight, and what is looked for in which order, whenever that changes.
    pub need: Arc<dyn Fn(TableState, Range<usize>) + Send + Sync>,
    /// Asked for the keys of all that are found.
    pub keys: Arc<dyn Fn(TableState, TakeKeys) + Send + Sync>,
}

/// Says what is needed, as long as the table is there.
pub(super) fn keep_fetched(model: Model) {
    let Some(elsewhere) = model.elsewhere.get_value() else {
        return;
    };
    effect(move || {
        if model.is_elsewhere.get() {
            (elsewhere.need)(model.state(), model.window.get());
        }
    });
}

/// Chooses all rows that are found there.
pub(super) fn choose_all(model: Model) {
    let Some(elsewhere) = model.elsewhere.get_value() else {
        return;
    };
    let Some(asked) = model.try_state() else {
        return;
    };
    let take = {
        let asked = asked.clone();
        Box::new(move |keys: Vec<String>| {
            // Who has looked for something else meanwhile has not chosen these.
            if model.try_state() == Some(asked) {
                model.chosen.set(keys.into_iter().collect());
            }
        })
    };
    (elsewhere.keys)(asked, take);
}
