//! Styles that the first page does not need are fetched by what needs them.

/// The id of the link in a page's head that leads to them.
pub const MORE_STYLE_ID: &str = "more";

/// Fetches them, unless the page has them, and ends when they are there. Code that is fetched on its own asks before it is
/// fetched, so that both are on their way at once, and waits before it shows anything. After two seconds what is
/// there is shown without them.
#[allow(
    clippy::manual_async_fn,
    reason = "they are asked for at once, not when somebody waits"
)]
pub fn more_style() -> impl Future<Output = ()> {
    #[cfg(not(feature = "ssr"))]
    let link = leptos::prelude::document().get_element_by_id(MORE_STYLE_ID);
    #[cfg(not(feature = "ssr"))]
    if let Some(link) = &link
        && !link.has_attribute("rel")
    {
        // It cannot fail: the name is one of HTML's.
        let _ = link.set_attribute("rel", "stylesheet");
    }
    async move {
        #[cfg(feature = "hydrate")]
        if let Some(link) = link {
            let is_there = || {
                let sheet = js_sys::Reflect::get(&link, &"sheet".into());
                sheet.is_ok_and(|sheet| !sheet.is_null())
            };
            for _ in 0..100 {
                if is_there() {
                    break;
                }
                gloo_timers::future::TimeoutFuture::new(20).await;
            }
        }
    }
}
