//! What choosing something does: an entry of a menu or of the palette, a key.

use std::sync::Arc;

/// What happens.
#[derive(Clone)]
pub enum Act {
    /// Another page, or another place on this one.
    Go(String),
    /// A file, or a page that is not the product's own.
    Fetch(String),
    /// Something is done.
    Run(Arc<dyn Fn() + Send + Sync>),
}

impl Act {
    /// Does this.
    pub fn run(run: impl Fn() + Send + Sync + 'static) -> Self {
        Self::Run(Arc::new(run))
    }

    /// The address behind it, if there is one.
    pub fn href(&self) -> Option<&str> {
        match self {
            Self::Go(href) | Self::Fetch(href) => Some(href),
            Self::Run(_) => None,
        }
    }

    /// Does it, as a click on it would.
    pub fn perform(&self) {
        match self {
            Self::Go(href) | Self::Fetch(href) => go(href),
            Self::Run(run) => run(),
        }
    }
}

/// Goes to an address. A link is clicked, so that whoever looks after links (the router) does it.
#[cfg(feature = "hydrate")]
fn go(href: &str) {
    use leptos::prelude::document;
    use wasm_bindgen::JsCast;

    let Ok(link) = document().create_element("a") else {
        return;
    };
    let body = document().body();
    let (Some(body), Some(link)) = (body, link.dyn_ref::<web_sys::HtmlElement>()) else {
        return;
    };
    // An element that was just made takes an attribute, a place and a click.
    let _ = link.set_attribute("href", href);
    let _ = body.append_child(link);
    link.click();
    link.remove();
}

#[cfg(not(feature = "hydrate"))]
fn go(_: &str) {}
