//! The frame around every panel: title, summary, menu, and the states that are not the picture.

use std::sync::Arc;

use leptos::prelude::*;

use crate::copy::{copy, copy_link};
use crate::{Act, Ago, Changing, Glyph, Icon, Menu, MenuItem};

/// What can be done with a panel besides looking at it. Its link and the full screen are always there.
#[derive(Clone, Default)]
pub struct PanelMenu {
    /// The table behind it, as the query of an export's address: `table=latency&server=…`.
    pub exports: Option<Changing<String>>,
    /// The query behind it, in PromQL.
    pub query: Option<Changing<String>>,
    /// The address where it can be looked at closer.
    pub explore: Option<Changing<String>>,
    /// Whether its content is shown as a table.
    pub as_table: Option<RwSignal<bool>>,
    /// Gives its picture as a file.
    pub png: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl PanelMenu {
    /// The entries, in the order in which they stand.
    fn items(self, id: &str) -> Vec<MenuItem> {
        let mut items = Vec::new();
        if let Some(href) = self.explore {
            items.push(MenuItem::link(Glyph::Explore, "Open in Explore", href));
        }
        if let Some(query) = self.exports {
            let file = |format: &'static str| {
                let query = query.clone();
                let href = move || format!("/observability/export/{format}?{}", query.get());
                Changing::from(href)
            };
            items.push(MenuItem::file(Glyph::Download, "Export CSV", file("csv")));
            items.push(MenuItem::file(Glyph::Download, "Export JSON", file("json")));
        }
        let mut put = |glyph, text: &str, act| items.push(MenuItem::new(glyph, text, act));
        if let Some(png) = self.png {
            put(Glyph::Image, "Save as PNG", Act::Run(png));
        }
        if let Some(query) = self.query {
            let act = Act::run(move || copy(&query.get(), "Query"));
            put(Glyph::Copy, "Copy query", act);
        }
        let fragment = id.to_owned();
        put(
            Glyph::Link,
            "Copy link",
            Act::run(move || copy_link(&fragment)),
        );
        let panel = id.to_owned();
        put(
            Glyph::Expand,
            "Full screen",
            Act::run(move || fill_screen(&panel)),
        );
        if let Some(on) = self.as_table {
            let text = move || match on.get() {
                true => "View as chart".to_owned(),
                false => "View as table".to_owned(),
            };
            let act = Act::run(move || on.update(|on| *on = !*on));
            items.insert(0, MenuItem::changing(Glyph::Table, text, act));
        }
        items
    }
}

/// The frame. It shows what it is given; loading, empty and broken states come from its content.
#[component]
pub fn PanelFrame(
    /// Fragment in addresses, and the name of the landmark.
    #[prop(into)]
    id: String,
    /// A noun or a statement.
    #[prop(into)]
    title: String,
    /// One line that says what the picture says.
    #[prop(optional_no_strip)]
    summary: Option<AnyView>,
    /// What can be done with it.
    #[prop(optional)]
    menu: PanelMenu,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let items = menu.items(&id);
    let summary = summary.map(|summary| view! { <p class="summary">{summary}</p> });
    view! {
        <section class="panel" id=id.clone() aria-labelledby=heading.clone()>
            <header>
                <h2 id=heading.clone()>{title.clone()}</h2>
                {summary}
                <Menu id=format!("{id}-menu") label=format!("Menu of {title}") items=items />
            </header>
            <div class="body">{children()}</div>
        </section>
    }
}

#[cfg(feature = "hydrate")]
fn fill_screen(id: &str) {
    // The browser may refuse, and then the panel stays as it is.
    let _ = document()
        .get_element_by_id(id)
        .map(|panel| panel.request_fullscreen());
}

#[cfg(not(feature = "hydrate"))]
fn fill_screen(_: &str) {}

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
    /// Asks again; where missing, the page is loaded again.
    #[prop(optional_no_strip)]
    retry: Option<Arc<dyn Fn() + Send + Sync>>,
) -> impl IntoView {
    let again = match retry {
        Some(retry) => view! { <button on:click=move |_| retry()>"Try again"</button> }.into_any(),
        None => view! { <a href="" rel="external">"Try again"</a> }.into_any(),
    };
    view! {
        <p class="trouble" role="alert">
            <Icon glyph=Glyph::Cross />
            <span>{message}</span>
            " "
            {again}
        </p>
    }
}

/// Above a picture that is older than it should be.
#[component]
pub fn Stale(
    /// When it was last true.
    since_ms: i64,
    /// Why nothing newer has come, as a sentence.
    #[prop(into, optional)]
    why: String,
) -> impl IntoView {
    view! {
        <p class="note" data-level="degraded">
            <Icon glyph=Glyph::Clock />
            <span>"Stale: as of " <Ago at_ms=since_ms /> ". " {why}</span>
        </p>
    }
}

/// Above a picture that does not show everything.
#[component]
pub fn Partial(
    /// Which part is missing and why, as a sentence.
    #[prop(into)]
    missing: String,
) -> impl IntoView {
    view! {
        <p class="note" data-level="degraded">
            <Icon glyph=Glyph::Warning />
            <span>"Partial: " {missing}</span>
        </p>
    }
}
