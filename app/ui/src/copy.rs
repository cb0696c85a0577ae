//! Texts that go into the clipboard, and what is said about it.

use crate::notify;

/// Copies a text and says what was copied.
pub fn copy(text: &str, what: &str) {
    match put(text) {
        true => notify(format!("{what} copied"), false),
        false => notify(format!("{what} could not be copied: {text}"), true),
    }
}

/// Copies the address of a place on this page.
pub fn copy_link(fragment: &str) {
    copy(&address(fragment), "Link");
}

#[cfg(feature = "hydrate")]
fn address(fragment: &str) -> String {
    let href = leptos::prelude::window().location().href();
    let href = href.unwrap_or_default();
    let page = href.split('#').next().unwrap_or_default();
    format!("{page}#{fragment}")
}

#[cfg(not(feature = "hydrate"))]
fn address(fragment: &str) -> String {
    format!("#{fragment}")
}

/// Browsers give the clipboard to pages that came encrypted or from the same machine; to others, what
/// is marked in a field.
#[cfg(feature = "hydrate")]
fn put(text: &str) -> bool {
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast;

    if window().is_secure_context() {
        let _ = window().navigator().clipboard().write_text(text);
        return true;
    }
    let (document, field) = (document(), document().create_element("textarea"));
    let Ok(field) = field.map(JsCast::unchecked_into::<web_sys::HtmlTextAreaElement>) else {
        return false;
    };
    let Some(body) = document.body() else {
        return false;
    };
    field.set_value(text);
    let _ = body.append_child(&field);
    field.select();
    let document: web_sys::HtmlDocument = document.unchecked_into();
    let is_copied = document.exec_command("copy").unwrap_or(false);
    field.remove();
    is_copied
}

#[cfg(not(feature = "hydrate"))]
fn put(_: &str) -> bool {
    false
}
