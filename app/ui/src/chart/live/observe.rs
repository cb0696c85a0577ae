//! What a chart has to notice: its size, whether it is on the screen, another theme or resolution.

use std::rc::Rc;

use js_sys::Array;
use leptos::prelude::{document, request_animation_frame, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, IntersectionObserver, IntersectionObserverEntry, ResizeObserver};

use super::dom::Listeners;
use super::stage::{Stage, Urgency};

type Call = Closure<dyn FnMut(JsValue)>;

/// Notices for as long as the chart is there.
pub(super) fn observe(stage: &Rc<Stage>) {
    let room = stage.figure.get_bounding_client_rect();
    let height = window().inner_height().ok().and_then(|h| h.as_f64());
    stage
        .is_seen
        .set(room.top() < height.unwrap_or(f64::INFINITY) && room.bottom() > 0.0);
    size(stage);
    sight(stage);
    let mut listeners = stage.listeners.borrow_mut();
    let seen = stage.clone();
    listeners.on(&document(), "visibilitychange", move |_: Event| {
        seen.draw_if_stale();
    });
    let resized = stage.clone();
    listeners.on(&window(), "resize", move |_: Event| {
        if resized.measure() {
            resized.ask(Urgency::Now);
        }
    });
    if let Ok(Some(dark)) = window().match_media("(prefers-color-scheme: dark)") {
        let other = stage.clone();
        listeners.on(&dark, "change", move |_: Event| {
            other.forget_colours();
            other.ask(Urgency::Now);
        });
    }
    drop(listeners);
    resolution(stage);
}

/// In the same frame as the change, so that nothing is seen of the cleared canvas.
fn size(stage: &Rc<Stage>) {
    let resized = stage.clone();
    let call = Call::new(move |_| {
        if resized.measure() {
            resized.draw();
        }
    });
    if let Ok(observer) = ResizeObserver::new(call.as_ref().unchecked_ref()) {
        observer.observe(&stage.plot);
        let end = move || {
            observer.disconnect();
            drop(call);
        };
        stage.watches.borrow_mut().push(Box::new(end));
    }
}

fn sight(stage: &Rc<Stage>) {
    let moved = stage.clone();
    let call = Call::new(move |entries: JsValue| {
        let newest = entries.unchecked_into::<Array>().pop();
        let entry: IntersectionObserverEntry = newest.unchecked_into();
        moved.is_seen.set(entry.is_intersecting());
        moved.draw_if_stale();
    });
    if let Ok(observer) = IntersectionObserver::new(call.as_ref().unchecked_ref()) {
        observer.observe(&stage.figure);
        let end = move || {
            observer.disconnect();
            drop(call);
        };
        stage.watches.borrow_mut().push(Box::new(end));
    }
}

/// A window that moves to another screen says so once, to who asked for the resolution that it had.
fn resolution(stage: &Rc<Stage>) {
    let query = format!("(resolution: {}dppx)", window().device_pixel_ratio());
    let Ok(Some(same)) = window().match_media(&query) else {
        return;
    };
    let other = stage.clone();
    let mut listeners = Listeners::default();
    listeners.on(&same, "change", move |_: Event| {
        let stage = other.clone();
        request_animation_frame(move || {
            if stage.measure() {
                stage.draw();
            }
            resolution(&stage);
        });
    });
    stage.resolution.replace(listeners);
}
