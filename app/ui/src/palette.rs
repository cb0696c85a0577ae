//! The palette: every page, server, alert and action, a few letters away.
//!
//! Its code is fetched when it is opened first.

mod body;
mod matching;

use std::sync::Arc;

use leptos::prelude::*;

pub(crate) use body::show;

use crate::overlay::{Overlay, Overlays};
use crate::{Act, Glyph, Icon};

/// Something that can be found.
#[derive(Clone)]
pub struct PaletteEntry {
    /// What it is called.
    pub title: String,
    /// What tells it apart from others of its name; also searched.
    pub hint: String,
    /// Among what it is listed: `Pages`, `Servers`.
    pub group: String,
    /// Other words that people look for.
    pub keywords: String,
    /// What choosing it does.
    pub act: Act,
}

type Entries = Arc<dyn Fn() -> Vec<PaletteEntry> + Send + Sync>;

#[derive(Clone, Copy)]
struct Palette {
    /// What is asked for entries, with the number of who made it known.
    sources: StoredValue<Vec<(u32, Entries)>>,
    next: StoredValue<u32>,
    overlays: StoredValue<Overlays>,
    is_open: StoredValue<bool>,
}

/// Makes known what can be found, for as long as the part of the page that calls this is there; asked
/// each time when the palette is opened. The first call is at the root.
pub fn provide_palette(entries: impl Fn() -> Vec<PaletteEntry> + Send + Sync + 'static) {
    let entries: Entries = Arc::new(entries);
    let palette = use_context::<Palette>().unwrap_or_else(begin);
    let id = palette.next.get_value();
    palette.next.set_value(id + 1);
    palette
        .sources
        .update_value(|sources| sources.push((id, entries)));
    on_cleanup(move || {
        // At the end of the whole page nothing is found any more.
        let _ = palette
            .sources
            .try_update_value(|sources| sources.retain(|(by, _)| *by != id));
    });
}

fn begin() -> Palette {
    let palette = Palette {
        sources: StoredValue::new(Vec::new()),
        next: StoredValue::new(0),
        overlays: StoredValue::new(Overlays::here()),
        is_open: StoredValue::new(false),
    };
    provide_context(palette);
    palette
}

/// Opens the palette, unless it is open or nothing was made known.
pub fn open_palette() {
    let Some(palette) = use_context::<Palette>() else {
        return;
    };
    if palette.is_open.get_value() {
        return;
    }
    palette.is_open.set_value(true);
    let sources = palette.sources.get_value();
    let entries = untrack(|| sources.iter().flat_map(|(_, entries)| entries()).collect());
    let overlay = Overlay::Palette(entries);
    let overlays = palette.overlays.get_value();
    overlays.lay(overlay, Some(palette.is_open));
}

/// The button that opens the palette.
#[component]
pub fn PaletteButton() -> impl IntoView {
    view! {
        <button class="search-button" data-needs-script on:click=move |_| open_palette() aria-keyshortcuts="Control+K Meta+K">
            <Icon glyph=Glyph::Search />
            <span>"Search"</span>
            <kbd>"Ctrl K"</kbd>
        </button>
    }
}
