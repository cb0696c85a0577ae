//! An address that leads nowhere.

use leptos::prelude::*;
use ui::PageTime;

use crate::title::name_page;

/// Says so, with the status 404.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    name_page("Not found");
    let time = expect_context::<PageTime>();
    view! {
        <section class="alone">
            <h1>"There is no such page"</h1>
            <p>
                "Go to the "
                <a href=move || time.href("/")>"overview"</a>
                "."
            </p>
        </section>
    }
}
