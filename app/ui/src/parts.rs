//! Parts that come and go: one piece of code for all of them.
//!
//! Leptos's `Show` and `For` are compiled anew for every use, some kilobytes each, and every browser
//! loads them. These take the same closures, boxed. For the same reason a closure in a `view!` is
//! written in place (`{move || …}`), where the macro boxes it, and gives text or an [`AnyView`].

use std::sync::Arc;

use leptos::prelude::*;

type Holds = Box<dyn Fn() -> bool + Send + Sync>;
type Part = Box<dyn Fn() -> AnyView + Send + Sync>;

/// A part that is there while a condition holds.
pub fn when<V: IntoView + 'static>(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    part: impl Fn() -> V + Send + Sync + 'static,
) -> AnyView {
    when_else(holds, part, || ())
}

/// One part while a condition holds, and another while it does not.
pub fn when_else<V: IntoView + 'static, W: IntoView + 'static>(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    part: impl Fn() -> V + Send + Sync + 'static,
    otherwise: impl Fn() -> W + Send + Sync + 'static,
) -> AnyView {
    choice(
        Box::new(holds),
        Box::new(move || part().into_any()),
        Box::new(move || otherwise().into_any()),
    )
}

fn choice(holds: Holds, part: Part, otherwise: Part) -> AnyView {
    // The part is made anew only when the condition has changed.
    let holds = Memo::new(move |_| holds());
    view! { {move || if holds.get() { part() } else { otherwise() }} }.into_any()
}

/// A row, to be made when its key is new.
struct Row {
    key: String,
    make: Box<dyn FnOnce() -> AnyView + Send>,
}

/// A row for each item; it is kept, with its state, while an item of its key is there.
pub fn each<T: Send + 'static, V: IntoView + 'static>(
    items: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: impl Fn(&T) -> String + Send + Sync + 'static,
    row: impl Fn(T) -> V + Send + Sync + 'static,
) -> AnyView {
    let row = Arc::new(row);
    let rows = move || {
        let rows = items().into_iter().map(|item| {
            let row = Arc::clone(&row);
            Row {
                key: key(&item),
                make: Box::new(move || row(item).into_any()),
            }
        });
        rows.collect()
    };
    keyed(Arc::new(rows))
}

fn keyed(rows: Arc<dyn Fn() -> Vec<Row> + Send + Sync>) -> AnyView {
    view! { <For each=move || rows() key=|row| row.key.clone() children=|row| (row.make)() /> }
        .into_any()
}

/// Parts side by side that stay as they are.
pub fn all<V: IntoView + 'static>(parts: impl Iterator<Item = V>) -> AnyView {
    let parts: Vec<AnyView> = parts.map(IntoAny::into_any).collect();
    parts.into_any()
}

/// A value that changes: a closure, boxed. (A Leptos `Signal` brings the code of all its sources.)
#[derive(Clone)]
pub struct Changing<T>(Arc<dyn Fn() -> T + Send + Sync>);

impl<T> Changing<T> {
    /// The value, tracked.
    pub fn get(&self) -> T {
        (self.0)()
    }
}

impl<T, F: Fn() -> T + Send + Sync + 'static> From<F> for Changing<T> {
    fn from(value: F) -> Self {
        Self(Arc::new(value))
    }
}

/// Runs now, in the browser, and again whenever something that it reads has changed.
pub fn effect(run: impl Fn() + 'static) {
    boxed_effect(Box::new(run));
}

fn boxed_effect(run: Box<dyn Fn()>) {
    Effect::new(move |_| run());
}
