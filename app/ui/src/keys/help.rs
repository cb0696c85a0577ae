//! All keys, by group.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::{ALWAYS, KeyBinding};
use crate::modal::{as_modal, close_modal};
use crate::overlay::Close;
use crate::{Glyph, Icon, all};

/// The help, until it is closed.
pub(crate) fn show(bindings: Vec<KeyBinding>, close: Close) -> AnyView {
    view! { <Help bindings=bindings close=close /> }.into_any()
}

#[component]
fn Help(bindings: Vec<KeyBinding>, close: Close) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    as_modal(dialog);
    let groups = all(groups(&bindings).into_iter().map(|(group, keys)| {
        let rows = all(keys.into_iter().map(|(keys, what)| {
            let keys = all(keys
                .split(' ')
                .map(|key| view! { <kbd>{key.to_owned()}</kbd> " " }));
            view! { <div><dt>{keys}</dt><dd>{what}</dd></div> }
        }));
        view! { <section><h3>{group}</h3><dl>{rows}</dl></section> }
    }));
    let on = RwSignal::new(is_on());
    view! {
        <dialog class="dialog keys" node_ref=dialog aria-labelledby="keys-title" closedby="any" on:close=move |_| close()>
            <header>
                <h2 id="keys-title">"Keys"</h2>
                <button class="quiet" aria-label="Close" autofocus on:click=move |_| close_modal(dialog)>
                    <Icon glyph=Glyph::Cross />
                </button>
            </header>
            <div class="groups">{groups}</div>
            <label class="check">
                <input
                    type="checkbox"
                    role="switch"
                    prop:checked=move || on.get()
                    on:change=move |_| {
                        on.update(|on| *on = !*on);
                        keep(on.get_untracked());
                    }
                />
                "Single keys do something"
                <small>"Switch them off where speech or another tool types them by accident. Ctrl K stays."</small>
            </label>
        </dialog>
    }
}

type Group = (&'static str, Vec<(&'static str, String)>);

/// Keys by group, in the order in which they were bound.
fn groups(bindings: &[KeyBinding]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let always = ALWAYS
        .iter()
        .map(|(group, keys, what)| (*group, *keys, (*what).to_owned()));
    let bound = bindings
        .iter()
        .map(|bound| (bound.group, bound.keys, bound.what.clone()));
    for (group, keys, what) in always.chain(bound) {
        match groups.iter_mut().find(|known| known.0 == group) {
            Some(known) => known.1.push((keys, what)),
            None => groups.push((group, vec![(keys, what)])),
        }
    }
    groups
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(feature = "hydrate")]
fn is_on() -> bool {
    !storage().is_some_and(|kept| matches!(kept.get_item("keys"), Ok(Some(_))))
}

#[cfg(feature = "hydrate")]
fn keep(is_on: bool) {
    // A browser that keeps nothing asks again.
    let _ = storage().map(|kept| match is_on {
        true => kept.remove_item("keys"),
        false => kept.set_item("keys", "off"),
    });
}

#[cfg(not(feature = "hydrate"))]
fn is_on() -> bool {
    true
}

#[cfg(not(feature = "hydrate"))]
fn keep(_: bool) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Act;

    #[test]
    fn what_belongs_together_stands_together() {
        let binding = |keys, group| KeyBinding {
            keys,
            what: keys.to_owned(),
            group,
            act: Act::Go(String::new()),
        };
        let groups = groups(&[
            binding("g o", "Go to"),
            binding("p", "Page"),
            binding("g s", "Go to"),
        ]);
        let names: Vec<_> = groups
            .iter()
            .map(|(group, keys)| (*group, keys.len()))
            .collect();
        assert_eq!(
            names,
            [("Everywhere", 3), ("Page", 3), ("Tables", 1), ("Go to", 2)]
        );
    }
}
