//! Drawing a scene: axes, thresholds and marks; what stands between them is in `kinds.rs`.

use js_sys::Array;
use leptos::prelude::window;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use wire::Kind;

use super::canvas::{FINE, FONT, Failure, Fine, Surface};
use super::palette::Palette;
use crate::chart::Picture;
use crate::chart::plan::scale::Scale;
use crate::chart::plan::scene::{Room, Scene};
use crate::format;

/// The size of all text, in CSS pixels.
pub(super) const TEXT: f64 = 11.0;

type Drawn = Result<(), Failure>;
/// A room with its axes.
pub(super) type Plot = DrawingArea<Fine, Cartesian2d<Times, Values>>;

/// The time axis as plotters sees it.
#[derive(Clone)]
pub(super) struct Times {
    from_ms: f64,
    to_ms: f64,
}

impl Ranged for Times {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, at: &f64, (left, right): (i32, i32)) -> i32 {
        let share = (at - self.from_ms) / (self.to_ms - self.from_ms);
        left + (share.clamp(-2.0, 3.0) * f64::from(right - left)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        Vec::new()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.from_ms..self.to_ms
    }
}

/// The value axis as plotters sees it.
#[derive(Clone)]
pub(super) struct Values(Scale);

impl Ranged for Values {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (bottom, top): (i32, i32)) -> i32 {
        bottom + (self.0.share(*value) * f64::from(top - bottom)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        Vec::new()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.0.low..self.0.high
    }
}

/// Everything that drawing needs.
pub(super) struct Painter<'a> {
    pub(super) scene: &'a Scene,
    pub(super) picture: &'a Picture,
    pub(super) palette: &'a Palette,
    surface: &'a Surface,
    /// How wide a text is, in CSS pixels.
    width_of: &'a dyn Fn(&str) -> f64,
    /// Pixels of the screen to a CSS pixel.
    ratio: f64,
}

/// How wide a text is, in CSS pixels.
pub(super) fn measure(surface: &Surface, text: &str) -> f64 {
    let context = &surface.context;
    context.set_font(&super::canvas::font(TEXT));
    context.measure_text(text).map_or(0.0, |m| m.width())
}

/// Draws a scene in place of what is there.
pub(super) fn paint(
    surface: &Surface,
    scene: &Scene,
    picture: &Picture,
    palette: &Palette,
    (ratio, width_of): (f64, &dyn Fn(&str) -> f64),
) -> Drawn {
    surface.clear();
    let painter = Painter {
        scene,
        picture,
        palette,
        surface,
        width_of,
        ratio,
    };
    painter.everything()
}

