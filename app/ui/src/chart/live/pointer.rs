//! The pointer over a chart: a mouse or a finger, looking or selecting.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, MouseEvent, PointerEvent};
use wire::Kind;

use super::stage::Stage;
use super::tell::{Wording, Words};
use crate::chart::plan::probe;
use crate::chart::plan::scene::Scene;

/// A shorter way of the pointer is a click.
const DRAG: f64 = 5.0;
/// Moves that are nearer to each other than this belong to one frame.
const OFTEN_MS: f64 = 6.0;
/// Where the chart stands is asked for this seldom while the pointer moves: it stands still, mostly.
const STANDS_MS: f64 = 250.0;
/// A finger that rests so long selects.
const REST: Duration = Duration::from_millis(450);

/// Where the pointer is and what it does.
#[derive(Default)]
pub(super) struct Pointer {
    /// Where it is in the window, while it is over the chart.
    pub(super) at: Cell<Option<(f64, f64)>>,
    /// The place of a mark that it is on.
    mark: Cell<Option<usize>>,
    is_asked: Cell<bool>,
    /// When it last moved.
    pub(super) pointed_at: Cell<f64>,
    /// What the box beside it says.
    pub(super) words: Wording,
    /// Where the chart stood in the window, and when that was.
    stood: Cell<Option<(f64, (f64, f64))>>,
    /// Where it was pressed, in the chart.
    pressed: Cell<Option<(f64, f64)>>,
    /// From where a stretch is being selected, in the chart; with keys it has no pointer.
    selects_from: Cell<Option<f64>>,
    is_touch: Cell<bool>,
    /// The browser's number for it: another one may be another kind of pointer.
    id: Cell<Option<i32>>,
    rest: RefCell<Option<leptos::leptos_dom::helpers::TimeoutHandle>>,
}

/// Listens to the pointer.
pub(super) fn listen(stage: &Rc<Stage>) {
    let plot = stage.plot.clone();
    let mut listeners = stage.listeners.borrow_mut();
    let on = |run: fn(&Rc<Stage>, &PointerEvent)| {
        let stage = stage.clone();
        move |event: PointerEvent| run(&stage, &event)
    };
    listeners.on(&plot, "pointermove", on(moved));
    listeners.on(&plot, "pointerdown", on(pressed));
    listeners.on(&plot, "pointerup", on(released));
    listeners.on(&plot, "pointerleave", on(left));
    listeners.on(&plot, "pointercancel", on(cancelled));
    let back = stage.clone();
    listeners.on(&plot, "dblclick", move |_: MouseEvent| {
        if let Some(time) = back.time() {
            time.unzoom();
        }
    });
    // A touch elsewhere takes the box away that a finger left behind.
    let elsewhere = stage.clone();
    listeners.on(&document(), "pointerdown", move |event: PointerEvent| {
        let target = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Node>().ok());
        if elsewhere.pointer.at.get().is_some() && !elsewhere.plot.contains(target.as_ref()) {
            elsewhere.look_away();
        }
    });
    // What is in the window scrolls away from under the box.
    let scrolled = stage.clone();
    listeners.on(&document(), "scroll", move |_: Event| {
        if scrolled.pointer.at.get().is_some() {
            scrolled.look_away();
        }
    });
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn moved(stage: &Rc<Stage>, event: &PointerEvent) {
    let pointer = &stage.pointer;
    pointer.at.set(Some(place(event)));
    // The kind is a text, which costs more than a number to ask for.
    if pointer.id.replace(Some(event.pointer_id())) != Some(event.pointer_id()) {
        pointer.is_touch.set(event.pointer_type() == "touch");
    }
    pointer.mark.set(stage.overlay.mark_of(|| event.target()));
    // Browsers say it once a frame; what says it more often waits for the next one.
    let now = event.time_stamp();
    if now - pointer.pointed_at.replace(now) > OFTEN_MS {
        return stage.point(Words::InTime);
    }
    if !pointer.is_asked.replace(true) {
        let stage = stage.clone();
        request_animation_frame(move || {
            stage.pointer.is_asked.set(false);
            stage.point(Words::InTime);
        });
    }
}

fn pressed(stage: &Rc<Stage>, event: &PointerEvent) {
    let is_mark = stage.overlay.mark_of(|| event.target()).is_some();
    if event.button() != 0 || !event.is_primary() || is_mark {
        return;
    }
    stage.pointer.stood.set(None);
    let (x, y) = stage.inside(place(event));
    stage.pointer.pressed.set(Some((x, y)));
    match event.pointer_type() == "touch" {
        true => {
            moved(stage, event);
            let resting = stage.clone();
            let select = move || resting.begin_selection(x);
            let timer = set_timeout_with_handle(select, REST);
            stage.pointer.rest.replace(timer.ok());
        }
        // It fails for a pointer that is gone.
        false => {
            let _ = stage.plot.set_pointer_capture(event.pointer_id());
        }
    }
}

fn released(stage: &Rc<Stage>, event: &PointerEvent) {
    stage.stop_resting();
    stage.pointer.pressed.set(None);
    let (x, _) = stage.inside(place(event));
    stage.end_selection(x);
}

fn left(stage: &Rc<Stage>, event: &PointerEvent) {
    // A finger that is lifted leaves too, and what it found stays.
    if event.pointer_type() != "touch" {
        stage.look_away();
    }
}

