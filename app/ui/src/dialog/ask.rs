//! The question before something dangerous: one sentence that names the thing.
//!
//! Its code is fetched when the first question is asked.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use crate::modal::{as_modal, close_modal};
use crate::overlay::{Close, Overlay, Overlays};

/// What is asked before it is done.
#[derive(Clone)]
pub struct Question {
    /// One sentence that names the thing: `Stop filesystem and end its 3 open calls?`
    pub sentence: String,
    /// What the button that does it says: `Stop filesystem`.
    pub action: String,
    /// What is done.
    pub run: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Clone, Copy)]
struct Questions(StoredValue<Overlays>);

/// Makes it possible to ask; once, at the root.
pub fn provide_questions() {
    provide_context(Questions(StoredValue::new(Overlays::here())));
}

/// Asks, and does it when the answer is yes.
pub fn ask(question: Question) {
    let Questions(overlays) = expect_context();
    let overlays = overlays.get_value();
    overlays.lay(Overlay::Question(question), None);
}

pub(crate) fn show(question: Question, close: Close) -> AnyView {
    view! { <Asked question=question close=close /> }.into_any()
}

#[component]
fn Asked(question: Question, close: Close) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    as_modal(dialog);
    let yes = move |_| {
        close_modal(dialog);
        (question.run)();
    };
    view! {
        <dialog
            class="dialog question"
            node_ref=dialog
            role="alertdialog"
            aria-labelledby="question"
            on:close=move |_| close()
        >
            <p id="question">{question.sentence}</p>
            <div class="actions">
                // What changes nothing has the focus.
                <button autofocus on:click=move |_| close_modal(dialog)>"Cancel"</button>
                <button class="danger" on:click=yes>{question.action}</button>
            </div>
        </dialog>
    }
}
