//! What stands where something is still loading: as large as what will come, so that nothing jumps.

use leptos::prelude::*;

use crate::all;

/// As large as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Lines of text.
    Lines(u8),
    /// A chart with its legend.
    Chart,
    /// Rows of a table below their head.
    Rows(u8),
    /// Tiles side by side.
    Tiles(u8),
}

/// A picture of nothing yet.
#[component]
pub fn Skeleton(
    /// As large as what.
    shape: Shape,
) -> impl IntoView {
    let (name, count) = match shape {
        Shape::Lines(count) => ("lines", count),
        Shape::Chart => ("chart", 1),
        Shape::Rows(count) => ("rows", count),
        Shape::Tiles(count) => ("tiles", count),
    };
    let parts = all((0..count).map(|_| view! { <i></i> }));
    view! {
        <div class="skeleton" data-shape=name aria-busy="true">
            <span class="hidden-label">"Loading …"</span>
            {parts}
        </div>
    }
}
