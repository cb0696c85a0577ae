//! What lies over the page for a while: dialogs whose code is fetched when the first of them is opened, for all of them
//! together, because each piece of code that is fetched on its own is named in the first load.
//!
//! They are put below the body by hand: no page has to keep a place for them, and nothing of them is in
//! the first HTML.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{KeyBinding, PaletteEntry, Question, dialog, keys, palette};

/// Ends what lies over the page.
pub(crate) type Close = Arc<dyn Fn() + Send + Sync>;

/// What can lie over the page.
pub(crate) enum Overlay {
    /// The palette, which finds these.
    Palette(Vec<PaletteEntry>),
    /// All keys.
    Keys(Vec<KeyBinding>),
    /// A question before something dangerous.
    Question(Question),
}

#[cfg_attr(not(feature = "hydrate"), expect(dead_code))]
#[cfg_attr(feature = "split", leptos::prelude::lazy)]
async fn show(overlay: Overlay, close: Close) -> AnyView {
    match overlay {
        Overlay::Palette(entries) => palette::show(entries, close),
        Overlay::Keys(bindings) => keys::show(bindings, close),
        Overlay::Question(question) => dialog::show(question, close),
    }
}

/// Where overlays belong: to the part of the page that made them known.
#[derive(Clone)]
pub(crate) struct Overlays {
    #[cfg(feature = "hydrate")]
    owner: Owner,
}

impl Overlays {
    /// Overlays of the part of the page that is being made.
    pub(crate) fn here() -> Self {
        Self {
            #[cfg(feature = "hydrate")]
            owner: Owner::current().unwrap_or_default(),
        }
    }

    /// Lays something over the page until it closes itself; then it is open no more.
    #[cfg(feature = "hydrate")]
    pub(crate) fn lay(&self, overlay: Overlay, is_open: Option<StoredValue<bool>>) {
        use leptos::reactive::computed::ScopedFuture;
        use leptos::tachys::view::{Mountable, Render};

        let styled = crate::more_style();
        let owner = self.owner.child();
        let (close, closed) = futures::channel::oneshot::channel::<()>();
        let close = StoredValue::new(Some(close));
        let close: Close = Arc::new(move || {
            if let Some(is_open) = is_open {
                is_open.set_value(false);
            }
            // Whoever closes twice has closed.
            let _ = close.try_update_value(|close| close.take().map(|close| close.send(())));
        });
        let content = owner.with(|| ScopedFuture::new_untracked(show(overlay, close)));
        leptos::task::spawn_local(async move {
            let view = content.await;
            styled.await;
            let Some(body) = document().body() else {
                return;
            };
            let mut state = owner.with(|| view.build());
            state.mount(&body, None);
            // Also when whoever could close it is gone.
            let _ = closed.await;
            state.unmount();
            owner.cleanup();
        });
    }

    /// Lays something over the page until it closes itself; then it is open no more.
    #[cfg(not(feature = "hydrate"))]
    pub(crate) fn lay(&self, _: Overlay, _: Option<StoredValue<bool>>) {}
}
