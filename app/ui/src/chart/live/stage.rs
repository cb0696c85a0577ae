//! A chart on the page: when it is drawn, and what its parts share.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlElement};
use wire::Kind;

use super::canvas::Surface;
use super::dom::{self, Listeners};
use super::legend::Legend;
use super::overlay::Overlay;
use super::palette::Palette;
use super::pointer::Pointer;
use super::{Parts, legend, paint, table};
use crate::chart::Picture;
use crate::chart::plan::scene::{Scene, View};
use crate::chart::words;
use crate::{PageTime, Zone};

/// A live picture moves at most this often, in milliseconds.
const FRAME_MS: f64 = 100.0;
/// Points do not come exactly on time; those that are this much early are no reason to wait.
const EARLY_MS: f64 = 30.0;
/// Words and numbers beside it change at most this often: they are read.
const WORDS_MS: f64 = 1000.0;
/// Texts whose widths are remembered.
const MOST_WIDTHS: usize = 64;
/// What is smaller is hidden.
const SMALLEST: f64 = 24.0;

/// How soon a chart is to be drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// At the next frame: somebody did something.
    Now,
    /// Ten times a second at most.
    Live,
}

/// A chart on the page.
pub(super) struct Stage {
    pub(super) parts: Parts,
    /// Where the crosshair of the page stands.
    pub(super) crosshair: RwSignal<Option<i64>>,
    pub(super) figure: HtmlElement,
    pub(super) plot: HtmlElement,
    pub(super) canvas: HtmlCanvasElement,
    pub(super) legend: HtmlElement,
    pub(super) values: HtmlElement,
    pub(super) spoken: HtmlElement,
    pub(super) overlay: Overlay,
    pub(super) pointer: Pointer,
    pub(super) legend_state: Legend,
    pub(super) listeners: RefCell<Listeners>,
    /// Listens for another resolution of the screen.
    pub(super) resolution: RefCell<Listeners>,
    /// What watches it; each is taken away by a call.
    pub(super) watches: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// What it looks like now.
    pub(super) scene: RefCell<Option<Rc<Scene>>>,
    /// Keys of the series that are not shown.
    pub(super) hidden: RefCell<HashSet<String>>,
    /// Whether the legend names all series.
    pub(super) shows_all: Cell<bool>,
    /// Whether it is on the screen.
    pub(super) is_seen: Cell<bool>,
    probes: Vec<HtmlElement>,
    palette: RefCell<Option<Rc<Palette>>>,
    /// What is drawn on, until the canvas has another size.
    surface: RefCell<Option<Surface>>,
    /// How wide texts beside the axes are: most are the same from one drawing to the next.
    widths: RefCell<Vec<(String, f64)>>,
    /// In CSS pixels.
    size: Cell<(f64, f64)>,
    ratio: Cell<f64>,
    is_stale: Cell<bool>,
    is_asked: Cell<bool>,
    is_timed: Cell<bool>,
    /// When live data is drawn next, at the earliest.
    due_at: Cell<f64>,
    has_words_left: Cell<bool>,
    is_worded_later: Cell<bool>,
    worded_at: Cell<f64>,
    was_painted: Cell<bool>,
    has_left: Cell<bool>,
}

impl Stage {
    pub(super) fn of(
        parts: Parts,
        figure: HtmlElement,
        crosshair: RwSignal<Option<i64>>,
    ) -> Option<Rc<Self>> {
        let find = |what: &str| -> Option<HtmlElement> {
            figure.query_selector(what).ok()??.dyn_into().ok()
        };
        let plot = find(".plot")?;
        let stage = Self {
            crosshair,
            canvas: find("canvas")?.dyn_into().ok()?,
            legend: find(".legend")?,
            values: find(".values")?,
            spoken: find("[aria-live]")?,
            overlay: Overlay::of(&plot)?,
            probes: Palette::probes(&figure),
            pointer: Pointer::default(),
            legend_state: Legend::default(),
            listeners: RefCell::default(),
            resolution: RefCell::default(),
            watches: RefCell::default(),
            scene: RefCell::default(),
            hidden: RefCell::default(),
            shows_all: Cell::new(false),
            is_seen: Cell::new(true),
            palette: RefCell::default(),
            surface: RefCell::default(),
            widths: RefCell::default(),
            size: Cell::default(),
            ratio: Cell::new(1.0),
            is_stale: Cell::new(true),
            is_asked: Cell::new(false),
            is_timed: Cell::new(false),
            due_at: Cell::new(f64::NEG_INFINITY),
            has_words_left: Cell::new(false),
            is_worded_later: Cell::new(false),
            worded_at: Cell::new(f64::NEG_INFINITY),
            was_painted: Cell::new(false),
            has_left: Cell::new(false),
            plot,
            figure,
            parts,
        };
        // From now on it can be walked through with keys.
        dom::set(&stage.plot, "role", "application");
        dom::set(&stage.plot, "aria-roledescription", "chart");
        dom::set(&stage.plot, "tabindex", "0");
        Some(Rc::new(stage))
    }

