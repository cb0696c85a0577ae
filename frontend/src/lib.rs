//! Starts the user interface in the browser: takes over the HTML that the server rendered.

use leptos::prelude::*;
use leptos::web_sys::{Element, Event, Performance};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Called by the page's script once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leave_links_to_the_browser();
    // In a turn of its own: the module was instantiated in this one.
    set_timeout(take_over, std::time::Duration::ZERO);
}

/// Until the whole page has been taken over, a link is followed by the browser: another page must not be put in the
/// place of one that is still being taken over.
fn leave_links_to_the_browser() {
    let clicked = |event: Event| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let link = target.and_then(|it| it.closest("a").ok().flatten());
        if link.is_some() && !is_taken_over() {
            event.stop_immediate_propagation();
        }
    };
    let clicked = Closure::<dyn FnMut(Event)>::new(clicked).into_js_value();
    // Before anybody else hears of it. It fails for no kind of event that there is.
    let _ =
        window().add_event_listener_with_callback_and_bool("click", clicked.unchecked_ref(), true);
}

/// Whether the page has said so. A browser that keeps no marks is not waited for.
fn is_taken_over() -> bool {
    let said = |clock: Performance| clock.get_entries_by_name("app:hydrated").length() > 0;
    window().performance().is_none_or(said)
}

fn take_over() {
    // Pages of a split build fetch their code first.
    #[cfg(feature = "split")]
    leptos::mount::hydrate_lazy(app::App);
    #[cfg(not(feature = "split"))]
    leptos::mount::hydrate_body(app::App);
}
