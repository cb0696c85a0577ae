//! What a chart does in the browser; all of it is fetched when the first chart is on a page.

mod canvas;
mod dom;
mod export;
mod keys;
mod kinds;
mod legend;
mod observe;
mod overlay;
mod paint;
mod palette;
mod pointer;
mod stage;
mod table;
mod tell;
mod tip;

use gloo_timers::future::TimeoutFuture;
use leptos::html::Figure;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{ChartHandle, Picture};
use crate::{PageTime, effect};
use stage::{Stage, Urgency};

/// What a chart hands to the code that brings it to life.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) figure: NodeRef<Figure>,
    pub(super) title: String,
    pub(super) picture: RwSignal<Picture>,
    pub(super) as_table: RwSignal<bool>,
    pub(super) handle: ChartHandle,
    pub(super) theme: Signal<u32>,
    pub(super) time: Option<PageTime>,
    pub(super) owner: Option<Owner>,
}

/// Begins when the figure is on the page.
pub(super) fn start(parts: Parts) {
    effect(move || {
        if let Some(figure) = parts.figure.get() {
            leptos::task::spawn_local(attach(parts.clone(), figure.unchecked_into()));
        }
    });
}

#[cfg_attr(feature = "split", leptos::prelude::lazy)]
async fn attach(parts: Parts, figure: HtmlElement) {
    // The code comes for all charts of a page at once; each is brought to life in a turn of its own.
    TimeoutFuture::new(0).await;
    // The page may have been left while the code was fetched, or this chart may have become another.
    let is_left = parts.picture.try_with_untracked(|_| ()).is_none();
    if is_left || parts.theme.try_get_untracked().is_none() {
        return;
    }
    match parts.owner.clone() {
        Some(owner) => owner.with(|| live(parts, figure)),
        None => live(parts, figure),
    }
}

/// Draws the picture, and answers to the pointer and to keys, for as long as the chart is on the page.
fn live(parts: Parts, figure: HtmlElement) {
    let Parts {
        picture,
        as_table,
        handle,
        theme,
        ..
    } = parts;
    let crosshair = parts
        .time
        .map_or_else(|| RwSignal::new(None), |time| time.crosshair);
    let zone = parts.time.map(|time| time.zone);
    let Some(stage) = Stage::of(parts, figure, crosshair) else {
        return;
    };
    let kept = StoredValue::new_local(stage.clone());
    on_cleanup(move || {
        // It goes with its owner, before or after this.
        let _ = kept.try_with_value(|stage| stage.leave());
    });
    observe::observe(&stage);
    pointer::listen(&stage);
    keys::listen(&stage);
    legend::listen(&stage);
    let drawn = stage.clone();
    effect(move || {
        picture.track();
        drawn.ask(Urgency::Live);
    });
    let looked_at = stage.clone();
    effect(move || {
        theme.track();
        zone.inspect(|zone| zone.track());
        looked_at.forget_colours();
        looked_at.ask(Urgency::Now);
    });
    let pointed_at = stage.clone();
    effect(move || pointed_at.stand_at(crosshair.get()));
    let turned = stage.clone();
    effect(move || turned.show_table(as_table.get()));
    let before = handle.pictures.get_untracked();
    effect(move || {
        if handle.pictures.get() != before {
            export::save(&stage);
        }
    });
}
