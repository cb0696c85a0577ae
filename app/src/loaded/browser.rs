//! The browser's side: what the server has put into the page, or asked for.

use std::cell::Cell;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{InPage, Load, Outcome, Version};

/// The text of something that a page waits for.
#[derive(Clone, Copy)]
pub(crate) struct Text(RwSignal<Option<Outcome>>);

impl Text {
    pub(super) fn new(version: Version, load: Load) -> Self {
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
                if newest.try_get_value() == Some(version) {
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

/// What the server has put into the page. Both sides count what is waited for, in the same order.
fn found() -> Option<Outcome> {
    let shared = Owner::current_shared_context()?;
    let text = shared.read_data(&shared.next_id())?;
    Some(InPage::read(&text))
}
