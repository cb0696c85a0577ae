//! Icons, drawn here: nothing is fetched from anywhere.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// The product.
    Observatory,
    /// The overview page.
    Overview,
    /// Servers.
    Server,
    /// Alerts.
    Alert,
    /// Healthy, done.
    Check,
    /// Failing.
    Cross,
    /// Degraded.
    Warning,
    /// Unknown.
    Question,
    /// Waiting.
    Clock,
    /// Started again.
    Restart,
    /// A definition changed.
    Diamond,
    /// Dark or light.
    Theme,
}

impl Glyph {
    /// The outline, on a grid of 16 by 16, drawn with a stroke of 1.6.
    fn path(self) -> &'static str {
        match self {
            Self::Observatory => "M2 12a6 6 0 0 1 12 0zM8 6l4-4M1 14h14",
            Self::Overview => "M2 2h5v6H2zM9 2h5v4H9zM9 8h5v6H9zM2 10h5v4H2z",
            Self::Server => "M2 2.5h12v4H2zM2 9.5h12v4H2zM4.5 4.5h.1M4.5 11.5h.1",
            Self::Alert => "M8 2a4 4 0 0 1 4 4v3l1.5 2.5h-11L4 9V6a4 4 0 0 1 4-4zM6.5 13.5h3",
            Self::Check => "M3 8.5l3.2 3.2L13 4.8",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Warning => "M8 2.5l6 11H2zM8 6.5v3M8 11.6v.1",
            Self::Question => "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.8.4-1 .8-1 1.6M8 12v.1",
            Self::Clock => "M8 2a6 6 0 1 0 .1 0M8 5v3.2l2 1.3",
            Self::Restart => "M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3",
            Self::Diamond => "M8 2.5l5.5 5.5L8 13.5 2.5 8z",
            Self::Theme => "M8 2a6 6 0 1 0 6 6 4.5 4.5 0 0 1-6-6z",
        }
    }
}

/// An icon beside a word: the word speaks, the icon is silent.
#[component]
pub fn Icon(
    /// What it shows.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.6"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=glyph.path()></path>
        </svg>
    }
}
