//! Short messages that say what an action did, or why it did not.

use leptos::prelude::*;

use crate::each;

/// What is being said.
#[derive(Clone, Debug, PartialEq)]
struct Toast {
    id: u64,
    text: String,
    is_error: bool,
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

/// Says something. Errors stay until they are dismissed, the rest goes after a while.
pub fn notify(text: impl Into<String>, is_error: bool) {
    let ToastList { list, next } = expect_context();
    let id = next.get_value();
    next.set_value(id + 1);
    let toast = Toast {
        id,
        text: text.into(),
        is_error,
    };
    list.update(|list| list.push(toast));
    if !is_error {
        set_timeout(
            move || list.update(|list| list.retain(|toast| toast.id != id)),
            std::time::Duration::from_secs(6),
        );
    }
}

/// Where messages appear.
#[component]
pub fn Toasts() -> impl IntoView {
    let ToastList { list, .. } = expect_context();
    let dismiss = move |id: u64| list.update(|list| list.retain(|toast| toast.id != id));
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {each(
                move || list.get(),
                |toast| toast.id.to_string(),
                move |toast| {
                    view! {
                        <p class="toast" class:is-error=toast.is_error>
                            {toast.text}
                            <button class="quiet" on:click=move |_| dismiss(toast.id)>"Dismiss"</button>
                        </p>
                    }
                },
            )}
        </div>
    }
}
