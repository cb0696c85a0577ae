//! The box beside the pointer that says what is there.

use std::cell::Cell;

use leptos::prelude::window;
use web_sys::Element;

use super::dom::Piece;
use crate::format;

/// Rows that it shows before it says how many more there are.
pub(super) const MOST: usize = 12;
/// How wide it can get, as the style sheet says, and how far it stands from the pointer.
const WIDEST: f64 = 340.0;
const AWAY: f64 = 14.0;

/// A row: colour, name, value.
pub(super) struct TipRow {
    pub(super) colour: Option<usize>,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) is_nearest: bool,
}

struct Slot {
    row: Piece,
    swatch: Piece,
    name: Piece,
    value: Piece,
}

/// The box.
pub(super) struct Tip {
    root: Piece,
    head: Piece,
    slots: Vec<Slot>,
    foot: Piece,
    is_shown: Cell<bool>,
    /// How tall it is, about.
    height: Cell<f64>,
    /// How large the window was when it was shown. Asking at every move would cost a layout each.
    window: Cell<(f64, f64)>,
}

impl Tip {
    pub(super) fn of(parent: &Element) -> Option<Self> {
        let root = Piece::of(parent, "div", "tip")?;
        // In the layer above all others: no panel cuts it off.
        root.set("popover", "manual");
        root.set("aria-hidden", "true");
        let head = Piece::of(&root.element, "p", "at")?;
        let slot = |_| {
            let row = Piece::of(&root.element, "p", "row")?;
            Some(Slot {
                swatch: Piece::of(&row.element, "i", "")?,
                name: Piece::of(&row.element, "bdi", "")?,
                value: Piece::of(&row.element, "b", "")?,
                row,
            })
        };
        let slots: Option<Vec<Slot>> = (0..MOST).map(slot).collect();
        Some(Self {
            head,
            slots: slots?,
            foot: Piece::of(&root.element, "p", "more")?,
            root,
            is_shown: Cell::new(false),
            height: Cell::default(),
            window: Cell::default(),
        })
    }

    /// Shows it beside a place in the window.
    pub(super) fn show(&self, head: &str, rows: &[TipRow], more: usize, (x, y): (f64, f64)) {
        if !self.is_shown.get() {
            self.window.set(window_size());
        }
        self.head.write(head);
        for (n, slot) in self.slots.iter().enumerate() {
            let row = rows.get(n);
            slot.row.show(row.is_some());
            let Some(row) = row else { continue };
            slot.swatch.show(row.colour.is_some());
            if let Some(colour) = row.colour {
                slot.row.set("data-colour", &colour.to_string());
            }
            slot.row.set("data-near", &row.is_nearest.to_string());
            slot.name.write(&row.name);
            slot.value.write(&row.value);
        }
        self.foot.show(more > 0);
        if more > 0 {
            self.foot.write(&format!("{more} more"));
        }
        let lines = 1 + rows.len() + usize::from(more > 0);
        self.height.set(lines as f64 * 18.0 + 18.0);
        self.follow((x, y));
        if !self.is_shown.replace(true) {
            // A browser without popovers shows it in its place.
            let _ = self.root.element.show_popover();
        }
    }

    /// Beside the pointer where there is room, and never out of the window. Its size is not asked for:
    /// that would cost a layout for every move.
    pub(super) fn follow(&self, (x, y): (f64, f64)) {
        let (width, tall) = self.window.get();
        let height = self.height.get();
        let top = (y - height / 2.0).min(tall - height - 4.0).max(4.0);
        let (left, own) = if x + AWAY + WIDEST <= width {
            (x + AWAY, 0)
        } else if x - AWAY - WIDEST >= 0.0 {
            (x - AWAY, -100)
        } else if x <= width / 2.0 {
            // A phone: on the side that has more room, at the edge.
            (width - 4.0, -100)
        } else {
            (4.0, 0)
        };
        let (left, top) = (format::fixed(left, 0), format::fixed(top, 0));
        self.root.transform(match own {
            0 => format!("translate({left}px,{top}px)"),
            own => format!("translate({left}px,{top}px) translateX({own}%)"),
        });
    }

    pub(super) fn is_shown(&self) -> bool {
        self.is_shown.get()
    }

    pub(super) fn hide(&self) {
        if self.is_shown.replace(false) {
            // It fails where it is gone already.
            let _ = self.root.element.hide_popover();
        }
    }
}

/// How large the window is, in CSS pixels.
fn window_size() -> (f64, f64) {
    let length = |size: Result<wasm_bindgen::JsValue, _>| {
        size.ok().and_then(|size| size.as_f64()).unwrap_or(800.0)
    };
    let window = window();
    (length(window.inner_width()), length(window.inner_height()))
}
