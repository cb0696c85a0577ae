//! What the box beside the pointer says, and when.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;

use super::stage::Stage;
use super::tip::{MOST, TipRow};
use super::{dom, overlay};
use crate::chart::Picture;
use crate::chart::plan::probe::{self, Probe};
use crate::chart::plan::scene::Scene;
use crate::format;

/// Words in the box change at most this often while the pointer moves: they are read. The box itself, the
/// crosshair and the points move along at once.
const WORDS_APART_MS: f64 = 40.0;

/// When the box beside the pointer says what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Now,
    /// Not more often than somebody reads.
    InTime,
}

/// How far the words of the box are.
#[derive(Default)]
pub(super) struct Wording {
    /// When they last changed.
    changed_at: Cell<f64>,
    /// Whether the pointer has moved on since.
    is_behind: Cell<bool>,
    is_timed: Cell<bool>,
}

impl Stage {
    /// Whether the box changes what it says; it is behind where not.
    pub(super) fn are_words_due(&self, words: Words) -> bool {
        let pointer = &self.pointer;
        let now = pointer.pointed_at.get();
        let is_due = words == Words::Now
            || !self.overlay.tip.is_shown()
            || now - pointer.words.changed_at.get() >= WORDS_APART_MS;
        if is_due {
            pointer.words.changed_at.set(now);
        }
        pointer.words.is_behind.set(!is_due);
        is_due
    }

    /// Shows where series are at a time, and what they have there a little later.
    pub(super) fn follow(self: &Rc<Self>, picture: &Picture, probe: &Probe, at: (f64, f64)) {
        let rows = &picture.sheet.rows;
        self.overlay.dot(&probe.found, |row| rows[row].colour);
        self.overlay.tip.follow(at);
        self.word_later();
    }

    /// The words of where the pointer came to rest.
    fn word_later(self: &Rc<Self>) {
        if self.pointer.words.is_timed.replace(true) {
            return;
        }
        let stage = self.clone();
        let later = move || {
            let pointer = &stage.pointer;
            pointer.words.is_timed.set(false);
            if !pointer.words.is_behind.get() {
                return;
            }
            // While it moves, moves see to it.
            match dom::clock() - pointer.pointed_at.get() < WORDS_APART_MS {
                true => stage.word_later(),
                false => stage.point(Words::Now),
            }
        };
        set_timeout(later, Duration::from_millis(WORDS_APART_MS as u64));
    }

    /// Shows what series have at a time.
    pub(super) fn tell(&self, picture: &Picture, probe: &Probe, at: (f64, f64)) {
        let rows = &picture.sheet.rows;
        self.overlay.dot(&probe.found, |row| rows[row].colour);
        let mut shown: Vec<&probe::Found> = probe.found.iter().take(MOST).collect();
        // The one that is pointed at is among them.
        let nearest = probe.found.iter().position(|found| found.is_nearest);
        if let Some(nearest) = nearest.filter(|nearest| *nearest >= MOST) {
            shown[MOST - 1] = &probe.found[nearest];
        }
        let told: Vec<TipRow> = shown
            .iter()
            .map(|found| TipRow {
                colour: Some(rows[found.row].colour),
                name: rows[found.row].name.clone(),
                value: format::value(picture.unit, found.value),
                is_nearest: found.is_nearest,
            })
            .collect();
        let more = probe.found.len() - told.len();
        let head = self.exact(probe.at_ms);
        self.overlay.tip.show(&head, &told, more, at);
    }

    /// Shows how many are in a bucket.
    pub(super) fn tell_cell(
        &self,
        scene: &Scene,
        picture: &Picture,
        inside: (f64, f64),
        at: (f64, f64),
    ) {
        let Some(cell) = probe::cell(scene, picture, inside.0, inside.1) else {
            return self.overlay.hide_tip();
        };
        if let Some(at_ms) = cell.at_ms {
            let _ = self.crosshair.try_set(Some(at_ms as i64));
        }
        let head = match cell.at_ms {
            Some(at_ms) => self.exact(at_ms),
            None => self.parts.title.clone(),
        };
        let row = TipRow {
            colour: None,
            name: cell.words,
            value: cell.count,
            is_nearest: true,
        };
        self.overlay.tip.show(&head, &[row], 0, at);
    }

    /// Shows what happened at a place with marks.
    pub(super) fn tell_mark(&self, scene: &Scene, picture: &Picture, mark: usize, at: (f64, f64)) {
        let Some((_, together)) = scene.marks.get(mark) else {
            return self.overlay.hide_tip();
        };
        let marks = together.iter().rev().filter_map(|n| picture.marks.get(*n));
        let rows: Vec<TipRow> = marks
            .take(MOST)
            .map(|mark| TipRow {
                colour: None,
                name: mark.title.clone(),
                value: mark.kind.as_str().to_owned(),
                is_nearest: false,
            })
            .collect();
        let newest = together.last().and_then(|n| picture.marks.get(*n));
        let head = newest.map_or_else(String::new, |mark| self.exact(mark.at_ms as f64));
        self.overlay.dot(&[], |_| 0);
        let more = together.len() - rows.len();
        self.overlay.tip.show(&head, &rows, more, at);
    }

    /// What happened at a place of marks that has the focus.
    pub(super) fn tell_focused_mark(&self, mark: usize) {
        let Some(scene) = self.scene.borrow().clone() else {
            return;
        };
        let room = self.plot.get_bounding_client_rect();
        let Some((x, _)) = scene.marks.get(mark) else {
            return;
        };
        let bottom = scene.rooms.first().map_or(0.0, |room| room.bottom());
        let at = (room.left() + x, room.top() + bottom - 30.0);
        self.with_picture(|picture| {
            self.tell_mark(&scene, picture, mark, at);
            if let Some((_, together)) = scene.marks.get(mark) {
                let words = overlay::words(self, picture, together);
                dom::write(&self.spoken, &words);
            }
        });
    }
}
