//! What lies over the canvas and moves without drawing it: crosshair, points, selection, links of marks.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::dom::{self, Piece};
use super::stage::Stage;
use super::tip::Tip;
use crate::chart::Picture;
use crate::chart::plan::probe::Found;
use crate::chart::plan::scene::{Room, Scene};
use crate::format;

/// Elements over the canvas.
pub(super) struct Overlay {
    root: HtmlElement,
    shade: Piece,
    pub(super) tip: Tip,
    crosses: RefCell<Vec<Piece>>,
    dots: RefCell<Vec<Piece>>,
    marks: RefCell<Vec<Piece>>,
    /// Which marks each of these links is for, and where it leads.
    marked: RefCell<Vec<(Vec<usize>, String)>>,
}

impl Overlay {
    pub(super) fn of(plot: &Element) -> Option<Self> {
        let root = dom::append(plot, "div", "overlay")?;
        let shade = Piece::of(&root, "div", "shade")?;
        Some(Self {
            tip: Tip::of(&root)?,
            shade,
            root,
            crosses: RefCell::default(),
            dots: RefCell::default(),
            marks: RefCell::default(),
            marked: RefCell::default(),
        })
    }

    /// Shows the crosshair at a time, in every room of the scene.
    pub(super) fn stand(&self, scene: &Scene, at_ms: Option<f64>) {
        let mut crosses = self.crosses.borrow_mut();
        let at_ms = at_ms.filter(|at| *at >= scene.ends.0 && *at <= scene.ends.1);
        if at_ms.is_none() && crosses.is_empty() {
            return;
        }
        while crosses.len() < scene.rooms.len() {
            let Some(cross) = Piece::of(&self.root, "div", "cross") else {
                return;
            };
            crosses.push(cross);
        }
        for (n, cross) in crosses.iter().enumerate() {
            match (scene.rooms.get(n), at_ms) {
                (Some(room), Some(at)) => {
                    cross.style("height", &pixels(room.height));
                    cross.move_to(scene.x(n, at), room.top);
                    cross.see(true);
                }
                _ => cross.see(false),
            }
        }
    }

    /// Shows the points that are found, the nearest one larger.
    pub(super) fn dot(&self, found: &[Found], colour: impl Fn(usize) -> usize) {
        let mut dots = self.dots.borrow_mut();
        while dots.len() < found.len() {
            let Some(dot) = Piece::of(&self.root, "i", "dot") else {
                return;
            };
            dots.push(dot);
        }
        for (n, dot) in dots.iter().enumerate() {
            let Some(found) = found.get(n) else {
                dot.see(false);
                continue;
            };
            dot.set("data-colour", &colour(found.row).to_string());
            dot.set("data-near", &found.is_nearest.to_string());
            dot.move_to(found.x, found.y);
            dot.see(true);
        }
    }

    /// Shades a stretch that is being selected.
    pub(super) fn select(&self, room: &Room, stretch: Option<(f64, f64)>) {
        if let Some((a, b)) = stretch {
            let (from, to) = (a.min(b).max(room.left), a.max(b).min(room.right()));
            self.shade.move_to(from, room.top);
            self.shade.style("width", &pixels((to - from).max(0.0)));
            self.shade.style("height", &pixels(room.height));
        }
        self.shade.see(stretch.is_some());
    }

    pub(super) fn hide_tip(&self) {
        self.tip.hide();
        self.dot(&[], |_| 0);
    }

    /// Puts a link over the sign of each mark.
    pub(super) fn place_marks(&self, stage: &Rc<Stage>, scene: &Scene, picture: &Picture) {
        let wanted: Vec<(Vec<usize>, String)> = scene
            .marks
            .iter()
            .map(|(_, together)| (together.clone(), words(stage, picture, together)))
            .collect();
        let mut marks = self.marks.borrow_mut();
        if *self.marked.borrow() != wanted {
            marks.drain(..).for_each(|mark| mark.element.remove());
            for (_, words) in &wanted {
                let Some(link) = Piece::of(&self.root, "a", "mark") else {
                    return;
                };
                link.set("aria-label", words);
                // Reached with the key m: a page of charts would have hundreds of stops.
                link.set("tabindex", "-1");
                marks.push(link);
            }
            self.marked.replace(wanted);
        }
        let bottom = scene.rooms.first().map_or(0.0, Room::bottom);
        for (link, (x, together)) in marks.iter().zip(&scene.marks) {
            link.move_to(*x, bottom);
            let newest = together.last().and_then(|n| picture.marks.get(*n));
            if let Some(path) = newest.and_then(|mark| path(&mark.link)) {
                link.set("href", &stage.href(path));
            }
        }
    }

    /// Which of the places with marks an element is.
    pub(super) fn mark_of(
        &self,
        target: impl FnOnce() -> Option<web_sys::EventTarget>,
    ) -> Option<usize> {
        let marks = self.marks.borrow();
        if marks.is_empty() {
            return None;
        }
        let target: Element = target()?.dyn_into().ok()?;
        marks
            .iter()
            .position(|mark| mark.element.is_same_node(Some(&target)))
    }

    /// Puts the focus on the link of the next mark, or of the one before.
    pub(super) fn focus_mark(&self, by: i32) {
        let marks = self.marks.borrow();
        let count = marks.len() as i32;
        if count == 0 {
            return;
        }
        let focused = leptos::prelude::document().active_element();
        let now = self.mark_of(|| focused.map(Into::into));
        let next = match now {
            Some(now) => (now as i32 + by).rem_euclid(count),
            None if by < 0 => count - 1,
            None => 0,
        };
        // It fails for what cannot have the focus.
        let _ = marks[next as usize].element.focus();
    }
}

/// What happened at a place of marks, in words.
pub(super) fn words(stage: &Stage, picture: &Picture, together: &[usize]) -> String {
    let marks = together.iter().filter_map(|n| picture.marks.get(*n));
    let words = marks.map(|mark| {
        let at = stage.exact(mark.at_ms as f64);
        format!("{at}: {}", mark.title)
    });
    let words: Vec<String> = words.collect();
    words.join("; ")
}

/// A link, if it is a path of this site.
pub(super) fn path(link: &str) -> Option<&str> {
    (link.starts_with('/') && !link.starts_with("//")).then_some(link)
}

fn pixels(length: f64) -> String {
    format!("{}px", format::fixed(length, 1))
}
