//! Fields that are typed into.

use leptos::prelude::*;

use super::FieldInfo;
use crate::{Glyph, Icon};

/// What is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// A number, and the unit it is in.
    Number(&'static str),
    /// Several lines.
    Lines,
    /// What is looked for.
    Search,
    /// An address.
    Url,
    /// A text of a machine: an expression, a path.
    Code,
}

/// A field that is typed into. What is typed stays text until it is read.
#[component]
pub fn TextField(
    /// Label, hint, problem.
    info: FieldInfo,
    /// What is typed.
    value: RwSignal<String>,
    /// What kind of text it is.
    #[prop(optional)]
    kind: FieldKind,
    /// Shown while nothing is typed.
    #[prop(into, optional)]
    placeholder: String,
) -> impl IntoView {
    let (wrong, described) = (info.clone(), info.clone());
    let required = info.is_required.then_some("true");
    if kind == FieldKind::Lines {
        let field = view! {
            <textarea
                id=info.id.clone()
                rows="4"
                placeholder=placeholder
                aria-required=required
                aria-invalid=move || wrong.is_wrong()
                aria-describedby=move || described.described_by()
                prop:value=move || value.get()
                on:input:target=move |ev| value.set(ev.target().value())
            >
                {value.get_untracked()}
            </textarea>
        };
        return info.around(field.into_any());
    }
    let (kind_of_input, mode, unit) = match kind {
        FieldKind::Number(unit) => ("text", Some("decimal"), unit),
        FieldKind::Search => ("search", None, ""),
        FieldKind::Url => ("url", None, ""),
        _ => ("text", None, ""),
    };
    let is_code = kind == FieldKind::Code;
    let field = view! {
        <span class="control" class:is-code=is_code>
            {(kind == FieldKind::Search).then(|| view! { <Icon glyph=Glyph::Search /> }.into_any())}
            <input
                id=info.id.clone()
                type=kind_of_input
                inputmode=mode
                class:number=mode.is_some()
                placeholder=placeholder
                spellcheck=is_code.then_some("false")
                autocomplete="off"
                aria-required=required
                aria-invalid=move || wrong.is_wrong()
                aria-describedby=move || described.described_by()
                value=value.get_untracked()
                prop:value=move || value.get()
                on:input:target=move |ev| value.set(ev.target().value())
            />
            <span class="unit">{unit}</span>
        </span>
    };
    info.around(field.into_any())
}