    /// The page lets go of it.
    pub(super) fn leave(&self) {
        self.has_left.set(true);
        self.overlay.hide_tip();
        self.listeners.replace(Listeners::default());
        self.resolution.replace(Listeners::default());
        self.watches.take().into_iter().for_each(|end| end());
    }

    /// The time of the page, where it has one.
    pub(super) fn time(&self) -> Option<PageTime> {
        self.parts.time
    }

    /// The address of a page that looks at the same time.
    pub(super) fn href(&self, path: &str) -> String {
        let time = self.parts.time;
        time.map_or_else(|| path.to_owned(), |time| untrack(|| time.href(path)))
    }

    /// The zone of the page.
    pub(super) fn zone(&self) -> Zone {
        let zone = self.parts.time.and_then(|t| t.zone.try_get_untracked());
        zone.unwrap_or_default()
    }

    /// A time to the second, as the page writes times.
    pub(super) fn exact(&self, at_ms: f64) -> String {
        self.zone().exact(at_ms as i64)
    }

    /// Works on the picture as it is; nothing when the page has been left.
    pub(super) fn with_picture<T>(&self, work: impl FnOnce(&Picture) -> T) -> Option<T> {
        self.parts.picture.try_with_untracked(work)
    }

    /// The colours have changed.
    pub(super) fn forget_colours(&self) {
        self.palette.replace(None);
    }

    /// The colours of the page.
    pub(super) fn colours(&self) -> Rc<Palette> {
        let mut palette = self.palette.borrow_mut();
        let read = || Rc::new(Palette::of(&self.probes));
        palette.get_or_insert_with(read).clone()
    }

    /// Pixels of the screen to a CSS pixel.
    pub(super) fn ratio(&self) -> f64 {
        self.ratio.get()
    }

    /// Looks how large it is; whether that has changed.
    pub(super) fn measure(&self) -> bool {
        let room = self.canvas.get_bounding_client_rect();
        let ratio = paint::ratio();
        let size = (room.width(), room.height());
        // The pixels that it covers, however it lies on them.
        let pixels = |from: f64, to: f64| ((to * ratio).round() - (from * ratio).round()) as u32;
        let (width, height) = (
            pixels(room.left(), room.right()),
            pixels(room.top(), room.bottom()),
        );
        let is_other = size != self.size.get() || ratio != self.ratio.get();
        self.size.set(size);
        self.ratio.set(ratio);
        // Setting a size clears the canvas, the same one too.
        let canvas = &self.canvas;
        if size.0 >= SMALLEST
            && size.1 >= SMALLEST
            && (canvas.width(), canvas.height()) != (width, height)
        {
            canvas.set_width(width);
            canvas.set_height(height);
            self.surface.replace(None);
            return true;
        }
        is_other
    }

    /// Asks to be drawn. What is out of sight is drawn when it is seen.
    pub(super) fn ask(self: &Rc<Self>, urgency: Urgency) {
        self.is_stale.set(true);
        if self.has_left.get() || !self.can_be_seen() {
            return;
        }
        // The first picture has a turn of its own.
        if urgency == Urgency::Now || !self.was_painted.get() {
            if !self.is_asked.replace(true) {
                let stage = self.clone();
                request_animation_frame(move || {
                    stage.is_asked.set(false);
                    stage.draw_if_stale();
                });
            }
            return;
        }
        let now = dom::clock();
        let wait = self.due_at.get() - now;
        // Charts whose points come together are drawn together, and shown with the same frame.
        if wait <= EARLY_MS {
            return self.draw_at(now);
        }
        if !self.is_timed.replace(true) {
            let stage = self.clone();
            let later = move || {
                stage.is_timed.set(false);
                stage.draw_if_stale();
            };
            set_timeout(later, Duration::from_millis(wait.ceil() as u64));
        }
    }

    fn can_be_seen(&self) -> bool {
        self.is_seen.get() && !dom::is_page_hidden()
    }

    /// Draws now what has changed meanwhile.
    pub(super) fn draw_if_stale(self: &Rc<Self>) {
        if self.is_stale.get() && self.can_be_seen() {
            self.draw();
        }
    }

    /// Draws now.
    pub(super) fn draw(self: &Rc<Self>) {
        self.draw_at(dom::clock());
    }

    /// The same where the time is known.
    fn draw_at(self: &Rc<Self>, now: f64) {
        if self.has_left.get() {
            return;
        }
        let is_table = self.parts.as_table.try_get_untracked().unwrap_or_default();
        if self.size.get().0 == 0.0 || paint::ratio() != self.ratio.get() {
            self.measure();
        }
        let (width, height) = self.size.get();
        let is_drawn = self.with_picture(|picture| {
            if is_table {
                return self.say(picture, now);
            }
            if width >= SMALLEST && height >= SMALLEST {
                self.draw_picture(picture, (width, height), now);
            }
        });
        if is_drawn.is_some() {
            self.is_stale.set(false);
            // Early ones are counted from when they were due: on average there are ten a second.
            let due = self.due_at.get();
            let from = if due - now <= EARLY_MS {
                due.max(now - EARLY_MS)
            } else {
                now
            };
            self.due_at.set(from + FRAME_MS);
        }
    }

