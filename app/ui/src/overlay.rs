//! What lies over the page for a while: dialogs whose code is fetched when they are opened first.
//!
//! They are put below the body by hand: no page has to keep a place for them, and nothing of them is in
//! the first HTML.

use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;

/// Ends what lies over the page.
pub(crate) type Close = Arc<dyn Fn() + Send + Sync>;

/// Views whose code may have to be fetched.
pub(crate) type Coming = Pin<Box<dyn Future<Output = AnyView>>>;

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

    /// Lays something over the page until it calls what it is given.
    #[cfg(feature = "hydrate")]
    pub(crate) fn lay(&self, content: impl FnOnce(Close) -> Coming + 'static) {
        use leptos::reactive::computed::ScopedFuture;
        use leptos::tachys::view::{Mountable, Render};

        let styled = crate::more_style();
        let owner = self.owner.child();
        let (close, closed) = futures::channel::oneshot::channel::<()>();
        let close = StoredValue::new(Some(close));
        let close: Close = Arc::new(move || {
            // Whoever closes twice has closed.
            let _ = close.try_update_value(|close| close.take().map(|close| close.send(())));
        });
        let content = owner.with(|| ScopedFuture::new_untracked(content(close)));
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

    /// Lays something over the page until it calls what it is given.
    #[cfg(not(feature = "hydrate"))]
    pub(crate) fn lay(&self, _: impl FnOnce(Close) -> Coming + 'static) {}
}
