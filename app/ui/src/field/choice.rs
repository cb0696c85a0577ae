//! Fields that are chosen in.

use leptos::prelude::*;

use super::FieldInfo;
use crate::{Changing, all};

/// One of several.
#[component]
pub fn SelectField(
    /// Label, hint, problem.
    info: FieldInfo,
    /// What is chosen, as it is sent.
    value: RwSignal<String>,
    /// What there is: as it is sent, and as it is called.
    #[prop(into)]
    options: Changing<Vec<(String, String)>>,
) -> impl IntoView {
    let (wrong, described) = (info.clone(), info.clone());
    let options = move || {
        all(options.get().into_iter().map(|(sent, called)| {
            let chosen = sent.clone();
            view! { <option value=sent selected=move || value.with(|value| *value == chosen)>{called}</option> }
        }))
    };
    let field = view! {
        <select
            id=info.id.clone()
            aria-invalid=move || wrong.is_wrong()
            aria-describedby=move || described.described_by()
            on:change:target=move |ev| value.set(ev.target().value())
        >
            {move || options()}
        </select>
    };
    info.around(field.into_any())
}

/// Yes or no: a box that is saved with its form, or a switch that does something at once.
#[component]
pub fn CheckField(
    /// Label, hint, problem.
    info: FieldInfo,
    /// Whether it is so.
    value: RwSignal<bool>,
    /// Whether it does something at once.
    #[prop(optional)]
    is_switch: bool,
) -> impl IntoView {
    let (wrong, described) = (info.clone(), info.clone());
    view! {
        <div class="field">
            <label class="check">
                <input
                    id=info.id.clone()
                    type="checkbox"
                    role=is_switch.then_some("switch")
                    checked=value.get_untracked()
                    prop:checked=move || value.get()
                    aria-invalid=move || wrong.is_wrong()
                    aria-describedby=move || described.described_by()
                    on:change:target=move |ev| value.set(ev.target().checked())
                />
                {info.label.clone()}
            </label>
            {info.below()}
        </div>
    }
}