fn cancelled(stage: &Rc<Stage>, _: &PointerEvent) {
    stage.stop_resting();
    stage.cancel_selection();
    stage.look_away();
}

impl Stage {
    /// A place in the window, seen from the chart.
    fn inside(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let now = self.pointer.pointed_at.get();
        let (left, top) = match self.pointer.stood.get() {
            Some((then, corner)) if now - then < STANDS_MS => corner,
            _ => {
                let room = self.plot.get_bounding_client_rect();
                let corner = (room.left(), room.top());
                self.pointer.stood.set(Some((now, corner)));
                corner
            }
        };
        (x - left, y - top)
    }

    fn stop_resting(&self) {
        if let Some(timer) = self.pointer.rest.take() {
            timer.clear();
        }
    }

    /// The pointer is no longer here.
    pub(super) fn look_away(&self) {
        self.pointer.at.set(None);
        self.pointer.stood.set(None);
        self.pointer.mark.set(None);
        self.overlay.hide_tip();
        // It fails when the page has been left.
        let _ = self.crosshair.try_set(None);
    }

    /// After something else has been drawn: what is under the pointer is something else too.
    pub(super) fn point_again(self: &Rc<Self>) {
        match self.pointer.at.get() {
            Some(_) => {
                // What is above it may have grown.
                self.pointer.stood.set(None);
                self.point(Words::Now);
            }
            None => self.stand_at(self.crosshair.try_get_untracked().flatten()),
        }
    }

    /// The crosshair of the page stands at a time.
    pub(super) fn stand_at(&self, at_ms: Option<i64>) {
        if let Some(scene) = self.scene.borrow().as_ref()
            && scene.is_over_time()
            && self.is_seen.get()
        {
            self.overlay.stand(scene, at_ms.map(|at| at as f64));
        }
    }

    /// Looks at what is under the pointer.
    pub(super) fn point(self: &Rc<Self>, words: Words) {
        let (Some(at), Some(scene)) = (self.pointer.at.get(), self.scene.borrow().clone()) else {
            return;
        };
        let (x, y) = self.inside(at);
        if let Some((from, from_y)) = self.pointer.pressed.get() {
            let is_far = (x - from).abs() > DRAG;
            if self.pointer.is_touch.get() {
                if is_far || (y - from_y).abs() > DRAG {
                    self.stop_resting();
                }
            } else if is_far && self.pointer.selects_from.get().is_none() {
                self.begin_selection(from);
            }
        }
        self.show_selection(&scene, x);
        self.with_picture(|picture| {
            if let Some(mark) = self.pointer.mark.get() {
                return self.tell_mark(&scene, picture, mark, at);
            }
            if matches!(scene.kind, Kind::Histogram | Kind::Heatmap) {
                return self.tell_cell(&scene, picture, (x, y), at);
            }
            let Some(room) = scene.room_at(x, y) else {
                return self.overlay.hide_tip();
            };
            let time = scene.at_ms(room, x);
            match probe::at(&scene, picture, time, Some(y), Some(room)) {
                Some(probe) => {
                    let _ = self.crosshair.try_set(Some(probe.at_ms as i64));
                    match self.are_words_due(words) {
                        true => self.tell(picture, &probe, at),
                        false => self.follow(picture, &probe, at),
                    }
                }
                None => {
                    let _ = self.crosshair.try_set(Some(time as i64));
                    self.overlay.hide_tip();
                }
            }
        });
    }

    /// Begins to select a stretch at a place in the chart.
    pub(super) fn begin_selection(&self, x: f64) {
        let scene = self.scene.borrow();
        let can = scene.as_ref().is_some_and(|scene| scene.is_over_time());
        if can && self.time().is_some() {
            self.pointer.selects_from.set(Some(x));
            drop(scene);
            self.mark_selecting(true);
        }
    }

    /// A finger that selects does not scroll the page.
    fn mark_selecting(&self, is_selecting: bool) {
        let _ = self
            .plot
            .toggle_attribute_with_force("data-selecting", is_selecting);
    }

    /// Whether a stretch is being selected.
    pub(super) fn is_selecting(&self) -> bool {
        self.pointer.selects_from.get().is_some()
    }

    pub(super) fn show_selection(&self, scene: &Scene, x: f64) {
        if let (Some(from), Some(room)) = (self.pointer.selects_from.get(), scene.rooms.first()) {
            let room = match scene.room_at(from, room.top) {
                Some(room) => scene.rooms[room],
                None => *room,
            };
            self.overlay.select(&room, Some((from, x)));
        }
    }

    /// Looks closer at the stretch that was selected up to here.
    pub(super) fn end_selection(&self, x: f64) {
        let Some(from) = self.pointer.selects_from.get() else {
            return;
        };
        self.cancel_selection();
        let (Some(scene), Some(time)) = (self.scene.borrow().clone(), self.time()) else {
            return;
        };
        if (x - from).abs() > DRAG {
            let room = scene.room_at(from, 0.0).unwrap_or_default();
            let (a, b) = (scene.at_ms(room, from), scene.at_ms(room, x));
            time.zoom(a.min(b) as i64, a.max(b) as i64);
        }
    }

    pub(super) fn cancel_selection(&self) {
        self.pointer.selects_from.set(None);
        self.pointer.pressed.set(None);
        self.mark_selecting(false);
        self.overlay.select(&Default::default(), None);
    }
}
