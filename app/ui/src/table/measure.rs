//! How large room and rows are in this browser, kept up to date.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};

use super::model::Model;
use super::window::Measures;

/// Measures now and whenever the room has another size.
pub(super) fn keep_measured(model: Model) {
    let Some(room) = model.room.get() else {
        return;
    };
    let element: Element = room.unchecked_ref::<Element>().clone();
    // A room that was made anew begins at its top.
    model.scrolled.set(f64::from(element.scroll_top()));
    let measured = element.clone();
    let measure = Closure::<dyn Fn()>::new(move || {
        let now = measures(&measured);
        if now.is_some() && model.measures.try_get_untracked() != Some(now) {
            model.measures.set(now);
        }
    });
    if let Ok(observer) = ResizeObserver::new(measure.as_ref().unchecked_ref()) {
        // It calls once at the beginning.
        observer.observe(&element);
        let kept = StoredValue::new_local((observer, measure));
        on_cleanup(move || {
            kept.try_with_value(|(observer, _)| observer.disconnect());
        });
    }
}

fn measures(room: &Element) -> Option<Measures> {
    let height = |selector: &str| -> Option<f64> {
        let element = room.query_selector(selector).ok()??;
        Some(element.get_bounding_client_rect().height())
    };
    // Behind the head there is no room for rows.
    let head = height("thead").unwrap_or(0.0);
    Some(Measures {
        row: height("tbody[role] > tr")?,
        room: f64::from(room.client_height()) - head,
    })
}
