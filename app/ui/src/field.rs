//! Fields of forms: a label, a hint, and what is wrong, said where it is wrong.

mod choice;
mod text;

use leptos::prelude::*;

pub use choice::{CheckField, SelectField};
pub use text::{FieldKind, TextField};

use crate::{Changing, Glyph, Icon, all, when};

/// What all fields have besides their value.
#[derive(Clone, Default)]
pub struct FieldInfo {
    id: String,
    label: String,
    hint: String,
    problem: Option<Changing<Option<String>>>,
    is_required: bool,
}

impl FieldInfo {
    /// A field: its id, once on the page, and what it is called.
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            ..Self::default()
        }
    }

    /// What helps to fill it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Self { hint, ..self }
    }

    /// What is wrong with it, as a sentence; nothing while nothing is.
    pub fn problem(self, problem: impl Into<Changing<Option<String>>>) -> Self {
        let problem = Some(problem.into());
        Self { problem, ..self }
    }

    /// It has to be filled.
    pub fn required(self) -> Self {
        let is_required = true;
        Self {
            is_required,
            ..self
        }
    }

    fn problem_now(&self) -> Option<String> {
        self.problem.as_ref().and_then(Changing::get)
    }

    /// Whether something is wrong, for the field.
    fn is_wrong(&self) -> Option<&'static str> {
        self.problem_now().is_some().then_some("true")
    }

    /// The ids of what explains it.
    fn described_by(&self) -> Option<String> {
        let mut ids = Vec::new();
        if self.problem_now().is_some() {
            ids.push(format!("{}-problem", self.id));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id));
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// What stands below the field: the problem, and the hint.
    fn below(&self) -> AnyView {
        let hint = (!self.hint.is_empty()).then(|| {
            view! { <small id=format!("{}-hint", self.id)>{self.hint.clone()}</small> }.into_any()
        });
        let problem = self.problem.clone().map(|problem| {
            let (id, is_wrong) = (format!("{}-problem", self.id), problem.clone());
            let line = move || {
                let problem = problem.clone();
                view! {
                    <small class="problem" id=id.clone()>
                        <Icon glyph=Glyph::Cross />
                        {move || problem.get()}
                    </small>
                }
            };
            when(move || is_wrong.get().is_some(), line)
        });
        view! { {problem} {hint} }.into_any()
    }

    /// A field with its label before it.
    fn around(&self, field: AnyView) -> AnyView {
        let required = self
            .is_required
            .then(|| view! { <span class="required">"required"</span> }.into_any());
        view! {
            <div class="field">
                <label for=self.id.clone()>{self.label.clone()} " " {required}</label>
                {field}
                {self.below()}
            </div>
        }
        .into_any()
    }
}

/// Everything that is wrong with a form, each leading to its field; it takes the focus when it appears.
#[component]
pub fn ErrorSummary(
    /// The ids of the fields, what they are called, and what is wrong with each.
    #[prop(into)]
    problems: Changing<Vec<(String, String, String)>>,
) -> impl IntoView {
    let room = NodeRef::<leptos::html::Tag>::new();
    crate::effect(move || {
        if let Some(room) = room.get() {
            let _ = room.focus();
        }
    });
    let some = problems.clone();
    let summary = move || {
        let problems = problems.clone();
        let items = move || {
            all(problems.get().into_iter().map(|(id, label, problem)| {
                view! { <li><a href=format!("#{id}") rel="external">{label} ": " {problem}</a></li> }
            }))
        };
        view! {
            <div class="error-summary" role="alert" tabindex="-1" node_ref=room>
                <p><Icon glyph=Glyph::Cross />" Not saved. Please look at:"</p>
                <ul>{move || items()}</ul>
            </div>
        }
    };
    when(move || !some.get().is_empty(), summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_explains_a_field() {
        let wrong = || Some("Too long.".to_owned());
        let info = || FieldInfo::new("name", "Name");
        for (info, expected) in [
            (info(), None),
            (info().hint("Short."), Some("name-hint")),
            (info().problem(wrong), Some("name-problem")),
            (
                info().hint("Short.").problem(wrong),
                Some("name-problem name-hint"),
            ),
            (info().hint("Short.").problem(|| None), Some("name-hint")),
        ] {
            assert_eq!(info.described_by().as_deref(), expected);
        }
    }
}
