//! Dialogs and drawers, by the browser's own element, and the question before something dangerous.

mod ask;

use std::sync::Arc;

use leptos::prelude::*;

pub(crate) use ask::show;
pub use ask::{Question, ask, provide_questions};

use crate::modal::{close_modal, follow};
use crate::{Glyph, Icon, when};

/// Makes a dialog's content each time when it is opened.
pub type DialogBody = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// Where it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// In the middle, for a decision.
    #[default]
    Middle,
    /// At the right, for details beside what they are about; on a phone from below.
    Right,
}

/// A dialog. What is below cannot be reached while it is open; Escape and pressing beside it close it.
#[component]
pub fn Dialog(
    /// Its id, once on the page.
    #[prop(into)]
    id: String,
    /// What it is about.
    #[prop(into)]
    title: String,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Where it lies.
    #[prop(optional)]
    side: Side,
    /// Its content, made when it is opened.
    body: DialogBody,
) -> impl IntoView {
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    follow(dialog, open);
    let class = match side {
        Side::Middle => "dialog",
        Side::Right => "dialog drawer",
    };
    let heading = format!("{id}-title");
    view! {
        <dialog
            class=class
            id=id
            node_ref=dialog
            aria-labelledby=heading.clone()
            closedby="any"
            on:close=move |_| open.set(false)
        >
            <header>
                <h2 id=heading.clone()>{title}</h2>
                <button class="quiet" aria-label="Close" on:click=move |_| close_modal(dialog)>
                    <Icon glyph=Glyph::Cross />
                </button>
            </header>
            <div class="body">{when(move || open.get(), move || body())}</div>
        </dialog>
    }
}