impl Painter<'_> {
    fn everything(&self) -> Drawn {
        for room in 0..self.scene.rooms.len() {
            self.grid(room)?;
            self.clipped(room, || self.series(room))?;
            if self.scene.kind != Kind::Heatmap && self.scene.kind != Kind::Histogram {
                self.thresholds(room)?;
            }
            if self.scene.kind == Kind::Multiples {
                self.scale_of(room)?;
            }
        }
        self.labels()?;
        if self.is_empty() {
            return self.nothing();
        }
        self.marks()
    }

    /// A length in units of the canvas.
    pub(super) fn fine(&self, css: f64) -> i32 {
        (css * self.ratio * FINE).round() as i32
    }

    /// A stroke of a width in CSS pixels.
    pub(super) fn stroke(&self, color: RGBAColor, width: f64) -> ShapeStyle {
        ShapeStyle {
            color,
            filled: false,
            stroke_width: self.fine(width).unsigned_abs(),
        }
    }

    /// A room with its axes.
    pub(super) fn plot(&self, room: usize) -> Plot {
        let Room {
            left,
            top,
            width,
            height,
        } = self.scene.rooms[room];
        let times = Times {
            from_ms: self.scene.ends.0,
            to_ms: self.scene.ends.1,
        };
        let x = self.fine(left)..self.fine(left + width);
        let y = self.fine(top + height)..self.fine(top);
        let values = Values(self.scene.scale.clone());
        self.surface
            .root
            .apply_coord_spec(Cartesian2d::new(times, values, (x, y)))
    }

    /// Draws nothing outside of a room, but for what a stroke needs.
    fn clipped(&self, room: usize, draw: impl Fn() -> Drawn) -> Drawn {
        let room = self.scene.rooms[room];
        let fine = |css: f64| f64::from(self.fine(css));
        let (left, top) = (fine(room.left), fine(room.top - 2.0));
        let (width, height) = (fine(room.width + 2.0), fine(room.height + 4.0));
        self.surface.clipped((left, top, width, height), draw)
    }

    /// Draws dashed, in CSS pixels.
    pub(super) fn dashed(&self, lengths: [f64; 2], draw: impl Fn() -> Drawn) -> Drawn {
        let lengths: [wasm_bindgen::JsValue; 2] =
            lengths.map(|length| f64::from(self.fine(length)).into());
        // It fails for no list of numbers.
        let _ = self.surface.context.set_line_dash(&Array::of(&lengths));
        let drawn = draw();
        let _ = self.surface.context.set_line_dash(&Array::new());
        drawn
    }

    /// A line along an axis, exactly on pixels.
    fn hair(&self, from: (f64, f64), to: (f64, f64), color: RGBAColor) -> Drawn {
        let width = self.ratio.round().max(1.0);
        // The middle of a pixel for odd widths, between two for even ones.
        let middle = if width % 2.0 == 1.0 { 0.5 } else { 0.0 };
        let at = |css: f64| (((css * self.ratio).floor() + middle) * FINE) as i32;
        let point = |(x, y): (f64, f64)| (at(x), at(y));
        let style = ShapeStyle {
            color,
            filled: false,
            stroke_width: (width * FINE) as u32,
        };
        self.surface
            .root
            .draw(&PathElement::new([point(from), point(to)], style))
    }

    pub(super) fn text(
        &self,
        text: &str,
        (x, y): (f64, f64),
        (h, v): (HPos, VPos),
        color: RGBColor,
    ) -> Drawn {
        let size = TEXT * self.ratio * FINE;
        let style = (FontFamily::Name(FONT), size).into_text_style(&self.surface.root);
        let style = style.color(&color).pos(Pos::new(h, v));
        self.surface
            .root
            .draw_text(text, &style, (self.fine(x), self.fine(y)))
    }

    fn grid(&self, room: usize) -> Drawn {
        let at = self.scene.rooms[room];
        let grid = self.palette.grid;
        if self.scene.kind == Kind::Heatmap {
            return self.hair(
                (at.left, at.bottom()),
                (at.right(), at.bottom()),
                grid.into(),
            );
        }
        for (value, _) in &self.scene.scale.ticks {
            let y = self.scene.y(room, *value);
            // Zero is where things stand: its line is seen better.
            let color = match *value == 0.0 {
                true => self.palette.muted.mix(0.55),
                false => grid.into(),
            };
            self.hair((at.left, y), (at.right(), y), color)?;
        }
        Ok(())
    }

    fn labels(&self) -> Drawn {
        let Some(room) = self.scene.rooms.first() else {
            return Ok(());
        };
        let muted = self.palette.muted;
        let foot = room.bottom();
        for label in &self.scene.below {
            let line = ((label.along, foot), (label.along, foot + 4.0));
            self.hair(line.0, line.1, self.palette.grid.into())?;
        }
        // One text after the other: going back and forth between text and lines costs.
        for label in &self.scene.beside {
            let at = (room.left - 8.0, label.along);
            self.text(&label.text, at, (HPos::Right, VPos::Center), muted)?;
        }
        let width = self.scene.size.0;
        for label in &self.scene.below {
            let color = if label.is_date {
                self.palette.text
            } else {
                muted
            };
            // The first and the last one stay whole.
            let is_near = label.along < 40.0 || label.along > width - 40.0;
            let half = if is_near {
                (self.width_of)(&label.text) / 2.0
            } else {
                0.0
            };
            let x = label.along.min(width - half - 1.0).max(half + 1.0);
            let at = (x, foot + 7.0);
            self.text(&label.text, at, (HPos::Center, VPos::Top), color)?;
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        let is_none = |row: &usize| self.scene.summaries[*row].is_none();
        self.scene.rows.iter().all(is_none)
    }

    fn nothing(&self) -> Drawn {
        let Some(room) = self.scene.rooms.first() else {
            return Ok(());
        };
        let middle = (room.left + room.width / 2.0, room.top + room.height / 2.0);
        let words = match self.picture.sheet.rows.len() {
            0 => "No data in this range",
            _ => "No value in this range",
        };
        let anchor = (HPos::Center, VPos::Center);
        self.text(words, middle, anchor, self.palette.muted)
    }

    /// The largest value of small charts, at those that stand at the left.
    fn scale_of(&self, room: usize) -> Drawn {
        let at = self.scene.rooms[room];
        match self.scene.scale.ticks.last() {
            Some((value, text)) if at.left < 8.0 && at.width > 8.0 => {
                let y = self.scene.y(room, *value) + 2.0;
                self.label_on_plot(text, (at.left, y), self.palette.muted)
            }
            _ => Ok(()),
        }
    }

    fn thresholds(&self, room: usize) -> Drawn {
        let at = self.scene.rooms[room];
        let mut taken: Vec<f64> = Vec::new();
        for threshold in &self.picture.thresholds {
            let y = self.scene.y(room, threshold.value);
            if !(at.top - 1.0..=at.bottom() + 1.0).contains(&y) {
                continue;
            }
            let color = self.palette.of_level(threshold.level);
            self.dashed([5.0, 4.0], || {
                self.hair((at.left, y), (at.right(), y), color.mix(0.9))
            })?;
            if self.scene.kind == Kind::Multiples {
                continue;
            }
            let words = match threshold.label.as_str() {
                "" => format::value(self.picture.unit, threshold.value),
                label => label.to_owned(),
            };
            // Above its line, or below where something else is written.
            let is_free = |y: f64| {
                y >= at.top + 2.0
                    && y + TEXT <= at.bottom() + 2.0
                    && taken.iter().all(|taken| (taken - y).abs() > TEXT)
            };
            let places = [y - TEXT - 3.0, y + 3.0];
            if let Some(top) = places.into_iter().find(|top| is_free(*top)) {
                taken.push(top);
                self.label_on_plot(&words, (at.left + 4.0, top), color)?;
            }
        }
        Ok(())
    }

    /// A text that is read on top of lines.
    pub(super) fn label_on_plot(&self, words: &str, at: (f64, f64), color: RGBColor) -> Drawn {
        let width = (self.width_of)(words);
        let corner = |x: f64, y: f64| (self.fine(x), self.fine(y));
        let behind = [
            corner(at.0 - 2.0, at.1 - 1.0),
            corner(at.0 + width + 2.0, at.1 + TEXT + 1.0),
        ];
        let panel = self.palette.panel.mix(0.75).filled();
        self.surface.root.draw(&Rectangle::new(behind, panel))?;
        self.text(words, at, (HPos::Left, VPos::Top), color)
    }

    /// A dotted line where something happened, and its sign on the time axis.
    fn marks(&self) -> Drawn {
        let Some(room) = self.scene.rooms.first() else {
            return Ok(());
        };
        for (x, together) in &self.scene.marks {
            let newest = together.last().and_then(|n| self.picture.marks.get(*n));
            let Some(mark) = newest else { continue };
            let color = self.palette.of_mark(mark.kind);
            self.dashed([1.5, 2.5], || {
                self.hair((*x, room.top), (*x, room.bottom()), color.mix(0.8))
            })?;
            let corner = |dx: f64, dy: f64| (self.fine(x + dx), self.fine(room.bottom() + dy));
            let size = 4.5;
            let sign = [
                corner(0.0, -size),
                corner(size, 0.0),
                corner(0.0, size),
                corner(-size, 0.0),
            ];
            self.surface
                .root
                .draw(&Polygon::new(sign, color.filled()))?;
        }
        Ok(())
    }

    /// Draws within the whole chart.
    pub(super) fn root(&self) -> &DrawingArea<Fine, Shift> {
        &self.surface.root
    }
}

/// How many pixels of the screen a CSS pixel has.
pub(super) fn ratio() -> f64 {
    window().device_pixel_ratio().clamp(0.5, 8.0)
}
