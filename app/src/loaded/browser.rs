//! The browser's side: what the server has put into the page, or asked for.

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{InPage, Load, Outcome, Version};

/// The text of something that a page waits for.
#[derive(Clone, Copy)]
pub(crate) struct Text(RwSignal<Option<Outcome>>);

impl Text {
    /// Where `is_kept`, the same text again is no news.
    pub(super) fn new(version: Version, load: Load, is_kept: bool) -> Self {
        let found = found();
        let is_there = Cell::new(found.is_some());
        let text = RwSignal::new(found);
        let newest = StoredValue::new(0_u32);
        ui::effect(move || {
            let version = version();
            if is_there.take() {
                return;
            }
            newest.set_value(version);
            let answer = untrack(&load);
            spawn_local(async move {
                let outcome = answer.await;
                // Somebody may have left the page, or want another version by now.
                let is_wanted = newest.try_get_value() == Some(version);
                if is_wanted && !(is_kept && text.with_untracked(|it| same(it, &outcome))) {
                    text.set(Some(outcome));
                }
            });
        });
        Self(text)
    }

    /// It, once it is there.
    pub(crate) fn get(self) -> Option<Outcome> {
        self.0.get()
    }
}

fn same(shown: &Option<Outcome>, outcome: &Outcome) -> bool {
    matches!((shown, outcome), (Some(Ok(shown)), Ok(text)) if shown == text)
}

/// What the server has put into the page. Both sides count what is waited for, in the same order.
fn found() -> Option<Outcome> {
    let shared = Owner::current_shared_context()?;
    let text = shared.read_data(&shared.next_id())?;
    Some(InPage::read(&text))
}
