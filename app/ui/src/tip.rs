//! A tip: a short explanation that appears when something is pointed at or has the focus.
//!
//! It is always on the page, so that it needs no script; Escape sends it away ([`crate::provide_keys`]).

use leptos::prelude::*;

use crate::{Glyph, Icon};

/// A word that is explained.
#[component]
pub fn Tip(
    /// Its id, once on the page.
    #[prop(into)]
    id: String,
    /// What is explained.
    #[prop(into)]
    word: String,
    /// The explanation, in one or two sentences.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <span class="tooltip">
            <button class="quiet" aria-describedby=id.clone()>
                {word}
                <Icon glyph=Glyph::Info />
            </button>
            <span role="tooltip" id=id.clone()>{text}</span>
        </span>
    }
}
