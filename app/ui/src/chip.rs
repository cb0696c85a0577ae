//! A chip: a value that was chosen, a label, a filter. It has no status and so no colour.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{Glyph, Icon};

/// A value, with a button that takes it away where that is possible.
#[component]
pub fn Chip(
    /// What it is the value of; may be empty.
    #[prop(into, optional)]
    name: String,
    /// The value.
    #[prop(into)]
    value: String,
    /// Takes it away.
    #[prop(optional_no_strip)]
    remove: Option<Arc<dyn Fn() + Send + Sync>>,
) -> impl IntoView {
    let label = format!("Remove {name} {value}");
    let name = (!name.is_empty()).then(|| view! { <span>{name} " "</span> }.into_any());
    let button = remove.map(|remove| {
        view! {
            <button class="quiet" aria-label=label on:click=move |_| remove()>
                <Icon glyph=Glyph::Cross />
            </button>
        }
        .into_any()
    });
    view! {
        <span class="chip">
            {name}
            <b>{value}</b>
            {button}
        </span>
    }
}
