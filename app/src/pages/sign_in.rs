//! Who is it? A page of its own: plain HTML, without the application and without any script.

use leptos::prelude::*;

use crate::Head;

/// The page, whole.
///
/// `next` is the path to go to afterwards, `is_wrong` whether a password has just been refused.
pub fn sign_in_page(
    options: LeptosOptions,
    theme: Option<&'static str>,
    next: String,
    is_wrong: bool,
) -> String {
    let page = move || {
        let refusal = is_wrong.then(|| {
            view! { <p class="trouble" role="alert">"This password is not right."</p> }
        });
        view! {
            <!DOCTYPE html>
            <html lang="en" data-theme=theme>
                <head>
                    <Head options=options />
                    <title>"Sign in · MCP Observatory"</title>
                </head>
                <body>
                    <main class="alone">
                        <h1>"Sign in to MCP Observatory"</h1>
                        {refusal}
                        <form method="post" action="/sign-in">
                            <input type="hidden" name="next" value=next />
                            <label for="password">"Password"</label>
                            <input id="password" type="password" name="password" autocomplete="current-password" required autofocus />
                            <button class="primary" type="submit">"Sign in"</button>
                        </form>
                    </main>
                </body>
            </html>
        }
        .to_html()
    };
    Owner::new().with(page)
}
