//! A menu: a button, and what it opens above the page.
//!
//! The popover is the browser's: it opens without JavaScript, closes by itself when something else is
//! pressed, and gives the focus back. Arrow keys come from [`crate::provide_keys`].

use leptos::html::Tag;
use leptos::prelude::*;

use crate::{Act, Changing, Glyph, Icon, all};

/// Something that can be chosen.
pub struct MenuItem {
    glyph: Glyph,
    text: Changing<String>,
    does: Does,
}

enum Does {
    Act(Act),
    /// A link whose address changes; whether it is a file.
    Link(Changing<String>, bool),
}

impl MenuItem {
    /// Something that can be chosen, as it is called.
    pub fn new(glyph: Glyph, text: impl Into<String>, act: Act) -> Self {
        let text = text.into();
        Self::changing(glyph, move || text.clone(), act)
    }

    /// Something that is called differently by turns.
    pub fn changing(glyph: Glyph, text: impl Into<Changing<String>>, act: Act) -> Self {
        let text = text.into();
        let does = Does::Act(act);
        Self { glyph, text, does }
    }

    /// A link whose address changes with what the page shows.
    pub fn link(glyph: Glyph, text: &'static str, href: Changing<String>) -> Self {
        let text = Changing::from(move || text.to_owned());
        let does = Does::Link(href, false);
        Self { glyph, text, does }
    }

    /// A file whose address changes with what the page shows.
    pub fn file(glyph: Glyph, text: &'static str, href: Changing<String>) -> Self {
        let text = Changing::from(move || text.to_owned());
        let does = Does::Link(href, true);
        Self { glyph, text, does }
    }
}

/// A button with a sign and what it opens.
#[component]
pub fn Menu(
    /// Its id, once on the page.
    id: String,
    /// What the button is called: it shows a sign only.
    label: String,
    /// The sign.
    #[prop(default = Glyph::More)]
    glyph: Glyph,
    /// What can be chosen.
    items: Vec<MenuItem>,
) -> impl IntoView {
    let items = items
        .into_iter()
        .map(|item| view! { <li>{entry(item)}</li> });
    let list = NodeRef::<Tag>::new();
    // Whatever was chosen: a file and a page of this site leave the page where it is.
    let close = move |_| {
        #[cfg(feature = "hydrate")]
        if let Some(list) = list.get_untracked() {
            // It fails where the browser has closed it.
            let _ = list.hide_popover();
        }
    };
    view! {
        <span class="menu">
            <button class="quiet" popovertarget=id.clone() aria-label=label.clone() title=label>
                <Icon glyph=glyph />
            </button>
            <ul id=id popover="auto" data-rove="vertical" node_ref=list on:click=close>
                {all(items)}
            </ul>
        </span>
    }
}

fn entry(item: MenuItem) -> AnyView {
    let MenuItem { glyph, text, does } = item;
    let face = view! {
        <Icon glyph=glyph />
        <span>{move || text.get()}</span>
    };
    let act = match does {
        Does::Act(act) => act,
        Does::Link(href, false) => {
            return view! { <a href=move || href.get()>{face}</a> }.into_any();
        }
        Does::Link(href, true) => {
            return view! { <a href=move || href.get() download rel="external">{face}</a> }
                .into_any();
        }
    };
    match act {
        Act::Go(href) => view! { <a href=href>{face}</a> }.into_any(),
        Act::Fetch(href) => view! { <a href=href download rel="external">{face}</a> }.into_any(),
        Act::Run(run) => view! {
            <button data-needs-script on:click=move |_| run()>
                {face}
            </button>
        }
        .into_any(),
    }
}
