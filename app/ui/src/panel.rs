//! The frame around every panel: title, summary, exports, and the states that are not the picture.

use leptos::prelude::*;

/// The frame. It shows what it is given; loading, empty and broken states come from its content.
#[component]
pub fn PanelFrame(
    /// Fragment in addresses, and the name of the landmark.
    id: &'static str,
    /// A noun or a statement.
    title: String,
    /// Address of the table behind it, without `csv` or `json`: `…/{format}?table=…`.
    #[prop(optional_no_strip)]
    export: Option<String>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let links = export.map(|query| {
        let link = |format: &str| format!("/observability/export/{format}?{query}");
        view! {
            <span class="exports">
                <a href=link("csv") download rel="external" aria-label=format!("{title} as CSV")>"CSV"</a>
                <a href=link("json") download rel="external" aria-label=format!("{title} as JSON")>"JSON"</a>
            </span>
        }
        .into_any()
    });
    view! {
        <section class="panel" id=id aria-labelledby=heading.clone()>
            <header>
                <h2 id=heading.clone()>{title.clone()}</h2>
                {links}
            </header>
            <div class="body">{children()}</div>
        </section>
    }
}

/// What stands in a panel that has nothing to show: what would fill it, and how.
#[component]
pub fn Empty(
    /// In one or two sentences.
    children: Children,
) -> impl IntoView {
    view! { <p class="empty">{children()}</p> }
}

/// What stands in a panel whose content failed.
#[component]
pub fn Trouble(
    /// What failed and what to do.
    message: String,
) -> impl IntoView {
    view! {
        <p class="trouble" role="alert">
            {message}
            " "
            <a href="" rel="external">"Try again"</a>
        </p>
    }
}
