//! The design system: what pages are made of. It knows `wire`'s types and nothing of the host.

#![allow(
    clippy::redundant_closure,
    reason = "only a closure that is written in place is boxed by the view macro"
)]

mod act;
mod alarm;
mod axis;
mod badge;
mod bar_list;
pub mod chart;
mod chip;
mod copy;
mod dialog;
mod feeds;
mod field;
pub mod format;
mod gantt;
mod gauge;
mod icon;
mod keys;
mod lanes;
mod live;
mod menu;
mod modal;
mod more_style;
mod overlay;
mod page_time;
mod palette;
mod panel;
mod parts;
mod skeleton;
#[cfg(feature = "hydrate")]
mod socket;
mod sparkline;
mod states;
mod stretches;
mod table;
mod tabs;
mod theme;
mod tile;
pub mod time;
mod timeline;
mod tip;
mod toast;
mod turns;
mod waterfall;
mod when;

pub use act::Act;
pub use alarm::Alarm;
pub use badge::{AlertBadge, FindingBadge, LevelBadge, worded_badge};
pub use bar_list::{BarItem, BarList};
pub use chip::Chip;
pub use copy::{copy, copy_link};
pub use dialog::{Dialog, DialogBody, Question, Side, ask, provide_questions};
pub use feeds::Feeds;
pub use field::{CheckField, ErrorSummary, FieldInfo, FieldKind, SelectField, TextField};
pub use gantt::{Gantt, Phase, StartUp};
pub use gauge::{Gauge, Reading};
pub use icon::{Glyph, Icon};
pub use keys::{KeyBinding, open_key_help, provide_keys};
pub use live::{Link, LiveState, provide_live};
pub use menu::{Menu, MenuItem};
pub use more_style::{MORE_STYLE_ID, more_style};
pub use page_time::{PageTime, Zone, provide_page_time};
pub use palette::{PaletteButton, PaletteEntry, open_palette, provide_palette};
pub use panel::{Empty, PanelFrame, PanelMenu, Partial, Stale, Trouble};
pub use parts::{Changing, all, each, effect, when, when_else};
pub use skeleton::{Shape, Skeleton};
#[cfg(feature = "hydrate")]
pub use socket::browser_ms;
pub use sparkline::{Spark, Sparkline};
pub use states::{StateRow, States};
pub use stretches::{Stretch, StretchRow, Stretches};
pub use table::{
    Cell, CellView, Column, Elsewhere, OnTableState, SortKey, Table, TableAction, TableRow,
    TableState, TakeKeys,
};
pub use tabs::{Tab, Tabs};
pub use theme::{ThemeToggle, cookie, provide_theme, set_cookie, use_theme};
pub use tile::{Stat, StatTile, Thresholds};
pub use timeline::Timeline;
pub use tip::Tip;
pub use toast::{Toasts, Undo, notify, notify_with, provide_toasts};
pub use turns::in_turn;
pub use waterfall::{SpanRow, Waterfall};
pub use when::{Ago, Clocked};
