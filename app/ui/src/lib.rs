//! The design system: what pages are made of. It knows `wire`'s types and nothing of the host.

#![allow(
    clippy::redundant_closure,
    reason = "only a closure that is written in place is boxed by the view macro"
)]

mod badge;
pub mod chart;
pub mod format;
mod icon;
mod live;
mod panel;
mod parts;
#[cfg(feature = "hydrate")]
mod socket;
mod theme;
mod timeline;
mod toast;
mod when;

pub use badge::{AlertBadge, LevelBadge};
pub use icon::{Glyph, Icon};
pub use live::{Link, LiveState, provide_live};
pub use panel::{Empty, PanelFrame, Trouble};
pub use parts::{Changing, all, each, effect, when, when_else};
pub use theme::{ThemeToggle, provide_theme, use_theme};
pub use timeline::Timeline;
pub use toast::{Toasts, notify, provide_toasts};
pub use when::{Ago, Clocked};
