//! What is known of a thing, as names and values below each other.

use leptos::prelude::*;
use ui::all;

/// The list, in the room that it has on a page.
pub(crate) fn facts<N: Into<String>>(facts: impl IntoIterator<Item = (N, String)>) -> AnyView {
    view! { <div class="launch-details">{fact_list(facts)}</div> }.into_any()
}

/// The list alone.
pub(crate) fn fact_list<N: Into<String>>(facts: impl IntoIterator<Item = (N, String)>) -> AnyView {
    let rows = facts.into_iter().map(|(name, value)| {
        let name: String = name.into();
        view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
    });
    view! { <dl class="facts">{all(rows)}</dl> }.into_any()
}
