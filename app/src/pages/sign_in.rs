//! Who is it?

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use ui::when;

/// A plain form: it works without JavaScript.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next").unwrap_or_default());
    let is_wrong = move || query.with(|query| query.get("wrong").is_some());
    view! {
        <Title text="Sign in" />
        <main class="alone">
            <h1>"Sign in to MCP Observatory"</h1>
            {when(is_wrong, || view! { <p class="trouble" role="alert">"This password is not right."</p> })}
            <form method="post" action="/sign-in">
                <input type="hidden" name="next" value=move || next() />
                <label for="password">"Password"</label>
                <input id="password" type="password" name="password" autocomplete="current-password" required autofocus />
                <button class="primary" type="submit">"Sign in"</button>
            </form>
        </main>
    }
}
