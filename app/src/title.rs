//! The title of a page: in the head of the first HTML, and in the browser's tab from then on.

/// Names the page that is being shown. Called by each page when it is made.
pub(crate) fn name_page(name: &str) {
    let title = format!("{name} · MCP Observatory");
    // The component hands its text to what writes the head; as a view it is nothing.
    #[cfg(feature = "ssr")]
    let _ = leptos_meta::Title(leptos_meta::TitleProps::builder().text(title).build());
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&title);
}
