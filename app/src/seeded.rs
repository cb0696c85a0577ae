//! Parts of a page that wait for what is loaded: one piece of code for all of them, because it is
//! large and every browser loads it.

use std::sync::Arc;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::tachys::reactive_graph::OwnedView;
#[cfg(not(feature = "ssr"))]
use ui::in_turn;
use ui::{LiveState, Trouble};
use wire::{Problem, Read};

use crate::answer::read;
use crate::api::First;
use crate::loaded::{Loaded, Outcome, Text};

/// How much room is kept for what is still loading, so that nothing jumps.
#[derive(Clone, Copy)]
pub(crate) enum Room {
    /// A line or two.
    Small,
    /// A chart or a list.
    Tall,
}

/// What needs the live state, shown once the first picture is there.
pub(crate) fn seeded(part: impl Fn(LiveState) -> AnyView + Send + Sync + 'static) -> AnyView {
    let part = move |live, first: Outcome| first.map_or_else(trouble, |_| part(live));
    waiting(Room::Small, None, Arc::new(part))
}

/// The same for what takes a while to make: on a page that is gone to, the click is answered first.
pub(crate) fn seeded_soon(part: impl Fn(LiveState) -> AnyView + Send + Sync + 'static) -> AnyView {
    #[cfg(not(feature = "ssr"))]
    let part = {
        let is_due = after_this_frame();
        move |live| match is_due.get() {
            true => part(live),
            false => loading(Room::Tall),
        }
    };
    seeded(part)
}

/// True at once on the first page, which finds what was rendered; on others when the next frame has been
/// shown.
#[cfg(not(feature = "ssr"))]
fn after_this_frame() -> RwSignal<bool> {
    let is_due = RwSignal::new(!expect_context::<LiveState>().is_taken_over());
    if !is_due.get_untracked() {
        // The page may have been left by then.
        let show = move || {
            let _ = is_due.try_set(true);
        };
        request_animation_frame(move || set_timeout(show, std::time::Duration::ZERO));
    }
    is_due
}

/// What needs the live state and something loaded besides.
pub(crate) fn seeded_with<T: Read>(
    room: Room,
    loaded: Loaded<T>,
    part: impl Fn(LiveState, T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    seeded_text(room, loaded.text(), move |live, text| {
        Ok(part(live, read(text)?))
    })
}

/// The same for all of a page: why it is not there stands under a heading as well, because every page has one.
pub(crate) fn seeded_page<T: Read>(
    heading: &'static str,
    loaded: Loaded<T>,
    part: impl Fn(LiveState, T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    seeded_outcome(
        Room::Tall,
        loaded.text(),
        move |live, outcome| match outcome.and_then(|text| read(&text)) {
            Ok(loaded) => part(live, loaded),
            Err(problem) => view! { <h1>{heading}</h1> {trouble(problem)} }.into_any(),
        },
    )
}

/// What needs the live state and the text of something loaded, which it reads itself.
pub(crate) fn seeded_text(
    room: Room,
    text: Text,
    part: impl Fn(LiveState, &str) -> Result<AnyView, Problem> + Send + Sync + 'static,
) -> AnyView {
    seeded_outcome(room, text, move |live, outcome| {
        let shown = outcome.and_then(|text| part(live, &text));
        shown.unwrap_or_else(trouble)
    })
}

/// What needs the live state and something loaded, and says itself why that has not come.
pub(crate) fn seeded_outcome(
    room: Room,
    text: Text,
    part: impl Fn(LiveState, Outcome) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    waiting(room, Some(text), Arc::new(part))
}

type Part = Arc<dyn Fn(LiveState, Outcome) -> AnyView + Send + Sync>;

/// The server waits: its pages are whole.
#[cfg(feature = "ssr")]
fn waiting(_: Room, loaded: Option<Text>, part: Part) -> AnyView {
    let live = expect_context::<LiveState>();
    let first = expect_context::<First>();
    let content = async move {
        let outcome = match (first.seed(live).await, loaded) {
            (Err(problem), _) => Err(problem),
            (Ok(()), None) => Ok(String::new()),
            (Ok(()), Some(loaded)) => loaded.wait().await,
        };
        // What is rendered later belongs to the scope that it was begun in.
        OwnedView::new(part(live, outcome))
    };
    Suspend::new(content).into_any()
}

/// The browser shows that something is loading. A part is made anew when what it waited for is loaded
/// again; what is there stays in sight until then.
#[cfg(not(feature = "ssr"))]
fn waiting(room: Room, loaded: Option<Text>, part: Part) -> AnyView {
    let live = expect_context::<LiveState>();
    let first = expect_context::<First>();
    let outcome = move || match (first.seed(live)?, loaded) {
        (Err(problem), _) => Some(Err(problem)),
        (Ok(()), None) => Some(Ok(String::new())),
        (Ok(()), Some(loaded)) => loaded.get(),
    };
    let content = move || match outcome() {
        Some(outcome) => part(live, outcome),
        None => loading(room),
    };
    in_turn(move || view! { {move || content()} }.into_any())
}

/// Why there is nothing to show, and a way to try again.
pub(crate) fn trouble(problem: Problem) -> AnyView {
    view! { <Trouble message=problem.message /> }.into_any()
}

#[cfg(not(feature = "ssr"))]
fn loading(room: Room) -> AnyView {
    let class = match room {
        Room::Small => "skeleton",
        Room::Tall => "skeleton tall",
    };
    view! { <p class=class aria-busy="true">"Loading …"</p> }.into_any()
}
