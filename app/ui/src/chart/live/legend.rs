//! The legend: a button a series, with its last, smallest and largest value.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, MouseEvent, PointerEvent};

use super::dom::{self, Piece};
use super::stage::{Stage, Urgency};
use crate::chart::plan::scene::Room;
use crate::chart::words::{Entry, FIRST, entries, has_legend};
use crate::chart::{Picture, Summary};
use crate::format;

/// A finger that rests so long on a series isolates it.
const REST: Duration = Duration::from_millis(500);

/// What the legend shows.
#[derive(Default)]
pub(super) struct Legend {
    /// Key, name and colour of each button.
    shown: RefCell<Vec<(String, String, usize)>>,
    /// The texts of each button: last, smallest, largest.
    texts: RefCell<Vec<Texts>>,
    /// A finger has rested: the click that follows is none.
    has_rested: Cell<bool>,
}

/// What changes of a button.
struct Texts {
    button: Piece,
    last: Piece,
    min: Piece,
    max: Piece,
}

/// Listens to the legend's buttons.
pub(super) fn listen(stage: &Rc<Stage>) {
    let legend = stage.legend.clone();
    let mut listeners = stage.listeners.borrow_mut();
    let clicked = stage.clone();
    listeners.on(&legend, "click", move |event: MouseEvent| {
        if clicked.legend_state.has_rested.replace(false) {
            return;
        }
        let Some(place) = button(&clicked, &event) else {
            return clicked.toggle_all();
        };
        match event.alt_key() {
            true => clicked.isolate(place),
            false => clicked.toggle(place),
        }
    });
    let pressed = stage.clone();
    listeners.on(&legend, "keydown", move |event: KeyboardEvent| {
        if event.key() == "Enter"
            && event.shift_key()
            && let Some(place) = button(&pressed, &event)
        {
            event.prevent_default();
            pressed.isolate(place);
        }
    });
    let timer: Rc<RefCell<Option<leptos::leptos_dom::helpers::TimeoutHandle>>> = Rc::default();
    let (touched, begun) = (stage.clone(), timer.clone());
    listeners.on(&legend, "pointerdown", move |event: PointerEvent| {
        let Some(place) = button(&touched, &event) else {
            return;
        };
        touched.legend_state.has_rested.set(false);
        if event.pointer_type() == "touch" {
            let stage = touched.clone();
            let rest = move || {
                stage.legend_state.has_rested.set(true);
                stage.isolate(place);
            };
            begun.replace(set_timeout_with_handle(rest, REST).ok());
        }
    });
    for end in ["pointerup", "pointercancel", "pointermove"] {
        let timer = timer.clone();
        listeners.on(&legend, end, move |event: PointerEvent| {
            // A finger is never quite still.
            let is_rest = event.type_() == "pointermove"
                && event.movement_x().abs() + event.movement_y().abs() < 4;
            if !is_rest && let Some(timer) = timer.take() {
                timer.clear();
            }
        });
    }
    // The menu of a long touch would cover what it did.
    listeners.on(&legend, "contextmenu", move |event: PointerEvent| {
        if event.pointer_type() == "touch" {
            event.prevent_default();
        }
    });
}

/// The place of the series whose button something happened to.
fn button(stage: &Stage, event: &Event) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let row = target.closest("li").ok()??;
    let rows = stage.legend.children();
    let place = (0..rows.length()).find(|n| {
        let known = rows.item(*n);
        known.is_some_and(|known| known.is_same_node(Some(&row)))
    })?;
    let place = place as usize;
    (place < stage.legend_state.shown.borrow().len()).then_some(place)
}

impl Stage {
    fn key_at(&self, place: usize) -> Option<String> {
        let shown = self.legend_state.shown.borrow();
        shown.get(place).map(|(key, _, _)| key.clone())
    }

    /// Keys of all series, those that the legend does not name too.
    fn keys(&self) -> Vec<String> {
        let keys = |picture: &Picture| {
            let rows = picture.sheet.rows.iter();
            rows.map(|row| row.key.clone()).collect()
        };
        self.with_picture(keys).unwrap_or_default()
    }

    /// Hides a series or shows it again; the last one that hides brings all back.
    fn toggle(self: &Rc<Self>, place: usize) {
        let Some(key) = self.key_at(place) else {
            return;
        };
        let all = self.keys();
        let mut hidden = self.hidden.borrow_mut();
        if !hidden.remove(&key) {
            hidden.insert(key);
        }
        if all.iter().all(|key| hidden.contains(key)) {
            hidden.clear();
        }
        drop(hidden);
        self.show_choice();
    }

    /// Shows one series alone, or all again.
    fn isolate(self: &Rc<Self>, place: usize) {
        let Some(key) = self.key_at(place) else {
            return;
        };
        let others: Vec<String> = self.keys().into_iter().filter(|k| *k != key).collect();
        let mut hidden = self.hidden.borrow_mut();
        let is_alone = !hidden.contains(&key) && others.iter().all(|key| hidden.contains(key));
        hidden.clear();
        if !is_alone {
            hidden.extend(others);
        }
        drop(hidden);
        self.show_choice();
    }

