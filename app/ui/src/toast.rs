//! Short messages that say what an action did, or why it did not, and take it back.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;

use crate::{Glyph, Icon, each};

/// How long a message stays, and one that offers to take something back.
const SHORT: Duration = Duration::from_secs(6);
const LONG: Duration = Duration::from_secs(12);

/// Takes back what was done.
#[derive(Clone)]
pub struct Undo {
    /// What the button says: `Undo`, `Reopen`.
    pub label: String,
    /// Takes it back.
    pub run: Arc<dyn Fn() + Send + Sync>,
}

/// What is being said.
#[derive(Clone)]
struct Toast {
    id: u64,
    text: String,
    is_error: bool,
    undo: Option<Undo>,
}

/// The messages on the page.
#[derive(Clone, Copy)]
struct ToastList {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
}

/// Makes room for messages; once, at the root.
pub fn provide_toasts() {
    provide_context(ToastList {
        list: RwSignal::new(Vec::new()),
        next: StoredValue::new(0),
    });
}

impl ToastList {
    fn say(self, text: String, is_error: bool, undo: Option<Undo>) {
        drop(crate::more_style());
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let stays = match undo {
            Some(_) => LONG,
            None => SHORT,
        };
        let toast = Toast {
            id,
            text,
            is_error,
            undo,
        };
        self.list.update(|list| list.push(toast));
        if !is_error {
            set_timeout(move || self.dismiss(id), stays);
        }
    }

    fn dismiss(self, id: u64) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }
}

/// Says something. Errors stay until they are dismissed, the rest goes after a while.
pub fn notify(text: impl Into<String>, is_error: bool) {
    expect_context::<ToastList>().say(text.into(), is_error, None);
}

/// Says what was done, and offers to take it back.
pub fn notify_with(text: impl Into<String>, undo: Undo) {
    expect_context::<ToastList>().say(text.into(), false, Some(undo));
}

/// Where messages appear.
#[component]
pub fn Toasts() -> impl IntoView {
    let toasts: ToastList = expect_context();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {each(
                move || toasts.list.get(),
                |toast| toast.id.to_string(),
                move |toast| one(toasts, toast),
            )}
        </div>
    }
}

fn one(toasts: ToastList, toast: Toast) -> AnyView {
    let Toast {
        id,
        text,
        is_error,
        undo,
    } = toast;
    let glyph = if is_error { Glyph::Cross } else { Glyph::Check };
    let undo = undo.map(|Undo { label, run }| {
        let back = move |_| {
            toasts.dismiss(id);
            run();
        };
        view! { <button on:click=back>{label}</button> }.into_any()
    });
    view! {
        <p class="toast" class:is-error=is_error>
            <Icon glyph=glyph />
            <span>{text}</span>
            {undo}
            <button class="quiet" on:click=move |_| toasts.dismiss(id)>
                "Dismiss"
            </button>
        </p>
    }
    .into_any()
}
