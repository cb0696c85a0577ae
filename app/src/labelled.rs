//! Fields of short forms: what they are for stands in them, and in a label for who does not see that.

use leptos::prelude::*;
use ui::all;

/// A line of text, by its id and the name under which it is sent.
pub(crate) fn input(
    id: String,
    name: &'static str,
    label: &'static str,
    text: RwSignal<String>,
) -> AnyView {
    view! {
        <label class="hidden-label" for=id.clone()>{label}</label>
        <input
            id=id
            name=name
            placeholder=label
            prop:value=text
            on:input:target=move |event| text.set(event.target().value())
        />
    }
    .into_any()
}

/// One of several words: as each is sent, and as it is called.
pub(crate) fn choice<T: Into<String>>(
    id: String,
    name: &'static str,
    label: &'static str,
    text: RwSignal<String>,
    options: Vec<(T, T)>,
) -> AnyView {
    let chosen = text.get_untracked();
    let options = all(options.into_iter().map(|(sent, called)| {
        let (sent, called): (String, String) = (sent.into(), called.into());
        let is_chosen = sent == chosen;
        view! { <option value=sent selected=is_chosen>{called}</option> }
    }));
    view! {
        <label class="hidden-label" for=id.clone()>{label}</label>
        <select id=id name=name on:change:target=move |event| text.set(event.target().value())>
            {options}
        </select>
    }
    .into_any()
}
