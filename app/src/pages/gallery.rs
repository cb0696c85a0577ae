//! What is this product made of? Every piece in every state, with fixed figures, in the theme that the
//! page has.

mod data;
mod forms;
mod palette_of;
mod pictures;
mod states;
mod tables;

use leptos::prelude::*;
use ui::all;

use crate::title::name_page;

/// A part of the gallery: its id, its title, and what it shows.
type Section = (&'static str, &'static str, fn() -> AnyView);

/// In the order of the page. Charts are shown by their own module where it exists.
const SECTIONS: &[Section] = &[
    ("tokens", "Colours and type", palette_of::tokens),
    ("words", "Badges, chips, buttons, icons", palette_of::words),
    ("tiles", "Tiles", pictures::tiles),
    ("panels", "Panels and their states", states::panels),
    ("skeletons", "Skeletons", states::skeletons),
    (
        "gauges",
        "Gauges, budgets, bars, sparklines",
        pictures::measures,
    ),
    ("strips", "States over time", pictures::strips),
    ("waterfall", "A trace", pictures::waterfall),
    ("gantt", "Start-ups", pictures::gantt),
    ("charts", "Charts", super::gallery_charts::charts),
    ("table", "Table with a choice", tables::alerts),
    ("long-table", "Ten thousand rows", tables::many),
    ("fields", "Fields", forms::fields),
    ("tabs", "Tabs and tips", forms::tabs),
    ("dialogs", "Dialogs, drawers, messages", forms::dialogs),
];

/// The gallery.
#[component]
pub(crate) fn Gallery() -> impl IntoView {
    name_page("Gallery");
    // Its time stands still, so that it looks the same every day.
    ui::provide_live().now_ms.set(data::NOW_MS);
    let links = all(SECTIONS.iter().map(|(id, title, _)| {
        view! { <li><a href=format!("#{id}") rel="external">{*title}</a></li> }
    }));
    let sections = all(SECTIONS.iter().map(|(id, title, show)| {
        let heading = format!("{id}-heading");
        view! {
            <section class="specimen" id=*id aria-labelledby=heading.clone()>
                <h2 id=heading.clone()>{*title}</h2>
                {show()}
            </section>
        }
    }));
    view! {
        <h1>"Every piece in every state"</h1>
        <p class="lead">"Figures are fixed. The theme is switched at the top of the page."</p>
        <nav aria-label="Sections">
            <ul class="specimens">{links}</ul>
        </nav>
        {sections}
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::collections::BTreeSet;

    use leptos::prelude::*;

    /// The whole gallery as the server renders it. `GALLERY=file` keeps it, to be looked at.
    fn rendered() -> String {
        let html = Owner::new().with(|| {
            ui::provide_toasts();
            ui::provide_theme();
            let live = ui::provide_live();
            live.now_ms.set(super::data::NOW_MS);
            ui::provide_keys(Vec::new());
            ui::provide_palette(Vec::new);
            ui::provide_questions();
            super::SECTIONS
                .iter()
                .map(|(id, title, show)| {
                    let part = show().to_html();
                    format!(
                        "<section class=\"specimen\" id=\"{id}\"><h2>{title}</h2>{part}</section>\n"
                    )
                })
                .collect()
        });
        if let Some(file) = std::env::var_os("GALLERY") {
            std::fs::write(file, &html).expect("the file can be written");
        }
        html
    }

    #[test]
    fn the_server_renders_every_piece() {
        let html = rendered();
        assert!(
            !html.contains(" style="),
            "the policy allows no inline style"
        );
        assert!(
            !html.contains("NaN"),
            "a number that is none is a dash or a gap"
        );
        let ids = html
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let mut known = BTreeSet::new();
        for id in ids {
            assert!(known.insert(id), "the id {id} stands twice");
        }
        for attribute in ["aria-labelledby", "aria-controls", "popovertarget", "for"] {
            let attribute_is = format!(" {attribute}=\"");
            let named = html.split(&attribute_is).skip(1);
            for id in named.filter_map(|rest| rest.split('"').next()) {
                // Of tabs that are not shown there is no panel.
                assert!(
                    known.contains(id) || attribute == "aria-controls",
                    "{attribute} names {id}"
                );
            }
        }
        for picture in html.split("<svg").skip(1) {
            let tag = picture.split('>').next().unwrap();
            let is_said = tag.contains("aria-label=") || tag.contains("aria-hidden=");
            assert!(is_said || tag.contains("width=\"1\""), "{tag} says nothing");
        }
        // Of ten thousand rows the first fifty.
        let long = html.split("id=\"long-table\"").nth(1).unwrap();
        let rows = long
            .split("<section")
            .next()
            .unwrap()
            .matches("role=\"row\"")
            .count();
        assert_eq!(rows, 51, "with the head");
    }
}
