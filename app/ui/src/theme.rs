//! Dark and light: the system decides, a toggle overrides, a cookie remembers.

use leptos::prelude::*;

use crate::{Glyph, Icon};

/// Rises when the theme changes, so that canvases are drawn anew.
#[derive(Clone, Copy)]
struct Theme(RwSignal<u32>);

/// Makes the theme and the colours of names known; once, at the root.
pub fn provide_theme() {
    provide_context(Theme(RwSignal::new(0)));
    provide_context(crate::chart::Colours::default());
}

/// Tracks changes of the theme.
pub fn use_theme() -> Signal<u32> {
    expect_context::<Theme>().0.into()
}

/// Switches between dark and light.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    let Theme(changes) = expect_context();
    let toggle = move |_| {
        switch();
        changes.update(|n| *n += 1);
    };
    view! {
        <button class="quiet" on:click=toggle title="Dark or light" aria-label="Switch between dark and light">
            <Icon glyph=Glyph::Theme />
        </button>
    }
}

#[cfg(feature = "hydrate")]
fn switch() {
    let Some(root) = document().document_element() else {
        return;
    };
    let is_dark = match root.get_attribute("data-theme").as_deref() {
        Some(chosen) => chosen == "dark",
        None => {
            let system = window().match_media("(prefers-color-scheme: dark)");
            system.ok().flatten().is_some_and(|system| system.matches())
        }
    };
    let theme = if is_dark { "light" } else { "dark" };
    // An attribute does not fail.
    let _ = root.set_attribute("data-theme", theme);
    set_cookie("theme", theme);
}

/// Remembers a choice of this browser for a year.
#[cfg(feature = "hydrate")]
pub fn set_cookie(name: &str, value: &str) {
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Strict");
    // A browser without cookies forgets the choice.
    let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

#[cfg(not(feature = "hydrate"))]
/// Remembers a choice of this browser for a year.
pub fn set_cookie(_: &str, _: &str) {}

/// What this browser has chosen.
#[cfg(feature = "hydrate")]
pub fn cookie(name: &str) -> Option<String> {
    let all = js_sys::Reflect::get(&document(), &"cookie".into())
        .ok()?
        .as_string()?;
    let mut pairs = all.split("; ").filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(not(feature = "hydrate"))]
/// What a cookie says.
pub fn cookie(_: &str) -> Option<String> {
    None
}

#[cfg(not(feature = "hydrate"))]
fn switch() {}