    fn surface(&self) -> Option<Surface> {
        let mut surface = self.surface.borrow_mut();
        if surface.is_none() {
            *surface = Surface::of(&self.canvas);
        }
        surface.clone()
    }

    /// How wide a text is, in CSS pixels.
    fn width_of(&self, surface: &Surface, text: &str) -> f64 {
        let mut widths = self.widths.borrow_mut();
        if let Some((_, width)) = widths.iter().find(|(known, _)| known == text) {
            return *width;
        }
        let width = paint::measure(surface, text);
        if widths.len() >= MOST_WIDTHS {
            widths.clear();
        }
        widths.push((text.to_owned(), width));
        width
    }

    fn draw_picture(self: &Rc<Self>, picture: &Picture, size: (f64, f64), now: f64) {
        let has_data = !picture.sheet.at_ms.is_empty();
        let is_first = has_data && !self.was_painted.get();
        if is_first {
            dom::mark("chart:data-ready");
        }
        // Small charts stand in the legend, which has to be there first.
        let cells = match picture.kind {
            Kind::Multiples => {
                legend::show(self, picture, &words::summaries(picture));
                self.measure();
                legend::cells(self)
            }
            _ => Vec::new(),
        };
        // A browser without canvases shows words and numbers.
        let Some(surface) = self.surface() else {
            return self.say(picture, now);
        };
        let width_of = |text: &str| self.width_of(&surface, text);
        let zone = self.zone();
        let hidden = self.hidden.borrow();
        let scene = Rc::new(Scene::of(
            picture,
            &View {
                size: match cells.is_empty() {
                    true => size,
                    false => self.size.get(),
                },
                is_hidden: &|key| hidden.contains(key),
                measure: &width_of,
                shift: &|at| zone.shift(at),
                cells: &cells,
            },
        ));
        drop(hidden);
        let palette = self.colours();
        let scale = (self.ratio.get(), &width_of as &dyn Fn(&str) -> f64);
        let painted = paint::paint(&surface, &scene, picture, &palette, scale);
        if let Err(error) = painted {
            leptos::logging::error!("a chart could not be drawn: {error}");
        }
        self.scene.replace(Some(scene.clone()));
        self.say(picture, now);
        self.overlay.place_marks(self, &scene, picture);
        self.point_again();
        if is_first {
            self.was_painted.set(true);
            dom::mark("chart:painted");
        }
        self.parts.handle.painted.update(|n| *n += 1);
    }

    /// Updates words and numbers, now or soon.
    fn say(self: &Rc<Self>, picture: &Picture, now: f64) {
        // All charts of a page at the same times, and with a drawing where there is one: each change of
        // words is a new layout.
        let turn = (now / WORDS_MS).floor();
        if turn > self.worded_at.get() {
            self.worded_at.set(turn);
            self.has_words_left.set(false);
            return self.say_now(picture);
        }
        self.has_words_left.set(true);
        if !self.is_worded_later.replace(true) {
            let stage = self.clone();
            let later = move || {
                stage.is_worded_later.set(false);
                if stage.has_words_left.get() && !stage.has_left.get() {
                    // Not yet, where a drawing has said them meanwhile.
                    stage.with_picture(|picture| stage.say(picture, dom::clock()));
                }
            };
            // A little after the turn begins: a drawing says them with its picture, where one comes.
            let wait = (turn + 1.0) * WORDS_MS - now + FRAME_MS;
            set_timeout(later, Duration::from_millis(wait.max(0.0) as u64));
        }
    }

    /// Updates words and numbers.
    pub(super) fn say_now(self: &Rc<Self>, picture: &Picture) {
        if self.parts.as_table.try_get_untracked().unwrap_or_default() {
            return table::show(self, picture);
        }
        let scene = self.scene.borrow().clone();
        let summaries = match &scene {
            Some(scene) if scene.summaries.len() == picture.sheet.rows.len() => {
                scene.summaries.clone()
            }
            _ => words::summaries(picture),
        };
        legend::show(self, picture, &summaries);
        let words = words::describe(&self.parts.title, picture, &summaries);
        dom::set(&self.plot, "aria-label", &words);
    }

    /// Shows the values as a table in place of the picture, or the picture again.
    pub(super) fn show_table(self: &Rc<Self>, is_table: bool) {
        let show = |element: &HtmlElement, is_shown: bool| {
            // It fails for no name.
            let _ = element.toggle_attribute_with_force("hidden", !is_shown);
        };
        show(&self.plot, !is_table);
        show(&self.legend, !is_table);
        show(&self.values, is_table);
        self.overlay.hide_tip();
        match is_table {
            true => {
                self.with_picture(|picture| table::show(self, picture));
            }
            false => self.ask(Urgency::Now),
        }
    }
}
