//! Parts of a page that wait for what is loaded: one piece of code for all of them, because it is
//! large and every browser loads it.

use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use ui::{LiveState, Trouble};
use wire::{Problem, Read};

use crate::answer::{Loaded, Text, read};
use crate::api::First;

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
    waiting(Room::Small, None, Arc::new(move |live, _| Ok(part(live))))
}

/// What needs the live state and something loaded besides.
pub(crate) fn seeded_with<T: Read>(
    room: Room,
    loaded: Loaded<T>,
    part: impl Fn(LiveState, T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let part = move |live, text: &str| Ok(part(live, read(text)?));
    waiting(room, Some(loaded.text()), Arc::new(part))
}

/// What needs the live state and the text of something loaded, which it reads itself.
pub(crate) fn seeded_text(
    room: Room,
    text: Text,
    part: impl Fn(LiveState, &str) -> Result<AnyView, Problem> + Send + Sync + 'static,
) -> AnyView {
    waiting(room, Some(text), Arc::new(part))
}

type Part = Arc<dyn Fn(LiveState, &str) -> Result<AnyView, Problem> + Send + Sync>;
type Content = Pin<Box<dyn Future<Output = AnyView> + Send>>;

fn waiting(room: Room, loaded: Option<Text>, part: Part) -> AnyView {
    let live = expect_context::<LiveState>();
    let first = expect_context::<First>();
    let content = move || -> Content {
        let part = part.clone();
        Box::pin(async move {
            let text = async {
                first.seed(live).await?;
                match loaded {
                    Some(loaded) => loaded.get().await,
                    None => Ok(String::new()),
                }
            };
            match text.await.and_then(|text| part(live, &text)) {
                Ok(content) => content,
                Err(problem) => view! { <Trouble message=problem.message /> }.into_any(),
            }
        })
    };
    // In the browser a part is made anew when what it waited for is loaded again. On the server it is
    // made once: of two makings in one rendering the first would lose its values while it is read.
    #[cfg(feature = "ssr")]
    let content = Suspend::new(content());
    #[cfg(not(feature = "ssr"))]
    let content = move || Suspend::new(content());
    // What is there stays in sight until what takes its place has come.
    view! { <Transition fallback=move || loading(room)>{content}</Transition> }.into_any()
}

fn loading(room: Room) -> AnyView {
    let class = match room {
        Room::Small => "skeleton",
        Room::Tall => "skeleton tall",
    };
    view! { <p class=class aria-busy="true">"Loading …"</p> }.into_any()
}