    fn toggle_all(self: &Rc<Self>) {
        self.shows_all.set(!self.shows_all.get());
        self.show_choice();
    }

    fn show_choice(self: &Rc<Self>) {
        self.with_picture(|picture| self.say_now(picture));
        self.ask(Urgency::Now);
    }
}

/// Shows the series of a picture.
pub(super) fn show(stage: &Stage, picture: &Picture, summaries: &[Option<Summary>]) {
    if !has_legend(picture.kind) {
        stage.legend.set_text_content(None);
        return;
    }
    let most = if stage.shows_all.get() {
        usize::MAX
    } else {
        FIRST
    };
    let entries = entries(summaries, most);
    let rows = &picture.sheet.rows;
    let wanted = entries.iter().map(|entry| {
        let row = &rows[entry.row];
        (row.key.clone(), row.name.clone(), row.colour)
    });
    let wanted: Vec<_> = wanted.collect();
    let state = &stage.legend_state;
    if *state.shown.borrow() != wanted || state.texts.borrow().len() != wanted.len() {
        build(stage, &wanted);
        more(stage, rows.len());
        state.shown.replace(wanted);
    }
    write(stage, picture, &entries);
}

/// A button that shows all series, or the first again.
fn more(stage: &Stage, count: usize) {
    if count <= FIRST {
        return;
    }
    let words = match stage.shows_all.get() {
        true => format!("Show the first {FIRST}"),
        false => format!("Show all {count}"),
    };
    let row = dom::append(&stage.legend, "li", "all");
    let button = row.and_then(|row| dom::append(&row, "button", "quiet"));
    if let Some(button) = button {
        dom::set(&button, "type", "button");
        dom::write(&button, &words);
    }
}

fn build(stage: &Stage, wanted: &[(String, String, usize)]) {
    stage.legend.set_text_content(None);
    let build = |(_, name, colour): &(String, String, usize)| {
        let row = dom::append(&stage.legend, "li", "")?;
        let button = Piece::of(&row, "button", "")?;
        button.set("type", "button");
        button.set("data-colour", &colour.to_string());
        let words = "Hide or show; with Alt, or a long touch, show it alone";
        button.set("title", &format!("{name}\n{words}"));
        let inside = &button.element;
        let swatch = dom::append(inside, "i", "")?;
        dom::set(&swatch, "aria-hidden", "true");
        let shown = dom::append(inside, "bdi", "")?;
        dom::write(&shown, name);
        // Together: they stand beside the name, or below one that needs the room.
        let numbers = &dom::append(inside, "span", "")?;
        Some(Texts {
            last: Piece::of(numbers, "b", "")?,
            min: Piece::of(numbers, "small", "")?,
            max: Piece::of(numbers, "small", "")?,
            button,
        })
    };
    let texts: Option<Vec<_>> = wanted.iter().map(build).collect();
    stage.legend_state.texts.replace(texts.unwrap_or_default());
}

fn write(stage: &Stage, picture: &Picture, entries: &[Entry]) {
    let hidden = stage.hidden.borrow();
    let texts = stage.legend_state.texts.borrow();
    for (entry, texts) in entries.iter().zip(texts.iter()) {
        let said = |value: f64| format::value(picture.unit, value);
        let (last, min, max) = match entry.summary {
            Some(of) => (said(of.last), said(of.min), said(of.max)),
            None => ("no data".to_owned(), String::new(), String::new()),
        };
        texts.last.write(&last);
        texts.min.write(&min);
        texts.max.write(&max);
        let is_shown = !hidden.contains(&picture.sheet.rows[entry.row].key);
        texts.button.set("aria-pressed", &is_shown.to_string());
    }
}

/// Where small charts stand: below the names of their series in the legend; those of series that the
/// legend does not name stand nowhere.
pub(super) fn cells(stage: &Stage) -> Vec<Room> {
    let chart = stage.plot.get_bounding_client_rect();
    let rows = stage.legend.children();
    let shown = stage.legend_state.shown.borrow();
    let keys = stage.keys();
    let mut rooms = vec![Room::default(); keys.len()];
    for (n, (key, _, _)) in shown.iter().enumerate() {
        let place = keys.iter().position(|known| known == key);
        let Some((place, cell)) = place.zip(rows.item(n as u32)) else {
            continue;
        };
        // Below the name, however many lines it has.
        let name = cell.first_element_child();
        let name = name.map_or(0.0, |name| name.get_bounding_client_rect().height());
        let cell = cell.get_bounding_client_rect();
        rooms[place] = Room {
            left: cell.left() - chart.left(),
            top: cell.top() - chart.top() + name,
            width: (cell.width() - 1.0).max(1.0),
            height: (cell.height() - name - 2.0).max(1.0),
        };
    }
    rooms
}
