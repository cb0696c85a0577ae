//! Parts of a page that are taken over in turns, so that the browser can answer in between.
//!
//! Taken over in one go, a page keeps a slow machine busy for a third of a second: what is clicked then
//! waits. Each of these parts is made and taken over in a task of its own.

use leptos::prelude::*;

/// A part in a turn of its own. On the server, and when a page is not the first, it is made at once.
pub fn in_turn(part: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    #[cfg(feature = "hydrate")]
    return browser::Turn(Box::new(part)).into_any();
    #[cfg(not(feature = "hydrate"))]
    part()
}

#[cfg(feature = "hydrate")]
mod browser {
    use gloo_timers::future::TimeoutFuture;
    use leptos::prelude::*;
    use leptos::tachys::html::attribute::Attribute;
    use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
    use leptos::tachys::hydration::Cursor;
    use leptos::tachys::view::any_view::AnyViewState;
    use leptos::tachys::view::{Position, PositionState};

    pub(super) struct Turn(pub(super) Box<dyn FnOnce() -> AnyView + Send>);

    impl Turn {
        fn part(self) -> AnyView {
            (self.0)()
        }
    }

    impl Render for Turn {
        type State = AnyViewState;

        fn build(self) -> Self::State {
            self.part().build()
        }

        fn rebuild(self, state: &mut Self::State) {
            self.part().rebuild(state);
        }
    }

    impl AddAnyAttr for Turn {
        type Output<A: Attribute> = <AnyView as AddAnyAttr>::Output<A>;

        fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
        where
            Self::Output<A>: RenderHtml,
        {
            self.part().add_any_attr(attribute)
        }
    }

    impl RenderHtml for Turn {
        type AsyncOutput = AnyView;
        type Owned = Self;

        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> AnyView {
            self.part()
        }

        fn to_html_with_buf(
            self,
            buf: &mut String,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            let part = self.part();
            part.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }

        fn hydrate<const FROM_SERVER: bool>(
            self,
            cursor: &Cursor,
            position: &PositionState,
        ) -> Self::State {
            self.part().hydrate::<FROM_SERVER>(cursor, position)
        }

        async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> Self::State {
            TimeoutFuture::new(0).await;
            self.part().hydrate_async(cursor, position).await
        }

        fn into_owned(self) -> Self {
            self
        }
    }
}
