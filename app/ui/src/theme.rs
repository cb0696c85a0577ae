//! Dark and light: the system decides, a toggle overrides, a cookie remembers.

use leptos::prelude::*;

use crate::{Glyph, Icon};

/// Rises when the theme changes, so that canvases are drawn anew.
#[derive(Clone, Copy)]
struct Theme(RwSignal<u32>);

/// Makes the theme known; once, at the root.
pub fn provide_theme() {
    provide_context(Theme(RwSignal::new(0)));
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
    // An attribute and a cookie: neither fails in a browser that runs this.
    let _ = root.set_attribute("data-theme", theme);
    let cookie = format!("theme={theme}; Path=/; Max-Age=31536000; SameSite=Strict");
    let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

#[cfg(not(feature = "hydrate"))]
fn switch() {}
