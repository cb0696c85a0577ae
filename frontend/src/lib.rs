//! Starts the user interface in the browser: takes over the HTML that the server rendered.

/// Called by the page's script once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // In a turn of its own: the module was instantiated in this one.
    leptos::prelude::set_timeout(take_over, std::time::Duration::ZERO);
}

fn take_over() {
    // Pages of a split build fetch their code first.
    #[cfg(feature = "split")]
    leptos::mount::hydrate_lazy(app::App);
    #[cfg(not(feature = "split"))]
    leptos::mount::hydrate_body(app::App);
}
