//! Keys: one listener for the whole page.
//!
//! It knows the palette, the help, the page's filter and its time range, what the frame binds besides,
//! and arrow keys within menus and tabs. The help's code is fetched when it is opened first.

mod help;
#[cfg(feature = "hydrate")]
mod listen;

use leptos::prelude::*;

pub(crate) use help::show;

use crate::Act;
use crate::overlay::{Overlay, Overlays};

/// Keys and what they do.
#[derive(Clone)]
pub struct KeyBinding {
    /// A key, or several one after the other: `g o`.
    pub keys: &'static str,
    /// What they do, in a few words.
    pub what: String,
    /// Among what the help lists them.
    pub group: &'static str,
    /// What they do.
    pub act: Act,
}

/// Keys that are always there, for the help.
const ALWAYS: [(&str, &str, &str); 6] = [
    (
        "Everywhere",
        "Ctrl K",
        "Search pages, servers, alerts, actions",
    ),
    ("Everywhere", "?", "These keys"),
    ("Everywhere", "Esc", "Close what is open"),
    ("Page", "/", "Filter"),
    ("Page", "t", "Time range"),
    (
        "Tables",
        "↑ ↓ Home End",
        "Move; Enter opens, Space selects, Shift extends",
    ),
];

#[derive(Clone, Copy)]
struct Keys {
    /// What is bound, with the number of who bound it.
    bindings: StoredValue<Vec<(u32, KeyBinding)>>,
    next: StoredValue<u32>,
    overlays: StoredValue<Overlays>,
    is_help_open: StoredValue<bool>,
}

/// Binds keys for as long as the part of the page that calls this is there. The first call, at the root,
/// also listens.
pub fn provide_keys(bindings: Vec<KeyBinding>) {
    let keys = use_context::<Keys>().unwrap_or_else(begin);
    let id = keys.next.get_value();
    keys.next.set_value(id + 1);
    let bindings = bindings.into_iter().map(|binding| (id, binding));
    keys.bindings.update_value(|bound| bound.extend(bindings));
    on_cleanup(move || {
        // At the end of the whole page nothing is bound any more.
        let _ = keys
            .bindings
            .try_update_value(|bound| bound.retain(|(by, _)| *by != id));
    });
}

fn begin() -> Keys {
    let keys = Keys {
        bindings: StoredValue::new(Vec::new()),
        next: StoredValue::new(0),
        overlays: StoredValue::new(Overlays::here()),
        is_help_open: StoredValue::new(false),
    };
    provide_context(keys);
    #[cfg(feature = "hydrate")]
    crate::effect(move || listen::listen(keys));
    keys
}

/// Shows all keys.
pub fn open_key_help() {
    if let Some(keys) = use_context::<Keys>() {
        keys.help();
    }
}

impl Keys {
    fn help(self) {
        if self.is_help_open.get_value() {
            return;
        }
        self.is_help_open.set_value(true);
        let bindings = self.bindings.get_value().into_iter();
        let bindings = bindings.map(|(_, binding)| binding).collect();
        let overlay = Overlay::Keys(bindings);
        let overlays = self.overlays.get_value();
        overlays.lay(overlay, Some(self.is_help_open));
    }
}

/// What a key means after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The binding at this place.
    Act(usize),
    /// It begins a binding of two keys.
    Begin,
    /// Nothing.
    Nothing,
}

#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code))]
fn step(bindings: &[(u32, KeyBinding)], before: Option<&str>, key: &str) -> Step {
    let is_it = |(_, binding): &(u32, KeyBinding)| match (before, binding.keys.split_once(' ')) {
        (None, None) => binding.keys == key,
        (Some(before), Some(two)) => two == (before, key),
        _ => false,
    };
    if let Some(place) = bindings.iter().position(is_it) {
        return Step::Act(place);
    }
    let begins = |(_, binding): &(u32, KeyBinding)| {
        binding.keys.split_once(' ').is_some_and(|two| two.0 == key)
    };
    match before.is_none() && bindings.iter().any(begins) {
        true => Step::Begin,
        false => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences() {
        let bindings = ["g o", "g s", "p"].map(|keys| {
            let (what, act) = (String::new(), Act::Go("/".to_owned()));
            let group = "";
            (
                0,
                KeyBinding {
                    keys,
                    what,
                    group,
                    act,
                },
            )
        });
        for (before, key, expected) in [
            (None, "g", Step::Begin),
            (Some("g"), "s", Step::Act(1)),
            (Some("g"), "g", Step::Nothing),
            (Some("g"), "p", Step::Nothing),
            (None, "p", Step::Act(2)),
            (None, "o", Step::Nothing),
            (None, "g o", Step::Nothing),
        ] {
            assert_eq!(step(&bindings, before, key), expected, "{before:?} {key}");
        }
    }
}
