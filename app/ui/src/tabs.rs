//! Tabs: several views of one thing, one at a time.
//!
//! Arrow keys come from [`crate::provide_keys`]; the tab that has the focus is shown.

use std::sync::Arc;

use leptos::prelude::*;

use crate::all;

/// A view and what it is called.
#[derive(Clone)]
pub struct Tab {
    /// Its id, in addresses and on the page.
    pub id: &'static str,
    /// What it is called.
    pub title: String,
    /// The view, made each time when it is shown.
    pub view: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

impl Tab {
    /// A view and what it is called.
    pub fn new(
        id: &'static str,
        title: impl Into<String>,
        view: impl Fn() -> AnyView + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            title: title.into(),
            view: Arc::new(view),
        }
    }
}

/// Tabs and the view that is shown.
#[component]
pub fn Tabs(
    /// What they are views of.
    #[prop(into)]
    title: String,
    /// The tabs.
    tabs: Vec<Tab>,
    /// The id of the one that is shown; of an unknown one, the first is shown.
    chosen: RwSignal<String>,
) -> impl IntoView {
    let ids: Vec<_> = tabs.iter().map(|tab| tab.id).collect();
    let shown = Memo::new(move |_| {
        let place = chosen.with(|chosen| ids.iter().position(|id| id == chosen));
        place.unwrap_or(0)
    });
    let heads = all(tabs.iter().enumerate().map(|(place, tab)| {
        let id = tab.id;
        let is_shown = move || shown.get() == place;
        let show = move || {
            if shown.get_untracked() != place {
                chosen.set(id.to_owned());
            }
        };
        view! {
            <button
                role="tab"
                id=format!("{id}-tab")
                aria-controls=id
                aria-selected=move || is_shown().to_string()
                tabindex=move || if is_shown() { "0" } else { "-1" }
                data-needs-script
                on:click=move |_| show()
                on:focus=move |_| show()
            >
                {tab.title.clone()}
            </button>
        }
    }));
    let panel = move || {
        let tab = tabs.get(shown.get())?;
        let content = (tab.view)();
        Some(
            view! {
                <div role="tabpanel" id=tab.id aria-labelledby=format!("{}-tab", tab.id) tabindex="0">
                    {content}
                </div>
            }
            .into_any(),
        )
    };
    view! {
        <div class="tabs">
            <div role="tablist" aria-label=title data-rove="horizontal">
                {heads}
            </div>
            {move || panel()}
        </div>
    }
}
