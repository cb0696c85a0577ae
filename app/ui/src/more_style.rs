//! Styles that the first page does not need are fetched by what needs them.

/// The id of the link in a page's head that leads to them.
pub const MORE_STYLE_ID: &str = "more";

/// Fetches them, unless the page has them. Code that is fetched on its own asks before it is fetched, so that both are on
/// their way at once.
pub fn more_style() {
    #[cfg(not(feature = "ssr"))]
    if let Some(link) = leptos::prelude::document().get_element_by_id(MORE_STYLE_ID)
        && !link.has_attribute("rel")
    {
        // It cannot fail: the name is one of HTML's.
        let _ = link.set_attribute("rel", "stylesheet");
    }
}
