//! The listener: it belongs to the page and hears what nobody else wanted.

use leptos::ev::{self, keydown};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{Keys, Step, step};
use crate::open_palette;

/// How long the first of two keys is remembered.
const MEMORY_MS: f64 = 1200.0;

pub(super) fn listen(keys: Keys) {
    let before = StoredValue::new(None::<(String, f64)>);
    let handle = window_event_listener(keydown, move |event| hear(keys, before, &event));
    // A tip that was sent away comes back when it is asked for again.
    let forget = window_event_listener(ev::pointerover, |_| forget_tips());
    on_cleanup(move || {
        handle.remove();
        forget.remove();
    });
}

fn hear(keys: Keys, before: StoredValue<Option<(String, f64)>>, event: &KeyboardEvent) {
    let key = event.key();
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    if event.default_prevented() || event.is_composing() {
        return;
    }
    let has_command = event.ctrl_key() || event.meta_key();
    if has_command && !event.alt_key() && !event.shift_key() && key.eq_ignore_ascii_case("k") {
        event.prevent_default();
        return open_palette();
    }
    if has_command || event.alt_key() {
        return;
    }
    if let Some(target) = &target {
        if key == "Escape" {
            dismiss_tips();
        }
        if rove(target, &key) {
            return event.prevent_default();
        }
        if is_field(target) {
            return;
        }
    }
    // What is open above the page has keys of its own.
    let is_covered = matches!(document().query_selector("dialog:modal"), Ok(Some(_)));
    if is_covered || are_off() {
        return;
    }
    let kept = before.get_value();
    before.set_value(None);
    let kept = kept.filter(|(_, at)| event.time_stamp() - at < MEMORY_MS);
    let first = kept.as_ref().map(|(key, _)| key.as_str());
    let found = keys
        .bindings
        .with_value(|bindings| step(bindings, first, &key));
    match (found, key.as_str()) {
        (Step::Act(place), _) => {
            event.prevent_default();
            let act = keys
                .bindings
                .with_value(|bindings| bindings[place].1.act.clone());
            act.perform();
        }
        (Step::Begin, _) => before.set_value(Some((key, event.time_stamp()))),
        (Step::Nothing, "?") => {
            event.prevent_default();
            keys.help();
        }
        (Step::Nothing, "/") if on_first("[data-filter]", |field| drop(field.focus())) => {
            event.prevent_default();
        }
        (Step::Nothing, "t") if on_first("[data-range-button]", HtmlElement::click) => {
            event.prevent_default();
        }
        _ => {}
    }
}

/// Whether single keys have been switched off, in the help: some people's tools type them.
fn are_off() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.is_some_and(|kept| matches!(kept.get_item("keys"), Ok(Some(_))))
}

/// Does something with the first element of a selector that is shown.
fn on_first(selector: &str, act: impl FnOnce(&HtmlElement)) -> bool {
    let Ok(found) = document().query_selector_all(selector) else {
        return false;
    };
    let mut elements =
        (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<HtmlElement>().ok());
    let shown = elements.find(|element| element.offset_width() > 0);
    shown.map(|element| act(&element)).is_some()
}

/// Whether keys are typed into it.
fn is_field(target: &Element) -> bool {
    let field = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
    matches!(target.closest(field), Ok(Some(_)))
}

/// Arrow keys move the focus within menus and tabs.
fn rove(target: &Element, key: &str) -> bool {
    let Ok(Some(room)) = target.closest("[data-rove]") else {
        return false;
    };
    let is_vertical = room.get_attribute("data-rove").as_deref() == Some("vertical");
    let all = room.query_selector_all("a, button:not(:disabled), input:not(:disabled)");
    let Ok(all) = all else { return false };
    let (count, target) = (all.length(), target.unchecked_ref());
    let Some(at) = (0..count).find(|at| {
        all.item(*at)
            .is_some_and(|item| item.is_same_node(Some(target)))
    }) else {
        return false;
    };
    let next = match (key, is_vertical) {
        ("ArrowDown", true) | ("ArrowRight", false) => (at + 1) % count,
        ("ArrowUp", true) | ("ArrowLeft", false) => (at + count - 1) % count,
        ("Home", _) => 0,
        ("End", _) => count - 1,
        _ => return false,
    };
    if let Some(Ok(item)) = all.item(next).map(JsCast::dyn_into::<HtmlElement>) {
        let _ = item.focus();
    }
    true
}

/// Escape sends away the tips that are shown; what they explain keeps the focus.
fn dismiss_tips() {
    mark_tips(".tooltip:is(:hover, :focus-within)", |tip| {
        drop(tip.set_attribute("data-dismissed", ""))
    });
}

fn forget_tips() {
    let gone = ".tooltip[data-dismissed]:not(:hover, :focus-within)";
    mark_tips(gone, |tip| drop(tip.remove_attribute("data-dismissed")));
}

fn mark_tips(selector: &str, mark: impl Fn(&Element)) {
    let Ok(tips) = document().query_selector_all(selector) else {
        return;
    };
    for at in 0..tips.length() {
        if let Some(Ok(tip)) = tips.item(at).map(JsCast::dyn_into::<Element>) {
            mark(&tip);
        }
    }
}
