//! States as colour, icon and word: never colour alone.

use leptos::prelude::*;
use wire::{AlertState, Level, Severity};

use crate::{Changing, Glyph, Icon};

/// The badge of a level; it says exactly the level's word.
#[component]
pub fn LevelBadge(
    /// The level.
    #[prop(into)]
    level: Changing<Level>,
) -> impl IntoView {
    let (of_icon, of_word) = (level.clone(), level.clone());
    let icon = move || {
        let glyph = Glyph::of_level(of_icon.get());
        view! { <Icon glyph=glyph /> }.into_any()
    };
    view! {
        <span class="badge" data-level=move || level.get().as_str()>
            {move || icon()}
            {move || of_word.get().as_str().to_owned()}
        </span>
    }
}

/// A badge that has the colour and the icon of a level, and a word of its own.
pub fn worded_badge(level: Level, word: impl Into<String>) -> AnyView {
    view! {
        <span class="badge" data-level=level.as_str()>
            <Icon glyph=Glyph::of_level(level) />
            {word.into()}
        </span>
    }
    .into_any()
}

/// The badge of an alert's state.
#[component]
pub fn AlertBadge(
    /// The state.
    state: AlertState,
) -> impl IntoView {
    let glyph = match state {
        AlertState::Pending => Glyph::Clock,
        AlertState::Firing => Glyph::Alert,
        AlertState::Acknowledged => Glyph::Warning,
        AlertState::Resolved => Glyph::Check,
    };
    view! {
        <span class="badge" data-state=state.as_str()>
            <Icon glyph=glyph />
            {state.as_str()}
        </span>
    }
}

/// The badge of something that was found: an error, or a warning.
#[component]
pub fn FindingBadge(
    /// How bad it is.
    severity: Severity,
) -> impl IntoView {
    let glyph = match severity {
        Severity::Info => Glyph::Question,
        Severity::Warning => Glyph::Warning,
        Severity::Error | Severity::Critical | Severity::Emergency => Glyph::Cross,
    };
    view! {
        <span class="badge" data-severity=severity.as_str()>
            <Icon glyph=glyph />
            {severity.as_str()}
        </span>
    }
}
