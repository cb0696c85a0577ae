//! A chart by keys: arrows walk along its points, and what stands there is said.

use std::rc::Rc;

use leptos::prelude::*;
use web_sys::{FocusEvent, KeyboardEvent};

use super::dom;
use super::stage::Stage;
use crate::chart::Picture;
use crate::chart::plan::probe::{self, Probe};
use crate::format;

/// Points that are passed over with Shift.
const FAR: i32 = 10;
/// Series that are said.
const SAID: usize = 5;

/// Listens to keys while the chart has the focus.
pub(super) fn listen(stage: &Rc<Stage>) {
    let plot = stage.plot.clone();
    let mut listeners = stage.listeners.borrow_mut();
    let pressed = stage.clone();
    listeners.on(&plot, "keydown", move |event: KeyboardEvent| {
        let has_other = event.ctrl_key() || event.alt_key() || event.meta_key();
        if !has_other && press(&pressed, &event) {
            event.prevent_default();
            // Keys that mean something to the page mean something else here.
            event.stop_propagation();
        }
    });
    let focused = stage.clone();
    listeners.on(&plot, "focusin", move |event: FocusEvent| {
        if let Some(mark) = focused.overlay.mark_of(|| event.target()) {
            focused.tell_focused_mark(mark);
        }
    });
    let left = stage.clone();
    listeners.on(&plot, "focusout", move |_: FocusEvent| {
        left.cancel_selection();
        left.look_away();
    });
}

/// Does what a key stands for; whether it stands for something.
fn press(stage: &Rc<Stage>, event: &KeyboardEvent) -> bool {
    let steps = if event.shift_key() { FAR } else { 1 };
    let is_mark = stage.overlay.mark_of(|| event.target()).is_some();
    match event.key().as_str() {
        "ArrowRight" => stage.walk(Some(steps)),
        "ArrowLeft" => stage.walk(Some(-steps)),
        "Home" => stage.walk(Some(i32::MIN + 1)),
        "End" => stage.walk(None),
        "+" | "=" => stage.zoom_in(),
        "-" => {
            if let Some(time) = stage.time() {
                time.unzoom();
            }
        }
        "m" => stage.overlay.focus_mark(1),
        "M" => stage.overlay.focus_mark(-1),
        // The link of a mark is followed.
        "Enter" if is_mark => return false,
        "Enter" => stage.select_by_keys(),
        "Escape" => {
            if !stage.is_selecting() && stage.crosshair.try_get_untracked().flatten().is_none() {
                return false;
            }
            stage.cancel_selection();
            stage.look_away();
        }
        _ => return false,
    }
    true
}

impl Stage {
    fn stands_at(&self) -> Option<f64> {
        let at = self.crosshair.try_get_untracked().flatten();
        at.map(|at| at as f64)
    }

    /// Moves the crosshair by so many points, or to the newest one, and says what is there.
    fn walk(&self, by: Option<i32>) {
        let Some(scene) = self.scene.borrow().clone() else {
            return;
        };
        if !scene.is_over_time() {
            return;
        }
        self.with_picture(|picture| {
            let from = by.and_then(|_| self.stands_at());
            let to = probe::step(&scene, picture, from, by.unwrap_or_default());
            let Some(probe) = to.and_then(|to| probe::at(&scene, picture, to, None, None)) else {
                return;
            };
            let _ = self.crosshair.try_set(Some(probe.at_ms as i64));
            let x = scene.x(0, probe.at_ms);
            self.show_selection(&scene, x);
            let room = self.plot.get_bounding_client_rect();
            let y = probe.found.first().map_or(0.0, |found| found.y);
            self.tell(picture, &probe, (room.left() + x, room.top() + y));
            let words = self.spoken_words(picture, &probe);
            dom::write(&self.spoken, &words);
        });
    }

    fn spoken_words(&self, picture: &Picture, probe: &Probe) -> String {
        let said = probe.found.iter().take(SAID).map(|found| {
            let name = &picture.sheet.rows[found.row].name;
            format!("{name} {}", format::value(picture.unit, found.value))
        });
        let said: Vec<String> = said.collect();
        let more = match probe.found.len().saturating_sub(SAID) {
            0 => String::new(),
            more => format!(", {more} more"),
        };
        format!("{}: {}{more}", self.exact(probe.at_ms), said.join(", "))
    }

    /// Looks closer at the half of the range around the crosshair.
    fn zoom_in(&self) {
        let (Some(scene), Some(time)) = (self.scene.borrow().clone(), self.time()) else {
            return;
        };
        if scene.is_over_time() {
            let (from, to) = scene.ends;
            let half = (to - from) / 2.0;
            let middle = self.stands_at().unwrap_or((from + to) / 2.0);
            let begin = (middle - half / 2.0).clamp(from, to - half);
            time.zoom(begin as i64, (begin + half) as i64);
        }
    }

    /// Begins to select at the crosshair, or looks closer at what was selected.
    fn select_by_keys(&self) {
        let (Some(scene), Some(at)) = (self.scene.borrow().clone(), self.stands_at()) else {
            return;
        };
        let x = scene.x(0, at);
        match self.is_selecting() {
            true => self.end_selection(x),
            false => {
                self.begin_selection(x);
                self.show_selection(&scene, x);
            }
        }
    }
}
